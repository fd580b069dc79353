"""How much of a wait fell into a team's working hours, on the team's own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class WorkingHours:
    """`weekly` maps a weekday ("0" = Monday) to openings in minutes after local midnight; none at all: always open."""

    zone: ZoneInfo
    weekly: Mapping[str, Sequence[Sequence[int]]]
    holidays: frozenset[str]

    @classmethod
    def of(cls, timezone_name: str | None, hours: Any, holidays: Any, default: ZoneInfo) -> WorkingHours:
        """From what a team's row holds; a time zone nobody knows is the shop's."""
        try:
            zone = ZoneInfo(timezone_name) if timezone_name else default
        except (ZoneInfoNotFoundError, ValueError):
            zone = default
        return cls(zone, hours or {}, frozenset(holidays or ()))

    def seconds_between(self, start: datetime, end: datetime) -> float:
        """Working seconds from one moment to another; 0 when the clock ran backwards."""
        if end <= start:
            return 0.0
        if not self.weekly and not self.holidays:
            return (end - start).total_seconds()
        day = start.astimezone(self.zone).date() - timedelta(days=1)  # an opening may run past midnight
        last = end.astimezone(self.zone).date()
        total = 0.0
        while day <= last:
            for opens, closes in self._openings(day):
                total += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
            day += timedelta(days=1)
        return total

    def _openings(self, day: date) -> list[tuple[datetime, datetime]]:
        if day.isoformat() in self.holidays:
            return []
        spans = self.weekly.get(str(day.weekday()), ()) if self.weekly else ((0, 1440),)
        return [(self._at(day, opens), self._at(day, closes)) for opens, closes in spans]

    def _at(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, 1440)
        local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone)
        return local.astimezone(timezone.utc)  # only so do differences count the hour that a change of clocks takes
