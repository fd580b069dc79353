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


def test_words_for_what_it_is_for_stay_with_the_kind(bedding: Session) -> None:
    before = Wishes(categories=("mattresses",), price_max=Decimal(2000))
    for phrase in ("for my neck", "it should be good for the neck", "للرقبة"):
        after = wanted.in_force(bedding, before, Wishes(words="neck", phrase=phrase))
        assert (after.categories, after.price_max, after.words) == (("mattresses",), 2000, "neck"), phrase


def test_a_limit_said_alone_is_on_things_of_the_kind_shown(bedding: Session) -> None:
    shown = catalogue.products(bedding, ["side-pillow", "feather-pillow"])
    limit = Wishes(price_max=Decimal(100))
    for before in (Wishes(), Wishes(words="sleep side", phrase="I sleep on my side")):
        assert wanted.in_force(bedding, before, limit, shown).categories == ("pillows",)
    by_brand = Wishes(brands=("dormir",))
    assert wanted.in_force(bedding, by_brand, limit, shown).categories == ()
    assert wanted.in_force(bedding, Wishes(), limit).categories == ()


def test_a_correction_to_another_kind_takes_along_what_that_kind_has(bedding: Session) -> None:
    before = Wishes(
        categories=("mattresses",), brands=("dormir",), attributes=(FIRM,), price_max=Decimal(500), words="back"
    )
    after = wanted.corrected(bedding, before, Wishes(categories=("pillows",)))
    assert after == Wishes(categories=("pillows",), brands=("dormir",), price_max=Decimal(500))
    back = wanted.corrected(bedding, replace(after, attributes=(FIRM,)), Wishes(categories=("mattresses",)))
    assert back.attributes == (FIRM,)


def test_a_correction_within_the_kind_keeps_the_rest(bedding: Session) -> None:
    after = wanted.corrected(bedding, BEFORE, Wishes(attributes=(FIRM,)))
    assert after == replace(BEFORE, attributes=(FIRM,))
    after = wanted.corrected(bedding, BEFORE, Wishes(words="latex", phrase="latex"))
    assert (after.words, after.categories) == ("latex", ("mattresses",))


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
    assert [wanted.as_common_noun(name) for name in ("Office Chairs", "TVs", "USB cables")] == [
        "office chairs",
        "TVs",
        "USB cables",
    ]


def test_the_kind_named_again_with_what_nothing_has_beside_the_rest_is_another_piece(bedding: Session) -> None:
    before = Wishes(categories=("mattresses",), attributes=(FIRM,), price_max=Decimal(3000))
    said = Wishes(categories=("mattresses",), words="latex", phrase="latex mattresses")
    after = wanted.in_force(bedding, before, said)
    assert (after.attributes, after.words) == ((), "latex")
    firm = wanted.in_force(bedding, before, Wishes(categories=("mattresses",), price_max=Decimal(5000)))
    assert firm.attributes == (FIRM,), "a limit alone takes nothing back"


def test_the_cheapest_of_a_kind_is_asked_of_all_of_them(bedding: Session) -> None:
    before = Wishes(categories=("mattresses",), attributes=(FIRM,), words="coil", phrase="coil")
    after = wanted.in_force(bedding, before, Wishes(categories=("mattresses",), sort="price"))
    assert (after.attributes, after.words, after.sort) == ((), "", "price")


def test_an_adjective_orders_a_kind_unless_titles_have_it(bedding: Session) -> None:
    said = Wishes(categories=("mattresses",), words="light", phrase="a light mattress")
    assert wanted.put_in_order(bedding, said, "a light mattress") == replace(said, words="", sort="@weight")
    assert wanted.put_in_order(bedding, replace(said, words="خفيفه"), "مرتبة خفيفة").sort == "@weight"
    assert wanted.put_in_order(bedding, replace(said, words="quiet"), "a quiet mattress").sort == ""
    assert wanted.put_in_order(bedding, replace(said, categories=()), "a light one").sort == ""
