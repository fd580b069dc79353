"""What customers had changed in their orders here, when a file brings those orders again: what stands, what gives way.

A change stands for as long as the file says of that part what it said before. Once the file says something new of it,
the file is right. A cancellation also stands while the file merely moves the order on before it leaves; what has
left has left as the file says. Each difference is a note, so that the shop sees what its own system does not know.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bot.db.models import Order, OrderChange
from bot.shop.importing.context import Context
from bot.shop.importing.records import OrderRecord
from bot.shop.importing.writers.bulk import Values, select_in

NOT_LEFT = frozenset({"pending", "confirmed", "processing", "ready_for_pickup"})
PARTS = {
    "cancel": "state",
    "change_address": "address",
    "change_quantity": "lines",
    "remove_line": "lines",
    "change_variant": "lines",
}
# What is read of an order that is there, to be compared and kept.
COLUMNS = (
    Order.id,
    Order.number_key,
    Order.content_hash,
    Order.imported,
    Order.state,
    Order.cancelled_at,
    Order.shipping_address,
    Order.subtotal,
    Order.discount,
    Order.tax,
    Order.total,
)
_SUMS = ("subtotal", "discount", "tax", "total")
_STANDS = {
    "state": "was cancelled here and stays so; cancel it in your shop too",
    "address": "the customer gave another address here, which stays; your file still has the old one",
    "lines": "the customer changed its lines here, which stay; your file still has the old ones",
}
_GIVES_WAY = {
    "state": "was cancelled here, but your file says that it went on; your file stands",
    "address": "the customer gave another address here, but your file has a newer one; your file stands",
    "lines": "the customer changed its lines here, but your file has newer ones; your file stands",
}
_encoder = msgspec.json.Encoder(order="deterministic")


def said_of(record: OrderRecord) -> dict[str, str]:
    """What a file says of each part that customers may change, in short; kept in `Order.imported`."""
    lines = [[line.sku, line.quantity, str(line.unit_price), str(line.discount)] for line in record.lines]
    return {"state": record.state, "address": _digest(record.shipping_address), "lines": _digest(lines)}


def _digest(value: Any) -> str:
    return hashlib.sha256(_encoder.encode(value)).hexdigest()[:16]


def changed_parts(session: Session, order_ids: Iterable[int]) -> dict[int, set[str]]:
    """By order, the parts that customers had changed here."""
    parts: dict[int, set[str]] = defaultdict(set)
    table = OrderChange.__table__
    for row in select_in(session, table.select(), table.c.order_id, order_ids):
        if row.request in PARTS:
            parts[row.order_id].add(PARTS[row.request])
    return parts


def standing(record: OrderRecord, row: Any, changed: set[str], context: Context) -> set[str]:
    """The parts whose change stands against a file; a note for each that differs from it."""
    before, said = row.imported or {}, said_of(record)
    old = {part for part in changed if before.get(part) in (None, said[part])}
    stands: set[str] = set()
    if row.state == "return_requested" and record.state == "delivered":
        stands.add("return")  # it is on its way back, which the file does not know yet
    if "state" in changed and row.state == "cancelled" and record.state not in ("cancelled", "refunded", "returned"):
        _settle("state", record, "state" in old or record.state in NOT_LEFT, stands, context)
    if "address" in changed and record.shipping_address != row.shipping_address:
        _settle("address", record, "address" in old, stands, context)
    if "lines" in changed:
        here = record.state in NOT_LEFT or "state" in stands or record.state == "cancelled"
        _settle("lines", record, "lines" in old and here, stands, context)
    return stands


def _settle(part: str, record: OrderRecord, holds: bool, stands: set[str], context: Context) -> None:
    if holds:
        stands.add(part)
    context.warn(record.line, _STANDS[part] if holds else _GIVES_WAY[part], record.number)


def keep(values: Values, row: Any, stands: set[str]) -> None:
    """Put what stands into the values that are about to be written."""
    if "state" in stands:
        values |= {"state": "cancelled", "cancelled_at": row.cancelled_at}
        if values["payment_state"] in ("pending", "authorized"):
            values["payment_state"] = "voided"
    if "return" in stands:
        values["state"] = row.state
    if "address" in stands:
        values["shipping_address"] = row.shipping_address
    if "lines" in stands:
        values |= {name: getattr(row, name) for name in _SUMS}
