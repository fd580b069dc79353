"""What a turn's replies come to when one message held two needs."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.server import result_of

BUTTONS = {"buttons": [{"title": "Sofas", "payload": "/product_search{}"}]}


def replies(*events: Any) -> list[str]:
    tracker = DialogueStateTracker.from_events("c", [ActionExecuted("action_listen"), *events], Domain.empty().slots)
    return [parts[0]["text"] for parts in result_of(tracker, "en").replies]


def heard(need: str, message_id: str = "2") -> UserUttered:
    return UserUttered(need, {"name": need, "confidence": 0.9}, message_id=message_id)


def test_both_needs_of_a_message_are_answered_in_one_reply() -> None:
    before = (heard("greet", "1"), BotUttered("Hi."))
    both = (heard("thanks"), BotUttered("You're welcome."), heard("order_status"), BotUttered("Which number?"))
    assert replies(*before, *both) == ["You're welcome.", "Which number?"]


def test_the_first_need_is_what_the_message_is_filed_under() -> None:
    events = [heard("ask_price"), BotUttered("SAR 10."), heard("store_info"), BotUttered("Open."), SlotSet("x", 1)]
    tracker = DialogueStateTracker.from_events("c", events)
    assert result_of(tracker, "en").intent == "ask_price"


def test_the_same_question_is_asked_once() -> None:
    asked = (heard("ask_price"), BotUttered("Which product?", BUTTONS), heard("check_availability"))
    assert replies(*asked, BotUttered("Sure, which one?", BUTTONS)) == ["Which product?"]
    assert replies(*asked, BotUttered("In Riyadh.")) == ["Which product?", "In Riyadh."]
