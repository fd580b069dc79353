"""Money, numbers, dates, times, lists and counted nouns as people of a language write them.

Rules come from Unicode's CLDR through Babel; the nouns of `data/words/nouns.yml` give every plural
form that CLDR asks for in their language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

import yaml
from babel import Locale as BabelLocale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_name, get_currency_precision

from bot.settings import ROOT

NOUNS = ROOT / "data" / "words" / "nouns.yml"
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_WORD = re.compile(r"[\w/-]+")
_LATIN = re.compile(r"[A-Za-z]")
_LEFT_TO_RIGHT = re.compile(r"[A-Za-z]|\+\d")  # Latin letters, and phone numbers with their plus


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(NOUNS.read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True)
class Locale:
    """How one customer writes: a language (`en`, `ar`) and a style of digits (`latn`, `arab`)."""

    language: str
    digits: str = "latn"

    @property
    def _numbering(self) -> str:
        return "arab" if self.language == "ar" and self.digits == "arab" else "latn"

    @property
    def _babel(self) -> BabelLocale:
        return BabelLocale.parse(self.language)

    def digits_of(self, text: str) -> str:
        """`text` with its digits in the customer's style."""
        if self._numbering != "arab":
            return text
        # The name of a model, a norm or a size is written as it is: "5W-30", "R16", "130/705H".
        return _WORD.sub(lambda word: word[0] if _LATIN.search(word[0]) else word[0].translate(ARABIC_DIGITS), text)

    def _decimal(self, value: Decimal, pattern: str) -> str:
        text = format_decimal(value, format=pattern, locale=self._babel, numbering_system=self._numbering)
        return self.digits_of(text)

    def number(self, value: Decimal | float | int) -> str:
        """A number with grouping and no trailing zeros."""
        return self._decimal(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), "#,##0.###")

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency named once; decimals only when there are any.

        Arabic uses the currency's everyday word in the form its number asks for ("3 ريالات", "15 ريالًا"),
        English its code or sign ("SAR 1,299").
        """
        places = 0 if amount == amount.to_integral_value() else get_currency_precision(currency)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        if self.language == "ar":
            word = get_currency_name(currency, count=100, locale=self._babel).split()[0]
            forms = _words()["currencies"].get(word, {})
            return f"{self._decimal(amount, pattern)} {forms.get(self._babel.plural_form(int(amount)), word)}"
        text = format_currency(amount, currency, format=f"¤{pattern}", locale=self._babel, currency_digits=False)
        return re.sub(r"^([A-Z]{3})(?=\d)", r"\1 ", text.replace("\xa0", " "))

    def day(self, value: date, today: date | None = None) -> str:
        """A day in words: today, tomorrow or yesterday when it is, else weekday, day and month."""
        if today is not None:
            near = _words()["days"][self.language].get(str((value - today).days))
            if near:
                return str(near)
        pattern = "EEEE d MMMM" if today is None or value.year == today.year else "d MMMM y"
        return self.digits_of(format_date(value, pattern, locale=self._babel))

    def weekday(self, weekday: int) -> str:
        """Name of a weekday, 0 = Monday."""
        return str(self._babel.days["format"]["wide"][weekday])

    def time(self, value: time | datetime) -> str:
        """A time of day as people say it, on the twelve-hour clock: "6 pm", "noon", "9:30 صباحًا"."""
        words = _words()["times"][self.language]
        if not value.minute and value.hour in words["named"]:
            return self.digits_of(str(words["named"][value.hour]))
        part = max(first for first in words["parts"] if first <= value.hour)
        clock = f"{value.hour % 12 or 12}" + (f":{value.minute:02}" if value.minute else "")
        return self.digits_of(f"{clock} {words['parts'][part]}")

    def counted(self, noun: str, count: int) -> str:
        """A number of things, the noun in the right form: "1 product", "٣ منتجات", "منتجان".

        Args:
            noun: a key of `data/words/nouns.yml`.
        """
        forms = _words()["nouns"][noun][self.language]
        form = str(forms.get("zero" if count == 0 else self._babel.plural_form(count), forms["other"]))
        return form.replace("{n}", self.number(count))

    def list_of(self, items: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
        """Items joined as in a sentence; style `standard` ("and") or `or`."""
        return str(format_list(list(items), style=style, locale=self._babel))

    def in_words(self, count: int) -> str:
        """A small number as a word where the language writes it so ("three"), else in digits."""
        word = _words()["numbers"][self.language].get(count)
        return str(word) if word else self.number(count)

    def language_name(self, code: str) -> str:
        """The name of a language (ISO 639) in this one."""
        return str(self._babel.languages.get(code, code))

    def isolate(self, text: str) -> str:
        """A name or number in the other direction, marked so that mixed text reads in order (UAX #9 isolates)."""
        return f"\u2068{text}\u2069" if self.language == "ar" and _LEFT_TO_RIGHT.search(text) else text

    def text(self, localised: Any) -> str:
        """A `LocalisedText` of the database in this language, else in the one it has."""
        return str(localised.get_for(self.language))
