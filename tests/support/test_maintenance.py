"""When tasks are due, which parts they need, what was bought when, and reminders."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.db.models import Conversation, FollowUp, Order
from bot.db.session import reading, writing
from bot.db.types import LocalisedText
from bot.support import maintenance
from bot.support.guides.stored import Subject
from bot.support.maintenance import Task, months_after
from bot.support.verification import Access
from tests.support.samples import huda_buys_beds


def _task(months: int | None = None, days: int | None = None) -> Task:
    return Task("t", LocalisedText(en="T"), months, days, None, ())


@pytest.mark.parametrize(
    ("task", "bought", "today", "due"),
    [
        (_task(months=3), date(2026, 1, 31), date(2026, 2, 1), date(2026, 4, 30)),
        (_task(months=3), date(2026, 1, 31), date(2026, 4, 30), date(2026, 4, 30)),
        (_task(months=3), date(2026, 1, 31), date(2026, 5, 1), date(2026, 7, 31)),
        (_task(months=12), date(2024, 2, 29), date(2026, 11, 23), date(2027, 2, 28)),
        (_task(days=7), date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 8)),
        (_task(days=7), date(2026, 11, 1), date(2026, 11, 8), date(2026, 11, 8)),
        (_task(days=7), date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 15)),
    ],
)
def test_the_next_day_a_task_is_due(task: Task, bought: date, today: date, due: date) -> None:
    assert task.due(bought, today) == due


def test_months_are_counted_to_the_last_of_a_short_one() -> None:
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 1, 31), -2) == date(2025, 11, 30)


@pytest.mark.usefixtures("database")
def test_a_reminder_asked_for_twice_stands_once_with_the_newer_day() -> None:
    with writing() as session:
        session.add(Conversation(id="c", channel="web", channel_user="c"))
    maintenance.remind("c", "plan", "clean", date(2026, 12, 1))
    maintenance.remind("c", "plan", "clean", date(2026, 12, 5))
    maintenance.remind("c", "plan", "turn", date(2026, 12, 5))
    with reading() as session:
        rows = session.execute(select(FollowUp.subject, FollowUp.due_at).order_by(FollowUp.id)).all()
    assert [(row.subject, row.due_at.date()) for row in rows] == [
        ("plan clean", date(2026, 12, 5)),
        ("plan turn", date(2026, 12, 5)),
    ]


@pytest.mark.usefixtures("database")
def test_the_day_of_purchase_is_known_from_proven_orders_only() -> None:
    huda_buys_beds("delivered")
    subject = Subject("pillow")
    with reading() as session:
        order = session.execute(select(Order)).scalars().one()
        assert maintenance.bought_on(session, Access({}, {}), subject) is None
        assert maintenance.bought_on(session, Access({order.id: 1}, {}), subject) == ("pillow", order.placed_at)
        assert maintenance.bought_on(session, Access({}, {order.customer_id: 2}), Subject("no-such")) is None


@pytest.mark.usefixtures("database")
def test_nothing_is_counted_from_what_went_back() -> None:
    huda_buys_beds("returned")
    with reading() as session:
        order = session.execute(select(Order)).scalars().one()
        assert maintenance.bought_on(session, Access({order.id: 1}, {}), Subject("pillow")) is None
