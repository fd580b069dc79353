"""What Rasa remembers: whole, append-only, and bounded however long the talk."""

from __future__ import annotations

import asyncio
from typing import Any

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

from bot.conversation import turns
from bot.db.models import DialogueEvent
from bot.db.session import reading, writing
from bot.dialogue.nlg import wordings_said
from bot.dialogue.tracker_store import MOST_TURNS, DialogueStore, compact

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
        state = store.state_of(dialogue, first_new)
        store.keep_warm(dialogue, number, b"turn %d" % number)
        with writing() as session:
            turns.keep(session, conversation, number, state)
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
    assert cold is not None and sum(isinstance(event, UserUttered) for event in cold.events) <= MOST_TURNS


def test_a_turn_asked_for_again_is_not_run_again(database: str) -> None:
    store = _store()
    asyncio.run(_run_turns(store, "c1", range(1, 4)))
    assert store.result_of("c1", 3, 2) == b"turn 3"  # its caller died before it stored the turn
    assert store.result_of("c1", 3, 1) is None  # the turn before it was never stored: both are run again
    assert store.result_of("c1", 4, 3) is None
    assert _store().result_of("c1", 3, 2) is None


def test_a_dialogue_is_opened_as_of_the_version_asked_for(database: str) -> None:
    store = _store()
    asyncio.run(_run_turns(store, "c1", range(1, 4)))
    for known in (store, _store()):
        assert asyncio.run(known.open("c1", 3)).version == 3
    new = asyncio.run(store.open("unknown", 0))
    assert (new.version, len(new.tracker.events)) == (0, 0)


def test_a_turn_that_was_never_stored_is_forgotten(database: str) -> None:
    store = _store()
    asyncio.run(_run_turns(store, "c1", range(1, 3)))
    lost = asyncio.run(store.open("c1", 2))
    first_new = len(lost.tracker.events)
    lost.tracker.update_with_events(_turn(3), DOMAIN)
    store.state_of(lost, first_new)
    store.keep_warm(lost, 3, b"turn 3")
    again = asyncio.run(store.open("c1", 2)).tracker
    assert again.latest_message is not None and again.latest_message.text == "message 2"


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
