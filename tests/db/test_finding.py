"""Full-text search on both databases: what is written in several ways is found, and what is gone is not."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from bot.db import finding
from bot.db.models import Conversation, Customer, Message
from bot.db.session import reading, writing

SAID = "طلبت المكتبة الزرقاء D-10006 أمس، هاتفي 0501234567"


def found(wanted: str) -> int:
    """How many messages hold the words, by the index and without it."""
    terms = finding.terms_of(wanted)
    with reading() as session:
        counts = {
            len(session.scalars(select(Message.id).where(condition)).all())
            for condition in (finding.holds(session, Message, terms), finding.has(Message, terms))
        }
    assert len(counts) == 1
    return counts.pop()


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("مكتبه", True),
        ("المكتبة", True),
        ("زرق", True),
        ("امس", True),
        ("d-10006", True),
        ("١٠٠٠٦", True),
        ("+966501234567", True),
        ("501234567", True),
        ("0501234567", True),
        ("كتبة", False),
        ("مكتبة بيضاء", False),
    ],
)
def test_what_was_said_is_found_however_it_is_written(database: str, wanted: str, there: bool) -> None:
    parts = [{"type": "text", "text": SAID}, {"type": "cards", "cards": [{"title": "Blue shelf"}]}]
    with writing() as session:
        session.add(Conversation(id="c", channel="web", channel_user="c"))
        words = finding.words_of_parts(parts)
        session.add(Message(conversation_id="c", author="customer", parts=parts, words=words, language="ar"))
    assert found(wanted) == there and found("shelf") == 1


def test_the_index_follows_what_changes(database: str) -> None:
    with writing() as session:
        session.add(Conversation(id="c", channel="web", channel_user="c"))
        session.add(Message(conversation_id="c", author="bot", parts=[], words="purple lamp", language="en"))
    assert (found("purple"), found("green")) == (1, 0)
    with writing() as session:
        session.execute(update(Message).values(words="green lamp"))
    assert (found("purple"), found("green")) == (0, 1)
    with writing() as session:
        session.execute(delete(Conversation))
    assert found("green") == 0


def test_customers_are_found_by_name_address_and_number(database: str) -> None:
    with writing() as session:
        session.add(Customer(code="1", name="هدى أحمد", email="huda@example.com", phone="+966501234567"))
    for wanted in ("احمد", "huda@example.com", "0501234567", "+966501234567"):
        with reading() as session:
            condition = finding.holds(session, Customer, finding.terms_of(wanted))
            assert session.scalars(select(Customer.code).where(condition)).all() == ["1"], wanted
