"""Cleaning leaves what people wrote and takes what nobody can see."""

from __future__ import annotations

import pytest

from bot.channels.text import clean


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  hello  ", "hello"),
        ("line one\r\nline two\ttab", "line one\nline two\ttab"),
        ("a\x00b\x1bc\x9f", "abc"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("\ud83d alone", "\ufffd alone"),
        ("بكم الكرسي؟ 😀", "بكم الكرسي؟ 😀"),
        ("ناعِمٌ جدًّا", "ناعِمٌ جدًّا"),
        ("می‌خواهم", "می‌خواهم"),
        ("<b>x</b>' OR 1=1 --", "<b>x</b>' OR 1=1 --"),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.parametrize("raw", ["", "   ", "\n\t", "\x00\x01", "\u200b\u200d", "\u202e\u202c", "\ufe0f"])
def test_nothing_visible_is_empty(raw: str) -> None:
    assert clean(raw) == ""


def test_a_card_number_is_gone_before_anything_is_stored() -> None:
    assert clean("take it from 4111-1111-1111-1111 cvv 123") == "take it from •••• •••• •••• •••• cvv •••"
    assert clean("بطاقتي ٤١١١ ١١١١ ١١١١ ١١١١") == "بطاقتي •••• •••• •••• ••••"
