"""Agents, teams and hand-over rules as supervisors and administrators manage them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from bot.clock import now
from bot.conversation import staff
from bot.conversation.live import QUEUE, hub
from bot.db.models import Agent, AgentSession, HandoffRule, Team
from bot.db.session import reading, writing
from bot.db.types import LocalisedText

CODE = re.compile(r"[a-z0-9_-]{1,40}")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Language = Literal["en", "ar"]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=2880)]


class Invalid(ValueError):
    """A value cannot be kept; the message names its field."""


class AgentChanges(msgspec.Struct, kw_only=True):
    """What may be changed about an agent; what is left out stays."""

    name: Name | None = None
    role: Literal["agent", "supervisor", "admin"] | None = None
    active: bool | None = None
    capacity: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    languages: list[Language] | None = None
    teams: list[str] | None = None


class TeamBody(msgspec.Struct, kw_only=True):
    """A team as it is kept."""

    name_en: Annotated[str, msgspec.Meta(max_length=100)] = ""
    name_ar: Annotated[str, msgspec.Meta(max_length=100)] = ""
    active: bool = True
    languages: list[Language] = []
    skills: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=100)] = []
    timezone: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    hours: dict[str, list[tuple[Minutes, Minutes]]] = {}
    holidays: Annotated[list[str], msgspec.Meta(max_length=366)] = []
    assignment: Literal["offer", "pick"] = "offer"
    accept_seconds: Annotated[int, msgspec.Meta(ge=10, le=3600)] = 60
    service_level_seconds: Annotated[int, msgspec.Meta(ge=10, le=86400)] = 120
    reopen_minutes: Annotated[int, msgspec.Meta(ge=0, le=43200)] = 30
    takes_overflow: bool = True


class RuleBody(msgspec.Struct):
    """A hand-over rule of the shop's own."""

    kind: Literal["topic", "words"]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    team: str
    severity: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0


def agents() -> list[dict[str, Any]]:
    """All accounts with their presence and load."""
    with reading() as session:
        held, moment = staff.loads(session), now()
        rows = session.scalars(select(Agent).options(selectinload(Agent.teams)).order_by(func.lower(Agent.name)))
        return [
            {
                "id": agent.id,
                "name": agent.name,
                "email": agent.email,
                "role": agent.role,
                "language": agent.language,
                "teams": sorted(team.code for team in agent.teams),
                "active": agent.active,
                "capacity": agent.capacity,
                "languages": agent.languages or [],
                "two_factor": agent.totp_since is not None,
                "presence": agent.status if agent.present_until and agent.present_until > moment else "gone",
                "load": held.get(agent.id, 0),
            }
            for agent in rows
        ]


def change_agent(agent_id: int, changes: AgentChanges) -> bool:
    """Change an account; False when there is none such.

    Raises:
        Invalid: no such team, or the desk would be left without an administrator.
    """
    with writing() as session:
        agent = session.get(Agent, agent_id)
        if agent is None:
            return False
        for name in ("name", "role", "active", "capacity", "languages"):
            value = getattr(changes, name)
            if value is not None:
                setattr(agent, name, value.strip() if isinstance(value, str) else value)
        if changes.teams is not None:
            agent.teams = _teams(session, changes.teams)
        session.flush()
        if not session.scalar(select(exists().where(Agent.role == "admin", Agent.active.is_(True)))):
            raise Invalid("role")
        if changes.active is False:
            session.execute(delete(AgentSession).where(AgentSession.agent_id == agent_id))
    hub().publish(QUEUE)
    return True


def _teams(session: Session, codes: list[str]) -> list[Team]:
    found = list(session.scalars(select(Team).where(Team.code.in_(codes))))
    if len(found) != len(set(codes)):
        raise Invalid("teams")
    return found


def teams() -> list[dict[str, Any]]:
    """All teams as they are kept."""
    with reading() as session:
        return [
            {
                "id": team.id,
                "code": team.code,
                "name_en": team.name.get("en", ""),
                "name_ar": team.name.get("ar", ""),
                **{field: getattr(team, field) for field in _TEAM_FIELDS},
            }
            for team in session.scalars(select(Team).order_by(Team.id))
        ]


_TEAM_FIELDS = tuple(name for name in TeamBody.__struct_fields__ if not name.startswith("name_"))


def _checked(body: TeamBody) -> dict[str, Any]:
    if not (body.name_en.strip() or body.name_ar.strip()):
        raise Invalid("name_en")
    try:
        if body.timezone:
            ZoneInfo(body.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("timezone") from error
    for day, spans in body.hours.items():
        if day not in set("0123456") or len(day) != 1 or any(opens >= closes for opens, closes in spans):
            raise Invalid("hours")
    try:
        holidays = sorted({date.fromisoformat(day).isoformat() for day in body.holidays})
    except ValueError as error:
        raise Invalid("holidays") from error
    kept = {field: getattr(body, field) for field in _TEAM_FIELDS}
    hours = {day: sorted(spans) for day, spans in body.hours.items() if spans}
    name = LocalisedText(en=body.name_en.strip(), ar=body.name_ar.strip())
    return {**kept, "hours": hours, "holidays": holidays, "timezone": body.timezone or None, "name": name}


def create_team(code: str, body: TeamBody) -> int:
    """A new team; its id.

    Raises:
        Invalid: a value cannot be kept, or the code is taken.
    """
    if not CODE.fullmatch(code):
        raise Invalid("code")
    try:
        with writing() as session:
            team = Team(code=code, **_checked(body))
            session.add(team)
            session.flush()
            return int(team.id)
    except IntegrityError as error:
        raise Invalid("code") from error


def change_team(team_id: int, body: TeamBody) -> bool:
    """Change a team; False when there is none such.

    Raises:
        Invalid: a value cannot be kept.
    """
    values = _checked(body)
    with writing() as session:
        team = session.get(Team, team_id)
        if team is None:
            return False
        for name, value in values.items():
            setattr(team, name, value)
    hub().publish(QUEUE)
    return True


def rules() -> list[dict[str, Any]]:
    """The hand-over rules, in the order in which they are asked."""
    with reading() as session:
        rows = session.execute(
            select(HandoffRule, Team.code).join(Team, Team.id == HandoffRule.team_id).order_by(HandoffRule.id)
        )
        return [
            {"id": rule.id, "kind": rule.kind, "value": rule.value, "team": code, "severity": rule.severity}
            for rule, code in rows
        ]


def add_rule(body: RuleBody) -> int:
    """A new rule; its id.

    Raises:
        Invalid: no such team, or nothing to look for.
    """
    if not body.value.strip(" ,،"):
        raise Invalid("value")
    with writing() as session:
        (team,) = _teams(session, [body.team])
        rule = HandoffRule(kind=body.kind, value=body.value.strip(), team_id=team.id, severity=body.severity)
        session.add(rule)
        session.flush()
        return int(rule.id)


def remove_rule(rule_id: int) -> bool:
    """Remove a rule; False when there is none such."""
    with writing() as session:
        return bool(session.execute(delete(HandoffRule).where(HandoffRule.id == rule_id)).rowcount)
