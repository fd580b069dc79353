"""Multinomial logistic regression over a dense and a sparse block at once.

The blocks stay apart because gluing them into one sparse matrix, as a library would want it, makes
training four times slower: the dense block is then no longer a matrix product. For the same reason the
minimiser is here: the usual one spends three quarters of the time on bounds that there are none of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

ITERATIONS = 32  # past this the fit changes few decisions, only how extreme the scores are
REMEMBERED = 6  # steps that the curvature is estimated from
ENOUGH = 1e-5  # share of the loss; an iteration that gains less is the last
CURVATURE = 0.02  # of the loss in a score, on average over rows and classes


@dataclass(frozen=True)
class Regression:
    """Weights of the dense block [d, k], of the sparse block [s, k], and the bias [k]."""

    dense: np.ndarray
    rows: np.ndarray
    bias: np.ndarray

    def scores(self, dense: np.ndarray, rows: sparse.csr_matrix) -> np.ndarray:
        """Log-odds of each class, shape [n, k]."""
        # One message has a few dozen n-grams: their weights are picked out sooner than a sparse product is set up.
        letters = (rows.data @ self.rows[rows.indices])[None] if rows.shape[0] == 1 else rows @ self.rows
        return np.asarray(dense @ self.dense + letters + self.bias)


def fit(
    dense: np.ndarray, rows: sparse.csr_matrix, classes: np.ndarray, count: int, weights: np.ndarray, strength: float
) -> Regression:
    """Fit with an L2 penalty on the weights.

    Args:
        dense: float32 [n, d]; d may be 0.
        rows: float32 [n, s].
        classes: the class of each row, 0 … count-1.
        count: number of classes.
        weights: how much each row counts [n].
        strength: inverse of the penalty, as `C` elsewhere.
    """
    dense, rows = dense.astype(np.float32, copy=False), rows.astype(np.float32)
    total, width, columns = len(classes), dense.shape[1], rows.shape[1]
    transposed = rows.T.tocsr()
    index = np.arange(total)
    factor = (weights * strength).astype(np.float32)[:, None]
    scale = _scale(dense, rows, factor)
    penalised = np.ones_like(scale)
    penalised[-1] = 0

    def split(parameters: np.ndarray) -> Regression:
        values = parameters * scale
        return Regression(values[:width], values[width : width + columns], values[-1])

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        now = split(parameters)
        scores = now.scores(dense, rows)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        sums = shares.sum(axis=1, keepdims=True)
        likelihood = float((factor[:, 0] * (scores[index, classes] - np.log(sums[:, 0]))).sum(dtype=np.float64))
        shares /= sums
        shares[index, classes] -= 1
        shares *= factor
        penalty = 0.5 * sum(float(np.square(block).sum(dtype=np.float64)) for block in (now.dense, now.rows))
        slope = np.concatenate([dense.T @ shares, transposed @ shares, shares.sum(axis=0, keepdims=True)])
        slope += parameters * scale * penalised
        return penalty - likelihood, slope * scale

    return split(_minimise(loss, np.zeros((width + columns + 1, count), dtype=np.float32)))


def _scale(dense: np.ndarray, rows: sparse.csr_matrix, factor: np.ndarray) -> np.ndarray:
    """What each weight is measured in, so that all bend the loss about equally: far fewer iterations suffice."""
    bends = [
        1 + CURVATURE * (np.square(dense) * factor).sum(axis=0),
        1 + CURVATURE * np.asarray(rows.multiply(rows).T @ factor).ravel(),
        CURVATURE * factor.sum(axis=0),
    ]
    return (1 / np.sqrt(np.concatenate(bends))).astype(np.float32)[:, None]


def _minimise(loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray) -> np.ndarray:
    """Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, 7.2) with a halving line search."""
    here, (value, slope) = start, loss(start)
    steps: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=REMEMBERED)
    for _ in range(ITERATIONS):
        direction = -_towards(slope, steps)
        descent = _inner(slope, direction)
        stride = 1.0 if steps else min(1.0, 1.0 / max(float(np.abs(slope).sum()), 1e-12) * len(slope))
        while True:
            there = here + np.float32(stride) * direction
            value_there, slope_there = loss(there)
            if value_there <= value + 1e-4 * stride * descent or stride < 1e-6:
                break
            stride /= 2
        moved, bent = there - here, slope_there - slope
        product = _inner(moved, bent)
        if product > 1e-12:
            steps.append((moved, bent, 1 / product))
        gained = value - value_there
        here, value, slope = there, value_there, slope_there
        if gained < ENOUGH * abs(value):
            break
    return here


def _towards(slope: np.ndarray, steps: deque[tuple[np.ndarray, np.ndarray, float]]) -> np.ndarray:
    """The slope seen through the curvature of the latest steps."""
    result = slope.copy()
    shares = []
    for moved, bent, inverse in reversed(steps):
        share = inverse * _inner(moved, result)
        shares.append(share)
        result -= np.float32(share) * bent
    if steps:
        moved, bent, inverse = steps[-1]
        result *= np.float32(1 / (inverse * _inner(bent, bent)))
    for (moved, bent, inverse), share in zip(steps, reversed(shares), strict=True):
        result += np.float32(share - inverse * _inner(bent, result)) * moved
    return result


def _inner(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.dot(first.ravel(), second.ravel()))
