"""Which rows of which tables are one person's, and what becomes of them: deleted, or kept for the books without the person.

Read from the tables themselves, so that a new one is covered as soon as it points at a conversation, an order, a
customer or a lead. What must stay is named in `KEPT`; what is nobody's own in `NOBODYS` (a test holds both whole).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, String, Table, case, false, literal_column, or_, select
from sqlalchemy.sql import ColumnElement

from bot.db.models import Base

NOTHING = [{"type": "text", "text": ""}]  # what stands for a message whose words are gone
_PRESSED = case((literal_column("payload").is_not(None), ""))  # that it was a button stays: what was typed is counted
SHORTEST_TEXT = 30  # characters: shorter columns hold states and codes

# Rows that measures and the shop's books are made of stay, with these columns emptied.
KEPT: dict[str, dict[str, Any]] = {
    "allocations": {},
    "audit_entries": {},  # ids alone
    "basket_lines": {"configuration": {}},  # what was to be engraved
    "baskets": dict.fromkeys(("name", "phone", "email", "city", "address", "pickup")),
    "conversations": {"customer_id": None, "caller": None},
    "discount_grants": {"seen_at": None},
    "erasures": {},
    "feedback": {"text": ""},
    "handoffs": {"summary": {}, "contact": None},
    "inbox": {"state": "answered"},
    "interactions": {},
    "messages": {"parts": NOTHING, "words": "", "payload": _PRESSED, "channel_message_id": None},
    "order_changes": {"before": {}, "after": {}},
    "order_lines": {"options": {}},
    "orders": {
        **dict.fromkeys(("email", "phone", "customer_id")),
        "shipping_address": {},
        "note": "",
        "imported": {},
        "content_hash": "",
    },
    "payments": {"reference": None},
    "quote_lines": {"details": []},
    "quotes": {"customer_name": "", "city": None},
    "refunds": {},
    "returns": {},
    "reviewed_messages": {},
    "satisfaction": {"word": ""},
    "shipment_lines": {},
    "shipments": {"tracking_number": None, "tracking_url": None},
    "tickets": {"story": "", "wish": "", "reasons": [], "customer_id": None},
    "warranty_claims": {"serial_number": "", "description": ""},
}

# The shop's own: catalogue, rules, pages, staff.
NOBODYS = frozenset(
    [
        "agent_sessions",
        "agent_teams",
        "agents",
        "api_tokens",
        "branch_closures",
        "branch_hours",
        "branches",
        "brands",
        "canned_answers",
        "catalogue_version",
        "categories",
        "coupons",
        "decision_trees",
        "delivery_zones",
        "guides",
        "guides_version",
        "handoff_rules",
        "invitations",
        "maintenance_plans",
        "option_exclusions",
        "option_values",
        "passages",
        "policies",
        "product_attributes",
        "product_images",
        "product_options",
        "products",
        "quotas",
        "selling_rules",
        "shop",
        "sign_in_throttles",
        "stock",
        "summary_mails",
        "teams",
        "variants",
        "webhooks",
    ]
)

_ROOTS = {"conversations": "talks", "customers": "customers", "leads": "leads", "orders": "orders"}
_POINTERS = {"conversation_id": "talks", "customer_id": "customers", "lead_id": "leads", "order_id": "orders"}


@dataclass
class Person:
    """Ids of what belongs to one person, and the words by which they are known."""

    customers: set[int] = field(default_factory=set)
    talks: set[str] = field(default_factory=set)
    orders: set[int] = field(default_factory=set)
    leads: set[int] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.customers or self.talks or self.orders or self.leads)


def belongs(table: Table, person: Person) -> ColumnElement[bool]:
    """Whether a row of a table is the person's."""
    signs: list[Any] = []
    if table.name in _ROOTS:
        signs.append(table.c.id.in_(getattr(person, _ROOTS[table.name])))
    else:
        for column, whose in _POINTERS.items():
            if column in table.c and (ids := getattr(person, whose)):
                signs.append(table.c[column].in_(ids))
    if "email" in table.c and table.name not in _ROOTS and person.emails:
        signs.append(table.c.email.in_(person.emails))
    if table.name == "webhook_deliveries":
        signs += [table.c.body.contains(talk) for talk in sorted(person.talks)]
    signs += [column.in_(select(parent.c.id).where(belongs(parent, person))) for column, parent in _parents(table)]
    return or_(*signs) if signs else false()


def _parents(table: Table) -> Iterator[tuple[Column[Any], Table]]:
    """Tables of persons' rows that a table's rows are part of, other than those it names its person by."""
    for key in table.foreign_keys:
        parent = key.column.table
        own = key.parent.name in _POINTERS or parent.name in NOBODYS or parent is table
        if not own and key.column.name == "id" and table.name not in _ROOTS:
            yield key.parent, parent


def personal_tables() -> list[Table]:
    """Tables whose rows may be a person's; those that point at others come before them."""
    return [table for table in reversed(Base.metadata.sorted_tables) if table.name not in NOBODYS]


def is_tied(table: Table) -> bool:
    """Whether its rows can be told to be somebody's."""
    return (
        table.name in _ROOTS
        or table.name == "webhook_deliveries"
        or any(column in table.c for column in _POINTERS)
        or any(True for _ in _parents(table))
    )


def texts(table: Table) -> list[Column[Any]]:
    """Columns that can hold somebody's words: not keys, states or codes."""
    found = []
    for column in table.columns:
        kind = getattr(column.type, "impl", column.type)
        free = isinstance(kind, JSON) or (isinstance(kind, String) and (kind.length or 1000) >= SHORTEST_TEXT)
        if free and not isinstance(kind, LargeBinary) and not _is_key(column):
            found.append(column)
    return found


def _is_key(column: Column[Any]) -> bool:
    return bool(column.foreign_keys) or column.primary_key or column.name == "conversation_id"
