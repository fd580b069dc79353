"""Needs offered as buttons when a message may mean several things."""

from __future__ import annotations

import json

from actions.turn import Button, Turn, payload

# Needs that can be offered as a choice; each has a label `label_intent_` + its name.
CHOICES = frozenset(
    {
        "product_search",
        "product_recommendation",
        "product_info",
        "product_compare",
        "customization_options",
        "check_availability",
        "ask_price",
        "ask_discount",
        "ask_financing",
        "payment_methods",
        "request_quote",
        "delivery_options",
        "delivery_time",
        "leave_contact",
        "book_demo",
        "place_order",
        "store_info",
        "order_status",
        "delivery_problem",
        "cancel_order",
        "change_order",
        "change_address",
        "return_item",
        "exchange_item",
        "refund_request",
        "refund_status",
        "return_policy",
        "damaged_or_wrong_item",
        "invoice_request",
        "payment_problem",
        "installation_help",
        "maintenance_service",
        "troubleshoot_product",
        "warranty_info",
        "complaint",
        "give_feedback",
        "account_access",
        "account_manage",
    }
)
# Entities that a choice takes along, so that they need not be said again.
CARRIED = frozenset({"product", "category", "brand", "city", "branch", "order_number"})
LONGEST_CARRIED = 100


def choice(turn: Turn, intent: str) -> Button:
    """A need as a button that takes along what the message named."""
    carried = {
        found["entity"]: found["value"]
        for found in turn.entities
        if found["entity"] in CARRIED and len(json.dumps(found["value"])) <= LONGEST_CARRIED
    }
    return {"label": turn.words(f"label_intent_{intent}"), "payload": payload(intent, **carried)}
