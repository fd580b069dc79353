"""Every measure on a case counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot import clock
from bot.db.models import Lead, Message, ReviewedMessage
from bot.db.session import reading, writing
from bot.insight import quotas, report
from bot.insight.periods import Period
from bot.settings import ROOT
from tests.insight.conftest import RIYADH, SEPTEMBER, Days, at

OF_THE_CONTRACT = [
    "leads",
    "qualified_leads",
    "quotes",
    "orders",
    "conversion_rate",
    "revenue",
    "average_order_value",
    "quota_attainment",
    "discount_given",
    "csat",
    "csat_response_rate",
    "resolution_rate",
    "first_contact_resolution",
    "average_handling_time",
    "first_response_time",
    "waiting_time",
    "self_service_rate",
    "handover_rate",
    "reopen_rate",
    "complaints",
]


def values(period: Period = SEPTEMBER) -> dict[str, float | None]:
    with reading() as session:
        return {name: figure.value for name, figure in report.figures(session, period).items()}


def test_a_shop_in_which_nothing_happened(days: Days) -> None:
    found = values()
    assert set(OF_THE_CONTRACT) <= set(found)
    for measure in report.MEASURES:
        assert found[measure.name] == (0 if measure.name in COUNTS else None), measure.name


COUNTS = {
    *("sales_conversations", "leads", "qualified_leads", "quotes", "orders", "revenue", "discount_given"),
    *("recovered_baskets", "complaints", "service_level_breaches", "overdue_tickets"),
}


@pytest.mark.parametrize("measure", report.MEASURES, ids=lambda measure: measure.name)
def test_every_measure_is_defined_in_writing(measure: report.Measure) -> None:
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    assert f"| `{measure.name}` |" in page


def sold_in_september(days: Days) -> None:
    """Five customers want something: one only looks, one becomes a lead, one gets a quote, two buy."""
    days.shop()
    looks, lead, quoted, buys, returns = (days.conversation(at(day)) for day in (2, 3, 4, 5, 6))
    days.topic(looks, at(2), "product_search", "answered", side="sales")
    days.topic(lead, at(3), "talk_to_sales", "handed_over", side="sales")
    days.topic(quoted, at(4), "request_quote", "lead", side="sales")
    days.quote(quoted, at(4))
    days.handoff(quoted, at(4), "sales", contact="a@b.example", wish="email", state="scheduled")
    days.topic(buys, at(5), "place_order", "sold", side="sales")
    days.order(buys, at(5, 13), "300", discount=Decimal("30"))
    days.topic(returns, at(6), "product_search", "answered", side="sales")
    days.order(returns, at(8), "100.50", begun=at(6))


def test_sales(days: Days) -> None:
    sold_in_september(days)
    # Neither of the month, nor counted: cancelled, in another currency, placed in October at the shop.
    days.order(days.conversation(at(9)), at(9), "999", state="cancelled")
    days.order(days.conversation(at(9)), at(9), "999", currency="USD")
    days.order(days.conversation(at(9)), at(30, 21), "999")
    quotas.keep("2026-09", "sales", Decimal(600))
    quotas.keep("2026-09", "service", Decimal(201))
    found = values()
    assert [found[name] for name in ("sales_conversations", "leads", "qualified_leads", "quotes", "orders")] == [
        *(5, 4, 3, 1, 2)
    ]
    assert found["lead_rate"] == 0.8 and found["qualification_rate"] == 0.75
    assert found["quote_rate"] == 0.25 and found["close_rate"] == 0.5 and found["conversion_rate"] == 0.4
    assert found["revenue"] == 400.5 and found["average_order_value"] == 200.25 and found["discount_given"] == 30
    assert found["quota_attainment"] == 0.5
    assert found["recovered_baskets"] == 1
    assert found["time_to_close"] == (3600 + 48 * 3600) / 2


def test_a_lead_that_was_written_down(days: Days) -> None:
    days.shop()
    for number, phone in enumerate((None, "+966500000001")):
        talk = days.conversation(at(2))
        days.topic(talk, at(2), "leave_contact", "answered", side="sales")
        days.add(Lead(conversation_id=talk, phone=phone, email=None, created_at=at(2, 12, number)))
    days.add(Lead(conversation_id=None, phone="+966500000002", created_at=at(2)))  # its conversation was erased
    found = values()
    assert [found[name] for name in ("sales_conversations", "leads", "qualified_leads")] == [2, 2, 1]


def test_a_quota_is_met_by_the_days_of_the_month_that_are_looked_at(days: Days) -> None:
    sold_in_september(days)
    quotas.keep("2026-09", "sales", Decimal(300))
    assert values(Period(date(2026, 9, 1), date(2026, 9, 5), RIYADH))["quota_attainment"] == 6  # 300 of 50
    quotas.keep("2026-09", "sales", Decimal(0))
    assert values()["quota_attainment"] is None
    with reading() as session:
        teams = {row["code"]: row for row in report.whole(session, SEPTEMBER, "en", str)["by_team"]}
    assert (teams["sales"]["quota"], teams["sales"]["attainment"], teams["sales"]["revenue"]) == (0, None, 400.5)
    quotas.keep("2026-09", "sales", None)
    assert values()["quota_attainment"] is None


@pytest.mark.parametrize(
    ("month", "team", "amount"),
    [("2026-13", "sales", 1), ("26-09", "sales", 1), ("2026-09", "gone", 1), ("2026-09", "sales", -1)]
    + [("2026-09", "sales", value) for value in ("NaN", "Infinity", "1e13", "0.0001")],
)
def test_a_quota_that_cannot_be_kept(days: Days, month: str, team: str, amount: object) -> None:
    with pytest.raises(quotas.BadQuota):
        quotas.keep(month, team, Decimal(str(amount)))


def test_what_is_solved_and_by_whom(days: Days) -> None:
    """Eight service topics; silence solves nothing, the customer's own word decides."""
    days.shop()
    done, thanked, silent, contradicted = (days.conversation(at(day)) for day in (2, 3, 4, 5))
    days.topic(done, at(2), "cancel_order", "solved")
    days.topic(thanked, at(3), "order_status", "answered")
    days.message(thanked, "customer", at(3, 13), intent="thanks")
    days.topic(silent, at(4), "order_status", "answered")
    days.topic(contradicted, at(5), "return_item", "solved")
    days.judged(contradicted, at(5, 13), "return_item", solved=False, rating=2)
    by_agent, by_ticket, waiting, again = (days.conversation(at(day)) for day in (6, 7, 8, 9))
    days.topic(by_agent, at(6), "talk_to_agent", "solved", handled_by="both")
    days.topic(by_ticket, at(7), "complaint", "ticket")
    days.ticket(by_ticket, at(7), "complaint", state="solved", cause="late")
    days.topic(waiting, at(8), "complaint", "ticket")
    days.ticket(waiting, at(8), "complaint")
    days.topic(again, at(9), "invoice_request", "solved")
    days.topic(again, at(12), "invoice_request", "answered")
    found = values()
    assert found["resolution_rate"] == pytest.approx(5 / 9, abs=1e-4)  # done, thanked, by_agent, by_ticket, again
    assert found["self_service_rate"] == pytest.approx(3 / 9, abs=1e-4)  # done, thanked, again
    assert found["first_contact_resolution"] == 0.5  # of eight first ones four, for `again` came back
    assert found["reopen_rate"] == 0.2
    assert found["complaints"] == 2 and found["overdue_tickets"] == 1
    assert found["csat_response_rate"] == 0.125


