"""The shop's policies: in its own words for customers, and as figures that requests are decided by.

Figures are the `data` of a policy as it was imported (docs/importing.md). What a shop has not stated is not
assumed: a request without a rule goes to a colleague.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Policy
from bot.db.models.orders import ORDER_STATES
from bot.db.types import LocalisedText

REQUESTS = (
    "cancel",
    "change_quantity",
    "remove_line",
    "change_variant",
    "change_address",
    "return",
    "exchange",
    "report_damage",
    "invoice",
)
Verdict = Literal["allowed", "colleague", "refused"]
# What an order must have come to for these to make sense at all, whatever a policy says.
_NOT_YET_SENT = frozenset({"pending", "confirmed", "processing", "ready_for_pickup"})
_ARRIVED = frozenset({"delivered", "partially_shipped", "return_requested", "returned", "refunded"})
POSSIBLE: dict[str, frozenset[str]] = {
    "cancel": frozenset(ORDER_STATES) - {"delivered", "cancelled", "return_requested", "returned", "refunded"},
    "change_quantity": _NOT_YET_SENT,
    "remove_line": _NOT_YET_SENT,
    "change_variant": _NOT_YET_SENT,
    "change_address": frozenset(ORDER_STATES) - {"delivered", "cancelled", "return_requested", "returned", "refunded"},
    "return": _ARRIVED,
    "exchange": _ARRIVED,
    "report_damage": _ARRIVED,
    "invoice": frozenset(ORDER_STATES) - {"pending"},
}


@dataclass(frozen=True)
class Rule:
    """A policy: its title and text, and the figures in it."""

    code: str
    title: LocalisedText
    body: LocalisedText
    data: dict[str, Any]


def policy(session: Session, *codes: str) -> Rule | None:
    """The first of these policies that the shop has."""
    found = {row.code: row for row in session.execute(select(Policy).where(Policy.code.in_(codes))).scalars()}
    row = next((found[code] for code in codes if code in found), None)
    return Rule(row.code, row.title, row.body, row.data) if row else None


def _figures(session: Session, code: str) -> Mapping[str, Any] | None:
    rule = policy(session, code)
    return rule.data if rule else None


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value if value is not None else 0))
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() and amount >= 0 else Decimal(0)


def _codes(value: Any) -> frozenset[str]:
    return frozenset(str(item) for item in value) if isinstance(value, list) else frozenset()


def verdict(session: Session, request: str, state: str) -> Verdict:
    """Whether an order in a state may have something done to it: by us, by a colleague, or not at all.

    The table is the policy `order_changes`: `{"allowed": {request: [states]}, "colleague": {…}}`. Returns,
    exchanges and damage reports have policies of their own; an invoice is there as soon as the order stands.
    """
    if state not in POSSIBLE[request]:
        return "refused"
    if request in ("return", "exchange", "report_damage"):
        return "allowed" if state in ("delivered", "partially_shipped", "return_requested") else "refused"
    if request == "invoice":
        return "allowed"
    table = _figures(session, "order_changes")
    if table is None:
        return "colleague"
    if state in _codes((table.get("allowed") or {}).get(request)):
        return "allowed"
    return "colleague" if state in _codes((table.get("colleague") or {}).get(request)) else "refused"


@dataclass(frozen=True)
class Excluded:
    """Things a rule does not hold for, by category, product or tag."""

    categories: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def holds(self, category: str | None, product: str | None, tags: frozenset[str]) -> bool:
        """Whether a product is among them."""
        return category in self.categories or product in self.products or bool(tags & self.tags)


def _excluded(value: Any) -> Excluded:
    if not isinstance(value, Mapping):
        return Excluded()
    return Excluded(_codes(value.get("categories")), _codes(value.get("products")), _codes(value.get("tags")))


@dataclass(frozen=True)
class ReturnRules:
    """How things may come back. `days` None: the shop has stated no such rule."""

    days: int | None
    exchange_days: int | None
    opened_accepted: bool
    exchange_opened: bool
    collection_cost: Decimal
    free_exchanges: int
    free_when_faulty: bool
    refund_days: int  # working days until the money is back
    damage_days: int | None  # within which a damaged or wrong piece is to be told of
    photo_needed: bool
    review_from: Decimal | None  # worth from which a colleague looks at a damage report first
    never: Excluded
    not_opened: Excluded  # not once they are opened


def return_rules(session: Session) -> ReturnRules:
    """The policies `return`, `exchange` and `damage`."""
    back, exchange = _figures(session, "return"), _figures(session, "exchange")
    damage = _figures(session, "damage")
    back_data, exchange_data, damage_data = back or {}, exchange or {}, damage or {}
    days = _whole(back_data.get("days"), 0)
    review = damage_data.get("review_from")
    return ReturnRules(
        days=days or None,
        exchange_days=_whole(exchange_data.get("days"), days) or None,
        opened_accepted=bool(back_data.get("opened_accepted", False)),
        exchange_opened=not exchange_data.get("unused_only", True),
        collection_cost=_amount(back_data.get("collection_cost")),
        free_exchanges=_whole(exchange_data.get("free_exchanges"), 0),
        free_when_faulty=bool(back_data.get("free_when_faulty", True)),
        refund_days=_whole(back_data.get("refund_max_days"), 14),
        damage_days=_whole(damage_data.get("days"), days) or None,
        photo_needed=bool(damage_data.get("photo", False)),
        review_from=None if review is None else _amount(review),
        never=_excluded(back_data.get("not_returnable")),
        not_opened=_excluded(back_data.get("not_returnable_opened")),
    )


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def days_off(session: Session) -> frozenset[int]:
    """Weekdays that are no working days, 0 = Monday: those of the policy `delivery`, else Friday and Saturday."""
    named = _codes((_figures(session, "delivery") or {}).get("excluded_weekdays"))
    return frozenset(_WEEKDAYS.index(day) for day in named if day in _WEEKDAYS) or frozenset({4, 5})


@dataclass(frozen=True)
class WarrantyRules:
    """What the warranty promises. `months` holds for products that state none of their own."""

    months: int | None
    repair_days: int


def warranty_rules(session: Session) -> WarrantyRules:
    """The policy `warranty`."""
    data = _figures(session, "warranty") or {}
    return WarrantyRules(_whole(data.get("months"), 0) or None, _whole(data.get("repair_days"), 10))


@dataclass(frozen=True)
class ServiceRules:
    """How fast complaints are answered, and what may be given for goodwill."""

    hours_by_severity: tuple[int, int, int, int]
    goodwill: frozenset[str]  # causes for which the delivery cost is given back
    goodwill_limit: Decimal  # at most so much an order
    goodwill_a_year: int  # at most so often a customer
    check_back_days: int


def service_rules(session: Session) -> ServiceRules:
    """The policy `service`."""
    data = _figures(session, "service") or {}
    hours = data.get("answer_hours") or []
    usual = (48, 24, 8, 2)
    given = tuple(_whole(hours[place], usual[place]) if place < len(hours) else usual[place] for place in range(4))
    return ServiceRules(
        hours_by_severity=(given[0], given[1], given[2], given[3]),
        goodwill=_codes(data.get("goodwill_for")),
        goodwill_limit=_amount(data.get("goodwill_limit")),
        goodwill_a_year=_whole(data.get("goodwill_a_year"), 0),
        check_back_days=_whole(data.get("check_back_days"), 3),
    )


def account_links(session: Session) -> dict[str, str]:
    """Addresses of the shop's own account pages by what they are for: `sign_in`, `reset`, `details`, `close`."""
    data = _figures(session, "account") or {}
    return {name: str(url) for name, url in data.items() if str(url).startswith("https://")}
