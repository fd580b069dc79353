"""What wording alone leaves open: a person asked for in passing, sour thanks, and what is said of an order at hand."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.db.models import Handoff, OrderLine, Ticket
from bot.db.session import reading, writing
from tests.actions.service import PROOF, line_of, one, pressed, said
from tests.actions.talk import Reply, Talk, entity
from tests.support.samples import huda_buys_beds


def heard(talk: Talk, text: str, intent: str, *entities: dict[str, Any], **metadata: Any) -> list[Reply]:
    """A message that goes to the last resort unless something takes it before."""
    return talk.turn("action_default_fallback", intent, text, *entities, **metadata)


def responses(replies: list[Reply]) -> list[str]:
    return [reply.response for reply in replies]


@pytest.mark.parametrize(
    "text",
    [
        "this is ridiculous i want a human",
        "useless. let me talk to a real person",
        "I need to speak with your manager, my chair is broken",
        "مهزلة، ابغى اكلم موظف",
        "انا عايز اكلم حد فاهم",
        "حولني على بشر لو سمحت",
    ],
)
def test_a_person_asked_for_in_passing_always_comes(database: str, text: str) -> None:
    talk = Talk()
    assert responses(talk.turn("action_complaint", "complaint", text))[-1] == "utter_handoff"
    assert one(Handoff.team_id) is not None


def test_a_person_comes_also_in_the_middle_of_a_question(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    assert said(talk, "forget this, get me a human") == ["utter_handoff"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("i don't want to talk to anyone", "complaint"),
        ("ما ابغى اكلم احد", "complaint"),
        ("your agent was rude to my mother yesterday", "complaint"),
        ("i need a chair for a manager", "product_search"),
    ],
)
def test_people_who_are_only_spoken_of_do_not_come(database: str, text: str, intent: str) -> None:
    talk = Talk()
    assert "utter_handoff" not in responses(talk.turn("action_complaint", intent, text))


@pytest.mark.parametrize("text", ["thanks for nothing", "شكرا على ولا شي"])
def test_sour_thanks_are_met_with_a_person(database: str, text: str) -> None:
    talk = Talk("en" if text.isascii() else "ar")
    assert responses(talk.turn("action_thanks", "thanks", text)) == ["utter_sour"]
    assert said(talk, "yes", "affirm") == ["utter_handoff"]


@pytest.mark.parametrize(
    ("text", "confidence", "hears"),
    [
        ("يا كلاب وين فلوسي", 0.5, "utter_sour"),
        ("you are scammers", 0.5, "utter_sour"),
        ("يا نصابين يا كلاب وين فلوسي", 0.5, "utter_urgent_anger"),
        ("my laptop is rubbish, show me a new one", 0.95, "utter_search_nothing"),
    ],
)
def test_abuse_is_no_search(database: str, text: str, confidence: float, hears: str) -> None:
    talk = Talk("en" if text.isascii() else "ar")
    replies = talk.turn("action_product_search", "product_search", text, confidence=confidence)
    assert responses(replies)[0] == hears


@pytest.mark.parametrize(("intent", "confidence"), [("give_feedback", 0.9), ("nlu_fallback", 0.45)])
def test_praise_that_is_none_is_heard_as_a_complaint(database: str, intent: str, confidence: float) -> None:
    talk = Talk()
    text = "wow great service, 3 weeks and still nothing"
    replies = talk.turn("action_give_feedback", intent, text, confidence=confidence)
    assert responses(replies) == ["utter_heard_late", "utter_complaint_wish"]
    # Sour thanks are no answer to "what would put it right?".
    assert responses(talk.turn("action_thanks", "thanks", "thanks for nothing"))[0] == "utter_sour"
    talk = Talk()
    assert talk.turn("action_thanks", "thanks", "great, thank you")[0].response == "utter_thanks"


def test_a_long_story_of_a_broken_piece_is_no_search(database: str) -> None:
    text = "hello dear, I am old and bad with computers, the purifier arrived broken"
    replies = heard(Talk(), text, "product_recommendation")
    assert responses(replies) == ["utter_ask_order_number_problem"]


def test_a_broken_piece_of_a_named_order_is_no_question_of_where_it_is(database: str) -> None:
    huda_buys_beds("delivered")
    text = "the duvet of 1001 huda@example.com has a scratch on it"
    replies = heard(Talk(), text, "order_status", *PROOF, entity("product", "duvet"), confidence=0.5)
    assert responses(replies) == ["utter_damage_photo"]


@pytest.mark.parametrize("text", ["can i return it?", "اقدر ارجعها؟"])
def test_whether_it_may_come_back_is_told_of_each_piece_of_the_order(database: str, text: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk("en" if text.isascii() else "ar")
    talk("action_order_status", "order_status", "where is it", *PROOF)
    replies = talk.turn("action_policy", "return_policy", text)
    assert responses(replies) == ["utter_return_lines", "utter_return_which"]
    assert len(replies[0].rows) == 2
    assert responses(pressed(talk, str(line_of("Cloud pillow")))) == ["utter_return_why"]


def test_of_one_piece_the_answer_comes_before_the_question(database: str) -> None:
    huda_buys_beds("delivered")
    with writing() as session:
        session.execute(delete(OrderLine).where(OrderLine.sku == "D-1"))
    talk = Talk()
    talk("action_order_status", "order_status", "where is it", *PROOF)
    replies = talk.turn("action_policy", "return_policy", "can i return it?")
    assert responses(replies) == ["utter_return_may"] and "until" in replies[0].text
    assert said(talk, "no", "deny") == ["utter_case_left"]
    talk.turn("action_policy", "return_policy", "can i return it?")
    assert said(talk, "yes", "affirm") == ["utter_return_why"]


def test_rules_as_such_are_told_as_such(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_order_status", "order_status", "where is it", *PROOF)
    replies = talk.turn("action_policy", "return_policy", "what is your return policy in general")
    assert "utter_return_lines" not in responses(replies)


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("i mean it's been ages", "nlu_fallback", "utter_late_parcel"),
        ("طيب متى", "affirm", "utter_late_parcel"),
        ("but i won't be home", "sales_objection", "utter_change_other"),
    ],
)
def test_what_is_said_of_an_order_on_its_way_is_about_it(database: str, text: str, intent: str, response: str) -> None:
    huda_buys_beds("shipped", expected_days=-3)
    talk = Talk("en" if text.isascii() else "ar")
    talk("action_order_status", "order_status", "where is it", *PROOF)
    confidence = 0.8 if intent == "affirm" else 0.5
    assert responses(heard(talk, text, intent, confidence=confidence))[0] == response


def test_what_names_another_product_is_not_about_the_order(database: str) -> None:
    huda_buys_beds("shipped", expected_days=-3)
    talk = Talk()
    talk("action_order_status", "order_status", "where is it", *PROOF)
    other = entity("product", "some-lamp")
    replies = heard(talk, "and the lamp, still nothing?", "nlu_fallback", other, confidence=0.4)
    assert "utter_late_parcel" not in responses(replies)


def test_two_needs_that_come_to_the_same_are_not_asked_apart(database: str) -> None:
    ranking = [{"name": "order_status", "confidence": 0.45}, {"name": "delivery_problem", "confidence": 0.38}]
    text = "يا بني فين الطلب بتاعي انا مستني من اسبوع ومحدش بيرد"
    replies = heard(Talk("ar"), text, "nlu_fallback", confidence=0.45, ranking=ranking)
    assert responses(replies) == ["utter_ask_order_number_problem"]


def test_who_refuses_or_lost_the_number_beforehand_is_not_asked_for_it(database: str) -> None:
    huda_buys_beds("shipped")
    number = entity("order_number", "1001")
    text = "I'm not giving you my email, just tell me where 1001 is"
    assert Talk()("action_order_status", "order_status", text, number).response == "utter_proof_refused"
    lost = heard(Talk(), "I lost my order number", "nlu_fallback", confidence=0.5)
    assert responses(lost) == ["utter_number_unknown"]  # no mail server here


@pytest.mark.parametrize("number", ["OLD-77", "S23-AB91K", "#WEB/2026/00817"])
def test_any_looks_of_a_number_are_taken_where_one_was_asked_for(database: str, number: str) -> None:
    talk = Talk()
    talk("action_order_status", "order_status", "where is my order")
    replies = heard(talk, f"it's {number}", "nlu_fallback")
    assert responses(replies) == ["utter_ask_order_contact"]
    assert number.lstrip("#") in replies[0].text


def test_a_late_order_named_in_a_complaint_is_looked_up_and_chased(database: str) -> None:
    huda_buys_beds("shipped", expected_days=-3)
    talk = Talk()
    text = "i have been waiting a week for order 1001, huda@example.com, useless"
    replies = talk.turn("action_complaint", "complaint", text, *PROOF)
    assert responses(replies) == ["utter_heard_late", "utter_order_shipped", "utter_complaint_wish"]
    replies = pressed(talk, "parcel")
    assert responses(replies)[:2] == ["utter_search_opened", "utter_goodwill_delivery"]
    with reading() as session:
        ticket = session.execute(select(Ticket)).scalar_one()
    assert ticket.story == text and ticket.cause == "late_delivery"


def test_a_yes_that_asks_something_does_nothing(database: str) -> None:
    huda_buys_beds("shipped", expected_days=-3)
    talk = Talk()
    talk("action_order_status", "delivery_problem", "it is late", *PROOF)
    assert said(talk, "ok but when", "affirm") == ["utter_case_unclear", "utter_late_parcel"]
    assert one(Ticket.id) is None


def test_what_is_wrong_is_as_good_as_a_yes_to_a_claim(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_warranty", "warranty_info", "is my pillow still under warranty", *PROOF)
    pressed(talk, str(line_of("Cloud pillow")))
    ranking = [{"name": "troubleshoot_product", "confidence": 0.48}]
    replies = heard(talk, "the seam comes open", "nlu_fallback", confidence=0.48, ranking=ranking)
    assert responses(replies) == ["utter_ask_serial"]
    assert said(talk, "don't know")[0] == "utter_claim_opened"


@pytest.mark.parametrize("text", ["i don't know", "مش عارف"])
def test_who_cannot_tell_is_offered_the_colleague_still(database: str, text: str) -> None:
    talk = Talk("en" if text.isascii() else "ar")
    talk.slots["question"] = {"kind": "handoff", "team": "service", "reason": "troubleshoot_product"}
    assert responses(heard(talk, text, "sales_objection")) == ["utter_offer_stands"]
    assert responses(talk.turn("action_affirm", "affirm", "yes")) == ["utter_handoff"]
