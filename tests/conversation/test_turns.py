"""A turn is stored with its answer, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from bot.conversation import conversations, inbox, transcript
from bot.conversation.inbox import Job
from bot.conversation.turns import Result, StaleTurn, State
from bot.db.models import DialogueEvent, DialogueState, Interaction
from bot.db.session import reading
from bot.insight.interactions import Record

SAID = [[{"type": "text", "text": "Two that fit:"}]]


@pytest.fixture
def conversation(database: str) -> Iterator[str]:
    yield conversations.create("web")


def _asked(conversation: str, number: int) -> Job:
    job = inbox.receive(conversation, f"m{number}", "a laptop please").job
    assert job is not None
    return job


def _turn(before: int) -> Result:
    record = Record("answered", topic="product_search", side="sales")
    return Result(replies=SAID, interactions=[record], state=State(before, f'["after {before}"]', "[]"))


def _stored() -> tuple[list[str], int, int]:
    """Dialogue states, events of the trail, interactions."""
    with reading() as session:
        states = list(session.execute(select(DialogueState.events)).scalars())
        events, records = (
            session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (DialogueEvent, Interaction)
        )
    return states, events, records


def _bot_said(conversation: str) -> int:
    return sum(message["author"] == "bot" for message in transcript.read(conversation))


def test_a_turn_is_stored_with_all_that_belongs_to_it(conversation: str) -> None:
    first = _asked(conversation, 1)
    assert first.dialogue_version == 0
    inbox.finish(first, _turn(0))
    second = _asked(conversation, 2)
    assert second.dialogue_version == 1
    inbox.finish(second, _turn(1))
    assert _stored() == (['["after 1"]'], 2, 1)
    assert _bot_said(conversation) == 2


def test_a_turn_on_a_state_that_moved_on_leaves_nothing(conversation: str) -> None:
    inbox.finish(_asked(conversation, 1), _turn(0))
    with pytest.raises(StaleTurn):
        inbox.finish(_asked(conversation, 2), _turn(4))
    assert _stored() == (['["after 0"]'], 1, 1)
    assert _bot_said(conversation) == 1


def test_a_turn_finished_twice_is_stored_once(conversation: str) -> None:
    job = _asked(conversation, 1)
    inbox.finish(job, _turn(0))
    inbox.finish(job, _turn(0))
    assert _stored() == (['["after 0"]'], 1, 1)
    assert _bot_said(conversation) == 1


def test_an_apology_leaves_the_dialogue_as_it_was(conversation: str) -> None:
    inbox.finish(_asked(conversation, 1), Result(replies=SAID))
    assert _stored() == ([], 0, 0)
    assert _asked(conversation, 2).dialogue_version == 0
