"""Who saw and did what at the desk: written by every call that changes something or shows a customer's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Agent, AuditEntry, CannedAnswer, HandoffRule, Team, Webhook
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


def named(found: Iterable[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Entries with what they were about as people call it: a colleague's name, not the address of the call."""
    rows = list(found)
    parts = [row["subject"].split("/") for row in rows]
    columns: dict[str, Any] = {
        "agents": Agent.name,
        "answers": CannedAnswer.code,
        "rules": HandoffRule.value,
        "teams": Team.name,
        "webhooks": Webhook.url,
    }
    names: dict[tuple[str, str], Any] = {}
    with reading() as session:
        for kind, column in columns.items():
            ids = {int(path[1]) for path in parts if path[0] == kind and path[1:] and path[1].isdecimal()}
            query = select(column.class_.id, column).where(column.class_.id.in_(ids))
            names.update({(kind, str(id_)): name for id_, name in (session.execute(query) if ids else ())})
        codes = select(Team.code, Team.name)
        names.update({("quotas", code): name for code, name in session.execute(codes)})
    for row, path in zip(rows, parts):
        name = names.get((path[0], path[-1] if path[0] == "quotas" else "".join(path[1:2])), "")
        name = name if isinstance(name, str) else name.get_for(language)
        row["about"] = f"{name} · {path[1]}" if path[0] == "quotas" and name else name
    return rows


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
