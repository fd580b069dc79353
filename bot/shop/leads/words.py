"""What customers say about being contacted, in either language: `data/words/leads.yml`."""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from bot.language.normalise import fold, fold_digits
from bot.settings import ROOT
from bot.shop.vocabulary import content_words
from bot.support.wording import pattern

WORDS = ROOT / "data" / "words" / "leads.yml"
POLITE = 8  # letters beside a phrase that still say nothing of their own
_CLOCK = re.compile(
    r"(?:(?:at|around|الساعه|ساعه|علي) )?(?<![\d:+])(\d{1,2})(?::(\d\d))?(?![\d:%]) ?"
    r"(am|pm|a\.m|p\.m|o'clock|صباحا|الصبح|ص|مساء|مسا|المسا|العصر|الظهر|ظهرا|المغرب|بالليل|م)?(?!\w)"
)
_LATER = ("p", "مسا", "المسا", "م", "العصر", "المغرب", "بالليل", "الظهر", "ظهرا")
_NAME = re.compile(r"(?:my name is|i'm called|name is|اسمي|معك)\s+([^\W\d_]+(?: [^\W\d_]+)?)", re.I)


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    loaded = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {kind: pattern([str(phrase) for phrase in phrases]) for kind, phrases in loaded.items()}


def says(kind: str, text: str) -> bool:
    """Whether a message holds a phrase of a kind."""
    return _patterns()[kind].search(fold(text)) is not None


def is_only(kind: str, text: str) -> bool:
    """Whether a message is such a phrase and at most a polite word more."""
    rest, times = _patterns()[kind].subn(" ", fold(text))
    return times > 0 and len(re.sub(r"\W", "", rest)) <= POLITE


def clock(text: str) -> list[tuple[int, int]]:
    """The times of day that a message may mean, as hours and minutes: "5" is five in the morning or the afternoon."""
    found = _CLOCK.search(fold_digits(fold(text)))
    if found is None:
        return []
    hour, minute, mark = int(found[1]), int(found[2] or 0), found[3] or ""
    if hour > 23 or minute > 59:
        return []
    if hour > 12 or hour == 0:
        return [(hour, minute)]
    early, late = (hour % 12, minute), (hour % 12 + 12, minute)
    if not mark or mark == "o'clock":
        return [early, late]
    return [late] if mark.startswith(_LATER) else [early]


def may_be_name(text: str) -> bool:
    """Whether a message is two or three words of letters and says nothing of customers' usual words ("Sara Ahmed")."""
    parts = text.split()
    return 2 <= len(parts) <= 3 and all(map(str.isalpha, parts)) and len(content_words(text)) == len(parts)


def name(text: str) -> str:
    """The name that a message tells as such; '' when it tells none."""
    found = _NAME.search(text)
    return found[1].strip() if found else ""
