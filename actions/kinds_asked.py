"""Messages about a kind of thing that sound like something else: "which machine sews leather?", "brake pads for a Civic".

Asked by the actions that would take them for a question about the product in view, or for a wish for service.
"""

from __future__ import annotations

import re

from actions import help_article, looking
from actions.product_search import ProductSearch
from actions.turn import Turn
from bot.db.session import reading
from bot.shop import search
from bot.shop.vocabulary import asks, content_words, points_back, says, words_of

NAMES = frozenset({"category", "brand", "attribute"})
MOST_BESIDE = 1  # words beside the names of a message that is no more than they
_ACT = re.compile(r"(?<!\w)ب?ت\w{2,}(?:ون|وا)(?!\w)")  # something the shop is asked to do («تأجرون»)
MOST_BETWEEN = 1  # words between "which" and the name of the kind


def answered(turn: Turn) -> bool:
    """Answer a question for a product of a kind by a search; whether it was one."""
    if not _names_a_kind(turn) or not (_asks_for_one(turn) or _asks_for_most(turn)):
        return False
    _search(turn)
    return True


def wanted(turn: Turn) -> bool:
    """Answer a message taken for a wish for service that only names goods, by a search; whether it was one."""
    if not _names_a_kind(turn) or says("of_own_thing", turn.text):
        return False
    if not help_article.answered_by_articles(turn):
        _search(turn)
    return True


def described(turn: Turn) -> bool:
    """Answer what no guide is about by a search, when all it says describes something of the kind it names."""
    if not _names_a_kind(turn) or says("of_own_thing", turn.text):
        return False
    with reading() as session:
        said = looking.wishes_in(turn, session)
        found = search.find(session, said, 1, strict=True)
    if not said.words or not found.total or found.words_ignored or found.by_meaning:
        return False
    _search(turn)
    return True


def named_alone(turn: Turn) -> bool:
    """Answer a message that seems no matter of the shop, but is hardly more than the name of a kind, by a search."""
    if not _names_a_kind(turn) or says("of_own_thing", turn.text) or asks(turn.text) or _ACT.search(turn.text):
        return False
    if any(found.get("extractor") == "encoder" for found in turn.entities_of("category")):
        return False
    if len(content_words(turn.text_beside(NAMES))) > MOST_BESIDE:
        return False
    _search(turn)
    return True


def _search(turn: Turn) -> None:
    turn.intent = "product_search"
    turn.set("misses", 0 if turn.slot("misses") else None)
    ProductSearch().answer(turn)


def _names_a_kind(turn: Turn) -> bool:
    named = bool(turn.values("category")) and not turn.values("product")
    return named and not turn.button and not turn.values("ordinal") and not points_back(turn.text)


def _asks_for_one(turn: Turn) -> bool:
    """Whether the kind stands right behind "which" or "is there a"."""
    for found in turn.entities_of("category"):
        before = words_of(turn.text[: found.get("start") or 0])
        for between in range(MOST_BETWEEN + 1):
            head = before[: len(before) - between]
            if head and any(says("asking_for_one", " ".join(head[-count:])) for count in (1, 2, 3)):
                return True
    return False


def _asks_for_most(turn: Turn) -> bool:
    """Whether the cheapest, or the most of something, of a kind is asked for."""
    return bool(turn.values("comparison")) and not turn.corrects
