"""Answers the wish for a price in writing."""

from __future__ import annotations

from actions import basket, quoting, referring, selling, unsure
from actions.place_order import products_wanted
from actions.turn import TopicAction, Turn
from bot.db.session import reading


class RequestQuote(TopicAction):
    action = "action_request_quote"
    topic = "request_quote"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if selling.press(turn):
            return
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        view = basket.current(turn)
        with reading() as session:
            wanted = products_wanted(turn, session, anew=view is None)
            if not wanted and view is not None:
                quoting.write(turn)
                return
            if not wanted:
                referring.ask_which(turn, session, referring.meant(turn, session))
                return
            quantity = basket.quantity_in(turn)
            if quantity is not None:
                selling.take_product(turn, session, wanted[0], "quote", quantity)
