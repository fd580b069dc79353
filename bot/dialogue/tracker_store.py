"""Where Rasa keeps a dialogue: appended to, never re-read while warm, and bounded however long the talk.

Rasa's own stores re-read, re-parse and replay every event at every message. This one keeps trackers
warm in memory, verified by a version, and rebuilds a cold one from a compact state: the slots, the
active loop and the last turns. Every turn's events are appended to `dialogue_events` as they are.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.events import deserialise_events as events_from_json
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.db.models import DialogueEvent, DialogueState
from bot.db.session import looked_up, reading, writing
from bot.dialogue.nlg import WORDINGS, wordings_said


def _plain(value: Any) -> Any:
    """NumPy's numbers and strings, which classifiers leave in what they predict, as Python's."""
    return value.item()


to_json = msgspec.json.Encoder(enc_hook=_plain).encode

WARM_TRACKERS = 2000
LONGEST_HISTORY = 30  # events, before a tracker is made compact: they are read at every prediction
KEPT_TURNS = 2
KEPT_WORDINGS = 40


# Built once: every turn needs them.
_STATE = DialogueState.__table__
_MINE = _STATE.c.conversation_id == bindparam("sender")
_LAST_TURN = select(_STATE).where(_MINE)
_GO_ON = update(_STATE).where(_MINE, _STATE.c.version == bindparam("before"))
_BEGIN = insert(_STATE)
_TRAIL = insert(DialogueEvent.__table__)


class StaleTracker(RuntimeError):
    """Another process went on with the dialogue meanwhile; the turn must be run again."""


@dataclass
class Dialogue:
    """A conversation's tracker as of a version of its row, with the message its last turn answered and how."""

    tracker: DialogueStateTracker
    version: int = 0
    message_id: int | None = None
    reply: bytes = b""


def compact(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The same dialogue without its oldest turns: slots, active loop and wordings said carried over, the last turns kept.

    The tracker is changed in place: what it derived from its events stays as it is.
    """
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
    start.append(BotUttered(metadata={WORDINGS: wordings_said(events[:cut])[-KEPT_WORDINGS:]}))
    start.append(ActionExecuted(ACTION_LISTEN_NAME))
    tracker.events = deque([*start, *events[cut:]])
    return tracker


class DialogueStore(TrackerStore):
    """A tracker store on Dukan's own database.

    `message_id` and `reply` of the last turn are kept with the state, in the same transaction, so
    that a turn asked for again (its caller died) is answered again and not run again.
    """

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **_kwargs: Any) -> None:
        super().__init__(domain or Domain.empty(), event_broker)
        self._warm: OrderedDict[str, Dialogue] = OrderedDict()

    async def open(self, conversation_id: str, version: int | None = None) -> Dialogue:
        """The dialogue of a conversation: the warm one if it is at `version`, else as the database has it."""
        warm = self._warm.get(conversation_id)
        if warm is not None and warm.version == version:
            self._warm.move_to_end(conversation_id)
            return warm
        return await looked_up(self._load, conversation_id)

    def _load(self, conversation_id: str) -> Dialogue:
        with reading() as session:
            row = session.execute(_LAST_TURN, {"sender": conversation_id}).one_or_none()
        tracker = self.init_tracker(conversation_id)
        if row is None:
            return Dialogue(tracker)
        for event in events_from_json(msgspec.json.decode(row.events)):
            tracker.update(event)
        return Dialogue(tracker, row.version, row.message_id, row.reply.encode())

    def forget(self, conversation_id: str) -> None:
        """Drop a warm tracker: a turn on it broke half-way."""
        self._warm.pop(conversation_id, None)

    async def save_turn(
        self,
        dialogue: Dialogue,
        first_new: int,
        message_id: int,
        reply: bytes,
        also: Callable[[Session], None] = lambda _session: None,
    ) -> None:
        """Store a turn.

        Args:
            dialogue: with the version the turn began with.
            first_new: index of the turn's first event in the tracker's events.
            reply: what the caller is answered, JSON.
            also: writes what belongs to the turn, in the same transaction.

        Raises:
            StaleTracker: the state is not at that version any more.
        """
        sender, version = dialogue.tracker.sender_id, dialogue.version
        fresh = [event.as_dict() for event in list(dialogue.tracker.events)[first_new:]]
        tracker = compact(dialogue.tracker)
        state = to_json([event.as_dict() for event in tracker.events]).decode()
        trail = to_json(fresh).decode()

        def write() -> None:
            columns = {
                "version": version + 1,
                "events": state,
                "message_id": message_id,
                "reply": reply.decode(),
                "updated_at": now(),
            }
            with writing() as session:
                if not version:
                    session.execute(_BEGIN, {"conversation_id": sender, **columns})
                elif session.execute(_GO_ON, {"sender": sender, "before": version, **columns}).rowcount != 1:
                    raise StaleTracker(sender)
                session.execute(
                    _TRAIL, {"conversation_id": sender, "message_id": message_id, "events": trail, "at": now()}
                )
                also(session)

        await run_in_threadpool(write)
        self._warm[sender] = Dialogue(tracker, version + 1, message_id, reply)
        self._warm.move_to_end(sender)
        while len(self._warm) > WARM_TRACKERS:
            self._warm.popitem(last=False)

    # What Rasa's own tools (shell, HTTP API) call.

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of a conversation, or None if it never had a turn."""
        dialogue = await self.open(sender_id)
        return dialogue.tracker if dialogue.version else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store a tracker outside a customer's turn."""
        last = await self.open(tracker.sender_id)
        dialogue = Dialogue(tracker, last.version)
        await self.save_turn(dialogue, len(tracker.events), last.message_id or 0, last.reply or b"{}")

    async def keys(self) -> list[str]:
        """Ids of all conversations that had a turn."""

        def look() -> list[str]:
            with reading() as session:
                return list(session.execute(select(DialogueState.conversation_id)).scalars())

        return await run_in_threadpool(look)
