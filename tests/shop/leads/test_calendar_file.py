"""The calendar file is what RFC 5545 asks for."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.shop.leads import calendar_file

AT = datetime(2026, 11, 24, 13, 0, tzinfo=timezone.utc)
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=300)


def _unfolded(body: bytes) -> list[str]:
    return body.decode().replace("\r\n ", "").split("\r\n")


@given(TEXT)
def test_lines_are_folded_at_75_octets_and_come_back_whole(text: str) -> None:
    body = calendar_file.event("a-1", AT, AT + timedelta(minutes=30), text, location=text)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = _unfolded(body)
    assert f"SUMMARY:{calendar_file.escaped(text)}" in lines
    assert all(re.match(r"[A-Z]+[:;]", line) for line in lines if line)


def test_what_has_a_meaning_in_the_file_is_escaped() -> None:
    assert calendar_file.escaped("a;b,c\\d\r\ne\x07\n") == "a\\;b\\,c\\\\d\\ne\\n"
    body = calendar_file.event("a-1", AT, AT, "x\r\nEND:VEVENT")
    assert _unfolded(body).count("END:VEVENT") == 1


def test_the_event_of_an_appointment() -> None:
    lines = _unfolded(calendar_file.event("a-1", AT, AT + timedelta(minutes=30), "زيارة", sequence=2))
    assert {"UID:a-1", "DTSTART:20261124T130000Z", "DTEND:20261124T133000Z", "SEQUENCE:2", "METHOD:PUBLISH"} <= set(
        lines
    )
    assert {"STATUS:CONFIRMED", "SUMMARY:زيارة", "TRIGGER:-PT60M"} <= set(lines)


def test_a_cancelled_one_says_so_and_rings_no_more() -> None:
    lines = _unfolded(calendar_file.event("a-1", AT, AT, "x", sequence=3, cancelled=True))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED"} <= set(lines) and "BEGIN:VALARM" not in lines
