"""`python -m bot evaluate understanding`: measures, writes the report, keeps the figures, holds them against the kept ones."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader
from rich.console import Console

from bot.clock import now
from bot.evaluation import measures, pictures
from bot.evaluation.entities import FOLDER, Found, evaluate_entities
from bot.evaluation.folds import Examples, Outcome, cross_validate
from bot.evaluation.styles import held_out
from bot.settings import ROOT, settings

EXAMPLES = ROOT / "data" / "nlu"
KEPT = FOLDER / "figures.json"
FOLDS = 5
QUICK_FOLDS = 2  # of the check: intents alone, in a tenth of the time
MOST_LOST = 0.01  # of a macro F1 before the check fails
WORST = 60
COMMONEST = 40


def run_evaluation(*, check: bool, keep: bool, out: Console, err: Console) -> int:
    """Evaluate; the exit code: 0, or 1 when the check finds that a macro F1 has dropped.

    Args:
        check: only measure what is held against the kept figures.
        keep: write the figures to `KEPT`.
        out: for the figures.
        err: for what went wrong.
    """
    examples = Examples.read(EXAMPLES)
    quick = quick_figures(examples)
    if check:
        return _compare(quick, out, err)
    outcome = cross_validate(examples, FOLDS)
    entities = evaluate_entities()
    figures = {
        "folds": FOLDS,
        **measures.figures(examples, outcome),
        "entities": {name: round(value, 4) for name, value in {"all": entities.f1, **entities.parts}.items()},
        "held_out": held_out(examples, outcome),
        "quick": quick,
    }
    path = settings().state_dir / "understanding.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report(figures, examples, outcome, entities), encoding="utf-8")
    for label, value, bound in summary(figures):
        out.print(f"{value:.3f}  {label}" + (f" (aim: {bound})" if bound is not None else ""))
    for name, one in figures["held_out"].items():
        out.print(
            f"{one['unseen']:.3f}  right of {one['examples']} examples: {name}, never seen ({one['seen']:.3f} seen)"
        )
    out.print(f"The report is {path}.")
    if keep:
        KEPT.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def quick_figures(examples: Examples) -> dict[str, float]:
    """Macro F1s of a cheaper cross-validation, to be compared with those of another state of code and data."""
    outcome = cross_validate(examples, QUICK_FOLDS, doubting=False)
    return {name: round(value, 4) for name, value in measures.macro_f1s(examples, outcome).items()}


def lost(kept: dict[str, float], found: dict[str, float]) -> dict[str, float]:
    """By how much figures dropped, where it is more than `MOST_LOST`."""
    drops = {name: round(value - found[name], 4) for name, value in kept.items()}
    return {name: drop for name, drop in drops.items() if drop > MOST_LOST}


def _compare(found: dict[str, float], out: Console, err: Console) -> int:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))["quick"]
    for name, value in found.items():
        out.print(f"{name}: {value:.4f} (kept: {kept[name]:.4f})")
    drops = lost(kept, found)
    if drops:
        names = ", ".join(drops)
        err.print(f"{names} dropped by more than {MOST_LOST}. Look: python -m bot evaluate understanding", style="red")
    return 1 if drops else 0


def summary(figures: dict[str, Any]) -> list[tuple[str, float, float | None]]:
    """What stands at the head of the report: a label, the figure, what it is to reach."""
    return [
        ("macro F1", figures["macro_f1"], None),
        ("macro F1, English", figures["macro_f1_en"], 0.93),
        ("macro F1, Arabic", figures["macro_f1_ar"], 0.93),
        ("out of scope refused", figures["out_of_scope_refused"], 0.85),
        ("in scope, of what is answered right", figures["in_scope_accuracy_of_answers"], 0.92),
        ("in scope, answered right", figures["in_scope_answered_right"], None),
        ("in scope, answered wrong", figures["in_scope_answered_wrong"], None),
        (
            f"out of scope refused where {measures.NEEDED_ACCURACY:.0%} of the answers are right",
            figures["out_of_scope_recall_at_accuracy"],
            0.85,
        ),
        ("calibration error", figures["calibration_error"], None),
        ("F1 of entities", figures["entities"]["all"], None),
    ]


def report(figures: dict[str, Any], examples: Examples, outcome: Outcome, entities: Found) -> str:
    """The report as one HTML page that needs nothing else."""
    wrong = np.nonzero(outcome.intents != examples.intents)[0]
    worst = sorted(wrong, key=lambda i: -outcome.confidences[i])[:WORST]
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return pages.get_template("report.html").render(
        figures=figures,
        summary=summary(figures),
        when=f"{now():%Y-%m-%d}",
        commonest=Counter((examples.intents[i], outcome.intents[i]) for i in wrong).most_common(COMMONEST),
        misses=entities.misses,
        worst=[
            {
                "confidence": outcome.confidences[i],
                "text": examples.texts[i],
                "meant": examples.intents[i],
                "found": outcome.intents[i],
                "file": examples.files[i],
            }
            for i in worst
        ],
        pictures={
            "f1": pictures.f1_bars(figures["by_intent"]),
            "confusions": pictures.confusions(examples.intents, outcome.intents),
            "refusing": pictures.refusing(measures.frontier(examples, outcome)),
            "calibration": pictures.calibration(measures.calibration(examples, outcome)),
        },
    )
