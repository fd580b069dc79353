"""Periods over changes of the clock, working hours, and dates nobody can mean."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.insight import breakdowns, periods
from bot.insight.figures import Scope
from bot.insight.periods import BadPeriod, Period
from bot.insight.working_hours import WorkingHours
from tests.insight.conftest import Days

CAIRO, RIYADH, KOLKATA = ZoneInfo("Africa/Cairo"), ZoneInfo("Asia/Riyadh"), ZoneInfo("Asia/Kolkata")
TODAY = date(2026, 9, 20)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 4, 24), 23), (date(2026, 10, 29), 25), (date(2026, 9, 1), 24)])
def test_a_day_has_the_hours_that_the_clocks_give_it(day: date, hours: int) -> None:
    period = Period(day, day, CAIRO)
    assert period.end - period.start == timedelta(hours=hours)


def test_the_period_before_is_as_long_and_ends_where_this_begins() -> None:
    period = Period(date(2026, 10, 20), date(2026, 11, 2), CAIRO)
    assert period.before() == Period(date(2026, 10, 6), date(2026, 10, 19), CAIRO)
    assert period.before().end == period.start


def test_months_are_shared_by_days() -> None:
    shares = Period(date(2026, 8, 31), date(2026, 10, 15), RIYADH).shares_of_months()
    assert shares == {"2026-08": 1 / 31, "2026-09": 1, "2026-10": 15 / 31}


def test_dates_left_out() -> None:
    assert periods.read(None, None, RIYADH, TODAY) == Period(date(2026, 8, 22), TODAY, RIYADH)
    assert periods.read("2026-09-01", None, RIYADH, TODAY).last == TODAY
    assert periods.read("2026-10-01", "", RIYADH, TODAY).last == date(2026, 10, 1)
    assert periods.read(None, "2026-01-30", RIYADH, TODAY).first == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        *(("2026-02-02", "2026-02-01"), ("2026-02-30", None), ("x", "y"), ("0001-01-01", None), (None, "0001-01-01")),
        *(("9999-12-31", "9999-12-31"), ("2020-01-01", "2026-01-01")),
    ],
)
def test_what_is_no_period(first: str | None, last: str | None) -> None:
    with pytest.raises(BadPeriod):
        periods.read(first, last, RIYADH, TODAY)


WEEK = {str(day): [[540, 1020]] for day in range(5)}  # nine to five, Monday to Friday


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (utc(2026, 9, 14, 5), utc(2026, 9, 14, 7), 1),  # 08:00 to 10:00 of a Monday in Riyadh
        (utc(2026, 9, 18, 13), utc(2026, 9, 21, 7), 2),  # Friday 16:00 to Monday 10:00
        (utc(2026, 9, 14, 7), utc(2026, 9, 14, 5), 0),  # the clock ran backwards
        (utc(2026, 9, 7), utc(2026, 9, 21), 9 * 8),  # two weeks with a day off
    ],
)
def test_working_hours(start: datetime, end: datetime, hours: float) -> None:
    worked = WorkingHours.of("Asia/Riyadh", WEEK, ["2026-09-08"], CAIRO)
    assert worked.seconds_between(start, end) == hours * 3600


def test_working_hours_over_a_change_of_clocks_and_past_midnight() -> None:
    night = WorkingHours.of(None, {"3": [[1320, 1620]]}, None, CAIRO)  # Thursday 22:00 to Friday 03:00
    start, end = utc(2026, 4, 23), utc(2026, 4, 25)  # at midnight clocks go to one
    assert night.seconds_between(start, end) == 4 * 3600
    assert WorkingHours.of("Nowhere/At_All", {}, None, CAIRO).seconds_between(start, end) == 48 * 3600


@pytest.mark.parametrize(("zone", "weekday", "hour"), [(RIYADH, 1, 1), (KOLKATA, 1, 3), (ZoneInfo("UTC"), 0, 22)])
def test_hours_are_the_shops(days: Days, zone: ZoneInfo, weekday: int, hour: int) -> None:
    """22:10 of a Monday in Greenwich is 01:10 of Tuesday in Riyadh, and 03:40 in Kolkata, half an hour off."""
    from bot.db.session import reading

    moment = utc(2026, 9, 14, 22, 10)
    days.topic(days.conversation(moment), moment, "order_status", "answered")
    with reading() as session:
        scope = Scope(Period(date(2026, 9, 14), date(2026, 9, 15), zone), "SAR", moment)
        trend, heat = breakdowns.by_time(session, scope)
    assert heat == [{"weekday": weekday, "hour": hour, "topics": 1}]
    assert [row["topics"] for row in trend] == ([1, 0] if weekday == 0 else [0, 1])
