"""A wish to buy that understanding took for a look round: "I want to buy the Noor watch", "I'll take it in linen".

Asked before a message goes to the action it was understood for; imported by `at_hand.py`.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import basket, details, selling, version
from actions.place_order import PlaceOrder
from actions.turn import WATCHERS, Turn
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct
from bot.shop.selling_words import beside, says
from bot.shop.vocabulary import asks, content_words
from bot.shop.vocabulary import says as search_says

_LOOKED = frozenset({"product_search", "product_recommendation", "product_info", "customization_options"})
_NOT_UNDERSTOOD = frozenset({"nlu_fallback", "out_of_scope", "exchange_item", "deny"})
_OPEN = ("checkout", "configuration", "case", "walks", "lead")  # slots of what such a message may be an answer to
_OTHERS = ("category", "brand", "price", "comparison", "ordinal", "order_number", "city", "branch")


def watch(turn: Turn) -> tuple[str, str] | None:
    """Begin to sell what the message says it wants, if it names one product, or a version of the one in view."""
    if turn.button or asks(turn.text) or any(turn.slot(slot) for slot in _OPEN):
        return None
    if turn.intent not in _LOOKED and turn.intent != "place_order":
        return _tell_version(turn, firmly=True) if turn.intent in _NOT_UNDERSTOOD else None
    if turn.ruled_out or turn.bounds or any(turn.values(kind) for kind in _OTHERS):
        return None
    buys = says("buys", turn.text) or turn.intent == "place_order"
    named = {str(value) for value in turn.values("product")}
    if named:
        rest = turn.text_beside({"product", "attribute", "quantity"})
        if turn.intent == "place_order" or not buys or len(named) > 1 or content_words(beside("buys", rest)):
            return None
        PlaceOrder().buy(turn)
        return basket.TOPIC
    if not buys and not search_says("wanting", turn.text):
        return _tell_version(turn, firmly=turn.corrects or says("told_as", turn.text))
    with reading() as session:
        product = _in_view(turn, session)
        if product and _takes_version(turn, session, product, buys):
            return basket.TOPIC
    return _tell_version(turn, firmly=True)


def _tell_version(turn: Turn, *, firmly: bool) -> tuple[str, str] | None:
    """Say whether the product in view comes as a message wants it that names a choice and nothing else.

    Args:
        firmly: the message is about that product ("actually black"); a bare "black" is only if it comes in black.
    """
    if not turn.slot("product") or any(turn.values(kind) for kind in (*_OTHERS, "product")):
        return None
    if not details.only_names_choice(turn):
        return None
    with reading() as session:
        product = catalogue.product(session, str(turn.slot("product")))
        if product is None or not (firmly or details.comes_as_asked(turn, product)):
            return None
        if not details.tell_choice(turn, session, product):
            if not firmly:
                return None
            details.answer_question(turn, session, product, turn.text_beside(details.POINTING))
        return details.TOPIC


def _in_view(turn: Turn, session: Session) -> ShopProduct | None:
    shown = [str(code) for code in turn.slot("shown") or ()]
    code = turn.slot("product") or (shown[0] if len(shown) == 1 else None)
    return catalogue.product(session, str(code)) if code else None


def _takes_version(turn: Turn, session: Session, product: ShopProduct, buys: bool) -> bool:
    """Go on with the version of a product that the message names by nothing but its choices; whether it did."""
    codes = version.named(turn, product)
    known = {wish.code for wish in turn.attributes} <= codes.keys()
    rest = beside("buys", turn.text_beside(details.POINTING | {"attribute", "quantity"}))
    words = {
        part for option in product.options for c in option.choices for n in c.name.values() for part in content_words(n)
    }
    if not codes or not known or set(content_words(rest)) - words:
        return False
    turn.set("product", product.code)
    if version.told_apart(turn, session, product, codes):
        return True
    quantity = basket.quantity_in(turn)
    if quantity is not None:
        selling.take_product(turn, session, product, "order" if buys else "basket", quantity)
    return True


WATCHERS.append(watch)
