"""Dates: absolute, relative, with and without offset."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from bot.shop.importing.moments import read_day, read_moment, zone_named

TODAY = date(2026, 3, 20)
RIYADH = zone_named("Asia/Riyadh")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05T14:22:10+03:00", datetime(2026, 3, 5, 11, 22, 10, tzinfo=timezone.utc)),
        ("2026-03-05 14:22:10 +0300", datetime(2026, 3, 5, 11, 22, 10, tzinfo=timezone.utc)),
        ("2026-03-05 14:22:10 -0500", datetime(2026, 3, 5, 19, 22, 10, tzinfo=timezone.utc)),
        ("2026-03-05T14:22:10.123Z", datetime(2026, 3, 5, 14, 22, 10, tzinfo=timezone.utc)),
        ("2026-03-05 14:22:10 UTC", datetime(2026, 3, 5, 14, 22, 10, tzinfo=timezone.utc)),
        ("2026-03-05 14:22", datetime(2026, 3, 5, 11, 22, tzinfo=timezone.utc)),
        ("٢٠٢٦-٠٣-٠٥", datetime(2026, 3, 5, 9, 0, tzinfo=timezone.utc)),
        ("-3d", datetime(2026, 3, 17, 9, 0, tzinfo=timezone.utc)),
        ("+2d 14:30", datetime(2026, 3, 22, 11, 30, tzinfo=timezone.utc)),
        ("0d 00:15", datetime(2026, 3, 19, 21, 15, tzinfo=timezone.utc)),
        ("", None),
        (None, None),
    ],
)
def test_moments(text: str | None, expected: datetime | None) -> None:
    assert read_moment(text, RIYADH, TODAY) == expected


def test_days_are_the_shops() -> None:
    assert read_day("2026-03-05T22:30:00Z", RIYADH, TODAY) == date(2026, 3, 6)
    assert read_day("+1d", RIYADH, TODAY) == TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["yesterday", "05/03/2026", "2026-13-01", "2026-02-30", "3d ago", "-3d 25:00", "-99999d"]
)
def test_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        read_moment(text, RIYADH, TODAY)


def test_no_zone() -> None:
    for name in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(ValueError, match="time zone"):
            zone_named(name)
