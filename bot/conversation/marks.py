"""Delivered, read and typing, in conversations that people answer; called by the web channel and by the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.exc import IntegrityError

from bot.clock import now
from bot.conversation.live import conversation_topic, hub
from bot.db.models import Conversation, CustomerMark, ReadMark
from bot.db.session import reading, writing

TYPING_LASTS = timedelta(seconds=6)  # after the last sign of it


@dataclass(frozen=True)
class Marks:
    """Where both sides are: ids of messages, and whether somebody is typing now."""

    delivered_up_to: int = 0  # the agent's messages that reached the customer
    read_up_to: int = 0  # … that the customer has seen
    agent_read_up_to: int = 0  # the customer's messages that the agent has seen
    agent_typing: bool = False
    customer_typing: bool = False


def _is_fresh(moment: datetime | None) -> bool:
    return moment is not None and now() - moment < TYPING_LASTS


# Built once: every open chat asks at every change.
_AMONG = (
    select(
        Conversation.id,
        CustomerMark.delivered_up_to,
        CustomerMark.read_up_to,
        ReadMark.message_id.label("agent_read_up_to"),
        CustomerMark.agent_typed_at,
        CustomerMark.customer_typed_at,
    )
    .select_from(Conversation)
    .outerjoin(CustomerMark, CustomerMark.conversation_id == Conversation.id)
    .outerjoin(ReadMark, (ReadMark.conversation_id == Conversation.id) & (ReadMark.agent_id == Conversation.agent_id))
    .where(Conversation.id.in_(bindparam("wanted", expanding=True)))
)


def of(conversation_id: str) -> Marks:
    """The marks of a conversation."""
    return among([conversation_id]).get(conversation_id, Marks())


def among(conversation_ids: Sequence[str]) -> dict[str, Marks]:
    """The marks of several conversations."""
    if not conversation_ids:
        return {}
    with reading() as session:
        rows = session.execute(_AMONG, {"wanted": conversation_ids}).all()
    return {
        row.id: Marks(
            delivered_up_to=row.delivered_up_to or 0,
            read_up_to=row.read_up_to or 0,
            agent_read_up_to=row.agent_read_up_to or 0,
            agent_typing=_is_fresh(row.agent_typed_at),
            customer_typing=_is_fresh(row.customer_typed_at),
        )
        for row in rows
    }


def delivered(conversation_id: str, message_id: int) -> None:
    """The customer's side has been handed everything up to a message."""
    _mark(conversation_id, delivered_up_to=message_id)


def read(conversation_id: str, message_id: int) -> None:
    """The customer has seen everything up to a message."""
    _mark(conversation_id, delivered_up_to=message_id, read_up_to=message_id)


def agent_types(conversation_id: str, is_typing: bool = True) -> None:
    """The agent is typing, or has just stopped by sending."""
    _mark(conversation_id, agent_typed_at=now() if is_typing else None)


def customer_types(conversation_id: str) -> None:
    """The customer is typing."""
    _mark(conversation_id, customer_typed_at=now())


def _mark(conversation_id: str, **values: Any) -> None:
    """Note marks and tell those who watch; ids only move forward."""
    forward = {
        name: case((getattr(CustomerMark, name) > value, getattr(CustomerMark, name)), else_=value)
        if name.endswith("up_to")
        else value
        for name, value in values.items()
    }
    with writing() as session:
        changed = session.execute(
            update(CustomerMark)
            .where(CustomerMark.conversation_id == conversation_id)
            .values(**forward)
            .execution_options(synchronize_session=False)
        )
        if not changed.rowcount:
            try:
                with session.begin_nested():
                    session.add(CustomerMark(conversation_id=conversation_id, **values))
            except IntegrityError:
                return  # another sign came first, or there is no such conversation; the next one counts
    hub().publish(conversation_topic(conversation_id))
