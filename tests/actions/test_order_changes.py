"""Changes to orders question by question: proven, allowed by the policy, confirmed, done once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import update

from bot.db.models import Interaction, Order, OrderChange, Refund
from bot.db.session import writing
from tests.actions.service import PHONE, PROOF, count, line_of, one, pressed, prove_more, said
from tests.actions.talk import Talk, entity
from tests.support.samples import huda_buys_beds


@pytest.mark.parametrize("language", ["en", "ar"])
def test_cancelling_needs_more_proof_is_confirmed_and_done_once(database: str, language: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk(language)
    reply = talk("action_cancel_order", "cancel_order", "cancel my order", *PROOF)
    assert reply.response == "utter_ask_other_phone"
    assert prove_more(talk) == ["utter_cancel_confirm_paid"]
    assert one(Order.state) == "confirmed"
    assert said(talk, "yes", "affirm") == ["utter_cancelled", "utter_ask_solved"]
    assert one(Order.state) == "cancelled"
    assert one(Refund.amount) == Decimal("920")
    assert one(Interaction.outcome) == "solved"  # whether or not the customer says how it went
    assert said(talk, "yes", "affirm") == ["utter_ask_rating"]
    assert said(talk, "5", "rate")[-1] == "utter_ask_word"
    assert (one(Interaction.outcome), one(Interaction.satisfaction), count(Interaction)) == ("solved", 5, 1)
    assert count(OrderChange) == count(Refund) == 1
    assert talk("action_cancel_order", "cancel_order", "cancel my order").response == "utter_change_cancelled"


def test_both_contacts_at_once_are_not_asked_for_again(database: str) -> None:
    huda_buys_beds("confirmed")
    reply = Talk()("action_cancel_order", "cancel_order", "cancel 1001, huda@example.com, 0512345678", *PROOF, PHONE)
    assert reply.response == "utter_cancel_confirm_paid"
    wrong = entity("phone", "+966500000001")
    reply = Talk()("action_cancel_order", "cancel_order", "cancel it", *PROOF, wrong)
    assert reply.response == "utter_other_contact_wrong"


def test_no_means_nothing_is_done(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    assert said(talk, "no", "deny") == ["utter_cancel_kept"]
    assert one(Order.state) == "confirmed" and count(OrderChange) == 0


@pytest.mark.parametrize(
    ("state", "response"),
    [
        ("processing", "utter_change_by_colleague"),
        ("shipped", "utter_change_sent"),
        ("delivered", "utter_change_delivered"),
        ("cancelled", "utter_change_cancelled"),
        ("returned", "utter_change_returned"),
    ],
)
def test_what_the_policy_does_not_allow_is_said_before_any_further_proof(
    database: str, state: str, response: str
) -> None:
    huda_buys_beds(state)
    assert Talk()("action_cancel_order", "cancel_order", "cancel it", *PROOF).response == response


def test_quantity_variant_removal_and_the_rest(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    reply = talk("action_change_order", "change_order", "i want to change the quantity", *PROOF)
    assert reply.response == "utter_change_which_line"
    assert said(talk, "the cloud pillow") == ["utter_change_how_many"]
    assert said(talk, "just one") == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_change_quantity_confirm"]
    assert said(talk, "ok", "affirm")[0] == "utter_changed"
    assert one(Order.total) == Decimal("470")
    talk.slots["case"] = None
    talk("action_change_order", "change_order", "another colour please")
    pressed(talk, str(line_of("Cloud pillow")))
    assert [reply.response for reply in pressed(talk, "B-2")] == ["utter_change_variant_confirm"]
    assert said(talk, "yes", "affirm")[0] == "utter_change_dearer"  # it is paid: the rest must be collected
    assert one(Order.total) == Decimal("470")
    assert talk("action_change_order", "change_order", "postpone it to another day").response == "utter_change_other"


def test_a_new_address_is_read_back_before_it_counts(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_change_address", "change_address", "wrong address", *PROOF)
    assert prove_more(talk) == ["utter_ask_address"]
    replies = talk.turn("action_store_info", "store_info", "12 Palm Street, Al Olaya, Riyadh", confidence=0.7)
    assert replies[-1].response == "utter_address_confirm" and "12 Palm Street" in replies[-1].text
    assert said(talk, "yes", "affirm")[0] == "utter_address_changed"
    assert one(Order.shipping_address)["line1"] == "12 Palm Street, Al Olaya, Riyadh"
    assert one(Order.shipping_address)["name"] == "Huda"


@pytest.mark.parametrize(
    ("text", "intent", "done"),
    [
        ("yes but leave the chair", "change_order", False),
        ("no wait, i want to keep it", "return_item", False),
        ("yes", "nlu_fallback", True),
    ],
)
def test_only_a_plain_yes_has_things_done(database: str, text: str, intent: str, done: bool) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    talk.turn("action_default_fallback", intent, text, confidence=0.9)
    assert (one(Order.state) == "cancelled") == done


@pytest.mark.parametrize("text", ["cancel just one of the two pillows", "ابي الغي وحدة بس من الثنتين"])
def test_one_of_several_is_cancelled_and_the_rest_comes(database: str, text: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    assert talk("action_cancel_order", "cancel_order", text, *PROOF).response == "utter_cancel_which"
    assert [r.response for r in pressed(talk, str(line_of("Cloud pillow")))] == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_change_quantity_confirm"]
    assert said(talk, "yes", "affirm")[0] == "utter_changed"
    assert one(Order.state) == "confirmed" and one(Order.total) == Decimal("470")


@pytest.mark.parametrize(
    ("answer", "response"), [("only that", "utter_change_remove_confirm"), ("the whole order", "")]
)
def test_a_piece_named_in_a_cancellation_is_asked_about(database: str, answer: str, response: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    named = entity("product", "duvet")
    asked = talk("action_cancel_order", "cancel_order", "cancel the duvet", *PROOF, named)
    assert asked.response == "utter_cancel_extent"
    assert said(talk, answer) == ["utter_ask_other_phone"]
    assert prove_more(talk) == [response or "utter_cancel_confirm_paid"]


def test_just_wanting_to_cancel_means_all_of_it(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "i just want to cancel my order", *PROOF)
    assert prove_more(talk) == ["utter_cancel_confirm_paid"]


@pytest.mark.parametrize(
    ("state", "response"),
    [("paid", "utter_payment_paid"), ("pending", "utter_payment_pending"), ("failed", "utter_payment_failed")],
)
def test_a_payment_is_explained_and_looked_into(database: str, state: str, response: str) -> None:
    huda_buys_beds("confirmed")
    with writing() as session:
        session.execute(update(Order).values(payment_state=state))
    talk = Talk()
    replies = talk.turn("action_payment_problem", "payment_problem", "charged twice", *PROOF)
    assert [reply.response for reply in replies] == [response, "utter_payment_look"]
    assert said(talk, "yes", "affirm")[0] == "utter_payment_ticket"


@pytest.mark.parametrize("text", ["the duvet only", "لا بس اللحاف"])
def test_a_piece_named_later_narrows_the_cancellation(database: str, text: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    assert talk("action_cancel_order", "cancel_order", "cancel it", *PROOF).response == "utter_ask_other_phone"
    narrowed = talk.turn("action_product_search", "product_search", text, entity("product", "duvet"), confidence=0.9)
    assert [reply.response for reply in narrowed] == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_change_remove_confirm"]
    assert said(talk, "yes", "affirm")[0] == "utter_changed"
    assert one(Order.state) == "confirmed"
