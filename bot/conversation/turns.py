"""What a dialogue turn came to, from Rasa through the gateway into the database.

A turn's replies, the dialogue's new state and the topics it raised are stored in one transaction (see
`bot.conversation.inbox.finish`): a turn is there as a whole or not at all, whichever process dies.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import DialogueEvent, DialogueState
from bot.insight import interactions


class State(msgspec.Struct, frozen=True):
    """A dialogue after a turn.

    `before` is the version the turn began with, `events` the JSON list that rebuilds the tracker, `trail` the
    JSON list of the turn's own events.
    """

    before: int
    events: str
    trail: str


class Result(msgspec.Struct, frozen=True):
    """What a dialogue turn came to: replies as lists of parts, what was understood, what is to be kept of it."""

    replies: list[list[dict[str, Any]]] = []
    intent: str | None = None
    confidence: float | None = None
    language: str | None = None  # asked for by the customer in this turn
    interactions: list[interactions.Record] = []
    state: State | None = None  # None: the dialogue stays as it was


class StaleTurn(RuntimeError):
    """Another process went on with the dialogue meanwhile; the turn must be run again."""


# Built once: every turn needs them.
_STATE = DialogueState.__table__
_GO_ON = update(_STATE).where(_STATE.c.conversation_id == bindparam("sender"), _STATE.c.version == bindparam("before"))
_BEGIN = insert(_STATE)
_TRAIL = insert(DialogueEvent.__table__)


def keep(session: Session, conversation_id: str, message_id: int | None, state: State) -> None:
    """Store a dialogue's new state and append its trail.

    Raises:
        StaleTurn: the dialogue is not at the version that the turn began with.
    """
    columns = {"version": state.before + 1, "events": state.events, "updated_at": now()}
    if not state.before:
        session.execute(_BEGIN, {"conversation_id": conversation_id, **columns})
    elif session.execute(_GO_ON, {"sender": conversation_id, "before": state.before, **columns}).rowcount != 1:
        raise StaleTurn(conversation_id)
    session.execute(
        _TRAIL,
        {"conversation_id": conversation_id, "message_id": message_id, "events": state.trail, "at": now()},
    )


def file(session: Session, conversation_id: str, message_id: int, channel: str, language: str, result: Result) -> None:
    """Store what a turn leaves behind beside its replies."""
    if result.state is not None:
        keep(session, conversation_id, message_id, result.state)
    for record in result.interactions:
        interactions.write(
            session,
            record,
            conversation_id=conversation_id,
            message_id=message_id,
            channel=channel,
            language=result.language or language,
        )
