"""No query of a report or of the desk's search reads a growing table from end to end: every one goes by an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from bench.reports import fill
from bot.clock import now
from bot.db.models import Agent, Conversation, ConversationLabel, Customer
from bot.db.session import engine, reading, writing
from bot.desk import search
from bot.desk.sessions import Caller
from bot.insight import report
from bot.insight.periods import Period
from tests.insight.conftest import RIYADH

GROWING = {
    "baskets",
    "conversation_labels",
    "conversations",
    "customers",
    "handoffs",
    "interactions",
    "leads",
    "messages",
    "orders",
    "quotes",
    "satisfaction",
    "tickets",
}


def _asked(act: Callable[[], Any]) -> set[tuple[str, Any]]:
    """The statements that an act sends to the database, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, tuple(parameters.items()) if isinstance(parameters, dict) else tuple(parameters)))

    event.listen(engine(), "before_cursor_execute", note)
    act()
    event.remove(engine(), "before_cursor_execute", note)
    return set(asked)


def _report() -> None:
    today = now().date()
    with reading() as session:
        period = Period(date.fromordinal(today.toordinal() - 6), today, RIYADH)
        report.whole(session, period, "en", str)


def _search() -> None:
    for role in ("supervisor", "agent"):
        search.find(Caller(1, "Mona", "mona@shop.example", role, "en", (), (), "", ""), "quiet printer")


def _read_whole(connection: Connection, statement: str, parameters: Any) -> Iterator[str]:
    """The growing tables that a statement reads from end to end."""
    if connection.dialect.name == "sqlite":
        for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
            table = re.match(r"SCAN (\w+)", step)
            if table and table[1].removesuffix("_1").removesuffix("_2") in GROWING and "USING" not in step:
                yield step
        return
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", dict(parameters)).scalar_one()
    nodes = [plan[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        by_condition = "Index Cond" in node or "Recheck Cond" in node
        # What an agent may see is told conversation by conversation, the newest first.
        in_order = node.get("Index Name") == "ix_conversations_updated_at"
        if node.get("Relation Name") in GROWING and not (by_condition or in_order):
            yield f"{node['Node Type']} on {node['Relation Name']}"


def _sign_in(session: Session) -> None:
    """Customers for all conversations, and agents in some of them."""
    conversations = list(session.scalars(select(Conversation).order_by(Conversation.id)))
    for number in range(1, len(conversations) + 1):
        session.add(Customer(id=number, code=str(number), name=f"Customer {number}"))
    for number in range(1, 31):
        session.add(Agent(id=number, email=f"a{number}@shop.example", name="Agent", password_hash="-"))
    session.flush()
    for number, conversation in enumerate(conversations, start=1):
        conversation.customer_id = number
        session.add(ConversationLabel(conversation_id=conversation.id, label=f"label {number}"))
        if number <= 30:
            conversation.owner, conversation.agent_id = "agent", number


@pytest.mark.parametrize(("act", "least"), [(_report, 40), (_search, 5)], ids=["report", "search"])
def test_every_query_goes_by_an_index(database: str, act: Callable[[], None], least: int) -> None:
    with writing() as session:
        fill(session, 3000)
        _sign_in(session)
    asked = _asked(act)
    assert len(asked) > least
    with engine().connect() as connection:
        connection.execute(text("ANALYZE"))
        if connection.dialect.name != "sqlite":
            # A table as small as these is quickest read whole: what is left then has no index to go by.
            connection.execute(text("SET enable_seqscan = off"))
        for statement, parameters in asked:
            assert not list(_read_whole(connection, statement, parameters)), statement


def test_a_large_shop_is_reported_on_quickly(database: str) -> None:
    with writing() as session:
        fill(session, 10_000)
    began = now()
    with reading() as session:
        period = Period(date.fromordinal(now().date().toordinal() - 29), now().date(), RIYADH)
        found = report.whole(session, period, "en", str)
    assert found["sales_conversations"] > 100
    assert (now() - began).total_seconds() < 5
