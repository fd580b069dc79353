"""What nobody can sell, and what is not one's own: numbers put in any words, and quotes named by their number."""

from __future__ import annotations

import pytest

from bot.shop.selling_words import pieces_written
from tests.actions.talk import Talk, entity
from tests.shop.selling_samples import fill, selling, total


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling()


@pytest.mark.parametrize(
    ("language", "text", "response"),
    [
        ("en", "add -3 of the first one", "utter_quantity_none"),
        ("en", "add 1000000000 of the first one", "utter_quantity_many"),
        ("en", "put a million of the first one", "utter_quantity_many"),
        ("en", "add 0 of the first one", "utter_quantity_none"),
        ("ar", "ضيف -3 من الأول", "utter_quantity_none"),
        ("ar", "ضيف مليون قطعة من الأول", "utter_quantity_many"),
    ],
)
def test_impossible_numbers_are_heard_whatever_the_rest_is_taken_for(language: str, text: str, response: str) -> None:
    talk = Talk(language, slots={"shown": ["knit-throw", "side-pillow"], "product": "knit-throw"})
    first = entity("ordinal", 1, "الأول" if language == "ar" else "first one")
    assert talk("action_product_info", "product_info", text, first).response == response
    assert total(talk.id) is None


def test_a_possible_one_goes_into_the_basket() -> None:
    talk = Talk(slots={"shown": ["knit-throw", "side-pillow"]})
    first = entity("ordinal", 1, "first one")
    said = talk("action_product_info", "product_info", "add 2 of the first one", first)
    assert said.response == "utter_added" and total(talk.id) == 120


def test_great_numbers_are_read_in_words() -> None:
    assert [pieces_written(text).count for text in ("a million", "مليار قطعة")] == [10**6, 10**9]  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_quote_opens_for_whom_it_was_written(language: str) -> None:
    mine, other = Talk(language), Talk(language)
    fill(mine.id, "knit-throw")
    mine.slots["basket"] = 1
    quote = mine("action_request_quote", "request_quote", "a quote please")
    number = "Q-1001"
    assert number in quote.text
    again = mine("action_product_search", "product_search", f"show me {number.lower()}")
    assert again.response == "utter_quote_again"
    assert [part["url"] for part in again.parts] == [part["url"] for part in quote.parts if part["type"] == "link"]
    for named in (number, "Q-4711"):
        said = other("action_product_search", "product_search", f"open {named}")
        assert said.response == "utter_quote_by_link_only" and "http" not in str(said.parts)
