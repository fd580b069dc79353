"""Walking through the catalogue: categories with their counts, pages, the words of a search."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from bot.db.models import Category, Product, Variant
from bot.db.session import reading, writing
from bot.shop import browsing


def _product(code: str, title: dict[str, str], category: Category | None, **more: object) -> Product:
    price = Decimal("10")
    variants = [Variant(sku=f"{code}-1", position=0, price=price)]
    return Product(code=code, title=title, category=category, price_from=price, variants=variants, **more)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with writing() as session:
        computers = Category(code="computers", name={"en": "Computers", "ar": "حواسيب"})
        session.add(computers)
        session.flush()
        laptops = Category(code="laptops", name={"en": "Laptops", "ar": "حواسيب محمولة"}, parent_id=computers.id)
        chairs = Category(code="chairs", name={"en": "Chairs", "ar": "كراسي"})
        empty = Category(code="empty", name={"en": "Empty"})
        session.add_all([laptops, chairs, empty])
        session.add_all(
            [
                _product("air-14", {"en": "Air 14 Laptop", "ar": "حاسوب Air 14"}, laptops, popularity=5),
                _product("mini", {"en": "Mini computer 100%"}, computers, popularity=9),
                _product("hidden", {"en": "Hidden laptop"}, laptops, published=False),
                _product("loose", {"en": "Loose thing_x"}, None),
                *(_product(f"chair-{n:02}", {"en": f"Chair {n}", "ar": f"كرسي {n}"}, chairs) for n in range(50)),
            ]
        )
    with reading() as session:
        yield session


def _codes(shelf: browsing.Shelf) -> list[str]:
    return [product.code for product in shelf.products]


def test_categories_count_what_lies_below_them_and_leave_out_empty_ones(session: Session) -> None:
    aisles = browsing.aisles(session)
    assert [(aisle.code, aisle.count) for aisle in aisles] == [("chairs", 50), ("computers", 2)]
    assert [(aisle.code, aisle.count) for aisle in aisles[1].below] == [("laptops", 1)]
    assert [aisle.code for aisle in aisles[1].path_to("laptops")] == ["computers", "laptops"]
    assert aisles[0].path_to("laptops") == ()


def test_a_category_shows_what_lies_below_it_best_known_first(session: Session) -> None:
    computers = browsing.aisles(session)[1]
    assert _codes(browsing.shelf(session, aisle=computers)) == ["mini", "air-14"]


def test_pages_together_show_every_product_once(session: Session) -> None:
    first = browsing.shelf(session)
    assert (first.count, first.pages, first.page) == (53, 3, 1)
    everything = [code for page in (1, 2, 3) for code in _codes(browsing.shelf(session, page=page))]
    assert len(everything) == len(set(everything)) == 53
    assert "hidden" not in everything


def test_a_page_that_does_not_exist_becomes_one_that_does(session: Session) -> None:
    assert [browsing.shelf(session, page=asked).page for asked in (0, -4, 99)] == [1, 1, 3]


def test_search_takes_words_as_they_are(session: Session) -> None:
    found = {
        "LAPTOP": ["air-14"],
        "حاسوب air": ["air-14"],
        "laptop chair": [],
        "MINI": ["mini"],
        "en": [],  # a key of the stored text, and no word of any title
        "100%": ["mini"],
        "%": ["mini"],
        "thing_x": ["loose"],
        "'; DROP TABLE products; --": [],
        "\\": [],
        "x" * 5000: [],
    }
    assert {words: _codes(browsing.shelf(session, words=words)) for words in found} == found
