"""Numbers as people type them: grouping and decimal marks of both scripts, currency words and signs."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale

from bot.language.normalise import fold_digits

LARGEST_AMOUNT = Decimal(10) ** 12
_THOUSANDTH = Decimal("0.001")

# A number: groups of digits with marks between them, or one that opens with its decimal mark (".5").
NUMBER = re.compile(r"(?:\d|(?<!\w)[.,](?=\d))(?:[.,،]?\d|[\s'’](?=\d{3}(?!\d)))*")
_GROUPS = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}|\d{1,3}(?:\.\d{3})+")

# Currencies of places that write 1.299,00.
_DECIMAL_COMMA = frozenset(
    ["EUR", "TRY", "BRL", "DKK", "NOK", "SEK", "PLN", "CZK", "HUF", "RON", "RUB", "ARS", "CLP", "COP", "IDR", "VND"]
)
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "e£": "EGP",
    "¥": "JPY",
    "₹": "INR",
    "₺": "TRY",
    "₪": "ILS",
    "₽": "RUB",
    "us$": "USD",
    "a$": "AUD",
    "c$": "CAD",
    "﷼": "",  # the rial sign serves several countries
    "$": "",
    "sr": "SAR",
    "dh": "AED",
    "dhs": "AED",
    "kd": "KWD",
    "bd": "BHD",
    "qr": "QAR",
    "jd": "JOD",
    "le": "EGP",
    "رس": "SAR",
    "ريالسعودي": "SAR",
    "دإ": "AED",
    "دا": "AED",
    "درهماماراتي": "AED",
    "درهمإماراتي": "AED",
    "دك": "KWD",
    "ديناركويتي": "KWD",
    "دب": "BHD",
    "ديناربحريني": "BHD",
    "رق": "QAR",
    "ريالقطري": "QAR",
    "رع": "OMR",
    "ريالعماني": "OMR",
    "جم": "EGP",
    "جنيهمصري": "EGP",
    "جنيه": "EGP",
    "دأ": "JOD",
    "ديناراردني": "JOD",
    "دينارأردني": "JOD",
    "دولار": "",
    "يورو": "EUR",
    "ريال": "",
    "درهم": "",
    "دينار": "",
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "",
    "dollars": "",
    "riyal": "",
    "riyals": "",
    "dirham": "",
    "dirhams": "",
    "dinar": "",
    "pound": "",
    "pounds": "",
}


class Price(NamedTuple):
    """An amount, with its currency when the text names one beyond doubt."""

    amount: Decimal
    currency: str | None


def exact(amount: Decimal) -> Decimal:
    """`amount` to the thousandth, in the one form the database also gives back."""
    return Decimal(int((amount * 1000).to_integral_value(ROUND_HALF_UP))) / 1000


def read_number(token: str, *, decimal_comma: bool = False) -> Decimal | None:
    """The value of what `NUMBER` matched; None where the marks make no sense ("12,3,4").

    A single mark before exactly three digits is the unclear case: a comma then groups (1,299), a dot
    is decimal (12.500 in Kuwait) unless `decimal_comma` says that the writer swaps the two.
    """
    token = re.sub(r"[\s'’]", "", fold_digits(token).replace("،", ","))
    if "," in token and "." in token:
        decimal = max(",.", key=token.rfind)
        group = "," if decimal == "." else "."
        whole, _, rest = token.rpartition(decimal)
        if not rest.isdigit() or not (_GROUPS.fullmatch(whole) and group in whole):
            return None
        token = f"{whole.replace(group, '')}.{rest}"
    elif token.count(",") + token.count(".") > 1:
        if not _GROUPS.fullmatch(token):
            return None
        token = token.replace(",", "").replace(".", "")
    elif "," in token or "." in token:
        whole, mark, rest = token.partition("," if "," in token else ".")
        groups = len(rest) == 3 and whole.strip("0") != "" and (mark == "," or decimal_comma)
        token = whole + rest if groups else f"{whole or '0'}.{rest}"
    try:
        return Decimal(token)
    except InvalidOperation:
        return None


@lru_cache(maxsize=1)
def _currency_codes() -> frozenset[str]:
    return frozenset(Locale("en").currencies)


def is_currency(code: str) -> bool:
    """Whether a code in capitals is one of ISO 4217."""
    return code in _currency_codes()


@lru_cache(maxsize=4096)
def currency_in(words: str) -> str | None:
    """The currency that the words around a number name; '' for an ambiguous one, None for none."""
    for word in re.findall(r"\b[A-Za-z]{3}\b", words):
        if (word.isupper() or word == words) and word.upper() in _currency_codes():
            return word.upper()
    return _SIGNS.get(re.sub(r"[\s.\u0640]+", "", words).casefold())


def read_price(value: Any) -> Price | None:
    """A price from a cell or a JSON value; None when there is none, be it in words ("call us").

    Raises:
        ValueError: it holds digits and yet cannot be read as one price of zero or more.
    """
    if isinstance(value, bool):
        raise ValueError("is not a price")
    if isinstance(value, (int, Decimal)):
        return Price(_checked(Decimal(value), str(value)), None)
    text = fold_digits(str(value or "").strip())
    # Only letters and dots of abbreviations may touch the number: "ر.س.50" is fifty, not a half.
    text = re.sub(r"(?<=[^\W\d_])\.(?=\s*\d)", " ", text)
    tokens = NUMBER.findall(text)
    words = NUMBER.sub(" ", text).strip()
    if not tokens:
        return None
    if len(tokens) > 1:
        raise ValueError(f"{text[:40]!r} holds more than one number")
    currency = currency_in(words.strip("-+() ")) or None
    amount = read_number(tokens[0], decimal_comma=currency in _DECIMAL_COMMA)
    if amount is None:
        raise ValueError(f"{text[:40]!r} is not a price")
    if re.search(r"-\s*[^\d\s]{0,4}\s*[.,]?\d", text) or re.search(r"\d\s*-\s*$", text) or "(" in words:
        amount = -amount
    return Price(_checked(amount, text), currency)


def _checked(amount: Decimal, text: str) -> Decimal:
    if not amount.is_finite() or abs(amount) >= LARGEST_AMOUNT:
        raise ValueError(f"{text[:40]!r} is too large for a price")
    if amount < 0:
        raise ValueError(f"the price {text[:40]!r} is below zero")
    return exact(amount)


def read_whole(value: Any) -> int | None:
    """A whole number from a cell or a JSON value, also negative; None for an empty one.

    Raises:
        ValueError: it is something else, or beyond what a 32-bit column holds.
    """
    if isinstance(value, bool):
        raise ValueError("is not a whole number")
    text = fold_digits(str("" if value is None else value)).strip()
    if not text:
        return None
    sign = -1 if text[0] in "-\u2212" else 1
    match = NUMBER.fullmatch(text[1:].strip() if text[0] in "+-\u2212" else text)
    number = read_number(match.group()) if match else None
    if number is None or number != number.to_integral_value() or number >= 2**31:
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return sign * int(number)


def read_flag(value: Any) -> bool | None:
    """A yes or no from a cell or a JSON value; None for an empty one.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, bool):
        return value
    word = fold_digits(str("" if value is None else value)).strip().casefold()
    if word in ("true", "yes", "y", "1", "on", "نعم"):
        return True
    if word in ("false", "no", "n", "0", "-1", "off", "لا"):
        return False
    if word:
        raise ValueError(f"{word[:40]!r} is neither yes nor no")
    return None
