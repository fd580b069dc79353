"""The messages of a conversation: read by customers, agents and channels; written by the other modules here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db import finding
from bot.db.models import Agent, CatalogueVersion, Conversation, DialogueState, Inbox, Message, Outbox
from bot.db.session import reading

Part = dict[str, Any]

# Channels that are handed their messages; all others read the transcript themselves.
PUSHED_CHANNELS: set[str] = set()


# Statements that every message needs are built once: building one costs more than running it.
_CONVERSATION, _MESSAGE, _INBOX, _AGENT = (table.__table__ for table in (Conversation, Message, Inbox, Agent))
_CATALOGUE, _STATE = CatalogueVersion.__table__, DialogueState.__table__
_THIS, _ROW = bindparam("conversation_id"), bindparam("row_id")


def _version(query: Any) -> Any:
    return func.coalesce(query.scalar_subquery(), 0)


_LOCK = select(_CONVERSATION).where(_CONVERSATION.c.id == _THIS).with_for_update()
# What a turn starts from.
VERSIONS = (
    _version(select(func.max(_CATALOGUE.c.version))).label("catalogue_version"),
    _version(select(_STATE.c.version).where(_STATE.c.conversation_id == _THIS)).label("dialogue_version"),
)
_READ = (
    select(
        _MESSAGE.c.id,
        _MESSAGE.c.author,
        _MESSAGE.c.parts,
        _MESSAGE.c.created_at,
        _MESSAGE.c.language,
        _AGENT.c.name.label("agent"),
    )
    .select_from(_MESSAGE.outerjoin(_AGENT, _AGENT.c.id == _MESSAGE.c.agent_id))
    .where(_MESSAGE.c.conversation_id == _THIS, _MESSAGE.c.id > bindparam("after"))
    .order_by(_MESSAGE.c.id)
    .limit(bindparam("most"))
)
_NEW_MESSAGE = insert(_MESSAGE)
# Only once each: a row at hand may be older than what this transaction wrote.
_ASKED = update(_CONVERSATION).where(_CONVERSATION.c.id == _ROW, _CONVERSATION.c.asked_at.is_(None))
_ANSWERED = update(_CONVERSATION).where(
    _CONVERSATION.c.id == _ROW, _CONVERSATION.c.asked_at.is_not(None), _CONVERSATION.c.answered_at.is_(None)
)
NEWEST = select(func.max(_INBOX.c.message_id)).where(_INBOX.c.conversation_id == _THIS)


def lock(session: Session, conversation_id: str) -> Any:
    """The row of a conversation, held until the transaction ends; None if there is none.

    All writing to a conversation happens under this lock, so message ids become visible in order and
    a reader's cursor never skips one. (SQLite has one writer at a time anyway.)
    """
    return session.execute(_LOCK, {"conversation_id": conversation_id}).one_or_none()


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
    moment = now()
    result = session.execute(
        _NEW_MESSAGE,
        {
            "conversation_id": conversation.id,
            "author": author,
            "parts": parts,
            "words": finding.words_of_parts(parts),
            "language": language or conversation.language,
            "created_at": moment,
            **columns,
        },
    )
    note_first(session, conversation, author, moment)
    message_id = int(result.inserted_primary_key[0])
    if author != "customer" and conversation.channel in PUSHED_CHANNELS:
        session.execute(
            insert(Outbox).values(
                message_id=message_id, conversation_id=conversation.id, channel=conversation.channel, due_at=now()
            )
        )
    return message_id


def note_first(session: Session, conversation: Any, author: str, moment: datetime) -> None:
    """Write down when a customer first asked, and when that was first answered: the measures want it."""
    if author == "customer":
        if conversation.asked_at is None:
            session.execute(_ASKED, {"row_id": conversation.id, "asked_at": moment})
    elif author in ("bot", "agent") and conversation.answered_at is None and conversation.asked_at is not None:
        session.execute(_ANSWERED, {"row_id": conversation.id, "answered_at": moment})


def rfc3339(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(conversation_id: str, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
    """Messages with an id above `after`, oldest first, as the API gives them.

    Each is `{"id", "author", "parts", "created_at", "lang"}`; an agent's has `agent_name` too.
    """
    with reading() as session:
        return read_in(session, conversation_id, after, limit)


def read_in(session: Session, conversation_id: str, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
    """As `read`, in a session at hand."""
    rows = session.execute(_READ, {"conversation_id": conversation_id, "after": after, "most": limit}).all()
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


def answered_up_to(conversation_id: Any) -> Any:
    """Expression: id of the newest customer message such that it and all before it are answered; NULL if none is.

    The bot answers by replying (or by having nothing to say), a person by writing after it; a
    message written while waiting for a person counts as answered, since it goes to that person.
    """
    mine = _INBOX.c.conversation_id == conversation_id
    owed = select(func.min(_INBOX.c.message_id)).where(mine, _INBOX.c.state.in_(("pending", "human"))).scalar_subquery()
    settled = select(func.max(_INBOX.c.message_id)).where(
        mine, _INBOX.c.state == "answered", (_INBOX.c.message_id < owed) | owed.is_(None)
    )
    return settled.scalar_subquery()


def newest_customer_message(session: Session, conversation_id: str) -> int:
    """Id of the customer's newest message; 0 if there is none."""
    return session.execute(NEWEST, {"conversation_id": conversation_id}).scalar() or 0
