"""E-mail addresses, phone numbers and web addresses in the one form that the database keeps."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

import phonenumbers

from bot.language.normalise import fold_digits
from bot.shop.importing.text import clean

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}")


def read_email(value: Any) -> str | None:
    """An e-mail address in lower case; None where there is none or it cannot be one."""
    text = clean(value).casefold()
    text = text.removeprefix("mailto:")
    return text if _EMAIL.fullmatch(text) and len(text) <= 254 else None


def read_phone(value: Any, country: str) -> str | None:
    """A phone number as E.164, read as dialled in `country`; None where there is none or it cannot be one."""
    text = fold_digits(clean(value)).lstrip("'")
    text = re.sub(r"[^\d+]", "", text)
    if not text:
        return None
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_url(value: Any, limit: int = 1000) -> str | None:
    """A web address a browser may open (http, https, or a path on the shop's own site); else None."""
    text = clean(value)
    if text.startswith("//"):
        text = f"https:{text}"
    if not text or len(text) > limit:
        return None
    if text.startswith("/"):
        return quote(text, safe="/%?&=#+,;:@!~.-_()*'$[]")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    encoded = quote(text, safe="/%?&=#+,;:@!~.-_()*'$[]")
    return encoded if len(encoded) <= limit else None
