"""Answers questions about a product: one property from what the shop knows, or the product as a whole."""

from __future__ import annotations

from actions import details, referring, sales_objection
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import objections
from bot.shop.vocabulary import asks_for_all, content_words


class ProductInfo(TopicAction):
    action = "action_product_info"
    topic = "product_info"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            product = referring.the_product(turn, session)
            if product is None:
                return
            question = turn.text_beside(details.POINTING)
            if asks_for_all(content_words(question)):
                details.show_whole(turn, session, product)
                return
            if objections.kind_of(question) == "original":
                sales_objection.tell_original(turn, session, product)
                return
            details.answer_question(turn, session, product, question)
