"""Finds what belongs to one person in a text or a table and takes it out: for logs, exports, and before storing.

Card numbers and their security codes are masked wherever a text comes in (`without_cards`), so that none is ever
stored. `mask` is for what leaves: logs, spreadsheets, trails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

CARD, CODE = "•••• •••• •••• ••••", "•••"

_GAP = r"[ \t\u00a0\u200b-\u200f\u202f\u2060._/–—-]{0,3}"
_RUN = re.compile(rf"\d(?:{_GAP}\d){{12,}}")
# Our own ids and the tokens of links (UUIDs) are no card numbers, whatever digits they hold.
_ID_OR_RUN = re.compile(
    rf"(?<![0-9A-Za-z])(?=[0-9-]*[a-f])[0-9a-f]{{8}}-?(?:[0-9a-f]{{4}}-?){{3}}[0-9a-f]{{12}}(?![0-9A-Za-z])|({_RUN.pattern})"
)
LONGEST_CARD = 19  # digits; a long message of numbers is read in no time
_GROUP = re.compile(r"\d+")
# Lengths and first digits by ISO/IEC 7812 and what the networks publish: Visa, Mastercard, American Express,
# Diners, JCB, Maestro, UnionPay, Discover, mada.
_NETWORK = re.compile(
    r"4\d{15}(?:\d{3})?|5[0-8]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6\d{15,18}|968\d{13}"
)
_SECURITY_CODE = re.compile(
    r"((?:\b(?:cvv2?|cvc2?|csc)\b|\bsecurity code\b|رمز ال[أا]مان|الرقم السري)\W{0,3}(?:(?:is|number|هو)\W{1,3})?)\d{3,4}(?!\d)",
    re.I,
)


def without_cards(text: str) -> str:
    """`text` with card numbers and their security codes masked, in whichever digits they are written.

    A card number is one by its first digits, its length and its check digit (Luhn); other long numbers stay.
    """
    text = _ID_OR_RUN.sub(lambda found: _cards_masked(found[0]) if found[1] else found[0], text)
    return _SECURITY_CODE.sub(lambda match: match[1] + CODE, text)


def _cards_masked(run: str) -> str:
    groups = list(_GROUP.finditer(run))
    pieces, place, first = [], 0, 0
    while first < len(groups):
        last = _card_from(groups, first)
        if last is None:
            first += 1
            continue
        pieces += [run[place : groups[first].start()], CARD]
        place, first = groups[last].end(), last + 1
    return "".join([*pieces, run[place:]])


def _card_from(groups: list[re.Match[str]], first: int) -> int | None:
    """The last of the groups of digits that make a card number from `first` on, the longest there is; None: none."""
    digits, found = "", None
    for place in range(first, len(groups)):
        digits += "".join(str(int(digit)) for digit in groups[place][0])
        if len(digits) > LONGEST_CARD:
            break
        if _is_card(digits):
            found = place
    return found


def _is_card(digits: str) -> bool:
    if not _NETWORK.fullmatch(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


# Numbers are matched in Latin digits, whichever they are written in (`_replaced`), with gaps between any of them.
_LATIN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_SPACED = r"(?:[ \u00a0-]?\d)"
_DATE = r"(?!(?:19|20)\d\d-\d\d-\d\d)"
_GROUPED = (
    r"(?=\d{1,10}(?:[ \u00a0-]\d{1,9}){0,3}(?![ -]?\d)|\d(?:[ -]\d){9}(?!\d))"  # "10 20 30 40 50" is no one number
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "[email]",
        re.compile(
            r"[\w.%+'-]+@[\w-]+(?:\.[\w-]+)+|"
            r"[\w.%+'-]+ ?(?:@|[\[(] ?at ?[\])]) ?[\w-]+(?:(?:\.| \. ?| ?[\[(] ?dot ?[\])] ?| dot )[\w-]+)+|"
            r"[\w.%+'-]+ at [\w-]+(?: dot [\w-]+)+",
            re.I,
        ),
    ),
    (
        "[account]",
        re.compile(
            r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b|\b[A-Za-z]{2}\d{2}(?: ?\d{4}){3,7}(?: ?\d{1,3})?\b"
        ),
    ),
    ("[phone]", re.compile(r"(?<![\w+])(?:\+|00)\d(?:[ \u00a0().-]{0,2}\d){7,14}(?!\w)")),
    (
        "[id]",
        re.compile(
            rf"(?<!\w)784{_SPACED}{{12}}(?!\w)|(?<![\w.+-]){_DATE}{_GROUPED}[12]{_SPACED}{{9}}(?!\w)|"
            rf"(?<![\w.+-])[23]{_SPACED}{{2}}[ -]?(?:0[ -]?[1-9]|1[ -]?[0-2])[ -]?(?:0[ -]?[1-9]|[12][ -]?\d|3[ -]?[01])"
            rf"{_SPACED}{{7}}(?!\w)"
        ),
    ),
    (
        "[phone]",
        re.compile(
            r"(?<![\w.+-])\(?0(?:[ \u00a0().-]{0,2}\d){8,10}(?!\w)|"
            r"(?<![\w.+-])5\d[ .-]?\d{3}[ .-]?\d{4}(?!\w)|(?<![\w.+-])\d{9,15}(?![\w.])"
        ),
    ),
)
_STATED_ID = re.compile(
    r"((?:national id|id number|id no|iqama|passport|رقم الهوي[ةه]|الهوي[ةه]|هويتي|الإقام[ةه]|الاقام[ةه]|إقامتي|اقامتي|"
    r"الرقم القومي|الجواز|جوازي)[^\w\n]{0,3}(?:(?:is|number|no|رقم|رقمه|رقمها|هو|هي)\W{1,3}){0,2})[A-Z]?\d(?:[ -]?\d){5,}",
    re.I,
)


def mask(text: str) -> str:
    """`text` with e-mail addresses, phone, card, account and national id numbers replaced by what they are."""
    text = _replaced(without_cards(text), _STATED_ID, "[id]")
    for kind, pattern in _KINDS:
        text = _replaced(text, pattern, kind)
    return text


def _replaced(text: str, pattern: re.Pattern[str], instead: str) -> str:
    """`text` with what a pattern finds in it replaced, but for what its first group holds."""
    pieces, place = [], 0
    for found in pattern.finditer(text.translate(_LATIN)):
        kept = found.end(1) if pattern.groups else found.start()
        pieces += [text[place:kept], instead]
        place = found.end()
    return "".join([*pieces, text[place:]]) if place else text


# What columns are called that hold one person's own, in the files of shops and in our own tables.
_COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[email]", re.compile(r"e[ _-]?mail|بريد|[إا]يميل", re.I)),
    ("[phone]", re.compile(r"phone|mobile|cell|whats ?app|\btel\b|contact|جوال|هاتف|موبايل|تلفون|واتس", re.I)),
    ("[card]", re.compile(r"card[ _-]?(?:no|num|holder)|\bcard\b|\bpan\b|\bcvv\b|رقم البطاق[ةه]|^بطاق[ةه]$", re.I)),
    ("[account]", re.compile(r"iban|bank[ _-]?account|[آا]يبان|الحساب البنكي", re.I)),
    (
        "[id]",
        re.compile(
            r"national[ _-]?id|iqama|passport|\bssn\b|id[ _-]?(?:no|number)\b|هوي[ةه]|[إا]قام[ةه]|جواز|قومي", re.I
        ),
    ),
    (
        "[name]",
        re.compile(
            r"(?:customer|client|first|last|full|family|recipient|contact|buyer)[ _-]?name|^customer$|^recipient$|"
            r"اسم (?:العميل|الزبون|المستلم|العائل[ةه])|^الاسم$|^العميل$|^الزبون$",
            re.I,
        ),
    ),
    ("[address]", re.compile(r"address|street|postal|post ?code|\bzip\b|عنوان|الشارع|الرمز البريدي", re.I)),
    ("[birthday]", re.compile(r"birth|\bdob\b|ميلاد", re.I)),
)


def kind_of_column(name: str) -> str | None:
    """What stands for the values of a column that is named so; None when its name tells of nobody's own."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("_", " ").strip()
    return next((kind for kind, pattern in reversed(_COLUMNS) if pattern.search(words)), None)


def mask_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what its columns' names or its texts show to be one person's own replaced."""
    return dict(_masked_cells(row))


def _masked_cells(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        kind = kind_of_column(name)
        if value is None or value == "" or (isinstance(value, (bool, int, float)) and kind is None):
            yield name, value
        else:
            yield name, _masked(value) if kind is None else kind


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return mask_row(value)
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    return value
