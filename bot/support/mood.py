"""How a customer feels: read from each message, followed over the conversation, and acted on when it turns.

Called by the dialogue for every typed message. Rules, not guesses: each finding names the words it comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import yaml

from bot.language.normalise import fold
from bot.settings import ROOT
from bot.support.wording import pattern

WORDS = ROOT / "data" / "words" / "mood.yml"
URGENT = ("injury", "legal", "public")  # most urgent first
BOILING = 4  # mood at which a person takes over
MOST = 8
_MARKS = re.compile(r"[!?؟]{3,}|!{2,}")


@dataclass(frozen=True)
class Signals:
    """What a message shows: what is urgent about it (one of URGENT, or ''), anger, calm, and the words it shows in."""

    urgent: str = ""
    anger: int = 0
    calm: bool = False
    words: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    flat = {name: words[name] for name in (*URGENT, "calm")} | {
        f"anger{weight}": words["anger"][weight] for weight in words["anger"]
    }
    return {name: pattern([str(phrase) for phrase in phrases]) for name, phrases in flat.items()}


def read(text: str) -> Signals:
    """What a message shows of its writer's mood."""
    folded, patterns = fold(text), _patterns()
    found = {name: compiled.findall(folded) for name, compiled in patterns.items()}
    anger = len(found["anger1"]) + 2 * len(found["anger2"])
    letters = [letter for letter in text if letter.isalpha() and letter.isascii()]
    if len(letters) > 12 and sum(letter.isupper() for letter in letters) > 0.7 * len(letters):
        anger += 1
    if anger and _MARKS.search(text):
        anger += 1
    return Signals(
        urgent=next((name for name in URGENT if found[name]), ""),
        anger=anger,
        calm=bool(found["calm"]),
        words=tuple(word.strip() for name in (*URGENT, "anger1", "anger2") for word in found[name]),
    )


def after(mood: int, signals: Signals) -> int:
    """The mood of a conversation after a message: it rises with anger and cools message by message."""
    if signals.anger or signals.urgent:
        return min(MOST, mood + signals.anger + bool(signals.urgent))
    return max(0, mood - (2 if signals.calm else 1))


def is_boiling(mood: int) -> bool:
    """Whether a person should take over."""
    return mood >= BOILING


def severity(mood: int, urgent: str = "") -> int:
    """How much sooner a person has to come: 0 as usual, 1 annoyed, 2 angry, 3 injured or threatening."""
    if urgent:
        return 3
    return 2 if is_boiling(mood) else int(mood > 0)
