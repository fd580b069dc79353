"""Keeps the processes of one machine alive: action server, Rasa, gateway; started by `python -m bot serve` and `run`.

A process that dies is started again with a growing pause; one that cannot start at all ends the
whole with its one line of advice. Ctrl-C or SIGTERM stops all and leaves none behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.settings import PREFIX, ROOT, Settings

FIRST_PAUSE = 0.2  # seconds before the first restart
LONGEST_PAUSE = 10.0
STEADY_AFTER = 20.0  # seconds alive after which a process counts as well again
START_TIMEOUT = 90.0
STOP_TIMEOUT = 8.0
FATAL = 78  # EX_CONFIG of sysexits.h: starting again would not help


class CannotStart(RuntimeError):
    """The system cannot run; the message says what to do."""


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """In a child before it becomes the process: end when the supervisor ends, however it ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@dataclass
class Process:
    """One supervised process."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    popen: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "bot", *self.arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor alone
            preexec_fn=_die_with_parent,
        )
        self.started_at = time.monotonic()


def check_port(rules: Settings) -> None:
    """Pass only when the gateway's port is free.

    Raises:
        CannotStart: somebody listens on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((rules.host, rules.port))
        except OSError as error:
            raise CannotStart(
                f"Port {rules.port} is taken ({error.strerror}). "
                f"Stop what listens there, or choose another: {PREFIX}PORT=8001"
            ) from error


class Supervisor:
    """Runs the processes until told to stop.

    Args:
        rules: the settings; addresses they leave empty are filled with free loopback ports.
        say: shows a line of progress.
    """

    def __init__(self, rules: Settings, say: Callable[[str], None]) -> None:
        self._rules = rules
        self._say = say
        self._stopping = False
        # glibc gives every thread that allocates an arena of its own, and back almost nothing of it.
        environment = {"MALLOC_ARENA_MAX": "2"} | dict(os.environ)
        environment |= {
            f"{PREFIX}RASA_URL": rules.rasa_url or f"http://127.0.0.1:{free_port()}",
            f"{PREFIX}ACTIONS_URL": rules.actions_url or f"http://127.0.0.1:{free_port()}",
            f"{PREFIX}INTERNAL_TOKEN": rules.secret("internal_token"),
            f"{PREFIX}SECRET_KEY": rules.secret("secret_key"),
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONUNBUFFERED": "1",
        }
        local = {"actions": rules.actions_url, "rasa": rules.rasa_url, "gateway": ""}
        self.processes = [
            Process(name, ["process", name], environment) for name, elsewhere in local.items() if not elsewhere
        ]

    def run(self, on_ready: Callable[[], None]) -> None:
        """Start everything, call `on_ready` once all parts answer, and keep them alive until stopped.

        Raises:
            CannotStart: a process cannot run at all.
        """
        check_port(self._rules)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            for process in self.processes:
                self._say(f"starting {process.name}")
                process.start()
            self._wait_until_ready()
            if not self._stopping:
                on_ready()
            while not self._stopping:
                self._look_after()
                time.sleep(0.2)
        finally:
            self._end_all()

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_TIMEOUT
        while not self._stopping and not self._healthy():
            self._look_after()
            if time.monotonic() > end:
                raise CannotStart(f"The processes do not answer after {START_TIMEOUT:.0f} s; their log is above.")
            time.sleep(0.1)

    def _healthy(self) -> bool:
        host = "127.0.0.1" if self._rules.host in ("0.0.0.0", "::") else self._rules.host
        try:
            with urllib.request.urlopen(f"http://{host}:{self._rules.port}/health", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _look_after(self) -> None:
        for process in self.processes:
            assert process.popen is not None
            code = process.popen.poll()
            if code is None:
                if time.monotonic() - process.started_at > STEADY_AFTER:
                    process.pause = FIRST_PAUSE
                continue
            if code == FATAL:
                raise CannotStart("")  # the process said what to do
            if not process.restart_at:
                process.restart_at = time.monotonic() + process.pause
                self._say(f"{process.name} ended with {code}; starting it again in {process.pause:.1f} s")
                process.pause = min(process.pause * 2, LONGEST_PAUSE)
            elif time.monotonic() >= process.restart_at:
                process.restart_at = 0.0
                process.start()

    def _end_all(self) -> None:
        alive = [process.popen for process in self.processes if process.popen and process.popen.poll() is None]
        for popen in alive:
            popen.terminate()
        end = time.monotonic() + STOP_TIMEOUT
        for popen in alive:
            try:
                popen.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()
