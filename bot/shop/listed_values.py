"""Attributes whose value lists several ("Oily, dry"): which values hold one that a customer names."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import ProductAttribute
from bot.shop.remembered import remembered

ROWS_AT_ONCE = 2000
_MARKS = re.compile(r"[,،;؛|]")
# Years behind a name that things are made for: "Golf 2012-2019", "جولف ٢٠١٢ إلى ٢٠١٩".
_YEARS = re.compile(
    r"(?<=\S)\s+\(?(?:19|20|١٩|٢٠)\d\d\s*(?:-|–|to\b|until\b|إلى|الى|حتى|\+|and (?:up|newer|later)).*$", re.I
)

Lists = dict[tuple[str, str], tuple[str, ...]]


def parts_of(text: str) -> list[str]:
    """The values that a text lists; one for a plain value."""
    return [part.strip() for part in _MARKS.split(text) if part.strip()]


def without_years(part: str) -> str:
    """A value without the years that stand behind it."""
    return _YEARS.sub("", part)


def lists_with(session: Session, code: str, value: str) -> tuple[str, ...]:
    """The values of the attribute `code`, in lower case, that list `value` beside others or with years behind it."""
    return remembered(session, "lists of values", _read).get((code, value.lower()), ())


def _read(session: Session) -> Lists:
    found: dict[tuple[str, str], dict[str, None]] = {}
    rows = select(ProductAttribute.code, ProductAttribute.value).execution_options(yield_per=ROWS_AT_ONCE)
    for code, value in session.execute(rows):
        for text in (text.lower() for text in value.values()):
            parts = parts_of(text)
            named = {*(parts if len(parts) > 1 else ()), *map(without_years, parts)} - {text}
            for part in named:
                found.setdefault((code, part), {})[text] = None
    return {key: tuple(texts) for key, texts in found.items()}
