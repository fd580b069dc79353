"""An agent goes away without a word: the customer who writes is not left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.clock import new_id, now
from bot.conversation import assignment, conversations, handoffs, inbox, outside, ownership, transcript
from bot.conversation.turns import Result
from bot.db.models import Agent, ApiToken, Handoff
from bot.db.session import reading, writing


def _agent(name: str, **columns: Any) -> int:
    with writing() as session:
        present = {"present_until": now() + timedelta(minutes=1), **columns}
        created = Agent(**{"email": f"{name}@shop.example", "name": name, "password_hash": "x", **present})
        session.add(created)
        session.flush()
        return int(created.id)


def _with(agent_id: int, locale: str = "en") -> str:
    """A conversation that an agent answers."""
    conversation_id = conversations.create("web", locale=locale)
    inbox.receive(conversation_id, new_id(), "a person please" if locale == "en" else "أريد موظفًا")
    job = inbox.next_job(conversation_id)
    assert job is not None
    handoffs.request(conversation_id, job.message_id, "sales", "asked")
    inbox.finish(job, Result(replies=[[{"type": "text", "text": "Calling."}]], intent="talk_to_agent"))
    assert ownership.accept(conversation_id, agent_id)
    return conversation_id


def _said(conversation_id: str) -> list[str]:
    return [message["parts"][0].get("text", "") for message in transcript.read(conversation_id)]


def test_a_message_that_an_absent_agent_leaves_unanswered_goes_to_a_colleague(database: str) -> None:
    gone, there = _agent("Huda"), _agent("Omar", present_until=now() + timedelta(hours=1))
    conversation_id = _with(gone)
    ownership.agent_says(conversation_id, gone, [{"type": "text", "text": "One moment."}])
    with clock.moved_by(timedelta(minutes=5)):
        assert assignment.sweep() == 0  # nobody waits for an answer
        inbox.receive(conversation_id, new_id(), "are you still there?")
        assert assignment.sweep() == 0  # it has only just been written
    with clock.moved_by(timedelta(minutes=8)):
        assignment.sweep()
        assert conversations.state(conversation_id).owner == "queue"
        assert any("Huda had to step away" in said for said in _said(conversation_id))
        with reading() as session:
            handoff = session.scalars(select(Handoff).where(Handoff.conversation_id == conversation_id)).one()
        assert (handoff.offered_to, handoff.preferred_agent_id) == (there, gone)
        assert ownership.accept(conversation_id, there)
        assert transcript.read(conversation_id)[-1]["parts"][0]["text"]


def test_where_nobody_is_left_the_customer_hears_so_and_may_choose(database: str) -> None:
    conversation_id = _with(_agent("هدى"), locale="ar")
    inbox.receive(conversation_id, new_id(), "وين رحتي؟")
    with clock.moved_by(timedelta(minutes=5)):
        assignment.sweep()
        parts = transcript.read(conversation_id)[-1]["parts"]
        assert any("تعذّر على هدى" in said for said in _said(conversation_id))
        assert [button["payload"] for button in parts[1]["buttons"]][-1] == "/return_to_bot{}"
        assert ownership.leave_queue(conversation_id)
        assert conversations.state(conversation_id).owner == "bot"


@pytest.mark.parametrize("reason", ["present", "answered", "api", "outside", "back in time"])
def test_who_is_there_or_has_no_page_to_be_missed_keeps_the_customer(database: str, reason: str) -> None:
    present = {"present": now() + timedelta(hours=1), "api": None}.get(reason, now())
    agent_id = _agent("Huda", present_until=present, password_hash=outside.NO_PASSWORD if reason == "outside" else "x")
    if reason == "api":
        with writing() as session:
            session.add(ApiToken(id="0" * 64, agent_id=agent_id, name="till"))
    conversation_id = _with(agent_id)
    inbox.receive(conversation_id, new_id(), "hello?")
    if reason == "answered":
        ownership.agent_says(conversation_id, agent_id, [{"type": "text", "text": "Hello!"}])
    with clock.moved_by(timedelta(minutes=5)):
        if reason == "back in time":
            with writing() as session:
                session.execute(update(Agent).values(present_until=now() + timedelta(minutes=1)))
        assert assignment.sweep() == 0
        assert conversations.state(conversation_id).owner == "agent"
