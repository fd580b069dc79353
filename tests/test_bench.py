"""Every bench can be run, says what it measures, and is known to `scripts/bench` and to the documentation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.settings import ROOT

MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "bench").glob("*.py"))}
SHARED = {"load", "visits"}  # what several benches use; they are not run by themselves
BENCHES = [path for path in MODULES if path.stem not in SHARED]


def name_of(path: Path) -> str:
    return path.stem


def test_the_benches_are_found() -> None:
    assert {"import_speed", "conversation", "stock_rasa", "compare"} <= set(map(name_of, BENCHES))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(MODULES[path])


@pytest.mark.parametrize("path", BENCHES, ids=name_of)
def test_every_bench_can_be_run(path: Path) -> None:
    assert "main" in {node.name for node in MODULES[path].body if isinstance(node, ast.FunctionDef)}
    assert 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BENCHES, ids=name_of)
def test_every_bench_is_run_by_the_script_and_documented(path: Path) -> None:
    assert f"\nrun {path.stem}" in (ROOT / "scripts" / "bench").read_text().replace("\n  run", "\nrun")
    assert f"`bench/{path.name}`" in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
