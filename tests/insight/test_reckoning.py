"""Every measure once more, from raw rows in plain Python: on days made up at random it must come to the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import clock
from bot.db.models import (
    Basket,
    Conversation,
    Handoff,
    Interaction,
    Lead,
    Message,
    Order,
    Quota,
    Quote,
    ReviewedMessage,
    Satisfaction,
    Team,
    Ticket,
)
from bot.db.session import reading, writing
from bot.insight import quotas, report
from bot.insight.periods import Period
from tests.insight.conftest import Days

CAIRO = ZoneInfo("Africa/Cairo")
# Clocks in Egypt go forward on the last Friday of April: the 24th in 2026.
PERIOD = Period(date(2026, 4, 20), date(2026, 4, 27), CAIRO)
TOPICS = {
    **dict.fromkeys(("product_search", "place_order", "request_quote"), "sales"),
    **dict.fromkeys(("order_status", "complaint", "talk_to_agent"), "service"),
    "store_info": "general",
}
OUTCOMES = ("open", "answered", "unknown", "sold", "lead", "solved", "ticket", "handed_over", "abandoned")
HOURS = {str(day): [[540, 1020], [1320, 1500]] for day in range(6)}  # an opening past midnight, one day off
Table = list[Any]


def make_up(days: Days, seed: int) -> None:
    """Three weeks of a shop in which anything may have happened."""
    dice = random.Random(seed)
    days.shop(timezone="Africa/Cairo")
    days.team("service", hours=HOURS, holidays=["2026-04-23"], timezone="Asia/Riyadh", service_level_seconds=3600)
    quotas.keep("2026-04", "sales", Decimal("700.5"))
    begin = datetime(2026, 4, 13, tzinfo=timezone.utc)

    def moment() -> datetime:
        return begin + timedelta(seconds=dice.randrange(21 * 86400), microseconds=dice.randrange(10**6))

    for _ in range(30):
        _talk(days, dice, moment)


def _talk(days: Days, dice: random.Random, moment: Callable[[], datetime]) -> None:
    start = moment()
    talk = days.conversation(start)
    for _ in range(dice.randrange(4)):
        topic, when = dice.choice(list(TOPICS)), moment()
        order = dice.choice((None, None, "D-1", "D-2"))
        handled = {"handled_by": dice.choice(("bot", "both")), "order_number": order, "side": TOPICS[topic]}
        days.topic(talk, when, topic, dice.choice(OUTCOMES), **handled)
        if dice.random() < 0.4:
            intent, confidence = dice.choice(("thanks", "greet", "nlu_fallback", None)), dice.random()
            said = days.message(talk, "customer", when, intent=intent, confidence=confidence)
            if dice.random() < 0.3:
                with writing() as session:
                    session.add(ReviewedMessage(message_id=said, intent=dice.choice((None, "thanks", "greet"))))
        if dice.random() < 0.4:
            days.judged(talk, moment(), topic, dice.random() < 0.5, dice.choice((None, 1, 3, 4, 5)))
        if dice.random() < 0.3:
            days.ticket(talk, moment(), topic, state=dice.choice(("open", "solved")))
    if dice.random() < 0.5:
        days.message(talk, dice.choice(("bot", "agent")), moment())
    if dice.random() < 0.3:
        days.order(
            talk, moment(), "120.25", begun=start, discount=Decimal(5), state=dice.choice(("shipped", "cancelled"))
        )
    if dice.random() < 0.3:
        days.quote(talk, moment())
    if dice.random() < 0.2:
        email = dice.choice((None, f"{talk}@shop.example"))
        days.add(Lead(conversation_id=talk, email=email, created_at=moment()))
    if dice.random() < 0.4:
        asked = moment()
        accepted = dice.choice((None, asked + timedelta(hours=dice.randrange(60))))
        times = {"accepted_at": accepted, "first_reply_at": accepted, "ended_at": asked + timedelta(hours=61)}
        details = {"wish": dice.choice((None, None, "email")), "contact": dice.choice((None, "a@b.example"))}
        reason = dice.choice(("asked", "taken_over"))
        days.handoff(talk, asked, dice.choice(("sales", "service")), reason=reason, **times, **details)


class Rows:
    """All rows, with the measures worked out one by one."""

    def __init__(self) -> None:
        self.start, self.end = PERIOD.start, PERIOD.end
        with reading() as session:
            for model in (
                Conversation,
                Lead,
                Message,
                Interaction,
                Basket,
                Order,
                Quote,
                Handoff,
                Satisfaction,
                Ticket,
                Team,
            ):
                setattr(self, model.__tablename__, list(session.scalars(select(model).order_by(model.id))))
            self.reviewed = list(session.scalars(select(ReviewedMessage)))
            self.quotas = list(session.scalars(select(Quota)))

    def holds(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end

    @property
    def topics(self) -> Table:
        return [row for row in self.interactions if self.holds(row.started_at)]

    @property
    def services(self) -> Table:
        return [row for row in self.topics if row.side == "service"]

    @property
    def placed(self) -> list[tuple[Any, Any]]:
        orders = {order.id: order for order in self.orders}
        pairs = [(basket, orders[basket.order_id]) for basket in self.baskets]
        return [
            (basket, order) for basket, order in pairs if self.holds(order.placed_at) and order.state != "cancelled"
        ]

    def funnel(self) -> dict[str, set[str]]:
        ordered = {basket.conversation_id for basket, _ in self.placed}
        quoted = {quote.conversation_id for quote in self.quotes if self.holds(quote.created_at)}
        sales = [row for row in self.topics if row.side == "sales"]
        lead = (
            {row.conversation_id for row in sales if row.outcome in ("lead", "sold", "handed_over")} | ordered | quoted
        )
        left = {basket.conversation_id for basket in self.baskets if basket.phone or basket.email}
        left |= {one.conversation_id for one in self.leads if one.phone or one.email}
        lead |= {one.conversation_id for one in self.leads if self.holds(one.created_at)}
        left |= {handoff.conversation_id for handoff in self.handoffs if handoff.contact}
        return {
            "need": {row.conversation_id for row in sales} | lead,
            "lead": lead,
            "qualified": {talk for talk in lead if talk in ordered or talk in left},
            "quoted": quoted,
            "ordered": ordered,
        }

    def is_resolved(self, topic: Any) -> bool:
        mine = [one for one in self.satisfaction if one.conversation_id == topic.conversation_id]
        judged = [one.solved for one in mine if one.topic == topic.topic and one.message_id >= topic.opened_by]
        if judged:
            return bool(judged[-1])
        if topic.outcome in ("solved", "sold"):
            return True
        if topic.outcome == "ticket":
            tickets = [one for one in self.tickets if one.conversation_id == topic.conversation_id]
            return any(one.topic == topic.topic and one.state == "solved" for one in tickets)
        said = [
            one for one in self.messages if one.conversation_id == topic.conversation_id and one.author == "customer"
        ]
        after = [one.intent for one in said if one.id > topic.last_message_id]
        return topic.outcome == "answered" and after[:1] == ["thanks"]

    def same(self, topic: Any, step: int) -> bool:
        """Whether the same matter was raised within a week before (-1) or after (1)."""
        for other in self.interactions:
            if other.id == topic.id or other.topic != topic.topic:
                continue
            near = other.conversation_id == topic.conversation_id
            near = near or (other.order_number is not None and other.order_number == topic.order_number)
            passed = (other.started_at - topic.started_at) * step
            if near and timedelta(0) <= passed <= timedelta(days=7):
                return True
        return False

    def waits(self, end: str) -> list[tuple[Any, datetime, datetime]]:
        rows = [row for row in self.handoffs if self.holds(row.requested_at) and row.wish is None and getattr(row, end)]
        return [(row, row.requested_at, getattr(row, end)) for row in rows]

    def working_seconds(self, team_id: int, start: datetime, end: datetime) -> float:
        """Minute by minute, as slow as it is plain."""
        team = next(team for team in self.teams if team.id == team_id)
        if not team.hours:
            return (end - start).total_seconds()
        zone, total, moment = ZoneInfo(team.timezone), 0.0, start
        while moment < end:
            following = min(end, moment.replace(second=0, microsecond=0) + timedelta(minutes=1))
            local = moment.astimezone(zone)
            minute = local.hour * 60 + local.minute
            for day, at in ((local.date(), minute), (local.date() - timedelta(days=1), minute + 1440)):
                openings = team.hours.get(str(day.weekday()), []) if day.isoformat() not in team.holidays else []
                if any(opens <= at < closes for opens, closes in openings):
                    total += (following - moment).total_seconds()
            moment = following
        return total


def share(rows: Iterable[Any], hit: Callable[[Any], bool]) -> float | None:
    rows = list(rows)
    return sum(map(bool, map(hit, rows))) / len(rows) if rows else None


def mean(values: Iterable[float]) -> float | None:
    values = list(values)
    return sum(values) / len(values) if values else None


def passed(spans: Iterable[tuple[datetime, datetime]]) -> float | None:
    return mean((end - start).total_seconds() for start, end in spans)


def sales_of(rows: Rows) -> dict[str, float | None]:
    steps, placed = rows.funnel(), [order for _, order in rows.placed]
    revenue = float(sum(order.total for order in placed))
    quota = sum(float(quota.amount) for quota in rows.quotas) * 8 / 30
    closing = []
    for basket, order in rows.placed:
        mine = [row for row in rows.interactions if row.conversation_id == basket.conversation_id]
        began = [row.started_at for row in mine if row.side == "sales" and row.started_at <= order.placed_at]
        closing += [(min(began), order.placed_at)] if began else []
    lying = [order.placed_at - basket.created_at for basket, order in rows.placed]
    return {
        "sales_conversations": len(steps["need"]),
        "leads": len(steps["lead"]),
        "qualified_leads": len(steps["qualified"]),
        "quotes": sum(rows.holds(quote.created_at) for quote in rows.quotes),
        "orders": len(placed),
        "lead_rate": share(steps["need"], steps["lead"].__contains__),
        "qualification_rate": share(steps["lead"], steps["qualified"].__contains__),
        "quote_rate": share(steps["lead"], steps["quoted"].__contains__),
        "close_rate": share(steps["lead"], steps["ordered"].__contains__),
        "conversion_rate": share(steps["need"], steps["ordered"].__contains__),
        "revenue": revenue,
        "average_order_value": revenue / len(placed) if placed else None,
        "quota_attainment": revenue / quota,
        "discount_given": float(sum(order.discount for order in placed)),
        "recovered_baskets": sum(lay >= timedelta(hours=24) for lay in lying),
        "time_to_close": passed(closing),
    }


def service_of(rows: Rows) -> dict[str, float | None]:
    topics = rows.services
    alone = [row for row in topics if row.handled_by == "bot" and row.outcome not in ("handed_over", "ticket")]
    helped = {row.conversation_id for row in topics}
    helped |= {row.conversation_id for row in rows.handoffs if rows.holds(row.ended_at) and row.state == "resolved"}
    rated = {row.conversation_id for row in rows.satisfaction if row.rating is not None}
    asked = [row for row in rows.handoffs if rows.holds(row.requested_at)]
    wanted = {row.conversation_id for row in asked if row.reason != "taken_over"}
    ended = [row for row in rows.handoffs if rows.holds(row.ended_at) and row.accepted_at]
    ended = [row for row in ended if row.ended_at >= row.accepted_at]
    limits = {team.id: timedelta(seconds=team.service_level_seconds) for team in rows.teams}
    waited = [row for row in asked if row.wish is None]
    late = [(row.accepted_at or row.ended_at) - row.requested_at > limits[row.team_id] for row in waited]
    worked = {
        name: [rows.working_seconds(row.team_id, start, end) for row, start, end in rows.waits(name)]
        for name in ("accepted_at", "first_reply_at")
    }
    return {
        "csat": share(
            (one for one in rows.satisfaction if rows.holds(one.at) and one.rating), lambda one: one.rating >= 4
        ),
        "csat_response_rate": share(helped, rated.__contains__),
        "resolution_rate": share(topics, rows.is_resolved),
        "first_contact_resolution": share(
            (row for row in topics if not rows.same(row, -1)),
            lambda row: rows.is_resolved(row) and not rows.same(row, 1),
        ),
        "self_service_rate": share(topics, lambda row: row in alone and rows.is_resolved(row)),
        "handover_rate": share({row.conversation_id for row in rows.topics} | wanted, wanted.__contains__),
        "reopen_rate": share(filter(rows.is_resolved, topics), lambda row: rows.same(row, 1)),
        "average_handling_time": passed((row.accepted_at, row.ended_at) for row in ended),
        "first_response_time": passed(first_answers(rows)),
        "agent_response_time": passed((start, end) for _, start, end in rows.waits("first_reply_at")),
        "agent_response_time_business": mean(worked["first_reply_at"]),
        "waiting_time": passed((start, end) for _, start, end in rows.waits("accepted_at")),
        "waiting_time_business": mean(worked["accepted_at"]),
        "complaints": sum(row.topic == "complaint" for row in rows.topics),
        "service_level_breaches": sum(late),
        "overdue_tickets": sum(
            rows.holds(one.at) and one.state != "solved" and one.due_at < clock.now() for one in rows.tickets
        ),
    }


def first_answers(rows: Rows) -> list[tuple[datetime, datetime]]:
    found = []
    for talk in (talk for talk in rows.conversations if rows.holds(talk.created_at)):
        mine = [one for one in rows.messages if one.conversation_id == talk.id]
        asked = next((one for one in mine if one.author == "customer"), None)
        answers = [one for one in mine if asked and one.id > asked.id and one.author in ("bot", "agent")]
        if asked and answers and answers[0].created_at >= asked.created_at:
            found.append((asked.created_at, answers[0].created_at))
    return found


def understanding_of(rows: Rows) -> dict[str, float | None]:
    messages = {one.id: one for one in rows.messages if rows.holds(one.created_at)}
    typed = [one for one in messages.values() if one.author == "customer" and one.intent is not None]
    looked_at = [one for one in rows.reviewed if one.message_id in messages]
    return {
        "low_confidence_share": share(
            typed, lambda one: one.intent == "nlu_fallback" or (one.confidence is not None and one.confidence < 0.5)
        ),
        "corrected_share": share(
            looked_at,
            lambda one: one.intent is not None and one.intent != (messages[one.message_id].intent or one.intent),
        ),
        "unknown_share": share(rows.topics, lambda row: row.outcome == "unknown"),
        "abandoned_share": share(rows.topics, lambda row: row.outcome == "abandoned"),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_measures_are_what_the_rows_say(days: Days, seed: int) -> None:
    make_up(days, seed)
    rows = Rows()
    expected = {**sales_of(rows), **service_of(rows), **understanding_of(rows)}
    with reading() as session:
        found = {name: figure.value for name, figure in report.figures(session, PERIOD).items()}
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == (value if value is None else pytest.approx(value, abs=0.01 if value > 10 else 1e-4)), name
    assert sum(value is not None and value > 0 for value in found.values()) > 25  # the days were eventful
