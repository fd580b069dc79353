"""Exactly one owner: changed by compare-and-set, told to the loser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.conversation import conversations, handoffs, inbox, ownership, transcript
from bot.db.models import Agent
from bot.db.session import writing


def _agents(count: int) -> list[int]:
    with writing() as session:
        agents = [
            Agent(email=f"a{number}@example.com", name=f"A{number}", password_hash="x") for number in range(count)
        ]
        session.add_all(agents)
        session.flush()
        return [int(agent.id) for agent in agents]


@pytest.fixture
def waiting(database: str) -> str:
    """A conversation in the queue."""
    conversation = conversations.create("web", locale="ar")
    received = inbox.receive(conversation, "m1", "أريد التحدث مع موظف")
    job = inbox.next_job(conversation)
    assert job is not None
    handoffs.request(conversation, received.message_id, "service", "asked", {"need": "order"})
    inbox.finish(job, inbox.Result(replies=[[{"type": "text", "text": "لحظة"}]]))
    return conversation


def test_one_of_many_agents_gets_it(waiting: str) -> None:
    agents = _agents(12)
    with ThreadPoolExecutor(12) as pool:
        won = list(pool.map(lambda agent: ownership.accept(waiting, agent), agents))
    assert sum(won) == 1
    winner = agents[won.index(True)]
    assert [held.conversation_id for held in ownership.held_by(winner)] == [waiting]
    assert ownership.waiting() == []
    joined = [m for m in transcript.read(waiting) if m["author"] == "system"]
    assert len(joined) == 2  # place in the queue, agent joined: once


def test_only_the_owner_writes_gives_back_and_resolves(waiting: str) -> None:
    owner, other = _agents(2)
    assert ownership.accept(waiting, owner)
    with pytest.raises(ownership.NotOwner):
        ownership.agent_says(waiting, other, [{"type": "text", "text": "hi"}])
    assert not ownership.give_back(waiting, other)
    assert not ownership.resolve(waiting, other, "solved")
    assert ownership.give_back(waiting, owner)
    assert conversations.state(waiting).owner == "bot"
    with pytest.raises(ownership.NotOwner):
        ownership.agent_says(waiting, owner, [{"type": "text", "text": "hi"}])


def test_an_agents_message_sent_twice_is_said_once(waiting: str) -> None:
    (owner,) = _agents(1)
    assert ownership.accept(waiting, owner)
    parts = [{"type": "text", "text": "أهلًا بك"}]
    assert ownership.agent_says(waiting, owner, parts, "c1") == ownership.agent_says(waiting, owner, parts, "c1")
    assert [m["author"] for m in transcript.read(waiting)].count("agent") == 1


def test_the_customer_may_leave_the_queue_and_nobody_can_accept_then(waiting: str) -> None:
    (owner,) = _agents(1)
    assert ownership.leave_queue(waiting)
    assert not ownership.accept(waiting, owner)
    assert not ownership.leave_queue(waiting)
    assert conversations.state(waiting).owner == "bot"


def test_the_queue_shows_what_an_agent_needs_to_choose(waiting: str) -> None:
    (found,) = ownership.waiting(["service"])
    assert (found.team, found.language, found.reason) == ("service", "ar", "asked")
    assert found.last_text == "أريد التحدث مع موظف"
    assert found.summary == {"need": "order"}
    assert ownership.waiting(["sales"]) == []


def test_resolving_records_the_outcome_and_settles_what_was_open(waiting: str) -> None:
    (owner,) = _agents(1)
    assert ownership.accept(waiting, owner)
    inbox.receive(waiting, "m2", "شكرا")
    assert ownership.held_by(owner)[0].unread == 1
    assert ownership.resolve(waiting, owner, "solved")
    state = conversations.state(waiting)
    assert state.owner == "closed"
    assert state.answered_up_to == state.newest
