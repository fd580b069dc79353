"""Appointments: a call of a team's or a demonstration in a branch, in slots that are really free.

A slot has as many seats as the shop can serve at once; a unique key on place, start and seat lets each seat be
taken once, however many ask for it at the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Appointment, Team
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop import branches, profile

SLOT = timedelta(minutes=30)
NOTICE = timedelta(hours=1)  # of the shop's people before somebody calls or comes
HORIZON_DAYS = 60
# Hours of the parts of a day, as dates in messages name them (bot/nlu/patterns/dates.py).
PARTS = {"morning": (6, 12), "noon": (11, 15), "afternoon": (12, 18), "evening": (16, 22), "night": (18, 24)}


class Taken(LookupError):
    """Somebody else was quicker, or the slot is none of the place's."""


@dataclass(frozen=True)
class Wish:
    """When a customer would like it: a first and a last day, a part of the day or a time."""

    first: date
    last: date
    part: str | None = None
    at: time | None = None


@dataclass(frozen=True)
class Booked:
    """An appointment that stands."""

    id: int
    kind: str
    place: str
    starts_at: datetime
    ends_at: datetime


class Diary:
    """The openings of a place, on its own clock.

    Args:
        place: `branch:CODE`, or `team:CODE`.
    """

    def __init__(self, session: Session, place: str) -> None:
        self.place = place
        kind, _, code = place.partition(":")
        shop = profile.read(session)
        self.zone = shop.zone
        self._branch = next(iter(branches.places(session, branch=code)), None) if kind == "branch" else None
        self._team = None
        if kind == "team":
            self._team = session.execute(select(Team).where(Team.code == code)).scalar_one_or_none()
            self.zone = _zone(self._team.timezone, shop.zone) if self._team is not None else shop.zone

    def openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """When somebody is there on a day. A team that names no hours calls by day, 9 to 17."""
        if self._branch is not None:
            yield from ((opening.opens, opening.closes) for opening in self._branch.openings(day))
        elif self._team is not None and day.isoformat() not in (self._team.holidays or ()):
            hours = self._team.hours or {str(weekday): [[540, 1020]] for weekday in range(7)}
            midnight = datetime.combine(day, time(), self.zone)
            for opens, closes in hours.get(str(day.weekday()), ()):
                yield _at(midnight, opens), _at(midnight, closes)

    def slots(self, day: date) -> Iterator[datetime]:
        """The beginnings of whole slots on a day, free or not, that are not over or about to begin."""
        soonest = now() + NOTICE
        for opens, closes in self.openings(day):
            at = opens
            while at + SLOT <= closes:
                if at >= soonest:
                    yield at
                at += SLOT

    def is_slot(self, at: datetime) -> bool:
        """Whether a moment begins a slot that can be asked for now."""
        local = at.astimezone(self.zone)
        days = (local.date() - timedelta(days=1), local.date())  # yesterday's opening may run past midnight
        return local.date() <= self.last_day() and any(at == slot for day in days for slot in self.slots(day))

    def today(self) -> date:
        return now().astimezone(self.zone).date()

    def last_day(self) -> date:
        return self.today() + timedelta(days=HORIZON_DAYS)


def _zone(name: str | None, default: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else default
    except (ZoneInfoNotFoundError, ValueError):
        return default


def _at(midnight: datetime, minutes: int) -> datetime:
    days, rest = divmod(minutes, 1440)
    return midnight.replace(hour=rest // 60, minute=rest % 60) + timedelta(days=days)


def free(
    session: Session, diary: Diary, first: date, last: date, most: int, wish: Wish | None = None
) -> list[datetime]:
    """Free slots from one day to another, spread over the day: those of a wish's hours only, when it names any."""
    found: list[datetime] = []
    day = max(first, diary.today())
    while day <= min(last, diary.last_day()) and len(found) < most:
        slots = [slot for slot in diary.slots(day) if wish is None or _suits(slot, wish)]
        if slots:
            full = _full(session, diary.place, slots[0], slots[-1])
            open_ones = [slot for slot in slots if slot not in full]
            wanted = min(most - len(found), 2 if first != last else most)
            step = max(1, len(open_ones) // max(1, wanted))
            found += open_ones[::step][:wanted]
        day += timedelta(days=1)
    return found


def _suits(slot: datetime, wish: Wish) -> bool:
    if wish.at is not None:
        return slot.time() == wish.at
    if wish.part in PARTS:
        begins, ends = PARTS[wish.part]
        return begins <= slot.hour < ends
    return True


def _full(session: Session, place: str, first: datetime, last: datetime) -> set[datetime]:
    """Slots that have no seat left."""
    rows = session.execute(
        select(Appointment.starts_at)
        .where(
            Appointment.place == place,
            Appointment.starts_at >= first,
            Appointment.starts_at <= last,
            Appointment.seat.is_not(None),
        )
        .group_by(Appointment.starts_at)
        .having(func.count() >= settings().appointment_seats)
    )
    return {row.starts_at for row in rows}


def book(
    lead_id: int, conversation_id: str, kind: str, place: str, at: datetime, language: str, product: str | None = None
) -> Booked:
    """Keep a slot for a lead. An appointment of the kind that this conversation made and that is ahead moves.

    Raises:
        Taken: no seat is left, or it is no slot of the place's.
    """
    with reading() as session:
        if not Diary(session, place).is_slot(at):
            raise Taken
    for seat in range(settings().appointment_seats):
        try:
            with writing() as session:
                return _sit_down(session, lead_id, conversation_id, kind, place, at, language, product, seat)
        except IntegrityError:
            continue
    raise Taken


def _sit_down(
    session: Session,
    lead_id: int,
    conversation_id: str,
    kind: str,
    place: str,
    at: datetime,
    language: str,
    product: str | None,
    seat: int,
) -> Booked:
    row = _ahead(session, conversation_id, kind)
    if row is not None and (row.place, row.starts_at) == (place, at):
        return _booked(row)  # the turn ran before, or it is asked for again
    if row is None:
        row = Appointment(lead_id=lead_id, kind=kind, created_at=now(), sequence=-1)
        session.add(row)
    row.conversation_id, row.language, row.product = conversation_id, language, product or row.product
    row.place, row.starts_at, row.ends_at, row.seat = place, at, at + SLOT, seat
    row.sequence += 1
    session.flush()
    return _booked(row)


def _booked(row: Appointment) -> Booked:
    return Booked(row.id, row.kind, row.place, row.starts_at, row.ends_at)


def _ahead(session: Session, conversation_id: str, kind: str) -> Appointment | None:
    found: Appointment | None = session.execute(
        _ahead_of(conversation_id).where(Appointment.kind == kind).with_for_update()
    ).scalar_one_or_none()
    return found


def _ahead_of(conversation_id: str) -> Any:
    return (
        select(Appointment)
        .where(
            Appointment.conversation_id == conversation_id,
            Appointment.seat.is_not(None),
            Appointment.ends_at > now(),
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )


def of_conversation(session: Session, conversation_id: str) -> Appointment | None:
    """The next appointment that was made in a conversation."""
    found: Appointment | None = session.execute(_ahead_of(conversation_id)).scalar_one_or_none()
    return found


def cancel(conversation_id: str, appointment_id: int) -> bool:
    """Give a slot back; whether it was one of the conversation's."""
    with writing() as session:
        row = session.get(Appointment, appointment_id, with_for_update=True)
        if row is None or row.conversation_id != conversation_id or row.seat is None:
            return False
        row.seat = None
        row.sequence += 1
        return True
