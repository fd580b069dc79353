"""How long what is kept, and the job that carries it out: a chore once a day, and `python -m bot retention`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import (
    AgentSession,
    AuditEntry,
    Conversation,
    CouponTry,
    Customer,
    DialogueEvent,
    Invitation,
    Lead,
    OneTimeCode,
    Order,
    Outbox,
    SignInThrottle,
    VerificationAttempt,
    WebhookDelivery,
)
from bot.db.session import reading, rewrite, writing
from bot.insight.privacy import emptying
from bot.insight.privacy.ground import Person
from bot.settings import settings

EVERY = timedelta(days=1)
DONE = "retention"  # what the audit log calls it
AT_ONCE = 200  # rows handled in one transaction, so that nobody waits long for the database
# What a customer agreed to, and what is still to be done for them, outlives the talk it came from.
NOT_OF_THE_TALK = frozenset({"appointments", "consents", "follow_ups", "leads", "webhook_deliveries"})


@dataclass(frozen=True)
class Kind:
    """A kind of data.

    Args:
        days: for how long it is kept; 0 is for ever.
        due: those of it that are older than a moment, as a query for their ids.
        clear: deletes or empties some of them.
    """

    name: str
    days: Callable[[], int]
    due: Callable[[datetime], Any]
    clear: Callable[[Session, list[Any]], list[str]]


def _deleted(model: Any) -> Callable[[Session, list[Any]], list[str]]:
    def clear(session: Session, ids: list[Any]) -> list[str]:
        (key,) = model.__table__.primary_key.columns
        session.execute(delete(model.__table__).where(key.in_(ids)))
        return []

    return clear


def _older(model: Any, moment: str, *conditions: Any) -> Callable[[datetime], Any]:
    (key,) = model.__table__.primary_key.columns
    return lambda before: select(key).where(getattr(model, moment) < before, *conditions)


def _silent_talks(before: datetime) -> Any:
    return select(Conversation.id).where(Conversation.updated_at < before, Conversation.emptied_at.is_(None))


def _empty_talks(session: Session, ids: list[Any]) -> list[str]:
    files = emptying.empty(session, Person(talks=set(ids)), spare=NOT_OF_THE_TALK)
    session.execute(update(Conversation.__table__).where(Conversation.id.in_(ids)).values(emptied_at=now()))
    return files


def _old_orders(before: datetime) -> Any:
    named = Order.email.is_not(None) | Order.phone.is_not(None) | Order.customer_id.is_not(None)
    return select(Order.id).where(Order.placed_at < before, named)


def _empty_orders(session: Session, ids: list[Any]) -> list[str]:
    return emptying.empty(session, Person(orders=set(ids)))


def _idle_customers(before: datetime) -> Any:
    """Customers of whom no order and no conversation is left."""
    ordered = exists().where(Order.customer_id == Customer.id)
    talked = exists().where(Conversation.customer_id == Customer.id)
    return select(Customer.id).where(Customer.created_at < before, ~ordered, ~talked)


def _empty_customers(session: Session, ids: list[Any]) -> list[str]:
    return emptying.empty(session, Person(customers=set(ids)))


def _empty_leads(session: Session, ids: list[Any]) -> list[str]:
    return emptying.empty(session, Person(leads=set(ids)))


def _traces() -> int:
    return settings().keep_traces_days


KINDS = (
    Kind("trails", lambda: settings().keep_trails_days, _older(DialogueEvent, "at"), _deleted(DialogueEvent)),
    Kind("audit", lambda: settings().keep_audit_days, _older(AuditEntry, "at"), _deleted(AuditEntry)),
    Kind("codes", _traces, _older(OneTimeCode, "sent_at"), _deleted(OneTimeCode)),
    Kind("attempts", _traces, _older(VerificationAttempt, "at"), _deleted(VerificationAttempt)),
    Kind("coupon_tries", _traces, _older(CouponTry, "at"), _deleted(CouponTry)),
    Kind("throttles", _traces, _older(SignInThrottle, "updated_at"), _deleted(SignInThrottle)),
    Kind("sign_ins", _traces, _older(AgentSession, "expires_at"), _deleted(AgentSession)),
    Kind("invitations", _traces, _older(Invitation, "expires_at"), _deleted(Invitation)),
    Kind("outbox", _traces, _older(Outbox, "due_at", Outbox.state != "pending"), _deleted(Outbox)),
    Kind(
        "webhook_deliveries",
        _traces,
        _older(WebhookDelivery, "created_at", WebhookDelivery.state != "pending"),
        _deleted(WebhookDelivery),
    ),
    Kind("conversations", lambda: settings().keep_conversations_days, _silent_talks, _empty_talks),
    Kind("leads", lambda: settings().keep_leads_days, _older(Lead, "updated_at"), _empty_leads),
    Kind("orders", lambda: settings().keep_orders_days, _old_orders, _empty_orders),
    Kind("customers", lambda: settings().keep_orders_days, _idle_customers, _empty_customers),
)


def overdue() -> dict[str, int]:
    """How much of each kind is older than it is kept."""
    with reading() as session:
        found = {}
        for kind in KINDS:
            days = kind.days()
            due = select(func.count()).select_from(kind.due(now() - timedelta(days=days)).subquery())
            found[kind.name] = int(session.execute(due).scalar() or 0) if days else 0
    return found


def carry_out() -> dict[str, int]:
    """Delete or empty what is older than it is kept, and write down what was done; how much of each kind."""
    done = {kind.name: _clear(kind) for kind in KINDS}
    told = " ".join(f"{name}={count}" for name, count in done.items() if count) or "nothing was due"
    with writing() as session:
        session.add(AuditEntry(action=DONE, subject=told[:200], at=now()))
    if sum(done.values()):
        rewrite()
    return done


def _clear(kind: Kind) -> int:
    days, cleared = kind.days(), 0
    before = now() - timedelta(days=days)
    while days:
        with writing() as session:
            ids = list(session.execute(kind.due(before).limit(AT_ONCE)).scalars())
            files = kind.clear(session, ids) if ids else []
        emptying.remove_files(files)
        cleared += len(ids)
        if len(ids) < AT_ONCE:
            break
    return cleared


def carry_out_daily() -> int:
    """The same once a day; how many rows."""
    with reading() as session:
        last = session.execute(select(func.max(AuditEntry.at)).where(AuditEntry.action == DONE)).scalar()
    if last is not None and last > now() - EVERY:
        return 0
    return sum(carry_out().values())
