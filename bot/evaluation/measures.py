"""Figures of a cross-validation: F1 by intent and language, refusing, calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from bot.evaluation.folds import Examples, Outcome
from bot.nlu.intents import OUT_OF_SCOPE

LANGUAGES = ("en", "ar")
BINS = 10
NEEDED_ACCURACY = 0.92  # in scope, of what is answered; the recall out of scope is told at it


def f1(wanted: np.ndarray, found: np.ndarray, name: str) -> float:
    """F1 of one intent."""
    hits = int(((wanted == name) & (found == name)).sum())
    total = int((wanted == name).sum() + (found == name).sum())
    return 2 * hits / total if total else 0.0


def macro_f1(wanted: np.ndarray, found: np.ndarray) -> float:
    """Mean F1 over the intents that are wanted."""
    return float(np.mean([f1(wanted, found, name) for name in sorted(set(wanted.tolist()))]))


def macro_f1s(examples: Examples, outcome: Outcome) -> dict[str, float]:
    """Macro F1 of all examples and of each language."""
    language = np.array(examples.languages)
    figures = {"macro_f1": macro_f1(examples.intents, outcome.intents)}
    for code in LANGUAGES:
        mine = language == code
        figures[f"macro_f1_{code}"] = macro_f1(examples.intents[mine], outcome.intents[mine])
    return figures


def by_intent(examples: Examples, outcome: Outcome) -> dict[str, dict[str, float]]:
    """F1 of every intent: of all its examples (`all`) and by language."""
    language = np.array(examples.languages)
    parts = {"all": np.ones(len(language), dtype=bool), **{code: language == code for code in LANGUAGES}}
    return {
        name: {part: f1(examples.intents[mine], outcome.intents[mine], name) for part, mine in parts.items()}
        for name in sorted(set(examples.intents.tolist()))
    }


def decisions(examples: Examples, outcome: Outcome) -> dict[str, float]:
    """What becomes of messages in and out of scope by the model's own thresholds, and how honest confidence is."""
    outside = examples.intents == OUT_OF_SCOPE
    right = outcome.intents == examples.intents
    refused = ~outcome.trusted | (outcome.intents == OUT_OF_SCOPE)
    answered = ~refused & ~outside
    return {
        "in_scope_right": float(right[~outside].mean()),
        "in_scope_answered_right": float((right & ~refused)[~outside].mean()),
        "in_scope_answered_wrong": float((~right & ~refused)[~outside].mean()),
        "in_scope_accuracy_of_answers": float(right[answered].mean()) if answered.any() else 0.0,
        "out_of_scope_refused": float(refused[outside].mean()) if outside.any() else 0.0,
        "calibration_error": float(
            sum(abs(sure - true) * share for sure, true, share in calibration(examples, outcome))
        ),
    }


def calibration(examples: Examples, outcome: Outcome) -> list[tuple[float, float, float]]:
    """By tenths of the confidence: its mean, the share that was right, and the share of all messages."""
    right = outcome.intents == examples.intents
    place = np.minimum((outcome.confidences * BINS).astype(int), BINS - 1)
    return [
        (float(outcome.confidences[mine].mean()), float(right[mine].mean()), float(mine.mean()))
        for mine in (place == number for number in range(BINS))
        if mine.any()
    ]


def frontier(examples: Examples, outcome: Outcome) -> list[tuple[float, float, float, float]]:
    """By threshold on the confidence: the threshold, the share of messages in scope that is answered right, the
    share of its answers in scope that are right, and the share refused of what is out of scope.
    """
    outside = examples.intents == OUT_OF_SCOPE
    right = outcome.intents == examples.intents
    points = []
    for threshold in np.linspace(0, 0.99, 34):
        refused = (outcome.confidences < threshold) | (outcome.intents == OUT_OF_SCOPE)
        answered = ~refused & ~outside
        accuracy = float(right[answered].mean()) if answered.any() else 1.0
        points.append(
            (float(threshold), float((right & answered)[~outside].mean()), accuracy, float(refused[outside].mean()))
        )
    return points


def figures(examples: Examples, outcome: Outcome) -> dict[str, Any]:
    """All figures of a cross-validation, rounded to four places."""
    enough = [recall for _, _, accuracy, recall in frontier(examples, outcome) if accuracy >= NEEDED_ACCURACY]
    found = {
        **macro_f1s(examples, outcome),
        **decisions(examples, outcome),
        "out_of_scope_recall_at_accuracy": min(enough, default=0.0),
    }
    return {
        "examples": len(examples.texts),
        **{name: round(value, 4) for name, value in found.items()},
        "by_intent": {
            name: {part: round(value, 4) for part, value in parts.items()}
            for name, parts in by_intent(examples, outcome).items()
        },
    }
