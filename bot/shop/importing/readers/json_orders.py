"""Customers and orders of Dukan's JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.db.types import LANGUAGES
from bot.shop.importing.context import Context
from bot.shop.importing.fields import Fields
from bot.shop.importing.numbers import exact, is_currency
from bot.shop.importing.orders import order_state, payment_state, shipment_state, sum_of_lines
from bot.shop.importing.records import CustomerRecord, OrderLineRecord, OrderRecord, PaymentRecord, ShipmentRecord
from bot.shop.importing.report import RowProblem

CUSTOMER_FIELDS = ["code", "name", "email", "phone", "language", "city", "address", "accepts_marketing"]
ORDER_FIELDS = [
    "number",
    "customer",
    "email",
    "phone",
    "placed_at",
    "state",
    "payment_state",
    "currency",
    "lines",
    "delivery_cost",
    "discount",
    "tax",
    "subtotal",
    "total",
    "delivery_method",
    "pickup_branch",
    "shipping_address",
    "expected_on",
    "cancelled_at",
    "note",
    "shipments",
    "payments",
]


def customer(value: Any, line: int, context: Context) -> CustomerRecord:
    """A customer of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    code = fields.string("code")
    fields.row_id = code or None
    fields.only(*CUSTOMER_FIELDS)
    email = context.email(fields.string("email", 300), line, fields.row_id)
    phone = context.phone(fields.string("phone"), line, fields.row_id)
    if not (code or email or phone):
        raise RowProblem("a customer needs a code, an e-mail address or a phone number")
    return CustomerRecord(
        line=line,
        silent=[name for name in CUSTOMER_FIELDS if name not in fields],
        code=code,
        name=fields.string("name"),
        email=email,
        phone=phone,
        language=fields.choice("language", LANGUAGES, "") or None,
        city=next(iter(fields.text("city").values()), "")[:200] or None,
        address=_address(fields, "address"),
        accepts_marketing=fields.flag("accepts_marketing", False),
    )


def order(value: Any, line: int, context: Context) -> OrderRecord:
    """An order of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    number = fields.row_id = fields.string("number", 64)
    fields.only(*ORDER_FIELDS)
    email = context.email(fields.string("email", 300), line, number)
    phone = context.phone(fields.string("phone"), line, number)
    lines = [_line(item) for item in fields.objects("lines")]
    currency = fields.string("currency", 20).upper()
    if currency and not is_currency(currency):
        raise RowProblem(f"currency: {currency!r} is not a code such as SAR")
    code = fields.string("customer")
    delivery, discount = fields.price("delivery_cost") or Decimal(0), fields.price("discount") or Decimal(0)
    tax, subtotal, total = fields.price("tax") or Decimal(0), fields.price("subtotal"), fields.price("total")
    subtotal = sum_of_lines(lines) if subtotal is None else subtotal
    if total is None and subtotal is not None:
        total = exact(subtotal - discount + delivery + (0 if context.prices_include_tax else tax))
    return OrderRecord(
        line=line,
        number=number,
        customer=CustomerRecord(code=code, email=email, phone=phone) if code or email or phone else None,
        email=email,
        phone=phone,
        placed_at=fields.moment("placed_at"),
        state=_state(fields, "state", order_state),
        payment_state=_state(fields, "payment_state", payment_state),
        currency=currency,
        subtotal=subtotal,
        discount=discount,
        delivery_cost=delivery,
        tax=tax,
        total=total,
        delivery_method=fields.choice("delivery_method", ("delivery", "pickup"), "delivery"),
        pickup_branch=fields.string("pickup_branch", 64) or None,
        shipping_address=_address(fields, "shipping_address"),
        expected_on=fields.day("expected_on"),
        cancelled_at=fields.moment("cancelled_at"),
        note=next(iter(fields.text("note", block=True).values()), ""),
        lines=lines,
        shipments=[_shipment(item, lines) for item in fields.objects("shipments")],
        payments=[_payment(item) for item in fields.objects("payments")],
    )


def _address(fields: Fields, name: str) -> dict[str, Any]:
    data = fields.data(name)
    if isinstance(data, str):
        return {"line1": data}
    if not isinstance(data, dict):
        raise RowProblem(f"{name} should be an object in braces or a text", fields.line)
    return data


def _state(fields: Fields, name: str, read: Any) -> str:
    try:
        return str(read(fields.string(name)))
    except ValueError as error:
        raise RowProblem(str(error), fields.line) from None


def _line(fields: Fields) -> OrderLineRecord:
    fields.only("sku", "title", "quantity", "unit_price", "discount", "options")
    options = fields.data("options")
    quantity = fields.whole("quantity")
    return OrderLineRecord(
        sku=fields.string("sku"),
        title=fields.text("title"),
        quantity=1 if quantity is None else quantity,
        unit_price=fields.price("unit_price"),
        discount=fields.price("discount") or Decimal(0),
        options=options if isinstance(options, dict) else {},
    )


def _shipment(fields: Fields, lines: list[OrderLineRecord]) -> ShipmentRecord:
    fields.only(
        "carrier", "tracking_number", "tracking_url", "state", "shipped_at", "expected_on", "delivered_at", "lines"
    )
    parcel: dict[int, int] = {}
    for item in fields.objects("lines"):
        item.only("sku", "quantity")
        sku = item.string("sku")
        index = next((i for i, line in enumerate(lines) if line.sku == sku and i not in parcel), None)
        if index is None:
            raise RowProblem(f"{item.what}: the order has no line of SKU {sku!r}", fields.line)
        quantity = item.whole("quantity")
        parcel[index] = lines[index].quantity if quantity is None else quantity
    return ShipmentRecord(
        state=_state(fields, "state", shipment_state),
        carrier=fields.string("carrier", 100) or None,
        tracking_number=fields.string("tracking_number", 100) or None,
        tracking_url=fields.context.url(fields.string("tracking_url", 2000), "tracking_url", fields.line),
        shipped_at=fields.moment("shipped_at"),
        expected_on=fields.day("expected_on"),
        delivered_at=fields.moment("delivered_at"),
        lines=sorted(parcel.items()),
    )


def _payment(fields: Fields) -> PaymentRecord:
    fields.only("method", "amount", "state", "reference", "paid_at")
    amount = fields.price("amount")
    if amount is None:
        raise RowProblem(f"{fields.what} needs an amount", fields.line)
    return PaymentRecord(
        method=fields.string("method", 64) or "other",
        amount=amount,
        state=_state(fields, "state", payment_state),
        reference=fields.string("reference", 100) or None,
        paid_at=fields.moment("paid_at"),
    )
