"""When a message refines a search and when it starts another one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from bot.shop import catalogue, wanted
from bot.shop.wishes import AttributeWish, Bound, Wishes

BEFORE = Wishes(categories=("mattresses",), price_max=Decimal(2000), words="foam", phrase="foam mattress")
FIRM = AttributeWish("firmness", "Firm")


def test_another_kind_starts_anew(bedding: Session) -> None:
    said = Wishes(categories=("pillows",))
    assert wanted.in_force(bedding, BEFORE, said) == said


def test_a_narrower_kind_keeps_the_rest(bedding: Session) -> None:
    before = Wishes(categories=("beds",), price_max=Decimal(2000))
    after = wanted.in_force(bedding, before, Wishes(categories=("frames",)))
    assert (after.categories, after.price_max) == (("frames",), 2000)


def test_a_property_or_a_price_refines(bedding: Session) -> None:
    after = wanted.in_force(bedding, BEFORE, Wishes(attributes=(FIRM,), price_max=Decimal(900)))
    assert after == replace(BEFORE, attributes=(FIRM,), price_max=Decimal(900))


def test_words_refine_when_something_there_holds_them(bedding: Session) -> None:
    before = Wishes(categories=("mattresses",))
    assert wanted.in_force(bedding, before, Wishes(words="latex", phrase="latex")).categories == ("mattresses",)


def test_words_that_nothing_there_holds_are_another_search(bedding: Session) -> None:
    before = Wishes(categories=("mattresses",), words="foam")
    assert wanted.in_force(bedding, before, Wishes(words="neck", phrase="neck")).categories == ()
    assert wanted.in_force(bedding, before, Wishes(words="spaceship")).words == "spaceship"


def test_cheaper_is_below_the_cheapest_that_can_be_had(bedding: Session) -> None:
    shown = catalogue.products(bedding, ["cloud-plus", "rock-firm", "budget-rest"])
    assert wanted.compared(Wishes(), "cheaper", shown).price_below == 900
    assert wanted.compared(Wishes(), "pricier", shown).price_above == 1200
    sold_out = catalogue.products(bedding, ["budget-rest"])
    assert wanted.compared(Wishes(), "cheaper", sold_out).price_below == 450


def test_comparisons_of_a_property_become_limits_on_its_number(bedding: Session) -> None:
    shown = catalogue.products(bedding, ["cloud-plus", "rock-firm"])
    assert wanted.compared(Wishes(), "lighter", shown).bounds == (Bound("weight", 24.0, -1),)


@pytest.mark.parametrize("comparison", ["quieter", "newer", "lighter", "no such word"])
def test_comparisons_that_no_attribute_answers_limit_nothing(bedding: Session, comparison: str) -> None:
    pillows = catalogue.products(bedding, ["side-pillow"])
    assert wanted.compared(Wishes(brands=("dormir",)), comparison, pillows) == Wishes(brands=("dormir",))


def test_without_anything_shown_cheaper_only_orders(bedding: Session) -> None:
    assert wanted.compared(Wishes(), "cheaper", []).sort == "price"
    assert wanted.compared(Wishes(), "pricier", []).sort == "-price"


def test_values_are_named_as_the_shop_writes_them(bedding: Session) -> None:
    names = wanted.value_names(bedding, [AttributeWish("cover", "wool"), AttributeWish("x", "Unknown")])
    assert [name.get_for("ar") for name in names] == ["صوف", "Unknown"]
    found = wanted.attribute_name(bedding, "firmness")
    assert found is not None and found["ar"] == "الصلابة"


@pytest.mark.parametrize(
    ("name", "countable"),
    [("Laptops", True), ("Office chairs", True), ("Home & Kitchen", False), ("Glass", False), ("Furniture", False)],
)
def test_which_category_names_can_be_counted(name: str, countable: bool) -> None:
    assert wanted.is_plain_plural(name) is countable


def test_names_in_capitals_stay_so() -> None:
    assert [wanted.lower_first(name) for name in ("Office Chairs", "TVs", "USB cables")] == [
        "office Chairs",
        "TVs",
        "USB cables",
    ]
