"""What a thing should be without: how it is said, and which products have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from bot.db.models import CatalogueVersion, Product, ProductAttribute
from bot.db.session import reading, writing
from bot.shop import search, text_index, without
from bot.shop.wishes import Wishes, refine
from tests.shop.samples import bedding_shop


@pytest.fixture
def bedding_sold(database: str) -> Iterator[None]:
    """The bedding shop, with no session open: tests write to it."""
    text_index.forget()
    bedding_shop()
    yield
    text_index.forget()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cake without eggs", "eggs"),
        ("a jacket without a hood under 300", "hood"),
        ("I need a laptop with no touch screen please", "touch screen"),
        ("كيكه بدون بيض", "بيض"),
        ("ومن غير تحكم في الحرارة؟", "تحكم في الحرارة"),
        ("جاكيت بدون قبعة تحت ٢٠٠", "قبعة"),
        ("buy without registering an account now", ""),
        ("I can't do without", ""),
        ("a cake", ""),
    ],
)
def test_what_is_not_wanted_is_read(text: str, named: str) -> None:
    assert without.named(text) == named


def _fact(code: str, fact: str, value: str) -> None:
    with writing() as session:
        product = session.execute(select(Product).where(Product.code == code)).scalar_one()
        product.attributes.append(ProductAttribute(code="side_handles", name={"en": fact}, value={"en": value}))
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))


def _left(words: str) -> set[str]:
    with reading() as session:
        found = search.find(session, Wishes(categories=("mattresses",), without=words), 20)
    return {hit.code for hit in found.hits}


def test_products_that_have_it_are_left_out_and_those_that_say_no_stay(bedding_sold: None) -> None:
    everything = _left("")
    _fact("rock-firm", "Side handles", "Yes")
    _fact("latex-air", "Side handles", "No")
    assert everything - _left("side handles") == {"rock-firm"}


def test_what_is_written_counts_unless_it_is_denied(bedding_sold: None) -> None:
    everything = _left("")
    assert everything - _left("memory foam") == {"cloud-plus"}
    with writing() as session:
        session.execute(
            update(Product).where(Product.code == "latex-air").values(description={"en": "Made without memory foam."})
        )
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    assert everything - _left("memory foam") == {"cloud-plus"}


def test_a_wish_to_be_without_stays_in_force_and_can_be_given_up(bedding_sold: None) -> None:
    before = Wishes(categories=("mattresses",), without="memory foam")
    assert Wishes.from_slot(before.to_slot()) == before
    assert refine(before, Wishes(brands=("noura",)), anew=False).without == "memory foam"
    soft = Wishes(categories=("mattresses",), without="mattress springs latex", words="")
    assert search.relax(soft, "without").without == ""
