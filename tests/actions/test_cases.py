"""Matters that are dropped, interrupted, taken up again and told in another language; and accounts."""

from __future__ import annotations

import pytest

from bot.db.models import Customer, Order
from tests.actions.service import PHONE, PROOF, count, one, pressed, prove_more, said
from tests.actions.talk import Talk, entity
from tests.support.samples import huda_buys_beds


@pytest.mark.parametrize("text", ["you know what, forget it", "خلاص انسى الموضوع"])
def test_a_matter_is_dropped_when_the_customer_drops_it(database: str, text: str) -> None:
    talk = Talk()
    talk("action_complaint", "complaint", "I have a complaint")
    assert said(talk, text) == ["utter_case_left"]
    talk("action_order_status", "order_status", "where is my order")
    assert said(talk, text) == ["utter_case_left"]


def test_two_matters_one_after_the_other(database: str) -> None:
    """A second need puts the first aside, and the first is taken up when the second is done."""
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "i want to send something back", *PROOF)
    assert talk.slots["case"]["asked"] == "line"
    replies = talk.turn("action_invoice", "invoice_request", "first i need the invoice")
    assert [reply.response for reply in replies] == ["utter_invoice", "utter_back_to", "utter_return_which"]


def test_the_language_changed_in_the_middle_asks_again(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "i want to send something back", *PROOF)
    replies = talk.turn("action_change_language", "change_language", "عربي لو سمحت", entity("language", "ar"))
    assert [reply.response for reply in replies] == ["utter_language_changed_on", "utter_return_which"]
    assert "قطعة" in replies[-1].text


def test_a_button_of_a_matter_that_is_over_does_nothing(database: str) -> None:
    assert [reply.response for reply in pressed(Talk(), "quantity")] == ["utter_nothing_open"]


def test_account_pages_and_their_absence(database: str) -> None:
    reply = Talk()("action_account_access", "account_access", "forgot my password")
    assert reply.response == "utter_account_by_colleague"
    huda_buys_beds("confirmed")
    reply = Talk()("action_account_access", "account_access", "forgot my password")
    assert reply.response == "utter_account_reset" and reply.parts[0]["url"].startswith("https://")
    hacked = Talk().turn("action_account_access", "account_access", "somebody hacked my account")
    assert [reply.response for reply in hacked] == ["utter_account_hacked", "utter_handoff"]


def test_my_data_takes_proof_and_comes_as_a_link(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    replies = talk.turn("action_account_manage", "account_manage", "send me a copy of my data", *PROOF)
    assert [reply.response for reply in replies] == ["utter_account_prove", "utter_ask_other_phone"]
    replies = talk.turn("action_default_fallback", "nlu_fallback", "0512345678", PHONE)
    assert "/service/data/" in replies[0].parts[0]["url"]


def test_erasing_is_confirmed_and_has_a_receipt(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk("ar")
    talk("action_account_manage", "account_manage", "احذفوا بياناتي", *PROOF)
    assert prove_more(talk) == ["utter_erase_confirm"]
    assert count(Customer) == 1
    reply = talk.turn("action_affirm", "affirm", "نعم")[0]
    assert reply.response == "utter_erased" and "E-1001" in reply.text
    assert count(Customer) == 0
    assert one(Order.email) is None and one(Order.shipping_address) == {}
