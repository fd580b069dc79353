"""Cross-validates the understanding on the training data in `data/nlu`, by intent and language.

    python bench/understanding_folds.py [--folder data/nlu] [--folds 5] [--worst 40]

Near-duplicates never lie on both sides of a fold. One line of JSON at the end; above it what to mend:
the commonest confusions and the sentences that were surest of the wrong intent.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.language.detect import detect
from bot.language.encoder import get_encoder
from bot.nlu.centring import Centres
from bot.nlu.intents import OUT_OF_SCOPE, IntentModel, near_duplicate_groups
from bot.nlu.ngrams import NgramVectoriser


def read_examples(folder: Path) -> list[tuple[str, str, str]]:
    """Text, intent and file of every example below `folder`."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            for line in entry.get("examples", "").splitlines():
                if "intent" in entry and line.startswith("- "):
                    found.append((line[2:].strip(), entry["intent"], path.name))
    return found


def f1(wanted: np.ndarray, found: np.ndarray, name: str) -> float:
    """F1 of one intent."""
    hits = int(((wanted == name) & (found == name)).sum())
    total = int((wanted == name).sum() + (found == name).sum())
    return 2 * hits / total if total else 0.0


def macro_f1(wanted: np.ndarray, found: np.ndarray) -> float:
    """Mean F1 over the intents that are wanted."""
    return float(np.mean([f1(wanted, found, name) for name in sorted(set(wanted.tolist()))]))


def cross_validate(texts: list[str], labels: np.ndarray, folds: int, seed: int = 3) -> dict[str, np.ndarray]:
    """Predict every text by a model that saw neither it nor its near-duplicates."""
    languages = [detect(text).language for text in texts]
    vectors = get_encoder().encode(texts)
    everything = NgramVectoriser.fit(texts).transform(texts)
    groups = near_duplicate_groups(Centres.fit(vectors, languages).apply(vectors, languages), everything, 0.9)
    order = np.random.default_rng(seed).permutation(groups.max() + 1)
    fold_of = order[groups] % folds
    intents, confidences = np.empty(len(texts), dtype=object), np.zeros(len(texts))
    seconds, trusted = 0.0, np.zeros(len(texts), dtype=bool)
    for fold in range(folds):
        train, test = np.nonzero(fold_of != fold)[0], np.nonzero(fold_of == fold)[0]
        began = time.perf_counter()
        centres = Centres.fit(vectors[train], [languages[i] for i in train])
        vectoriser = NgramVectoriser.fit([texts[i] for i in train], 2)
        model = IntentModel.fit(
            centres.apply(vectors[train], [languages[i] for i in train]),
            vectoriser.transform([texts[i] for i in train]),
            [str(labels[i]) for i in train],
        )
        seconds += time.perf_counter() - began
        predictions = model.predict(
            centres.apply(vectors[test], [languages[i] for i in test]), vectoriser.transform([texts[i] for i in test])
        )
        for place, prediction in zip(test, predictions, strict=True):
            intents[place], confidences[place] = prediction.intent, prediction.confidence
            trusted[place] = prediction.trusted
    print(f"training one fold: {seconds / folds:.1f} s")
    return {"intent": intents, "confidence": confidences, "trusted": trusted, "language": np.array(languages)}


def measure(labels: np.ndarray, found: dict[str, np.ndarray]) -> dict[str, Any]:
    """The figures of a cross-validation."""
    intents, language = found["intent"], found["language"]
    outside = labels == OUT_OF_SCOPE
    refused = ~found["trusted"] | (intents == OUT_OF_SCOPE)
    right = intents == labels
    bins = np.minimum((found["confidence"] * 10).astype(int), 9)
    gap = sum(
        abs(right[bins == b].mean() - found["confidence"][bins == b].mean()) * (bins == b).mean() for b in set(bins)
    )
    figures: dict[str, Any] = {"examples": len(labels), "macro_f1": macro_f1(labels, intents)}
    for code in ("en", "ar"):
        mine = language == code
        figures[f"macro_f1_{code}"] = macro_f1(labels[mine], intents[mine])
        figures[f"answered_right_{code}"] = float((right & ~refused)[mine & ~outside].mean())
        figures[f"out_of_scope_refused_{code}"] = (
            float(refused[mine & outside].mean()) if (mine & outside).any() else None
        )
    return {
        **figures,
        "in_scope_right": float(right[~outside].mean()),
        "in_scope_answered_right": float((right & ~refused)[~outside].mean()),
        "in_scope_answered_wrong": float((~right & ~refused)[~outside].mean()),
        "out_of_scope_named": float(right[outside].mean()),
        "out_of_scope_refused": float(refused[outside].mean()),
        "calibration_error": float(gap),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/nlu"))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--worst", type=int, default=40)
    options = parser.parse_args()
    examples = read_examples(options.folder)
    texts, labels = [text for text, _, _ in examples], np.array([intent for _, intent, _ in examples], dtype=object)
    found = cross_validate(texts, labels, options.folds)
    intents, confidence = found["intent"], found["confidence"]

    print("\nF1 of each intent, lowest first")
    for name in sorted(set(labels), key=lambda name: f1(labels, intents, name)):
        print(f"  {f1(labels, intents, name):.3f}  {name}  ({(labels == name).sum()})")
    wrong = np.nonzero(intents != labels)[0]
    print("\ncommonest confusions")
    for (wanted, got), count in Counter((labels[i], intents[i]) for i in wrong).most_common(30):
        print(f"  {count:3d}  {wanted} taken for {got}")
    print("\nsurest of the wrong intent")
    for i in sorted(wrong, key=lambda i: -confidence[i])[: options.worst]:
        print(f"  {confidence[i]:.2f}  {examples[i][2]}  {labels[i]} taken for {intents[i]}: {texts[i]}")
    rounded = {
        key: round(value, 4) if isinstance(value, float) else value for key, value in measure(labels, found).items()
    }
    print(json.dumps({"bench": "understanding_folds", **rounded}))


if __name__ == "__main__":
    main()
