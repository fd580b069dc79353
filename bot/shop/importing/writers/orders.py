"""Orders into the database: compared by digest; a changed order is written anew with all that belongs to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Branch, Order, OrderLine, Payment, Product, Shipment, ShipmentLine, Variant
from bot.shop.importing.context import Context
from bot.shop.importing.orders import number_key
from bot.shop.importing.records import CustomerRecord, OrderRecord
from bot.shop.importing.stored import order_digest
from bot.shop.importing.writers.bulk import Values, delete_in, insert_all, reserve, select_in, upsert
from bot.shop.importing.writers.customers import CustomerBook, order_customer

_ORDER, _LINE, _SHIPMENT = Order.__table__, OrderLine.__table__, Shipment.__table__
_COLUMNS = [
    "number",
    "email",
    "phone",
    "placed_at",
    "state",
    "payment_state",
    "currency",
    "subtotal",
    "discount",
    "delivery_cost",
    "tax",
    "total",
    "delivery_method",
    "shipping_address",
    "expected_on",
    "cancelled_at",
    "note",
]
_PARCEL_COLUMNS = ("carrier", "tracking_number", "tracking_url", "state", "shipped_at", "expected_on", "delivered_at")
_PAYMENT_COLUMNS = ("method", "amount", "state", "reference", "paid_at")


class OrderWriter:
    """Writes orders within one session."""

    def __init__(self, session: Session, context: Context) -> None:
        self.session = session
        self.context = context
        self.created = self.updated = self.unchanged = 0
        self._branches: dict[str, int] = dict(session.execute(select(Branch.code, Branch.id)).all())

    def take(self, batch: list[OrderRecord]) -> None:
        """Create or update; the session decides whether that stays."""
        for record in batch:
            record.currency = record.currency or self.context.currency or "USD"
        statement = select(Order.id, Order.number_key, Order.content_hash)
        keys = {number_key(record.number): record for record in batch}
        known = {row.number_key: row for row in select_in(self.session, statement, Order.number_key, keys)}
        changes: list[tuple[OrderRecord, Values]] = []
        for key, record in keys.items():
            row, digest = known.get(key), order_digest(record)
            if row and row.content_hash == digest:
                self.unchanged += 1
                continue
            self.updated += row is not None
            self.created += row is None
            values: Values = {name: getattr(record, name) for name in _COLUMNS}
            values |= {"id": row.id if row else None, "number_key": key, "content_hash": digest}
            values["pickup_branch_id"] = self._branches.get(record.pickup_branch or "")
            changes.append((record, values))
        self._write(changes)

    def _write(self, changes: list[tuple[OrderRecord, Values]]) -> None:
        self._customers(changes)
        new = [values for _, values in changes if values["id"] is None]
        old = [values for _, values in changes if values["id"] is not None]
        for values, key in zip(new, reserve(self.session, _ORDER, len(new)), strict=True):
            values["id"] = key
        insert_all(self.session, _ORDER, new)
        upsert(self.session, _ORDER, old)
        for model in (Shipment, Payment, OrderLine):
            table = model.__table__
            delete_in(self.session, table, table.c.order_id, [values["id"] for values in old])
        self._parts([(record, values["id"]) for record, values in changes])

    def _customers(self, changes: list[tuple[OrderRecord, Values]]) -> None:
        book = CustomerBook(self.session)
        book.load([record.customer for record, _ in changes if record.customer])
        found = [self._customer(book, record) for record, _ in changes]
        self.session.flush()
        for (_, values), customer in zip(changes, found, strict=True):
            values["customer_id"] = customer.id if customer else None

    def _customer(self, book: CustomerBook, record: OrderRecord) -> Any:
        if record.customer is None:
            return None
        if not record.customer.code:
            return order_customer(book, record.customer)
        customer = book.find(record.customer)
        if customer is None:
            self.context.warn(record.line, "its customer's code is not known; linked by e-mail or phone", record.number)
            by_contact = CustomerRecord(email=record.email, phone=record.phone)
            return order_customer(book, by_contact)
        return customer

    def _parts(self, orders: list[tuple[OrderRecord, int]]) -> None:
        skus = {line.sku for record, _ in orders for line in record.lines if line.sku}
        statement = select(Variant.id, Variant.sku, Product.title).join(Product, Product.id == Variant.product_id)
        variants = {row.sku: row for row in select_in(self.session, statement, Variant.sku, skus)}
        lines: list[Values] = []
        shipments: list[Values] = []
        payments: list[Values] = []
        for record, key in orders:
            lines += _lines(record, key, variants)
            for position, parcel in enumerate(record.shipments):
                values = {name: getattr(parcel, name) for name in _PARCEL_COLUMNS}
                shipments.append({"order_id": key, "position": position, **values})
            for payment in record.payments:
                payments.append({"order_id": key, **{name: getattr(payment, name) for name in _PAYMENT_COLUMNS}})
        for rows, table in ((lines, _LINE), (shipments, _SHIPMENT)):
            for row, own in zip(rows, reserve(self.session, table, len(rows)), strict=True):
                row["id"] = own
            insert_all(self.session, table, rows)
        insert_all(self.session, Payment.__table__, payments)
        line_keys = {(row["order_id"], row["position"]): row["id"] for row in lines}
        shipment_keys = {(row["order_id"], row["position"]): row["id"] for row in shipments}
        contents = [
            {
                "shipment_id": shipment_keys[key, position],
                "order_line_id": line_keys[key, index],
                "quantity": pieces,
            }
            for record, key in orders
            for position, parcel in enumerate(record.shipments)
            for index, pieces in parcel.lines
        ]
        insert_all(self.session, ShipmentLine.__table__, contents)


def _lines(record: OrderRecord, key: int, variants: dict[str, Any]) -> list[Values]:
    rows = []
    for position, line in enumerate(record.lines):
        variant = variants.get(line.sku)
        # The words printed on the order first; the catalogue knows the title in the other language.
        title = {**(variant.title if variant else {}), **line.title} or {"en": line.sku}
        rows.append(
            {
                "order_id": key,
                "position": position,
                "variant_id": variant.id if variant else None,
                "sku": line.sku,
                "title": title,
                "options": line.options,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "discount": line.discount,
            }
        )
    return rows
