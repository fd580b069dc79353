"""Where Rasa keeps a dialogue: appended to, never re-read while warm, and bounded however long the talk.

Rasa's own stores re-read, re-parse and replay every event at every message. This one keeps trackers
warm in memory, verified by a version, and rebuilds a cold one from a compact state: the slots, the
active loop and the last turns. Every turn's events are appended to `dialogue_events` as they are.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import msgspec
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.events import deserialise_events as events_from_json
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import insert, select, update
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.db.models import DialogueEvent, DialogueState
from bot.db.session import reading, writing


def _plain(value: Any) -> Any:
    """NumPy's numbers and strings, which classifiers leave in what they predict, as Python's."""
    return value.item()


to_json = msgspec.json.Encoder(enc_hook=_plain).encode

WARM_TRACKERS = 2000
LONGEST_HISTORY = 60  # events, before a tracker is made compact
KEPT_TURNS = 3


class StaleTracker(RuntimeError):
    """Another process went on with the dialogue meanwhile; the turn must be run again."""


@dataclass
class Warm:
    """A tracker in memory, as of a version of its row."""

    tracker: DialogueStateTracker
    version: int
    stored_events: int


def compact(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The same dialogue without its oldest turns: slots and active loop carried over, the last turns kept."""
    events = list(tracker.events)
    turns = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(events) <= LONGEST_HISTORY or len(turns) <= KEPT_TURNS:
        return tracker
    cut = turns[-KEPT_TURNS]
    loops = [event for event in events[:cut] if isinstance(event, ActiveLoop)]
    start: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    start += [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value != slot.initial_value]
    if loops and loops[-1].name:
        start.append(ActiveLoop(loops[-1].name))
    start.append(ActionExecuted(ACTION_LISTEN_NAME))
    shorter = tracker.init_copy()
    for slot in shorter.slots.values():
        slot.reset()
    for event in (*start, *events[cut:]):
        shorter.update(event)
    return shorter


class DialogueStore(TrackerStore):
    """A tracker store on Dukan's own database.

    `message_id` and `reply` of the last turn are kept with the state, in the same transaction, so
    that a turn asked for again (its caller died) is answered again and not run again.
    """

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **_kwargs: Any) -> None:
        super().__init__(domain or Domain.empty(), event_broker)
        self._warm: OrderedDict[str, Warm] = OrderedDict()

    async def last_turn(self, conversation_id: str) -> tuple[int, int | None, str | None]:
        """Version of the state, and message id and reply (JSON) of its last turn."""

        def look() -> tuple[int, int | None, str | None]:
            columns = DialogueState.__table__.c
            with reading() as session:
                row = session.execute(
                    select(columns.version, columns.message_id, columns.reply).where(
                        columns.conversation_id == conversation_id
                    )
                ).one_or_none()
            return (row.version, row.message_id, row.reply) if row else (0, None, None)

        return await run_in_threadpool(look)

    async def open(self, conversation_id: str, version: int) -> DialogueStateTracker:
        """The tracker of a conversation as of `version`: the warm one, or rebuilt."""
        warm = self._warm.get(conversation_id)
        if warm is not None and warm.version == version:
            self._warm.move_to_end(conversation_id)
            return warm.tracker
        tracker = await run_in_threadpool(self._load, conversation_id) if version else None
        return tracker or self.init_tracker(conversation_id)

    def _load(self, conversation_id: str) -> DialogueStateTracker | None:
        with reading() as session:
            state = session.execute(
                select(DialogueState.events).where(DialogueState.conversation_id == conversation_id)
            ).scalar()
        if state is None:
            return None
        tracker = self.init_tracker(conversation_id)
        for event in events_from_json(msgspec.json.decode(state)):
            tracker.update(event)
        return tracker

    def forget(self, conversation_id: str) -> None:
        """Drop a warm tracker: a turn on it broke half-way."""
        self._warm.pop(conversation_id, None)

    async def save_turn(
        self, tracker: DialogueStateTracker, version: int, first_new: int, message_id: int, reply: str
    ) -> None:
        """Store a turn.

        Args:
            version: of the state the turn began with.
            first_new: index of the turn's first event in `tracker.events`.
            reply: what the caller is answered, JSON.

        Raises:
            StaleTracker: the state is not at `version` any more.
        """
        fresh = [event.as_dict() for event in list(tracker.events)[first_new:]]
        tracker = compact(tracker)
        state = to_json([event.as_dict() for event in tracker.events]).decode()
        trail = to_json(fresh).decode()

        def write() -> None:
            columns = {
                "version": version + 1,
                "events": state,
                "message_id": message_id,
                "reply": reply,
                "updated_at": now(),
            }
            with writing() as session:
                if version:
                    changed = session.execute(
                        update(DialogueState)
                        .where(DialogueState.conversation_id == tracker.sender_id, DialogueState.version == version)
                        .values(**columns)
                    ).rowcount
                    if changed != 1:
                        raise StaleTracker(tracker.sender_id)
                else:
                    session.execute(insert(DialogueState).values(conversation_id=tracker.sender_id, **columns))
                session.execute(
                    insert(DialogueEvent).values(
                        conversation_id=tracker.sender_id, message_id=message_id, events=trail, at=now()
                    )
                )

        await run_in_threadpool(write)
        self._warm[tracker.sender_id] = Warm(tracker, version + 1, len(tracker.events))
        self._warm.move_to_end(tracker.sender_id)
        while len(self._warm) > WARM_TRACKERS:
            self._warm.popitem(last=False)

    # What Rasa's own tools (shell, HTTP API) call.

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of a conversation, or None if it never had a turn."""
        version, _message, _reply = await self.last_turn(sender_id)
        return await self.open(sender_id, version) if version else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store a tracker outside a customer's turn."""
        version, message_id, reply = await self.last_turn(tracker.sender_id)
        await self.save_turn(tracker, version, len(tracker.events), message_id or 0, reply or "{}")

    async def keys(self) -> list[str]:
        """Ids of all conversations that had a turn."""

        def look() -> list[str]:
            with reading() as session:
                return list(session.execute(select(DialogueState.conversation_id)).scalars())

        return await run_in_threadpool(look)
