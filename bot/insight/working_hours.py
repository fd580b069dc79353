"""How much of a wait fell into a team's working hours, on the team's own clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.float64]


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
        return self.seconds_of([(start.timestamp(), end.timestamp())])

    def seconds_of(self, waits: Iterable[tuple[float, float]]) -> float:
        """Working seconds of waits together, whose ends are given in seconds since 1970."""
        waits = [wait for wait in waits if wait[0] < wait[1]]
        if not waits or not (self.weekly or self.holidays):
            return sum(end - start for start, end in waits)
        opens, closes = self._openings(min(start for start, _ in waits), max(end for _, end in waits))
        moments = np.array(waits)
        # Of the seconds since every opening before a moment, those since its closing are taken off again.
        worked = _passed_since(opens, moments) - _passed_since(closes, moments)
        return float((worked[:, 1] - worked[:, 0]).sum())

    def _openings(self, start: float, end: float) -> tuple[Moments, Moments]:
        """When the team begins and stops to work, on the days between two moments."""
        day = datetime.fromtimestamp(start, self.zone).date() - timedelta(days=1)  # an opening may run past midnight
        last = datetime.fromtimestamp(end, self.zone).date()
        spans: list[tuple[float, float]] = []
        while day <= last:
            if day.isoformat() not in self.holidays:
                minutes = self.weekly.get(str(day.weekday()), ()) if self.weekly else ((0, 1440),)
                spans += [(self._at(day, opens), self._at(day, closes)) for opens, closes in minutes]
            day += timedelta(days=1)
        return np.array([opens for opens, _ in spans]), np.array([closes for _, closes in spans])

    def _at(self, day: date, minutes: int) -> float:
        days, rest = divmod(minutes, 1440)
        return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone).timestamp()


def _passed_since(marks: Moments, moments: Moments) -> Moments:
    """For each moment, the seconds since each mark before it, summed."""
    marks = np.sort(marks)
    before = np.searchsorted(marks, moments)
    base = moments.min()  # sums of seconds since 1970 would lose fractions
    sums = np.concatenate([[0.0], np.cumsum(marks - base)])
    found: Moments = before * (moments - base) - sums[before]
    return found
