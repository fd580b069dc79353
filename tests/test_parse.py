"""Reading the lines of `python -m bot parse`."""

from __future__ import annotations

import pytest

from bot.parse import text_of


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"text": "hello"}', "hello"),
        ('{"text": "بكم؟"}'.encode(), "بكم؟"),
        (rb'{"text": "\ud83d x"}', "\ufffd x"),
        (rb'{"text": "\ud83d\ude00"}', "😀"),
        (b'{"text": "", "more": 1}', ""),
        (b'{"text": "\\u0000"}', "\x00"),
    ],
)
def test_texts(raw: bytes, text: str) -> None:
    assert text_of(raw) == text


@pytest.mark.parametrize("raw", [b"", b"x", b"[]", b"{}", b'{"text": 1}', b'{"text": null}', b"\xff", b"[" * 100])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        text_of(raw)
