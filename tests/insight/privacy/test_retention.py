"""What is older than it is kept goes, and is written down; figures and what is still needed stay."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import clock
from bot.clock import now
from bot.db.models import (
    AuditEntry,
    Consent,
    Conversation,
    Customer,
    DialogueEvent,
    DialogueState,
    Interaction,
    Lead,
    Message,
    Note,
    Order,
    VerificationAttempt,
)
from bot.db.session import reading, writing
from bot.insight.privacy import retention
from bot.settings import SettingsError, read, settings
from tests.support.samples import conversation


def _a_talk(talk: str) -> None:
    conversation(talk)
    with writing() as session:
        customer = Customer(code=talk, name="Huda", email=f"{talk[0]}@example.com")
        lead = Lead(conversation_id=talk, email=f"{talk[0]}@example.com", need="a lamp")
        session.add_all([customer, lead])
        session.flush()
        number, contact = talk[0], {"email": customer.email, "customer_id": customer.id}
        order = Order(number=number, number_key=number, placed_at=now(), state="delivered", currency="SAR", **contact)
        order.total = Decimal(90)
        parts = [{"type": "text", "text": "words of a customer"}]
        message = Message(conversation_id=talk, author="customer", parts=parts, language="en", intent="greet")
        session.add_all([order, message])
        session.flush()
        topic = {"topic": "greet", "side": "general", "channel": "web", "language": "en"}
        common: dict[str, Any] = {"conversation_id": talk, "message_id": message.id}
        said = {"purpose": "contact", "channel": "email", "wording": "We may write.", "language": "en"}
        session.add_all(
            [
                DialogueEvent(events="words of a customer", **common),
                DialogueState(conversation_id=talk, events="words of a customer"),
                Note(conversation_id=talk, text="about the customer"),
                Interaction(conversation_id=talk, opened_by=message.id, last_message_id=message.id, **topic),
                VerificationAttempt(number_key=number, succeeded=True, **common),
                Consent(lead_id=lead.id, **common, **said),
            ]
        )


def _counts(*models: Any) -> list[int]:
    with reading() as session:
        return [session.execute(select(func.count()).select_from(model)).scalar_one() for model in models]


def test_each_kind_goes_at_its_age(database: str) -> None:
    with clock.moved_by(timedelta(days=-800)):
        _a_talk("a" * 32)
    _a_talk("b" * 32)
    due = {"conversations": 1, "trails": 1, "leads": 1, "attempts": 1}
    assert {name: count for name, count in retention.overdue().items() if count} == due

    assert {name: count for name, count in retention.carry_out().items() if count} == due

    with reading() as session:
        said = session.execute(select(Message.parts, Message.intent).order_by(Message.conversation_id)).all()
        assert [(parts[0]["text"], intent) for parts, intent in said] == [
            ("", "greet"),
            ("words of a customer", "greet"),
        ]
        assert session.get(Conversation, "a" * 32).emptied_at is not None
        assert [entry.subject for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
            "trails=1 attempts=1 conversations=1 leads=1"
        ]
    gone = _counts(DialogueEvent, DialogueState, Note, Lead, VerificationAttempt, Consent)
    assert gone == [1] * 6
    assert _counts(Interaction, Order, Customer) == [2, 2, 2]  # measures and books stay
    assert sum(retention.carry_out().values()) == 0


def test_orders_lose_who_it_was_and_keep_what_it_was(database: str) -> None:
    with clock.moved_by(timedelta(days=-4000)):
        _a_talk("a" * 32)
    done = retention.carry_out()
    assert (done["orders"], done["customers"]) == (1, 1)
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
        assert (order.email, order.customer_id, order.total) == (None, None, 90)
        assert session.execute(select(Customer)).first() is None


def test_zero_keeps_for_ever(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONVERSATIONS", "TRAILS", "LEADS", "ORDERS", "AUDIT", "TRACES"):
        monkeypatch.setenv(f"DUKAN_KEEP_{name}_DAYS", "0")
    settings.cache_clear()
    with clock.moved_by(timedelta(days=-9000)):
        _a_talk("a" * 32)
    assert not any(retention.overdue().values())
    assert not any(retention.carry_out().values())
    with pytest.raises(SettingsError):
        read({"DUKAN_KEEP_AUDIT_DAYS": "-1"})


def test_the_job_runs_once_a_day(database: str) -> None:
    with clock.moved_by(timedelta(days=-800)):
        _a_talk("a" * 32)
    assert retention.carry_out_daily() == 4
    with clock.moved_by(timedelta(hours=23)):
        assert retention.carry_out_daily() == 0
    assert _counts(AuditEntry) == [1]
    with clock.moved_by(timedelta(hours=25)):
        retention.carry_out_daily()
    assert _counts(AuditEntry) == [2]
