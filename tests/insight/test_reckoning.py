"""Every measure once more, from raw rows in plain Python: on days made up at random it must come to the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.db.models import (
    Basket,
    Conversation,
    Customer,
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
REASONS = ("asked", "asked", "locked", "taken_over")
HOURS = {str(day): [[540, 1020], [1320, 1500]] for day in range(6)}  # an opening past midnight, one day off
Table = list[Any]


def make_up(days: Days, seed: int) -> None:
    """Three weeks of a shop in which anything may have happened."""
    dice = random.Random(seed)
    begin = datetime(2026, 4, 13, tzinfo=timezone.utc)
    days.shop(timezone="Africa/Cairo")
    days.team("service", hours=HOURS, holidays=["2026-04-23"], timezone="Asia/Riyadh", service_level_seconds=3600)
    for month, team, amount in (
        ("2026-04", "sales", "700.5"),
        ("2026-04", "service", "90"),
        ("2026-05", "sales", "5000"),
    ):
        quotas.keep(month, team, Decimal(amount))
    days.add(Lead(conversation_id=None, email="erased@shop.example", created_at=begin + timedelta(days=9)))

    def moment() -> datetime:
        return begin + timedelta(seconds=dice.randrange(21 * 86400), microseconds=dice.randrange(10**6))

    customers = [None, days.add(Customer(code=f"c{seed}", name="Noor"))]
    for _ in range(60):
        _talk(days, dice, moment, dice.choice(customers))


def _talk(days: Days, dice: random.Random, moment: Callable[[], datetime], customer: int | None) -> None:
    start = moment()
    talk = days.conversation(start, customer_id=customer)
    for _ in range(dice.randrange(4)):
        topic, when = dice.choice(list(TOPICS)), moment()
        order = dice.choice((None, None, "D-1", "D-2"))
        handled = {"handled_by": dice.choice(("bot", "both")), "order_number": order, "side": TOPICS[topic]}
        handled |= {"channel": dice.choice(("web", "telegram")), "language": dice.choice(("en", "ar"))}
        handled["place"] = dice.choice((None, "guide#1", "guide#2"))
        days.topic(talk, when, topic, dice.choice(OUTCOMES), **handled)
        if dice.random() < 0.4:
            intent, confidence = dice.choice(("thanks", "greet", "nlu_fallback", None)), dice.random()
            payload = dice.choice((None, None, "/greet"))
            said = days.message(talk, "customer", when, intent=intent, confidence=confidence, payload=payload)
            if dice.random() < 0.8:
                with writing() as session:
                    session.add(ReviewedMessage(message_id=said, intent=dice.choice((None, "thanks", "greet"))))
        if dice.random() < 0.4:
            days.judged(talk, moment(), topic, dice.random() < 0.5, dice.choice((None, 1, 3, 4, 5)))
        if dice.random() < 0.3:
            days.ticket(talk, moment(), topic, state=dice.choice(("open", "solved")))
    if dice.random() < 0.5:
        days.message(talk, dice.choice(("bot", "agent")), moment())
    if dice.random() < 0.6:
        ordered, lay = moment(), timedelta(hours=dice.randrange(48))
        kept = {
            "state": dice.choice(("shipped", "shipped", "cancelled")),
            "currency": dice.choice(("SAR", "SAR", "USD")),
        }
        days.order(talk, ordered, "120.25", begun=ordered - lay, discount=Decimal(5), **kept)
    if dice.random() < 0.3:
        days.quote(talk, moment())
    if dice.random() < 0.2:
        email = dice.choice((None, f"{talk}@shop.example"))
        days.add(Lead(conversation_id=talk, email=email, created_at=moment()))
    if dice.random() < 0.6:
        _ask_for_a_person(days, dice, talk, moment())


def _ask_for_a_person(days: Days, dice: random.Random, talk: str, asked: datetime) -> None:
    """Answered after a while, not yet, never, or before it was asked, where the clock jumped."""
    accepted = dice.choice((None, asked + timedelta(hours=dice.randrange(60)), asked - timedelta(hours=1)))
    ended = dice.choice((None, asked + timedelta(hours=61), asked - timedelta(hours=2)))
    times = {"accepted_at": accepted, "first_reply_at": accepted, "ended_at": ended}
    details = {"wish": dice.choice((None, None, "email")), "contact": dice.choice((None, "a@b.example"))}
    details["state"] = "waiting" if accepted is None and ended is None else dice.choice(("resolved", "returned"))
    details["satisfaction"] = dice.choice((None, 2, 5))
    handoff = days.handoff(
        talk, asked, dice.choice(("sales", "service")), reason=dice.choice(REASONS), **times, **details
    )
    if dice.random() < 0.2:
        with writing() as session:
            session.execute(update(Handoff).where(Handoff.id == handoff).values(team_id=None))  # its team is gone


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
            (basket, order)
            for basket, order in pairs
            if self.holds(order.placed_at) and order.state != "cancelled" and order.currency == "SAR"
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
        lead.discard(None)  # whose conversation is gone
        left |= {handoff.conversation_id for handoff in self.handoffs if handoff.contact}
        left |= {talk.id for talk in self.conversations if talk.customer_id}
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
        spans = [(row, row.requested_at, getattr(row, end)) for row in self.waited_for() if getattr(row, end)]
        return [(row, asked, ended) for row, asked, ended in spans if ended >= asked]

    def waited_for(self) -> Table:
        asked = [row for row in self.handoffs if self.holds(row.requested_at)]
        return [row for row in asked if row.wish is None and row.reason != "taken_over"]

    def working_seconds(self, team_id: int | None, start: datetime, end: datetime) -> float:
        """Minute by minute, as slow as it is plain."""
        team = next((team for team in self.teams if team.id == team_id), None)
        if team is None or not team.hours:
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
    quota = sum(float(quota.amount) for quota in rows.quotas if quota.month == "2026-04") * 8 / 30
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
    waited = [row for row in rows.waited_for() if row.team_id]
    ends = [row.accepted_at or row.ended_at or clock.now() for row in waited]
    late = [end - row.requested_at > limits[row.team_id] for row, end in zip(waited, ends)]
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
    typed = [one for one in messages.values() if one.author == "customer" and one.intent and not one.payload]
    looked_at = [one for one in rows.reviewed if one.message_id in messages and one.intent]
    return {
        "low_confidence_share": share(
            typed, lambda one: one.intent == "nlu_fallback" or (one.confidence is not None and one.confidence < 0.5)
        ),
        "corrected_share": share(looked_at, lambda one: one.intent != messages[one.message_id].intent),
        "unknown_share": share(rows.topics, lambda row: row.outcome == "unknown"),
        "abandoned_share": share(rows.topics, lambda row: row.outcome == "abandoned"),
    }


@pytest.mark.parametrize("seed", [4, 8])
def test_measures_are_what_the_rows_say(days: Days, seed: int) -> None:
    make_up(days, seed)
    rows = Rows()
    expected = {**sales_of(rows), **service_of(rows), **understanding_of(rows)}
    with reading() as session:
        found = {name: figure.value for name, figure in report.figures(session, PERIOD).items()}
    assert found.keys() == expected.keys() == {measure.name for measure in report.MEASURES}
    for name, value in expected.items():
        assert found[name] == (value if value is None else pytest.approx(value, abs=0.01 if value > 10 else 1e-4)), name
    # The days were so eventful that each is made of something, and no share is all.
    assert {name for name, value in found.items() if not value} <= {"first_contact_resolution", "reopen_rate"}
    assert not [one.name for one in report.MEASURES if one.unit == "share" and found[one.name] == 1]
    assert_tables(rows)


def assert_tables(rows: Rows) -> None:
    """What the page shows beside the measures adds up with the same rows."""
    with reading() as session:
        shown = report.whole(session, PERIOD, "en", str)
    for name in ("topic", "channel", "language"):
        table = {row["name"]: row for row in shown[f"by_{name}"]}
        assert {key: row["topics"] for key, row in table.items()} == Counter(getattr(row, name) for row in rows.topics)
        for key, row in table.items():
            mine = [one for one in rows.topics if getattr(one, name) == key]
            assert row["resolved"] == sum(map(rows.is_resolved, mine))
            assert row["unknown"] == sum(one.outcome == "unknown" for one in mine)
    in_days = Counter(row.started_at.astimezone(CAIRO).date().isoformat() for row in rows.topics)
    assert {row["day"]: row["topics"] for row in shown["trend"] if row["topics"]} == in_days
    assert sum(row["revenue"] for row in shown["trend"]) == pytest.approx(shown["revenue"])
    hours = Counter((at.weekday(), at.hour) for at in (row.started_at.astimezone(CAIRO) for row in rows.topics))
    assert {(row["weekday"], row["hour"]): row["topics"] for row in shown["heat"]} == hours
    assert [row["conversations"] for row in shown["funnel"]] == [len(talks) for talks in rows.funnel().values()]
    left = Counter((row.topic, row.place or "") for row in rows.topics if row.outcome == "abandoned")
    assert {(row["name"], row["place"]): row["abandoned"] for row in shown["drop_offs"]} == left
    asked = [row for row in rows.handoffs if rows.holds(row.requested_at)]
    assert {row["name"]: row["count"] for row in shown["handover_reasons"]} == Counter(row.reason for row in asked)
    assert sum(row["breaches"] for row in shown["by_team"]) == shown["service_level_breaches"]
    assert sum(row["revenue"] for row in shown["by_team"]) == pytest.approx(shown["revenue"])
    for team in shown["by_team"]:
        id_ = next(one.id for one in rows.teams if one.code == team["code"])
        waits = [(asked, ended) for row, asked, ended in rows.waits("accepted_at") if row.team_id == id_]
        assert team["waiting_time"] == pytest.approx(passed(waits), abs=0.1)
        assert team["handoffs"] == sum(row.team_id == id_ for row in asked)
