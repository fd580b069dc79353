"""Private notes on conversations, and whispers of supervisors; kept apart from messages, so that no customer gets one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.transcript import rfc3339
from bot.db.models import Agent, Mention, Note
from bot.db.session import reading, writing
from bot.desk.sessions import Caller

Kind = Literal["note", "whisper"]
MOST = 500


def add(caller: Caller, conversation_id: str, text: str, kind: Kind = "note") -> int:
    """Write a note; `@Name` names a colleague, who may then read the conversation. Gives its id."""
    with writing() as session:
        note = Note(conversation_id=conversation_id, agent_id=caller.agent_id, kind=kind, text=text)
        session.add(note)
        session.flush()
        for agent_id in _named(session, text):
            session.add(Mention(note_id=note.id, agent_id=agent_id, conversation_id=conversation_id))
        note_id = int(note.id)
    hub().publish(conversation_topic(conversation_id))
    hub().publish(QUEUE)
    return note_id


def _named(session: Session, text: str) -> list[int]:
    """Ids of the agents that a text names; of names that begin alike the longest counts."""
    if "@" not in text:
        return []
    agents = session.execute(select(Agent.id, Agent.name).where(Agent.active.is_(True))).all()
    folded, found = text.casefold(), []
    for agent in sorted(agents, key=lambda agent: -len(agent.name)):
        handle = f"@{agent.name.casefold()}"
        if handle in folded:
            found.append(int(agent.id))
            if sum(other.name.casefold() == agent.name.casefold() for other in agents) == 1:
                folded = folded.replace(handle, "")
    return found


_NEWEST = (
    select(Note.conversation_id, func.max(Note.id))
    .where(Note.conversation_id.in_(bindparam("wanted", expanding=True)))
    .group_by(Note.conversation_id)
)


def newest_among(conversation_ids: Sequence[str]) -> dict[str, int]:
    """Ids of the newest notes of conversations; those without a note are missing."""
    if not conversation_ids:
        return {}
    with reading() as session:
        return dict(session.execute(_NEWEST, {"wanted": conversation_ids}).all())


def read(caller: Caller, conversation_id: str, after: int = 0) -> list[dict[str, Any]]:
    """Notes of a conversation with an id above `after`, oldest first."""
    query = (
        select(Note, Agent.name)
        .outerjoin(Agent, Agent.id == Note.agent_id)
        .where(Note.conversation_id == conversation_id, Note.id > after)
        .order_by(Note.id)
        .limit(MOST)
    )
    with reading() as session:
        return [
            {
                "id": note.id,
                "kind": note.kind,
                "agent_name": name or "",
                "own": note.agent_id == caller.agent_id,
                "text": note.text,
                "created_at": rfc3339(note.created_at),
            }
            for note, name in session.execute(query)
        ]
