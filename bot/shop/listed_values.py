"""Attributes whose value lists several ("Oily, dry"): which values hold one that a customer names."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import ProductAttribute
from bot.shop.remembered import remembered

ROWS_AT_ONCE = 2000
_MARKS = re.compile(r"\s*[,،;؛|]\s*")

Lists = dict[tuple[str, str], tuple[str, ...]]


def parts_of(text: str) -> list[str]:
    """The values that a text lists; one for a plain value."""
    return [part for part in _MARKS.split(text.strip()) if part]


def lists_with(session: Session, code: str, value: str) -> tuple[str, ...]:
    """The values of the attribute `code`, in lower case, that list `value` beside others."""
    return remembered(session, "lists of values", _read).get((code, value.lower()), ())


def _read(session: Session) -> Lists:
    found: dict[tuple[str, str], dict[str, None]] = {}
    rows = select(ProductAttribute.code, ProductAttribute.value).execution_options(yield_per=ROWS_AT_ONCE)
    for code, value in session.execute(rows):
        for text in (text.lower() for text in value.values()):
            parts = parts_of(text)
            for part in parts if len(parts) > 1 else ():
                found.setdefault((code, part), {})[text] = None
    return {key: tuple(texts) for key, texts in found.items()}
