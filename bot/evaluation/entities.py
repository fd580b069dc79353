"""F1 of the entities in hand-labelled sentences, read against a small shop of their own in `data/evaluation`."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.db import schema
from bot.db.session import engine_for
from bot.language.detect import detect
from bot.nlu.entities import CatalogueEntities, PatternEntities
from bot.settings import ROOT, settings
from bot.shop.importing.command import import_any

FOLDER = ROOT / "data" / "evaluation"
KINDS = ("shop", "branches", "delivery", "products")


@dataclass(frozen=True)
class Miss:
    """A sentence of which something was read wrongly."""

    text: str
    lacking: list[tuple[str, Any]]
    too_many: list[tuple[str, Any]]


@dataclass(frozen=True)
class Found:
    """Figures by kind and, under `en` and `ar`, by language; and every sentence with a mistake."""

    f1: float
    parts: dict[str, float]
    misses: list[Miss]


def evaluate_entities(folder: Path = FOLDER) -> Found:
    """Read the sentences of `entities.yml` in the shop of `shop.json`; an entity counts by its kind and value."""
    labelled = yaml.safe_load((folder / "entities.yml").read_text(encoding="utf-8"))
    counts: Counter[tuple[str, str]] = Counter()
    misses = []
    with _shop(folder / "shop.json"):
        for line in labelled:
            lacking = [(kind, value) for kind, value in line["entities"]]
            too_many = []
            parts = ["all", detect(line["text"]).language or "en"]
            for kind, value in _read(line["text"]):
                wanted = next((one for one in lacking if one[0] == kind and _is(one[1], value)), None)
                if wanted is None:
                    too_many.append((kind, value))
                else:
                    lacking.remove(wanted)
                    counts.update((part, "hit") for part in [*parts, kind])
            counts.update((part, "miss") for kind, _ in [*lacking, *too_many] for part in [*parts, kind])
            if lacking or too_many:
                misses.append(Miss(line["text"], lacking, too_many))
    figures = {part: _f1(counts[part, "hit"], counts[part, "miss"]) for part in {part for part, _ in counts}}
    return Found(figures.pop("all"), dict(sorted(figures.items())), misses)


def _read(text: str) -> list[tuple[str, Any]]:
    message = Message({TEXT: text})
    for component in (CatalogueEntities(), PatternEntities()):
        component.process([message])
    # A day depends on when one asks, and has tests of its own.
    return [(entity["entity"], entity["value"]) for entity in message.get(ENTITIES) if entity["entity"] != "date"]


def _is(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(found.get(part) == value for part, value in wanted.items())
    return bool(wanted == found)


def _f1(hits: int, misses: int) -> float:
    return 2 * hits / (2 * hits + misses) if hits + misses else 0.0


@contextmanager
def _shop(path: Path) -> Iterator[None]:
    """A database of its own that holds the shop of `path`, while the block runs."""
    kept = {name: os.environ.get(name) for name in ("DUKAN_STATE_DIR", "DUKAN_DATABASE_URL")}
    with tempfile.TemporaryDirectory(prefix="dukan-evaluation-") as scratch:
        os.environ.update(DUKAN_STATE_DIR=scratch, DUKAN_DATABASE_URL="")
        settings.cache_clear()
        database = settings().database
        try:
            schema.migrate()
            for kind in KINDS:
                import_any(kind, path, "json")
            yield
        finally:
            engine_for(database).dispose()
            for name, value in kept.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            settings.cache_clear()
