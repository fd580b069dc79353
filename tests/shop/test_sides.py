"""Comparisons that describe what they compare, and questions for one product that only sound like them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.shop import sides


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("compare the latex mattress and the oak frame", ["latex-air", "oak-frame"]),
        ("what's the difference between the knit throw and the feather pillow?", ["knit-throw", "feather-pillow"]),
        ("compare the latex one with something we never sold", []),
        ("is the latex mattress good for the back and the neck", []),
    ],
)
def test_both_sides_are_found_by_their_words(bedding: Session, text: str, codes: list[str]) -> None:
    assert sides.compared(bedding, text) == codes


@pytest.mark.parametrize("text", ["is the rock firm good for bad backs?", "هل المرتبة مناسبة للظهر؟"])
def test_a_question_about_one_is_no_comparison(text: str) -> None:
    assert sides.asks_about_one(text)


@pytest.mark.parametrize("text", ["compare it", "which is better, this or the oak one?", "وش الفرق بينها؟"])
def test_words_that_compare(text: str) -> None:
    assert not sides.asks_about_one(text)
