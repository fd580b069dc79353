"""The messages of a conversation: read by customers, agents and channels; written by the other modules here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Agent, Conversation, Inbox, Message, Outbox
from bot.db.session import reading

Part = dict[str, Any]

# Channels that are handed their messages; all others read the transcript themselves.
PUSHED_CHANNELS: set[str] = set()


def lock(session: Session, conversation_id: str) -> Any:
    """The row of a conversation, held until the transaction ends; None if there is none.

    All writing to a conversation happens under this lock, so message ids become visible in order and
    a reader's cursor never skips one. (SQLite has one writer at a time anyway.)
    """
    table = Conversation.__table__
    return session.execute(select(table).where(table.c.id == conversation_id).with_for_update()).one_or_none()


def append(
    session: Session,
    conversation: Any,
    author: str,
    parts: list[Part],
    *,
    language: str | None = None,
    **columns: Any,
) -> int:
    """Add a message to a locked conversation; its id.

    Args:
        conversation: the row that `lock` gave.
        columns: further columns of `Message`.
    """
    result = session.execute(
        insert(Message).values(
            conversation_id=conversation.id,
            author=author,
            parts=parts,
            language=language or conversation.language,
            created_at=now(),
            **columns,
        )
    )
    message_id = int(result.inserted_primary_key[0])
    if author != "customer" and conversation.channel in PUSHED_CHANNELS:
        session.execute(
            insert(Outbox).values(
                message_id=message_id, conversation_id=conversation.id, channel=conversation.channel, due_at=now()
            )
        )
    return message_id


def rfc3339(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(conversation_id: str, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
    """Messages with an id above `after`, oldest first, as the API gives them.

    Each is `{"id", "author", "parts", "created_at", "lang"}`; an agent's has `agent_name` too.
    """
    columns = Message.__table__.c
    with reading() as session:
        rows = session.execute(
            select(
                columns.id,
                columns.author,
                columns.parts,
                columns.created_at,
                columns.language,
                Agent.name.label("agent"),
            )
            .outerjoin(Agent, Agent.id == columns.agent_id)
            .where(columns.conversation_id == conversation_id, columns.id > after)
            .order_by(columns.id)
            .limit(limit)
        ).all()
    messages = []
    for row in rows:
        message = {
            "id": row.id,
            "author": row.author,
            "parts": row.parts,
            "created_at": rfc3339(row.created_at),
            "lang": row.language,
        }
        if row.author == "agent":
            message["agent_name"] = row.agent or ""
        messages.append(message)
    return messages


def answered_up_to(session: Session, conversation_id: str) -> int:
    """Id of the newest customer message such that it and all before it are answered; 0 if none is.

    The bot answers by replying (or by having nothing to say), a person by writing after it; a
    message written while waiting for a person counts as answered, since it goes to that person.
    """
    owed = select(func.min(Inbox.message_id)).where(
        Inbox.conversation_id == conversation_id, Inbox.state.in_(("pending", "human"))
    )
    first_owed = session.execute(owed).scalar()
    settled = select(func.max(Inbox.message_id)).where(
        Inbox.conversation_id == conversation_id, Inbox.state == "answered"
    )
    if first_owed is not None:
        settled = settled.where(Inbox.message_id < first_owed)
    return session.execute(settled).scalar() or 0


def newest_customer_message(session: Session, conversation_id: str) -> int:
    """Id of the customer's newest message; 0 if there is none."""
    newest = select(func.max(Inbox.message_id)).where(Inbox.conversation_id == conversation_id)
    return session.execute(newest).scalar() or 0