def test_the_same_order_in_another_conversation_is_the_same_matter(days: Days) -> None:
    days.shop()
    for day, gap in ((1, 0), (3, 0), (25, 0)):
        days.topic(days.conversation(at(day)), at(day, 12, gap), "order_status", "solved", order_number="D-7")
    found = values()
    assert found["reopen_rate"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["first_contact_resolution"] == 0.5


def test_satisfaction(days: Days) -> None:
    days.shop()
    for rating in (5, 4, 3, None):
        conversation = days.conversation(at(2))
        days.topic(conversation, at(2), "order_status", "answered")
        days.judged(conversation, at(2, 13), "other", solved=True, rating=rating)
    found = values()
    assert found["csat"] == pytest.approx(2 / 3, abs=1e-4) and found["csat_response_rate"] == 0.75


def test_waiting_and_handling(days: Days) -> None:
    """Asked for at 21:00, accepted at 09:10 the next day: ten minutes of a team that works from nine to nine."""
    days.shop()
    days.team("service", hours={str(day): [[540, 1260]] for day in range(7)}, service_level_seconds=900)
    night, noon, called = (days.conversation(at(2)) for _ in range(3))
    evening, morning = at(2, 18), at(3, 6, 10)  # 21:00 and 09:10 in Riyadh
    days.handoff(night, evening, accepted_at=morning, first_reply_at=morning, ended_at=morning + timedelta(minutes=10))
    first = at(2, 12, 4)
    days.handoff(noon, at(2), accepted_at=at(2, 12, 2), first_reply_at=first, ended_at=at(2, 12, 22), reason="locked")
    days.handoff(called, at(2), wish="callback", accepted_at=at(4), reason="taken_over")
    uncalled = days.conversation(at(2))  # a supervisor stepped in: nobody waited
    days.handoff(uncalled, at(2), accepted_at=at(2), first_reply_at=at(2), reason="taken_over")
    days.topic(days.conversation(at(2)), at(2), "order_status", "answered")
    found = values()
    assert found["waiting_time"] == (12 * 3600 + 600 + 120) / 2
    assert found["waiting_time_business"] == (600 + 120) / 2
    assert found["agent_response_time"] == (12 * 3600 + 600 + 240) / 2
    assert found["agent_response_time_business"] == (600 + 240) / 2
    assert found["average_handling_time"] == (600 + 1200) / 2
    assert found["service_level_breaches"] == 1
    assert found["handover_rate"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_first_answer(days: Days) -> None:
    days.shop()
    greeted, unanswered, backwards = (days.conversation(at(2)) for _ in range(3))
    days.message(greeted, "bot", at(2))
    days.message(greeted, "customer", at(2, 12, 1))
    days.message(greeted, "system", at(2, 12, 1, 1))
    days.message(greeted, "bot", at(2, 12, 1, 3))
    days.message(greeted, "customer", at(2, 12, 5))
    days.message(unanswered, "customer", at(2))
    days.message(backwards, "customer", at(2, 13))
    days.message(backwards, "bot", at(2, 12))  # the clock jumped back an hour
    assert values()["first_response_time"] == 3


def test_understanding(days: Days) -> None:
    days.shop()
    talk = days.conversation(at(2))
    for confidence, intent in ((0.9, "greet"), (0.3, "order_status"), (0.8, "nlu_fallback"), (0.7, "thanks")):
        days.message(talk, "customer", at(2), intent=intent, confidence=confidence)
    days.message(talk, "customer", at(2), intent="affirm", confidence=0.1, payload="/affirm")
    judged = [days.message(talk, "customer", at(31 - 1, 20), intent="greet", confidence=1.0) for _ in range(3)]
    with writing() as session:
        for message, intent in zip(judged, ("greet", "thanks", None)):
            session.add(ReviewedMessage(message_id=message, intent=intent))
    for outcome in ("unknown", "abandoned", "abandoned", "answered"):
        opened = days.message(talk, "customer", at(3))
        days.topic(talk, at(3), "store_info", outcome, side="general", opened_by=opened)
    found = values()
    assert found["low_confidence_share"] == pytest.approx(2 / 7, abs=1e-4)
    assert found["corrected_share"] == 0.5  # the one put aside without an intent is not counted
    assert found["unknown_share"] == 0.25 and found["abandoned_share"] == 0.5


def test_the_day_begins_at_the_shops_midnight(days: Days) -> None:
    days.shop()
    for moment in (at(1, 20, 59), at(1, 21)):  # 23:59 and midnight in Riyadh
        days.topic(days.conversation(moment), moment, "complaint", "answered")
    assert values(Period(date(2026, 9, 1), date(2026, 9, 1), RIYADH))["complaints"] == 1
    assert values(Period(date(2026, 9, 2), date(2026, 9, 2), RIYADH))["complaints"] == 1


def test_the_object_of_the_command_line(days: Days) -> None:
    sold_in_september(days)
    with reading() as session:
        found = report.measured(session, Period(date(2026, 9, 5), date(2026, 9, 6), RIYADH))
    assert (found["from"], found["to"], found["currency"]) == ("2026-09-05", "2026-09-06", "SAR")
    assert found["before"] == {"from": "2026-09-03", "to": "2026-09-04"}
    assert all(isinstance(found[name], (int, float, type(None))) for name in OF_THE_CONTRACT)
    assert found["revenue"] == 300 and found["details"]["revenue"]["before"] == 0
    assert found["details"]["leads"] == {
        "group": "sales",
        "unit": "count",
        "numerator": 1,
        "denominator": None,
        "before": 2,
    }


def test_one_conversation_of_five_thousand_messages(days: Days) -> None:
    days.shop()
    talk = days.conversation(at(2), asked_at=at(2), answered_at=at(2) + timedelta(seconds=1))
    with writing() as session:
        session.bulk_insert_mappings(
            Message,
            [
                {
                    "conversation_id": talk,
                    "author": ("customer", "bot")[place % 2],
                    "parts": [],
                    "language": "en",
                    "intent": None if place % 2 else "greet",
                    "confidence": 0.9,
                    "created_at": at(2) + timedelta(seconds=place),
                }
                for place in range(5000)
            ],
        )
    began = clock.now()
    found = values()
    assert found["first_response_time"] == 1 and found["low_confidence_share"] == 0
    assert clock.now() - began < timedelta(seconds=10)
