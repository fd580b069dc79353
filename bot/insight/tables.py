"""A report as rows for a spreadsheet: everything that is shown, one table under the other, customers' names masked."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from bot.words.masking import kind_of_column

# What a spreadsheet takes for the beginning of a formula; a name that begins so gets an apostrophe before it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: Mapping[str, Any]) -> str:
    """The measures, then each table with its name above it. Begins with a mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(["from", "to", "currency", "timezone"])
    writer.writerow([report["from"], report["to"], report["currency"], report["timezone"]])
    writer.writerow([])
    writer.writerow(["measure", "value", "unit", "numerator", "denominator", "before"])
    for name, details in report["details"].items():
        row = [name, report[name], *(details[key] for key in ("unit", "numerator", "denominator", "before"))]
        writer.writerow(row)
    for name, rows in report.items():
        if isinstance(rows, list) and rows:
            _table(writer, name, rows)
    return out.getvalue()


def _table(writer: Any, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(rows[0])
    writer.writerow([])
    writer.writerow([name])
    writer.writerow(columns)
    masks = {column: kind_of_column(column) for column in columns}
    for row in rows:
        writer.writerow([masks[column] if masks[column] and row[column] else _cell(row[column]) for column in columns])


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " | ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
