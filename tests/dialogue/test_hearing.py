"""Two needs in one message, and corrections: what a turn serves, from what understanding says of the whole and of the halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.hearing import hear
from bot.nlu.segments import halves

# What each text means here, as (need, confidence); anything else is not understood.
MEANS = {
    "cancel it": ("cancel_order", 0.9),
    "refund me": ("refund_request", 0.9),
    "where is my order 1043": ("order_status", 0.95),
    "where is my order": ("order_status", 0.95),
    "what are your opening hours": ("store_info", 0.9),
    "is it in stock": ("check_availability", 0.9),
    "how much": ("ask_price", 0.8),
    "thanks": ("thanks", 0.99),
    "hi": ("greet", 0.99),
    "i want to return it": ("return_item", 0.9),
    "refund the money": ("refund_request", 0.9),
    "send the invoice": ("invoice_request", 0.5),
    "بكم": ("ask_price", 0.9),
    "وهل متوفر": ("check_availability", 0.9),
    "no, i want to return the black one": ("return_item", 0.9),
    "my speaker has a scratch": ("damaged_or_wrong_item", 0.9),
    "i also need the invoice": ("invoice_request", 0.9),
    "فيها خدش": ("damaged_or_wrong_item", 0.9),
    "ابي الفاتورة": ("invoice_request", 0.9),
}


def said(text: str, *entities: tuple[str, Any, str]) -> dict[str, Any]:
    name, sure = MEANS.get(text, ("nlu_fallback", 0.2))
    found = [
        {"entity": kind, "value": value, "start": text.index(words), "end": text.index(words) + len(words)}
        for kind, value, words in entities
    ]
    return {"text": text, "intent": {"name": name, "confidence": sure}, "entities": found}


def understand(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [said(text) for text in texts]


def talk(*needs: str) -> DialogueStateTracker:
    events = [UserUttered("x", {"name": need, "confidence": 1.0}) for need in needs]
    return DialogueStateTracker.from_events("c", events)


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("cancel it and refund me", ["cancel_order", "refund_request"]),
        ("is it in stock and how much", ["check_availability", "ask_price"]),
        ("بكم وهل متوفر", ["ask_price", "check_availability"]),
        ("thanks, and where is my order 1043", ["thanks", "order_status"]),
        ("my speaker has a scratch and i also need the invoice", ["damaged_or_wrong_item", "invoice_request"]),
        ("فيها خدش وكمان ابي الفاتورة", ["damaged_or_wrong_item", "invoice_request"]),
        # What takes a look-up comes last, so that the answer ends with its question.
        ("where is my order and what are your opening hours", ["store_info", "order_status"]),
    ],
)
def test_both_needs_are_served(text: str, needs: list[str]) -> None:
    assert [one["intent"]["name"] for one in hear(said(text), talk(), understand)] == needs


def test_a_half_that_names_an_order_is_about_it() -> None:
    """What an order number speaks for is never believed much by the wording alone."""

    def understand_order(texts: Sequence[str]) -> list[dict[str, Any]]:
        told = [said(text) for text in texts]
        told[0]["intent"] = {"name": "damaged_or_wrong_item", "confidence": 0.5}
        told[0]["entities"] = [{"entity": "order_number", "value": "1043", "start": 0, "end": 4}]
        return told

    found = hear(said("1043 has a scratch and i also need the invoice"), talk(), understand_order)
    assert [one["intent"]["name"] for one in found] == ["damaged_or_wrong_item", "invoice_request"]


@pytest.mark.parametrize(
    "text",
    [
        "hi, where is my order",  # a greeting is no need
        "i want to return it and refund the money",  # the first brings the second
        "cancel it and send the invoice",  # the second is not sure enough
        "cancel it and blorp",
        "my lamp is black and blue, it broke",
    ],
)
def test_one_need_stays_one(text: str) -> None:
    assert [one["text"] for one in hear(said(text), talk(), understand)] == [text]


@pytest.mark.parametrize(
    "text",
    ["where is my order", "black and white", "i ordered a lamp and it never came", "salt & pepper", "2.5 kg", "بكم الابيض والاسود",
     "طلبت كنبة ووصلتني مكسورة", "", "??", "and", "و", "is it ok? " * 50],
)  # fmt: skip
def test_an_ordinary_message_is_not_taken_apart(text: str) -> None:
    assert halves(text) == []


BLACK = {"code": "colour", "value": "Black"}
BLUE = {"code": "colour", "value": "Blue"}


@pytest.mark.parametrize(
    ("text", "entity", "before", "left"),
    [
        ("no, the black one", ("attribute", BLACK, "black"), "ask_price", "the black one"),
        ("I meant the 15 inch", ("attribute", {"code": "screen", "value": "15"}, "15 inch"), "product_search", "the 15 inch"),
        ("لا، الأسود", ("attribute", BLACK, "الأسود"), "product_search", "الأسود"),
        ("قصدي الثاني", ("ordinal", 2, "الثاني"), "product_info", "الثاني"),
        ("sorry, 1044", ("order_number", "1044", "1044"), "order_status", "1044"),
        ("the second i mean", ("ordinal", 2, "second"), "check_availability", "the second"),
    ],
)  # fmt: skip
def test_a_correction_goes_on_with_the_need_before(
    text: str, entity: tuple[str, Any, str], before: str, left: str
) -> None:
    (found,) = hear(said(text, entity), talk(before, "thanks"), understand)
    (named,) = found["entities"]
    assert (found["intent"]["name"], found["correction"], found["text"]) == (before, True, left)
    assert found["text"][named["start"] : named["end"]] == entity[2]


def test_a_correction_may_bring_a_need_of_its_own() -> None:
    text = "no, i want to return the black one"
    (found,) = hear(said(text, ("attribute", BLACK, "black")), talk("ask_price"), understand)
    assert (found["intent"]["name"], found["correction"]) == ("return_item", True)


def test_what_is_ruled_out_is_not_wanted() -> None:
    text = "the black one, not the blue"
    (found,) = hear(said(text, ("attribute", BLACK, "black"), ("attribute", BLUE, "blue")), talk(), understand)
    assert [entity["value"] for entity in found["entities"]] == [BLACK]
    kept = "not the blue"
    (found,) = hear(said(kept, ("attribute", BLUE, "blue")), talk(), understand)
    assert [entity["value"] for entity in found["entities"]] == [BLUE], "with nothing in its place it stays"


@pytest.mark.parametrize("text", ["no", "no thanks", "لا شكرا", "sorry", "i meant well"])
def test_a_no_without_a_name_corrects_nothing(text: str) -> None:
    assert "correction" not in hear(said(text), talk("ask_price"), understand)[0]


def test_nothing_said_before_nothing_corrected() -> None:
    text = "no, the black one"
    assert "correction" not in hear(said(text, ("attribute", BLACK, "black")), talk("greet"), understand)[0]


@pytest.mark.parametrize(
    ("text", "kind", "words", "unwanted"),
    [
        ("i don't want headphones", "category", "headphones", True),
        ("anything but Dormir", "brand", "Dormir", True),
        ("ما ابي سماعات", "category", "سماعات", True),
        ("أي شي غير سماعات", "category", "سماعات", True),
        ("no wires please", "attribute", "wires", True),
        ("بدون سلك", "attribute", "سلك", True),
        ("i'm allergic to walnuts", "attribute", "walnuts", True),
        ("عندي حساسيه من الجوز", "attribute", "الجوز", True),
        ("no, black", "attribute", "black", False),
        ("no black one", "attribute", "black", False),
        ("no 16 GB", "attribute", "16 GB", False),
        ("i want headphones", "category", "headphones", False),
        ("why don't you sell headphones", "category", "headphones", False),
    ],
)
def test_what_is_not_wanted_is_marked(text: str, kind: str, words: str, unwanted: bool) -> None:
    heard = hear(said(text, (kind, "code", words)), talk(), understand)
    assert bool(heard[0]["entities"][0].get("ruled_out")) is unwanted
