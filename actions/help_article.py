"""Answers out of the shop's help pages: the passage quoted with its source, before anyone says "I didn't get that"."""

from __future__ import annotations

from actions.turn import UNSURE_TAKERS, Part, Turn
from bot.db.session import reading
from bot.support import help as pages
from bot.support.help import Quote

TOPIC = ("help_article", "service")
SURER = 0.9  # confidence where the message may well be something else
MOST_CHARACTERS = 600  # of a passage; the rest is behind its link


def answered_by_articles(turn: Turn, sure: float = pages.SURE) -> bool:
    """Answer a typed question from the help pages, if one of them answers it.

    The one call for whoever is about to say that nothing was understood. The turn's intent becomes
    `help_article` then, for the caller's `topic_of`.

    Args:
        sure: the least confidence; higher where the message was understood as something else.
    """
    if turn.button or not any(character.isalpha() for character in turn.text):
        return False
    with reading() as session:
        found = pages.answer(session, turn.text, turn.language, sure)
        if found is None:
            return False
        quote(turn, found)
    turn.intent = TOPIC[0]
    turn.set("misses", 0 if turn.slot("misses") else None)
    return True


def take_when_unsure(turn: Turn) -> tuple[str, str] | None:
    """Take a message that understanding was unsure of, if a page surely answers it and no question is open."""
    return TOPIC if not turn.slots.get("question") and answered_by_articles(turn, SURER) else None


def quote(turn: Turn, found: Quote) -> None:
    """Say what a page says, and where it stands."""
    text = turn.locale.digits_of(found.text)
    cut = text[:MOST_CHARACTERS].rsplit(" ", 1)[0] + " …" if len(text) > MOST_CHARACTERS else text
    source = turn.locale.isolate(found.title)
    link: Part = {"type": "link", "label": turn.words("label_read_more", title=source), "url": found.url}
    turn.outcome("answered")
    turn.say("utter_help_quote", link, passage=turn.locale.isolate(cut), source=source)


UNSURE_TAKERS.append(take_when_unsure)
