"""Products by the words of their titles, kept in memory: what is called "chocolate" need not state it as a flavour."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Product
from bot.shop.remembered import remembered
from bot.shop.vocabulary import stems_of

ROWS_AT_ONCE = 2000
MOST = 400  # products with a word; one that more have tells nothing
SHORTEST = 3  # letters of a value; "XL" and "42" in a title are parts of names

ByWord = dict[str, frozenset[int]]


def holding(session: Session, value: str) -> list[int]:
    """Ids of the products whose title has every word of a value; [] when it says too little to tell them apart."""
    stems = stems_of(value)
    if len(value) < SHORTEST or not stems or value.replace(".", "").isdigit():
        return []
    by_word = remembered(session, "words of titles", _read)
    found = frozenset.intersection(*(by_word.get(part, frozenset()) for part in stems))
    return sorted(found) if len(found) <= MOST else []


def _read(session: Session) -> ByWord:
    found: dict[str, set[int]] = defaultdict(set)
    rows = select(Product.id, Product.title).execution_options(yield_per=ROWS_AT_ONCE)
    for number, title in session.execute(rows):
        for text in title.values():
            for part in stems_of(text):
                found[part].add(number)
    return {part: frozenset(ids) for part, ids in found.items()}
