"""The whole system, started as its users start it, on a free port and in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.clock import new_id
from bot.settings import ROOT
from bot.words.masking import mask
from tests.postgres import free_port

START_TIMEOUT = 600.0  # seconds; a first start trains the model
API_KEY = "key-of-the-tests"
SHORTEST_SAID = 10  # characters: "hello" may be in any line


class System:
    """`python -m bot run` in a process of its own.

    Args:
        state_dir: everything it writes.
        environment: further settings.
    """

    def __init__(self, state_dir: Path, **environment: str) -> None:
        self.state_dir = state_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DUKAN_")},
            "DUKAN_PORT": str(self.port),
            "DUKAN_PUBLIC_URL": self.url,
            "DUKAN_STATE_DIR": str(state_dir),
            # One trained model for all systems of a test run, and for the next run if nothing changed.
            "DUKAN_MODEL_DIR": str(ROOT / "var" / "models"),
            "DUKAN_API_KEY": API_KEY,
            "DUKAN_MESSAGE_RATE": "1000",
            "DUKAN_MESSAGE_BURST": "1000",
            "DUKAN_CONVERSATION_RATE": "1000",
            "DUKAN_CONVERSATION_BURST": "1000",
            "DUKAN_CALLER_MISSES": "1000",
            "DUKAN_LOG_LEVEL": "DEBUG",  # the most that can be written: `leaks` looks for customers in it
            "NO_COLOR": "1",
            "COLUMNS": "200",
            **environment,
        }
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._customers: list[Customer] = []
        self.said: set[str] = set()  # by all customers

    def start(self) -> System:
        """Start and return once it says it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        end = time.monotonic() + START_TIMEOUT
        while not any(line.startswith("Ready.") for line in self.lines):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise AssertionError("the system did not start:\n" + "\n".join(self.lines))
            time.sleep(0.05)
        return self

    def _listen(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        # Closed here alone: another thread that closed it would wait until the last process that may write has ended.
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line.rstrip("\n"))

    def die(self) -> None:
        """End the supervisor without warning."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stop as Ctrl-C does; the exit code."""
        assert self.process is not None
        for customer in self._customers:
            customer.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._listener.join(5)
        return code

    def setup_link(self) -> str:
        """The desk's one-time set-up link, as printed."""
        return next(match[0] for line in self.lines if (match := re.search(r"http\S+/desk/setup/\S+", line)))

    def command(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `python -m bot …` on the same database."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            **options,
        )

    def children(self) -> dict[str, int]:
        """Process ids of the supervised processes by name."""
        assert self.process is not None
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        ).stdout
        return {m[2]: int(m[1]) for m in re.finditer(r"(\d+) .* -m bot process (\w+)", listed)}

    def kill(self, name: str) -> None:
        """Kill a supervised process without warning."""
        os.kill(self.children()[name], signal.SIGKILL)

    def leaks(self) -> list[str]:
        """Lines of the log that hold what a customer said, an e-mail address or a phone number."""
        words = [text for text in self.said if len(text) >= SHORTEST_SAID]
        lines = [line for line in self.lines if line.startswith("{")]
        return [line for line in lines if mask(line) != line or any(text in line for text in words)]

    def customer(self, locale: str | None = None) -> Customer:
        """A customer who opens a conversation."""
        self._customers.append(Customer(self.url, locale, said=self.said))
        return self._customers[-1]


def text_of(messages: list[dict[str, Any]]) -> str:
    """Everything readable in messages, as one text."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key not in ("payload", "type", "author", "created_at", "lang", "image", "url"):
                    collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    for message in messages:
        collect(message["parts"])
    return "\n".join(found).replace("\u2068", "").replace("\u2069", "")


@dataclass
class Customer:
    """A customer on the web channel, over the contract API."""

    url: str
    locale: str | None = None
    said: set[str] = field(default_factory=set)
    seen: int = 0
    owner: str = "bot"
    queue_position: int | None = None
    last: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=45)
        opened = self.client.post("/api/v1/conversations", json={"locale": self.locale})
        assert opened.status_code == 201, opened.text
        self.conversation_id: str = opened.json()["conversation_id"]
        self.token: str = opened.json()["token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"
        self.root = f"/api/v1/conversations/{self.conversation_id}/messages"

    def __del__(self) -> None:
        self.client.close()

    def post(self, text: str | None = None, payload: str | None = None, key: str | None = None) -> httpx.Response:
        """Send a message without waiting for its answer."""
        self.said.add(text or "")
        body = {"client_message_id": key or new_id(), "text": text, "payload": payload}
        return self.client.post(self.root, json={name: value for name, value in body.items() if value is not None})

    def read(self, wait: int = 0) -> list[dict[str, Any]]:
        """Messages not seen yet."""
        answer = self.client.get(self.root, params={"after": self.seen, "wait": wait})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        self.owner, self.queue_position = found["owner"], found["queue_position"]
        self.seen = max([self.seen, *(message["id"] for message in found["messages"])])
        return found["messages"]

    def say(self, text: str | None = None, payload: str | None = None) -> str:
        """Send a message and return everything the shop's side answers, as one text."""
        sent = self.post(text, payload)
        assert sent.status_code == 202, sent.text
        self.last = [message for message in self.read(wait=30) if message["author"] != "customer"]
        return text_of(self.last)

    def press(self, label: str) -> str:
        """Press the button of the last answer whose label contains `label`."""
        button = next(button for button in self.buttons() if label in button["label"])
        return self.say(button["label"], button["payload"])

    def buttons(self) -> list[dict[str, str]]:
        """All buttons of the last answer."""
        parts = [part for message in self.last for part in message["parts"]]
        cards = [card for part in parts for card in part.get("cards", [])]
        return [button for holder in [*parts, *cards] for button in holder.get("buttons", [])]
