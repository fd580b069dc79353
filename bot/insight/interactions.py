"""One record a topic a customer raised. Written by custom actions, by the handoff and by the desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select

from bot.clock import now
from bot.db.models import Interaction
from bot.db.session import reading, writing


@dataclass(frozen=True)
class Record:
    """How a topic stands after a turn.

    `outcome` is one of `OUTCOMES`; `open` leaves the topic open for the next message.
    """

    outcome: str
    products: list[str] = field(default_factory=list)
    order_number: str | None = None
    value: Decimal | None = None


def record(
    *, conversation_id: str, message_id: int, channel: str, language: str, side: str, topic: str, entry: Record
) -> None:
    """Open, go on with, or close the topic a message belongs to.

    A message that comes straight after one of the same topic goes on with it; another topic closes
    the one before. Recording the same message twice changes nothing the second time.
    """
    with writing() as session:
        latest = session.execute(
            select(Interaction)
            .where(Interaction.conversation_id == conversation_id)
            .order_by(Interaction.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        if latest is not None and latest.last_message_id >= message_id:
            return
        moment = now()
        ended = None if entry.outcome == "open" else moment
        if latest is not None and latest.topic == topic and latest.outcome != "handed_over":
            latest.turns += 1
            latest.last_message_id = message_id
            latest.outcome = entry.outcome
            latest.ended_at = ended
            latest.products = list(dict.fromkeys([*latest.products, *entry.products]))
            latest.order_number = entry.order_number or latest.order_number
            latest.value = entry.value if entry.value is not None else latest.value
            return
        if latest is not None and latest.outcome == "open":
            latest.outcome, latest.ended_at = "abandoned", moment
        session.add(
            Interaction(
                conversation_id=conversation_id,
                opened_by=message_id,
                last_message_id=message_id,
                channel=channel,
                language=language,
                side=side,
                topic=topic,
                products=entry.products,
                order_number=entry.order_number,
                outcome=entry.outcome,
                value=entry.value,
                started_at=moment,
                ended_at=ended,
            )
        )


def latest_topic(conversation_id: str) -> tuple[str, str] | None:
    """Topic and side of what a conversation was about last; None when nothing was raised yet."""
    with reading() as session:
        row = session.execute(
            select(Interaction.topic, Interaction.side)
            .where(Interaction.conversation_id == conversation_id)
            .order_by(Interaction.id.desc())
            .limit(1)
        ).first()
    return (row.topic, row.side) if row else None
