"""`python -m bot report` as somebody runs it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from tests.insight.conftest import Days, at

run = CliRunner().invoke


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_measures_in_the_terminal_and_as_json(days: Days) -> None:
    days.shop()
    days.order(days.conversation(at(2)), at(2), "1234.5")
    dates = ["report", "--from", "2026-09-01", "--to", "2026-09-30"]
    found = json.loads(run(cli, [*dates, "--json"]).output)
    assert (found["orders"], found["revenue"], found["csat"]) == (1, 1234.5, None)
    assert "SAR 1,234.50" in run(cli, dates).output
    for wrong in (["--from", "2026-09-30", "--to", "2026-09-01"], ["--from", "soon"]):
        ended = run(cli, ["report", *wrong])
        assert ended.exit_code == 2 and "Traceback" not in ended.output
