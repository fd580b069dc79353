"""Answers out of the shop's help pages: the passage quoted with its source, before anyone says "I didn't get that"."""

from __future__ import annotations

from actions.turn import UNSURE_TAKERS, WATCHERS, Part, Turn
from bot.db.session import reading
from bot.shop.vocabulary import content_words
from bot.support import help as pages
from bot.support.help import Quote

TOPIC = ("help_article", "service")
SURER = 0.9  # confidence where the message may well be something else
OTHER_LANGUAGE_SURER = 0.97  # for a page in another language, whose title shares no words with the message
# Needs that a question about a service of the shop's own is mistaken for, however surely.
LIKE_SERVICES = frozenset(
    {"customization_options", "book_demo", "ask_discount", "ask_price", "delivery_options", "installation_help"}
)
OPEN = ("case", "walks", "configuration", "checkout", "lead")  # slots of what the message may answer
CERTAIN = frozenset({"product", "ordinal", "comparison", "order_number", "price", "quantity", "city"})
GOODS = frozenset({"product", "category", "brand", "attribute"})
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
    if turn.slots.get("question") or _is_about_goods(turn):
        return None
    return TOPIC if answered_by_articles(turn, SURER) else None


def _is_about_goods(turn: Turn) -> bool:
    """Whether a message names goods ("battery for a Camry") and says nothing beside them that a page is about."""
    if not GOODS & {found["entity"] for found in turn.entities}:
        return False
    beside = turn.text_beside(GOODS)
    if not content_words(beside):
        return True
    with reading() as session:
        found = pages.answer(session, turn.text, turn.language, SURER)
    return found is None or (found.language == turn.language and not pages.shared(found, beside, whole=True))


def take_own_service(turn: Turn) -> tuple[str, str] | None:
    """Take a question about a service of the shop's own ("do you wrap gifts?") from the need it sounds like.

    Only one that names what a page is titled by, and no certain thing.
    """
    if turn.button or turn.in_form or turn.intent not in LIKE_SERVICES or any(turn.slots.get(slot) for slot in OPEN):
        return None
    if CERTAIN & {found["entity"] for found in turn.entities} or not content_words(turn.text):
        return None
    with reading() as session:
        found = pages.answer(session, turn.text, turn.language)
    if found is None or not _is_service(turn, found):
        return None
    quote(turn, found)
    return TOPIC


def _is_service(turn: Turn, found: Quote) -> bool:
    """Whether a page's title names all that a message asks for, or something of it while the page surely answers."""
    if found.language != turn.language:
        return found.confidence >= OTHER_LANGUAGE_SURER
    share = pages.shared(found, turn.text)
    return share > 0 and (found.confidence >= SURER or (share == 1 and len(content_words(turn.text)) > 1))


def quote(turn: Turn, found: Quote) -> None:
    """Say what a page says, and where it stands."""
    text = turn.locale.digits_of(found.text)
    cut = text[:MOST_CHARACTERS].rsplit(" ", 1)[0] + " …" if len(text) > MOST_CHARACTERS else text
    source = turn.locale.isolate(found.title)
    link: Part = {"type": "link", "label": turn.words("label_read_more", title=source), "url": found.url}
    turn.outcome("answered")
    turn.say("utter_help_quote", link, passage=turn.locale.isolate(cut), source=source)


WATCHERS.append(take_own_service)
UNSURE_TAKERS.append(take_when_unsure)
