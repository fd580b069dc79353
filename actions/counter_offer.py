"""A number said while a price is talked about: "280?", «طب ٨٠٠؟» goes on with the bargaining, whatever it was taken for.

Registered for the slot `offer`; imported by `at_hand.py`.
"""

from __future__ import annotations

from decimal import Decimal

from actions import bargaining, price_matching
from actions.turn import TAKERS, Turn
from bot.db.session import reading
from bot.nlu.needs import UNCLEAR
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct
from bot.shop.money import matching

_OPEN = ("checkout", "configuration", "case", "walks", "lead")  # slots of what a number may answer
_OTHERS = frozenset({"product", "category", "brand", "attribute", "quantity", "ordinal", "phone", "order_number"})
MOST_WORDS = 5
TOPIC = ("ask_discount", "sales")


def take(turn: Turn) -> tuple[str, str] | None:
    """Bargain on with the price that a short message names for the product last bargained about."""
    offer = turn.slot("offer") or {}
    code = offer.get("product")
    if turn.button or not code or code != turn.slot("product") or any(turn.slot(slot) for slot in _OPEN):
        return None
    if len(turn.text.split()) > MOST_WORDS or {entity["entity"] for entity in turn.entities} & _OTHERS:
        return None
    with reading() as session:
        product = catalogue.product(session, str(code))
    wished = bargaining.counter(turn, product) if product is not None else None
    if product is None:
        return None
    if wished is None:
        return _take_place(turn, product, offer)
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
