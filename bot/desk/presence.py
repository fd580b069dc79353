"""Who is at the desk: presence is renewed while a page of the desk is open, and ends by itself when it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import select, update

from bot.clock import now
from bot.conversation.live import QUEUE, hub
from bot.db.models import Agent
from bot.db.session import reading, writing

Status = Literal["online", "idle", "away"]
LASTS = timedelta(seconds=30)  # without a sign of an open page


def renew(agent_id: int) -> None:
    """A page of the agent's is open."""
    moment = now()
    with writing() as session:
        before = session.execute(select(Agent.present_until).where(Agent.id == agent_id)).scalar()
        session.execute(update(Agent).where(Agent.id == agent_id).values(present_until=moment + LASTS))
    if before is None or before < moment:
        hub().publish(QUEUE)  # somebody came: those who wait are looked at


def leave(agent_id: int) -> None:
    """The agent signed out."""
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(present_until=None))
    hub().publish(QUEUE)


def set_status(agent_id: int, status: Status) -> None:
    """Take what the agent's page says: at work, gone from the computer for a while, or not to be disturbed."""
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(status=status))
    hub().publish(QUEUE)


def status_of(agent_id: int) -> str:
    """What the agent's page said last."""
    with reading() as session:
        return session.execute(select(Agent.status).where(Agent.id == agent_id)).scalar() or "away"
