"""How well and how fast products are found among 10,000: nDCG@10 and latency over judged queries; prints one line of JSON.

Run as `python -m bench.search`. The catalogue is made from `search_queries.yml` and imported into a new database in a
temporary folder or the one that DUKAN_DATABASE_URL names. What a query is judged by stands beside it: a product counts
3 when it has everything that was asked for, 1 when it is of the kind alone.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).with_name("search_queries.yml")
PRODUCTS = 10_000
BOUND_MS = 50.0  # 95th percentile
LEAST_NDCG = 0.8
TOP = 10
FULL, KIND = 3, 1  # grades
ROUNDS = 3  # times each query is measured; the first ones read things that stay in memory


def catalogue(data: dict[str, Any], chance: random.Random) -> list[dict[str, Any]]:
    """Products of every kind, in all combinations of the kind's values, with made-up names."""
    made = []
    kinds = list(data["kinds"].items())
    syllables = data["syllables"]
    for number in range(PRODUCTS):
        code, kind = kinds[number % len(kinds)]
        name = "".join(chance.sample(syllables, 3)).capitalize()
        facts = {fact: chance.choice(values) for fact, values in kind["facts"].items()}
        told = " ".join(value["en"] for value in facts.values())
        made.append(
            {
                "code": f"{code}-{number}",
                "title": {"en": f"{name} {kind['en']}", "ar": f"{kind['ar']} {name}"},
                "description": {
                    "en": f"{chance.choice(kind['about'])['en']} {told}.",
                    "ar": f"{chance.choice(kind['about'])['ar']}.",
                },
                "category": {"code": code, "name": {"en": kind["plural"], "ar": kind["plural_ar"]}},
                "brand": chance.choice(data["brands"]),
                "price": chance.randint(20, 4000),
                "stock": {"main": chance.choice([0, 3, 40])},
                "attributes": [
                    {"code": fact, "name": data["facts"][fact], "value": value} for fact, value in facts.items()
                ],
            }
        )
    return made


def judged(data: dict[str, Any]) -> list[tuple[str, str, dict[str, str]]]:
    """Query, kind, and the values it asks for by fact."""
    return [(entry["say"], entry["kind"], entry.get("facts") or {}) for entry in data["queries"]]


def _grade(product: dict[str, Any], kind: str, facts: dict[str, str]) -> int:
    if product["category"]["code"] != kind:
        return 0
    held = {attribute["code"]: attribute["value"]["en"] for attribute in product["attributes"]}
    return FULL if all(held.get(fact) == value for fact, value in facts.items()) else KIND


def ndcg(grades: list[int], ideal: list[int]) -> float:
    """How near an order comes to the best one, 1 at most."""

    def gain(found: list[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(found[:TOP]))

    best = gain(sorted(ideal, reverse=True))
    return gain(grades) / best if best else 1.0


def measure(products: list[dict[str, Any]], queries: list[tuple[str, str, dict[str, str]]]) -> dict[str, Any]:
    """Ranking and latency over the queries, as a customer's message is searched for."""
    from bot.db.session import reading
    from bot.shop import search

    by_code = {product["code"]: product for product in products}
    search.warm()
    took: list[float] = []
    gained: dict[str, list[float]] = {"en": [], "ar": []}
    for place, (text, kind, facts) in itertools.product(range(ROUNDS), queries):
        started = time.perf_counter()
        with reading() as session:
            found = search.find(session, _wishes(session, text), TOP)
        took.append((time.perf_counter() - started) * 1000)
        if place == 0:
            grades = [_grade(by_code[hit.code], kind, facts) for hit in found.hits]
            ideal = [_grade(product, kind, facts) for product in products]
            gained["en" if text.isascii() else "ar"].append(ndcg(grades, ideal))
    took.sort()
    every = [value for values in gained.values() for value in values]
    return {
        "queries": len(queries),
        "ndcg_at_10": round(statistics.mean(every), 3),
        "ndcg_at_10_en": round(statistics.mean(gained["en"]), 3),
        "ndcg_at_10_ar": round(statistics.mean(gained["ar"]), 3),
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(len(took) * 0.95)], 1),
    }


def _wishes(session: Any, text: str) -> Any:
    """What a message asks for, by the same names, patterns and words as in a conversation."""
    from rasa.shared.nlu.training_data.message import Message
    from rasa_sdk.executor import CollectingDispatcher

    from actions import looking
    from actions.turn import Turn
    from bot.nlu.entities import CatalogueEntities, PatternEntities
    from bot.words.formatting import Locale

    (message,) = PatternEntities().process(CatalogueEntities().process([Message({"text": text})]))
    turn = Turn(
        conversation_id="",
        message_id=0,
        channel="web",
        locale=Locale("en", "latn"),
        intent="product_search",
        confidence=1.0,
        ranking=[],
        entities=message.get("entities") or [],
        slots={},
        text=text,
        dispatcher=CollectingDispatcher(),
    )
    return looking.wishes_in(turn, session)


def main() -> int:
    """Make, import, search; 1 when a bound is missed."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DUKAN_STATE_DIR", folder)
        from rich.console import Console

        from bot.db import schema
        from bot.shop.importing import import_file
        from bot.shop.importing.command import refresh_meaning

        products = catalogue(data, random.Random(7))
        path = Path(folder) / "shop.json"
        path.write_text(json.dumps({**data["shop"], "products": products}, ensure_ascii=False), encoding="utf-8")
        schema.migrate()
        for kind in ("shop", "branches", "products"):
            import_file(kind, path)
        refresh_meaning(Console(quiet=True))
        result = {"products": len(products), **measure(products, judged(data))}
    print(json.dumps(result))
    return int(result["p95_ms"] > BOUND_MS or result["ndcg_at_10"] < LEAST_NDCG)


if __name__ == "__main__":
    sys.exit(main())
