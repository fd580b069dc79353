"""The two sides of a comparison that describes what it compares: "linen and cotton poplin", «رمل اللافندر ورمل السيليكا».

Called where products are compared, before what was shown or is in view is taken for the things meant.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from bot.language.stemming import stem
from bot.shop import catalogue, search
from bot.shop.vocabulary import content_words, says, stems_of

_BETWEEN = re.compile(
    r"(?<!\s)(?:\s+(?:and|or|vs\.?|versus|with|against|to|than|او|أو|ولا|والا|ضد|مقابل|مع|عن)\s+|\s+و(?=\S{2})|\s*[,،/]\s*)",
    re.IGNORECASE,
)
FIRST = (2, 3, 4)  # of what was shown, counted off together
MOST_WORDS = 6  # of a side; a longer one is a sentence about something else


def asks_about_one(text: str) -> bool:
    """Whether a message taken for a comparison has no word of one: it asks about the product it names."""
    return not says("comparing", text)


def first_of(text: str) -> int | None:
    """How many of what was shown a message counts off from the first ("the first two"); None when it does not."""
    return next((count for count in FIRST if says(f"first_{count}", text)), None)


def compared(session: Session, text: str) -> list[str]:
    """Codes of the two products that the sides of a comparison describe; [] unless each describes one of its own."""
    if not says("comparing", text):
        return []
    for between in _BETWEEN.finditer(text):
        first, second = _telling(text[: between.start()]), _telling(text[between.end() :])
        if not first or not second:
            continue
        codes = [_described(session, first, second), _described(session, second, first)]
        if all(codes) and codes[0] != codes[1]:
            return [code for code in codes if code]
    return []


def _telling(part: str) -> list[str]:
    found = [word for word in content_words(part) if not says("comparing", word)]
    return found if len(found) <= MOST_WORDS else []


def _described(session: Session, side: list[str], other: list[str]) -> str | None:
    """The product that one side describes: by its words, and with those it shares with the other ("… 200 and 900")."""
    shared = [word for word in other if not any(c.isdigit() for c in word)]
    bare = all(any(c.isdigit() for c in word) for word in side)
    tries = [] if bare else [side]
    tries += [[*shared[:length], *side] for length in range(len(shared), 0, -1)] if bare or len(side) == 1 else []
    for words in tries:
        found = search.codes_like(session, words, 2)
        if len(found) == 1 or (found and _all_held(session, words, found)):
            return found[0]
    return None


def _all_held(session: Session, words: list[str], codes: list[str]) -> bool:
    """Whether the first of several products alone holds every word in its title."""
    wanted = set(map(stem, words))
    holding = [
        product.code
        for product in catalogue.products(session, codes)
        if wanted <= {part for title in product.title.values() for part in stems_of(title)}
    ]
    return holding == codes[:1]
