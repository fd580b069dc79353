"""Which needs what a message names speaks for. Read by the pipeline, by the dialogue and by actions; knows no Rasa."""

from __future__ import annotations

WISHES = frozenset({"category", "brand", "attribute", "price", "comparison"})
THINGS = frozenset({"product", "ordinal"})
PLACES = frozenset({"city", "branch"})

ABOUT_PRODUCTS = frozenset(
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
        "place_order",
        "request_quote",
        "installation_help",
        "maintenance_service",
        "troubleshoot_product",
        "warranty_info",
    }
)
ABOUT_PLACES = frozenset({"store_info", "delivery_options", "delivery_time", "check_availability"})
ABOUT_ORDERS = frozenset(
    {
        "order_status",
        "delivery_problem",
        "cancel_order",
        "change_order",
        "change_address",
        "return_item",
        "exchange_item",
        "refund_request",
        "refund_status",
        "damaged_or_wrong_item",
        "invoice_request",
        "payment_problem",
        "complaint",
        "warranty_info",
        "troubleshoot_product",
        "installation_help",
        "talk_to_agent",
        "account_manage",
    }
)

AFTER_BUYING = ABOUT_ORDERS - ABOUT_PRODUCTS
KNOWN = ABOUT_PRODUCTS | ABOUT_PLACES | ABOUT_ORDERS
