"""How near a message lies to the training examples of each intent: the second opinion beside the regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

# What the nearest, second and third nearest example of an intent count.
NEAREST_SHARES = (0.6 + 0.4 / 3, 0.4 / 3, 0.4 / 3)
# Directions of meaning that are compared: the vectors of one trade's messages spread over few of theirs, and
# going through all examples at every message is a matter of memory read.
DIRECTIONS = 160
BATCH = 256  # messages compared at once
DENSE_WEIGHT = 1.0  # against the two sparse halves, which weigh 1 each


@dataclass(frozen=True)
class Nearness:
    """Cosines of n messages: to each class [n, k], and to the nearest example by meaning and by letters [n]."""

    classes: np.ndarray
    meaning: np.ndarray
    letters: np.ndarray


class Neighbours:
    """The training examples, ordered by class, ready to be compared with messages.

    Args:
        dense: float32 [n, d], rows of length 1 (or 0).
        rows: sparse float32 [n, s].
        classes: the class of each row; every class from 0 to the highest has at least one.
        directions: what vectors are projected on, [d, k], when `dense` already is; else chosen here.
    """

    def __init__(
        self, dense: np.ndarray, rows: sparse.csr_matrix, classes: np.ndarray, directions: np.ndarray | None = None
    ) -> None:
        order = np.argsort(classes, kind="stable")
        self.directions = _widest_directions(dense) if directions is None else directions
        if directions is None:
            dense = dense @ self.directions
        self.dense = np.ascontiguousarray(dense[order], dtype=np.float32)
        self.rows = rows[order].tocsr()
        self.classes = classes[order]
        self._by_column = self.rows.T.tocsr()
        self._starts = np.searchsorted(self.classes, np.arange(self.classes[-1] + 1))
        self._sizes = np.diff([*self._starts, len(self.classes)])
        self._letters = (
            np.sqrt(np.asarray(self.rows.multiply(self.rows).sum(axis=1)).ravel()).clip(1e-6).astype(np.float32)
        )
        meaning = np.square(self.dense).sum(axis=1)
        self._lengths = np.sqrt(DENSE_WEIGHT**2 * meaning + self._letters**2).clip(1e-6).astype(np.float32)

    def nearness(self, dense: np.ndarray, rows: sparse.csr_matrix) -> Nearness:
        """Compare messages with all examples.

        A message is taken as having its full length even where its n-grams are unknown, so that
        unknown words put distance between it and everything.
        """
        parts = [
            self._nearness(dense[first : first + BATCH], rows[first : first + BATCH])
            for first in range(0, max(len(dense), 1), BATCH)
        ]
        return Nearness(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _nearness(self, dense: np.ndarray, rows: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        dense = dense @ self.directions
        together = np.asarray((rows @ self._by_column).todense(), dtype=np.float32)
        best_letters = (together / self._letters).max(axis=1) / np.sqrt(2)
        best_meaning = np.zeros(len(dense), dtype=np.float32)
        full = np.sqrt(DENSE_WEIGHT**2 * (dense.shape[1] > 0) + 2)
        if dense.shape[1]:
            meaning = dense @ self.dense.T
            best_meaning = meaning.max(axis=1)
            together += DENSE_WEIGHT**2 * meaning
        together /= self._lengths * full
        found = np.zeros((len(together), len(self._starts)), dtype=np.float32)
        for share in NEAREST_SHARES:
            best = np.maximum.reduceat(together, self._starts, axis=1)
            found += share * np.maximum(best, 0)
            # What was counted is put out of the way for the next pass.
            together[together >= np.repeat(best, self._sizes, axis=1)] = -1
        return found, best_meaning, best_letters


def _widest_directions(dense: np.ndarray) -> np.ndarray:
    """The `DIRECTIONS` along which `dense` spreads most, as columns of length 1; all of them if there are fewer."""
    spread, axes = np.linalg.eigh(dense.T @ dense) if dense.shape[1] else (np.zeros(0), np.zeros((0, 0)))
    return np.ascontiguousarray(axes[:, np.argsort(-spread)[:DIRECTIONS]], dtype=np.float32)
