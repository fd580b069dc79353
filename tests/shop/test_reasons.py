"""Why a product fits: every reason is a wish that it really meets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.db.session import reading
from bot.shop import catalogue, reasons
from bot.shop.wishes import AttributeWish, Bound, Wishes

pytestmark = pytest.mark.usefixtures("bedding")


def why(code: str, wishes: Wishes) -> list[tuple[str, str]]:
    with reading() as session:
        product = catalogue.product(session, code)
        assert product is not None
        found = reasons.of(product, wishes, "en")
    return [(reason.kind, reason.passage or (f"{reason.amount:.0f}" if reason.amount else "")) for reason in found]


def test_what_is_left_of_a_budget() -> None:
    assert why("rock-firm", Wishes(price_max=Decimal(1000))) == [("left", "100")]
    assert why("rock-firm", Wishes(price_max=Decimal(900)))[0][0] == "within"
    assert why("rock-firm", Wishes(price_max=Decimal(800))) == []


def test_values_and_words_come_from_the_product_itself() -> None:
    soft = Wishes(attributes=(AttributeWish("firmness", "soft"),), words="tired back")
    kinds = why("cloud-plus", soft)
    assert kinds == [("value", ""), ("passage", "It eases pressure on shoulders and a tired back")]
    assert why("rock-firm", soft) == []


def test_a_number_is_a_reason_only_beyond_the_limit() -> None:
    assert why("latex-air", Wishes(bounds=(Bound("weight", 24.0, -1),))) == [("fact", "")]
    assert why("rock-firm", Wishes(bounds=(Bound("weight", 24.0, -1),))) == []


def test_the_one_that_fits_most_is_named_only_when_there_is_one() -> None:
    with reading() as session:
        both = catalogue.products(session, ["cloud-plus", "rock-firm"])
        best = reasons.most_fitting(both, Wishes(words="tired back"), "en")
        assert best is not None and best.code == "cloud-plus"
        assert reasons.most_fitting(both, Wishes(), "en") is None
