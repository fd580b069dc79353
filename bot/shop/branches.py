"""The shop's branches: where they are, when they open, whether one is open now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.db.models import Branch
from bot.db.types import LocalisedText
from bot.shop import profile
from bot.shop.remembered import remembered

MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Opening:
    """One opening on a day. `closes` may lie after midnight."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class Place:
    """A branch customers visit. `weekly` maps a weekday (0 = Monday) to its openings in minutes after midnight."""

    code: str
    name: LocalisedText
    city: LocalisedText
    address: LocalisedText
    directions: LocalisedText
    phone: str | None
    email: str | None
    map_url: str | None
    weekly: dict[int, tuple[tuple[int, int], ...]]
    closures: dict[date, LocalisedText]
    zone: ZoneInfo

    def openings(self, day: date) -> list[Opening]:
        """Openings that begin on a day; none when it stays closed."""
        if day in self.closures:
            return []
        midnight = datetime.combine(day, time(), self.zone)
        return [
            Opening(_at(midnight, opens), _at(midnight, closes)) for opens, closes in self.weekly.get(day.weekday(), ())
        ]

    def open_until(self, moment: datetime) -> datetime | None:
        """When it closes, if it is open at a moment; else None."""
        local = moment.astimezone(self.zone)
        for day in (local.date() - timedelta(days=1), local.date()):  # yesterday's may run past midnight
            for opening in self.openings(day):
                if opening.opens <= local < opening.closes:
                    return opening.closes
        return None

    def next_opening(self, moment: datetime) -> datetime | None:
        """When it opens next within two weeks, if it is closed at a moment."""
        local = moment.astimezone(self.zone)
        for ahead in range(15):
            for opening in self.openings(local.date() + timedelta(days=ahead)):
                if opening.opens > local:
                    return opening.opens
        return None


def _at(midnight: datetime, minutes: int) -> datetime:
    """Wall-clock time so many minutes after midnight; right on days with a change of summer time too."""
    days, rest = divmod(minutes, MINUTES_A_DAY)
    return midnight.replace(hour=rest // 60, minute=rest % 60) + timedelta(days=days)


def places(session: Session, branch: str | None = None, city: str | None = None) -> list[Place]:
    """The branches customers visit, in the shop's order.

    Args:
        branch: code; only this one.
        city: a city's name in any language, or a delivery zone's code; only those there.
    """
    found = [place for place in remembered(session, "stores", _stores) if branch is None or place.code == branch]
    if city is None:
        return found
    wanted = city.casefold()
    return [place for place in found if wanted in {name.casefold() for name in place.city.values()} | {place.code}]


def _stores(session: Session) -> list[Place]:
    zone = profile.read(session).zone
    rows = session.execute(
        select(Branch)
        .where(Branch.kind == "store")
        .options(selectinload(Branch.hours), selectinload(Branch.closures))
        .order_by(Branch.position, Branch.id)
    ).scalars()
    return [_place(row, zone) for row in rows]


def _place(row: Branch, zone: ZoneInfo) -> Place:
    weekly: dict[int, tuple[tuple[int, int], ...]] = {}
    for hours in row.hours:
        weekly[hours.weekday] = (*weekly.get(hours.weekday, ()), (hours.opens, hours.closes))
    return Place(
        code=row.code,
        name=row.name,
        city=row.city,
        address=row.address,
        directions=row.directions,
        phone=row.phone,
        email=row.email,
        map_url=row.map_url,
        weekly=weekly,
        closures={closure.day: closure.reason for closure in row.closures},
        zone=zone,
    )


def groups_of_days(place: Place) -> list[tuple[list[int], tuple[tuple[int, int], ...]]]:
    """Weekdays that follow one another with the same hours, as people read a sign: ([0, 1, 2], ((540, 1320),))."""
    groups: list[tuple[list[int], tuple[tuple[int, int], ...]]] = []
    for weekday in range(7):
        hours = place.weekly.get(weekday, ())
        if groups and groups[-1][1] == hours:
            groups[-1][0].append(weekday)
        else:
            groups.append(([weekday], hours))
    if len(groups) > 1 and groups[0][1] == groups[-1][1]:  # a week runs on: "Saturday to Wednesday"
        groups[0] = (groups.pop()[0] + groups[0][0], groups[0][1])
    return groups
