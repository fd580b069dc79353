"""Numbers in a folded text: in digits, in words, and in both ("2k", "1,500", "three thousand", "الفين", "٣ الاف")."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS_EN = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen"""
_TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: dict[str, int] = {
    **{word: value for value, word in enumerate(_UNITS_EN.split())},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS_EN.split())},
    **dict.fromkeys(("واحد", "واحده", "وحده"), 1),
    **dict.fromkeys(("اثنين", "اتنين", "اثنان", "ثنتين", "تنتين", "جوج"), 2),
    **dict.fromkeys(("دينارين", "ريالين", "درهمين", "دولارين", "جنيهين", "ليرتين"), 2),
    **dict.fromkeys(("ثلاثه", "ثلاث", "تلاته", "تلات", "تلت"), 3),
    **dict.fromkeys(("اربعه", "اربع"), 4),
    **dict.fromkeys(("خمسه", "خمس"), 5),
    **dict.fromkeys(("سته", "ست"), 6),
    **dict.fromkeys(("سبعه", "سبع"), 7),
    **dict.fromkeys(("ثمانيه", "ثماني", "ثمان", "تمانيه", "تمنيه", "تمن", "تمان"), 8),
    **dict.fromkeys(("تسعه", "تسع"), 9),
    **dict.fromkeys(("عشره", "عشر"), 10),
    **dict.fromkeys(("عشرين", "عشرون"), 20),
    **dict.fromkeys(("ثلاثين", "ثلاثون", "تلاتين"), 30),
    **dict.fromkeys(("اربعين", "اربعون"), 40),
    **dict.fromkeys(("خمسين", "خمسون"), 50),
    **dict.fromkeys(("ستين", "ستون"), 60),
    **dict.fromkeys(("سبعين", "سبعون"), 70),
    **dict.fromkeys(("ثمانين", "ثمانون", "تمانين"), 80),
    **dict.fromkeys(("تسعين", "تسعون"), 90),
}
_HUNDRED_STEMS = {"ثلاث": 300, "تلت": 300, "ثلث": 300, "تلات": 300, "اربع": 400, "ربع": 400, "خمس": 500, "ست": 600, "سبع": 700,
                  "ثمان": 800, "ثمن": 800, "تمن": 800, "تسع": 900}  # fmt: skip
_HUNDREDS = {
    **dict.fromkeys(("ميتين", "مييتين", "ميتان", "مايتين"), 200),
    **{stem + end: value for stem, value in _HUNDRED_STEMS.items() for end in ("ميه", "مايه", "ميت", "مية", "مءه")},
}
_TIMES = {
    **dict.fromkeys(("hundred", "hundreds", "ميه", "مايه", "ميت"), 100),
    **dict.fromkeys(("k", "thousand", "grand", "الف", "الاف", "تلاف", "الالاف", "ك"), 1000),
    **dict.fromkeys(("million", "مليون", "ملايين"), 1_000_000),
}
_FIXED = {"الفين": 2000, "الفان": 2000, "مليونين": 2_000_000, "نص": None}

_TOKEN = re.compile(r"\d[\d,.']*\d|\d|[a-z]+|[\u0621-\u064a]+")
MOST_DIGITS = 12  # longer ones are no amounts
MOST_NUMBERS = 40  # in one text
_ARABIC_JOINED = ("وال", "بال", "لل", "ال", "و", "ب", "ل", "ف")


@dataclass(frozen=True)
class Number:
    """A number at `start`…`end` of a folded text; `spelled` when words alone say it, `scaled` with "k" or "thousand"."""

    value: float
    start: int
    end: int
    spelled: bool = False
    scaled: bool = False

    @property
    def plain(self) -> int | float:
        """The value as an int when it is whole."""
        return int(self.value) if self.value == int(self.value) else self.value


def from_digits(digits: str, thousandths: bool = False) -> float | None:
    """The number that digits with separators mean; None for what is none (a date, an address).

    Args:
        digits: ASCII digits, commas and points.
        thousandths: prices have three decimals here, so "1.500" is one and a half.
    """
    if len(digits) > MOST_DIGITS:
        return None
    if re.fullmatch(r"\d{1,3}(?:[,']\d{3})+(?:\.\d+)?", digits):
        return float(re.sub("[,']", "", digits))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits) and not (thousandths and digits.count(".") == 1):
        return float(digits.replace(".", ""))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
        return float(digits.replace(",", "."))
    return None


