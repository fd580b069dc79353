"""Dukan and Rasa's starter project side by side: both run at once, rounds of load go to one and the other by turns.

Run as `python -m bench.compare [--rounds 4]`; one line of JSON with the figures of both and how they relate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.conversation import Dukan
from bench.load import CUSTOMERS, measure
from bench.stock_rasa import StockRasa, starter

LEAST_THROUGHPUT_RATIO = 3.0
MOST = CUSTOMERS[-1]


def relate(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    """Dukan's figures divided by the starter's; more is better for throughput, less for all others."""
    pairs = {
        f"throughput_at_{MOST}": (ours[f"at_{MOST}"]["per_second"], theirs[f"at_{MOST}"]["per_second"]),
        **{
            f"p50_at_{customers}": (ours[f"at_{customers}"]["p50_ms"], theirs[f"at_{customers}"]["p50_ms"])
            for customers in CUSTOMERS
        },
        "memory": (ours["memory"]["resident_mb"], theirs["memory"]["resident_mb"]),
    }
    if "growth" in ours:
        pairs["growth"] = (ours["growth"]["ratio"], theirs["growth"]["ratio"])
    return {name: round(mine / other, 2) for name, (mine, other) in pairs.items()}


def main() -> int:
    """Measure, print, and say by the exit code whether Dukan is as much faster as it has to be."""
    parser = argparse.ArgumentParser(description="Measure Dukan and Rasa's starter project by turns.")
    parser.add_argument("--rounds", type=int, default=4, help="rounds of load at 1 and at 16 customers, for each")
    parser.add_argument("--long-conversations", type=int, default=2, help="conversations of 200 messages, for each")
    options = parser.parse_args()
    folder = starter()
    with (
        tempfile.TemporaryDirectory(prefix="dukan-bench-") as state,
        Dukan(Path(state)) as dukan,
        StockRasa(folder) as stock,
    ):
        figures = asyncio.run(measure([dukan, stock], options.rounds, options.long_conversations))
    ratios = relate(figures[dukan.name], figures[stock.name])
    print(json.dumps({"bench": "compare", **figures, "ratios": ratios}))
    return 0 if ratios[f"throughput_at_{MOST}"] >= LEAST_THROUGHPUT_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
