"""What customers name in shops of other trades: precision and recall over sentences written by hand, after an import.

The sentences stand in `trades/*.txt`: what is named is marked `[words|kind=value]`, everything else names nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.clock import moved_by, now
from bot.nlu.entities import RULES, CatalogueEntities, PatternEntities, _settled
from bot.shop.importing import import_file

TRADES = Path(__file__).parent / "trades"
MARK = re.compile(r"\[([^|\]]+)\|(\w+)=([^\]]+)\]")
SENTENCES_DAY = datetime(2026, 11, 23, 9, tzinfo=timezone.utc)  # the Monday the dates are told from
LEAST = 0.93  # precision and recall; the figures of the day are in docs/understanding.md


def import_trade(name: str) -> None:
    for kind in ("shop", "branches", "delivery", "products", "orders"):
        import_file(kind, TRADES / f"{name}.json")


def entities(text: str) -> list[dict[str, Any]]:
    (message,) = PatternEntities().process(CatalogueEntities().process([Message({"text": text})]))
    found: list[dict[str, Any]] = message.get("entities")
    return found


def _told(entity: dict[str, Any]) -> tuple[str, str]:
    value = entity["value"]
    if isinstance(value, dict):
        value = f"{value['code']}:{value['value']}"
    return entity["entity"], f"{entity['role']}:{value}" if entity["entity"] == "price" else str(value)


def _score(name: str) -> tuple[float, float]:
    right = wrong = missing = 0
    for line in (TRADES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        meant = Counter((match[2], match[3]) for match in MARK.finditer(line))
        found = Counter(map(_told, entities(MARK.sub(lambda match: match[1], line))))
        right += sum((meant & found).values())
        wrong += sum((found - meant).values())
        missing += sum((meant - found).values())
    return right / (right + wrong), right / (right + missing)


@pytest.fixture
def that_day() -> Iterator[None]:
    with moved_by(SENTENCES_DAY - now()):
        yield


@pytest.mark.parametrize("trade", ["fashion", "groceries", "furniture"])
def test_names_in_sentences_of_other_trades(trade: str, database: str, that_day: None) -> None:
    import_trade(trade)
    precision, recall = _score(trade)
    assert precision >= LEAST
    assert recall >= LEAST


def test_ordinary_words_are_no_places_brands_or_colours(database: str) -> None:
    import_trade("furniture")
    texts = (
        "a macbook sleeve",
        "الكنبة للرياضة",
        "رياضة المشي",
        "thanks a lot",
        "i am tabooed",
        "black friday",
        "ما وصل شي",
    )
    wrong = {"city", "branch", "brand", "attribute"}
    assert [text for text in texts if wrong & {entity["entity"] for entity in entities(text)}] == []


def test_days_are_told_by_the_shops_own_clock(database: str) -> None:
    import_trade("furniture")  # Riyadh, three hours ahead
    with moved_by(datetime(2026, 11, 23, 22, 30, tzinfo=timezone.utc) - now()):
        (tomorrow,) = entities("come tomorrow")
    assert tomorrow["value"] == "2026-11-25"


def _found(name: dict[str, Any], rule: dict[str, Any]) -> list[str]:
    return [entity["entity"] for entity in _settled([name], [rule])]


def test_of_what_overlaps_a_price_beats_a_name_and_a_longer_name_a_date() -> None:
    dial = {"entity": "attribute", "value": "Pearl", "start": 14, "end": 19, "extractor": "names"}
    price = {"entity": "price", "value": 1, "start": 14, "end": 19, "extractor": RULES}
    assert _found(dial, price) == ["price"]
    bag = {"entity": "product", "value": "safar", "start": 0, "end": 22, "extractor": "names"}
    weekend = {"entity": "date", "value": "2026-11-27", "start": 9, "end": 22, "extractor": RULES}
    assert _found(bag, weekend) == ["product"] and _found({**bag, "end": 12}, weekend) == ["date"]
