"""No query of a report reads a growing table from end to end: every one goes by an index."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text

from bench.reports import fill
from bot.clock import now
from bot.db.session import engine, reading, writing
from bot.insight import needs, report
from bot.insight.periods import Period
from tests.insight.conftest import RIYADH

GROWING = ("conversations", "messages", "interactions", "orders", "quotes", "handoffs", "satisfaction", "tickets")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_query_goes_by_an_index(database: str) -> None:
    with writing() as session:
        fill(session, 3000)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine(), "before_cursor_execute", note)
    today = now().date()
    with reading() as session:
        period = Period(date.fromordinal(today.toordinal() - 6), today, RIYADH)
        report.whole(session, period, "en")
        needs.lists(session, report.scope_of(session, period), "en", str)
    event.remove(engine(), "before_cursor_execute", note)
    assert len(asked) > 40
    with engine().connect() as connection:
        connection.execute(text("ANALYZE"))
        for statement, parameters in {(statement, tuple(parameters)) for statement, parameters in asked}:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for *_, step in plan:
                table = re.match(r"SCAN (\w+)(?! USING)", step)
                assert not (table and table[1].rstrip("_12") in GROWING and "USING" not in step), (step, statement)


def test_a_large_shop_is_reported_on_quickly(database: str) -> None:
    with writing() as session:
        fill(session, 10_000)
    began = now()
    with reading() as session:
        period = Period(date.fromordinal(now().date().toordinal() - 29), now().date(), RIYADH)
        found = report.whole(session, period, "en")
    assert found["sales_conversations"] > 100
    assert (now() - began).total_seconds() < 5
