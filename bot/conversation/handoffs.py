"""Handoffs: asked for by a dialogue turn, put in the queue when that turn's reply goes out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Conversation, Handoff, Team
from bot.db.session import reading, writing


def request(
    conversation_id: str, message_id: int, team_code: str, reason: str, summary: dict[str, Any] | None = None
) -> None:
    """Ask for a person. Takes effect when the reply to `message_id` is delivered (see `inbox.finish`).

    Asking twice for the same message is asking once.
    """
    try:
        with writing() as session:
            team_id = session.execute(select(Team.id).where(Team.code == team_code)).scalar()
            session.execute(
                insert(Handoff).values(
                    conversation_id=conversation_id,
                    message_id=message_id,
                    team_id=team_id,
                    reason=reason,
                    summary=summary or {},
                    requested_at=now(),
                )
            )
    except IntegrityError:
        return  # the turn ran before


def requested(conversation_id: str, message_id: int) -> bool:
    """Whether the turn of a message asked for a person."""
    with reading() as session:
        return (
            session.execute(
                select(Handoff.id).where(Handoff.conversation_id == conversation_id, Handoff.message_id == message_id)
            ).first()
            is not None
        )


def enter_queue(session: Session, conversation: Any, message_id: int) -> bool:
    """Put a locked conversation in the queue if the turn of `message_id` asked for it."""
    handoff = session.execute(
        select(Handoff.id, Handoff.team_id).where(
            Handoff.conversation_id == conversation.id,
            Handoff.message_id == message_id,
            Handoff.state == "requested",
        )
    ).one_or_none()
    if handoff is None:
        return False
    session.execute(update(Handoff).where(Handoff.id == handoff.id).values(state="waiting", requested_at=now()))
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(owner="queue", owner_version=Conversation.owner_version + 1, team_id=handoff.team_id, agent_id=None)
    )
    return True


def current(session: Session, conversation_id: str) -> Any:
    """The handoff that is waiting or accepted, or None."""
    return session.execute(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.state.in_(("waiting", "accepted")))
        .order_by(Handoff.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def position(session: Session, conversation_id: str) -> int | None:
    """Place in the queue of its team, 1 = next; None when it is not waiting."""
    mine = session.execute(
        select(Handoff.id, Handoff.team_id, Handoff.priority, Handoff.requested_at).where(
            Handoff.conversation_id == conversation_id, Handoff.state == "waiting"
        )
    ).first()
    if mine is None:
        return None
    same_team = Handoff.team_id.is_(None) if mine.team_id is None else Handoff.team_id == mine.team_id
    ahead = session.execute(
        select(func.count())
        .select_from(Handoff)
        .where(
            Handoff.state == "waiting",
            same_team,
            (Handoff.priority > mine.priority)
            | ((Handoff.priority == mine.priority) & (Handoff.requested_at < mine.requested_at)),
        )
    ).scalar()
    return int(ahead or 0) + 1
