"""One record a topic a customer raised: custom actions make it, the turn they are part of stores it.

It is stored in the transaction that stores the turn, so that neither is ever there without the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Conversation, Interaction
from bot.db.session import reading, writing

_TABLE = Interaction.__table__
_MINE = _TABLE.c.conversation_id == bindparam("conversation")
_RECENT = select(_TABLE).where(_MINE).order_by(_TABLE.c.id.desc()).limit(8)  # more is nobody's one matter
_CHANGE = update(_TABLE).where(_TABLE.c.id == bindparam("row_id"))
_OPEN = insert(_TABLE)

WON = ("sold", "lead")
SILENCE = timedelta(hours=24)  # after which an open topic counts as abandoned
_MOST_AT_ONCE = 500


class Record(msgspec.Struct, frozen=True):
    """How a topic stands after a turn.

    `outcome` is one of `OUTCOMES`; `open` leaves the topic open for the next message. `place` is where in a
    longer matter the customer stands, such as a step of a guide.
    """

    outcome: str
    products: list[str] = []
    order_number: str | None = None
    value: Decimal | None = None
    place: str | None = None
    topic: str = ""
    side: str = "general"

    def of(self, topic: str, side: str) -> Record:
        """The same, filed under a topic and its side."""
        return msgspec.structs.replace(self, topic=topic, side=side)


def as_json(record: Record) -> dict[str, Any]:
    """A record in JSON's types, as it travels from the action server."""
    found: dict[str, Any] = msgspec.to_builtins(record)
    return found


def from_json(data: Mapping[str, Any]) -> Record:
    """What `as_json` wrote."""
    return msgspec.convert(data, Record)


def write(
    session: Session, record: Record, *, conversation_id: str, message_id: int, channel: str, language: str
) -> None:
    """Open, go on with, or close the topic a message belongs to.

    A message that comes straight after one of the same topic goes on with it, and so does one that comes back to
    a matter put aside for another. Another topic closes the one before. One message may raise several topics.
    """
    recent = session.execute(_RECENT, {"conversation": conversation_id}).all()
    recent.sort(key=lambda row: (row.last_message_id, row.id), reverse=True)
    moment = now()
    same = _gone_on_with(recent, record, moment)
    if recent and recent[0] is not same and recent[0].outcome == "open" and recent[0].last_message_id < message_id:
        left = "handed_over" if record.outcome == "handed_over" else "abandoned"  # who asks for a person did not leave
        session.execute(_CHANGE, {"row_id": recent[0].id, "outcome": left, "ended_at": moment})
    if record.outcome in WON:
        for row in _led_to(recent, same, record):
            session.execute(_CHANGE, {"row_id": row.id, "outcome": "answered", "ended_at": row.ended_at or moment})
    ended = None if record.outcome == "open" else moment
    if same is not None:
        session.execute(
            _CHANGE,
            {
                "row_id": same.id,
                "turns": same.turns + (same.last_message_id < message_id),
                "last_message_id": message_id,
                "outcome": record.outcome,
                "ended_at": ended,
                "products": list(dict.fromkeys([*same.products, *record.products])),
                "order_number": record.order_number or same.order_number,
                "value": record.value if record.value is not None else same.value,
                "place": record.place or same.place,
            },
        )
        return
    session.execute(
        _OPEN,
        {
            "conversation_id": conversation_id,
            "opened_by": message_id,
            "last_message_id": message_id,
            "channel": channel,
            "language": language,
            "side": record.side,
            "topic": record.topic,
            "products": record.products,
            "order_number": record.order_number,
            "outcome": record.outcome,
            "value": record.value,
            "place": record.place,
            "started_at": moment,
            "ended_at": ended,
        },
    )


def _gone_on_with(recent: Sequence[Any], record: Record, moment: datetime) -> Any:
    """The topic that a record goes on with: the newest, or one left open for another a while ago; None: a new one."""
    for place, row in enumerate(recent):
        if row.topic != record.topic:
            continue
        put_aside = row.outcome == "open" or (row.outcome == "abandoned" and moment - row.ended_at < SILENCE)
        if row.outcome != "handed_over" and (place == 0 or (put_aside and not _differ(row, record))):
            return row
        return None
    return None


def _differ(row: Any, record: Record) -> bool:
    """Whether two matters of a kind are about other things."""
    others = bool(row.products and record.products) and not set(row.products) & set(record.products)
    return others or bool(row.order_number and record.order_number and row.order_number != record.order_number)


def _led_to(recent: Sequence[Any], same: Any, record: Record) -> list[Any]:
    """Topics of selling that nobody left: what they were about was ordered, or came to be a lead, in another one."""
    return [
        row
        for row in recent
        if row is not same
        and row.side == "sales"
        and row.outcome in ("open", "abandoned")
        and set(row.products) & set(record.products)
    ]


def latest_topic(conversation_id: str) -> tuple[str, str] | None:
    """Topic and side of what a conversation was about last; None when nothing was raised yet."""
    with reading() as session:
        row = session.execute(
            select(Interaction.topic, Interaction.side)
            .where(Interaction.conversation_id == conversation_id)
            .order_by(Interaction.last_message_id.desc(), Interaction.id.desc())
            .limit(1)
        ).first()
    return (row.topic, row.side) if row else None


def close_silent() -> int:
    """Close open topics of conversations in which nothing was said for a day, as abandoned; how many."""
    with writing() as session:
        silent = (
            select(_TABLE.c.id, Conversation.updated_at)
            .join(Conversation, Conversation.id == _TABLE.c.conversation_id)
            .where(_TABLE.c.outcome == "open", Conversation.updated_at < now() - SILENCE)
            .limit(_MOST_AT_ONCE)
        )
        rows = session.execute(silent).all()
        for row in rows:
            session.execute(_CHANGE, {"row_id": row.id, "outcome": "abandoned", "ended_at": row.updated_at})
    return len(rows)
