"""Takes sentence vectors from the centre of their language.

Sentences of one language lie together whatever they mean. Without that common part, English and Arabic
sentences of the same meaning come near each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COMMON = "all"
LEAST_EXAMPLES = 50  # of a language, for a centre of its own


@dataclass(frozen=True)
class Centres:
    """The mean vector of each language, and under `COMMON` that of all texts."""

    means: dict[str, np.ndarray]

    @property
    def dimension(self) -> int:
        """Length of a vector; 0 when nothing was learned."""
        return len(self.means[COMMON]) if self.means else 0

    @classmethod
    def fit(cls, vectors: np.ndarray, languages: Sequence[str | None]) -> Centres:
        """Learn from vectors [n, d] and the language of each."""
        if not vectors.size:
            return cls({})
        means = {COMMON: vectors.mean(axis=0)}
        for language in {name for name in languages if name}:
            mine = np.array([name == language for name in languages])
            if mine.sum() >= LEAST_EXAMPLES:
                means[language] = vectors[mine].mean(axis=0)
        return cls(means)

    def apply(self, vectors: np.ndarray, languages: Sequence[str | None]) -> np.ndarray:
        """Centred vectors of length 1, float32; a vector of zeros (nothing to read) stays one."""
        if not vectors.size or not self.means:
            return vectors.astype(np.float32, copy=False)
        common = self.means[COMMON]
        moved = vectors - np.stack([self.means.get(language or COMMON, common) for language in languages])
        moved[~vectors.any(axis=1)] = 0
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        return np.asarray(moved / np.maximum(lengths, 1e-6), dtype=np.float32)
