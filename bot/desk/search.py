"""Finds conversations by what was said in them, by customer, label or id; among those the agent may look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from bot.db import finding
from bot.db.models import Conversation, ConversationLabel, Customer, Message
from bot.db.session import reading
from bot.desk.conversations import preview, visibility
from bot.desk.sessions import Caller

SHORTEST, LONGEST, MOST = 2, 100, 30
MOST_READ = 1000  # messages that hold the words, the newest first; what was said before them is not looked at
MOST_RECENT = 10_000  # messages looked through without the index
MOST_VISIBLE = 2000  # conversations of an agent's that are looked through, those last written in


def find(caller: Caller, wanted: str) -> list[dict[str, Any]]:
    """Conversations that match, the newest first, with the words that matched.

    A message or a customer matches that holds words beginning with each of those wanted, however they are written.
    Found is only what the agent may open; see `bot/desk/conversations.py`.
    """
    wanted = wanted.strip()[:LONGEST]
    if len(wanted) < SHORTEST:
        return []
    with reading() as session:
        terms = finding.terms_of(wanted)
        said = _said(session, caller, terms) if terms else {}
        ids = {wanted, *list(said)[:MOST]}
        for condition in (_is_labelled(wanted), *([_is_of_customer(session, terms)] if terms else ())):
            ids.update(session.scalars(select(Conversation.id).where(condition, visibility(caller)).limit(MOST)))
        query = (
            select(Conversation, Customer.name)
            .outerjoin(Customer, Customer.id == Conversation.customer_id)
            .where(Conversation.id.in_(ids), visibility(caller))
        )
        rows = sorted(session.execute(query), key=lambda row: row.Conversation.updated_at, reverse=True)[:MOST]
        shown = [said[row.Conversation.id] for row in rows if row.Conversation.id in said]
        texts = dict(session.execute(select(Message.id, Message.parts).where(Message.id.in_(shown))).all())
    return [
        {
            "conversation_id": conversation.id,
            "customer_name": name or None,
            "owner": conversation.owner,
            "channel": conversation.channel,
            "updated_at": conversation.updated_at,
            "text": preview(texts.get(said.get(conversation.id), [])),
        }
        for conversation, name in rows
    ]


def _said(session: Session, caller: Caller, terms: Sequence[str]) -> dict[str, int]:
    """Conversations in which it was said, that of the newest message first, with this message."""
    held = finding.has(Message, terms)
    if not caller.is_at_least("supervisor"):
        visible = select(Conversation.id).where(visibility(caller)).order_by(Conversation.updated_at.desc())
        talks = session.scalars(visible.limit(MOST_VISIBLE)).all()
        return _newest(session, Message.conversation_id.in_(talks), held)
    # Most words are found among the last messages already: the index would first gather all that hold a usual one.
    newest = session.execute(select(func.max(Message.id))).scalar() or 0
    found = _newest(session, Message.id > newest - MOST_RECENT, held)
    return found if len(found) >= MOST else _newest(session, finding.holds(session, Message, terms))


def _newest(session: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    found: dict[str, int] = {}
    query = select(Message.conversation_id, Message.id).where(*conditions)
    # The sum keeps PostgreSQL from walking through all messages, newest first, in hope of meeting some soon.
    for row in session.execute(query.order_by((Message.id + 0).desc()).limit(MOST_READ)):
        found.setdefault(row.conversation_id, row.id)
    return found


def _is_labelled(wanted: str) -> ColumnElement[bool]:
    writings = {wanted, wanted.lower(), wanted.upper(), wanted.capitalize(), wanted.title()}
    return Conversation.id.in_(select(ConversationLabel.conversation_id).where(ConversationLabel.label.in_(writings)))


def _is_of_customer(session: Session, terms: Sequence[str]) -> ColumnElement[bool]:
    customers = select(Customer.id).where(finding.holds(session, Customer, terms)).order_by(Customer.id.desc())
    return Conversation.customer_id.in_(customers.limit(MOST_READ))
