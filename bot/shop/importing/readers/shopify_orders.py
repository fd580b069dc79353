"""Shopify's order export: one row a line item, the order's own cells on its first row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.shop.importing.context import Context
from bot.shop.importing.moments import read_moment
from bot.shop.importing.numbers import exact, is_currency
from bot.shop.importing.orders import payment_state, sum_of_lines
from bot.shop.importing.records import CustomerRecord, OrderLineRecord, OrderRecord, PaymentRecord, ShipmentRecord
from bot.shop.importing.report import Refusal, RowProblem
from bot.shop.importing.tables import Row, Table
from bot.shop.importing.text import localised, same, shortened

_PICKUP = re.compile(r"pick[\s-]?up|collect in|click (?:and|&) collect|استلام", re.IGNORECASE)
_ADDRESS = {
    "name": "name",
    "company": "company",
    "line1": "address1",
    "line2": "address2",
    "city": "city",
    "province": "province",
    "postal_code": "zip",
    "country": "country",
}
_FULFILMENT = {
    "": "open",
    "unfulfilled": "open",
    "open": "open",
    "in progress": "open",
    "scheduled": "open",
    "on hold": "held",
    "partial": "partly",
    "partially fulfilled": "partly",
    "fulfilled": "sent",
    "shipped": "sent",
    "delivered": "delivered",
    "restocked": "back",
}


def read(table: Table, context: Context) -> Iterator[OrderRecord | Refusal]:
    """The orders of an export, in its order."""
    table.require(("name",), ("lineitem quantity",), ("lineitem name", "lineitem sku"), ("created at",))
    group: list[Row] = []
    for row in table:
        if isinstance(row, Refusal):
            yield row
            continue
        number = row.code("name")
        if group and (number == group[0].code("name") or not number) and not _is_head(row):
            group.append(row)
            continue
        if group:
            yield _order_or_refusal(group, context)
        group = [row]
    if group:
        yield _order_or_refusal(group, context)


def _is_head(row: Row) -> bool:
    """Further rows of an order repeat its name, e-mail and date at most, never its status or total."""
    return bool(row.text("financial status") or row.text("total"))


def _order_or_refusal(rows: list[Row], context: Context) -> OrderRecord | Refusal:
    number = rows[0].code("name")
    try:
        return _order(rows, number, context)
    except RowProblem as problem:
        return Refusal(problem.line or rows[0].line, str(problem), number or None)


def _order(rows: list[Row], number: str, context: Context) -> OrderRecord:
    first = rows[0]
    lines, sent = _lines(rows, number, context)
    email = context.email(first.text("email"), first.line, number)
    phone = context.phone(first.text("phone", "shipping phone", "billing phone"), first.line, number)
    name = shortened(first.text("shipping name", "billing name"), 200)
    address = {key: value for key, column in _ADDRESS.items() if (value := first.text(f"shipping {column}"))}
    pickup = bool(_PICKUP.search(first.text("shipping method")) or (first.text("location") and not address))
    cancelled_at = _moment(first, "cancelled at", context)
    payment = _payment_state(first, context)
    amounts = {
        column: context.price(first.text(column), column, first.line, number)
        for column in ("subtotal", "shipping", "taxes", "total", "discount amount", "refunded amount")
    }
    currency = first.text("currency").upper()
    if is_currency(currency):
        context.currency = context.currency or currency
    return OrderRecord(
        line=first.line,
        number=shortened(number, 64),
        customer=_customer(first, name, email, phone, address, context) if email or phone else None,
        email=email,
        phone=phone,
        placed_at=_moment(first, "created at", context),
        state=_state(first, bool(cancelled_at), payment, pickup),
        payment_state=payment,
        currency=currency if is_currency(currency) else "",
        subtotal=sum_of_lines(lines),
        discount=amounts["discount amount"] or Decimal(0),
        delivery_cost=amounts["shipping"] or Decimal(0),
        tax=amounts["taxes"] or Decimal(0),
        total=amounts["total"],
        delivery_method="pickup" if pickup else "delivery",
        pickup_branch=_branch(first.text("location"), context) if pickup else None,
        shipping_address=address,
        cancelled_at=cancelled_at,
        note=shortened(first.text("notes"), 2000),
        lines=lines,
        shipments=_shipments(first, sent, pickup, context),
        payments=_payments(first, payment, amounts, context),
    )


def _lines(rows: list[Row], number: str, context: Context) -> tuple[list[OrderLineRecord], list[tuple[int, int]]]:
    """The lines, and (index, pieces) of those that left."""
    lines: list[OrderLineRecord] = []
    sent: list[tuple[int, int]] = []
    for row in rows:
        quantity = context.whole(row.text("lineitem quantity"), "lineitem quantity", row.line, low=0)
        if quantity is None:
            continue  # a row that only carries a further payment or note
        if quantity == 0:
            context.warn(row.line, "a line of 0 pieces was left out", number)
            continue
        if row.text("lineitem fulfillment status").casefold() in ("fulfilled", "shipped", "delivered"):
            sent.append((len(lines), quantity))
        lines.append(
            OrderLineRecord(
                sku=row.code("lineitem sku"),
                title=localised(row.text("lineitem name")),
                quantity=quantity,
                unit_price=context.price(row.text("lineitem price"), "lineitem price", row.line, number),
                discount=context.price(row.text("lineitem discount"), "lineitem discount", row.line, number)
                or Decimal(0),
            )
        )
    return lines, sent


def _customer(
    row: Row, name: str, email: str | None, phone: str | None, address: dict[str, Any], context: Context
) -> CustomerRecord:
    marketing = context.flag(row.text("accepts marketing"), "accepts marketing", row.line)
    return CustomerRecord(
        line=row.line,
        name=name,
        email=email,
        phone=phone,
        city=address.get("city", "")[:200] or None,
        address=address,
        accepts_marketing=bool(marketing),
    )


def _state(row: Row, cancelled: bool, payment: str, pickup: bool) -> str:
    word = row.text("fulfillment status").casefold()
    fulfilment = _FULFILMENT.get(word)
    if fulfilment is None:
        raise RowProblem(f"the fulfillment status {word[:40]!r} is none of {', '.join(filter(None, _FULFILMENT))}")
    if cancelled or payment == "voided":
        return "cancelled"
    if payment == "refunded":
        return "refunded"
    if fulfilment == "open":
        return {"pending": "pending", "failed": "pending", "authorized": "confirmed"}.get(payment, "processing")
    if fulfilment == "sent":  # the export does not say what arrived, but what was fetched was handed over
        return "delivered" if pickup else "shipped"
    return {"held": "pending", "partly": "partially_shipped", "delivered": "delivered", "back": "returned"}[fulfilment]


def _payment_state(row: Row, context: Context) -> str:
    try:
        return payment_state(row.text("financial status"))
    except ValueError as error:
        raise RowProblem(str(error), row.line) from None


def _shipments(row: Row, sent: list[tuple[int, int]], pickup: bool, context: Context) -> list[ShipmentRecord]:
    if not sent or pickup:
        return []
    return [ShipmentRecord(state="shipped", shipped_at=_moment(row, "fulfilled at", context), lines=sent)]


def _payments(row: Row, state: str, amounts: dict[str, Decimal | None], context: Context) -> list[PaymentRecord]:
    method = shortened(row.text("payment method"), 64)
    total, refunded = amounts["total"], amounts["refunded amount"]
    payments = []
    if method and total is not None:
        came_in = "paid" if state in ("refunded", "partially_refunded") else state
        reference = row.text("payment reference", "payment id")[:100] or None
        payments.append(PaymentRecord(method, total, came_in, reference, _moment(row, "paid at", context)))
    if refunded:
        payments.append(PaymentRecord(method or "refund", exact(refunded), "refunded"))
    return payments


def _moment(row: Row, column: str, context: Context) -> datetime | None:
    try:
        return read_moment(row.text(column), context.zone, context.today)
    except ValueError as error:
        raise RowProblem(f"{column}: {error}", row.line) from None


def _branch(location: str, context: Context) -> str | None:
    """The code of the branch that a location names."""
    for code, names in context.branches.items():
        if location and any(same(location, name) for name in (code, *names)):
            return code
    return None
