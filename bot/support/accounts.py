"""A customer's own data: a copy of all of it, and its erasure with a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.db.models import AuditEntry, Customer
from bot.db.session import reading, writing
from bot.insight.privacy import emptying, erasure, person

# What agents write among themselves and what the desk keeps of its own work is not handed out by a link.
STAFFS = frozenset({"audit_entries", "mentions", "notes", "read_marks", "transfers", "webhook_deliveries"})


@dataclass(frozen=True)
class Receipt:
    """What was erased: the receipt's number, and how much of what."""

    number: str
    counts: dict[str, int]


def export(customer_id: int) -> dict[str, Any] | None:
    """All that is kept of a customer, rows by table; None when there is no such customer."""
    with writing() as session:
        if session.get(Customer, customer_id) is None:
            return None
        session.add(AuditEntry(action="export_person", subject=f"customer {customer_id}"))
    with reading() as session:
        found = person.copy(session, person.of_customer(session, customer_id))
    return {table: rows for table, rows in found.items() if table not in STAFFS}


def erase(customer_id: int, conversation_id: str) -> Receipt:
    """Erase a customer: who they are, what they wrote, and whom every order was for.

    What was sold for how much stays, without a name, for the shop's books. The conversation in which it was
    asked for is needed to tell the receipt; it follows once it has been silent (`erasure.finish`, a chore).
    """
    with writing() as session:
        receipt, files = erasure.begin(session, person.of_customer(session, customer_id), conversation_id)
        told = Receipt(str(receipt.number), dict(receipt.counts))
    emptying.remove_files(files)
    return told
