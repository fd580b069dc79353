"""Folding: many writings of a word become one, and places are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalise import fold, fold_aligned, fold_digits


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("أهلاً وسهلاً", "اهلا وسهلا"),
        ("كثيييير", "كثير"),
        ("ســـماعة", "سماعه"),
        ("مستشفى", "مستشفي"),
        ("ﻻبتوب", "لابتوب"),
        ("Pleaseeee  HELP", "pleasee help"),
        ("Crème brûlée", "creme brulee"),
        ("٣٬٠٠٠٫٥٠", "3,000.50"),
        ("۱۲۳", "123"),
        ("كم؟؟؟", "كم?"),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_fold_digits_keeps_length() -> None:
    text = "طلب رقم ٤٤١٧"
    assert fold_digits(text) == "طلب رقم 4417"
    assert len(fold_digits(text)) == len(text)


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=200))
def test_every_folded_letter_has_its_place(text: str) -> None:
    folded, places = fold_aligned(text)
    assert len(places) == len(folded) + 1
    assert places == sorted(places)
    assert places[-1] == len(text)


def test_places_lead_back_to_the_letters() -> None:
    text = "بـــكَم سمّاعة"
    folded, places = fold_aligned(text)
    start = folded.index("سماعه")
    assert text[places[start] :] == "سمّاعة"
