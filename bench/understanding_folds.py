"""Cross-validates the understanding on the training data, by intent and language: what to mend first.

    python -m bench.understanding_folds [--folder data/nlu] [--folds 5] [--worst 40]

One line of JSON at the end; above it the commonest confusions and the sentences that were surest of the
wrong intent. `python -m bot evaluate understanding` makes a page of the same.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np

from bot.evaluation import measures
from bot.evaluation.folds import Examples, cross_validate


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/nlu"))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--worst", type=int, default=40)
    options = parser.parse_args()
    examples = Examples.read(options.folder)
    began = time.process_time()
    outcome = cross_validate(examples, options.folds)
    seconds = time.process_time() - began
    figures = measures.figures(examples, outcome)
    by_intent = figures.pop("by_intent")

    print("\nF1 of each intent, lowest first")
    for name in sorted(by_intent, key=lambda name: by_intent[name]["all"]):
        print(f"  {by_intent[name]['all']:.3f}  {name}  ({(examples.intents == name).sum()})")
    wrong = np.nonzero(outcome.intents != examples.intents)[0]
    print("\ncommonest confusions")
    for (wanted, got), count in Counter((examples.intents[i], outcome.intents[i]) for i in wrong).most_common(30):
        print(f"  {count:3d}  {wanted} taken for {got}")
    print("\nsurest of the wrong intent")
    for i in sorted(wrong, key=lambda i: -outcome.confidences[i])[: options.worst]:
        meant = f"{examples.files[i]}  {examples.intents[i]} taken for {outcome.intents[i]}"
        print(f"  {outcome.confidences[i]:.2f}  {meant}: {examples.texts[i]}")
    print(json.dumps({"bench": "understanding_folds", "cpu_seconds": round(seconds, 1), **figures}))


if __name__ == "__main__":
    main()
