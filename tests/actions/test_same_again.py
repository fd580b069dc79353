"""A question just answered is put to another product by naming that alone."""

from __future__ import annotations

import pytest

from tests.actions.talk import Talk, entity

pytestmark = pytest.mark.usefixtures("shop")

SHOWN = ["cloud-plus", "rock-firm"]


def talk(language: str = "en") -> Talk:
    return Talk(language, slots={"shown": list(SHOWN)})


@pytest.mark.parametrize(
    "language, first, second",
    [
        ("en", "how heavy is the first", "and the second?"),
        ("en", "how heavy is the first", "what about the second one"),
        ("ar", "كم وزن الأولى", "طب والثانية؟"),
        ("ar", "كم وزن الأولى", "وماذا عن الثانية"),
    ],
)
def test_the_question_goes_to_the_other_one(language: str, first: str, second: str) -> None:
    said = {"first": "first", "second": "second"} if language == "en" else {"first": "الأولى", "second": "الثانية"}
    asked = talk(language)
    assert "24 kg" in asked("action_product_info", "product_info", first, entity("ordinal", 1, said["first"])).text
    # However the short message was understood by itself.
    again = asked("action_place_order", "place_order", second, entity("ordinal", 2, said["second"]))
    assert again.response == "utter_property"
    assert "30 kg" in again.text
    assert asked.slots["product"] == "rock-firm"


def test_a_price_too_and_again() -> None:
    asked = talk()
    asked("action_ask_price", "ask_price", "how much is the first", entity("ordinal", 1, "first"))
    for ordinal, word, code in ((2, "second", "rock-firm"), (1, "first", "cloud-plus"), (2, "second", "rock-firm")):
        reply = asked("action_product_info", "product_info", f"and the {word}", entity("ordinal", ordinal, word))
        assert reply.response.startswith("utter_price")
        assert asked.slots["product"] == code
    assert asked.slots["asked"]["words"] == "how much is the"


@pytest.mark.parametrize("text", ["the second one", "i'll take the second", "and deliver the second to jeddah"])
def test_what_says_something_of_its_own_is_no_such_question(text: str) -> None:
    asked = talk()
    asked("action_product_info", "product_info", "how heavy is the first", entity("ordinal", 1, "first"))
    reply = asked("action_product_info", "product_info", text, entity("ordinal", 2, "second"))
    assert "30 kg" not in reply.text
    assert reply.response != "utter_property"


def test_something_else_said_between_ends_it() -> None:
    asked = talk()
    asked("action_product_info", "product_info", "how heavy is the first", entity("ordinal", 1, "first"))
    asked("action_thanks", "thanks", "thanks")
    reply = asked("action_product_info", "product_info", "and the second?", entity("ordinal", 2, "second"))
    assert reply.response in ("utter_product_about", "utter_product_card")
