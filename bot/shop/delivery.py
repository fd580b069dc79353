"""Where the shop delivers, what that costs and when it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import DeliveryZone, Policy
from bot.db.types import LocalisedText
from bot.shop.remembered import remembered

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Zone:
    """A place the shop delivers to. `free_from` is the order total from which delivery costs nothing."""

    code: str
    name: LocalisedText
    cost: Decimal
    free_from: Decimal | None
    min_days: int
    max_days: int

    def cost_of(self, total: Decimal | None) -> Decimal:
        """What delivery costs with an order of this total; of an unknown one, the full cost."""
        if total is not None and self.free_from is not None and total >= self.free_from:
            return Decimal(0)
        return self.cost


def zones(session: Session) -> list[Zone]:
    """All places delivered to, in the shop's order."""
    return remembered(session, "delivery zones", _zones)


def _zones(session: Session) -> list[Zone]:
    rows = session.execute(select(DeliveryZone).order_by(DeliveryZone.position, DeliveryZone.id)).scalars()
    return [Zone(row.code, row.name, row.cost, row.free_from, row.min_days, row.max_days) for row in rows]


def zone(session: Session, code: str) -> Zone | None:
    """The zone of a code, or of a name in any language."""
    wanted = code.casefold()
    for found in zones(session):
        if wanted in {found.code.casefold(), *(name.casefold() for name in found.name.values())}:
            return found
    return None


def _rules(session: Session) -> dict[str, Any]:
    """The figures of the policy `delivery`."""
    return remembered(session, "delivery rules", _read_rules)


def _read_rules(session: Session) -> dict[str, Any]:
    return session.execute(select(Policy.data).where(Policy.code == "delivery")).scalar() or {}


def start_day(session: Session, moment: datetime) -> date:
    """The day from which an order of this moment counts: the next one past the policy's `order_before` ("14:00").

    Args:
        moment: on the shop's clock.
    """
    try:
        last = time.fromisoformat(str(_rules(session).get("order_before")))
    except ValueError:
        return moment.date()
    return moment.date() + timedelta(days=int(moment.time() >= last))


def idle_weekdays(session: Session) -> frozenset[int]:
    """Weekdays that do not count (0 = Monday): `excluded_weekdays` in the data of the policy `delivery`."""
    named = _rules(session).get("excluded_weekdays") or []
    return frozenset(WEEKDAYS.index(str(day)[:3].lower()) for day in named if str(day)[:3].lower() in WEEKDAYS)


def arrival(start: date, days: int, idle: frozenset[int]) -> date:
    """The day so many counted days after another."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() not in idle or len(idle) >= len(WEEKDAYS):
            days -= 1
    return day


def window(session: Session, found: Zone, start: date, lead_time_days: int = 0) -> tuple[date, date]:
    """First and last day on which an order placed on `start` arrives; made to order, `lead_time_days` later."""
    idle = idle_weekdays(session)
    return (
        arrival(start, lead_time_days + found.min_days, idle),
        arrival(start, lead_time_days + found.max_days, idle),
    )