def find(folded: str, thousandths: bool = False) -> list[Number]:
    """The numbers of a folded text, in order."""
    found: list[Number] = []
    tokens = list(_TOKEN.finditer(folded))
    place = 0
    while place < len(tokens) and len(found) < MOST_NUMBERS:
        number, place_after = _read(folded, tokens, place, thousandths)
        if number is not None:
            found.append(number)
        place = place_after
    return found


def _word_value(word: str, first: bool) -> tuple[str, int] | None:
    """What kind of number word it is and its value; inside a number a joined "and" is allowed."""
    for bare in dict.fromkeys([word, *(word[len(p) :] for p in _ARABIC_JOINED if word.startswith(p))]):
        if not first and bare == word and word in ("and", "و"):
            return ("and", 0)
        if bare in _FIXED and _FIXED[bare] is not None:
            return ("fixed", int(_FIXED[bare] or 0))
        if bare in _HUNDREDS:
            return ("hundreds", _HUNDREDS[bare])
        if bare in _SMALL:
            return ("small", _SMALL[bare])
        if bare in _TIMES and bare not in ("k", "ك"):
            return ("times", _TIMES[bare])
    return None


def _read(folded: str, tokens: list[re.Match[str]], place: int, thousandths: bool) -> tuple[Number | None, int]:
    """The number that begins at a token, and the token after it."""
    first = tokens[place]
    if first.group()[0].isdigit():
        return _read_digits(folded, tokens, place, thousandths)
    total, current, end, scaled, last = 0.0, 0.0, -1, False, place
    for index in range(place, len(tokens)):
        token = tokens[index]
        if index > place and folded[tokens[index - 1].end() : token.start()].strip(" -"):
            break
        kind = _word_value(token.group(), index == place)
        if kind is None or (index == place and kind[0] == "and"):
            break
        name, value = kind
        if name == "and":
            continue
        if scaled and total and value >= 1000:  # "one thousand and two thousand" are two numbers
            break
        if name == "times":
            current = max(current, 1) * value
            if value >= 1000:
                total, current, scaled = total + current, 0.0, True
        elif name == "fixed":
            total, scaled = total + current + value, True
            current = 0.0
        else:
            current += value
        end, last = token.end(), index
    if end < 0:
        return None, place + 1
    start = first.start()
    return Number(total + current, start, end, spelled=True, scaled=scaled), last + 1


def _read_digits(folded: str, tokens: list[re.Match[str]], place: int, thousandths: bool) -> tuple[Number | None, int]:
    token = tokens[place]
    value = from_digits(token.group(), thousandths)
    if value is None:
        return None, place + 1
    start, end, after = token.start(), token.end(), place + 1
    # Spaces inside: "1 500".
    while (
        after < len(tokens)
        and re.fullmatch(r"\d{3}", tokens[after].group())
        and folded[end : tokens[after].start()] == " "
        and re.fullmatch(r"\d{1,3}", token.group())
        and value < 1000
    ):
        value, end, after = value * 1000 + int(tokens[after].group()), tokens[after].end(), after + 1
    scaled = False
    if after < len(tokens) and folded[end : tokens[after].start()] in ("", " ", "-"):
        word = tokens[after].group()
        attached = tokens[after].start() == end
        if (
            word in _TIMES
            and (word not in ("k", "ك") or attached)
            and not (word == "الف" and not attached and value >= 1000)
        ):
            value, end, after, scaled = value * _TIMES[word], tokens[after].end(), after + 1, True
            rest, after_rest = _read(folded, tokens, after, thousandths) if after < len(tokens) else (None, after)
            if rest is not None and rest.spelled and not rest.scaled and folded[end : rest.start].strip(" -") == "":
                value, end, after = value + rest.value, rest.end, after_rest
    return Number(value, start, end, scaled=scaled), after
