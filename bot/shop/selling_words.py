"""What customers who buy say, in either language: `data/words/selling.yml`, and the numbers of pieces they write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import yaml

from bot.language.normalise import fold
from bot.settings import ROOT
from bot.shop.vocabulary import content_words

WORDS = ROOT / "data" / "words" / "selling.yml"
_NUMBER = re.compile(r"(?<![\w.,])(?:-|minus |ناقص |سالب )?\d[\d,]*(?:\.\d+)?(?![\w%])")
_LONGEST_COUNT = 4  # digits
_SPELLED = 10  # the greatest number of pieces known in words
_GREAT = {"million": 10**6, "billion": 10**9, "مليون": 10**6, "ملايين": 10**6, "مليار": 10**9}
_DURATION = re.compile(
    r"^ ?(?:days?|months?|weeks?|years?|gb|tb|cm|mm|kg|inch|k?ms?\b|kilomet|miles?|litres?|liters?|ml\b|كم\b|لتر|مل\b|يوم|ايام|شهر|اشهر|شهور|سنه|سم|كيلو|بوصه)"
)


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[str, ...]]:
    loaded = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    folded = {kind: {fold(str(phrase)) for phrase in phrases} for kind, phrases in loaded.items()}
    return {kind: tuple(sorted(phrases, key=len, reverse=True)) for kind, phrases in folded.items()}


@lru_cache(maxsize=64)
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _phrases()[kind])) + r")(?!\w)")


def says(kind: str, text: str) -> bool:
    """Whether a message holds a phrase of a kind."""
    return _pattern(kind).search(fold(text)) is not None


def begins_with(kind: str, text: str) -> bool:
    """Whether a message begins with a phrase of a kind."""
    return _pattern(kind).match(fold(text).lstrip()) is not None


def is_only(kind: str, text: str) -> bool:
    """Whether a message is such a phrase and nothing more than politeness."""
    rest = _pattern(kind).sub(" ", fold(text))
    return says(kind, text) and len(re.sub(r"[^\w]", "", rest)) <= 6


def recounted(text: str) -> list[int]:
    """The numbers of a message that asks for another number of the same ("actually make it 2"); [] if it asks for more."""
    rest = fold(text)
    counts = []
    for match in reversed(list(_NUMBER.finditer(rest))):
        figure = match[0].replace(",", "")
        counts.append(int(figure) if figure.isdigit() and len(figure) <= _LONGEST_COUNT else 0)
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    asked = says("recount", rest)
    rest = _pattern("hesitating").sub(" ", _pattern("recount").sub(" ", rest))
    for count in range(1, _SPELLED + 1):
        counts += [count] * len(_pattern(f"count_{count}").findall(rest))
        rest = _pattern(f"count_{count}").sub(" ", rest)
    return counts if asked and not content_words(rest) else []


def without(kind: str, text: str) -> str:
    """A message less the phrase of a kind that it begins with, as it was written."""
    words = text.strip().split()
    for phrase in _phrases()[kind]:
        count = len(phrase.split())
        if count < len(words) and fold(" ".join(words[:count])).strip(" :,.") == phrase:
            return " ".join(words[count:])
    return text.strip()


def without_each(kind: str, text: str) -> str:
    """A message less all the phrases of a kind that it begins with, as it was written."""
    while (rest := without(kind, text)) != text.strip():
        text = rest
    return rest


def beside(kind: str, text: str) -> str:
    """A message, folded, less all phrases of a kind."""
    return _pattern(kind).sub(" ", fold(text))


def ahead_of(kind: str, text: str) -> str:
    """What a message says ahead of the first phrase of a kind, as it was written; all of it without one."""
    words = text.split()
    start = next((place for place in range(len(words)) if _leading(kind, words[place:])), None)
    return text if start is None else " ".join(words[:start])


def after(kind: str, text: str) -> str:
    """What follows the first phrase of a kind in a message, as written; '' when there is none."""
    words = text.split()
    start = next((place for place in range(len(words)) if _leading(kind, words[place:])), None)
    return " ".join(words[start + _leading(kind, words[start:]) :]) if start is not None else ""


def names_two(text: str, singulars: Iterable[str]) -> bool:
    """Whether a message names two of a thing by the Arabic dual of one of its words («حقيبتين» of «حقيبة»)."""
    ones = {word for singular in singulars for word in fold(singular).split()}
    for word in re.findall(r"[\u0621-\u064a]{5,}", fold(text)):
        for bare in (word, word.removeprefix("ال"), word[1:] if word[0] in "لبو" else word):
            stem = bare[:-2] if bare.endswith(("ين", "ان")) else ""
            if stem and (stem in ones or (stem.endswith("ت") and f"{stem[:-1]}ه" in ones)):
                return True
    return False


def told_of(field: str, text: str) -> str | None:
    """What a message tells of a field of an order, as written: "Mona Ali" of "sorry, the name is wrong, it's Mona Ali".

    '' when it only speaks of it ("change the name"), None when it does not.
    """
    words = text.split()
    start = next((place for place in range(len(words)) if _leading(f"about_{field}", words[place:])), None)
    if start is None:
        return None
    opens = not _past(("hesitating", "amend", "told_as"), words[:start])
    rest = _past((f"about_{field}",), words[start:])
    value = _past(("told_as", "amend", "hesitating"), rest)
    while value and _leading("amend", value[-1:]) + _leading("hesitating", value[-1:]):
        value = value[:-1]
    if value and len(value) == len(rest) and not opens:
        return None
    return " ".join(value).strip(" ,،.:;؛?؟!")


def _past(kinds: tuple[str, ...], words: list[str]) -> list[str]:
    """Words less all phrases of some kinds that they begin with."""
    while words and (count := max(_leading(kind, words) for kind in kinds)):
        words = words[count:]
    return words


def _leading(kind: str, words: list[str]) -> int:
    """How many words make the longest phrase of a kind that they begin with."""
    known = _phrases()[kind]
    longest = min(len(words), max(len(phrase.split()) for phrase in known))
    return next((n for n in range(longest, 0, -1) if fold(" ".join(words[:n])).strip(" ,.:;?!") in known), 0)


def phrases(kind: str) -> tuple[str, ...]:
    """All phrases of a kind, folded, the longest first."""
    return _phrases()[kind]


def no_codes() -> tuple[str, ...]:
    """Words beside "code" that are no code."""
    return _phrases()["no_codes"]


@dataclass(frozen=True)
class Pieces:
    """A number of pieces as it was written, which may be one that nobody can sell."""

    count: int
    whole: bool = True


def pieces_written(text: str) -> Pieces | None:
    """The number in a message that asks for pieces, however impossible: "-3", "0", "1,000,000,000", "2.5"."""
    return next(iter(numbers_written(text)), None)


def numbers_written(text: str) -> list[Pieces]:
    """All such numbers of a message; one in words that is beyond any shop stands for all."""
    folded = fold(text)
    great = next((size for word, size in _GREAT.items() if re.search(rf"(?<!\w){word}(?!\w)", folded)), None)
    if great is not None:
        return [Pieces(great)]
    found = []
    for match in _NUMBER.finditer(folded):
        if _DURATION.match(folded[match.end() : match.end() + 10]):
            continue
        negative = match[0].startswith(("-", "minus", "ناقص", "سالب"))
        figure = re.sub(r"[^\d.]", "", match[0])[:30]
        value = float(figure)
        found.append(Pieces(-int(value) if negative else int(value), value == int(value)))
    return found
