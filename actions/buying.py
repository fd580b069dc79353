"""How every wish to buy opens, whether it ends in an order or a quote: which products are meant, and how many pieces."""

from __future__ import annotations

from abc import abstractmethod

from sqlalchemy.orm import Session

from actions import basket, referring, selling, unsure
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import basket as baskets
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct
from bot.shop.selling_words import begins_with, names_two, says


class Buying(TopicAction):
    """Base of the actions that sell."""

    side = "sales"

    def answer(self, turn: Turn) -> None:
        if selling.press(turn):
            return
        told = begins_with("put", turn.text) and bool(turn.values("product") or turn.values("ordinal"))
        if turn.confidence < unsure.SURE and not told and unsure.answered_by_catalogue(turn):
            return
        self.buy(turn)

    def buy(self, turn: Turn) -> None:
        """Go on with what the message wants to buy."""
        filled = basket.current(turn) is not None
        with reading() as session:
            wanted = _wanted(turn, session, anew=not filled)
            if not wanted:
                self.without_product(turn, session, filled=filled)
                return
            quantity = basket.quantity_in(turn)
            if quantity == 1 and basket.pieces_in(turn) is None and _names_two(turn, wanted[0]):
                quantity = 2
            if quantity is not None:
                self.with_products(turn, session, wanted, quantity)

    @abstractmethod
    def without_product(self, turn: Turn, session: Session, *, filled: bool) -> None:
        """Nothing new is wanted; `filled` when something is in the basket."""

    @abstractmethod
    def with_products(self, turn: Turn, session: Session, wanted: list[ShopProduct], quantity: int) -> None:
        """So many pieces of each of these are wanted."""


def _names_two(turn: Turn, product: ShopProduct) -> bool:
    kinds = [*product.category.name.values()] if product.category else []
    return not turn.button and names_two(turn.text, [*product.title.values(), *kinds])


def _wanted(turn: Turn, session: Session, *, anew: bool) -> list[ShopProduct]:
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
