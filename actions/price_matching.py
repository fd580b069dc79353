"""Another shop's price: what it is and where it was seen, then matched within the policy, or handed to a colleague."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from actions import bargaining
from actions.turn import Turn
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop import selling as policy
from bot.shop.catalogue import ShopProduct
from bot.shop.money import matching
from bot.support import policies

QUESTION = "match"
TOPIC = ("ask_discount", "sales")
SURE = 0.7  # confidence from which a message is about what it sounds like, and names no shop
_ELSE = frozenset(
    {
        "sales_objection",
        "talk_to_agent",
        "talk_to_sales",
        "ask_discount",
        "ask_price",
        "ask_financing",
        "affirm",
        "thanks",
    }
    | {
        "goodbye",
        "greet",
        "place_order",
        "cancel_order",
        "delivery_options",
        "delivery_time",
        "request_quote",
        "complaint",
    }
)


def answer(turn: Turn, product: ShopProduct | None) -> None:
    """Answer "it's cheaper there": ask for what is missing, then decide."""
    if product is None or not may_match():
        _by_colleague(turn, product)
        return
    _go_on(turn, product, bargaining.price_of_a_piece(turn, product), matching.place_in(turn.text))


def answers(turn: Turn, product: ShopProduct | None) -> bool:
    """Answer a doubt over another shop's price that names it, or its place; False when that is for others to answer."""
    if product is None or not may_match():
        return False
    price, place = bargaining.price_of_a_piece(turn, product), matching.place_in(turn.text)
    if price is None and place is None:
        return False
    _go_on(turn, product, price, place)
    return True


def expect(turn: Turn, product: ShopProduct | None) -> None:
    """Take a price named next as another shop's."""
    if product is not None and may_match():
        turn.ask(QUESTION, product=product.code, price=None, place=None)


def may_match() -> bool:
    """Whether the shop matches other shops' prices."""
    with reading() as session:
        return bool(policy.rules(session).haggling.match)


def take(turn: Turn, question: dict[str, Any]) -> tuple[str, str] | None:
    """The price or the place that was asked for."""
    if turn.button or turn.intent == "deny":
        return None
    with reading() as session:
        product = catalogue.product(session, str(question.get("product")))
    if product is None:
        return None
    known, place = _amount(question.get("price")), question.get("place")
    price = known or bargaining.price_of_a_piece(turn, product)
    if price is None:
        return None
    bare = matching.as_place(turn.text) if known and not _speaks_of_else(turn) else None
    place = place or matching.place_in(turn.text) or bare
    if known and not place:
        return None
    _go_on(turn, product, price, place)
    return TOPIC


def _speaks_of_else(turn: Turn) -> bool:
    """Whether a message, asked for the name of a shop, surely says something of its own."""
    return turn.intent in _ELSE and turn.confidence >= SURE


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(str(value)) if value else None
    except InvalidOperation:
        return None


def _go_on(turn: Turn, product: ShopProduct, price: Decimal | None, place: str | None) -> None:
    if price is not None and place is not None:
        bargaining.bargain(turn, product, price, "match", place)
        return
    bargaining.remember(turn, product, price, None, place)
    turn.outcome("open", products=[product.code])
    turn.ask(QUESTION, product=product.code, price=str(price) if price is not None else None, place=place)
    if price is not None:
        turn.say("utter_match_ask_place")
    else:
        turn.say("utter_match_ask_price" if place else "utter_match_ask_both")


def _by_colleague(turn: Turn, product: ShopProduct | None) -> None:
    """The shop's terms for it, and a colleague who looks at the other shop's offer."""
    with reading() as session:
        rule = policies.policy(session, "price_match")
    bargaining.remember(turn, product, turn.value("price"), None, matching.place_in(turn.text))
    turn.outcome("open", products=[product.code] if product else [])
    turn.ask("handoff", team="sales", reason="price_match")
    buttons = [turn.link("label_yes_colleague", "talk_to_sales")]
    if rule is None:
        turn.say("utter_no_price_match", buttons=buttons)
    else:
        text = turn.locale.digits_of(turn.locale.text(rule.body))
        turn.say("utter_price_match", text=turn.locale.isolate(text), buttons=buttons)
