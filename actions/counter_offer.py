"""A number said while a price is talked about: "280?", «طب ٨٠٠؟» goes on with the bargaining, whatever it was taken for.

Registered for the slot `offer`; imported by `at_hand.py`.
"""

from __future__ import annotations

from decimal import Decimal

from actions import bargaining, price_matching
from actions.turn import TAKERS, Turn
from bot.nlu.needs import UNCLEAR
from bot.shop.catalogue import ShopProduct
from bot.shop.money import matching

TOPIC = ("ask_discount", "sales")


def take(turn: Turn) -> tuple[str, str] | None:
    """Bargain on with the price that a short message names for the product last bargained about."""
    product = bargaining.bargained_about(turn)
    if product is None:
        return None
    wished = bargaining.counter(turn, product)
    if wished is None:
        return _take_place(turn, product, turn.slot("offer"))
    bargaining.bargain(turn, product, wished)
    return TOPIC


def _take_place(turn: Turn, product: ShopProduct, offer: dict[str, str]) -> tuple[str, str] | None:
    """The shop where another price was seen, told after something else was talked about."""
    place = matching.as_place(turn.text) if price_matching.may_match() else None
    if place is None or turn.intent not in UNCLEAR or not offer.get("asked") or {"price", "seen_at"} & offer.keys():
        return None
    bargaining.bargain(turn, product, Decimal(offer["asked"]), "match", place)
    return TOPIC


TAKERS["offer"] = take
