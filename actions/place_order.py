"""Buying: puts what is wanted into the basket, or takes the order of what is in it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import basket, checkout, referring, selling
from actions.buying import Buying
from actions.turn import WATCHERS, Turn
from bot.language.normalise import fold
from bot.shop import vocabulary
from bot.shop.catalogue import ShopProduct
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration
from bot.shop.selling_words import begins_with, says


class PlaceOrder(Buying):
    action = "action_place_order"
    topic = "place_order"

    def without_product(self, turn: Turn, session: Session, *, filled: bool) -> None:
        """Order what is in the basket; else say how ordering works, or ask what it is to be."""
        if filled:
            checkout.start(turn)
        elif says("basket", turn.text) and not says("put", turn.text):
            basket.show(turn)
        elif says("how", turn.text):
            turn.say("utter_how_to_order")
        else:
            referring.ask_which(turn, session, referring.meant(turn, session))

    def with_products(self, turn: Turn, session: Session, wanted: list[ShopProduct], quantity: int) -> None:
        """Several at once: what has nothing to decide goes in without a word."""
        for product in wanted[:-1]:
            _add_quietly(turn, product, quantity)
        then = "basket" if _only_put(turn) or len(wanted) > 1 else "order"
        selling.take_product(turn, session, wanted[-1], then, quantity)


# Slots of what is open and reads such a message first.
_OPEN = ("checkout", "configuration", "case", "walks")


def watch(turn: Turn) -> tuple[str, str] | None:
    """ "Add -3 of the first", "I need 3 metres of the grey": so many pieces of something put first, whatever else it was taken for."""
    bought = turn.intent in ("place_order", "request_quote", "change_order") or any(turn.slot(slot) for slot in _OPEN)
    if turn.button or bought or basket.pieces_in(turn) is None:
        return None
    needs = bool(turn.values("product")) and _wants_count(turn) and not vocabulary.asks(turn.text)
    put = begins_with("put", turn.text) and (turn.values("product") or turn.values("ordinal"))
    if not (put or needs):
        return None
    PlaceOrder().buy(turn)
    return basket.TOPIC


def _wants_count(turn: Turn) -> bool:
    """Whether a number follows at once upon "I need", before the product is named: no size, and no part of a name."""
    named = min(entity.get("start") or 0 for entity in turn.entities_of("product"))
    before = fold(turn.text[:named]).strip()
    rest = next((before[len(p) :].strip() for p in vocabulary.phrases("wanting") if before.startswith(p)), "")
    counted = any((entity.get("start") or 0) < named for entity in turn.entities_of("quantity"))
    return bool(rest) and (rest[0].isdigit() or counted)


WATCHERS.append(watch)


def _only_put(turn: Turn) -> bool:
    return says("put", turn.text) or (says("basket", turn.text) and not says("checkout", turn.text))


def _add_quietly(turn: Turn, product: ShopProduct, quantity: int) -> None:
    made = making.settled(product, Configuration())
    if making.complete(product, made):
        basket.add(turn, product, made, quantity)
