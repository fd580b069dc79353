"""What the bot knew when it handed over, in lines an agent can read: codes of the shop become names.

The dialogue writes the raw summary (see `actions/handing_over.py`); a shop's own rules may add any
further key. Called by the desk's lists and details.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Brand, Category, Product
from bot.desk.wished import Wished
from bot.support import mood
from bot.words.formatting import Locale

PRODUCT_KEYS = ("product", "products", "shown")
NAMED_BY = {"categories": Category, "brands": Brand, "not_brands": Brand}
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(?: ([A-Z]{3}))?")
PRICES = ("price_min", "price_max", "price_below", "price_above")


class Line(msgspec.Struct, frozen=True):
    """One line of a summary: what it is about, by name, and its values."""

    key: str
    values: list[str | bool]


def _strings(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _strings(inner)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [text for inner in value for text in _strings(inner)]
    return [str(value)]


def _codes(summaries: Iterable[Mapping[str, Any]]) -> dict[type, set[str]]:
    codes: dict[type, set[str]] = {Product: set(), Category: set(), Brand: set()}
    for summary in summaries:
        for key in PRODUCT_KEYS:
            codes[Product].update(_strings(summary.get(key)))
        search = summary.get("search")
        if isinstance(search, Mapping):
            for key, model in NAMED_BY.items():
                codes[model].update(_strings(search.get(key)))
    return codes


class Names:
    """Names of the products, categories and brands that some summaries mention, in one language."""

    def __init__(self, session: Session, summaries: Iterable[Mapping[str, Any]], language: str) -> None:
        self.locale = Locale(language, "arab")  # as the desk's own numbers are written
        summaries = list(summaries)
        searches = [search for summary in summaries if isinstance(search := summary.get("search"), Mapping)]
        self.wished = Wished(session, searches, self.locale)
        self._names: dict[type, dict[str, str]] = {}
        for model, codes in _codes(summaries).items():
            label = Product.title if model is Product else model.name  # type: ignore[attr-defined]
            query = select(model.code, label).where(model.code.in_(codes))  # type: ignore[attr-defined]
            rows = session.execute(query) if codes else ()
            self._names[model] = {code: name.get_for(language) for code, name in rows}

    def of(self, model: type, codes: Any) -> list[str | bool]:
        """Names for codes; a code that names nothing (any more) stays as it is."""
        return [self._names[model].get(code) or code for code in _strings(codes)]

    def products(self, codes: Any) -> list[str]:
        """Names of products."""
        return [str(name) for name in self.of(Product, codes)]

    def amount(self, text: str) -> str:
        """A number, with or without its currency, as it is read in this language; any other text as it is."""
        found = AMOUNT.fullmatch(text)
        if found is None:
            return text
        number, currency = Decimal(found[1]), found[2]
        return self.locale.money(number, currency) if currency else self.locale.number(number)


def _search_lines(search: Mapping[str, Any], names: Names) -> Iterable[Line]:
    for key, model in NAMED_BY.items():
        yield Line(key, names.of(model, search.get(key)))
    for key in PRICES:
        yield Line(key, [names.amount(price) for price in _strings(search.get(key))])
    yield Line("wishes", [*names.wished.lines(search)])


def readable(summary: Mapping[str, Any], names: Names) -> list[Line]:
    """The lines of a summary, without those that say nothing."""
    lines: list[Line] = []
    for key, value in summary.items():
        if key == "search" and isinstance(value, Mapping):
            lines.extend(_search_lines(value, names))
        elif key in PRODUCT_KEYS:
            lines.append(Line(key, list(dict.fromkeys(names.of(Product, value)))))
        elif key == "mood" and isinstance(value, int):
            lines.append(Line(key, [str(mood.severity(value))]))  # the points mean nothing to an agent
        elif key == "budget":
            lines.append(Line(key, [names.amount(text) for text in _strings(value)]))
        elif key == "score":
            # The reasons stand with the lead.
            lines.append(Line(key, [names.amount(text.partition(":")[0]) for text in _strings(value)]))
        else:
            lines.append(Line(str(key), [value] if isinstance(value, bool) else [*_strings(value)]))
    shown = next((line.values for line in lines if line.key == "shown"), None)
    # What was talked about is often just what was shown last: once is enough.
    return [line for line in lines if line.values and (line.key != "products" or line.values != shown)]
