"""What a measure is: one query with a numerator and a denominator, and how its figure is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from bot.insight.periods import Period

Unit = Literal["count", "share", "money", "seconds"]
Group = Literal["sales", "service", "understanding"]


@dataclass(frozen=True)
class Scope:
    """What a query is asked about: a period, the shop's currency, and the present moment."""

    period: Period
    currency: str
    now: datetime


class Figure(msgspec.Struct, frozen=True):
    """A measured value with what it is made of. `value` is None where there is nothing to divide by."""

    value: float | None
    unit: Unit
    numerator: float
    denominator: float | None = None


Rows = dict[Any, list[Any]]  # what queries gave, so that measures of one query ask it once


@dataclass(frozen=True)
class Measure:
    """A named measure.

    `query` gives the columns `numerator` and, unless it is a plain count or sum, `denominator`, which are summed
    over its rows; `of` names others. With `fold` it gives any number of rows, from which `fold` makes the two (working hours are not to
    be had in SQL).
    """

    name: str
    group: Group
    unit: Unit
    query: Callable[[Scope], Select]
    of: tuple[str, str | None] = ("numerator", "denominator")
    fold: Callable[[list[Any], ZoneInfo], tuple[float, float]] | None = None

    def take(self, session: Session, scope: Scope, known: Rows | None = None) -> Figure:
        """Measure."""
        known = {} if known is None else known
        if self.query not in known:
            known[self.query] = session.execute(self.query(scope)).all()
        rows = known[self.query]
        if self.fold:
            return _divided(self.unit, *self.fold(rows, scope.period.zone))
        top, bottom = self.of
        counted = sum(row._mapping[top] or 0 for row in rows)
        if bottom is None:
            return Figure(number(counted), self.unit, number(counted))
        return _divided(self.unit, counted, sum(row._mapping[bottom] or 0 for row in rows))


def _divided(unit: Unit, numerator: Any, denominator: Any) -> Figure:
    value = None if not denominator else round(float(numerator) / float(denominator), 4)
    return Figure(value, unit, number(numerator), number(denominator))


def number(value: Any) -> float:
    """A count or an amount as JSON writes it: whole where it is whole."""
    exact = float(value) if isinstance(value, Decimal) else value
    return int(exact) if float(exact).is_integer() else round(float(exact), 4)
