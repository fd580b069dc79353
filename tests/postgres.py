"""A PostgreSQL server of the tests' own: in a temporary folder, on a free loopback port, gone with the run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def binaries() -> Path | None:
    """Folder of PostgreSQL's programs, or None when it is not installed."""
    found = next((folder for folder in _FOLDERS if (folder / "initdb").exists()), None)
    if found is None and (on_path := shutil.which("initdb")):
        return Path(on_path).parent
    return found


def required() -> None:
    """Pass only where PostgreSQL is installed: skip without it, fail on CI."""
    if binaries() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "PostgreSQL is not installed (Debian's package postgresql)"
        )


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """Starts when made; `url(name)` addresses a database of it."""

    def __init__(self) -> None:
        programs = binaries()
        assert programs is not None
        self._programs = programs
        # In memory where the system offers it: nothing of it outlives the run, and stopping needs no disk.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="dukan-postgres-", dir=memory))
        # PostgreSQL does not run as root: Debian's package brings a user for it.
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        self._port = free_port()
        self._run("initdb", "-D", self._folder / "data", "-U", "dukan", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = f"-p {self._port} -h 127.0.0.1 -k {self._folder} -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", self._folder / "data", "-w", "-o", options, "-l", self._folder / "log", "start")

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as_user, str(self._programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg2://dukan@127.0.0.1:{self._port}/{database}"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)
