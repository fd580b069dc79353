"""Where Rasa keeps a dialogue: appended to, never re-read while warm, and bounded however long the talk.

Rasa's own stores re-read, re-parse and replay every event at every message. This one keeps trackers
warm in memory, verified by a version, and rebuilds a cold one from a compact state: the slots, the
active loop and the last turns. What a turn changed is stored by the gateway, together with its answer
(see `bot.conversation.turns`).
"""

from __future__ import annotations

from collections import OrderedDict, deque
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
from sqlalchemy import bindparam, select
from starlette.concurrency import run_in_threadpool

from bot.conversation import turns
from bot.conversation.turns import State
from bot.db.models import DialogueState
from bot.db.session import looked_up, reading, writing
from bot.dialogue.nlg import WORDINGS, wordings_said


def plain(value: Any) -> Any:
    """NumPy's numbers and strings, which classifiers leave in what they predict, as Python's."""
    return value.item()


to_json = msgspec.json.Encoder(enc_hook=plain).encode

WARM_TRACKERS = 2000
MOST_TURNS = 3  # before a tracker is made compact: they are gone through at every prediction
KEPT_TURNS = 2
KEPT_WORDINGS = 40


# Built once: every turn needs them.
_STATE = DialogueState.__table__
_MINE = _STATE.c.conversation_id == bindparam("sender")
_LAST_TURN = select(_STATE).where(_MINE)


@dataclass
class Dialogue:
    """A conversation's tracker as of a version of its row, with the message its last turn was about and its result."""

    tracker: DialogueStateTracker
    version: int = 0
    message_id: int | None = None
    result: bytes = b""


def compact(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The same dialogue without its oldest turns: slots, active loop and wordings said carried over, the last turns kept.

    The tracker is changed in place: what it derived from its events stays as it is.
    """
    events = list(tracker.events)
    turns = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= MOST_TURNS:
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
    """A tracker store on Dukan's own database."""

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **_kwargs: Any) -> None:
        super().__init__(domain or Domain.empty(), event_broker)
        self._warm: OrderedDict[str, Dialogue] = OrderedDict()

    def result_of(self, conversation_id: str, message_id: int, version: int) -> bytes | None:
        """The result of the last turn, if it was about this message and began at this version: it is asked for again.

        Its caller may have died before the turn was stored; what the turn did is not done twice.
        """
        warm = self._warm.get(conversation_id)
        if warm is None or (warm.message_id, warm.version) != (message_id, version + 1):
            return None
        return warm.result

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
        return Dialogue(tracker, row.version)

    def forget(self, conversation_id: str) -> None:
        """Drop a warm tracker: a turn on it broke half-way."""
        self._warm.pop(conversation_id, None)

    @staticmethod
    def state_of(dialogue: Dialogue, first_new: int) -> State:
        """What is to be stored of a dialogue after a turn; its tracker is made compact.

        Args:
            dialogue: with the version the turn began with.
            first_new: index of the turn's first event in the tracker's events.
        """
        trail = [event.as_dict() for event in list(dialogue.tracker.events)[first_new:]]
        kept = [event.as_dict() for event in compact(dialogue.tracker).events]
        return State(dialogue.version, to_json(kept).decode(), to_json(trail).decode())

    def keep_warm(self, dialogue: Dialogue, message_id: int, result: bytes) -> None:
        """Remember a dialogue whose turn ended, as it will be once the turn is stored."""
        sender = dialogue.tracker.sender_id
        self._warm[sender] = Dialogue(dialogue.tracker, dialogue.version + 1, message_id, result)
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
        state = self.state_of(Dialogue(tracker, last.version), len(tracker.events))

        def write() -> None:
            with writing() as session:
                turns.keep(session, tracker.sender_id, None, state)

        await run_in_threadpool(write)

    async def keys(self) -> list[str]:
        """Ids of all conversations that had a turn."""

        def look() -> list[str]:
            with reading() as session:
                return list(session.execute(select(DialogueState.conversation_id)).scalars())

        return await run_in_threadpool(look)
