"""A copy of one's data holds all of it; erasing leaves nothing that tells who it was."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, text, update

from bot import clock
from bot.db.models import Base, Conversation, Customer, DialogueEvent, Message, Order, Ticket
from bot.db.session import engine, reading, writing
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
    tickets.open_ticket("complaint", talks[0], 1, story="my secret words", order_id=1)
    return talks


def test_the_copy_holds_orders_talks_and_tickets(database: str) -> None:
    _talks()
    copy = accounts.export(1)
    assert copy is not None
    assert copy["customer"]["email"] == "huda@example.com"
    assert [order["number"] for order in copy["orders"]] == ["#1001"]
    assert [talk["messages"][0]["parts"][0]["text"] for talk in copy["conversations"]] == ["my secret words"] * 2
    assert [ticket["story"] for ticket in copy["tickets"]] == ["my secret words"]
    assert accounts.export(99) is None


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
    assert receipt.counts == {"orders": 1, "tickets": 1, "conversations": 2}
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Customer)).scalar() == 0
        order = session.execute(select(Order)).scalar_one()
        assert order.total == 920 and order.email is None and order.phone is None
        assert session.get(Conversation, first) is None and session.get(Conversation, second) is not None
        assert session.execute(select(Ticket.story)).scalar_one() == ""
    assert accounts.finish_erasures() == 0  # it is still being talked in
    with clock.moved_by(timedelta(hours=2)):
        assert accounts.finish_erasures() == 1
        assert accounts.finish_erasures() == 0
    left = _everything()
    for trace in ("huda@example.com", "+966512345678", "Huda", "secret words", "Old Street"):
        assert trace not in left


def test_others_are_left_alone(database: str) -> None:
    _talks()
    stranger = conversation("d" * 32)
    with writing() as session:
        session.add(Customer(code="c-2", name="Omar", email="omar@example.com"))
        session.execute(update(Conversation).where(Conversation.id == stranger).values(customer_id=2))
    accounts.erase(1, "b" * 32)
    with reading() as session:
        assert session.execute(select(Customer.email)).scalar_one() == "omar@example.com"
        assert session.get(Conversation, stranger) is not None
