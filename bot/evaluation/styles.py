"""Holds out whole styles: what the model makes of a dialect, a spelling or a trade of which it has seen no example.

Random folds flatter: each of their examples has others of its kind among what is learned.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import yaml

from bot.evaluation.entities import FOLDER
from bot.evaluation.folds import Examples, Outcome, learn_and_predict
from bot.language.normalise import fold

FRAGMENT, LONG = 2, 15  # words: at most, at least

_ARABIC = re.compile(r"[\u0621-\u064a]")
_WORD = re.compile(r"\w+")

Style = Callable[[str, str | None], bool]  # a text and its language


def _by_words(words: list[str]) -> Style:
    marks = frozenset(fold(word) for word in words)
    return lambda text, _: not marks.isdisjoint(_WORD.findall(fold(text)))


def styles() -> dict[str, Style]:
    """Every style by its name."""
    marked = yaml.safe_load((FOLDER / "styles.yml").read_text(encoding="utf-8"))
    return {
        **{name: _by_words(words) for kind in marked.values() for name, words in kind.items()},
        "arabizi": lambda text, language: language == "ar" and _ARABIC.search(text) is None,
        "fragments": lambda text, _: len(text.split()) <= FRAGMENT,
        "long": lambda text, _: len(text.split()) >= LONG,
    }


def held_out(examples: Examples, outcome: Outcome) -> dict[str, dict[str, float]]:
    """For each style the share understood when it was never seen, and in the folds, where some of it was.

    Args:
        outcome: of the folds.
    """
    found: dict[str, dict[str, float]] = {}
    right_in_folds = outcome.intents == examples.intents
    for name, is_of_style in styles().items():
        of_style = np.array([is_of_style(*one) for one in zip(examples.texts, examples.languages, strict=True)])
        train, test = np.nonzero(~of_style)[0], np.nonzero(of_style)[0]
        if not len(test):
            continue
        predicted = np.array([one.intent for one in learn_and_predict(examples, train, test)], dtype=object)
        found[name] = {
            "examples": len(test),
            "unseen": round(float(np.mean(predicted == examples.intents[test])), 4),
            "seen": round(float(np.mean(right_in_folds[test])), 4),
        }
    return found
