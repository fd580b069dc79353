"""The catalogue as one walks through it: categories with their products, page by page. The shop page reads it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from bot.db.models import Category, Product
from bot.db.types import LANGUAGES, LocalisedText
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct

PAGE = 24  # products a page shows
MOST_WORDS = 6  # of a search that are looked at
LONGEST_WORD = 60


@dataclass(frozen=True)
class Aisle:
    """A category that has published products, itself or in the categories below it."""

    code: str
    name: LocalisedText
    count: int
    below: tuple[Aisle, ...]

    def path_to(self, code: str) -> tuple[Aisle, ...]:
        """The aisles from this one down to the one of a code; empty when it is not below."""
        if self.code == code:
            return (self,)
        for aisle in self.below:
            if rest := aisle.path_to(code):
                return (self, *rest)
        return ()

    def codes(self) -> Iterator[str]:
        """The codes of this category and all below it."""
        yield self.code
        for aisle in self.below:
            yield from aisle.codes()


@dataclass(frozen=True)
class Shelf:
    """One page of products; `page` counts from 1 and is one that exists."""

    products: list[ShopProduct]
    count: int
    page: int
    pages: int


def aisles(session: Session) -> tuple[Aisle, ...]:
    """The top categories with all below them, fullest first."""
    counts: Counter[int] = Counter()
    counted = select(Product.category_id, func.count()).where(Product.published.is_(True)).group_by(Product.category_id)
    for category_id, count in session.execute(counted):
        counts[category_id] = count
    children: dict[int | None, list[Any]] = defaultdict(list)
    rows = session.execute(select(Category.id, Category.parent_id, Category.code, Category.name)).all()
    known = {row.id for row in rows}
    for row in rows:
        children[row.parent_id if row.parent_id in known else None].append(row)

    def build(parent: int | None) -> tuple[Aisle, ...]:
        found = []
        for row in children[parent]:
            below = build(row.id)
            count = counts[row.id] + sum(aisle.count for aisle in below)
            if count:
                found.append(Aisle(row.code, row.name, count, below))
        return tuple(sorted(found, key=lambda aisle: (-aisle.count, aisle.code)))

    return build(None)


def shelf(session: Session, *, aisle: Aisle | None = None, words: str = "", page: int = 1) -> Shelf:
    """The published products of a category (all without one) whose title or code has every word, best known first."""
    wanted = [Product.published.is_(True), *(_has(word) for word in words.split()[:MOST_WORDS])]
    if aisle is not None:
        wanted.append(Product.category_id.in_(select(Category.id).where(Category.code.in_(list(aisle.codes())))))
    count = session.execute(select(func.count()).select_from(Product).where(*wanted)).scalar_one()
    pages = max(1, -(-count // PAGE))
    page = min(max(page, 1), pages)
    codes = session.execute(
        select(Product.code)
        .where(*wanted)
        .order_by(Product.popularity.desc(), Product.code)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).scalars()
    return Shelf(catalogue.products(session, list(codes)), count, page, pages)


def _has(word: str) -> Any:
    pattern = word[:LONGEST_WORD].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    title = type_coerce(Product.title, JSON)
    texts = [Product.code, *(title[language].as_string() for language in LANGUAGES)]
    return or_(*(text.ilike(f"%{pattern}%", escape="\\") for text in texts))
