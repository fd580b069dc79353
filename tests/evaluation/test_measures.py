"""The figures of an evaluation, on outcomes whose figures are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.evaluation import measures
from bot.evaluation.folds import Examples, Outcome, cross_validate
from bot.evaluation.understanding import lost

WANTED = ["greet", "greet", "pay", "pay", "out_of_scope", "out_of_scope"]
FOUND = ["greet", "pay", "pay", "pay", "out_of_scope", "pay"]
SURE = [0.9, 0.6, 0.8, 0.7, 0.5, 0.3]


def known() -> tuple[Examples, Outcome]:
    examples = Examples(list("abcdef"), np.array(WANTED, dtype=object), ["x.yml"] * 6, ["en", "ar"] * 3)
    trusted = np.array(SURE) > 0.4
    return examples, Outcome(np.array(FOUND, dtype=object), np.array(SURE), trusted)


def test_f1() -> None:
    examples, outcome = known()
    found = measures.by_intent(examples, outcome)
    assert found["pay"]["all"] == pytest.approx(4 / 6)
    assert found["greet"] == {"all": pytest.approx(2 / 3), "en": 1.0, "ar": 0.0}
    assert measures.macro_f1s(examples, outcome)["macro_f1"] == pytest.approx(2 / 3)


def test_decisions() -> None:
    found = measures.decisions(*known())
    assert found["in_scope_answered_right"] == pytest.approx(3 / 4)
    assert found["in_scope_answered_wrong"] == pytest.approx(1 / 4)
    assert found["out_of_scope_refused"] == 1.0
    assert found["calibration_error"] == pytest.approx((0.1 + 0.6 + 0.2 + 0.3 + 0.5 + 0.3) / 6)


def test_a_higher_threshold_refuses_more_and_answers_less() -> None:
    points = measures.frontier(*known())
    assert points[0][1:] == (pytest.approx(3 / 4), pytest.approx(3 / 4), pytest.approx(1 / 2))
    answered, recall = [point[1] for point in points], [point[3] for point in points]
    assert answered == sorted(answered, reverse=True)
    assert recall == sorted(recall)
    assert recall[-1] == 1.0


def test_what_was_lost() -> None:
    kept = {"macro_f1": 0.9, "macro_f1_en": 0.9, "macro_f1_ar": 0.8}
    assert lost(kept, {"macro_f1": 0.893, "macro_f1_en": 0.95, "macro_f1_ar": 0.78}) == {"macro_f1_ar": 0.02}


def test_near_duplicates_stay_on_one_side(tmp_path: Path) -> None:
    things = ["kettle", "sofa", "lamp", "phone", "carpet", "mirror"]
    same = "".join(f"- where is my {thing}\n- where is my {thing} ??\n" for thing in things)
    other = "".join(f"- the colour of the {thing} is lovely\n- {thing} wanted in blue\n" for thing in things)
    lines = [f"  - intent: {name}\n    examples: |\n" + "".join(f"      {line}\n" for line in text.splitlines())
             for name, text in (("order_status", same), ("customization_options", other))]  # fmt: skip
    (tmp_path / "a.yml").write_text('version: "3.1"\nnlu:\n' + "".join(lines), encoding="utf-8")
    examples = Examples.read(tmp_path)
    assert len(examples.texts) == 24
    assert set(examples.files) == {"a.yml"}
    outcome = cross_validate(examples, 2, doubting=False)
    assert set(outcome.intents) == {"order_status", "customization_options"}
    assert (outcome.intents == examples.intents).mean() > 0.8
