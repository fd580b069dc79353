"""Customers whose agent went away: who writes and is not answered waits for the next agent. Called by assignment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from bot.clock import now
from bot.conversation import outside, ownership
from bot.db.models import Agent, ApiToken, Conversation, Inbox, Message
from bot.db.session import reading

PATIENCE = timedelta(minutes=2)  # with an agent whose page of the desk is gone, and with a customer's message


def _left_alone() -> Select:
    """Ids of conversations in which a customer has waited too long for an agent who has no page of the desk open.

    Who works through the API, or on an outside help desk, has no page that could be missed.
    """
    moment = now() - PATIENCE
    return (
        select(Conversation.id)
        .join(Inbox, Inbox.conversation_id == Conversation.id)
        .join(Message, Message.id == Inbox.message_id)
        .join(Agent, Agent.id == Conversation.agent_id)
        .where(Inbox.state == "human", Message.created_at < moment, Conversation.owner == "agent")
        .where(Agent.present_until.is_(None) | (Agent.present_until < moment))
        .where(Agent.password_hash != outside.NO_PASSWORD, ~exists().where(ApiToken.agent_id == Agent.id))
        .distinct()
    )


def bring_back() -> int:
    """Put them all in the queue again; how many there were."""
    with reading() as session:
        found = list(session.scalars(_left_alone()))
    return sum(ownership.bring_back(one, partial(_is_left_alone, conversation_id=one)) for one in found)


def _is_left_alone(session: Session, conversation_id: str) -> bool:
    return session.execute(_left_alone().where(Conversation.id == conversation_id)).first() is not None
