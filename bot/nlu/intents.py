"""The intent model: a linear and a kernel regression together, and how far their answer is to be trusted.

`fit` and `predict` work on feature blocks; the Rasa component around them is in `classifier.py`.

Whether a message is one of the known needs at all is not left to one threshold on a probability. During
training whole intents are held out in turn, with near-duplicates kept together, and a small second model
learns from the outcome when an answer turns out right: how clear it was, how near the message lies to the
nearest examples, how much of its words is known at all, whether both regressions agree. Its probability is
the confidence.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit, log_softmax, softmax
from threadpoolctl import threadpool_limits

from bot.nlu import regression
from bot.nlu.kernel import LanguageKernels, Languages, Likeness
from bot.nlu.ngrams import UNSEEN_SHARE
from bot.nlu.regression import Regression

STRENGTH = 20.0
KERNEL_SHARE = 6.0  # of what the kernel says, from about 0 to 1, added to a log-probability
BALANCE = 0.5  # power of (mean size / size) an intent's examples are weighted by
FOLDS = 3
SMALL, REPEATS = 1500, 3  # so few examples are cut into folds so many times, for steadier trust
NEAR_DUPLICATE = 0.93
OUT_OF_SCOPE = "out_of_scope"
# What messages of unknown needs count together, against all others: less where the training data has examples
# of what is out of scope, for then they are not all there is to learn refusing from.
UNKNOWN_SHARE, UNKNOWN_SHARE_BESIDE_REJECTING = 0.5, 0.12
WRONG_COSTS = 0.7  # of acting on a wrong intent, against 1 for asking again where the right one was found


@dataclass(frozen=True)
class Prediction:
    """What is thought of one message: intents with their confidence, best first."""

    ranking: list[tuple[str, float]]
    trusted: bool

    @property
    def intent(self) -> str:
        """Name of the likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Probability that `intent` is right."""
        return self.ranking[0][1]


@dataclass(frozen=True)
class Trust:
    """Logistic regression from the signs of `_signs` to the probability that an answer is right."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: float

    def probability(self, signs: np.ndarray) -> np.ndarray:
        """Probability per row of `signs`, shape [n]."""
        return np.asarray(expit(((signs - self.mean) / self.scale) @ self.weights + self.bias))


@dataclass(frozen=True)
class _Core:
    """Both regressions, of the classes `present`."""

    present: np.ndarray
    regression: Regression
    kernels: LanguageKernels

    @classmethod
    def fit(cls, dense: np.ndarray, rows: sparse.csr_matrix, languages: np.ndarray, classes: np.ndarray) -> _Core:
        """Fit both on the same rows; the classes may have gaps."""
        present, inner = np.unique(classes, return_inverse=True)
        sizes = np.bincount(inner)
        weights = (sizes.mean() / sizes[inner]) ** BALANCE
        weights /= weights.mean()
        return cls(
            present,
            regression.fit(dense, rows, inner, len(present), weights, STRENGTH),
            LanguageKernels.fit(dense, rows, languages, inner, len(present), weights),
        )

    def judge(
        self, dense: np.ndarray, rows: sparse.csr_matrix, languages: Languages
    ) -> tuple[np.ndarray, np.ndarray, Likeness]:
        """Probabilities together [n, k], the linear regression's logarithms alone [n, k], and the likeness."""
        logs = log_softmax(self.regression.scores(dense, rows), axis=1)
        likeness = self.kernels.likeness(dense, rows, languages)
        return softmax(logs + KERNEL_SHARE * likeness.classes, axis=1), logs, likeness


def _signs(together: np.ndarray, logs: np.ndarray, likeness: Likeness, rows: sparse.csr_matrix) -> np.ndarray:
    """What shows whether the best class is right, a row a message.

    Args:
        together: probabilities of both opinions.
        logs: log-probabilities of the linear regression.
        likeness: what the kernel says.
        rows: n-grams of the messages.
    """
    index = np.arange(len(together))
    best = together.argmax(axis=1)
    clear = _two_best(np.log(together.clip(1e-9)))
    spoken = _two_best(likeness.classes)
    counts = np.diff(rows.indptr)
    squares = np.bincount(np.repeat(index, counts), weights=np.square(rows.data), minlength=len(index))
    return np.stack(
        [
            clear[0],
            clear[0] - clear[1],
            logs[index, best],
            likeness.classes[index, best],
            spoken[0] - spoken[1],
            likeness.meaning,
            likeness.letters,
            np.sqrt(squares / 2),
            np.log1p(counts),
            logs.argmax(axis=1) == likeness.classes.argmax(axis=1),
        ],
        axis=1,
    )


