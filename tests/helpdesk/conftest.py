"""Fixtures of the help desks' tests: a customer who is handed over, and settings that name a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.clock import new_id, now
from bot.conversation import assignment, conversations, handoffs, inbox, transcript
from bot.conversation.inbox import Result
from bot.db.models import Conversation, HelpdeskDelivery, HelpdeskTicket
from bot.db.session import reading, writing
from bot.settings import settings

Configure = Callable[..., None]


@pytest.fixture
def configure(database: str, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Sets settings by their names, as the environment would."""

    def apply(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"DUKAN_{name.upper()}", str(value))
        settings.cache_clear()

    return apply


def hand_over(*texts: str, team: str = "service", summary: dict[str, Any] | None = None) -> str:
    """A customer writes and the bot hands the conversation over; its id."""
    conversation_id = conversations.create("web", locale="en")
    for text in texts or ("I want a person",):
        says(conversation_id, text)
    job = inbox.next_job(conversation_id)
    assert job is not None
    while job is not None:
        handoffs.request(conversation_id, job.message_id, team, "asked", summary)
        job = inbox.finish(job, Result(replies=[[{"type": "text", "text": "Calling someone."}]]))
    assignment.sweep()
    return conversation_id


def says(conversation_id: str, text: str) -> int:
    """The customer writes; the message's id."""
    return inbox.receive(conversation_id, new_id(), text).message_id


def owner(conversation_id: str) -> str:
    """Who has the conversation."""
    with reading() as session:
        return str(session.execute(select(Conversation.owner).where(Conversation.id == conversation_id)).scalar_one())


def heard(conversation_id: str, author: str = "agent") -> list[str]:
    """What the customer was told by people, or by somebody else."""
    return [
        said
        for message in transcript.read(conversation_id)
        if message["author"] == author
        for part in message["parts"]
        if (said := part.get("text") or part.get("url"))
    ]


def ticket(conversation_id: str) -> HelpdeskTicket:
    """The newest ticket of a conversation."""
    query = select(HelpdeskTicket).where(HelpdeskTicket.conversation_id == conversation_id)
    with reading() as session:
        return session.scalars(query.order_by(HelpdeskTicket.id.desc())).first()


def no_pauses() -> None:
    """Whatever waits to be tried again or looked at is due now."""
    with writing() as session:
        session.execute(update(HelpdeskDelivery).where(HelpdeskDelivery.state == "pending").values(due_at=now()))
        session.execute(update(HelpdeskTicket).where(HelpdeskTicket.look_at.is_not(None)).values(look_at=now()))
