"""What opens when a customer buys, and what goes on with it: buttons, answers to open questions, words about the basket.

Registers the takers of the slots `configuration`, `checkout` and `basket` (see `TAKERS` in actions/turn.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions import (
    bargaining,
    basket,
    checkout,
    checkout_answers,
    choosing,
    configuring,
    configuring_answers,
    coupon,
    price_matching,
    quoting,
)
from actions.turn import TAKERS, Turn
from bot.db.session import reading
from bot.shop import basket as baskets
from bot.shop import catalogue
from bot.shop import selling as policy
from bot.shop.basket import Entry
from bot.shop.catalogue import ShopProduct
from bot.shop.money import coupons
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration
from bot.shop.selling_words import Pieces, is_only, says
from bot.shop.vocabulary import is_only as search_says

_UNCLEAR = frozenset({"nlu_fallback", "out_of_scope", "account_access"})
_ASKING = ("case", "checkout", "configuration", "walks")  # slots of what a number may answer
_BEYOND_ANY_SHOP = 10_000  # pieces: such a number asks for pieces even when nothing else does
# Needs that words about the basket are mistaken for.
_LIKE_BASKET = frozenset(
    {"place_order", "change_order", "cancel_order", "nlu_fallback", "out_of_scope", "product_search", "ask_price"}
    | {"order_status", "deny", "product_info", "return_item"}
)


def press(turn: Turn) -> bool:
    """Do what a button of selling says; whether one was pressed."""
    said = turn.value("selling")
    if not isinstance(said, dict):
        return False
    do = said.get("do")
    if do in ("choose", "skip", "build"):
        with reading() as session:
            configuring_answers.press(turn, session, said)
    elif do == "show":
        basket.show(turn)
    elif do == "quote":
        _with_configured(turn, "quote")
    elif do == "add":
        _with_configured(turn, "basket")
    elif do in ("remove", "set"):
        _change_line(turn, said)
    else:
        checkout.press(turn, said)
    return True


def _with_configured(turn: Turn, then: str) -> None:
    """Go on with the product just put together, else with the basket."""
    with reading() as session:
        found = configuring.current(turn, session)
        if found is not None and making.complete(found[0], making.settled(found[0], found[1])):
            product, made, state = found
            turn.set(configuring.SLOT, None)
            configuring.NEXT[then](turn, product, making.settled(product, made), int(state.get("quantity") or 1))
            return
        if found is not None:
            product, made, state = found
            configuring.go_on(turn, session, product, made, {**state, "then": then})
            return
    if then == "quote":
        quoting.write(turn)
    else:
        basket.show(turn)


def _change_line(turn: Turn, said: dict[str, Any]) -> None:
    view = basket.current(turn)
    entry = next((entry for entry in view.entries if entry.line_id == said.get("line")), None) if view else None
    if entry is None:
        basket.show(turn)
    elif said["do"] == "remove":
        basket.remove_lines(turn, [entry])
    else:
        count = said.get("quantity")
        wished = count if isinstance(count, int) else 0
        if basket.change(
            turn,
            lambda session: baskets.set_quantity(session, turn.conversation_id, turn.message_id, entry.line_id, wished),
        ):
            checkout.start(turn)


def take_product(turn: Turn, session: Session, product: ShopProduct, then: str, quantity: int) -> None:
    """Go on with a product: at once when nothing of it is left to decide, else after asking."""
    configuring.start(turn, session, product, then=then, quantity=quantity)


def _into_basket(turn: Turn, product: ShopProduct, made: Configuration, quantity: int) -> None:
    view = basket.add(turn, product, made, quantity)
    if view is not None:
        basket.say_added(turn, product, quantity, view)


def _into_order(turn: Turn, product: ShopProduct, made: Configuration, quantity: int) -> None:
    if basket.add(turn, product, made, quantity, "order") is not None:
        checkout.start(turn)


def _into_quote(turn: Turn, product: ShopProduct, made: Configuration, quantity: int) -> None:
    if basket.add(turn, product, made, quantity, "quote") is not None:
        quoting.write(turn)


configuring.NEXT.update({"basket": _into_basket, "order": _into_order, "quote": _into_quote})


def answer_question(turn: Turn) -> tuple[str, str] | None:
    """A yes or no to "only two left, shall I take them?" or "shall I put it in at that price?"."""
    question = turn.slots.get("question") or {}
    kind = question.get("kind")
    if kind == price_matching.QUESTION:
        return price_matching.take(turn, question)
    accepted = not turn.button and not turn.values("quantity") and is_only("accept", turn.text)
    if kind == "handoff" and question.get("reason") == "haggling" and accepted:  # the price offered, after all
        kind, question = "agreed_price", turn.slot("offer") or {}
    if kind not in ("take_left", "agreed_price") or not (accepted or turn.intent in ("affirm", "deny")):
        return None
    if kind == "agreed_price" and bargaining.bids_lower(turn):  # "ok 1250 then": see actions/counter_offer.py
        return None
    if turn.intent == "deny" and not accepted:
        turn.outcome("open")
        turn.say("utter_not_added")
        return basket.TOPIC
    with reading() as session:
        product = catalogue.product(session, str(question.get("product")))
        if product is None:
            return None
        made = Configuration.from_data(question.get("made") or {})
        quantity = int(question.get("quantity") or 1)
        if kind == "agreed_price":
            take_product(turn, session, product, "basket", quantity)
            return basket.TOPIC
    configuring.NEXT[str(question.get("then") or "basket")](turn, product, made, quantity)
    return basket.TOPIC


def take_basket(turn: Turn) -> tuple[str, str] | None:
    """Words about the basket: show it, take something out, order it."""
    if turn.value("selling") or turn.intent not in _LIKE_BASKET or turn.value("order_number"):
        return None
    about = says("basket", turn.text)
    taking_out = says("remove", turn.text) and not turn.value("order_number")
    view = basket.current(turn) if about or taking_out else None
    if view is None:
        return None
    counted = basket.pieces_in(turn)
    lines = basket.meant_lines(turn, view)
    if counted is not None and len(lines) == 1 and not says("put", turn.text) and not taking_out:
        _recount(turn, lines[0], counted.count if counted.whole else 0)
    elif taking_out and (about or basket.meant_lines(turn, view)):
        basket.take_out(turn, view)
    elif about and says("checkout", turn.text):
        checkout.start(turn)
    elif about and not says("put", turn.text) and not (turn.values("product") or turn.values("ordinal")):
        basket.show(turn)
    else:
        return None
    return basket.TOPIC


def _take_with_basket(turn: Turn) -> tuple[str, str] | None:
    return checkout_answers.take_late_address(turn) or take_basket(turn)


def _recount(turn: Turn, entry: Entry, count: int) -> None:
    if basket.change(
        turn,
        lambda session: baskets.set_quantity(session, turn.conversation_id, turn.message_id, entry.line_id, count),
    ):
        basket.show(turn)


def _take_count(turn: Turn) -> tuple[str, str] | None:
    """Another number of the product talked about ("actually make it 2"): in the basket, or into it."""
    count = choosing.recounted(turn) if turn.slot("product") else None
    if count is None:
        return None
    written = basket.pieces_in(turn)
    if written is not None and written.count < 1 and _impossible(turn, written):
        return basket.TOPIC
    with reading() as session:
        product = catalogue.product(session, str(turn.slot("product")))
        if product is None:
            return None
        view = basket.current(turn)
        lines = [entry for entry in view.entries if entry.product.code == product.code] if view else []
        if len(lines) == 1:
            _recount(turn, lines[0], count)
        elif not lines:
            take_product(turn, session, product, "basket", count)
        else:
            return None
    return basket.TOPIC


def _take_building(turn: Turn) -> tuple[str, str] | None:
    """ "Configure it" about the product in view, which sounds like setting one up at home."""
    if turn.intent != "installation_help" or not is_only("build", turn.text):
        return None
    with reading() as session:
        product = catalogue.product(session, str(turn.slot("product"))) if turn.slot("product") else None
        if product is None or not product.options:
            return None
        configuring.start(turn, session, product, extras=True)
    return configuring.TOPIC


def take_stray(turn: Turn) -> tuple[str, str] | None:
    """What understanding made nothing of, and selling can: a code, a number nobody can buy, a wish to choose options."""
    if not turn.button and not any(turn.slot(slot) for slot in _ASKING):
        if search_says("total", turn.text, polite=False):
            basket.show(turn)
            return basket.TOPIC
        if taken := _take_count(turn) or _take_building(turn):
            return taken
    about_basket = says("basket", turn.text) and not says("put", turn.text) and not turn.values("product")
    about_basket = about_basket and not turn.values("category")  # «كرة سلة» is no basket
    unclear = turn.intent in _UNCLEAR or (about_basket and turn.intent in _LIKE_BASKET)
    if turn.button or turn.value("selling") or not unclear:
        return None
    with reading() as session:
        code = coupons.named(session, turn.text_beside({"email", "order_number"}))
        if code is None:
            turn.afterwards.append(coupon.note_guess)
        product = catalogue.product(session, str(turn.slot("product"))) if turn.slot("product") else None
        wished = basket.pieces_in(turn)
        if code is not None:
            coupon.take(turn, code)
            return "ask_discount", "sales"
        if about_basket:
            basket.show(turn)
            return basket.TOPIC
        if product is not None and product.options and configuring.wants_to_build(turn):
            configuring.start(turn, session, product, extras=True)
            return configuring.TOPIC
    if wished is not None and (turn.slot("basket") or turn.slot("shown") or product) and _impossible(turn, wished):
        return basket.TOPIC
    return None


def _impossible(turn: Turn, wished: Pieces) -> bool:
    """Say what is wrong with a number of pieces that nobody can sell; whether it was one."""
    with reading() as session:
        limit = policy.rules(session).most_pieces
    counts = wished.count >= _BEYOND_ANY_SHOP or turn.value("quantity") is not None or says("put", turn.text)
    if wished.count < 1 or (wished.count > limit and counts):
        basket.quantity_in(turn)
        return True
    return False


TAKERS["question"] = answer_question
TAKERS["configuration"] = configuring_answers.take
TAKERS["checkout"] = checkout_answers.take
TAKERS["basket"] = _take_with_basket
TAKERS["language"] = take_stray  # which is always known
