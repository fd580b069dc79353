"""Sentence vectors of products and categories, written in the background after an import and at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from bot.db.models import Category, Product
from bot.language.encoder import get_encoder

DESCRIPTION_CHARACTERS = 160


def refresh(session: Session, limit: int = 500) -> int:
    """Write the vectors of up to `limit` categories and products that have none; how many were written.

    Call until it answers 0. The caller commits.
    """
    encoder = get_encoder()
    if not encoder.dimension:
        return 0
    categories = list(session.execute(select(Category).where(Category.embedding.is_(None)).limit(limit)).scalars())
    written = _write(session, Category, categories, _category_text)
    if written >= limit:
        return written
    products = list(
        session.execute(
            select(Product)
            .where(Product.embedding.is_(None), Product.published.is_(True))
            .options(joinedload(Product.category))
            .order_by(Product.id)
            .limit(limit - written)
        ).scalars()
    )
    return written + _write(session, Product, products, _product_text)


def _category_text(category: Any) -> str:
    return ". ".join(dict.fromkeys(category.name.values()))


def _product_text(product: Any) -> str:
    """What a product is in a sentence or two, in one of its languages: the encoder knows both."""
    kind = product.category.name.get_for("en") if product.category else ""
    about = product.description.get_for("en")[:DESCRIPTION_CHARACTERS]
    return ". ".join(text for text in (product.title.get_for("en"), kind, about) if text)


def _write(session: Session, table: Any, rows: Sequence[Any], text_of: Callable[[Any], str]) -> int:
    if not rows:
        return 0
    vectors = get_encoder().encode([text_of(row) for row in rows])
    for row, vector in zip(rows, vectors, strict=True):
        session.execute(update(table).where(table.id == row.id).values(embedding=vector.tobytes()))
    return len(rows)
