"""Typed access to the fields of a JSON object, with reasons a shop owner understands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.db.types import LANGUAGES
from bot.shop.importing.context import Context
from bot.shop.importing.markup import read_body
from bot.shop.importing.moments import read_day, read_moment
from bot.shop.importing.numbers import exact
from bot.shop.importing.records import Text
from bot.shop.importing.report import RowProblem
from bot.shop.importing.text import clean, localised, strip_invisible

_DEEPEST = 20


class Fields:
    """One JSON object of a file.

    Every method raises RowProblem when the field holds something else than it should.
    """

    def __init__(self, value: Any, line: int, context: Context, what: str = "", row_id: str | None = None) -> None:
        if not isinstance(value, dict):
            raise RowProblem(f"{what or 'an entry'} is not an object in braces", line)
        self.value: dict[str, Any] = value
        self.line = line
        self.context = context
        self.what = what
        self.row_id = row_id

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def label(self, name: str) -> str:
        """The name of a field as reasons show it."""
        return f"{self.what}.{name}" if self.what else name

    def only(self, *names: str) -> None:
        """Warn of fields that nothing reads: most are slips of the pen."""
        for name in sorted(self.value.keys() - set(names)):
            unknown = self.label(clean(name)[:60])
            self.context.warn(self.line, f"the field {unknown!r} is not known; left out", self.row_id)

    def inner(self, value: Any, what: str) -> Fields:
        """An object within this one."""
        return Fields(value, self.line, self.context, what, self.row_id)

    def text(self, name: str, *, block: bool = False) -> Text:
        """A text in one or both languages: `{"en": …, "ar": …}`, or a plain string in either."""
        return self.as_text(self.value.get(name), name, block=block)

    def as_text(self, value: Any, name: str, *, block: bool = False) -> Text:
        """Like `text`, of a value in hand."""
        if value is None:
            return {}
        if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            return localised(self._tidy(value, block))
        if not isinstance(value, dict):
            raise self._wrong(name, 'a text, or {"en": …, "ar": …}')
        if unknown := value.keys() - set(LANGUAGES):
            raise self._wrong(name, f"a text in en or ar, and not in {clean(min(unknown))[:20]!r}")
        if not all(text is None or isinstance(text, str) for text in value.values()):
            raise self._wrong(name, "a text for each language")
        tidy = {language: self._tidy(text, block) for language, text in value.items() if text}
        return {language: text for language, text in tidy.items() if text}

    def _tidy(self, value: Any, block: bool) -> str:
        return read_body(str(value)).text if block else clean(value)

    def string(self, name: str, limit: int = 200) -> str:
        """A short text without language, such as a code or a person's name; '' when absent."""
        value = self.value.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise self._wrong(name, "a text")
        text = clean(value)
        if len(text) > limit:
            raise RowProblem(f"{self.label(name)} is longer than {limit} characters", self.line)
        return text

    def choice(self, name: str, known: Iterable[str], default: str) -> str:
        """One of a set of words, however it is written ("Ready for pickup")."""
        word = self.string(name).casefold().replace(" ", "_").replace("-", "_")
        if not word:
            return default
        if word not in known:
            raise RowProblem(f"{self.label(name)}: {word[:40]!r} is none of {', '.join(known)}", self.line)
        return word

    def strings(self, name: str) -> list[str]:
        """A list of short texts without repeats."""
        found = dict.fromkeys(clean(item) for item in self.items(name) if isinstance(item, (str, int, Decimal)))
        found.pop("", None)
        return list(found)

    def items(self, name: str) -> list[Any]:
        """A list; [] when absent."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list in square brackets")
        return value

    def objects(self, name: str) -> list[Fields]:
        """A list of objects."""
        return [self.inner(item, f"{self.label(name)}[{index}]") for index, item in enumerate(self.items(name))]

    def price(self, name: str) -> Decimal | None:
        """An amount of zero or more."""
        return self.context.price(self._plain(name), self.label(name), self.line, self.row_id)

    def amount(self, name: str) -> Decimal:
        """An amount that may be below zero, as what an option adds; 0 when absent."""
        value = self._plain(name)
        sign = -1 if str(value or "").strip().startswith("-") else 1
        unsigned = -value if sign < 0 and isinstance(value, (int, Decimal)) else str(value).lstrip("- ")
        found = self.context.price(unsigned if sign < 0 else value, self.label(name), self.line, self.row_id)
        return exact(sign * found) if found is not None else Decimal(0)

    def whole(self, name: str, low: int | None = 0) -> int | None:
        """A whole number."""
        return self.context.whole(self._plain(name), self.label(name), self.line, low)

    def number(self, name: str) -> float | None:
        """Any number."""
        value = self._plain(name)
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._wrong(name, "a number")
        return number

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        found = self.context.flag(self._plain(name), self.label(name), self.line)
        return default if found is None else found

    def moment(self, name: str) -> datetime | None:
        """A time."""
        try:
            return read_moment(self._plain(name), self.context.zone, self.context.today)
        except ValueError as error:
            raise RowProblem(f"{self.label(name)}: {error}", self.line) from None

    def day(self, name: str) -> date | None:
        """A calendar day."""
        try:
            return read_day(self._plain(name), self.context.zone, self.context.today)
        except ValueError as error:
            raise RowProblem(f"{self.label(name)}: {error}", self.line) from None

    def data(self, name: str) -> Any:
        """A value of any shape, its texts cleaned; {} when absent."""
        return self._clean_data(self.value.get(name) or {}, 0)

    def _clean_data(self, value: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise RowProblem(f"{self.what or 'an entry'} is nested too deeply", self.line)
        if isinstance(value, str):
            return strip_invisible(value).strip()
        if isinstance(value, list):
            return [self._clean_data(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {clean(key): self._clean_data(item, depth + 1) for key, item in value.items()}
        if isinstance(value, Decimal):
            number = float(value)
            return number if math.isfinite(number) else None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
            return str(value)
        return value

    def _plain(self, name: str) -> Any:
        value = self.value.get(name)
        if isinstance(value, (dict, list)):
            raise self._wrong(name, "a single value")
        return value

    def _wrong(self, name: str, wanted: str) -> RowProblem:
        return RowProblem(f"{self.label(name)} should be {wanted}", self.line)
