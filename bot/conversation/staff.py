"""Who could answer now: teams with their hours, agents with their load. Called by assignment and by the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from bot.clock import now
from bot.db.models import Agent, Conversation, Handoff, Team
from bot.shop import profile

DAYS_AHEAD = 15
SLOT = timedelta(minutes=30)
SOONEST_CALL = timedelta(minutes=30)


@dataclass(frozen=True)
class Hours:
    """When a team works. `weekly` maps a weekday (0 = Monday) to openings in minutes after local midnight."""

    zone: ZoneInfo
    weekly: dict[int, tuple[tuple[int, int], ...]]
    holidays: frozenset[date]

    def _openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays:
            return
        midnight = datetime.combine(day, time(), self.zone)
        for opens, closes in self.weekly.get(day.weekday(), ()) if self.weekly else ((0, 1440),):
            yield _at(midnight, opens), _at(midnight, closes)

    def is_open(self, moment: datetime) -> bool:
        """Whether the team works at a moment; an opening may run past midnight."""
        local = moment.astimezone(self.zone)
        days = (local.date() - timedelta(days=1), local.date())
        return any(opens <= local < closes for day in days for opens, closes in self._openings(day))

    def next_opening(self, moment: datetime) -> datetime | None:
        """When the team begins to work again, within two weeks."""
        local = moment.astimezone(self.zone)
        for ahead in range(DAYS_AHEAD):
            for opens, _ in self._openings(local.date() + timedelta(days=ahead)):
                if opens > local:
                    return opens
        return None

    def call_slots(self, moment: datetime, most: int = 3) -> list[datetime]:
        """Half hours in which the team can call: the first of each stretch of work, then the next ones."""
        earliest = moment.astimezone(self.zone) + SOONEST_CALL
        found: list[datetime] = []
        for ahead in range(DAYS_AHEAD):
            for opens, closes in self._openings(earliest.date() + timedelta(days=ahead)):
                at = max(opens, _next_half_hour(earliest))
                taken = 0
                while at + SLOT <= closes and taken < 2 and len(found) < most:
                    found.append(at)
                    at += 4 * SLOT
                    taken += 1
            if len(found) == most:
                break
        return found


def _at(midnight: datetime, minutes: int) -> datetime:
    days, rest = divmod(minutes, 1440)
    return midnight.replace(hour=rest // 60, minute=rest % 60) + timedelta(days=days)


def _next_half_hour(moment: datetime) -> datetime:
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return next(whole + SLOT * steps for steps in range(4) if whole + SLOT * steps >= moment)


def zone_of(name: str | None, default: ZoneInfo) -> ZoneInfo:
    """A time zone by its IANA name, or the default."""
    try:
        return ZoneInfo(name) if name else default
    except (ZoneInfoNotFoundError, ValueError):
        return default


def hours_of(session: Session, team: Team) -> Hours:
    """When a team works, on its own clock or the shop's."""
    weekly = {int(day): tuple((opens, closes) for opens, closes in spans) for day, spans in (team.hours or {}).items()}
    holidays = frozenset(date.fromisoformat(day) for day in team.holidays or ())
    return Hours(zone_of(team.timezone, profile.read(session).zone), weekly, holidays)


@dataclass(frozen=True)
class Member:
    """An agent at work, and how much there is on the desk already: open conversations and pending offers."""

    agent_id: int
    team_ids: frozenset[int]  # none: every team
    languages: frozenset[str]  # none: all
    capacity: int
    load: int
    assigned_at: datetime | None

    def serves(self, team_id: int | None, language: str) -> bool:
        """Whether the agent answers a team's customers in a language."""
        in_team = team_id is None or not self.team_ids or team_id in self.team_ids
        return in_team and (not self.languages or language in self.languages)

    @property
    def is_free(self) -> bool:
        return self.load < self.capacity


def loads(session: Session) -> dict[int, int]:
    """Open conversations of each agent, without those put off until later, and offers not yet answered."""
    held = select(Handoff.agent_id, func.count()).where(
        Handoff.state == "accepted", (Handoff.snoozed_until.is_(None)) | (Handoff.snoozed_until <= now())
    )
    held = held.join(Conversation, Conversation.id == Handoff.conversation_id).where(Conversation.owner == "agent")
    offered = select(Handoff.offered_to, func.count()).where(
        Handoff.state == "waiting", Handoff.offered_to.is_not(None), Handoff.offered_until > now()
    )
    found: dict[int, int] = {}
    for query, column in ((held, Handoff.agent_id), (offered, Handoff.offered_to)):
        for agent_id, count in session.execute(query.group_by(column)):
            found[agent_id] = found.get(agent_id, 0) + count
    return found


def at_work(session: Session) -> list[Member]:
    """The agents who are there now: online by their own word, with a page of the desk open."""
    held = loads(session)
    query = select(Agent).options(selectinload(Agent.teams)).order_by(Agent.id)
    present = query.where(Agent.active.is_(True), Agent.status == "online", Agent.present_until > now())
    return [
        Member(
            agent_id=agent.id,
            team_ids=frozenset(team.id for team in agent.teams),
            languages=frozenset(agent.languages or ()),
            capacity=agent.capacity,
            load=held.get(agent.id, 0),
            assigned_at=agent.assigned_at,
        )
        for agent in session.scalars(present)
    ]


def speaks(team: Team, language: str) -> bool:
    """Whether a team answers in a language."""
    return not team.languages or language in team.languages
