"""Styles held out: who is of which, and that nothing of a style is learned when it is measured."""

from __future__ import annotations

import numpy as np
import pytest

from bot.evaluation.folds import Examples, Outcome
from bot.evaluation.styles import held_out, styles


@pytest.mark.parametrize(
    ("text", "language", "of"),
    [
        ("ابغى ارجع الطلب", "ar", {"gulf"}),
        ("عايز أرجّع الطلب ده", "ar", {"egyptian"}),
        ("bghit nraja3 talab", "ar", {"arabizi"}),
        ("thanks", "en", {"fragments"}),
        ("which sofa is the widest", "en", {"furniture"}),
    ],
)
def test_a_text_shows_its_styles(text: str, language: str, of: set[str]) -> None:
    assert {name for name, is_of_style in styles().items() if is_of_style(text, language)} == of


def test_nothing_of_a_style_is_learned_when_it_is_measured() -> None:
    things = [
        "parcel",
        "order",
        "lamp",
        "kettle",
        "book",
        "phone",
        "shirt",
        "mirror",
        "basket",
        "camera",
        "rug",
        "drill",
    ]
    said = [(f"where is my {thing}", "where") for thing in things]
    said += [(f"I want to send the {thing} back", "return") for thing in things]
    # One need is asked for in this dialect alone: whoever has not learned from it cannot know the need.
    said += [(f"ابغى فاتورة {thing}", "invoice") for thing in things]
    texts, intents = [text for text, _ in said], np.array([intent for _, intent in said], dtype=object)
    languages: list[str | None] = ["ar" if intent == "invoice" else "en" for intent in intents]
    examples = Examples(texts, intents, ["a.yml"] * len(said), languages)
    outcome = Outcome(intents.copy(), np.ones(len(said)), np.ones(len(said), dtype=bool))
    assert held_out(examples, outcome)["gulf"] == {"examples": len(things), "unseen": 0.0, "seen": 1.0}
