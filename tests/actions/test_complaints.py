"""Being heard: complaints, what reaches a person at once, and what customers thought afterwards."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from bot.clock import now
from bot.db.models import Feedback, FollowUp, Handoff, Interaction, Refund, Satisfaction, Ticket
from bot.db.session import reading
from bot.support import satisfaction
from tests.actions.service import PROOF, count, one, prove_more, said
from tests.actions.talk import Talk
from tests.support.samples import huda_buys_beds


def test_a_complaint_is_heard_first(database: str) -> None:
    huda_buys_beds("shipped", expected_days=-3)
    talk = Talk()
    talk("action_order_status", "order_status", "where is it", *PROOF)
    assert talk("action_complaint", "complaint", "I have a complaint").response == "utter_complaint_listen"
    replies = talk.turn("action_order_status", "order_status", "my order is three days late and nobody calls back")
    assert [reply.response for reply in replies] == ["utter_heard_late", "utter_complaint_wish"]
    replies = talk.turn("action_default_fallback", "nlu_fallback", "an answer, and something for the trouble")
    told = [reply.response for reply in replies]
    assert told == ["utter_complaint_ticket", "utter_goodwill_delivery", "utter_offer_check_back"]
    with reading() as session:
        # Though a question is open: whether to write again some days later.
        assert session.scalars(select(Interaction.outcome).order_by(Interaction.id)).all() == ["answered", "ticket"]
        ticket = session.execute(select(Ticket)).scalar_one()
        assert (ticket.cause, ticket.goodwill) == ("late_delivery", Decimal("20"))
        assert ticket.wish == "an answer, and something for the trouble" and ticket.reasons
        assert session.execute(select(Refund.reason)).scalar_one() == "goodwill"


@pytest.mark.parametrize(
    ("text", "response", "reason"),
    [
        ("your kettle burned my hand", "utter_urgent_injury", "injury"),
        ("you will hear from my lawyer", "utter_urgent_legal", "legal"),
        ("راح افضحكم في تويتر", "utter_urgent_public", "public"),
        ("you are liars and thieves, worst shop ever", "utter_urgent_anger", "anger"),
    ],
)
def test_what_is_urgent_goes_to_a_person_at_once(database: str, text: str, response: str, reason: str) -> None:
    talk = Talk()
    replies = talk.turn("action_product_search", "product_search", text, confidence=0.5)
    assert [reply.response for reply in replies] == [response, "utter_handoff"]
    with reading() as session:
        handoff = session.execute(select(Handoff)).scalar_one()
        ticket = session.execute(select(Ticket)).scalar_one()
    assert handoff.reason == reason and ticket.severity >= 3 and ticket.due_at < now() + timedelta(hours=9)
    assert str(ticket.number) in replies[0].text


def test_urgent_matters_pass_an_open_question(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    assert said(talk, "I am talking to my lawyer now")[0] == "utter_urgent_legal"


def test_anger_grows_and_cools(database: str) -> None:
    talk = Talk()
    talk("action_thanks", "complaint", "this is annoying")
    talk("action_greet", "greet", "hello")
    assert not talk.slots.get("mood")
    talk("action_greet", "greet", "this is the worst service")
    assert talk.turn("action_greet", "greet", "you liars")[0].response == "utter_urgent_anger"


def test_a_chair_after_an_injury_is_no_emergency(database: str) -> None:
    reply = Talk().turn("action_affirm", "product_recommendation", "a chair, i got injured at work", confidence=0.9)
    assert all(not one.response.startswith("utter_urgent") for one in reply)


def test_not_solved_is_reopened_with_a_person(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    said(talk, "yes", "affirm")
    assert said(talk, "no", "deny") == ["utter_not_solved"]
    assert one(Satisfaction.solved) is False
    assert said(talk, "yes", "affirm") == ["utter_handoff"]


def test_no_thanks_is_no_complaint(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    said(talk, "yes", "affirm")
    assert said(talk, "no thanks", "deny") == ["utter_no_check_back"]
    assert count(Satisfaction) == 0


def test_a_ticket_is_reopened_when_it_was_not_solved(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_payment_problem", "payment_problem", "charged twice", *PROOF)
    said(talk, "yes", "affirm")
    talk.slots["case"] = None
    with reading() as session:
        due = session.execute(select(Ticket.due_at)).scalar_one()
    talk("action_cancel_order", "cancel_order", "cancel it then")
    prove_more(talk)
    said(talk, "yes", "affirm")
    assert said(talk, "no", "deny") == ["utter_ticket_reopened", "utter_not_solved"]
    assert one(Ticket.state) == "reopened" and one(Ticket.due_at) < due


def test_stars_and_a_word_are_kept(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    said(talk, "yes", "affirm")
    said(talk, "yes", "affirm")
    assert said(talk, "٤") == ["utter_ask_word"]
    assert said(talk, "quick and painless") == ["utter_rated"]
    with reading() as session:
        row = session.execute(select(Satisfaction)).scalar_one()
    assert (row.solved, row.rating, row.word) == (True, 4, "quick and painless")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("you should add gift wrapping to the site", "idea"), ("خدمتكم ممتازة وأنصح فيكم الكل", "praise")],
)
def test_feedback_is_kept_by_kind(database: str, text: str, kind: str) -> None:
    Talk()("action_give_feedback", "give_feedback", text)
    assert one(Feedback.kind) == kind
    with reading() as session:
        assert satisfaction.counted(session) == {kind: 1}


def test_the_check_back_is_kept(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_order_status", "delivery_problem", "not here", *PROOF)
    said(talk, "yes", "affirm")
    said(talk, "yes", "affirm")
    assert one(FollowUp.due_at) > now() + timedelta(days=2)


@pytest.mark.parametrize(
    ("language", "text"), [("ar", "انتو حمير؟ طلبي ماوصل"), ("en", "you idiots, where is my order")]
)
def test_an_angry_question_for_an_order_is_met_with_an_apology(database: str, language: str, text: str) -> None:
    asked = Talk(language)("action_order_status", "order_status", text)
    assert asked.response == "utter_ask_order_number_problem"
    assert Talk(language)("action_order_status", "order_status", "order?").response == "utter_ask_order_number"
