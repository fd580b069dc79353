"""`python -m bot report`: the measures of a period in the terminal, or as JSON."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from bot.db import schema
from bot.db.session import reading
from bot.insight import periods, report
from bot.shop import profile


def run_report(first: str | None, last: str | None, *, as_json: bool, out: Console, err: Console) -> int:
    """Write the measures; exit code 2 when the dates name no period, 1 when the database cannot be read."""
    try:
        schema.check()
        with reading() as session:
            shop = profile.read(session)
            period = periods.read(first, last, shop.zone, shop.today())
            found = report.measured(session, period)
    except periods.BadPeriod as error:
        err.print(str(error), style="red", markup=False)
        return 2
    except schema.SchemaError as error:
        err.print(f"{error} Run: python -m bot migrate", style="red", markup=False)
        return 1
    except DBAPIError as error:
        err.print(f"The database cannot be read ({error.orig}).", style="red", markup=False)
        return 1
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    else:
        _print(found, out)
    return 0


def _print(found: dict[str, Any], out: Console) -> None:
    before = found["before"]
    out.print(f"{found['from']} to {found['to']}, beside {before['from']} to {before['to']} ({found['timezone']})")
    for group in ("sales", "service", "understanding"):
        table = Table(title=group.capitalize(), title_justify="left", title_style="bold")
        table.add_column("measure")
        for heading in ("value", "before", "of"):
            table.add_column(heading, justify="right")
        for name, details in found["details"].items():
            if details["group"] == group:
                unit, of = details["unit"], details["denominator"]
                shown = [_shown(value, unit, found["currency"]) for value in (found[name], details["before"])]
                table.add_row(name.replace("_", " "), *shown, "" if of is None else f"{of:,.0f}")
        out.print(table)


def _shown(value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "money":
        return f"{currency} {value:,.2f}"
    if unit == "seconds":
        minutes, seconds = divmod(round(value), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{value:,.0f}"
