"""Who saw and did what at the desk: written by every call that changes something or shows a customer's words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Agent, AuditEntry
from bot.db.session import reading, writing

SAW = ("read_conversation", "read_photo", "read_document")
SEEN_AGAIN_AFTER = timedelta(minutes=10)
PAGE = 100


def record(
    agent_id: int | None, action: str, address: str, conversation_id: str | None = None, subject: str = ""
) -> None:
    """Write down what an agent did; looking at the same conversation counts once in ten minutes."""
    with writing() as session:
        if action in SAW and _seen_lately(session, agent_id, action, conversation_id):
            return
        session.add(
            AuditEntry(
                agent_id=agent_id,
                action=action[:40],
                conversation_id=conversation_id,
                subject=subject[:200],
                address=address[:64],
            )
        )


def _seen_lately(session: Session, agent_id: int | None, action: str, conversation_id: str | None) -> bool:
    seen = select(AuditEntry.id).where(
        AuditEntry.conversation_id == conversation_id,
        AuditEntry.agent_id == agent_id,
        AuditEntry.action == action,
        AuditEntry.at > now() - SEEN_AGAIN_AFTER,
    )
    return session.execute(seen.limit(1)).first() is not None


def entries(
    before: int | None = None, agent_id: int | None = None, conversation_id: str | None = None
) -> list[dict[str, Any]]:
    """The newest entries, of one agent or one conversation where asked; `before` an id goes back further."""
    query = select(AuditEntry, Agent.name).outerjoin(Agent, Agent.id == AuditEntry.agent_id)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if agent_id is not None:
        query = query.where(AuditEntry.agent_id == agent_id)
    if conversation_id:
        query = query.where(AuditEntry.conversation_id == conversation_id)
    with reading() as session:
        return [
            {
                "id": entry.id,
                "at": _written(entry.at),
                "agent_id": entry.agent_id,
                "agent_name": name,
                "action": entry.action,
                "conversation_id": entry.conversation_id,
                "subject": entry.subject,
                "address": entry.address,
            }
            for entry, name in session.execute(query.order_by(AuditEntry.id.desc()).limit(PAGE))
        ]


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
