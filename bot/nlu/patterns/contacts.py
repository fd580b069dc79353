"""E-mail addresses and phone numbers, checked and normalised by the libraries made for them."""

from __future__ import annotations

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from bot.nlu.patterns.found import Found, Text

_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.I)
_DIGITS = re.compile(r"\d")
LEAST_DIGITS = 7
MOST_DIGITS = 60  # of a message that is looked through for phone numbers; more is not a message


def emails(text: Text) -> list[Found]:
    """E-mail addresses, in lower case."""
    found: list[Found] = []
    if "@" not in text.folded:
        return found
    for match in _EMAIL.finditer(text.folded):
        address = match.group().strip(".-")
        try:
            validate_email(address, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            continue
        start = match.start() + match.group().index(address)
        found.append(text.found("email", address.lower(), start, start + len(address)))
    return found


def phones(text: Text, country: str | None) -> list[Found]:
    """Phone numbers as E.164; those without a country code are read as numbers of `country`."""
    digits = len(_DIGITS.findall(text.folded))
    if not LEAST_DIGITS <= digits <= MOST_DIGITS:
        return []
    found = []
    for match in PhoneNumberMatcher(text.folded, country, leniency=Leniency.VALID, max_tries=20):
        value = phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
        found.append(text.found("phone", value, match.start, match.end))
    return found
