"""Buying: puts what is wanted into the basket, or takes the order of what is in it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import basket, checkout, referring, selling, unsure
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import basket as baskets
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration
from bot.shop.selling_words import says


class PlaceOrder(TopicAction):
    action = "action_place_order"
    topic = "place_order"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if selling.press(turn):
            return
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        view = basket.current(turn)
        with reading() as session:
            wanted = products_wanted(turn, session, anew=view is None)
            if not wanted:
                self._without_product(turn, session)
                return
            quantity = basket.quantity_in(turn)
            if quantity is None:
                return
            for product in wanted[:-1]:  # several at once: what has nothing to decide goes in without a word
                _add_quietly(turn, product, quantity)
            then = "basket" if _only_put(turn) or len(wanted) > 1 else "order"
            selling.take_product(turn, session, wanted[-1], then, quantity)

    @staticmethod
    def _without_product(turn: Turn, session: Session) -> None:
        """Order what is in the basket; else say how ordering works, or ask what it is to be."""
        if turn.slot("basket"):
            checkout.start(turn)
        elif says("basket", turn.text) and not says("put", turn.text):
            basket.show(turn)
        elif says("how", turn.text):
            turn.say("utter_how_to_order")
        else:
            referring.ask_which(turn, session, referring.meant(turn, session))


def _only_put(turn: Turn) -> bool:
    return says("put", turn.text) or (says("basket", turn.text) and not says("checkout", turn.text))


def _add_quietly(turn: Turn, product: ShopProduct, quantity: int) -> None:
    made = making.settled(product, Configuration())
    if making.complete(product, made):
        basket.add(turn, product, made, quantity)


def products_wanted(turn: Turn, session: Session, *, anew: bool) -> list[ShopProduct]:
    """The products a message wants to buy: those it names or points at.

    Args:
        anew: nothing is in the basket yet, so that the product in view is meant when none is named.
    """
    found = referring.meant(turn, session)
    named = bool(turn.values("product") or turn.values("ordinal") or turn.values("comparison"))
    if len(turn.values("ordinal")) > 1:
        shown = turn.slot("shown") or []
        places = [value - 1 for value in turn.values("ordinal") if isinstance(value, int) and value > 0]
        return catalogue.products(session, [shown[place] for place in places if place < len(shown)])
    pointed = says("put", turn.text) or basket.pieces_in(turn) is not None or says("basket", turn.text)
    if found.kind != "certain" or not (named or anew or (pointed and not _in_basket(turn, session, found.code))):
        return []
    product = catalogue.product(session, found.code)
    return [product] if product is not None else []


def _in_basket(turn: Turn, session: Session, code: str) -> bool:
    view = baskets.view(session, turn.conversation_id)
    adding = says("put", turn.text)
    return not adding and view is not None and any(entry.product.code == code for entry in view.entries)
