"""Takes out of a customer's message what belongs to one person, before it becomes an example for everyone."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.%+-]+@[\w.-]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_NAMED = re.compile(
    r"((?:my name is|my name's|name ?:|i am mr\.?|i am mrs\.?|this is mr\.?|اسمي|الاسم|باسم)\s*:?\s+)[^\W\d_]+(?:\s+[^\W\d_]+)?",
    re.I,
)
_DIGIT = "0-9\u0660-\u0669\u06f0-\u06f9"
# Five digits or more, or seven in groups, or fewer behind letters or a mark ("D-10006", "#4471").
_LONG = re.compile(
    rf"\+?[{_DIGIT}](?:[ ().-]{{0,2}}[{_DIGIT}]){{6,}}|[{_DIGIT}](?:[.-]?[{_DIGIT}]){{4,}}|(?<=#)[{_DIGIT}]{{3,}}|"
    rf"\b[A-Za-z]{{1,5}}[-_]?[{_DIGIT}]{{4,}}\b"
)
_ORDER = re.compile(
    rf"((?:order|invoice|ref(?:erence)?|tracking|طلب\w*|الطلب|اوردر|أوردر|الاوردر|فاتورة|رقم|شحنة)\W+(?:(?:number|num|no|is|رقم|هو)\W*)*)([{_DIGIT}]{{3,}})",
    re.I,
)
_ONE_DIGIT = re.compile(rf"[{_DIGIT}]")
_LATIN, _ARABIC, _PERSIAN = "0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"
LONGEST = 300  # characters of an example


def mask(text: str) -> str:
    """`text` as one line with e-mail addresses, links, names, order numbers and long numbers replaced by plain ones."""
    text = " ".join(text.split())
    text = _LINK.sub("www.example.com", _EMAIL.sub("name@example.com", text))
    text = _HANDLE.sub("@name", text.replace("name@example.com", "\0")).replace("\0", "name@example.com")
    text = _NAMED.sub(lambda match: f"{match[1]}{'Noor' if match[1].isascii() else 'نور'}", text)
    text = _LONG.sub(lambda match: _counted(match[0]), text)
    text = _ORDER.sub(lambda match: f"{match[1]}{_counted(match[2])}", text)
    # Rasa reads "[words](kind)" in an example as an annotation.
    return text.translate(str.maketrans("[]", "()"))[:LONGEST].strip()


def _counted(number: str) -> str:
    """The number with its digits replaced by 1, 2, 3 …, in the same style."""
    place = 0

    def next_digit(match: re.Match[str]) -> str:
        nonlocal place
        place += 1
        style = next((digits for digits in (_ARABIC, _PERSIAN) if match[0] in digits), _LATIN)
        return style[place % 10]

    return _ONE_DIGIT.sub(next_digit, number)
