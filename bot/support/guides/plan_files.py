"""Maintenance plans as the shop writes them: YAML with tasks, how often each is due, and the parts for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.shop.importing.report import RowProblem
from bot.support.guides import located
from bot.support.guides.located import Located, Written

PLAN_KEYS = frozenset(("plan", "title", "products", "categories", "tasks"))
TASK_KEYS = frozenset(("name", "every_months", "every_days", "guide", "parts"))
PART_KEYS = frozenset(("name", "sku", "product"))
LONGEST_MONTHS, LONGEST_DAYS = 240, 3650


@dataclass
class PlanFile(Written):
    """A plan, read and checked; `tasks` are what is stored."""

    title: dict[str, str]
    tasks: list[dict[str, Any]]


def read_plan(given: Located) -> PlanFile:
    """The plan of a YAML document that has the key `plan`.

    Raises:
        RowProblem: it cannot be taken; the message and the line say why and where.
    """
    head = located.written(given, "plan", PLAN_KEYS)
    what = f"the plan “{head.code}”"
    tasks = located.mapping(given, "tasks", what)
    if not tasks:
        raise RowProblem(f"{what} has no tasks", given.at("tasks"))
    title = located.both(given, "title", what)
    return PlanFile(**vars(head), title=title, tasks=[_task(tasks, name) for name in tasks])


def _task(parent: Located, code: str) -> dict[str, Any]:
    what = f"the task “{code}”"
    entry = located.mapping(parent, code, what)
    located.only(entry, TASK_KEYS, what)
    months = _number(entry, "every_months", LONGEST_MONTHS)
    days = _number(entry, "every_days", LONGEST_DAYS)
    if (months is None) == (days is None):
        raise RowProblem(f"{what} needs either “every_months” or “every_days”", entry.line)
    parts = entry.get("parts") or []
    if not isinstance(parts, list) or not all(isinstance(part, Located) for part in parts):
        raise RowProblem(f"“parts” of {what} must be a list of entries with a name", entry.at("parts"))
    return {
        "code": code,
        "name": located.both(entry, "name", what),
        "months": months,
        "days": days,
        "guide": located.plain(entry, "guide") or None,
        "parts": [_part(part, what) for part in parts],
    }


def _part(part: Located, what: str) -> dict[str, Any]:
    located.only(part, PART_KEYS, f"a part of {what}")
    return {
        "name": located.both(part, "name", f"a part of {what}"),
        "sku": located.plain(part, "sku") or None,
        "product": located.plain(part, "product") or None,
    }


def _number(entry: Located, key: str, most: int) -> int | None:
    told = located.plain(entry, key)
    if not told:
        return None
    if not told.isascii() or not told.isdecimal() or not 1 <= int(told[:6]) <= most:
        raise RowProblem(f"“{key}” must be a whole number from 1 to {most}, not “{told[:20]}”", entry.at(key))
    return int(told)
