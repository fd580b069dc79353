"""A bare "cancel" when nothing was ordered here, and an address sent when nothing is under way any more.

Asked before such a message goes to service, which would ask for the number of an order; imported by `at_hand.py`.
"""

from __future__ import annotations

from typing import Any

from actions import booking, order_facts, selling, showing
from actions.cases import CASE, registered
from actions.turn import WATCHERS, Take, Turn
from actions.yes_or_no import NO, YES
from bot.db.session import reading, writing
from bot.shop import basket as baskets
from bot.shop import catalogue
from bot.shop.selling_words import is_only, says
from bot.support import verification

_OPEN = (CASE, "checkout", "configuration", "walks", "order_number", booking.SLOT)
_EARLIER, _SEND = "earlier_order", "send_there"  # questions
TOPIC = ("place_order", "sales")


def watch(turn: Turn) -> tuple[str, str] | None:
    """Answer it kindly, unless an order of the customer's may be meant."""
    answer = _answer_for(turn)
    if answer is None or turn.button or turn.value("order_number") or any(turn.slot(slot) for slot in _OPEN):
        return None
    with reading() as session:  # last: every message comes past here
        proven = verification.access(session, turn.conversation_id)
    return None if proven.orders or proven.customers else answer(turn)


def _answer_for(turn: Turn) -> Take | None:
    if turn.intent == "cancel_order" and is_only("stop", turn.text):
        return _leave
    if turn.intent in order_facts.LIKE_ADDRESS and says("street", turn.text) and not says("amend", turn.text):
        return _keep_address
    return None


def _leave(turn: Turn) -> tuple[str, str]:
    """Nothing was ordered here: say so, and leave the way open to an order of earlier."""
    filled = bool(turn.slot("basket"))
    turn.outcome("answered")
    turn.ask(_EARLIER)
    buttons = [turn.link("label_earlier_order", "cancel_order")]
    turn.say("utter_nothing_to_cancel_basket" if filled else "utter_nothing_to_cancel", buttons=buttons)
    return TOPIC


def _keep_address(turn: Turn) -> tuple[str, str] | None:
    """Note where the product in view would go, and ask whether it is to be ordered after all."""
    told = turn.text_beside({"phone", "email"})
    if turn.slot("basket") or not turn.slot("product") or turn.text.strip().endswith(("?", "؟")):
        return None
    with reading() as session:
        product = catalogue.product(session, str(turn.slot("product")))
    if product is None or not any(character.isdigit() for character in told):
        return None
    facts = {"address": order_facts.address_in(told)}
    if turn.value("city"):
        facts["city"] = str(turn.value("city"))
    turn.outcome("open", products=[product.code])
    turn.ask(_SEND, product=product.code, facts=facts)
    buttons = [turn.link("label_yes_please", "affirm"), turn.link("label_not_now", "deny")]
    turn.say("utter_send_there", name=showing.name_of(turn, product), buttons=buttons)
    return TOPIC


def _cancel(turn: Turn, question: dict[str, Any]) -> None:
    turn.intent = "cancel_order"
    registered()["cancel_order"].answer(turn)


def _send(turn: Turn, question: dict[str, Any]) -> None:
    with writing() as session:
        baskets.know(session, turn.conversation_id, question["facts"])
    with reading() as session:
        product = catalogue.product(session, str(question["product"]))
        if product is None:
            turn.say("utter_configuration_gone")
            return
        selling.take_product(turn, session, product, "order", 1)


YES[_EARLIER], NO[_EARLIER] = _cancel, "utter_nothing_cancelled"
YES[_SEND], NO[_SEND] = _send, "utter_not_added"
WATCHERS.append(watch)
