"""Messages that only change a search under way: "soft please", "my budget is 900", "a bit more is fine".

Such a message says too little to be understood by its words alone. Registered for the slot `search` (see `TAKERS` in
actions/turn.py); everything else that waits for an answer goes first.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import looking
from actions.product_recommendation import ProductRecommendation
from actions.product_search import ProductSearch
from actions.turn import TAKERS, Turn
from bot.db.session import reading
from bot.shop import wanted
from bot.shop.vocabulary import asks, content_words
from bot.shop.wishes import Wishes

WAITING = ("case", "walks", "configuration", "checkout")  # slots of what a bare value may answer instead
# Needs that a bare value is mistaken for.
MISTAKEN = frozenset({"product_info", "sales_objection", "customization_options", "nlu_fallback", "out_of_scope"})
VALUES = frozenset({"attribute", "price", "brand"})
MORE_THAN_GIVING_WAY = frozenset({"price", "product", "category", "ordinal", "order_number", "quantity"})


def take_narrowing(turn: Turn) -> tuple[str, str] | None:
    """Go on with the search as the message changes it, if it does nothing else."""
    if turn.button or any(turn.slots.get(slot) for slot in WAITING):
        return None
    before = Wishes.from_slot(turn.slot("search"))
    kinds = {found["entity"] for found in turn.entities}
    if turn.intent == "product_info" and {"comparison", "category"} <= kinds and "product" not in kinds:
        ProductSearch().answer(turn)  # "what is the lightest desk"
        return "product_search", "sales"
    if _is_bare_value(turn):
        (ProductRecommendation if before.asked else ProductSearch)().answer(turn)
        return ("product_recommendation" if before.asked else "product_search"), "sales"
    with reading() as session:
        return _give_way(turn, session, before)


def _is_bare_value(turn: Turn) -> bool:
    kinds = {found["entity"] for found in turn.entities}
    bare = bool(kinds) and kinds <= VALUES and not content_words(turn.free_text) and not asks(turn.text)
    return bare and turn.intent in MISTAKEN


def _give_way(turn: Turn, session: Session, before: Wishes) -> tuple[str, str] | None:
    if {found["entity"] for found in turn.entities} & MORE_THAN_GIVING_WAY:
        return None
    wishes = wanted.relaxed(session, before, turn.text)
    if wishes is None:
        return None
    looking.show(turn, session, wishes)
    return "product_search", "sales"


TAKERS["search"] = take_narrowing
