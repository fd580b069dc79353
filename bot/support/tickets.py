"""Tickets: what a person has to see to, how urgent and why, and by when; with a number the customer can name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Order, Team, Ticket
from bot.db.session import writing
from bot.insight import events
from bot.support import mood, policies, wording
from bot.support.order_changes import refund

FIRST_NUMBER = 4000
LOW, NORMAL, HIGH, CRITICAL = 1, 2, 3, 4
_HEAVY = frozenset({"damaged", "faulty", "wrong_item", "missing_part", "money"})


@dataclass(frozen=True)
class Judged:
    """How severe a complaint is, what it is about, and the words that say so."""

    severity: int
    cause: str
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Opened:
    """A ticket: its number, when it is answered, and what was given for goodwill."""

    number: str
    due_at: datetime
    severity: int
    goodwill: Decimal | None = None
    currency: str = ""


def judge(story: str, feeling: int = 0) -> Judged:
    """How severe a complaint is and what it is about, by rules that name their reasons.

    Args:
        feeling: mood of the conversation, see `bot/support/mood.py`.
    """
    signals = mood.read(story)
    causes = wording.named("causes", story)
    cause = max(causes, key=lambda name: len(causes[name]), default="other")
    reasons = [f"{name}: {', '.join(sorted(set(map(str.strip, words))))}" for name, words in causes.items()]
    severity = NORMAL if cause in _HEAVY else LOW
    if mood.is_boiling(feeling) or signals.anger >= 2:
        severity = HIGH
        reasons.append(f"anger: {', '.join(signals.words) or feeling}")
    if signals.urgent:
        severity = CRITICAL if signals.urgent == "injury" else max(severity, HIGH)
        reasons.append(f"{signals.urgent}: {', '.join(signals.words)}")
    return Judged(severity, signals.urgent or cause, reasons)


def due(session: Session, severity: int) -> datetime:
    """When a ticket of a severity is answered at the latest."""
    return now() + timedelta(hours=policies.service_rules(session).hours_by_severity[severity - 1])


def open_ticket(
    topic: str,
    conversation_id: str,
    message_id: int,
    *,
    team: str = "service",
    judged: Judged | None = None,
    story: str = "",
    wish: str = "",
    order_id: int | None = None,
    customer_id: int | None = None,
    goodwill: bool = False,
) -> Opened:
    """Open a ticket; once a message and topic.

    Args:
        goodwill: give back the delivery cost of the order if the policy has that for the cause.
    """
    judged = judged or Judged(NORMAL, "other")
    with writing() as session:
        row = session.execute(
            select(Ticket).where(
                Ticket.conversation_id == conversation_id, Ticket.message_id == message_id, Ticket.topic == topic
            )
        ).scalar_one_or_none()
        order = session.get(Order, order_id) if order_id else None
        if row is None:
            row = Ticket(
                topic=topic,
                team_id=session.execute(select(Team.id).where(Team.code == team)).scalar(),
                severity=judged.severity,
                cause=judged.cause,
                reasons=judged.reasons,
                story=story,
                wish=wish,
                order_id=order_id,
                customer_id=customer_id or (order.customer_id if order else None),
                conversation_id=conversation_id,
                message_id=message_id,
                due_at=due(session, judged.severity),
                at=now(),
            )
            if goodwill and order is not None:
                row.goodwill = _goodwill(session, order, judged.cause)
            session.add(row)
            session.flush()
            row.number = str(FIRST_NUMBER + row.id)
            session.flush()
            told = {"number": row.number, "topic": topic, "severity": row.severity, "team": team}
            events.emit(session, "ticket.created", {**told, "conversation_id": conversation_id})
        return Opened(row.number, row.due_at, row.severity, row.goodwill, order.currency if order else "")


def _goodwill(session: Session, order: Order, cause: str) -> Decimal | None:
    """Put the delivery cost on its way back if the policy has that for the cause and the limits are not reached."""
    rules = policies.service_rules(session)
    amount = min(order.delivery_cost or Decimal(0), rules.goodwill_limit)
    if cause not in rules.goodwill or amount <= 0 or order.payment_state != "paid":
        return None
    given = select(func.count()).select_from(Ticket).where(Ticket.goodwill.is_not(None))
    for_order = session.execute(given.where(Ticket.order_id == order.id)).scalar()
    a_year = given.where(Ticket.customer_id == order.customer_id, Ticket.at > now() - timedelta(days=365))
    if for_order or (order.customer_id and int(session.execute(a_year).scalar() or 0) >= rules.goodwill_a_year):
        return None
    refund(session, order, amount, "goodwill")
    return amount


def open_about(session: Session, order_id: int, topic: str) -> Ticket | None:
    """The newest ticket about an order that a person still has to answer."""
    found: Ticket | None = session.execute(
        select(Ticket)
        .where(Ticket.order_id == order_id, Ticket.topic == topic, Ticket.state != "solved")
        .order_by(Ticket.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def reopen(conversation_id: str) -> Opened | None:
    """Reopen the newest ticket of a conversation, if it has one."""
    with writing() as session:
        row = session.execute(
            select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.id.desc()).limit(1)
        ).scalar_one_or_none()
        if row is None:
            return None
        row.state, row.severity = "reopened", min(CRITICAL, row.severity + 1)
        row.due_at = due(session, row.severity)
        session.flush()
        return Opened(row.number, row.due_at, row.severity)
