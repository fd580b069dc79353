"""The words customers use for what service asks about: `data/words/service.yml`, matched on folded text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from bot.language.normalise import fold
from bot.settings import ROOT

WORDS = ROOT / "data" / "words" / "service.yml"
_DENIED = re.compile(
    r"\b(?:don'?t|do not|not|no need|never|لا|ما|مش|مو|لن|لم)(?: (?:want|need|wish|like|ابي|ابغي|ابغا|اريد|بدي|عايزه?|عاوزه?))?"
    r"(?: to)?\s*$"
)


def pattern(phrases: list[str]) -> re.Pattern[str]:
    """One pattern for phrases; an Arabic one may have its usual little words written onto it."""
    folded = sorted(
        {(fold(phrase.rstrip("*")), phrase.endswith("*")) for phrase in phrases}, key=lambda one: -len(one[0])
    )
    alternatives = [re.escape(text) + (r"\w*" if open_ended else "") for text, open_ended in folded if text]
    return re.compile(rf"(?<!\w)(?:و|ف|ب|ل|ال|وال|بال|لل)?(?:{'|'.join(alternatives)})(?!\w)")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    loaded: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {
        group: {name: pattern([str(item) for item in phrases]) for name, phrases in entries.items()}
        if isinstance(entries, dict)
        else {group: pattern([str(item) for item in entries])}
        for group, entries in loaded.items()
    }


def named(group: str, text: str) -> dict[str, list[str]]:
    """The entries of a group that a text names, in the order of the file, each with the words it does so by."""
    folded = fold(text)
    found = {name: compiled.findall(folded) for name, compiled in _patterns()[group].items()}
    return {name: words for name, words in found.items() if words}


def says(group: str, text: str) -> bool:
    """Whether a text says what a group of phrases stands for."""
    return bool(named(group, text))


def first(group: str, text: str) -> str | None:
    """The first entry of a group that a text names."""
    return next(iter(named(group, text)), None)


def says_near(first_group: str, then_group: str, text: str, apart: int) -> bool:
    """Whether words of one group are followed by words of another with at most `apart` words between, and not denied."""
    folded = fold(text)
    begun = [
        found.end()
        for compiled in _patterns()[first_group].values()
        for found in compiled.finditer(folded)
        if not _DENIED.search(folded[: found.start()])
    ]
    then = [found.start() for compiled in _patterns()[then_group].values() for found in compiled.finditer(folded)]
    return any(end <= start and len(folded[end:start].split()) <= apart for end in begun for start in then)
