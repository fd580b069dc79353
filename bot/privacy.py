"""`python -m bot retention`, `person` and `trail`: care for personal data, and the way of a message, at the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import msgspec
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from bot.db import schema
from bot.db.models import AuditEntry
from bot.db.session import writing
from bot.insight import trail
from bot.insight.privacy import erasure, person, retention

Found = TypeVar("Found")


def _asked(look: Callable[[], Found], err: Console) -> Found | None:
    """What the database answers; None when it cannot, with one line that says why."""
    try:
        schema.check()
        return look()
    except schema.SchemaError as error:
        err.print(f"{error} Run: python -m bot migrate", style="red", markup=False)
    except DBAPIError as error:
        err.print(f"The database cannot be read ({type(error.orig).__name__}).", style="red", markup=False)
    except person.Nobody:
        err.print("Nobody is known by that.", style="red", markup=False)
    return None


def _write(found: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")


def run_retention(*, dry_run: bool, as_json: bool, out: Console, err: Console) -> int:
    """Carry retention out, or say what is due."""
    done = _asked(retention.overdue if dry_run else retention.carry_out, err)
    if done is None:
        return 1
    if as_json:
        _write(done)
        return 0
    for kind in retention.KINDS:
        kept = f"kept for {kind.days()} days" if kind.days() else "kept for ever"
        out.print(f"{kind.name:20} {done[kind.name]:>8} {'due' if dry_run else 'gone'}   ({kept})", markup=False)
    return 0


def run_person(who: str, *, erase: bool, out: Console, err: Console) -> int:
    """Write a copy of one person's data to standard output, or erase it."""
    if erase:
        erased = _asked(lambda: erasure.erase(who), err)
        if erased is None:
            return 1
        number, counts = erased
        out.print(f"Erased, receipt {number}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
        return 0
    copy = _asked(lambda: person.copy_of(who), err)
    if copy is None:
        return 1
    with writing() as session:
        session.add(AuditEntry(action="export_person", subject="at the command line"))
    _write(copy)
    return 0


def run_trail(which: str, *, unmasked: bool, err: Console) -> int:
    """Write the way of a message or a conversation as JSON lines."""
    found = _asked(lambda: trail.of(which, unmasked=unmasked), err)
    if found is None:
        return 1
    if not found:
        err.print("There is no such conversation or message.", style="red", markup=False)
        return 1
    for entry in found:
        sys.stdout.buffer.write(msgspec.json.encode(entry) + b"\n")
    sys.stdout.buffer.flush()
    return 0
