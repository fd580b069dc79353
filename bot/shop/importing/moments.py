"""Dates and times of a file: absolute, or relative to the day of the import ("-3d", "+2d 14:30")."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.language.normalise import fold_digits

_RELATIVE = re.compile(r"([+-]?)(\d{1,4})\s*d(?:\s+(\d{1,2}):(\d{2}))?", re.IGNORECASE)
_ABSOLUTE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_NOON = time(12)
_YEARS = (1970, 2200)


def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name.

    Raises:
        ValueError: there is none of that name.
    """
    if name.upper() == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name[:60]!r} is not a time zone such as Asia/Riyadh") from None


def read_moment(value: Any, zone: tzinfo, today: date) -> datetime | None:
    """An aware time from text; noon at the shop where only a day is given; None for an empty one.

    Raises:
        ValueError: it is no date.
    """
    text = fold_digits(str("" if value is None else value)).strip()
    if not text:
        return None
    try:
        if match := _RELATIVE.fullmatch(text):
            sign, days, hour, minute = match.groups()
            day = today + timedelta(days=int(days) * (-1 if sign == "-" else 1))
            at = time(int(hour), int(minute)) if hour else _NOON
            return datetime.combine(day, at, zone)
        if match := _ABSOLUTE.fullmatch(text):
            year, month, dayofmonth, hour, minute, second, offset = match.groups()
            if not _YEARS[0] <= int(year) <= _YEARS[1]:
                raise ValueError("out of the range that zones and databases reckon in")
            at = time(int(hour), int(minute), int(second or 0)) if hour else _NOON
            where = _offset(offset) if offset else zone
            return datetime.combine(date(int(year), int(month), int(dayofmonth)), at, where)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{text[:40]!r} is not a date such as 2026-03-20 or -3d")


def read_day(value: Any, zone: tzinfo, today: date) -> date | None:
    """A calendar day at the shop.

    Raises:
        ValueError: it is no date.
    """
    moment = read_moment(value, zone, today)
    return moment.astimezone(zone).date() if moment else None


def _offset(text: str) -> tzinfo:
    if text.upper() in ("Z", "UTC"):
        return timezone.utc
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
