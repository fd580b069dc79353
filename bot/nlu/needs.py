"""Whether the two halves of a message are two needs, and which is served first. The dialogue asks it."""

from __future__ import annotations

from bot.nlu.named import ABOUT_ORDERS

LEAST = 0.6  # confidence of each half
SOCIAL = frozenset({"greet", "goodbye", "thanks", "affirm", "deny", "bot_challenge"})
UNCLEAR = frozenset({"nlu_fallback", "out_of_scope"})
DOUBTS = frozenset({"sales_objection", "ask_discount"})  # about what was shown before; they name nothing themselves
# Needs that take the message as a whole: a person, or a feeling, comes before any second thing.
WHOLE = frozenset({"talk_to_agent", "talk_to_sales", "complaint", "change_language", "give_feedback", "capabilities"})
# Needs that the answer to the first one sees to as well.
COVERED = {
    "product_search": {"product_recommendation", "product_info", "ask_price", "check_availability"},
    "product_recommendation": {"product_search", "product_info", "ask_price", "check_availability"},
    "product_info": {"product_search", "product_recommendation"},
    "product_compare": {"product_recommendation", "product_info"},
    "return_item": {"refund_request", "return_policy", "damaged_or_wrong_item"},
    "exchange_item": {"return_item", "return_policy", "damaged_or_wrong_item"},
    "damaged_or_wrong_item": {"return_item", "exchange_item", "refund_request", "delivery_problem"},
    "refund_request": {"return_item", "refund_status", "return_policy"},
    "refund_status": {"refund_request", "order_status", "return_item", "cancel_order"},
    "book_demo": {"delivery_time", "delivery_options", "product_info", "store_info"},
    "delivery_options": {"ask_price", "product_info", "delivery_time"},
    "delivery_time": {"check_availability", "product_info"},
    "customization_options": {"product_info", "product_search"},
    "sales_objection": {"ask_price", "product_compare", "product_info"},
    "order_status": {"delivery_problem", "delivery_time", "place_order"},
    "delivery_problem": {"order_status", "delivery_time"},
    "troubleshoot_product": {"maintenance_service", "installation_help", "damaged_or_wrong_item"},
    "check_availability": {"product_search", "product_info"},
    "place_order": {"product_search", "check_availability"},
    "leave_contact": {"talk_to_agent"},
    "change_order": {"change_address", "customization_options"},
}


def both(first: str, first_sure: float, second: str, second_sure: float) -> tuple[str, str] | None:
    """The needs of two halves in the order in which to serve them; None when they are not two.

    What can be answered at once goes before what an order must be looked up for, so that the message ends
    with the one question it takes.
    """
    if first == second or min(first_sure, second_sure) < LEAST or {first, second} & (UNCLEAR | WHOLE):
        return None
    if second in SOCIAL or (first in SOCIAL and first != "thanks"):
        return None
    if second in COVERED.get(first, ()) or first in COVERED.get(second, ()):
        return None
    if first in ABOUT_ORDERS and second not in ABOUT_ORDERS:
        return second, first
    return first, second
