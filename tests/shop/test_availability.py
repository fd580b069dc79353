"""What can be had now, and where."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.db.types import LocalisedText
from bot.shop import availability, catalogue
from bot.shop.availability import Availability
from bot.shop.catalogue import Choice, Option
from bot.shop.wishes import AttributeWish


def held(session: Session, code: str, **options: str) -> Availability:
    found = catalogue.product(session, code)
    assert found is not None
    return availability.of(found, catalogue.places(session), options)


def pieces(found: Availability) -> dict[str, int]:
    return {at.place.code: at.quantity for at in found.held}


def test_pieces_of_all_variants_together(bedding: Session) -> None:
    found = held(bedding, "cloud-plus")
    assert pieces(found) == {"marina": 3, "qasba": 12}
    assert (found.total, found.available, found.tracked) == (15, True, True)


def test_pieces_of_one_variant(bedding: Session) -> None:
    found = held(bedding, "cloud-plus", size="160")
    assert pieces(found) == {"marina": 0, "qasba": 12}
    assert [at.few for at in held(bedding, "cloud-plus").held] == [True, False]


def test_a_choice_that_makes_no_variant_excludes_none(bedding: Session) -> None:
    assert held(bedding, "cloud-plus", cover="wool").total == 15


def test_a_variant_nobody_makes(bedding: Session) -> None:
    found = held(bedding, "cloud-plus", size="200")
    assert (found.offered, found.available) == (False, False)


def test_sold_out_everywhere(bedding: Session) -> None:
    found = held(bedding, "budget-rest")
    assert (found.offered, found.available, found.total) == (True, False, 0)


def test_what_nobody_counts_is_always_there(bedding: Session) -> None:
    found = held(bedding, "made-frame")
    assert (found.tracked, found.available) == (False, True)


def test_a_warehouse_counts_when_it_holds_something(bedding: Session) -> None:
    assert pieces(held(bedding, "oak-frame")) == {"marina": 0, "qasba": 0, "depot": 4}


@pytest.mark.parametrize("city", ["dubai-city", "Dubai", "دبي", "DUBAI"])
def test_branches_of_a_city_by_zone_or_name(bedding: Session, city: str) -> None:
    found = availability.in_city(bedding, catalogue.places(bedding), city)
    assert [place.code for place in found] == ["marina"]


def test_a_city_without_a_branch(bedding: Session) -> None:
    assert availability.in_city(bedding, catalogue.places(bedding), "Muscat") == []
    assert availability.city_name(bedding, "dubai-city", "ar") == "دبي"
    assert availability.city_name(bedding, "Muscat", "ar") == "Muscat"


def test_wished_choices_by_code_or_name(bedding: Session) -> None:
    cloud = catalogue.product(bedding, "cloud-plus")
    assert cloud is not None
    wishes = [AttributeWish("size", "160 cm"), AttributeWish("cover", "قطن"), AttributeWish("size-x", "1")]
    assert availability.wished(cloud, wishes) == {"size": "160", "cover": "cotton"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is it available in M white", {"size": "m"}),
        ("do you have XL?", {"size": "xl"}),
        ("متوفر مقاس ٤٢؟", {"size": "42"}),
        ("I'm looking at it, is a blue one there", {}),
        ("t-shirt in x-m", {}),
        ("420 or 142", {}),
    ],
)
def test_short_sizes_are_understood_beside_their_product(text: str, expected: dict[str, str]) -> None:
    sizes = tuple(
        Choice(code, LocalisedText(en=name), Decimal(0), 0)
        for code, name in (("m", "M"), ("xl", "XL"), ("42", "42"), ("a", "A"))
    )
    shirt = SimpleNamespace(options=(Option("size", LocalisedText(en="Size"), sizes),))
    assert availability.wished(shirt, (), text) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("how much is the 100 ml?", "100"),
        ("متوفر ١٠٠ مل؟", "100"),
        ("in 100ml please", "100"),
        ("the 50 millilitres one", "50"),
        ("do you have 1000 ml", None),
        ("any size", None),
    ],
)
def test_a_choice_that_is_a_measure_is_named_in_any_spelling(text: str, chosen: str | None) -> None:
    sizes = tuple(
        Choice(code, LocalisedText(en=f"{code} ml", ar=f"{code} مل"), Decimal(0), 0) for code in ("50", "100")
    )
    bottle: Any = SimpleNamespace(options=(Option("size", LocalisedText(en="Size"), sizes),), choice=lambda *_: None)
    assert availability.wished(bottle, (), text) == ({"size": chosen} if chosen else {})


@pytest.mark.parametrize("text", ["a 160×200 one", "in 160 x 200", "١٦٠*٢٠٠"])
def test_a_size_of_two_measures(text: str) -> None:
    size = Choice("big", LocalisedText(en="160x200"), Decimal(0), 0)
    bed: Any = SimpleNamespace(options=(Option("size", LocalisedText(en="Size"), (size,)),), choice=lambda *_: None)
    assert availability.wished(bed, (), text) == {"size": "big"}
