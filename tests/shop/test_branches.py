"""Opening hours: split shifts, past midnight, closures, and a change to summer time."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.db.models import Branch, BranchClosure, BranchHours, Shop
from bot.db.session import reading, writing
from bot.shop import branches
from bot.shop.branches import Place

CAIRO = ZoneInfo("Africa/Cairo")  # has summer time


@pytest.fixture
def place(database: str) -> Place:
    """A branch in Cairo: 10–14 and 17–1 on Mondays to Thursdays, closed on 2026-11-24."""
    with writing() as session:
        session.add(Shop(name={"en": "Nile Books"}, currency="EGP", timezone="Africa/Cairo", country="EG"))
        session.add(
            Branch(
                code="zamalek",
                name={"en": "Zamalek", "ar": "الزمالك"},
                city={"en": "Cairo", "ar": "القاهرة"},
                hours=[
                    BranchHours(weekday=day, opens=opens, closes=closes)
                    for day in range(4)
                    for opens, closes in ((600, 840), (1020, 1500))
                ],
                closures=[BranchClosure(day=date(2026, 11, 24), reason={"en": "Stocktaking"})],
            )
        )
        session.add(Branch(code="depot", kind="warehouse", name={"en": "Depot"}))
    with reading() as session:
        (found,) = branches.places(session)
    return found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CAIRO)


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        ("2026-11-23T09:59", None),
        ("2026-11-23T10:00", "2026-11-23T14:00"),
        ("2026-11-23T14:00", None),
        ("2026-11-23T23:30", "2026-11-24T01:00"),
        ("2026-11-24T00:59", "2026-11-24T01:00"),  # Monday's evening runs into the closed Tuesday
        ("2026-11-24T12:00", None),
        ("2026-11-27T12:00", None),
    ],
)
def test_open_until(place: Place, moment: str, closes: str | None) -> None:
    assert place.open_until(_at(moment)) == (_at(closes) if closes else None)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T15:00", "2026-11-23T17:00"),
        ("2026-11-24T01:00", "2026-11-25T10:00"),
        ("2026-11-27T12:00", "2026-11-30T10:00"),
    ],
)
def test_next_opening(place: Place, moment: str, opens: str) -> None:
    assert place.next_opening(_at(moment)) == _at(opens)


def test_hours_are_wall_clock_time_on_the_day_summer_time_begins(place: Place) -> None:
    place.weekly[4] = ((600, 840),)
    (opening,) = place.openings(date(2026, 4, 24))  # Egypt's clocks go forward at midnight
    assert (opening.opens.hour, opening.closes.hour) == (10, 14)


def test_places_are_found_by_city_in_either_language(place: Place) -> None:
    with reading() as session:
        for city in ("Cairo", "cairo", "القاهرة", "zamalek"):
            assert [found.code for found in branches.places(session, city=city)] == ["zamalek"]
        assert branches.places(session, city="Giza") == []
        assert branches.places(session, branch="depot") == []


def test_days_with_the_same_hours_stand_together(place: Place) -> None:
    assert [days for days, _ in branches.groups_of_days(place)] == [[0, 1, 2, 3], [4, 5, 6]]


def test_days_stand_together_over_the_end_of_the_week(place: Place) -> None:
    place.weekly.update(dict.fromkeys(range(7), ((540, 1320),)))
    assert [days for days, _ in branches.groups_of_days(place)] == [[0, 1, 2, 3, 4, 5, 6]]
    place.weekly[4] = ((960, 1380),)
    assert [days for days, _ in branches.groups_of_days(place)] == [[5, 6, 0, 1, 2, 3], [4]]
