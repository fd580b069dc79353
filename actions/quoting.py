"""Prices in writing: makes the quote of a basket and hands over its link. Used by everything that sells."""

from __future__ import annotations

import re

from sqlalchemy import select

from actions import basket, follow_up
from actions.turn import WATCHERS, Part, Turn
from bot.db.models import Quote
from bot.db.session import reading, writing
from bot.language.normalise import fold_digits
from bot.settings import settings
from bot.shop import basket as baskets
from bot.shop import profile, quotes
from bot.shop.selling import rules
from bot.shop.selling_words import after

TOPIC = ("request_quote", "sales")
_NUMBER = re.compile(r"\d{3}")
MOST_OF_A_NAME = 6  # words
LONGEST_QUESTION = 120  # letters of a message that is about nothing but a quote


def write(turn: Turn) -> None:
    """Write the basket's quote and say where it is."""
    name = "" if turn.button else after("in_name_of", turn.text).strip(" .،,!؟?")
    with writing() as session:
        if name and len(name.split()) <= MOST_OF_A_NAME and turn.slot("basket"):
            baskets.know(session, turn.conversation_id, {"name": name})
        quote = quotes.write(session, turn.conversation_id, turn.message_id, turn.language)
        if quote is not None:
            number, total, currency, ends = quote.number, quote.total, quote.currency, quote.valid_until
    if quote is None:
        turn.outcome("open")
        turn.say("utter_quote_of_what")
        return
    view = basket.current(turn)
    assert view is not None
    with reading() as session:
        shop = profile.read(session)
    turn.outcome("lead", products=[entry.product.code for entry in view.entries], value=total)
    turn.say(
        "utter_quote",
        basket.table(turn, view),
        *_links(turn, number),
        number=turn.locale.isolate(turn.locale.digits_of(number)),
        total=turn.locale.money(total, currency),
        until=turn.locale.day(ends.astimezone(shop.zone).date(), shop.today()),
        buttons=[basket.button(turn, "label_order_now", "checkout"), follow_up.offer(turn, "quote", number)],
    )


def _links(turn: Turn, number: str) -> list[Part]:
    """The page of a quote, and the document."""
    address = f"{settings().url}{quotes.path_of(number)}"
    return [
        {"type": "link", "label": turn.words(label), "url": f"{address}{page}?lang={turn.language}"}
        for label, page in (("label_open_quote", ""), ("label_quote_pdf", "/quote.pdf"))
    ]


def watch(turn: Turn) -> tuple[str, str] | None:
    """A quote named by its number: its links where it was written, and to nobody else a word of whether there is one."""
    if turn.button or len(turn.text) > LONGEST_QUESTION or not _NUMBER.search(turn.text):
        return None
    with reading() as session:
        prefix = rules(session).quote_prefix
        named = re.search(rf"(?<!\w){re.escape(prefix)}(\d{{3,12}})(?!\w)", fold_digits(turn.text), re.IGNORECASE)
        if not prefix or named is None:
            return None
        number = f"{prefix}{named[1]}"
        mine = select(Quote.id).where(Quote.number == number, Quote.conversation_id == turn.conversation_id)
        found = session.execute(mine).first() is not None
    shown = turn.locale.isolate(turn.locale.digits_of(number))
    if found:
        turn.outcome("answered")
        turn.say("utter_quote_again", *_links(turn, number), number=shown)
    else:
        turn.outcome("unknown")
        turn.ask("handoff", team="sales", reason="request_quote")
        buttons = [turn.link("label_yes_colleague", "talk_to_sales")]
        turn.say("utter_quote_by_link_only", number=shown, buttons=buttons)
    return TOPIC


WATCHERS.append(watch)
