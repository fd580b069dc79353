"""Cross-validates the intent model on training data; `python -m bot evaluate`, tests and benchmarks call it.

Near-duplicates never lie on both sides of a fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import yaml

from bot.language.arabizi import read
from bot.language.detect import detect
from bot.language.encoder import get_encoder
from bot.nlu.centring import Centres
from bot.nlu.intents import IntentModel, Prediction, near_duplicate_groups
from bot.nlu.ngrams import NgramVectoriser

NEAR_DUPLICATE = 0.9  # cosine from which two examples stay on one side
LEAST_EXAMPLES = 2  # an n-gram must be in, as `NgramFeaturizer` has it for large data


@dataclass(frozen=True)
class Examples:
    """Labelled messages: arrays of one entry each."""

    texts: list[str]
    intents: np.ndarray
    files: list[str]
    languages: list[str | None]

    @cached_property
    def vectors(self) -> np.ndarray:
        """The sentence encoder's: float32, shape (examples, dimension)."""
        return get_encoder().encode([read(text) for text in self.texts])

    @classmethod
    def read(cls, folder: Path) -> Examples:
        """All examples of intents in the files of `folder`."""
        found = []
        for path in sorted(folder.glob("*.yml")):
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
                for line in entry.get("examples", "").splitlines():
                    if "intent" in entry and line.startswith("- "):
                        found.append((line[2:].strip(), entry["intent"], path.name))
        texts = [text for text, _, _ in found]
        intents = np.array([intent for _, intent, _ in found], dtype=object)
        return cls(texts, intents, [file for _, _, file in found], [detect(text).language for text in texts])


@dataclass(frozen=True)
class Outcome:
    """What a model that had not seen an example said of it: arrays of one entry an example."""

    intents: np.ndarray
    confidences: np.ndarray
    trusted: np.ndarray


def cross_validate(examples: Examples, folds: int, seed: int = 3, *, doubting: bool = True) -> Outcome:
    """Predict every example by a model that saw neither it nor its near-duplicates.

    Args:
        examples: what to learn from and to be measured on.
        folds: into how many parts the examples are cut.
        seed: of the cut.
        doubting: learn confidence too, see `IntentModel.fit`.
    """
    fold_of = _folds(examples, folds, seed)
    count = len(examples.texts)
    outcome = Outcome(np.empty(count, dtype=object), np.zeros(count), np.zeros(count, dtype=bool))
    for fold in range(folds):
        train, test = np.nonzero(fold_of != fold)[0], np.nonzero(fold_of == fold)[0]
        for place, prediction in zip(test, learn_and_predict(examples, train, test, doubting=doubting), strict=True):
            outcome.intents[place] = prediction.intent
            outcome.confidences[place] = prediction.confidence
            outcome.trusted[place] = prediction.trusted
    return outcome


def learn_and_predict(
    examples: Examples, train: np.ndarray, test: np.ndarray, *, doubting: bool = False
) -> list[Prediction]:
    """What a model that learned from the examples at the places `train` says of those at `test`."""
    centres = Centres.fit(examples.vectors[train], [examples.languages[i] for i in train])
    vectoriser = NgramVectoriser.fit([examples.texts[i] for i in train], LEAST_EXAMPLES)
    features = []
    for part in (train, test):
        languages = [examples.languages[i] for i in part]
        rows = vectoriser.transform([examples.texts[i] for i in part])
        features.append((centres.apply(examples.vectors[part], languages), rows, languages))
    model = IntentModel.fit(*features[0], [str(examples.intents[i]) for i in train], doubting=doubting)
    return model.predict(*features[1])


def _folds(examples: Examples, folds: int, seed: int) -> np.ndarray:
    centred = Centres.fit(examples.vectors, examples.languages).apply(examples.vectors, examples.languages)
    groups = near_duplicate_groups(
        centred, NgramVectoriser.fit(examples.texts).transform(examples.texts), NEAR_DUPLICATE
    )
    order = np.random.default_rng(seed).permutation(groups.max() + 1)
    return np.asarray(order[groups] % folds)
