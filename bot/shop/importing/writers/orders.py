"""Orders into the database: compared by digest; a changed order is written anew with all that belongs to it.

What customers had changed here stands until the file says something newer (`customer_changes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Branch, Order, OrderLine, Payment, Product, Shipment, ShipmentLine, Variant
from bot.shop.importing.context import Context
from bot.shop.importing.records import CustomerRecord, OrderRecord
from bot.shop.importing.stored import order_digest
from bot.shop.importing.writers import customer_changes
from bot.shop.importing.writers.bulk import Values, delete_in, insert_all, reserve, select_in, upsert
from bot.shop.importing.writers.customers import CustomerBook, order_customer
from bot.shop.order_numbers import number_key
from bot.words.masking import without_cards

_ORDER, _LINE, _SHIPMENT, _PAYMENT = (model.__table__ for model in (Order, OrderLine, Shipment, Payment))
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


@dataclass
class Change:
    """An order to be written: its record, the values of its row, and the parts that stay as customers changed them."""

    record: OrderRecord
    values: Values
    stands: set[str]

    @property
    def order_id(self) -> int:
        return int(self.values["id"])


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
        statement = select(*customer_changes.COLUMNS)
        keys = {number_key(record.number): record for record in batch}
        known = {row.number_key: row for row in select_in(self.session, statement, Order.number_key, keys)}
        touched = customer_changes.changed_parts(self.session, [row.id for row in known.values()])
        changes: list[Change] = []
        for key, record in keys.items():
            row, digest = known.get(key), order_digest(record)
            if row and row.content_hash == digest:
                self.unchanged += 1
                continue
            self.updated += row is not None
            self.created += row is None
            values: Values = {name: getattr(record, name) for name in _COLUMNS}
            values["note"] = without_cards(record.note)
            values |= {"id": row.id if row else None, "number_key": key, "content_hash": digest}
            values["pickup_branch_id"] = self._branches.get(record.pickup_branch or "")
            values["imported"] = customer_changes.said_of(record)
            stands = customer_changes.standing(record, row, touched[row.id], self.context) if row else set()
            customer_changes.keep(values, row, stands)
            changes.append(Change(record, values, stands))
        self._write(changes)

    def _write(self, changes: list[Change]) -> None:
        self._customers(changes)
        new = [change.values for change in changes if change.values["id"] is None]
        old = [change.values for change in changes if change.values["id"] is not None]
        for values, key in zip(new, reserve(self.session, _ORDER, len(new)), strict=True):
            values["id"] = key
        insert_all(self.session, _ORDER, new)
        upsert(self.session, _ORDER, old)
        ids = [values["id"] for values in old]
        delete_in(self.session, _SHIPMENT, _SHIPMENT.c.order_id, ids)
        self._write_payments(changes, ids)
        self._write_shipments(changes, self._write_lines(changes, ids))

    def _customers(self, changes: list[Change]) -> None:
        book = CustomerBook(self.session)
        book.load([change.record.customer for change in changes if change.record.customer])
        found = [self._customer(book, change.record) for change in changes]
        self.session.flush()
        for change, customer in zip(changes, found, strict=True):
            change.values["customer_id"] = customer.id if customer else None

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

    def _write_payments(self, changes: list[Change], old: list[int]) -> None:
        """The payments of a file; those of an order whose changed lines stand are the old ones until it is paid."""
        kept = {change.order_id for change in changes if "lines" in change.stands and not _is_paid(change.record)}
        delete_in(self.session, _PAYMENT, _PAYMENT.c.order_id, [key for key in old if key not in kept])
        voided = {change.order_id for change in changes if "state" in change.stands}
        rows = [
            {"order_id": change.order_id, **{name: getattr(payment, name) for name in _PAYMENT_COLUMNS}}
            for change in changes
            if change.order_id not in kept
            for payment in change.record.payments
        ]
        for row in rows:
            if row["state"] in ("pending", "authorized") and row["order_id"] in voided:
                row["state"] = "voided"
        insert_all(self.session, _PAYMENT, rows)

    def _write_lines(self, changes: list[Change], old: list[int]) -> dict[tuple[int, int], int]:
        """The lines of a file, under the ids they had, so that returns and claims keep theirs.

        Returns:
            Id of the line by order and place in the file; of lines that stand, by their SKU.
        """
        statement = select(_LINE.c.id, _LINE.c.order_id, _LINE.c.position, _LINE.c.sku)
        there = select_in(self.session, statement, _LINE.c.order_id, old)
        known = {(row.order_id, row.position, row.sku): row.id for row in there}
        by_sku = {(row.order_id, row.sku): row.id for row in there}
        skus = {line.sku for change in changes for line in change.record.lines if line.sku}
        statement = select(Variant.id, Variant.sku, Product.title).join(Product, Product.id == Variant.product_id)
        variants = {row.sku: row for row in select_in(self.session, statement, Variant.sku, skus)}
        standing = {change.order_id for change in changes if "lines" in change.stands}
        rows = [
            row
            for change in changes
            if change.order_id not in standing
            for row in _lines(change.record, change.order_id, variants)
        ]
        for row in rows:
            row["id"] = known.get((row["order_id"], row["position"], row["sku"]))
        again = [row for row in rows if row["id"] is not None]
        fresh = [row for row in rows if row["id"] is None]
        stay = {row["id"] for row in again} | {row.id for row in there if row.order_id in standing}
        delete_in(self.session, _LINE, _LINE.c.id, [row.id for row in there if row.id not in stay])
        for row, own in zip(fresh, reserve(self.session, _LINE, len(fresh)), strict=True):
            row["id"] = own
        upsert(self.session, _LINE, again)
        insert_all(self.session, _LINE, fresh)
        places = {(row["order_id"], row["position"]): row["id"] for row in rows}
        for change in changes:
            if change.order_id in standing:
                for position, line in enumerate(change.record.lines):
                    if (change.order_id, line.sku) in by_sku:
                        places[change.order_id, position] = by_sku[change.order_id, line.sku]
        return places

    def _write_shipments(self, changes: list[Change], line_keys: dict[tuple[int, int], int]) -> None:
        shipments: list[Values] = []
        for change in changes:
            for position, parcel in enumerate(change.record.shipments):
                values = {name: getattr(parcel, name) for name in _PARCEL_COLUMNS}
                shipments.append({"order_id": change.order_id, "position": position, **values})
        for row, own in zip(shipments, reserve(self.session, _SHIPMENT, len(shipments)), strict=True):
            row["id"] = own
        insert_all(self.session, _SHIPMENT, shipments)
        shipment_keys = {(row["order_id"], row["position"]): row["id"] for row in shipments}
        contents = {
            (shipment_keys[change.order_id, position], line_keys[change.order_id, index]): pieces
            for change in changes
            for position, parcel in enumerate(change.record.shipments)
            for index, pieces in parcel.lines
            if (change.order_id, index) in line_keys
        }
        names = ("shipment_id", "order_line_id", "quantity")
        rows = [dict(zip(names, (*key, pieces), strict=True)) for key, pieces in contents.items()]
        insert_all(self.session, ShipmentLine.__table__, rows)


def _is_paid(record: OrderRecord) -> bool:
    return any(payment.state not in ("pending", "authorized") for payment in record.payments)


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
