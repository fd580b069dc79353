"""Constraints in force: what replaces what, and their way through a slot."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.wishes import AttributeWish, Bound, Wishes, amount, refine, with_prices

SOFT = AttributeWish("firmness", "Soft")
FIRM = AttributeWish("firmness", "Firm")
LATEX = AttributeWish("material", "Latex")


def test_limits_by_role() -> None:
    assert with_prices(Wishes(), [("max", 900)]).price_max == 900
    assert with_prices(Wishes(), [("min", 100.5)]).price_min == Decimal("100.5")
    about = with_prices(Wishes(), [("about", 1000)])
    assert (about.price_min, about.price_max) == (850, 1150)
    assert with_prices(Wishes(), [(None, 1000)]) == about


def test_limits_the_wrong_way_round_are_turned() -> None:
    both = with_prices(Wishes(), [("max", 100), ("min", 300)])
    assert (both.price_min, both.price_max) == (100, 300)


@pytest.mark.parametrize("value", ["abc", None, True, "", float("nan"), -5, "1e999"])
def test_what_is_no_price_limits_nothing(value: object) -> None:
    assert with_prices(Wishes(), [("max", value)]) == Wishes()


def test_a_new_value_takes_the_place_of_the_old_one_of_its_kind() -> None:
    before = Wishes(categories=("mattresses",), brands=("a",), attributes=(SOFT, LATEX), price_max=Decimal(900))
    after = refine(before, Wishes(brands=("b",), attributes=(FIRM,)), anew=False)
    assert after.categories == ("mattresses",)
    assert after.brands == ("b",)
    assert set(after.attributes) == {FIRM, LATEX}
    assert after.price_max == 900


def test_another_brand_replaces_the_brand_and_adds_up() -> None:
    before = Wishes(brands=("a",))
    once = refine(before, Wishes(not_brands=("a",)), anew=False)
    twice = refine(once, Wishes(not_brands=("b",)), anew=False)
    assert (twice.brands, twice.not_brands) == ((), ("a", "b"))
    assert refine(twice, Wishes(brands=("a",)), anew=False).not_brands == ()


def test_a_new_upper_limit_keeps_the_lower_one_unless_they_exclude_each_other() -> None:
    before = Wishes(price_min=Decimal(500), price_max=Decimal(900))
    assert refine(before, Wishes(price_max=Decimal(700)), anew=False).price_min == 500
    lower = refine(before, Wishes(price_max=Decimal(300)), anew=False)
    assert (lower.price_min, lower.price_max) == (None, 300)
    higher = refine(before, Wishes(price_min=Decimal(1000)), anew=False)
    assert (higher.price_min, higher.price_max) == (1000, None)


def test_cheaper_after_a_limit_takes_its_place() -> None:
    after = refine(Wishes(price_max=Decimal(900)), Wishes(price_below=Decimal(450)), anew=False)
    assert (after.price_max, after.price_below) == (None, 450)


def test_anew_forgets() -> None:
    said = Wishes(categories=("pillows",))
    assert refine(Wishes(categories=("mattresses",), price_max=Decimal(1)), said, anew=True) == said


def test_refining_starts_at_the_first_page() -> None:
    assert refine(Wishes(brands=("a",), offset=6), Wishes(attributes=(SOFT,)), anew=False).offset == 0


prices = st.none() | st.decimals(min_value=0, max_value=10**9, places=3)
codes = st.lists(st.text(max_size=8), max_size=3).map(tuple)


@given(
    st.builds(
        Wishes,
        categories=codes,
        brands=codes,
        not_brands=codes,
        price_min=prices,
        price_max=prices,
        price_below=prices,
        price_above=prices,
        attributes=st.lists(st.builds(AttributeWish, st.text(max_size=5), st.text(max_size=5)), max_size=3).map(tuple),
        bounds=st.lists(
            st.builds(
                Bound, st.text(max_size=5), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([1, -1])
            ),
            max_size=2,
        ).map(tuple),
        words=st.text(max_size=20),
        phrase=st.text(max_size=20),
        sort=st.sampled_from(["", "price", "-price"]),
        asked=codes,
        offset=st.integers(0, 30),
    )
)
def test_wishes_come_out_of_the_slot_as_they_went_in(wishes: Wishes) -> None:
    assert Wishes.from_slot(json.loads(json.dumps(wishes.to_slot()))) == wishes


def test_an_empty_slot_is_no_wish() -> None:
    assert Wishes.from_slot(None) == Wishes()
    assert Wishes().empty and Wishes().to_slot() == {}


def test_amounts_are_as_fine_as_the_database() -> None:
    assert amount(0.1 + 0.2) == Decimal("0.300")
    assert amount("12.34567") == Decimal("12.346")
