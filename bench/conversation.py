"""How fast Dukan answers through its gateway, how much memory it takes, and what a long conversation costs.

Run as `python -m bench.conversation [--rounds 3]`; one line of JSON. The system is started as its users
start it, in a temporary folder, with the demonstration shop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from bench.load import measure
from bench.visits import GROWING, VISITS, visit
from bot.clock import new_id
from tests.running import System

MOST_STARTUP_SECONDS, MOST_MEMORY_MB, MOST_GROWTH = 20.0, 1500, 1.5
_PASSED_ON = ("DUKAN_MODEL_DIR", "DUKAN_DATABASE_URL")


class WebTalk:
    """One conversation over the customer API: a message is posted, its answer read by long poll."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seen = 0

    async def say(self, text: str) -> None:
        """Send a message and return once its answer was read."""
        body = {"client_message_id": new_id(), "text": text}
        async with self._http.post(self._url, json=body, headers=self._headers) as answer:
            if answer.status != 202:
                raise RuntimeError(f"the message was answered with status {answer.status}")
            await answer.read()
        query = {"after": str(self._seen), "wait": "30"}
        async with self._http.get(self._url, params=query, headers=self._headers) as answer:
            found = await answer.json()
        if found["owner"] != "bot" or not any(message["author"] == "bot" for message in found["messages"]):
            raise RuntimeError(f"the bot did not answer: {text}")
        self._seen = found["messages"][-1]["id"]


class Dukan:
    """Dukan with the demonstration shop, started and stopped as a context.

    Args:
        state_dir: everything it writes.
    """

    name = "dukan"
    visits = VISITS
    growing = GROWING

    def __init__(self, state_dir: Path) -> None:
        settings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self.running = System(state_dir, DUKAN_LOG_LEVEL="WARNING", **settings)

    def __enter__(self) -> Dukan:
        self.running.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.running.stop()

    def process_id(self) -> int:
        """The supervisor."""
        assert self.running.process is not None
        return self.running.process.pid

    def visit(self, number: int) -> Sequence[str]:
        """What a customer says in the n-th conversation."""
        return visit(number)

    async def open(self, http: aiohttp.ClientSession) -> WebTalk:
        """Open a conversation."""
        root = f"{self.running.url}/api/v1/conversations"
        async with http.post(root, json={}) as answer:
            opened = await answer.json()
        return WebTalk(http, f"{root}/{opened['conversation_id']}/messages", opened["token"])


def second_start(state_dir: Path) -> float:
    """Seconds from the start of a system that ran before until its first answer."""
    with Dukan(state_dir):
        pass
    began = time.perf_counter()
    with Dukan(state_dir) as dukan:
        dukan.running.customer().say(visit(0)[0])
        return time.perf_counter() - began


def main() -> int:
    """Measure, print, and say by the exit code whether the bounds are held."""
    parser = argparse.ArgumentParser(description="Measure Dukan through its gateway.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of load at 1 and at 16 customers")
    parser.add_argument("--long-conversations", type=int, default=3, help="conversations of 200 messages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dukan-bench-") as folder:
        startup = second_start(Path(folder))
        with Dukan(Path(folder)) as dukan:
            figures = asyncio.run(measure([dukan], options.rounds, options.long_conversations))[dukan.name]
    print(json.dumps({"bench": "conversation", "startup_seconds": round(startup, 1), **figures}))
    held = startup <= MOST_STARTUP_SECONDS and figures["memory"]["resident_mb"] <= MOST_MEMORY_MB
    return 0 if held and figures.get("growth", {"ratio": 0})["ratio"] <= MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
