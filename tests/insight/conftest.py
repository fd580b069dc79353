"""Writes the rows that measures are taken from: a small shop's days, put together by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.clock import new_id
from bot.conversation import transcript
from bot.db.models import (
    Basket,
    Conversation,
    Handoff,
    Interaction,
    Message,
    Order,
    Quote,
    Satisfaction,
    Shop,
    Team,
    Ticket,
)
from bot.db.session import writing
from bot.insight.periods import Period

RIYADH = ZoneInfo("Asia/Riyadh")
SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30), RIYADH)


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A moment of September 2026, UTC."""
    return datetime(2026, 9, day, hour, minute, second, tzinfo=timezone.utc)


class Days:
    """Adds rows, each in a transaction of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def add(self, row: Any) -> int:
        with writing() as session:
            session.add(row)
            session.flush()
            return row.id

    def shop(self, **values: Any) -> None:
        known = {"name": {"en": "Shop"}, "currency": "SAR", "timezone": "Asia/Riyadh", "country": "SA"}
        with writing() as session:
            session.add(Shop(id=1, **{**known, **values}))

    def team(self, code: str, **values: Any) -> int:
        with writing() as session:
            if values:
                session.execute(update(Team).where(Team.code == code).values(**values))
            return int(session.execute(select(Team.id).where(Team.code == code)).scalar_one())

    def conversation(self, when: datetime, **values: Any) -> str:
        made = new_id()
        known = {"channel": "web", "channel_user": made, "created_at": when, "updated_at": when + timedelta(days=20)}
        return self.add(Conversation(id=made, **{**known, **values}))  # type: ignore[return-value]

    def message(self, conversation: str, author: str, when: datetime, text: str = "Hello", **values: Any) -> int:
        known = {"language": "en", "parts": [{"type": "text", "text": text}], "created_at": when}
        with writing() as session:
            transcript.note_first(session, session.get(Conversation, conversation), author, when)
        return self.add(Message(conversation_id=conversation, author=author, **{**known, **values}))

    def topic(self, conversation: str, when: datetime, topic: str, outcome: str, **values: Any) -> int:
        opened = values.pop("opened_by", None) or self.message(conversation, "customer", when, intent=topic)
        known = {
            "opened_by": opened,
            "last_message_id": opened,
            "channel": "web",
            "language": "en",
            "side": "service",
            "products": [],
            "started_at": when,
            "ended_at": when + timedelta(minutes=5),
        }
        row = Interaction(conversation_id=conversation, topic=topic, outcome=outcome, **{**known, **values})
        return self.add(row)

    def order(self, conversation: str, when: datetime, total: str, begun: datetime | None = None, **values: Any) -> int:
        number = f"D-{next(self._numbers)}"
        known = {"state": "confirmed", "currency": "SAR"}
        order = self.add(
            Order(number=number, number_key=number, placed_at=when, total=Decimal(total), **{**known, **values})
        )
        begun = begun or when - timedelta(hours=1)
        self.add(
            Basket(
                conversation_id=conversation, state="ordered", order_id=order, created_at=begun, phone="+966500000000"
            )
        )
        return order

    def quote(self, conversation: str, when: datetime) -> int:
        number, ends = f"Q-{next(self._numbers)}", when + timedelta(days=7)
        amounts = {"currency": "SAR", "subtotal": Decimal(10), "total": Decimal(10)}
        return self.add(
            Quote(
                number=number,
                conversation_id=conversation,
                message_id=next(self._numbers),
                language="en",
                created_at=when,
                valid_until=ends,
                **amounts,
            )
        )

    def handoff(self, conversation: str, when: datetime, team: str = "service", **values: Any) -> int:
        known = {"reason": "asked", "state": "resolved", "requested_at": when, "team_id": self.team(team)}
        return self.add(Handoff(conversation_id=conversation, message_id=next(self._numbers), **{**known, **values}))

    def judged(self, conversation: str, when: datetime, topic: str, solved: bool, rating: int | None = None) -> int:
        return self.add(
            Satisfaction(
                conversation_id=conversation,
                message_id=10**6 + next(self._numbers),
                topic=topic,
                solved=solved,
                rating=rating,
                at=when,
            )
        )

    def ticket(self, conversation: str, when: datetime, topic: str, **values: Any) -> int:
        known = {"due_at": when + timedelta(days=1), "message_id": next(self._numbers), "at": when}
        return self.add(Ticket(conversation_id=conversation, topic=topic, **{**known, **values}))


@pytest.fixture
def days(database: str) -> Days:
    """An empty shop to write days into."""
    return Days()
