"""What may be written on a product or how long it may be made, and what that costs. Read from an option's `limits`.

Imports check a shop's figures with `read`; configurations check what customers wish with `check_text` and
`read_measure`.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from bot.language.normalise import fold_digits

CHOICE, TEXT, MEASURE = "choice", "text", "measure"
KINDS = (CHOICE, TEXT, MEASURE)
LETTERS = {"latin": "A-Za-zÀ-ÖØ-öø-ÿ", "arabic": "\u0621-\u063a\u0641-\u064a", "digits": "0-9\u0660-\u0669"}
_PUNCTUATION = " .,،'’&♥-"
_NUMBER = re.compile(r"(?<![\d.,])-?\d{1,9}(?:[.,]\d{1,3})?(?![\d])")


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The choice that makes an option be asked for."""

    option: str
    value: str


class TextLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words to engrave, print or embroider."""

    longest: int
    letters: tuple[str, ...] = ("latin", "arabic", "digits")
    price: Decimal = Decimal(0)
    lead_time_days: int = 0
    required: bool = False
    when: When | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.longest <= 200:
            raise ValueError("longest should be between 1 and 200 characters")
        if not self.letters or not set(self.letters) <= set(LETTERS):
            raise ValueError(f"letters should be some of {', '.join(LETTERS)}")
        if self.price < 0 or self.lead_time_days < 0:
            raise ValueError("price and lead_time_days cannot be below zero")


class MeasureLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A length made to order: what lies beyond `included` costs `price_per_unit` for each unit."""

    minimum: Decimal
    maximum: Decimal
    unit: str
    step: Decimal = Decimal(1)
    included: Decimal | None = None
    price_per_unit: Decimal = Decimal(0)
    lead_time_days: int = 0
    required: bool = False
    when: When | None = None

    def __post_init__(self) -> None:
        if not 0 < self.minimum < self.maximum or self.step <= 0:
            raise ValueError("minimum, maximum and step should be above zero, the first below the second")
        if self.price_per_unit < 0 or self.lead_time_days < 0:
            raise ValueError("price_per_unit and lead_time_days cannot be below zero")

    def price_of(self, size: Decimal) -> Decimal:
        """What a size costs beyond the price of the product."""
        free = self.minimum if self.included is None else self.included
        return max(size - free, Decimal(0)) * self.price_per_unit


Limits = TextLimits | MeasureLimits


def read(kind: str, data: dict[str, Any]) -> Limits | None:
    """The limits of an option; None for one that has values to choose from.

    Raises:
        ValueError: the figures make no sense; the message says which.
    """
    if kind == TEXT:
        return msgspec.convert(data, TextLimits, strict=False)
    return msgspec.convert(data, MeasureLimits, strict=False) if kind == MEASURE else None


class TextProblem(ValueError):
    """A text that cannot be put on the product: `reason` is `empty`, `long` or `letters`."""

    def __init__(self, reason: str, *, length: int = 0, wrong: str = "") -> None:
        super().__init__(reason)
        self.reason, self.length, self.wrong = reason, length, wrong


def check_text(limits: TextLimits, text: str) -> str:
    """The text as it will be made: invisible characters and doubled spaces taken out.

    Raises:
        TextProblem: it is empty, longer than allowed (counted as letters people see), or has other letters.
    """
    visible = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] != "C")
    tidy = " ".join(visible.split())
    if not tidy:
        raise TextProblem("empty")
    allowed = "".join(LETTERS[kind] for kind in limits.letters) + re.escape(_PUNCTUATION)
    wrong = dict.fromkeys(re.sub(f"[{allowed}]", "", tidy))
    if wrong:
        raise TextProblem("letters", wrong=" ".join(wrong))
    if len(tidy) > limits.longest:
        raise TextProblem("long", length=len(tidy))
    return tidy


class MeasureProblem(ValueError):
    """A size that cannot be made: `reason` is `unread`, `range` or `step`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_measure(limits: MeasureLimits, text: str) -> Decimal:
    """The size a text names, in the option's unit; metres are read as such where the unit is a centimetre.

    Raises:
        MeasureProblem: it names none, or one that is not made.
    """
    plain = fold_digits(text)
    found = _NUMBER.search(plain)
    if found is None:
        raise MeasureProblem("unread")
    try:
        size = Decimal(found[0].replace(",", "."))
    except InvalidOperation:
        raise MeasureProblem("unread") from None
    after = plain[found.end() :].lstrip().casefold()
    if limits.unit == "cm" and re.match(r"(?:m|metres?|meters?|متر|مترا|م)(?!\w)", after):
        size *= 100
    return check_measure(limits, size)


def check_measure(limits: MeasureLimits, size: Decimal) -> Decimal:
    """A size that can be made.

    Raises:
        MeasureProblem: it is out of range, or between two steps.
    """
    if not limits.minimum <= size <= limits.maximum:
        raise MeasureProblem("range")
    if (size - limits.minimum) % limits.step:
        raise MeasureProblem("step")
    return size