def _two_best(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest and the second highest of each row; the same twice where there is but one."""
    ordered = np.sort(values, axis=1)
    return ordered[:, -1], ordered[:, -min(2, ordered.shape[1])]


def near_duplicate_groups(dense: np.ndarray, rows: sparse.csr_matrix, limit: float = NEAR_DUPLICATE) -> np.ndarray:
    """Number of the group each row belongs to; rows nearer than `limit` to each other share one."""
    dimension = dense.shape[1]
    pairs_from, pairs_to = [], []
    letters = rows / np.sqrt(2)
    for first in range(0, len(dense), 512):
        here, later = slice(first, first + 512), slice(first, None)  # each pair once
        block = dense[here] @ dense[later].T if dimension else (letters[here] @ letters[later].T).toarray()
        one, other = np.nonzero(block > limit)
        pairs_from.append(one + first)
        pairs_to.append(other + first)
    start, end = np.concatenate(pairs_from), np.concatenate(pairs_to)
    graph = sparse.csr_matrix((np.ones(len(start), dtype=bool), (start, end)), shape=(len(dense), len(dense)))
    return sparse.csgraph.connected_components(graph, directed=False)[1]


class IntentModel:
    """The trained whole. Build with `fit` or `from_state`."""

    def __init__(self, names: list[str], core: _Core, trust: Trust | None, thresholds: np.ndarray) -> None:
        self.names = names
        self._core = core
        self._trust = trust
        self.thresholds = thresholds

    @classmethod
    def fit(
        cls,
        dense: np.ndarray,
        rows: sparse.csr_matrix,
        languages: Languages,
        labels: list[str],
        seed: int = 7,
        *,
        doubting: bool = True,
    ) -> IntentModel:
        """Learn intents and trust.

        Args:
            dense: float32 sentence vectors [n, d]; d = 0 without an encoder.
            rows: float32 n-gram rows [n, s].
            languages: of each row, as `detect` names it.
            labels: the intent of each row; at least one, rarer ones are welcome.
            seed: of the folds.
            doubting: learn how far answers are to be trusted too; without it each is, in half of the time.
        """
        names, classes = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
        spoken = np.array([language or "" for language in languages])
        if not doubting:
            return cls(list(names), _Core.fit(dense, rows, spoken, classes), None, np.zeros(len(names)))
        with _beside(len(classes)) as beside, threadpool_limits(1, "blas"):
            held_out = beside.submit(_held_out, dense, rows, spoken, classes, list(names), seed)
            core = _Core.fit(dense, rows, spoken, classes)
            signs, right, weights, predicted = held_out.result()
        trust = _fit_trust(signs, right, weights) if len(set(right.tolist())) == 2 else None
        thresholds = _thresholds(trust, signs, right, weights, predicted, len(names))
        return cls(list(names), core, trust, thresholds)

    def predict(self, dense: np.ndarray, rows: sparse.csr_matrix, languages: Languages) -> list[Prediction]:
        """The intents of n messages."""
        together, logs, likeness = self._core.judge(dense, rows, languages)
        best = together.argmax(axis=1)
        certainty = together[np.arange(len(best)), best]
        if self._trust is not None:
            certainty = self._trust.probability(_signs(together, logs, likeness, rows))
        predictions = []
        for shares, first, sure in zip(together, best, certainty):
            others = min(1.0 - sure, sure) / max(1.0 - shares[first], 1e-9)
            confidences = shares * min(others, 1.0)
            confidences[first] = sure
            confidences = np.minimum(confidences, sure)
            order = np.argsort(-confidences, kind="stable")
            order = np.concatenate([[first], order[order != first]])
            ranking = [(self.names[i], float(confidences[i])) for i in order]
            predictions.append(Prediction(ranking, bool(sure >= self.thresholds[first])))
        return predictions

    def state(self) -> dict[str, Any]:
        """Everything learned, as JSON-able values and arrays."""
        regression = self._core.regression
        state: dict[str, Any] = {
            "names": self.names,
            "thresholds": self.thresholds,
            "weights_dense": regression.dense,
            "weights_sparse": regression.rows,
            "bias": regression.bias,
            **self._core.kernels.state(),
        }
        if self._trust is not None:
            state["trust"] = np.stack([self._trust.mean, self._trust.scale, self._trust.weights])
            state["trust_bias"] = self._trust.bias
        return state

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> IntentModel:
        """The model whose `state()` this was."""
        core = _Core(
            np.arange(len(state["names"])),
            Regression(state["weights_dense"], state["weights_sparse"], state["bias"]),
            LanguageKernels.from_state(state),
        )
        trust = None
        if "trust" in state:
            mean, scale, weights = state["trust"]
            trust = Trust(mean, scale, weights, float(state["trust_bias"]))
        return cls(list(state["names"]), core, trust, state["thresholds"])


def _beside(count: int) -> Executor:
    """Where answers are held out while the model itself is fitted: on a core of its own if that is worth the way."""
    if count < SMALL or (os.cpu_count() or 1) == 1:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(1, get_context("spawn"), threadpool_limits, (1, "blas"))


def _held_out(
    dense: np.ndarray, rows: sparse.csr_matrix, languages: np.ndarray, classes: np.ndarray, names: list[str], seed: int
) -> tuple[np.ndarray, ...]:
    """Predict rows by models that saw neither them, nor their near-duplicates, nor some of the classes.

    Returns:
        The signs of every prediction, whether it was right, how much it counts, and the predicted class.
    """
    generator = np.random.default_rng(seed)
    groups = near_duplicate_groups(dense, rows)
    rejecting = names.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in names else -1
    parts: list[tuple[np.ndarray, ...]] = []
    rounds = FOLDS * (REPEATS if len(classes) < SMALL else 1)
    for fold in (number % FOLDS for number in range(rounds)):
        if fold == 0:
            fold_of_row = generator.integers(0, FOLDS, groups.max() + 1)[groups]
            fold_of_class = generator.permutation(len(names)) % (2 * FOLDS)  # half of the classes are held out once
            fold_of_class[rejecting] = fold_of_class[rejecting] if rejecting < 0 else 2 * FOLDS
        unknown = fold_of_class[classes] == fold
        test = unknown | (fold_of_row == fold)
        if test.all() or not test.any() or len(np.unique(classes[~test])) < 2:
            continue
        core = _Core.fit(dense[~test], rows[~test], languages[~test], classes[~test])
        seen = as_if_unseen(rows[test], rows[~test])
        together, logs, likeness = core.judge(dense[test], seen, languages[test])
        answer = core.present[together.argmax(axis=1)]
        right = np.where(unknown[test], answer == rejecting, answer == classes[test])
        parts.append((_signs(together, logs, likeness, seen), right, answer, unknown[test]))
    return _weighed(parts, rejecting)


def as_if_unseen(rows: sparse.csr_matrix, training: sparse.csr_matrix) -> sparse.csr_matrix:
    """`rows` as the vectoriser would have made them had it learned from `training` only."""
    known = np.asarray(training.astype(bool).sum(axis=0)).ravel() > 0
    kept = (rows @ sparse.diags(known.astype(np.float32))).tocsr()
    kept.eliminate_zeros()
    share = np.asarray(kept.multiply(kept).sum(axis=1)).ravel() / 2
    return (sparse.diags(1 / np.sqrt(share + UNSEEN_SHARE * (1 - share) + 1e-9)) @ kept).tocsr().astype(np.float32)


def _weighed(parts: list[tuple[np.ndarray, ...]], rejecting: int) -> tuple[np.ndarray, ...]:
    if not parts:
        empty = np.zeros(0)
        return np.zeros((0, 10)), empty.astype(bool), empty, empty.astype(int)
    signs, right, predicted, unknown = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    share = UNKNOWN_SHARE if rejecting < 0 else UNKNOWN_SHARE_BESIDE_REJECTING
    weights = np.where(unknown, share * (~unknown).sum() / max(unknown.sum(), 1), 1.0)
    return signs, right, weights, predicted


def _fit_trust(signs: np.ndarray, right: np.ndarray, weights: np.ndarray) -> Trust:
    mean, scale = signs.mean(axis=0), signs.std(axis=0) + 1e-6
    wanted = right.astype(np.int64)
    plain = sparse.csr_matrix((len(signs), 0), dtype=np.float32)
    fitted = regression.fit(
        ((signs - mean) / scale).astype(np.float32), plain, wanted, 2, weights / weights.mean(), strength=1.0
    )
    return Trust(mean, scale, fitted.dense[:, 1] - fitted.dense[:, 0], float(fitted.bias[1] - fitted.bias[0]))


def _thresholds(
    trust: Trust | None, signs: np.ndarray, right: np.ndarray, weights: np.ndarray, predicted: np.ndarray, count: int
) -> np.ndarray:
    """The confidence below which each class is not acted on, see `WRONG_COSTS`; drawn to the mean where data is thin."""
    if trust is None:
        return np.zeros(count)
    sure = trust.probability(signs)
    common = _best_threshold(sure, right, weights)
    found = np.full(count, common)
    for number in range(count):
        mine = predicted == number
        size = int(mine.sum())
        if size >= 10:
            found[number] = (size * _best_threshold(sure[mine], right[mine], weights[mine]) + 40 * common) / (size + 40)
    return found


def _best_threshold(sure: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(sure)
    gain = np.cumsum(np.where(right[order], -weights[order], WRONG_COSTS * weights[order]))
    best = int(gain.argmax())
    return float(sure[order][best]) + 1e-6 if gain[best] > 0 else 0.0
