"""Messages that only change a search under way: "soft please", "my budget is 900", "a bit more is fine".

Such a message says too little to be understood by its words alone. Registered for the slot `search` (see `TAKERS` in
actions/turn.py); everything else that waits for an answer goes first.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from actions import basket, configuring, details, looking
from actions import product_recommendation as recommending
from actions.place_order import PlaceOrder
from actions.product_recommendation import ProductRecommendation
from actions.product_search import ProductSearch
from actions.turn import TAKERS, Turn
from bot.db.session import reading
from bot.shop import catalogue, choice_asked, search, wanted
from bot.shop import selling_words as buying
from bot.shop.vocabulary import asks, content_words, is_only, says, words_of
from bot.shop.wishes import Wishes

WAITING = ("case", "walks", "configuration", "checkout")  # slots of what a bare value may answer instead
# Needs that a bare value is mistaken for.
MISTAKEN = frozenset({"product_info", "sales_objection", "customization_options", "nlu_fallback", "out_of_scope"})
POINTING = frozenset({"ordinal", "comparison"})
LONGEST = 12  # words of a message that is about what is shown and nothing else
LOOKING = frozenset({"product_search", "product_recommendation"})
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
    if turn.intent in LOOKING and buying.says("put", turn.text) and kinds & {"product", "ordinal"}:
        PlaceOrder().answer(turn)
        return basket.TOPIC
    if turn.ruled_out and turn.intent in MISTAKEN | {"deny"}:  # "not black" declines no offer
        ProductSearch().answer(turn)
        return "product_search", "sales"
    if _is_bare_value(turn) and turn.attributes and _chooses(turn):
        return configuring.TOPIC
    if _is_bare_value(turn):
        (ProductRecommendation if before.asked else ProductSearch)().answer(turn)
        return ("product_recommendation" if before.asked else "product_search"), "sales"
    if kinds <= POINTING and not turn.ruled_out and (spoken := _about_the_choice(turn, before)):
        return spoken
    with reading() as session:
        return _give_way(turn, session, before)


def _about_the_choice(turn: Turn, before: Wishes) -> tuple[str, str] | None:
    """Answer "which would you take?", "why?" and "something else" about what is shown; None for any other message."""
    shown = turn.slot("shown") or []
    if not shown or len(words_of(turn.text)) > LONGEST:
        return None
    if is_only("pick", turn.text):
        recommending.pick(turn)
    elif is_only("why", turn.text, polite=False):
        recommending.tell_why(turn)
    elif not before.empty and (is_only("others", turn.text) or (says("others", turn.text) and turn.intent in MISTAKEN)):
        with reading() as session:
            looking.show(turn, session, replace(before, offset=before.offset + search.PAGE))
        return "product_search", "sales"
    else:
        return None
    return "product_recommendation", "sales"


def _chooses(turn: Turn) -> bool:
    """Take a bare value as the choice of an option of the product in view; whether it is one."""
    with reading() as session:
        product = catalogue.product(session, str(turn.slot("product"))) if turn.slot("product") else None
        asked = choice_asked.asked(product, turn.attributes, "") if product is not None else None
        if product is None or asked is None or (asked.choice is None and asked.option is None):
            return False
        if asked.choice is None:
            return details.tell_choice(turn, session, product)
        configuring.start(turn, session, product, extras=True)
        return True


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
