"""Kernel regression over the training examples: the second opinion beside the linear regression.

Every example speaks for messages that are like it, by meaning and by letters together, with an influence on
each class that is fitted on all examples of its language at once. It draws borders that no sum over single
words can. Each language has a regression of its own: both in one would cost four times the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

# Directions of meaning that are compared: the vectors of one trade's messages spread over few of theirs, and
# going through all examples at every message is a matter of memory read.
DIRECTIONS = 96
SMOOTHNESS = 0.03  # added to an example's likeness to itself: the more, the less single examples count
MOST_WEIGHT = 5.0  # that an example of a rare class is given
BATCH = 256  # messages compared at once
PARTS = ("ar", "en")

Languages = Sequence[str | None] | np.ndarray  # of rows, as `detect` names them


@dataclass(frozen=True)
class Likeness:
    """Of n messages: how much the examples speak for each class [n, k], and the nearest by meaning and by letters [n]."""

    classes: np.ndarray
    meaning: np.ndarray
    letters: np.ndarray


class KernelRegression:
    """The training examples with their influences, ready to be compared with messages.

    Args:
        directions: what vectors of meaning are projected on [d, m].
        dense: float32 [n, m], the examples so projected.
        rows: their n-grams, float32 [n, s].
        influences: what each example says about each class, float32 [n, k].
    """

    def __init__(
        self, directions: np.ndarray, dense: np.ndarray, rows: sparse.csr_matrix, influences: np.ndarray
    ) -> None:
        self.directions = directions
        self.dense = np.asfortranarray(dense)  # messages are multiplied by its transpose
        self.rows = rows
        self.influences = influences
        self._by_column = rows.T.tocsr()
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()).clip(1e-6)
        self._per_length = (1 / (np.sqrt(2) * lengths)).astype(np.float32)

    @classmethod
    def fit(
        cls, dense: np.ndarray, rows: sparse.csr_matrix, classes: np.ndarray, count: int, weights: np.ndarray
    ) -> KernelRegression:
        """Fit on examples: vectors of length 1 (or none), n-grams, classes 0 … count-1, and how much each counts.

        Solves one system of n equations: n³/3 multiplications and n² numbers in memory.
        """
        directions = _widest_directions(dense)
        projected = (dense @ directions).astype(np.float32, copy=False)
        wanted = np.zeros((len(classes), count), dtype=np.float32)
        wanted[np.arange(len(classes)), classes] = 1
        kernel = _of_examples(projected, rows)
        # Too little on the diagonal, and rounding alone would keep the system from being solved.
        kernel[np.diag_indices_from(kernel)] += (SMOOTHNESS / weights.clip(max=MOST_WEIGHT)).astype(np.float32)
        # The upper half of the transpose is the lower half of the kernel, in the order of memory it is solved in place.
        factor = cho_factor(kernel.T, lower=False, overwrite_a=True, check_finite=False)
        influences = np.ascontiguousarray(cho_solve(factor, wanted, check_finite=False))
        return cls(directions, projected, rows, influences)

    def likeness(self, dense: np.ndarray, rows: sparse.csr_matrix) -> Likeness:
        """Compare messages with all examples.

        A message is taken as having its full length even where its n-grams are unknown, so that
        unknown words put distance between it and everything.
        """
        parts = []
        for block, block_rows in _blocks(dense @ self.directions, rows):
            shared, meaning = block_rows @ self._by_column, _products(block, self.dense)
            letters = _highest(shared, self._per_length)
            nearest = np.zeros(len(block), dtype=np.float32) if meaning is None else meaning.max(axis=1)
            kernel = np.empty(shared.shape, dtype=np.float32)
            _write_kernel(shared, meaning, kernel)
            parts.append((kernel @ self.influences, nearest, letters))
        return Likeness(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def state(self) -> dict[str, np.ndarray]:
        """What has been learned, as arrays."""
        return {
            "directions": self.directions,
            "dense": self.dense.astype(np.float16),
            "values": self.rows.data,
            "columns": self.rows.indices,
            "ends": self.rows.indptr,
            "width": np.array(self.rows.shape[1]),
            "influences": self.influences,
        }

    @classmethod
    def from_state(cls, state: dict[str, np.ndarray]) -> KernelRegression:
        """The regression whose `state()` this was."""
        shape = (len(state["influences"]), int(state["width"]))
        rows = sparse.csr_matrix((state["values"], state["columns"], state["ends"]), shape=shape)
        return cls(state["directions"], state["dense"].astype(np.float32), rows, state["influences"])


class LanguageKernels:
    """A kernel regression for each language there are examples of; what is not Arabic goes with English."""

    def __init__(self, kernels: dict[str, KernelRegression]) -> None:
        self._kernels = kernels

    @classmethod
    def fit(
        cls,
        dense: np.ndarray,
        rows: sparse.csr_matrix,
        languages: Languages,
        classes: np.ndarray,
        count: int,
        weights: np.ndarray,
    ) -> LanguageKernels:
        """Fit each on the examples in its language, see `KernelRegression.fit`."""
        parts = _parts(languages)
        return cls(
            {
                str(part): KernelRegression.fit(
                    dense[parts == part], rows[parts == part], classes[parts == part], count, weights[parts == part]
                )
                for part in np.unique(parts)
            }
        )

    def likeness(self, dense: np.ndarray, rows: sparse.csr_matrix, languages: Languages) -> Likeness:
        """Compare messages with the examples in their language."""
        parts = _parts(languages)
        named = np.unique(parts)
        if len(named) == 1:
            return self._of(str(named[0])).likeness(dense, rows)
        found = [(parts == part, self._of(str(part))) for part in named]
        likenesses = [(mine, kernel.likeness(dense[mine], rows[mine])) for mine, kernel in found]
        classes = np.zeros((len(dense), likenesses[0][1].classes.shape[1]), dtype=np.float32)
        together = Likeness(classes, np.zeros(len(dense), np.float32), np.zeros(len(dense), np.float32))
        for mine, likeness in likenesses:
            together.classes[mine] = likeness.classes
            together.meaning[mine] = likeness.meaning
            together.letters[mine] = likeness.letters
        return together

    def _of(self, part: str) -> KernelRegression:
        return self._kernels.get(part) or next(iter(self._kernels.values()))

    def state(self) -> dict[str, Any]:
        """What has been learned, as arrays."""
        return {f"{part}_{key}": value for part, one in self._kernels.items() for key, value in one.state().items()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> LanguageKernels:
        """The regressions whose `state()` is in this one."""
        parts: dict[str, dict[str, np.ndarray]] = {}
        for key, value in state.items():
            part, _, name = key.partition("_")
            if part in PARTS:
                parts.setdefault(part, {})[name] = value
        return cls({part: KernelRegression.from_state(values) for part, values in parts.items()})


def _parts(languages: Languages) -> np.ndarray:
    arabic, rest = PARTS
    return np.array([arabic if language == arabic else rest for language in languages])


def _blocks(dense: np.ndarray, rows: sparse.csr_matrix) -> list[tuple[np.ndarray, sparse.csr_matrix]]:
    if len(dense) <= BATCH:
        return [(dense, rows)]
    starts = range(0, len(dense), BATCH)
    return [(dense[first : first + BATCH], rows[first : first + BATCH]) for first in starts]


def _widest_directions(dense: np.ndarray) -> np.ndarray:
    """The `DIRECTIONS` along which `dense` spreads most, as columns of length 1; all of them if there are fewer."""
    spread, axes = np.linalg.eigh(dense.T @ dense) if dense.shape[1] else (np.zeros(0), np.zeros((0, 0)))
    return np.ascontiguousarray(axes[:, np.argsort(-spread)[:DIRECTIONS]], dtype=np.float32)


def _of_examples(dense: np.ndarray, rows: sparse.csr_matrix) -> np.ndarray:
    """The kernel of the examples with each other [n, n], its lower half at least; the rest is not to be read."""
    kernel = np.empty((len(dense), len(dense)), dtype=np.float32)
    buffer = np.empty(len(dense) * BATCH, dtype=np.float32)
    first = 0
    for block, block_rows in _blocks(dense, rows):
        last = first + len(block)
        part = buffer[: last * len(block)].reshape(len(block), last)
        _write_kernel(block_rows @ rows[:last].T.tocsr(), _products(block, dense[:last]), part)
        kernel[first:last, :last] = part
        first = last
    return kernel


def _products(dense: np.ndarray, others: np.ndarray) -> np.ndarray | None:
    """Likeness by meaning of each with each; None without an encoder."""
    return dense @ others.T if dense.shape[1] else None


def _write_kernel(shared: sparse.csr_matrix, meaning: np.ndarray | None, out: np.ndarray) -> None:
    """Write the kernel of messages that share n-grams [b, n] so, and are so alike by meaning [b, n], to `out`."""
    shared.data *= np.float32(0.5)
    shared.toarray(out=out)
    if meaning is not None:
        out += meaning
        out *= np.float32(0.5)
    out -= 1
    np.exp(out, out=out)


def _highest(rows: sparse.csr_matrix, factors: np.ndarray) -> np.ndarray:
    """The highest value of each row after each column is multiplied by its factor; 0 in a row of none."""
    highest = np.zeros(rows.shape[0], dtype=np.float32)
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled):
        highest[filled] = np.maximum.reduceat(rows.data * factors[rows.indices], rows.indptr[filled])
    return highest
