"""Engines and sessions: one engine a process, one short session a unit of work.

SQLite has one writer at a time and makes the others ask again and again, with growing pauses. Here they
queue at a lock file instead, which wakes the next one at once.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from anyio import to_thread
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from bot.db import finding
from bot.settings import settings

Found = TypeVar("Found")

LONGEST_WAIT = 10.0  # seconds, of a writer for its turn
# What is written goes to the write-ahead log first. It is carried over into the database seldom (every 8,000 pages
# of 4 kB): pages that every message changes are carried over once for many, and the disk is waited for seldom.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "cache_size=-16000",
    "wal_autocheckpoint=8000",
)
# Compiling a report's query to machine code takes PostgreSQL longer than running it; a page is found as quickly
# here or there on the disks of today, so that indexes are worth their while; and a report sorts in memory. It asks
# several questions at once: workers that share one of them only take the processors from the others.
POSTGRESQL = "-c jit=off -c random_page_cost=1.1 -c work_mem=16MB -c max_parallel_workers_per_gather=0"

_json_encoder = msgspec.json.Encoder()


def _dump_json(value: Any) -> str:
    return _json_encoder.encode(value).decode()


def make_engine(url: str) -> Engine:
    """An engine for `url` with the pragmas and pool both databases need.

    SQLite runs in WAL mode. A transaction that will write begins IMMEDIATE (see `writing`), so that two
    writers queue instead of failing half-way; one that does not come through `writing` is waited for.
    """
    common: dict[str, Any] = {"future": True, "json_serializer": _dump_json, "json_deserializer": msgspec.json.decode}
    if not url.startswith("sqlite"):
        common["connect_args"] = {"options": POSTGRESQL}
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, **common)

    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": LONGEST_WAIT},
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,  # the connection used last still holds the pages it read; the others' have grown old
        **common,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
        # Straight to the driver: as a statement of SQLAlchemy's it would cost more than what it opens.
        connection.connection.driver_connection.execute(f"BEGIN {mode}")

    return engine


@lru_cache(maxsize=4)
def engine_for(url: str) -> Engine:
    return make_engine(url)


def engine() -> Engine:
    """The engine of this process."""
    return engine_for(settings().database)


@lru_cache(maxsize=4)
def _writer(url: str) -> Engine:
    """The same engine, for transactions that will write."""
    return engine_for(url).execution_options(writes=True)


class _Turnstile:
    """Lets one writer of this machine at a time through to a SQLite database.

    A thread that is through may go through again; the others follow when it has come out as often.

    Args:
        path: of a file beside the database that exists for its lock alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = 0
        self._file: int | None = None  # kept open: opening it costs more than locking it

    def _open(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            weakref.finalize(self, os.close, self._file)
        return self._file

    def enter(self, *, wait: bool = True) -> bool:
        """Go through; False if another is there and `wait` is not wanted.

        Raises:
            OperationalError: it did not become free in time.
        """
        if not self._threads.acquire(timeout=LONGEST_WAIT if wait else 0):
            if wait:
                raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
            return False
        try:
            if not self._depth:
                fcntl.flock(self._open(), fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._threads.release()
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._depth += 1
        return True

    def leave(self) -> None:
        """Come out."""
        self._depth -= 1
        if not self._depth:
            fcntl.flock(self._open(), fcntl.LOCK_UN)
        self._threads.release()

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *_: object) -> None:
        self.leave()


@lru_cache(maxsize=4)
def _turnstile(url: str) -> _Turnstile | None:
    database = make_url(url).database
    if not url.startswith("sqlite") or not database or database == ":memory:":
        return None
    return _Turnstile(Path(f"{database}-writer"))


@contextmanager
def reading() -> Iterator[Session]:
    """A session to look things up in; what is changed in it is dropped."""
    with Session(engine(), future=True, autoflush=False, expire_on_commit=False) as session:
        yield session


def has_other_writers() -> bool:
    """Whether other gateways may change the database: a SQLite file has one, which tells its watchers of every change."""
    return engine().dialect.name != "sqlite"


async def looked_up(look: Callable[..., Found], *args: Any, **options: Any) -> Found:
    """What a short look-up, or an action, gives, without holding up the event loop.

    It runs in a thread where the database is across a network. SQLite's readers wait for nobody, and handing
    a look-up to a thread costs more than the look-up: it runs here. So does an action, which seldom writes, and
    then waits for its turn no longer than another process's short writing takes.
    """
    if engine().dialect.name == "sqlite":
        return look(*args, **options)
    return await to_thread.run_sync(partial(look, *args, **options))


@contextmanager
def writing() -> Iterator[Session]:
    """A session whose changes are committed together at the end of the block, or not at all."""
    with (
        _turnstile(settings().database) or nullcontext(),
        Session(_writer(settings().database), future=True, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


async def written(work: Callable[..., Found], *args: Any) -> Found:
    """What a short piece of writing gives, without holding up the event loop.

    It runs in a thread, unless SQLite's one writer's place is free: then it is done sooner than handed over.
    """
    turnstile = _turnstile(settings().database)
    if turnstile is None or not turnstile.enter(wait=False):
        return await to_thread.run_sync(partial(work, *args))
    try:
        return work(*args)
    finally:
        turnstile.leave()


def rewrite() -> bool:
    """Write SQLite's file anew, so that what was deleted is in none of its bytes; whether that is done.

    PostgreSQL gives such space back by itself.
    """
    if engine().dialect.name != "sqlite":
        return True
    with _turnstile(settings().database) or nullcontext():
        raw = engine().raw_connection()
        try:
            finding.forget_deleted(raw)
            raw.execute("VACUUM")
            (busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.close()
    return not busy
