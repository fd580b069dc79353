"""The hand-labelled sentences: all kinds are among them, and they are read as they were when last measured."""

from __future__ import annotations

import json

import pytest

from bot.evaluation.entities import Found, evaluate_entities
from bot.evaluation.understanding import KEPT, MOST_LOST

KINDS = {"product", "category", "brand", "branch", "city", "attribute", "price", "quantity", "ordinal", "comparison"}


@pytest.fixture(scope="module")
def found() -> Found:
    return evaluate_entities()


def test_all_kinds_and_both_languages_are_measured(found: Found) -> None:
    assert KINDS | {"email", "phone", "language", "en", "ar"} <= set(found.parts)


def test_entities_are_found_as_before(found: Found) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))["entities"]
    assert found.f1 >= kept["all"] - MOST_LOST, found.misses
