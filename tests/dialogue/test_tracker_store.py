"""What Rasa remembers: whole, append-only, and bounded however long the talk."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import DialogueEvent, DialogueState
from bot.db.session import reading
from bot.dialogue.nlg import wordings_said
from bot.dialogue.tracker_store import LONGEST_HISTORY, DialogueStore, StaleTracker, compact

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet]
actions: [action_hello]
slots:
  language: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  shown: {type: any, influence_conversation: false, mappings: [{type: custom}]}
"""
)


def _turn(number: int) -> list[Event]:
    return [
        UserUttered(f"message {number}", {"name": "greet", "confidence": 1.0}),
        ActionExecuted("action_hello"),
        BotUttered(f"answer {number}", metadata={"variation": f"utter_hello/{number}"}),
        SlotSet("shown", [f"product-{number}"]),
        ActionExecuted("action_listen"),
    ]


def _store() -> DialogueStore:
    store = DialogueStore()
    store.domain = DOMAIN
    return store


async def _run_turns(store: DialogueStore, conversation: str, numbers: range) -> DialogueStateTracker:
    for number in numbers:
        dialogue = await store.open(conversation)
        tracker, first_new = dialogue.tracker, len(dialogue.tracker.events)
        if not dialogue.version:
            tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], DOMAIN)
            tracker.update(SlotSet("language", "ar"), DOMAIN)
        tracker.update_with_events(_turn(number), DOMAIN)
        await store.save_turn(dialogue, first_new, number, b'{"turn": %d}' % number)
    return (await store.open(conversation)).tracker


def _state(tracker: DialogueStateTracker) -> dict[str, Any]:
    return {
        "slots": tracker.current_slot_values(),
        "loop": tracker.active_loop_name,
        "action": tracker.latest_action_name,
        "message": tracker.latest_message.text if tracker.latest_message else None,
    }


def test_a_cold_tracker_is_the_warm_one(database: str) -> None:
    warm = asyncio.run(_run_turns(_store(), "c1", range(1, 40)))
    cold = asyncio.run(_store().retrieve("c1"))
    assert cold is not None and cold is not warm
    assert _state(cold) == _state(warm)
    assert _state(cold)["slots"] == {"language": "ar", "shown": ["product-39"]} | {
        name: value for name, value in _state(cold)["slots"].items() if name not in ("language", "shown")
    }


def test_history_is_bounded_and_the_trail_complete(database: str) -> None:
    store = _store()
    asyncio.run(_run_turns(store, "c1", range(1, 201)))
    with reading() as session:
        trail = session.execute(select(func.count()).select_from(DialogueEvent)).scalar()
    cold = asyncio.run(_store().retrieve("c1"))
    assert trail == 200
    assert cold is not None and len(cold.events) <= LONGEST_HISTORY + 10


def test_the_last_turn_is_known_with_its_reply(database: str) -> None:
    store = _store()
    asyncio.run(_run_turns(store, "c1", range(1, 4)))
    for known in (store, _store()):
        last = asyncio.run(known.open("c1", 3))
        assert (last.version, last.message_id, last.reply) == (3, 3, b'{"turn": 3}')
    new = asyncio.run(store.open("unknown", 0))
    assert (new.version, new.message_id, len(new.tracker.events)) == (0, None, 0)


def test_a_turn_and_what_belongs_to_it_are_stored_together_or_not_at_all(database: str) -> None:
    store = _store()
    asyncio.run(_run_turns(store, "c1", range(1, 2)))

    def fail(_session: Session) -> None:
        raise ValueError

    async def turn() -> None:
        dialogue = await store.open("c1")
        await store.save_turn(dialogue, len(dialogue.tracker.events), 2, b"{}", fail)

    with pytest.raises(ValueError):
        asyncio.run(turn())
    assert asyncio.run(_store().open("c1")).message_id == 1


def test_two_processes_cannot_both_go_on(database: str) -> None:
    first, second = _store(), _store()
    asyncio.run(_run_turns(first, "c1", range(1, 2)))

    async def race() -> None:
        mine, theirs = await first.open("c1", 1), await second.open("c1", 1)
        await first.save_turn(mine, len(mine.tracker.events), 2, b"{}")
        await second.save_turn(theirs, len(theirs.tracker.events), 2, b"{}")

    with pytest.raises(StaleTracker):
        asyncio.run(race())
    with reading() as session:
        assert session.execute(select(DialogueState.version)).scalar() == 2


def test_a_warm_tracker_that_another_process_overtook_is_read_again(database: str) -> None:
    first, second = _store(), _store()
    asyncio.run(_run_turns(first, "c1", range(1, 2)))
    asyncio.run(_run_turns(second, "c1", range(2, 3)))
    again = asyncio.run(first.open("c1", 2)).tracker
    assert again.latest_message is not None and again.latest_message.text == "message 2"


def test_compacting_keeps_slots_and_the_active_loop() -> None:
    tracker = DialogueStateTracker("c1", DOMAIN.slots)
    tracker.update_with_events([ActionExecuted("action_session_start"), SlotSet("language", "ar")], DOMAIN)
    tracker.update_with_events([ActiveLoop("order_form")], DOMAIN)
    for number in range(30):
        tracker.update_with_events(_turn(number), DOMAIN)
    before, length, said = _state(tracker), len(tracker.events), wordings_said(tracker.events)
    compact(tracker)
    assert len(tracker.events) < length / 3
    assert _state(tracker) == before
    assert tracker.active_loop_name == "order_form"
    assert wordings_said(tracker.events) == said
    rebuilt = DialogueStateTracker("c1", DOMAIN.slots)
    rebuilt.update_with_events(list(tracker.events), DOMAIN)
    assert _state(rebuilt) == before


def test_a_slot_that_was_emptied_stays_empty_after_compacting() -> None:
    tracker = DialogueStateTracker("c1", DOMAIN.slots)
    tracker.update(SlotSet("language", "ar"))
    for number in range(30):
        tracker.update_with_events(_turn(number), DOMAIN)
    tracker.update(SlotSet("shown", None))
    tracker.update(SlotSet("language", None))
    compact(tracker)
    rebuilt = DialogueStateTracker("c1", DOMAIN.slots)
    rebuilt.update_with_events(list(tracker.events), DOMAIN)
    assert rebuilt.get_slot("language") is None and rebuilt.get_slot("shown") is None
