"""Letters, words and concepts of folded text as TF-IDF rows; the sparse half of what the classifier sees."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, islice, pairwise
from typing import Any

import numpy as np
from scipy import sparse

from bot.language.arabizi import read
from bot.language.concepts import concepts, of_word
from bot.language.normalise import fold
from bot.language.stemming import stem

READ_CHARACTERS = 400  # of a folded text; what a customer wants is said by then
CHARACTER_LENGTHS = (3, 4)
MOST_PAIRS = 40
UNSEEN_SHARE = 0.5  # of the squared weight an unknown n-gram would have if it had been seen once

_WORD = re.compile(r"\w+")


def character_ngrams(folded: str) -> list[str]:
    """Letter sequences within words, the edges of a word marked by a space."""
    return [ngram for word in folded.split() for ngram in _of_word(word)]


@lru_cache(maxsize=16384)
def _of_word(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(padded[i : i + length] for length in CHARACTER_LENGTHS for i in range(len(padded) - length + 1))


def word_ngrams(folded: str) -> list[str]:
    """Words and pairs of neighbouring words, marked so that they never meet letter sequences."""
    words = _WORD.findall(folded)
    return [f"={word}" for word in words] + [f"={a}={b}" for a, b in pairwise(words)]


def concept_pairs(folded: str) -> list[str]:
    """What is spoken of, whatever dialect says it, and what is spoken of together."""
    named = concepts(folded)
    together = combinations(sorted(set(named)), 2)
    return [f"~{concept}" for concept in named] + [f"~{a}~{b}" for a, b in islice(together, MOST_PAIRS)]


def sequences(folded: str) -> list[str]:
    """Neighbouring words, each as its concept or else its stem: the order of what is said, whatever dialect says it."""
    units = ["<", *((of_word(word) or (stem(word),))[0] for word in _WORD.findall(folded)), ">"]
    return [f"%{a}%{b}" for a, b in pairwise(units)]


def _said(folded: str) -> list[str]:
    """Words, concepts and their sequences."""
    return word_ngrams(folded) + concept_pairs(folded) + sequences(folded)


class NgramVectoriser:
    """Learns the n-grams of the training texts and turns texts into sparse rows.

    A row's letters weigh as much as its words and concepts. N-grams never seen in training count in its length
    though they have no column, so a text full of unknown words is a short row: the classifier is less
    sure of it, and it lies far from every training example.
    """

    def __init__(self, vocabulary: dict[str, int], weights: np.ndarray, unseen: float) -> None:
        self.vocabulary = vocabulary
        self.weights = weights
        self.unseen = unseen
        self._weight_of = dict(zip(vocabulary, weights.tolist(), strict=True))

    @property
    def dimension(self) -> int:
        """Columns of a row."""
        return len(self.vocabulary)

    @classmethod
    def fit(cls, texts: Sequence[str], least: int = 1) -> NgramVectoriser:
        """Learn from `texts`; n-grams in fewer than `least` of them get no column."""
        frequency: Counter[str] = Counter()
        for text in texts:
            folded = fold(read(text))[:READ_CHARACTERS]
            frequency.update(set(character_ngrams(folded)))
            frequency.update(set(_said(folded)))
        kept = sorted(ngram for ngram, count in frequency.items() if count >= least)
        total = len(texts)
        weights = np.array([math.log((1 + total) / (1 + frequency[n])) + 1 for n in kept], dtype=np.float32)
        return cls({ngram: column for column, ngram in enumerate(kept)}, weights, math.log((1 + total) / 2) + 1)

    def transform(self, texts: Iterable[str]) -> sparse.csr_matrix:
        """Rows of `texts`: float32, shape (len(texts), dimension), of length sqrt(2) at most."""
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            folded = fold(read(text))[:READ_CHARACTERS]
            for ngrams in (character_ngrams(folded), _said(folded)):
                self._add_row(ngrams, columns, values)
            ends.append(len(columns))
        matrix = sparse.csr_matrix(
            (np.array(values, dtype=np.float32), np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32)),
            shape=(len(ends) - 1, self.dimension),
        )
        matrix.sort_indices()
        return matrix

    def _add_row(self, ngrams: list[str], columns: list[int], values: list[float]) -> None:
        first, squares = len(values), 0.0
        vocabulary, weight_of = self.vocabulary, self._weight_of
        for ngram, count in Counter(ngrams).items():
            often = 1.0 if count == 1 else 1.0 + math.log(count)
            weight = weight_of.get(ngram)
            if weight is None:
                squares += (often * self.unseen) ** 2 * UNSEEN_SHARE
            else:
                squares += (often * weight) ** 2
                columns.append(vocabulary[ngram])
                values.append(often * weight)
        length = math.sqrt(squares) or 1.0
        values[first:] = [value / length for value in values[first:]]

    def state(self) -> dict[str, Any]:
        """What has been learned, as JSON-able values and arrays."""
        return {"vocabulary": list(self.vocabulary), "weights": self.weights, "unseen": self.unseen}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> NgramVectoriser:
        """The vectoriser whose `state()` this was."""
        vocabulary = {ngram: column for column, ngram in enumerate(state["vocabulary"])}
        return cls(vocabulary, np.asarray(state["weights"], dtype=np.float32), float(state["unseen"]))
