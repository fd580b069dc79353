"""Customers into the database; an order's customer is found by code, e-mail or phone, or made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.db.models import Customer
from bot.shop.importing.records import CustomerRecord
from bot.shop.importing.writers.bulk import chunks

_FIELDS = ("name", "email", "phone", "language", "city", "address", "accepts_marketing")
_BATCH = 300


class CustomerBook:
    """The customers that a batch of records speaks of."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._by_code: dict[str, Customer] = {}
        self._by_email: dict[str, Customer] = {}
        self._by_phone: dict[str, Customer] = {}

    def load(self, records: list[CustomerRecord]) -> None:
        """Fetch all that may be meant; what was fetched before is forgotten unless it is new."""
        for part in chunks(records, _BATCH):
            statement = select(Customer).where(
                or_(
                    Customer.code.in_([r.code for r in part if r.code]),
                    Customer.email.in_([r.email for r in part if r.email]),
                    Customer.phone.in_([r.phone for r in part if r.phone]),
                )
            )
            for customer in self.session.execute(statement.order_by(Customer.id)).scalars():
                self.enter(customer)

    def enter(self, customer: Customer) -> None:
        """Make a customer findable; the first with an address or number keeps it."""
        self._by_code[customer.code] = customer
        if customer.email:
            self._by_email.setdefault(customer.email, customer)
        if customer.phone:
            self._by_phone.setdefault(customer.phone, customer)

    def find(self, record: CustomerRecord) -> Customer | None:
        """The customer that is meant. A code of the shop's own decides over address and number, unless
        the one found by those has none yet."""
        if record.code and (found := self._by_code.get(record.code)):
            return found
        for found in (self._by_email.get(record.email or ""), self._by_phone.get(record.phone or "")):
            if found and (not record.code or found.code in (found.email, found.phone)):
                return found
        return None

    def make(self, record: CustomerRecord) -> Customer:
        """A new customer."""
        customer = Customer(code=record.code or record.email or record.phone)
        for name in _FIELDS:
            setattr(customer, name, getattr(record, name))
        self.session.add(customer)
        self.enter(customer)
        return customer


class CustomerWriter:
    """Writes customers; see `CustomerBook` for who is who."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.created = self.updated = self.unchanged = 0

    def take(self, batch: list[CustomerRecord]) -> None:
        """Create or update; the session decides whether that stays."""
        book = CustomerBook(self.session)
        book.load(batch)
        for record in batch:
            customer = book.find(record)
            if customer is None:
                book.make(record)
                self.created += 1
                continue
            values = {name: getattr(record, name) for name in _FIELDS if name not in record.silent}
            if record.code:
                values["code"] = record.code
            # A left-out or unreadable address or number does not erase the one at hand.
            values = {name: v for name, v in values.items() if v is not None or name not in ("email", "phone")}
            changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
            for name, value in changed.items():
                setattr(customer, name, value)
            book.enter(customer)
            self.updated += bool(changed)
            self.unchanged += not changed
        self.session.flush()


def order_customer(book: CustomerBook, record: CustomerRecord) -> Customer | None:
    """The customer of an order: made when unknown, and told a number or name that was missing."""
    customer = book.find(record)
    if customer is None:
        return book.make(record) if record.email or record.phone else None
    missing: dict[str, Any] = {name: getattr(record, name) for name in ("name", "email", "phone", "city", "address")}
    for name, value in missing.items():
        if value and not getattr(customer, name):
            setattr(customer, name, value)
    book.enter(customer)
    return customer
