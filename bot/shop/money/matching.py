"""Where a customer saw another price: a link, or the name of a shop, as they wrote it."""

from __future__ import annotations

import re

from bot.language.normalise import fold
from bot.shop.selling_words import phrases

LONGEST = 300
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w-])(?:[\w-]{1,63}\.){1,6}(?:com|net|org|shop|store|sa|ae|eg|kw|qa|bh|om|jo|co)\b\S*",
    re.I,
)
_PLACE = re.compile(
    r"(?<!\w)(?:at|on|from|in|by|match|beat|عند|على|في|من|لدى)\s+"
    r"((?:(?!(?:for|at|on|from|in|with|and)\b|ب\d)[^\W\d][\w\u064b-\u0652'’&.-]*\s*){1,4})",
    re.IGNORECASE,
)


def place_in(text: str) -> str | None:
    """The link or the shop that a message names; None when it names none."""
    vague = phrases("vague_places")
    link = _LINK.search(text)
    if link is not None:
        return link[0].rstrip(".,;!?؟،")[:LONGEST]
    for found in _PLACE.finditer(text):
        words = found[1].split()
        while words and fold(words[-1]) in vague:
            words.pop()
        if not all(fold(word) in vague for word in words):
            return " ".join(words)[:LONGEST]
    return None


def as_place(text: str) -> str | None:
    """A whole message as the answer to "where?"; None when it is a question, or too long for one."""
    plain = " ".join(text.split())
    if not plain or plain.endswith(("?", "؟")) or len(plain) > 120:
        return None
    return plain
