"""Reports at the desk: who may see them, what is refused, quotas, the spreadsheet, and the page in a real browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from bot.clock import now
from bot.db.models import Product
from tests.desk.conftest import on_sqlite
from tests.desk.screens import PHONE, check
from tests.insight.conftest import Days

API = "/api/v1/desk"
AtDesk = Callable[..., TestClient]

pytestmark = on_sqlite


def busy_days() -> None:
    """Some of everything, in the last days."""
    days = Days()
    days.shop()
    days.add(Product(code="kettle", title={"en": "Kettle", "ar": "غلاية"}))
    for ago, topic, outcome in (
        *((1, "product_search", "unknown"), (2, "product_search", "unknown"), (3, "place_order", "sold")),
        *((3, "order_status", "solved"), (4, "complaint", "ticket"), (5, "installation_help", "abandoned")),
        *(
            (2, "troubleshoot_product", "answered"),
            (3, "troubleshoot_product", "answered"),
            (6, "store_info", "unknown"),
        ),
    ):
        when = now() - timedelta(days=ago)
        talk = days.conversation(when)
        said = days.message(
            talk, "customer", when, "a trampoline, mail a@b.example" if ago < 3 else "=1+1", intent=topic
        )
        side = "sales" if topic in ("product_search", "place_order") else "service"
        place = "printer-setup#3" if topic == "installation_help" else None
        days.topic(talk, when, topic, outcome, side=side, opened_by=said, place=place, products=["kettle"])
        if outcome == "sold":
            days.order(talk, when, "250", discount=Decimal(10))
        if outcome == "ticket":
            days.ticket(talk, when, topic, cause="late")
            days.handoff(talk, when, accepted_at=when + timedelta(minutes=3), ended_at=when + timedelta(minutes=9))
        if outcome == "solved":
            days.judged(talk, when, topic, solved=True, rating=5)


def test_a_report_with_its_evidence(at_desk: AtDesk) -> None:
    busy_days()
    found = at_desk("Huda", role="supervisor").get(f"{API}/report").json()
    assert found["revenue"] == 250 and found["csat"] == 1 and found["complaints"] == 1
    assert [row["conversations"] for row in found["funnel"]] == [3, 1, 1, 0, 1]
    assert len(found["trend"]) == 30 and sum(row["topics"] for row in found["trend"]) == 9
    assert sum(row["topics"] for row in found["heat"]) == 9
    assert found["by_topic"][0] == {
        "name": "product_search",
        "topics": 2,
        "resolved": 0,
        "sold": 0,
        "lead": 0,
        "unknown": 2,
        "handed_over": 0,
        "abandoned": 0,
    }
    assert found["by_product"][0]["name"] == "Kettle" and found["by_product"][0]["topics"] == 9
    assert {row["code"]: row["revenue"] for row in found["by_team"]} == {"sales": 250, "service": 0}
    assert found["complaint_causes"] == [{"name": "late", "count": 1}]
    trampoline = next(row for row in found["not_carried"] if row["name"] == "trampoline")
    assert trampoline["missed"] == trampoline["asked"] == 2
    assert "a@b.example" not in str(found) and "name@example.com" in trampoline["examples"][0]
    assert [row["name"] for row in found["articles_missing"]] == ["store_info"]
    assert [(row["name"], row["step"], row["failed"]) for row in found["failing_steps"]] == [("printer-setup", 3, 1)]
    assert [(row["code"], row["faults"], row["before"]) for row in found["rising_faults"]] == [("kettle", 2, 0)]


@pytest.mark.parametrize("dates", ["from=2026-09-02&to=2026-09-01", "from=gone", "from=1000-01-01", "to=2026-02-30"])
def test_dates_that_are_no_period(at_desk: AtDesk, dates: str) -> None:
    huda = at_desk("Huda", role="supervisor")
    for path in ("report", "report.csv"):
        answer = huda.get(f"{API}/{path}?{dates}")
        assert (answer.status_code, answer.json()["code"]) == (422, "period")


def test_the_spreadsheet_holds_what_the_page_shows(at_desk: AtDesk) -> None:
    busy_days()
    huda = at_desk("Huda", role="supervisor")
    answer = huda.get(f"{API}/report.csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="dukan-')
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    shown = huda.get(f"{API}/report").json()
    names = {row[0] for row in rows if row}
    assert set(shown["details"]) <= names
    assert {name for name, value in shown.items() if isinstance(value, list) and value} <= names
    assert ["revenue", "250", "money", "250", "", "0"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith("=")]  # no formula that a customer wrote


def test_a_quota_is_set_and_taken_away(at_desk: AtDesk) -> None:
    huda = at_desk("Huda", role="admin")
    path = f"{API}/quotas/2026-09/sales"
    assert huda.put(path, json={"amount": 1500.5}).status_code == 204
    kept = huda.get(f"{API}/report").json()["quotas"]
    assert kept == [{"month": "2026-09", "team": "sales", "amount": 1500.5}]
    for body in ({"amount": -1}, {"amount": "x"}, {"amount": 0.00001}, {}):
        assert huda.put(path, json=body).status_code == 422
    assert huda.put(f"{API}/quotas/2026-13/sales", json={"amount": 1}).json()["field"] == "month"
    assert huda.put(f"{API}/quotas/2026-09/gone", json={"amount": 1}).json()["field"] == "team"
    assert huda.put(path, json={"amount": None}).status_code == 204
    assert huda.get(f"{API}/report").json()["quotas"] == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "options"),
    [("en", {"color_scheme": "light"}), ("ar", {"color_scheme": "dark", "viewport": PHONE, "locale": "ar"})],
)
def test_the_page(agent_screen: Callable[..., Page], language: str, options: dict[str, Any]) -> None:
    busy_days()
    page = agent_screen("Huda", options, role="admin", language=language)
    page.goto(page.url.split("/desk")[0] + "/desk/reports")
    expect(page.locator("#report")).to_be_visible()
    expect(page.locator("#sales > div")).to_have_count(16)
    assert page.locator("#topics rect").count() == 30
    check(page)
    page.fill("#amount", "1000")
    page.click("#quota button")
    expect(page.locator("#kept tbody tr")).to_have_count(1)
    page.click("#period button[value='7']")
    expect(page.locator("#topics rect")).to_have_count(7)
    page.fill("#from", "2199-01-01")
    page.click("#period button[type=submit]")
    expect(page.locator("#compared")).to_contain_text("period" if language == "en" else "فترة")
    check(page)
