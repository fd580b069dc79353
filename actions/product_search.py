"""Answers "do you have …": a search, its refinements, the next page, or one product that was pointed at."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from actions import details, looking, referring, showing
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import catalogue, search
from bot.shop.catalogue import ShopProduct
from bot.shop.vocabulary import says
from bot.shop.wishes import Wishes


class ProductSearch(TopicAction):
    action = "action_product_search"
    topic = "product_search"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            before = Wishes.from_slot(turn.slot("search"))
            if turn.value("page"):
                looking.show(turn, session, _next_page(before))
            elif turn.value("relax"):
                looking.show(turn, session, search.relax(before, str(turn.value("relax"))))
            elif _points_at_a_product(turn):
                product = referring.the_product(turn, session)
                if product is not None:
                    details.show_whole(turn, session, product)
            elif (viewed := _asked_of(turn, session)) is not None:
                details.answer_question(turn, session, viewed, turn.text)
            else:
                _look(turn, session, before)


def _points_at_a_product(turn: Turn) -> bool:
    return bool(turn.values("product")) or bool(turn.values("ordinal") and turn.slot("shown"))


def _asked_of(turn: Turn, session: Session) -> ShopProduct | None:
    """The product in view when it is asked about, though a kind is named: "does it have a webcam?"."""
    about_it = turn.slot("product") and turn.values("category") and says("has_it", turn.text) and not turn.button
    return catalogue.product(session, str(turn.slot("product"))) if about_it else None


def _next_page(before: Wishes) -> Wishes:
    return replace(before, offset=before.offset + search.PAGE)


def _look(turn: Turn, session: Session, before: Wishes) -> None:
    said = looking.wishes_in(turn, session)
    if says("any_price", turn.free_text) and not before.empty:
        looking.show(turn, session, replace(before.without_price(), offset=0))
    elif says("more", turn.free_text) and not said.structured and not before.empty:
        looking.show(turn, session, _next_page(before))
    elif said.empty and not said.sort and not (said.without and not before.empty):
        turn.outcome("open")
        turn.say("utter_search_what", buttons=showing.kinds(turn, session))
    else:
        looking.show(turn, session, looking.in_force(turn, session, before, said))
