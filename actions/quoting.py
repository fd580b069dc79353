"""Prices in writing: makes the quote of a basket and hands over its link. Used by everything that sells."""

from __future__ import annotations

from actions import basket, follow_up
from actions.turn import Turn
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop import profile, quotes

TOPIC = ("request_quote", "sales")


def write(turn: Turn) -> None:
    """Write the basket's quote and say where it is."""
    with writing() as session:
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
    path = quotes.path_of(number)
    turn.outcome("lead", products=[entry.product.code for entry in view.entries], value=total)
    turn.say(
        "utter_quote",
        basket.table(turn, view),
        {
            "type": "link",
            "label": turn.words("label_open_quote"),
            "url": f"{settings().url}{path}?lang={turn.language}",
        },
        {
            "type": "link",
            "label": turn.words("label_quote_pdf"),
            "url": f"{settings().url}{path}/quote.pdf?lang={turn.language}",
        },
        number=turn.locale.isolate(turn.locale.digits_of(number)),
        total=turn.locale.money(total, currency),
        until=turn.locale.day(ends.astimezone(shop.zone).date(), shop.today()),
        buttons=[basket.button(turn, "label_order_now", "checkout"), follow_up.offer(turn, "quote", number)],
    )
