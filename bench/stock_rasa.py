"""The same measures of Rasa's own starter project, as `rasa init` makes it, over its REST channel.

Run as `python -m bench.stock_rasa [--rounds 3]`; one line of JSON. The starter is made and trained once,
with its default pipeline and policies, into `var/bench`. It brings no custom actions, so it runs as one process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import aiohttp

from bench.load import measure
from bot.clock import new_id
from bot.settings import ROOT
from tests.postgres import free_port

START_TIMEOUT = 180.0  # seconds
_MOODS = (
    "hi",
    "great",
    "bye",
    "hello",
    "I am sad",
    "yes",
    "are you a bot?",
    "hey",
    "not very good",
    "no",
    "see you later",
    "good morning",
    "feeling like a king",
    "goodbye",
    "hey there",
    "my day was horrible",
    "that sounds good",
    "am I talking to a human?",
    "perfect",
    "cu",
)


def starter() -> Path:
    """Folder of the starter project, made and trained if it is not there yet."""
    folder = ROOT / "var" / "bench" / f"stock-rasa-{version('rasa')}"
    if any(folder.glob("models/*.tar.gz")):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    print("making and training Rasa's starter project (some minutes, once)", file=sys.stderr)
    with (folder / "init.log").open("w") as log:
        subprocess.run(
            [sys.executable, "-m", "rasa", "init", "--no-prompt", "--init-dir", str(folder)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(),
            check=True,
        )
    return folder


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


class RestTalk:
    """One conversation over Rasa's REST channel: the answer to the call is the bot's reply."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._sender = new_id()

    async def say(self, text: str) -> None:
        """Send a message and return once its answer was read."""
        async with self._http.post(self._url, json={"sender": self._sender, "message": text}) as answer:
            if answer.status != 200:
                raise RuntimeError(f"the message was answered with status {answer.status}")
            await answer.json()


class StockRasa:
    """`rasa run` on the starter project, started and stopped as a context.

    Args:
        folder: the starter project.
    """

    name = "stock_rasa"
    visits = 4
    growing = _MOODS[:10]

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._url = f"http://127.0.0.1:{free_port()}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> StockRasa:
        port = self._url.rsplit(":", 1)[1]
        with (self._folder / "run.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1", "--port", port],
                cwd=self._folder,
                env=_environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the starter did not start; see {self._folder / 'run.log'}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/status", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def process_id(self) -> int:
        """`rasa run`."""
        assert self.process is not None
        return self.process.pid

    def visit(self, number: int) -> Sequence[str]:
        """What a customer says in the n-th conversation: always the same, the starter remembers no sentences."""
        return _MOODS

    async def open(self, http: aiohttp.ClientSession) -> RestTalk:
        """Open a conversation: a sender nobody saw before."""
        return RestTalk(http, f"{self._url}/webhooks/rest/webhook")

    async def first_answer(self) -> None:
        """Say hello once."""
        async with aiohttp.ClientSession() as http:
            await (await self.open(http)).say(_MOODS[0])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure Rasa's starter project over its REST channel.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of load at 1 and at 16 customers")
    parser.add_argument("--long-conversations", type=int, default=3, help="conversations of 200 messages")
    options = parser.parse_args()
    folder = starter()
    began = time.perf_counter()
    with StockRasa(folder) as stock:
        asyncio.run(stock.first_answer())
        startup = time.perf_counter() - began
        figures = asyncio.run(measure([stock], options.rounds, options.long_conversations))[stock.name]
    print(json.dumps({"bench": "stock_rasa", "startup_seconds": round(startup, 1), **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
