"""Messages are stored once and answered once, whatever is sent twice or dies in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.conversation import conversations, handoffs, inbox, ownership, transcript
from bot.conversation.errors import NotFound
from bot.conversation.turns import Result
from bot.db.models import Agent, Conversation, Handoff, Message
from bot.db.session import reading, writing


def _reply(text: str) -> Result:
    return Result(replies=[[{"type": "text", "text": text}]], intent="greet", confidence=0.9)


def _texts(conversation_id: str) -> list[tuple[str, str]]:
    return [(m["author"], m["parts"][0]["text"]) for m in transcript.read(conversation_id)]


def _agent(name: str = "Mona") -> int:
    with writing() as session:
        agent = Agent(email=f"{name.lower()}@example.com", name=name, password_hash="x")
        session.add(agent)
        session.flush()
        return int(agent.id)


@pytest.fixture
def conversation(database: str) -> str:
    return conversations.create("web", locale="en")


def test_the_same_message_twice_is_stored_once(conversation: str) -> None:
    first = inbox.receive(conversation, "m1", "where is my order")
    again = inbox.receive(conversation, "m1", "where is my order")
    assert first.created and not again.created
    assert again.message_id == first.message_id
    assert _texts(conversation) == [("customer", "where is my order")]


def test_the_same_message_sent_at_the_same_moment_is_stored_once(conversation: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        received = list(pool.map(lambda _: inbox.receive(conversation, "m1", "hello"), range(8)))
    assert len({one.message_id for one in received}) == 1
    assert sum(one.created for one in received) == 1


def test_client_ids_of_different_conversations_do_not_meet(conversation: str) -> None:
    other = conversations.create("web", locale="en")
    mine = inbox.receive(conversation, "m1", "hello")
    theirs = inbox.receive(other, "m1", "secret")
    assert mine.message_id != theirs.message_id
    assert theirs.created


def test_unknown_conversation_is_refused(database: str) -> None:
    with pytest.raises(NotFound):
        inbox.receive("nobody", "m1", "hello")


def test_messages_are_answered_in_the_order_in_which_they_came(conversation: str) -> None:
    for number in range(3):
        inbox.receive(conversation, f"m{number}", f"question {number}")
    job = inbox.next_job(conversation)
    answered = []
    while job is not None:
        answered.append(job.text)
        job = inbox.finish(job, _reply(f"answer to {job.text}"))
    assert answered == ["question 0", "question 1", "question 2"]
    state = conversations.state(conversation)
    assert state.answered_up_to == state.newest
    assert [text for author, text in _texts(conversation) if author == "bot"] == [
        "answer to question 0",
        "answer to question 1",
        "answer to question 2",
    ]


def test_finishing_a_turn_twice_delivers_it_once(conversation: str) -> None:
    inbox.receive(conversation, "m1", "hello")
    job = inbox.next_job(conversation)
    assert job is not None
    inbox.finish(job, _reply("hi"))
    inbox.finish(job, _reply("hi"))
    assert _texts(conversation) == [("customer", "hello"), ("bot", "hi")]


def test_a_message_whose_worker_died_is_taken_up_once_the_claim_ran_out(
    conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.receive(conversation, "m1", "hello")
    assert inbox.next_job(conversation) is not None
    monkeypatch.setattr(inbox, "WORKER", "another worker")
    assert inbox.next_job(conversation) is None
    assert inbox.abandoned() == []
    with clock.moved_by(inbox.CLAIM + timedelta(seconds=1)):
        assert inbox.abandoned() == [conversation]
        job = inbox.next_job(conversation)
        assert job is not None and job.text == "hello"


def test_a_reply_that_comes_after_the_claim_was_lost_is_dropped(
    conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.receive(conversation, "m1", "hello")
    slow = inbox.next_job(conversation)
    assert slow is not None
    with clock.moved_by(inbox.CLAIM + timedelta(seconds=1)):
        with monkeypatch.context() as patch:
            patch.setattr(inbox, "WORKER", "another worker")
            taken = inbox.next_job(conversation)
            assert taken is not None
        assert inbox.finish(slow, _reply("too late")) is None
    assert _texts(conversation) == [("customer", "hello")]


def test_a_turn_in_flight_is_not_delivered_once_a_person_owns_the_conversation(conversation: str) -> None:
    agent = _agent()
    inbox.receive(conversation, "m1", "hello")
    job = inbox.next_job(conversation)
    assert job is not None
    with writing() as session:
        session.execute(
            update(Conversation)
            .where(Conversation.id == conversation)
            .values(owner="agent", agent_id=agent, owner_version=Conversation.owner_version + 1)
        )
    assert inbox.finish(job, _reply("the bot was thinking")) is None
    assert _texts(conversation) == [("customer", "hello")]
    assert conversations.state(conversation).answered_up_to == 0  # it is the agent's to answer now


def test_a_handoff_takes_effect_with_the_reply_that_announces_it(conversation: str) -> None:
    received = inbox.receive(conversation, "m1", "a person please")
    inbox.receive(conversation, "m2", "hurry")
    job = inbox.next_job(conversation)
    assert job is not None
    handoffs.request(conversation, received.message_id, "service", "asked")
    handoffs.request(conversation, received.message_id, "service", "asked")
    assert conversations.state(conversation).owner == "bot"
    assert inbox.finish(job, _reply("I'm getting someone")) is None
    state = conversations.state(conversation)
    assert (state.owner, state.queue_position) == ("queue", 1)
    assert state.answered_up_to == state.newest
    with reading() as session:
        assert list(session.execute(select(Handoff.state)).scalars()) == ["waiting"]
    assert [m["author"] for m in transcript.read(conversation)] == ["customer", "customer", "bot", "system"]


def test_writing_while_waiting_is_noted_once_and_goes_to_the_person(conversation: str) -> None:
    received = inbox.receive(conversation, "m1", "a person please")
    job = inbox.next_job(conversation)
    assert job is not None
    handoffs.request(conversation, received.message_id, "sales", "asked")
    inbox.finish(job, _reply("one moment"))
    for number in range(3):
        assert not inbox.receive(conversation, f"w{number}", "still here?").run
    system = [m for m in transcript.read(conversation) if m["author"] == "system"]
    assert len(system) == 2  # place in the queue, and one note
    agent = _agent()
    assert ownership.accept(conversation, agent)
    inbox.receive(conversation, "m9", "hello?")
    state = conversations.state(conversation)
    assert state.owner == "agent" and state.answered_up_to < state.newest
    ownership.agent_says(conversation, agent, [{"type": "text", "text": "Hi, Mona here"}], "c1")
    state = conversations.state(conversation)
    assert state.answered_up_to == state.newest


def test_a_closed_conversation_is_opened_again_by_its_customer(conversation: str) -> None:
    with writing() as session:
        session.execute(update(Conversation).where(Conversation.id == conversation).values(owner="closed"))
    assert inbox.receive(conversation, "m1", "one more thing").run
    assert conversations.state(conversation).owner == "bot"


def test_language_follows_the_customer_without_flapping(database: str) -> None:
    conversation = conversations.create("web")
    inbox.receive(conversation, "m1", "مرحبا، عندكم شاشات؟")
    assert conversations.state(conversation).language == "ar"
    inbox.receive(conversation, "m2", "Dell")
    assert conversations.state(conversation).language == "ar"
    inbox.receive(conversation, "m3", "sorry can we continue in English please")
    assert conversations.state(conversation).language == "en"
    with reading() as session:
        languages = list(session.execute(select(Message.language).order_by(Message.id)).scalars())
    assert languages == ["ar", "ar", "en"]
