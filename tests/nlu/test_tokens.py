"""How messages are cut into words, and that customers' words do not pile up."""

from __future__ import annotations

from bot.nlu.tokens import MESSAGES_KEPT, Words


def test_words_of_both_languages_stand_at_their_places() -> None:
    text = "Is it in stock? 2 pcs"
    assert [text[place : place + len(word)] for word, place in Words("en").cut(text)] == [
        "Is", "it", "in", "stock", "?", "2", "pcs"
    ]  # fmt: skip
    assert [word for word, _ in Words("ar").cut("كم سعره؟")] == ["كم", "سعره", "؟"]


def test_what_customers_write_is_forgotten() -> None:
    words = Words("en")
    words.cut("my name is Qwertzuiop")
    assert "Qwertzuiop" in words._pipeline.vocab.strings
    for _ in range(MESSAGES_KEPT):
        words.cut("hello")
    assert "Qwertzuiop" not in words._pipeline.vocab.strings
    assert words.cut("hello there") == [("hello", 0), ("there", 6)]
