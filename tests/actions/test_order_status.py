"""What a customer is told of an order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import now
from tests.actions.talk import Talk, entity
from tests.support.samples import order_of_huda

PROOF = {"order_number": "1001", "order_contact": "huda@example.com"}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_state_next_date_lines_and_tracking(database: str, language: str) -> None:
    order_of_huda()
    talk = Talk(language, slots=dict(PROOF))
    reply = talk("action_order_status", "order_status", "where is it")
    assert reply.response == "utter_order_shipped"
    assert "1001" in reply.text
    assert len(reply.text.split(". ")) >= 2  # the state, and when it arrives
    assert reply.rows == [["Cloud pillow" if language == "en" else "وسادة كلاود", "2"]]
    assert [part["url"] for part in reply.parts if part["type"] == "link"] == ["https://track.example/SW1"]


@pytest.mark.parametrize(
    "state",
    [
        "pending",
        "confirmed",
        "processing",
        "ready_for_pickup",
        "partially_shipped",
        "shipped",
        "out_for_delivery",
        "delivered",
        "cancelled",
        "return_requested",
        "returned",
        "refunded",
    ],
)
def test_every_state_has_its_words(database: str, state: str) -> None:
    order_of_huda(state)
    for language in ("en", "ar"):
        reply = Talk(language, slots=dict(PROOF))("action_order_status", "order_status", "status")
        assert reply.response.startswith(f"utter_order_{state}")


def test_a_late_order_is_owned_up_to_with_a_person_at_hand(database: str) -> None:
    order_of_huda(expected_on=now().date() - timedelta(days=2))
    reply = Talk(slots=dict(PROOF))("action_order_status", "order_status", "where is my order")
    assert "late" in reply.text
    assert reply.payloads == ["/talk_to_agent{}"]


def test_a_miss_asks_again_and_the_third_locks(database: str) -> None:
    order_of_huda()
    talk = Talk()
    for miss in (1, 2, 3):
        talk.slots |= {"order_number": "1001", "order_contact": f"guess{miss}@example.com"}
        reply = talk("action_order_status", "order_status", "1001")
        assert "1001" not in reply.text and "huda" not in reply.text
        assert talk.slots["order_contact"] is None
        if miss < 3:
            assert (reply.response, talk.followup) == ("utter_order_not_matched", "order_form")
    assert reply.response == "utter_order_locked"
    assert talk.slots["order_locked"] is True
    talk.slots |= PROOF
    assert talk("action_order_status", "order_status", "1001").response == "utter_order_locked"


def test_a_delivery_problem_is_told_and_taken_up(database: str) -> None:
    order_of_huda("delivered")
    replies = Talk(slots=dict(PROOF)).turn(
        "action_order_status", "delivery_problem", "it says delivered, i got nothing"
    )
    assert [reply.response for reply in replies] == ["utter_order_delivered", "utter_delivery_problem"]


def test_the_form_reminds_once_after_a_digression_and_does_not_insist(database: str) -> None:
    talk = Talk()
    ask = "action_ask_order_form_order_number"
    assert talk(ask, "order_status", "where is my order").response == "utter_ask_order_number"
    assert talk(ask, "store_info", "when do you open").response == "utter_order_form_reminder"
    assert talk.turn(ask, "product_search", "show me chairs") == []
    assert talk(ask, "nlu_fallback", "blorp").response == "utter_order_number_unclear"


def test_the_form_is_silent_while_another_question_is_open(database: str) -> None:
    talk = Talk(slots={"question": {"kind": "handoff", "team": "service", "reason": "return_item"}})
    assert talk.turn("action_ask_order_form_order_number", "return_item", "i want to return it") == []
    assert talk.slots["question"]["kind"] == "handoff"


def test_the_contact_is_asked_for_with_the_number_named(database: str) -> None:
    talk = Talk("ar", "arab", slots={"order_number": "1001"})
    reply = talk("action_ask_order_form_order_contact", "order_status", "١٠٠١", entity("order_number", "1001", "١٠٠١"))
    assert "١٠٠١" in reply.text
