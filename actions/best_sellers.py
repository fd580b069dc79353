"""Answers "what is your best seller?", of the whole shop or of a kind: by what was bought, else by what the shop says.

Looks at messages before the action they were understood for: the question reads like a call for a seller.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from actions import looking, showing
from actions import turn as turns
from actions.turn import Turn
from bot.db.session import reading
from bot.shop import catalogue, search
from bot.shop.search import Hit
from bot.shop.vocabulary import phrases, says
from bot.shop.wishes import Wishes

TOPIC = ("product_search", "sales")


def take(turn: Turn) -> tuple[str, str] | None:
    """Show what sells best; without any figures say so and show what is there."""
    if turn.button or turn.in_form or not says("best_selling", turn.text):
        return None
    turn.intent = "product_search"
    with reading() as session:
        wishes = replace(looking.wishes_in(turn, session), words="", phrase="", sort="", bounds=())
        best = [hit for hit in search.find(session, wishes).hits if hit.popularity] or _said_to_be(session, wishes)
        hits = best or list(search.find(session, wishes).hits)
        if not hits:
            looking.show(turn, session, wishes)
            return TOPIC
        products = catalogue.products(session, [hit.code for hit in hits])
        turn.set("search", wishes.to_slot())
        turn.set("shown", [product.code for product in products])
        turn.set("product", products[0].code if len(products) == 1 else None)
        turn.outcome("answered", products=[product.code for product in products])
        said = "utter_best_sellers" if best else "utter_best_sellers_unknown"
        turn.say(said, showing.cards(turn, session, products), buttons=[])
    return TOPIC


def _said_to_be(session: Session, wishes: Wishes) -> list[Hit]:
    """The products that the shop itself calls so."""
    for words in phrases("called_best_seller"):
        found = search.find(session, replace(wishes, words=words), strict=True)
        if found.hits and not (found.by_meaning or found.words_ignored):
            return list(found.hits)
    return []


turns.WATCHERS.append(take)
