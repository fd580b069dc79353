"""Runs all rules over a text and settles which of overlapping findings stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.clock import now
from bot.nlu.patterns import choices, contacts, dates, numbers, orders, prices
from bot.nlu.patterns.found import Found, Text
from bot.shop.gazetteer import units

# Among findings of the same place the first kind stays, then the longer one.
_FIRST = (
    "email",
    "phone",
    "order_number",
    "date",
    "price",
    "attribute",
    "quantity",
    "ordinal",
    "comparison",
    "language",
)

_UNIT = re.compile(r" ?-?([^\W\d_]{1,14}|[\"″]|'')(?![^\W\d_])")


def _nothing(_number: str) -> bool:
    return False


def _today() -> date:
    return now().date()


def _not_measured(_unit: str, _text: str) -> str | None:
    return None


def _no_quantity(_number: float, _unit: str, _text: str) -> dict[str, str] | None:
    return None


@dataclass(frozen=True)
class Surroundings:
    """What of the shop the rules need.

    Attributes:
        country: whose phone numbers are written without a code.
        currency: of the prices.
        order_prefixes: letters the order numbers begin with.
        order_digits: how few and how many digits they have.
        order_exists: whether there is an order of a key.
        order_shapes: what order numbers of several parts look like.
        quantity: the attribute that a number of a unit is, asked with the whole text.
        measured: the code of the attribute that is measured in a unit, asked with the whole text.
        names: places where names of products and categories begin.
        today: the day it is at the shop.
    """

    country: str | None = None
    currency: str | None = None
    order_prefixes: Collection[str] = ()
    order_digits: tuple[int, int] | None = None
    order_exists: Callable[[str], bool] = _nothing
    order_shapes: Sequence[re.Pattern[str]] = ()
    quantity: Callable[[float, str, str], dict[str, str] | None] = _no_quantity
    measured: Callable[[str, str], str | None] = _not_measured
    names: frozenset[int] = field(default_factory=frozenset)
    today: Callable[[], date] = _today


def find_all(raw: str, around: Surroundings) -> list[Found]:
    """The entities that rules find in a text, none overlapping another, in order."""
    text = Text(raw)
    found = [
        *contacts.emails(text),
        *contacts.phones(text, around.country),
        *orders.find(text, around.order_prefixes, around.order_digits, around.order_exists, around.order_shapes),
        *dates.find(text, around.today, around.country),
        *prices.find(text, around.currency, around.names),
        *_attributes(text, around),
        *choices.quantities(text, set(around.names)),
        *choices.ordinals(text),
        *choices.comparisons(text),
        *choices.languages(text),
    ]
    kept: list[Found] = []
    for item in sorted(found, key=lambda f: (_FIRST.index(f.entity), f.start - f.end)):
        if not any(item.overlaps(other) for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda f: f.start)


def _attributes(text: Text, around: Surroundings) -> list[Found]:
    """Measures such as "16GB" and "27 inch" that the catalogue has."""
    found = []
    for number in numbers.find(text.folded):
        match = None if number.spelled else _UNIT.match(text.folded, number.end)
        unit = units.canonical(match[1]) if match else None
        if match is None or unit is None:
            continue
        limit = prices.limit_on(text, number.start, match.end())
        if limit and (code := around.measured(unit, text.raw)):
            wanted = {"code": code, "value": f"{number.value:g} {unit}"}
            found.append(text.found("attribute", wanted, number.start, match.end(), number=number.value, role=limit))
            continue
        value = around.quantity(number.value, unit, text.raw)
        if value is not None:
            found.append(text.found("attribute", value, number.start, match.end(), number=number.plain, unit=unit))
    return found
