"""The pipeline of config.yml, unchanged, on labelled messages that were not written for it.

Run as `python -m bench.understanding_outside FOLDER [--outside NO_NODES_DETECTED]`. FOLDER holds `train.csv` and
`test.csv` with the columns `sentence` and `label`; the label `--outside` marks what no intent covers and
has no training rows. Trains on the one, reads the other and prints one line of JSON. Ends with 1 when a
figure misses its bound.

In-scope accuracy takes the first intent of every ranking. `best` is the highest mean of in-scope accuracy and
out-of-scope recall that a threshold on its confidence gives; `own_decision` is the same mean for what the
pipeline itself refuses (`nlu_fallback`).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parent.parent
LEAST_ACCURACY, LEAST_BEST = 0.65, 0.66


def _rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["sentence"], row["label"]) for row in csv.DictReader(file)]


def _write_training_data(rows: list[tuple[str, str]], path: Path) -> None:
    by_label: dict[str, list[str]] = {}
    for sentence, label in rows:
        by_label.setdefault(label, []).append(" ".join(sentence.split()))
    entries = [
        {"intent": label, "examples": "".join(f"- {sentence}\n" for sentence in sentences)}
        for label, sentences in by_label.items()
    ]
    document = {"version": "3.1", "nlu": entries}
    path.write_text(yaml.safe_dump(document, allow_unicode=True, width=10_000), encoding="utf-8")


def _train(rows: list[tuple[str, str]], folder: Path) -> tuple[Path, float]:
    import rasa.model_training

    _write_training_data(rows, folder / "nlu.yml")
    began = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        path = rasa.model_training.train_nlu(
            str(ROOT / "config.yml"), str(folder / "nlu.yml"), str(folder), fixed_model_name="outside"
        )
    return Path(str(path)), time.perf_counter() - began


def measure(parsed: list[dict[str, Any]], labels: list[str], outside: str) -> dict[str, float]:
    """Accuracy and refusals of parsed messages against their labels."""
    first = np.array([found["ranking"][0]["name"] if found["ranking"] else "" for found in parsed])
    sure = np.array([found["ranking"][0]["confidence"] if found["ranking"] else 0.0 for found in parsed])
    refused = np.array([found["intent"] == "nlu_fallback" for found in parsed])
    wanted = np.array(labels)
    inside = wanted != outside
    right = first == wanted
    best = max(
        ((right & (sure >= limit))[inside].mean() + (sure < limit)[~inside].mean()) / 2
        for limit in np.unique(np.append(sure, 0.0))
    )
    accuracy, recall = (right & ~refused)[inside].mean(), refused[~inside].mean()
    return {
        "in_scope_accuracy": float(right[inside].mean()),
        "best": float(best),
        "own_decision": float((accuracy + recall) / 2),
        "own_in_scope_accuracy": float(accuracy),
        "own_out_of_scope_recall": float(recall),
    }


def main() -> int:
    """Run from the command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--outside", default="NO_NODES_DETECTED")
    options = parser.parse_args()
    train, test = _rows(options.folder / "train.csv"), _rows(options.folder / "test.csv")
    with tempfile.TemporaryDirectory() as scratch:
        # No catalogue: the messages are not about a shop.
        os.environ.update(DUKAN_STATE_DIR=scratch, DUKAN_DATABASE_URL="", RASA_TELEMETRY_ENABLED="false")
        os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", RASA_MAX_CACHE_SIZE="0")
        from bot.nlu.parse import load_interpreter

        model, seconds = _train(train, Path(scratch))
        parsed = load_interpreter(model).parse_many(sentence for sentence, _ in test)
    figures = measure(parsed, [label for _, label in test], options.outside)
    line = {
        "bench": "understanding_outside",
        "train_rows": len(train),
        "test_rows": len(test),
        "train_seconds": seconds,
    }
    rounded = {
        key: round(value, 4) if isinstance(value, float) else value for key, value in {**line, **figures}.items()
    }
    print(json.dumps(rounded))
    return 0 if figures["in_scope_accuracy"] >= LEAST_ACCURACY and figures["best"] >= LEAST_BEST else 1


if __name__ == "__main__":
    sys.exit(main())
