"""Root letters of Arabic words: the same for the forms of a word, none for other writing."""

from __future__ import annotations

import pytest

from bot.language.normalise import fold
from bot.support.roots import root


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أخزن", "تخزين"),
        ("استخدام", "مستخدم"),
        ("تنظيف", "أنظف"),
        ("يسجل", "التسجيل"),
        ("الرائحة", "ريحة"),
        ("بتغلفوا", "تغليف"),
    ],
)
def test_forms_of_a_word_share_their_root(one: str, other: str) -> None:
    assert root(fold(one)) == root(fold(other)) != ""


@pytest.mark.parametrize("word", ["store", "16gb", "و", ""])
def test_what_has_no_root(word: str) -> None:
    assert root(fold(word)) == ""
