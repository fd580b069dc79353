"""Shopify's order export."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from bot.shop.importing.context import Context
from bot.shop.importing.report import Refusal
from tests.shop.importing.files import read, table

FIRST = {
    "Name": "#1001",
    "Email": "Sara@Example.com",
    "Financial Status": "paid",
    "Paid at": "2026-03-05 14:22:10 +0300",
    "Fulfillment Status": "partial",
    "Fulfilled at": "2026-03-06 09:00:00 +0300",
    "Accepts Marketing": "yes",
    "Currency": "SAR",
    "Subtotal": "250.00",
    "Shipping": "20.00",
    "Taxes": "32.61",
    "Total": "270.00",
    "Discount Amount": "0.00",
    "Shipping Method": "Standard",
    "Created at": "2026-03-05 14:22:08 +0300",
    "Lineitem quantity": "2",
    "Lineitem name": "Desk lamp - Black",
    "Lineitem price": "100.00",
    "Lineitem sku": "L-B",
    "Lineitem fulfillment status": "fulfilled",
    "Lineitem discount": "0.00",
    "Shipping Name": "Sara K",
    "Shipping Address1": "King Rd 5",
    "Shipping City": "Riyadh",
    "Shipping Zip": "'12211",
    "Shipping Country": "SA",
    "Shipping Phone": "٠٥٠١٢٣٤٥٦٧",
    "Notes": "Ring twice",
    "Cancelled at": "",
    "Payment Method": "Card",
    "Payment Reference": "c1.1",
    "Refunded Amount": "0.00",
    "Location": "",
}
SECOND = {
    "Name": "#1001",
    "Email": "Sara@Example.com",
    "Created at": "2026-03-05 14:22:08 +0300",
    "Lineitem quantity": "1",
    "Lineitem name": "كابل شحن",
    "Lineitem price": "50.00",
    "Lineitem fulfillment status": "pending",
}


def _context() -> Context:
    return Context(currency="SAR", country="SA", branches={"olaya": ["Olaya Street", "شارع العليا"]})


def test_an_order_of_two_lines(tmp_path: Path) -> None:
    context = _context()
    (order,) = read(tmp_path, table([FIRST, SECOND]), "orders", context)
    assert context.warnings == []
    assert (order.number, order.email, order.phone) == ("#1001", "sara@example.com", "+966501234567")
    assert order.placed_at == datetime(2026, 3, 5, 11, 22, 8, tzinfo=timezone.utc)
    assert (order.state, order.payment_state, order.delivery_method) == ("partially_shipped", "paid", "delivery")
    assert (order.subtotal, order.delivery_cost, order.tax, order.total) == (250, 20, Decimal("32.61"), 270)
    assert [(line.sku, line.title, line.quantity, line.unit_price) for line in order.lines] == [
        ("L-B", {"en": "Desk lamp - Black"}, 2, 100),
        ("", {"ar": "كابل شحن"}, 1, 50),
    ]
    assert [(parcel.state, parcel.lines) for parcel in order.shipments] == [("shipped", [(0, 2)])]
    assert [(paid.method, paid.amount, paid.state) for paid in order.payments] == [("Card", 270, "paid")]
    assert order.shipping_address["city"] == "Riyadh"
    assert order.customer is not None and (order.customer.name, order.customer.accepts_marketing) == ("Sara K", True)


@pytest.mark.parametrize(
    ("change", "state", "payment"),
    [
        ({"Fulfillment Status": "fulfilled"}, "shipped", "paid"),
        ({"Fulfillment Status": "unfulfilled"}, "processing", "paid"),
        ({"Fulfillment Status": "", "Financial Status": "pending"}, "pending", "pending"),
        ({"Fulfillment Status": "", "Financial Status": "authorized"}, "confirmed", "authorized"),
        ({"Financial Status": "refunded", "Fulfillment Status": "restocked"}, "refunded", "refunded"),
        (
            {"Financial Status": "partially_refunded", "Fulfillment Status": "fulfilled"},
            "shipped",
            "partially_refunded",
        ),
        ({"Financial Status": "voided"}, "cancelled", "voided"),
        ({"Cancelled at": "2026-03-06 10:00:00 +0300"}, "cancelled", "paid"),
        ({"Fulfillment Status": "restocked"}, "returned", "paid"),
        ({"Shipping Method": "Local pickup", "Fulfillment Status": "fulfilled"}, "delivered", "paid"),
    ],
)
def test_states(tmp_path: Path, change: dict[str, str], state: str, payment: str) -> None:
    (order,) = read(tmp_path, table([{**FIRST, **change}]), "orders", _context())
    assert (order.state, order.payment_state) == (state, payment)


def test_a_purchase_in_a_branch(tmp_path: Path) -> None:
    row = {key: value for key, value in FIRST.items() if not key.startswith("Shipping ")}
    (order,) = read(tmp_path, table([{**row, "Location": "Olaya street"}]), "orders", _context())
    assert (order.delivery_method, order.pickup_branch, order.shipments) == ("pickup", "olaya", [])


def test_refunds_are_payments_back(tmp_path: Path) -> None:
    change = {"Financial Status": "partially_refunded", "Refunded Amount": "50.00"}
    (order,) = read(tmp_path, table([{**FIRST, **change}]), "orders", _context())
    assert [(paid.amount, paid.state) for paid in order.payments] == [(270, "paid"), (50, "refunded")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Fulfillment Status": "teleported"}, "fulfillment status 'teleported'"),
        ({"Financial Status": "golden"}, "payment state 'golden'"),
        ({"Created at": "soon"}, "created at"),
        ({"Lineitem quantity": "-1"}, "below 0"),
        ({"Lineitem price": "1-2"}, "lineitem price"),
    ],
)
def test_refused_orders(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    refusal, good = read(tmp_path, table([{**FIRST, **change}, {**FIRST, "Name": "#1002"}]), "orders", _context())
    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.row_id) == (2, "#1001")
    assert reason in refusal.reason
    assert good.number == "#1002"
