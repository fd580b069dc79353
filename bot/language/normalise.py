"""Folding: one writing for the many ways the same word is typed, for n-grams and lookups.

Never for what is stored or shown, nor for the sentence encoder, which reads text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ARABIC_ZERO, _PERSIAN_ZERO = 0x0660, 0x06F0
_DIGITS = {first + value: str(value) for first in (_ARABIC_ZERO, _PERSIAN_ZERO) for value in range(10)}
_NUMBER_MARKS = {0x066B: ".", 0x066C: ",", 0x066A: "%"}

# Letters that are typed for one another; the first of each line stands for all.
_LETTERS = {
    **dict.fromkeys(map(ord, "أإآٱٲٳ"), "ا"),
    **dict.fromkeys(map(ord, "ىیئېے"), "ي"),
    **dict.fromkeys(map(ord, "ةہۃە"), "ه"),
    ord("ھ"): "ه",
    ord("ؤ"): "و",
    ord("ک"): "ك",
    ord("ڪ"): "ك",
    ord("گ"): "ج",
    ord("چ"): "ج",
    ord("ژ"): "ز",
    ord("پ"): "ب",
    ord("ڤ"): "ف",
    ord("ڨ"): "ق",
    ord("ء"): "",
}
_MARKS = dict.fromkeys([*range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE), 0x0640], "")
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x00AD], "")
_QUOTES = {
    ord("’"): "'",
    ord("‘"): "'",
    ord("`"): "'",
    ord("،"): ",",
    ord("؛"): ";",
    ord("؟"): "?",
    ord("–"): "-",
    ord("—"): "-",
}
_TABLE = {**_DIGITS, **_NUMBER_MARKS, **_LETTERS, **_MARKS, **_INVISIBLE, **_QUOTES}

_LONG_ARABIC = re.compile(r"([\u0621-\u064a])\1{2,}")
_LONG_LATIN = re.compile(r"([a-z])\1{2,}")
_LONG_MARK = re.compile(r"([^\w\s])\1{2,}")
_SPACE = re.compile(r"\s+")


def fold_digits(text: str) -> str:
    """`text` with Arabic-Indic and Persian digits, and their decimal marks, as ASCII; the same length."""
    return text.translate(_DIGITS_AND_MARKS)


_DIGITS_AND_MARKS = {**_DIGITS, **_NUMBER_MARKS}


@lru_cache(maxsize=4096)  # a message is folded by everyone who looks for something in it
def fold(text: str) -> str:
    """`text` in one writing: letters, marks, digits, case, accents, elongation and spaces made equal."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_TABLE)
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = _LONG_ARABIC.sub(r"\1", text)
    text = _LONG_LATIN.sub(r"\1\1", text.casefold())
    text = _LONG_MARK.sub(r"\1", text)
    return _SPACE.sub(" ", text).strip()


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character.isspace():
        return " "
    return "".join(
        c
        for c in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).translate(_TABLE))
        if not unicodedata.combining(c)
    ).casefold()


def fold_aligned(text: str) -> tuple[str, list[int]]:
    """`text` folded letter by letter, spaces kept, and for each letter of the result its place in `text`.

    The list has one entry more than the result has letters: the length of `text`.
    """
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in _fold_character(character):
            repeated = len(letters) > 1 and letters[-1] == letters[-2] == letter
            if repeated and letter.isalpha():
                continue
            letters.append(letter)
            places.append(place)
    return "".join(letters), [*places, len(text)]


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """`fold` of a single word, remembered."""
    return fold(word)
