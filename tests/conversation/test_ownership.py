"""Exactly one owner: changed by compare-and-set, told to the loser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select

from bot.conversation import conversations, handoffs, inbox, ownership, rating, transcript
from bot.conversation.turns import Result
from bot.db.models import Agent, Conversation, Handoff, Interaction, Satisfaction, Team, Transfer
from bot.db.session import reading, writing
from bot.dialogue import payloads
from bot.insight import interactions


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
    inbox.finish(job, Result(replies=[[{"type": "text", "text": "لحظة"}]]))
    return conversation


def test_one_of_many_agents_gets_it(waiting: str) -> None:
    agents = _agents(12)
    with ThreadPoolExecutor(12) as pool:
        won = list(pool.map(lambda agent: ownership.accept(waiting, agent), agents))
    assert sum(won) == 1
    winner = agents[won.index(True)]
    with reading() as session:
        owner, agent = session.execute(select(Conversation.owner, Conversation.agent_id)).one()
    assert (owner, agent) == ("agent", winner)
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


def test_resolving_records_the_outcome_and_settles_what_was_open(waiting: str) -> None:
    (owner,) = _agents(1)
    assert ownership.accept(waiting, owner)
    inbox.receive(waiting, "m2", "شكرا")
    assert conversations.state(waiting).answered_up_to < conversations.state(waiting).newest
    assert ownership.resolve(waiting, owner, "solved")
    state = conversations.state(waiting)
    assert state.owner == "closed"
    assert state.answered_up_to == state.newest


def _owner(conversation_id: str) -> tuple[str, int | None]:
    with reading() as session:
        row = session.execute(
            select(Conversation.owner, Conversation.agent_id).where(Conversation.id == conversation_id)
        ).one()
        return row.owner, row.agent_id


def _accepted_at(conversation_id: str) -> datetime:
    with reading() as session:
        return session.scalars(select(Handoff.accepted_at).where(Handoff.conversation_id == conversation_id)).one()


def _topic(conversation_id: str, topic: str, outcome: str, message_id: int) -> None:
    record = interactions.Record(outcome).of(topic, "service")
    where = {"conversation_id": conversation_id, "message_id": message_id, "channel": "web", "language": "en"}
    with writing() as session:
        interactions.write(session, record, **where)


def _topics(conversation_id: str) -> list[tuple[str, str, str, int | None]]:
    columns = Interaction.topic, Interaction.outcome, Interaction.handled_by, Interaction.satisfaction
    with reading() as session:
        query = select(*columns).where(Interaction.conversation_id == conversation_id).order_by(Interaction.id)
        return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize(
    ("before", "says", "after"),
    [
        ("open", "solved", "solved"),
        ("answered", "solved", "solved"),
        ("open", "no_answer", "handed_over"),
        ("ticket", "other", "ticket"),
        ("lead", "solved", "lead"),
        ("lead", "sold", "sold"),
    ],
)
def test_the_topic_at_which_a_person_stepped_in_ends_as_the_person_says(
    database: str, before: str, says: str, after: str
) -> None:
    (boss,) = _agents(1)
    talk = conversations.create("web", locale="en")
    _topic(talk, "store_info", "answered", inbox.receive(talk, "m1", "where are you?").message_id)
    _topic(talk, "return_item", before, inbox.receive(talk, "m2", "I want to return it").message_id)
    assert ownership.take_over(talk, boss)
    assert ownership.resolve(talk, boss, says)
    assert rating.give(talk, 4)
    assert _topics(talk) == [("store_info", "answered", "bot", None), ("return_item", after, "both", 4)]


def _open_transfer(conversation_id: str) -> int:
    with reading() as session:
        found = session.execute(
            select(Transfer.id).where(Transfer.conversation_id == conversation_id, Transfer.state == "open")
        ).scalars()
        return list(found)[-1]


def test_a_transfer_moves_nothing_until_the_other_side_accepts(waiting: str) -> None:
    owner, other, third = _agents(3)
    ownership.accept(waiting, owner)
    assert not ownership.offer_transfer(waiting, other, third, None, "mine!")  # only the owner may
    assert ownership.offer_transfer(waiting, owner, other, None, "knows printers")
    inbox.receive(waiting, "m2", "hello?")
    assert _owner(waiting) == ("agent", owner)
    assert ownership.agent_says(waiting, owner, [{"type": "text", "text": "One moment"}])
    transfer = _open_transfer(waiting)
    accepted_at = _accepted_at(waiting)
    assert ownership.accept_transfer(transfer, other)
    assert _accepted_at(waiting) == accepted_at  # the wait ended with the first who answered
    assert not ownership.accept_transfer(transfer, third)
    assert _owner(waiting) == ("agent", other)
    with pytest.raises(ownership.NotOwner):
        ownership.agent_says(waiting, owner, [{"type": "text", "text": "still here"}])
    with reading() as session:
        assert session.scalars(select(Handoff)).one().agent_id == other


def test_a_transfer_is_void_once_the_conversation_went_elsewhere(waiting: str) -> None:
    owner, other, boss = _agents(3)
    for leave in (
        lambda: ownership.take_over(waiting, boss),
        lambda: ownership.give_back(waiting, boss),
    ):
        if _owner(waiting)[0] == "queue":
            ownership.accept(waiting, owner)
        ownership.offer_transfer(waiting, _owner(waiting)[1] or 0, other, None, "")
        transfer = _open_transfer(waiting)
        assert leave()
        assert not ownership.accept_transfer(transfer, other)
        assert not ownership.end_transfer(transfer, "declined")


def test_a_transfer_can_be_declined_or_replaced(waiting: str) -> None:
    owner, other, third = _agents(3)
    ownership.accept(waiting, owner)
    ownership.offer_transfer(waiting, owner, other, None, "")
    first = _open_transfer(waiting)
    assert ownership.end_transfer(first, "declined")
    ownership.offer_transfer(waiting, owner, other, None, "")
    second = _open_transfer(waiting)
    ownership.offer_transfer(waiting, owner, third, None, "")
    assert not ownership.accept_transfer(second, other)
    assert ownership.accept_transfer(_open_transfer(waiting), third)


def test_a_supervisor_takes_over_from_the_bot_in_the_middle_of_a_turn(database: str) -> None:
    (boss,) = _agents(1)
    conversation = conversations.create("web", locale="en")
    inbox.receive(conversation, "m1", "how much is it?")
    job = inbox.next_job(conversation)
    assert job is not None
    assert ownership.take_over(conversation, boss)
    assert not ownership.take_over(conversation, boss)
    assert inbox.finish(job, Result(replies=[[{"type": "text", "text": "too late"}]])) is None
    assert "too late" not in [message["parts"][0].get("text") for message in transcript.read(conversation)]
    assert conversations.state(conversation).answered_up_to == 0  # the agent owes the answer
    ownership.agent_says(conversation, boss, [{"type": "text", "text": "It is 5."}])
    assert conversations.state(conversation).answered_up_to == job.message_id
    assert ownership.resolve(conversation, boss, "solved")
    assert ownership.take_over(conversation, boss)  # opened again by hand
    with reading() as session:
        assert [handoff.state for handoff in session.scalars(select(Handoff))] == ["accepted"]


def test_a_supervisor_reassigns_to_an_agent_or_a_team(waiting: str) -> None:
    owner, other = _agents(2)
    with reading() as session:
        sales = session.execute(select(Team.id).where(Team.code == "sales")).scalar_one()
    assert ownership.reassign(waiting, owner, None)
    assert _owner(waiting) == ("agent", owner)
    assert ownership.reassign(waiting, other, None)
    assert _owner(waiting) == ("agent", other)
    assert ownership.reassign(waiting, None, sales)
    assert _owner(waiting) == ("queue", None)
    assert not ownership.reassign(waiting, None, 999)
    assert conversations.state(waiting).queue_position == 1
    assert ownership.accept(waiting, owner)
    assert ownership.give_back(waiting, owner)
    assert not ownership.reassign(waiting, other, None)  # the bot's now


def test_the_person_is_rated_once_and_the_conversation_stays_closed(waiting: str) -> None:
    (owner,) = _agents(1)
    assert not rating.give(waiting, 5)  # nobody has answered yet
    ownership.accept(waiting, owner)
    ownership.resolve(waiting, owner, "solved")
    stars = transcript.read(waiting)[-1]["parts"][1]["buttons"]
    assert next(button["payload"] for button in stars) == '/rate_agent{"stars":5}'
    assert payloads.read(stars[0]["payload"]).entities == {"stars": 5}
    for wrong in (0, 6, "5", None, 2.5):
        assert not rating.give(waiting, wrong)
    inbox.note(waiting, "m9", "★★★★")
    assert rating.give(waiting, 4)
    assert not rating.give(waiting, 1)
    assert conversations.state(waiting).owner == "closed"
    with reading() as session:
        assert session.scalars(select(Handoff.satisfaction)).one() == 4
        assert session.execute(select(Satisfaction.rating, Satisfaction.solved)).one() == (4, True)
