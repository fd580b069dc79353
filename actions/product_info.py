"""Answers questions about a product: one property from what the shop knows, or the product as a whole."""

from __future__ import annotations

from actions import details, kinds_asked, referring, sales_objection
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import objections
from bot.shop.vocabulary import asks_for_all, content_words


class ProductInfo(TopicAction):
    action = "action_product_info"
    topic = "product_info"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if kinds_asked.answered(turn):
            return
        with reading() as session:
            question = turn.text_beside(details.POINTING)
            several = [] if asks_for_all(content_words(question)) else referring.several_shown(turn, session)
            if several and details.only_asks_for_choice(turn) and details.tell_choice_of_each(turn, session, several):
                return
            if several:
                details.answer_for_each(turn, session, several, question)
                return
            product = referring.the_product(turn, session)
            if product is None:
                return
            if details.only_asks_for_choice(turn) and details.tell_choice(turn, session, product):
                return
            if asks_for_all(content_words(question)):
                details.show_whole(turn, session, product)
                return
            if objections.kind_of(question) == "original":
                sales_objection.tell_original(turn, session, product)
                return
            details.answer_question(turn, session, product, question)
