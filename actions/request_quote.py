"""Answers the wish for a price in writing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import quoting, referring, selling
from actions.buying import Buying
from actions.turn import Turn
from bot.shop.catalogue import ShopProduct


class RequestQuote(Buying):
    action = "action_request_quote"
    topic = "request_quote"

    def without_product(self, turn: Turn, session: Session, *, filled: bool) -> None:
        """Quote what is in the basket; else ask what the quote shall be for."""
        if filled:
            quoting.write(turn)
        else:
            referring.ask_which(turn, session, referring.meant(turn, session))

    def with_products(self, turn: Turn, session: Session, wanted: list[ShopProduct], quantity: int) -> None:
        """One of them: a quote is about what was asked for first."""
        selling.take_product(turn, session, wanted[0], "quote", quantity)
