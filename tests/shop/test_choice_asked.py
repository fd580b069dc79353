"""Whether a product comes in what is asked for, and what it comes in instead."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct
from bot.shop.choice_asked import asked
from bot.shop.wishes import AttributeWish


def _one(session: Session, code: str) -> ShopProduct:
    found = catalogue.product(session, code)
    assert found is not None
    return found


def test_a_choice_that_it_has(bedding: Session) -> None:
    found = asked(_one(bedding, "cloud-plus"), [AttributeWish("cover", "Wool")], "")
    assert found is not None and found.choice is not None and found.choice.code == "wool"


def test_a_choice_that_it_lacks_tells_those_it_has(bedding: Session) -> None:
    found = asked(_one(bedding, "cloud-plus"), [AttributeWish("cover", "Silk")], "")
    assert found is not None and found.choice is None and found.option is not None and found.option.code == "cover"


def test_a_fact_that_is_another(bedding: Session) -> None:
    rock = _one(bedding, "rock-firm")
    found = asked(rock, [AttributeWish("firmness", "Soft")], "")
    assert found is not None and found.attribute is not None and found.attribute.value["en"] == "Firm"
    assert asked(rock, [AttributeWish("firmness", "firm")], "") is None
    assert asked(rock, [AttributeWish("voltage", "220 V")], "") is None


@pytest.mark.parametrize(
    ("text", "word"), [("can I get it in Blue?", "Blue"), ("فيه لون أزرق؟", "أزرق"), ("بالأزرق", "بالأزرق")]
)
def test_a_colour_that_nothing_in_the_shop_has(bedding: Session, text: str, word: str) -> None:
    found = asked(_one(bedding, "knit-throw"), [], text)
    assert found is not None and found.word == word and found.attribute is not None


def test_no_colour_and_no_choice(bedding: Session) -> None:
    assert asked(_one(bedding, "knit-throw"), [], "how much is it?") is None
    assert asked(_one(bedding, "rock-firm"), [], "is it blue?") is None  # nothing is said of its colour
