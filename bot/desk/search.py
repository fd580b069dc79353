"""Finds conversations by what was said in them, by customer, label or id; among those the agent may look at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, cast, or_, select

from bot.db.models import Conversation, ConversationLabel, Customer, Message
from bot.db.session import reading
from bot.desk.conversations import preview, visibility
from bot.desk.sessions import Caller

SHORTEST, LONGEST, MOST = 2, 100, 30


def find(caller: Caller, wanted: str) -> list[dict[str, Any]]:
    """Conversations that match, the newest first, with the words that matched.

    Found is only what the agent may open; see `bot/desk/conversations.py`.
    """
    wanted = wanted.strip()[:LONGEST]
    if len(wanted) < SHORTEST:
        return []
    like = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    said = select(Message.conversation_id).where(cast(Message.parts, String).ilike(like, escape="\\"))
    labelled = select(ConversationLabel.conversation_id).where(ConversationLabel.label.ilike(like, escape="\\"))
    matches = or_(
        Conversation.id.in_(said),
        Conversation.id.in_(labelled),
        Conversation.id == wanted,
        *(column.ilike(like, escape="\\") for column in (Customer.name, Customer.email, Customer.phone)),
    )
    query = (
        select(Conversation, Customer.name)
        .outerjoin(Customer, Customer.id == Conversation.customer_id)
        .where(matches, visibility(caller))
        .order_by(Conversation.updated_at.desc())
        .limit(MOST)
    )
    with reading() as session:
        found = []
        for conversation, name in session.execute(query):
            parts = session.execute(
                select(Message.parts)
                .where(Message.conversation_id == conversation.id, cast(Message.parts, String).ilike(like, escape="\\"))
                .order_by(Message.id.desc())
                .limit(1)
            ).scalar()
            found.append(
                {
                    "conversation_id": conversation.id,
                    "customer_name": name or None,
                    "owner": conversation.owner,
                    "channel": conversation.channel,
                    "updated_at": conversation.updated_at,
                    "text": preview(parts or []),
                }
            )
        return found
