"""Metrics for operation: who may read them, what they say, and the weekly summary by e-mail."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from bot import clock
from bot.db.models import Inbox
from bot.db.session import writing
from bot.gateway import report_mail
from bot.gateway.metrics import metrics
from bot.settings import ROOT, settings
from tests.insight.conftest import Days
from tests.smtp import MailServer

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def asked(host: str = "127.0.0.1", **headers: str) -> tuple[int, str]:
    app = Starlette(routes=[Route("/metrics", metrics)])
    answer = TestClient(app, client=(host, 4000), headers=headers).get("/metrics")
    return answer.status_code, answer.text


def test_what_the_metrics_say(database: str) -> None:
    days = Days()
    talk = days.conversation(clock.now(), owner="queue")
    days.handoff(talk, clock.now() - timedelta(minutes=2), state="waiting")
    for latency in (100, 300):
        said = days.message(talk, "customer", clock.now() - timedelta(seconds=30), latency_ms=latency)
    with writing() as session:
        session.add(Inbox(message_id=said, conversation_id=talk))
    status, text = asked()
    found = {name: float(value) for name, value in re.findall(r"^(\w+(?:{.*?})?) (\S+)$", text, re.M)}
    assert status == 200
    assert found['dukan_conversations{owner="queue"}'] == found["dukan_handoffs_waiting"] == 1
    assert found["dukan_inbox_pending"] == 1 and 29 < found["dukan_inbox_oldest_seconds"] < 60
    assert 119 < found["dukan_handoffs_oldest_seconds"] < 150
    assert found["dukan_turn_seconds_count"] == 2 and found['dukan_turn_seconds{quantile="0.95"}'] == 0.3
    assert found["dukan_resident_memory_bytes"] > 10**6
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    for family in set(re.findall(r"^# TYPE (\w+)", text, re.M)):
        assert f"`{family}`" in page


@on_sqlite
def test_only_this_machine_and_the_token_may_ask(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked()[0] == asked("::1")[0] == 200
    assert asked("203.0.113.9")[0] == asked(**{"x-forwarded-for": "127.0.0.1"})[0] == 404
    assert asked("203.0.113.9", authorization="Bearer ")[0] == 404
    monkeypatch.setenv("DUKAN_METRICS_TOKEN", "wind in the palms")
    settings.cache_clear()
    assert asked("203.0.113.9", authorization="Bearer wind in the palms")[0] == 200
    assert asked("203.0.113.9", authorization="Bearer wind")[0] == asked("203.0.113.9")[0] == 404


@on_sqlite
@pytest.mark.parametrize(
    ("language", "revenue"), [("en", "Revenue: 250.00 SAR (before: 0.00 SAR)"), ("ar", "الإيرادات: 250.00 SAR")]
)
def test_the_summary_goes_out_once_on_monday_morning(
    database: str, monkeypatch: pytest.MonkeyPatch, language: str, revenue: str
) -> None:
    server = MailServer().start()
    try:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(server.port)), ("FROM", "shop@shop.example")):
            monkeypatch.setenv(f"DUKAN_SMTP_{name}", value)
        settings.cache_clear()
        days = Days()
        days.shop(language=language, timezone="Asia/Riyadh", name={"en": "<b>& Co", "ar": "<b>& Co"})
        monday = _next_monday(clock.now())
        days.order(days.conversation(clock.now()), monday - timedelta(days=1), "250")
        early, late = monday + timedelta(hours=3, minutes=59), monday + timedelta(hours=4, minutes=1)  # 06:59, 07:01
        with clock.moved_by(late - clock.now()):
            assert report_mail.send_report() == 0  # nobody to send it to
        monkeypatch.setenv("DUKAN_REPORT_TO", "owner@shop.example, books@shop.example")
        settings.cache_clear()
        with clock.moved_by(early - clock.now()):
            assert report_mail.send_report() == 0
        server.refuse = True
        with clock.moved_by(late - clock.now()):
            assert report_mail.send_report() == 0
        server.refuse = False
        with clock.moved_by(late - clock.now()):
            assert report_mail.send_report() == 2  # not taken before, so tried again
            assert report_mail.send_report() == 0
        assert [message["To"] for message in server.messages] == ["owner@shop.example", "books@shop.example"]
        plain, shown = (server.messages[-1].get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert revenue in plain and "/desk/reports" in plain
        assert f'lang="{language}"' in shown and ">250.00 SAR<" in shown and "/desk/reports" in shown
        assert "<b>&" not in shown and "&lt;b&gt;&amp;" in shown
    finally:
        server.stop()


def _next_monday(moment: datetime) -> datetime:
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=timezone.utc)
    return midnight + timedelta(days=7 - moment.weekday())
