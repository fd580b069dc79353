"""The calendar file of an appointment (RFC 5545), under a signed link. The gateway serves it."""

from __future__ import annotations

from datetime import datetime, timezone

from bot.clock import now

LONGEST_LINE = 75  # octets, section 3.1


def escaped(text: str) -> str:
    """A text as a value (section 3.3.11): backslash, semicolon, comma and new lines are marked."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return "".join(letter for letter in text if letter >= " " and letter != "\x7f")


def folded(line: str) -> str:
    """A line cut to 75 octets, never inside a letter; each further piece begins with a space (section 3.1)."""
    pieces, piece, room = [], bytearray(), LONGEST_LINE
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > room:
            pieces.append(piece.decode())
            piece, room = bytearray(), LONGEST_LINE - 1
        piece += octets
    return "\r\n ".join([*pieces, piece.decode()])


def _stamp(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def event(
    uid: str,
    starts: datetime,
    ends: datetime,
    summary: str,
    *,
    description: str = "",
    location: str = "",
    sequence: int = 0,
    cancelled: bool = False,
    alarm_minutes: int = 60,
) -> bytes:
    """A calendar with one event and an alarm before it.

    Args:
        uid: stays the same when the event moves; `sequence` grows.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dukan//Appointments//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:" + ("CANCEL" if cancelled else "PUBLISH"),
        "BEGIN:VEVENT",
        f"UID:{escaped(uid)}",
        f"DTSTAMP:{_stamp(now())}",
        f"DTSTART:{_stamp(starts)}",
        f"DTEND:{_stamp(ends)}",
        f"SEQUENCE:{sequence}",
        "STATUS:" + ("CANCELLED" if cancelled else "CONFIRMED"),
        f"SUMMARY:{escaped(summary)}",
    ]
    lines += [f"DESCRIPTION:{escaped(description)}"] if description else []
    lines += [f"LOCATION:{escaped(location)}"] if location else []
    if not cancelled:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escaped(summary)}"]
        lines += [f"TRIGGER:-PT{alarm_minutes}M", "END:VALARM"]
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()
