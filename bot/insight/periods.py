"""Stretches of whole days on the shop's clock, which reports are about, and the stretch before."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from sqlalchemy.sql.elements import ColumnElement

DAYS_USUAL = 30
LONGEST = 1100  # days
_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 1, 1)


class BadPeriod(ValueError):
    """Not a stretch of days a report can be about; the message says why."""


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included. A day may have 23 or 25 hours where clocks change."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise BadPeriod(f"The first day ({self.first}) comes after the last ({self.last}).")
        if not _EARLIEST < self.first <= self.last < _LATEST or self.days > LONGEST:
            raise BadPeriod(f"A report covers at most {LONGEST} days, of this century.")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment, in UTC."""
        return datetime.combine(self.first, time(), self.zone).astimezone(timezone.utc)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(timezone.utc)

    def holds(self, moment: ColumnElement) -> ColumnElement:
        """The condition that a column's moment lies in the period."""
        return (moment >= self.start) & (moment < self.end)

    def before(self) -> Period:
        """As many days, straight before this period."""
        last = self.first - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last, self.zone)

    def each_day(self) -> Iterator[date]:
        """The days in order."""
        return (self.first + timedelta(days=ahead) for ahead in range(self.days))

    def shares_of_months(self) -> dict[str, float]:
        """Of each month (`2026-09`) that the period touches, the share of its days that lie in it."""
        held: dict[str, int] = {}
        for day in self.each_day():
            held[f"{day:%Y-%m}"] = held.get(f"{day:%Y-%m}", 0) + 1
        return {month: days / _days_in(month) for month, days in held.items()}


def _days_in(month: str) -> int:
    year, number = map(int, month.split("-"))
    return calendar.monthrange(year, number)[1]


def read(first: str | None, last: str | None, zone: ZoneInfo, today: date) -> Period:
    """The period that two dates name; the last thirty days where they are left out.

    Raises:
        BadPeriod: no dates, in the wrong order, or too far apart.
    """
    try:
        end = _day(last) or max(today, _day(first) or today)
        start = _day(first) or end - timedelta(days=DAYS_USUAL - 1)
    except (ValueError, OverflowError):
        raise BadPeriod("Dates are written as 2026-09-30.") from None
    return Period(start, end, zone)


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
