"""Answers questions about a product: one property from what the shop knows, or the product as a whole."""

from __future__ import annotations

from typing import Any

from actions import details, kinds_asked, referring, sales_objection
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import objections
from bot.shop.vocabulary import asks_for_all, content_words, properties_asked, words_of


class ProductInfo(TopicAction):
    action = "action_product_info"
    topic = "product_info"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if kinds_asked.answered(turn):
            return
        turn.entities = [found for found in turn.entities if not _is_counted(turn, found)]
        with reading() as session:
            question = turn.text_beside(details.POINTING)
            whole = asks_for_all(content_words(question)) and not properties_asked(question)
            several = [] if whole else referring.several_shown(turn, session)
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
            if whole:
                details.show_whole(turn, session, product)
                return
            if objections.kind_of(question) == "original":
                sales_objection.tell_original(turn, session, product)
                return
            details.answer_question(turn, session, product, question)


def _is_counted(turn: Turn, found: dict[str, Any]) -> bool:
    """Whether what sounds like a kind of goods is counted of the thing in view (of a notebook: "how many papers?")."""
    if found["entity"] != "category" or not (turn.slot("product") or turn.slot("shown")):
        return False
    return words_of(turn.text[: found.get("start") or 0])[-1:] in (["many"], ["كم"], ["كام"])
