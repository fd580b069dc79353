"""The same course of a talk in shops of several trades, imported into the running system from files of the tests.

One is a Shopify export in English alone, asked about in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.journeys.following import follow
from tests.running import System

TRADES = Path(__file__).parent / "trades"
TALKS = yaml.safe_load((TRADES / "talks.yml").read_text(encoding="utf-8"))
KINDS = ("shop", "branches", "delivery", "policies", "selling", "products")


@pytest.fixture(scope="module", params=["furniture", "fashion", "groceries", "phones"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, System]]:
    """A trade, and the whole system as the shop of that trade has it."""
    trade = request.param
    system = System(tmp_path_factory.mktemp(trade))
    path = TRADES / f"{trade}.json"
    sections = yaml.safe_load(path.read_text(encoding="utf-8"))
    for kind in KINDS:
        if kind in sections or kind == "delivery":
            imported = system.command("import", kind, str(path))
            assert imported.returncode == 0, imported.stdout + imported.stderr
    if (export := TRADES / f"{trade}.csv").exists():
        imported = system.command("import", "products", str(export), "--format", "shopify")
        assert imported.returncode == 0, imported.stdout + imported.stderr
    system.start()
    yield trade, system
    assert system.stop() == 0, "\n".join(system.lines[-40:])


def test_talks_of_the_trade(shop: tuple[str, System]) -> None:
    trade, system = shop
    for talk in (talk for talk in TALKS if talk["trade"] == trade):
        follow(system, talk)
