"""Reads Arabic typed in Latin letters ("3ayez a2asset") as the Arabic words it stands for ("عايز اقسط").

The featurizers call it, so that such a message is understood by the examples in Arabic letters. The stored text
is never altered.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

from bot.language.detect import detect, is_known_word
from bot.language.normalise import fold

RESOURCE = Path(__file__).parent / "resources" / "arabic_words.txt"

FARTHEST = 1.4  # cost of a reading that is still believed
FARTHEST_ENGLISH = 0.0  # the same for a word that is English too
RARER_SOUND = 0.3  # cost of taking a letter for what it seldom stands for
COMMONNESS = 0.08  # taken off a cost for every doubling or so of a word's frequency
MOST_READINGS = 24  # of a word
LONGEST_WORD = 20  # letters; what is longer is no word
_WORD = re.compile(r"[a-z0-9']+")
_ARTICLE = frozenset({"el", "al", "il", "l"})
_JOINED = {"lel": "لل", "bel": "بال", "fel": "في ال", "wel": "وال", "wl": "وال", "3al": "عال", "mel": "من ال"}

# What each letter of Arabic is compared as; vowels and the hamza stand between such consonants.
_SOUNDS = dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنه", "bttjhxddrzsSsdtz3Gfqklmnh"))
# What a customer means by a Latin letter or two, likeliest first: sounds as above, "_" for none.
_LATIN = {
    "sh": "S", "ch": "Sk", "kh": "x", "gh": "G", "th": "td", "dh": "dz", "ph": "f", "7'": "x", "3'": "G", "6'": "z", "9'": "d",
    "5": "x", "7": "h", "8": "Gq", "6": "t", "3": "3", "9": "sqd", "2": "_q", "4": "G", "b": "b", "p": "b", "t": "t", "j": "j",
    "g": "jqG", "d": "dz", "r": "r", "z": "zd", "s": "st", "f": "f", "v": "f", "q": "q", "k": "kq", "c": "ksS", "l": "l", "m": "m",
    "n": "n", "h": "h", "x": "x",
}  # fmt: skip
_FITTING = {"ا": "a23e", "و": "ouw", "ي": "iey"}


@dataclass(frozen=True)
class _Word:
    """An Arabic word as consonants with the vowels before, between and after them."""

    text: str
    vowels: tuple[str, ...]
    bonus: float


@lru_cache(maxsize=1)
def _known() -> dict[str, list[_Word]]:
    """The words of the list by their consonants."""
    found: dict[str, list[_Word]] = defaultdict(list)
    for line in RESOURCE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, count = line.split()
            key, vowels = _of_arabic(word)
            found[key].append(_Word(word, vowels, COMMONNESS * math.log2(1 + int(count))))
    return found


def _of_arabic(word: str) -> tuple[str, tuple[str, ...]]:
    key, vowels = [], [""]
    for place, letter in enumerate(word):
        sound = _SOUNDS.get(letter)
        ending = letter == "ه" and place == len(word) - 1 and place > 1
        if ending or sound is None:
            vowels[-1] += letter
        else:
            key.append(sound)
            vowels.append("")
    return "".join(key), tuple(vowels)


def _of_latin(word: str) -> list[tuple[str, tuple[str, ...], float]]:
    """The ways to take a Latin word for consonants and vowels, and what each costs."""
    units: list[tuple[str, str]] = []  # what is written, and the sounds it may stand for
    place = 0
    while place < len(word):
        written = word[place : place + 2] if word[place : place + 2] in _LATIN else word[place]
        if not (units and units[-1][0] == written and written in _LATIN):  # a doubled consonant is one
            sounds = _LATIN.get(written, "_")
            if written == "h" and place == len(word) - 1 and place > 1:
                sounds = "_h"
            if not units and sounds == "_":
                sounds = "_3"  # the first letter of عايز is often left out
            units.append((written, sounds))
        place += len(written)
    readings = []
    for chosen in islice(product(*(sounds for _, sounds in units)), MOST_READINGS):
        key, vowels, cost = [], [""], 0.0
        for (written, sounds), sound in zip(units, chosen, strict=True):
            cost += (0.15 if sound == "_" else 0.0) if written == "2" else RARER_SOUND * sounds.index(sound)
            if sound != "_":
                key.append(sound)
                vowels.append("")
            if sound == "_" or written in "aeiou":
                vowels[-1] += written
        readings.append(("".join(key), tuple(vowels), cost))
    return readings


def _cost(latin: tuple[str, ...], arabic: tuple[str, ...]) -> float:
    """How badly the vowels of an Arabic word fit those that were typed."""
    last = len(latin) - 1
    return sum(
        _slot(typed, meant, place == 0, place == last)
        for place, (typed, meant) in enumerate(zip(latin, arabic, strict=True))
    )


def _slot(typed: str, meant: str, first: bool, last: bool) -> float:
    """The same for what stands between two consonants, before the first or after the last."""
    cost = 0.0
    if last and meant.endswith("ه"):
        meant = meant[:-1]
        cost += 0.0 if typed[-1:] in ("a", "e", "h") else 0.5
        typed = typed if meant else typed.rstrip("h")[:-1]
    for letter in meant:
        fits = any(vowel in typed for vowel in _FITTING.get(letter, "2iea"))
        cost += 0.1 if fits else (0.5 if letter == "ا" and first else 1.0)
    if typed and not meant:
        if "w" in typed or "y" in typed:
            return cost + 0.8
        if len(typed) > 1 or last:
            return cost + 0.5
        return cost + (0.4 if first else 0.15)
    return cost


@lru_cache(maxsize=16384)
def _read_word(word: str) -> str | None:
    if word.isdigit():
        return None
    best, least = None, FARTHEST_ENGLISH if is_known_word(word) else FARTHEST
    for key, vowels, unusual in _of_latin(word):
        for known in _known().get(key, ()) if key else ():
            cost = unusual + _cost(vowels, known.vowels) - known.bonus
            if cost < least:
                best, least = known.text, cost
    return best


def read(text: str) -> str:
    """`text` in Arabic letters where it is Arabic in Latin ones, any other text as it is."""
    if not detect(text).arabizi:
        return text
    read_words: list[str] = []
    article = ""
    for word in fold(text).split():
        plain = word.strip(".,!?;:")
        if plain in _ARTICLE or plain in _JOINED:
            article += _JOINED.get(plain, "ال")
            continue
        meant = _read_word(plain) if _WORD.fullmatch(plain) and len(plain) <= LONGEST_WORD else None
        if meant is None:
            read_words += [article, word] if article else [word]
        else:
            meant = meant.removeprefix("ال") if article else meant
            read_words.append(article + meant + ("?" if word.endswith("?") else ""))
        article = ""
    return " ".join([*read_words, article] if article else read_words)
