"""The supervisors' live board: who waits and how long, what is handled, where the service level is missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from bot.clock import now
from bot.conversation import staff
from bot.db.models import Agent, Conversation, Handoff, Team
from bot.db.session import reading
from bot.shop import profile


def board(language: str) -> dict[str, Any]:
    """The state of all teams and agents now, and of today since midnight at the shop."""
    with reading() as session:
        moment = now()
        today = profile.read(session).now().replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "now": moment,
            "teams": [_team(session, team, language, moment, today) for team in _active(session)],
            "agents": _agents(session, language, moment),
        }


def _active(session: Session) -> list[Team]:
    return list(session.scalars(select(Team).where(Team.active.is_(True)).order_by(Team.id)))


def _team(session: Session, team: Team, language: str, moment: datetime, today: datetime) -> dict[str, Any]:
    of_team = Handoff.team_id == team.id
    limit = timedelta(seconds=team.service_level_seconds)
    waiting = session.scalars(
        select(Handoff.requested_at).where(of_team, Handoff.state == "waiting").order_by(Handoff.requested_at)
    ).all()
    open_now = select(func.count()).where(of_team, Handoff.state == "accepted")
    promised = select(func.count()).where(of_team, Handoff.state == "scheduled")
    accepted = session.execute(
        select(Handoff.requested_at, Handoff.accepted_at).where(
            of_team, Handoff.accepted_at >= today, Handoff.wish.is_(None)
        )
    ).all()
    ended = session.execute(
        select(Handoff.accepted_at, Handoff.ended_at).where(
            of_team, Handoff.ended_at >= today, Handoff.accepted_at.is_not(None)
        )
    ).all()
    waits = [row.accepted_at - row.requested_at for row in accepted]
    return {
        "code": team.code,
        "name": team.name.get_for(language),
        "is_open": staff.hours_of(session, team).is_open(moment),
        "service_level_seconds": team.service_level_seconds,
        "waiting": len(waiting),
        "longest_wait_since": waiting[0] if waiting else None,
        "breaching": sum(moment - since > limit for since in waiting),
        "open": session.scalar(open_now) or 0,
        "scheduled": session.scalar(promised) or 0,
        "handled_today": len(ended),
        "breaches_today": sum(wait > limit for wait in waits),
        "average_wait_seconds": _mean(waits),
        "average_handling_seconds": _mean([row.ended_at - row.accepted_at for row in ended]),
    }


def _mean(spans: list[timedelta]) -> int | None:
    return round(sum(span.total_seconds() for span in spans) / len(spans)) if spans else None


def _agents(session: Session, language: str, moment: datetime) -> list[dict[str, Any]]:
    held = staff.loads(session)
    owned = dict(
        session.execute(
            select(Conversation.agent_id, func.count())
            .where(Conversation.owner == "agent", Conversation.agent_id.is_not(None))
            .group_by(Conversation.agent_id)
        ).all()
    )
    rows = session.scalars(
        select(Agent).where(Agent.active.is_(True)).options(selectinload(Agent.teams)).order_by(func.lower(Agent.name))
    )
    return [
        {
            "id": agent.id,
            "name": agent.name,
            "presence": agent.status if agent.present_until and agent.present_until > moment else "gone",
            "teams": [team.name.get_for(language) for team in agent.teams],
            "load": held.get(agent.id, 0),
            "open": owned.get(agent.id, 0),
            "capacity": agent.capacity,
        }
        for agent in rows
    ]
