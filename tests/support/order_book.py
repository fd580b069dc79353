"""An order book to import: 50 products, 500 customers, 1,000 orders over all states, made by rule and not by chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.db.models.orders import ORDER_STATES

PRODUCTS, CUSTOMERS, ORDERS = 50, 500, 1000
COLOURS = ("sand", "slate")
ARRIVED = ("delivered", "return_requested", "returned", "refunded")
SENT = ("partially_shipped", "shipped", "out_for_delivery")
TABLE = {
    "allowed": {
        "cancel": ["pending", "confirmed", "ready_for_pickup"],
        "change_quantity": ["pending", "confirmed"],
        "remove_line": ["pending"],
        "change_variant": ["confirmed"],
        "change_address": ["pending", "confirmed", "processing"],
    },
    "colleague": {"cancel": ["processing"], "change_variant": ["processing"], "change_address": ["shipped"]},
}
RETURNS = {"days": 14, "collection_cost": 20, "opened_accepted": True, "refund_max_days": 10}


def shop() -> dict[str, Any]:
    """A shop with the policies that the tests check by."""

    def policy(code: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"code": code, "title": {"en": code}, "body": {"en": f"Our rule for {code}."}, "data": data}

    return {
        "shop": {"name": {"en": "Book of orders"}, "currency": "SAR", "timezone": "Asia/Riyadh", "country": "SA"},
        "policies": [
            policy("order_changes", TABLE),
            policy("return", RETURNS),
            policy("exchange", {"days": 30, "free_exchanges": 1}),
            policy("damage", {"days": 14}),
            policy("service", {"goodwill_for": ["late_delivery"], "goodwill_limit": 30, "goodwill_a_year": 1}),
        ],
    }


def _product(place: int) -> dict[str, Any]:
    return {
        "code": f"p-{place}",
        "title": {"en": f"Quillon {place}", "ar": f"كويلون {place}"},
        "options": [{"code": "color", "name": {"en": "Colour"}, "values": [
            {"code": colour, "name": {"en": colour.title()}} for colour in COLOURS
        ]}],
        "variants": [
            {"sku": f"P{place}-{colour}", "options": {"color": colour}, "price": 100 + place, "track_stock": False}
            for colour in COLOURS
        ],
        "warranty_months": 24,
    }  # fmt: skip


def _customer(place: int) -> dict[str, Any]:
    phone = f"+9665{10_000_000 + place}"
    return {"code": f"C-{place}", "name": f"Customer {place}", "email": f"c{place}@example.com", "phone": phone}


def _order(place: int) -> dict[str, Any]:
    state = ORDER_STATES[place % len(ORDER_STATES)]
    customer = _customer(place % CUSTOMERS)
    first, second = place % PRODUCTS, (place + 7) % PRODUCTS
    lines = [
        {"sku": f"P{first}-sand", "quantity": 2, "unit_price": 100 + first},
        {"sku": f"P{second}-sand", "quantity": 1, "unit_price": 100 + second},
    ]
    total = sum(line["quantity"] * line["unit_price"] for line in lines) + 20
    paid = state not in ("pending", "cancelled")
    order = {
        "number": f"BK-{10_000 + place}",
        "customer": customer["code"],
        "email": customer["email"],
        "phone": customer["phone"],
        "placed_at": "-5d 10:00",
        "state": state,
        "payment_state": "paid" if paid else "pending",
        "lines": lines,
        "delivery_cost": 20,
        "total": total,
        "shipping_address": {"name": customer["name"], "line1": f"Road {place}", "city": "Riyadh"},
        "payments": [{"method": "card", "amount": total, "state": "paid" if paid else "pending"}],
    }
    if state in (*ARRIVED, *SENT):
        arrived = {"state": "delivered", "delivered_at": "-3d 12:00"} if state in ARRIVED else {"state": "in_transit"}
        order["shipments"] = [{"carrier": "Swift", "shipped_at": "-4d", **arrived}]
    return order


def write(folder: Path) -> tuple[Path, Path]:
    """The shop with its products and customers, and the orders, as files to import."""
    catalogue = {**shop(), "products": [_product(place) for place in range(PRODUCTS)]}
    catalogue["customers"] = [_customer(place) for place in range(CUSTOMERS)]
    orders = {"orders": [_order(place) for place in range(ORDERS)]}
    (folder / "shop.json").write_text(json.dumps(catalogue), encoding="utf-8")
    (folder / "orders.json").write_text(json.dumps(orders), encoding="utf-8")
    return folder / "shop.json", folder / "orders.json"
