"""A copy of one's data holds all of it; erasing leaves nothing that tells who it was."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, text, update

from bot import clock
from bot.db.models import AuditEntry, Base, Conversation, Customer, DialogueEvent, Message, Note, Order, Ticket
from bot.db.session import engine, reading, writing
from bot.insight.privacy import erasure
from bot.support import accounts, tickets, verification
from tests.support.samples import conversation, huda_buys_beds


def _talks() -> tuple[str, str]:
    """Two conversations in which Huda proved her order, each with words of hers."""
    huda_buys_beds("delivered")
    talks = conversation("a" * 32), conversation("b" * 32)
    for place, talk in enumerate(talks):
        verification.prove(talk, place + 1, "1001", "huda@example.com")
        with writing() as session:
            parts = [{"type": "text", "text": "my secret words"}]
            session.add(Message(conversation_id=talk, author="customer", parts=parts, language="en"))
            session.add(DialogueEvent(conversation_id=talk, events="my secret words"))
            session.add(Note(conversation_id=talk, text="seems in a hurry"))
    tickets.open_ticket("complaint", talks[0], 1, story="my secret words", order_id=1)
    return talks


def test_the_copy_holds_orders_talks_and_tickets(database: str) -> None:
    _talks()
    copy = accounts.export(1)
    assert copy is not None
    assert [customer["email"] for customer in copy["customers"]] == ["huda@example.com"]
    assert [order["number"] for order in copy["orders"]] == ["#1001"]
    assert [message["parts"][0]["text"] for message in copy["messages"]] == ["my secret words"] * 2
    assert [ticket["story"] for ticket in copy["tickets"]] == ["my secret words"]
    assert "notes" not in copy
    assert accounts.export(99) is None
    with reading() as session:
        asked = session.execute(select(AuditEntry.action, AuditEntry.subject)).all()
        assert asked == [("export_person", "customer 1")]


def _everything() -> str:
    """All rows of all tables as one text."""
    found = []
    with engine().connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(text(f'SELECT * FROM "{table.name}"')).all()
            found += [str(tuple(row)) for row in rows]
    return "\n".join(found)


def test_erasing_leaves_the_books_and_no_name(database: str) -> None:
    first, second = _talks()
    receipt = accounts.erase(1, second)
    assert receipt.counts == {"customers": 1, "orders": 1, "conversations": 2}
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Customer)).scalar() == 0
        order = session.execute(select(Order)).scalar_one()
        assert order.total == 920 and order.email is None and order.phone is None
        words = session.execute(select(Message.conversation_id, Message.parts)).all()
        assert {talk: parts[0]["text"] for talk, parts in words} == {first: "", second: "my secret words"}
        assert session.execute(select(Ticket.story)).scalar_one() == ""
    assert erasure.finish() == 0  # it is still being talked in
    with clock.moved_by(timedelta(hours=2)):
        assert erasure.finish() == 1
        assert erasure.finish() == 0
    left = _everything()
    for trace in ("huda@example.com", "+966512345678", "Huda", "secret words", "Old Street", "in a hurry"):
        assert trace not in left


def test_others_are_left_alone(database: str) -> None:
    _talks()
    stranger = conversation("d" * 32)
    with writing() as session:
        session.add(Customer(code="c-2", name="Omar", email="omar@example.com", phone="+966512345678"))
        session.execute(update(Conversation).where(Conversation.id == stranger).values(customer_id=2))
        parts = [{"type": "text", "text": "call me at 0512345678"}]  # the family's telephone
        session.add(Message(conversation_id=stranger, author="customer", parts=parts, language="en"))
    accounts.erase(1, "b" * 32)
    with clock.moved_by(timedelta(hours=2)):
        assert erasure.finish() == 1
    with reading() as session:
        assert session.execute(select(Customer.email, Customer.phone)).one() == ("omar@example.com", "+966512345678")
        words = select(Message.parts).where(Message.conversation_id == stranger)
        assert session.execute(words).scalar_one() == parts
        assert session.get(Conversation, stranger).customer_id == 2
