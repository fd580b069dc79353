"""What orders of every format share: the key of a number, states by their many names, totals."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.db.models.orders import ORDER_STATES, PAYMENT_STATES, SHIPMENT_STATES
from bot.shop.importing.numbers import exact
from bot.shop.importing.records import OrderLineRecord, OrderRecord

_STATES = {
    "canceled": "cancelled",
    "complete": "delivered",
    "completed": "delivered",
    "fulfilled": "shipped",
    "partial": "partially_shipped",
    "partially_fulfilled": "partially_shipped",
    "unfulfilled": "processing",
    "open": "confirmed",
    "on_hold": "pending",
    "new": "pending",
    "ready": "ready_for_pickup",
    "picked_up": "delivered",
    "in_transit": "shipped",
    "restocked": "returned",
}
_PAYMENT_STATES = {
    "partially_paid": "pending",
    "unpaid": "pending",
    "expired": "failed",
    "authorised": "authorized",
    "captured": "paid",
    "": "pending",
}
_SHIPMENT_STATES = {
    "": "preparing",
    "pending": "preparing",
    "fulfilled": "shipped",
    "failure": "failed",
    "on_the_way": "in_transit",
}
_TOLERANCE = Decimal("0.05")


def _known(word: str, known: tuple[str, ...], other: dict[str, str], what: str) -> str:
    plain = re.sub(r"[\s-]+", "_", word.strip().casefold())
    state = other.get(plain, plain)
    if state not in known:
        raise ValueError(f"the {what} {word[:40]!r} is none of {', '.join(known)}")
    return state


def order_state(word: str) -> str:
    """The state of an order by any of its names.

    Raises:
        ValueError: there is none such. The same holds for the next two.
    """
    return _known(word, ORDER_STATES, _STATES, "state")


def payment_state(word: str) -> str:
    """The state of a payment by any of its names."""
    return _known(word, PAYMENT_STATES, _PAYMENT_STATES, "payment state")


def shipment_state(word: str) -> str:
    """The state of a shipment by any of its names."""
    return _known(word, SHIPMENT_STATES, _SHIPMENT_STATES, "shipment state")


def sum_of_lines(lines: list[OrderLineRecord]) -> Decimal | None:
    """What the lines come to; None when one has no price."""
    if any(line.unit_price is None for line in lines):
        return None
    return exact(sum(((line.unit_price or 0) * line.quantity - line.discount for line in lines), Decimal(0)))


def total_mismatch(order: OrderRecord) -> str | None:
    """A remark when the total is not what lines, discount, delivery and tax come to (tax may be included)."""
    lines = sum_of_lines(order.lines)
    if order.total is None or lines is None:
        return None
    # An order's own discount may or may not already be in its lines.
    sums = {lines - discount + order.delivery_cost for discount in (Decimal(0), order.discount)}
    sums |= {total + order.tax for total in sums}
    tolerance = max(_TOLERANCE, len(order.lines) * Decimal("0.01"))
    if any(abs(order.total - total) <= tolerance for total in sums):
        return None
    expected = lines - order.discount + order.delivery_cost
    return f"the total {order.total} is not what its lines come to ({expected})"
