"""What actions read from a message and leave behind."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn, payload, turn_of
from bot.dialogue import payloads
from bot.shop.wishes import AttributeWish


def turn(text: str = "", *entities: dict[str, Any], slots: dict[str, Any] | None = None, **metadata: Any) -> Turn:
    message = {
        "text": text,
        "intent": {"name": "product_search", "confidence": 0.7},
        "entities": list(entities),
        "metadata": {"message_id": 7, **metadata},
    }
    tracker = Tracker("c1", slots or {"language": "en"}, message, [], False, None, {}, None)
    return turn_of(tracker, CollectingDispatcher())


def found(kind: str, value: Any, start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"entity": kind, "value": value, "start": start, "end": end, **more}


def test_free_text_is_what_no_entity_covers() -> None:
    read = turn("red desk in Riyadh", found("category", "desks", 4, 8), found("city", "riyadh", 12, 18))
    assert read.free_text.split() == ["red", "in"]
    assert read.text_beside({"city"}).split() == ["red", "desk", "in"]


def test_the_label_of_a_button_is_no_text_of_the_customers() -> None:
    pressed = turn("Show more", found("page", "next", 0, 0), button=True)
    assert (pressed.button, pressed.free_text, pressed.value("page")) == (True, "", "next")


def test_a_price_button_carries_both_ends() -> None:
    pressed = turn("500 to 900", found("price", {"min": 500, "max": 900.5}, 0, 0), button=True)
    assert [(entity["role"], entity["value"]) for entity in pressed.entities] == [("min", 500), ("max", 900.5)]
    assert pressed.values("price", "max") == [900.5]


def test_attributes_that_are_none_are_left_out() -> None:
    read = turn("x", found("attribute", {"code": "color", "value": "Red"}, 0, 1), found("attribute", "odd", 0, 1))
    assert read.attributes == (AttributeWish("color", "Red"),)


@pytest.mark.parametrize("language", [None, "", "fr", 3])
def test_an_odd_language_slot_is_english(language: object) -> None:
    assert turn("hi", slots={"language": language}).language == "en"


def test_slots_as_changed_by_the_action() -> None:
    read = turn("hi", slots={"language": "en", "product": "a"})
    read.set("product", None)
    assert read.slot("product") is None


@pytest.mark.parametrize(
    "entities",
    [
        {},
        {"product": 'odd "code" / {with} \\ signs'},
        {"price": {"min": 5.0, "max": 9.0}},
        {"attribute": {"code": "اللون", "value": "أسود"}},
        {"page": "next"},
        {"relax": "attribute:color"},
    ],
)
def test_payloads_are_what_the_gateway_lets_through(entities: dict[str, Any]) -> None:
    read = payloads.read(payload("product_search", **entities))
    assert (read.intent, read.entities) == ("product_search", entities)
