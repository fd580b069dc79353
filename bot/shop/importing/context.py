"""What readers need to know of the shop before they read a file, and the place for their warnings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timezone, tzinfo
from decimal import Decimal
from typing import Any

from bot.shop.importing.contacts import read_email, read_phone, read_url
from bot.shop.importing.numbers import read_flag, read_price, read_whole
from bot.shop.importing.report import RowProblem, Warned
from bot.shop.importing.text import clean

MOST_WARNINGS = 10_000


@dataclass
class Context:
    """The shop a file is read for."""

    currency: str | None = None  # None: the shop has none of its own yet, the first one in the file counts
    country: str = "US"
    zone: tzinfo = timezone.utc
    prices_include_tax: bool = True
    today: date = date(1970, 1, 1)
    branches: dict[str, Iterable[str]] = field(default_factory=dict)  # code → names
    warnings: list[Warned] = field(default_factory=list)

    def warn(self, line: int, reason: str, row_id: str | None = None) -> None:
        """Remember a remark on a row that is taken all the same."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(Warned(line, reason, row_id))

    def price(self, value: Any, what: str, line: int, row_id: str | None = None) -> Decimal | None:
        """A price in the shop's currency; None when there is none, or it is in another currency.

        Raises:
            RowProblem: it cannot be read.
        """
        try:
            price = read_price(value)
        except ValueError as error:
            raise RowProblem(f"{what}: {error}", line) from None
        if price is None:
            if text := clean(value):
                self.warn(line, f"{what}: {text[:40]!r} is no amount; left without one", row_id)
            return None
        if price.currency:
            self.currency = self.currency or price.currency
            if price.currency != self.currency:
                self.warn(
                    line, f"{what}: is in {price.currency}, but the shop sells in {self.currency}; left out", row_id
                )
                return None
        return price.amount

    def whole(self, value: Any, what: str, line: int, low: int | None = None) -> int | None:
        """A whole number, None for an empty cell.

        Raises:
            RowProblem: it is none, or below `low`.
        """
        try:
            number = read_whole(value)
        except ValueError as error:
            raise RowProblem(f"{what}: {error}", line) from None
        if number is not None and low is not None and number < low:
            raise RowProblem(f"{what}: {number} is below {low}", line)
        return number

    def flag(self, value: Any, what: str, line: int) -> bool | None:
        """Yes or no, None for an empty cell.

        Raises:
            RowProblem: it is neither.
        """
        try:
            return read_flag(value)
        except ValueError as error:
            raise RowProblem(f"{what}: {error}", line) from None

    def email(self, value: Any, line: int, row_id: str | None = None) -> str | None:
        """An e-mail address; what is none is dropped with a warning."""
        found = read_email(value)
        if found is None and clean(value):
            self.warn(line, "the e-mail address is not valid; left out", row_id)
        return found

    def phone(self, value: Any, line: int, row_id: str | None = None, country: str = "") -> str | None:
        """A phone number as E.164; what is none is dropped with a warning."""
        found = read_phone(value, country or self.country)
        if found is None and clean(value):
            self.warn(line, "the phone number cannot be dialled; left out", row_id)
        return found

    def url(self, value: Any, what: str, line: int, row_id: str | None = None, limit: int = 1000) -> str | None:
        """A web address; what is none is dropped with a warning."""
        found = read_url(value, limit)
        if found is None and clean(value):
            self.warn(line, f"{what}: is not a web address; left out", row_id)
        return found
