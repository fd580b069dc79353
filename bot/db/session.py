"""Engines and sessions: one engine a process, one short session a unit of work.

SQLite has one writer at a time and makes the others ask again and again, with growing pauses. Here they
queue at a lock file instead, which wakes the next one at once.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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

from bot.settings import settings

Found = TypeVar("Found")

LONGEST_WAIT = 10.0  # seconds, of a writer for its turn

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
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, **common)

    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": LONGEST_WAIT},
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=20,
        **common,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000"):
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


class _Turnstile:
    """Lets one writer of this machine at a time through to a SQLite database.

    Args:
        path: of a file beside the database that exists for its lock alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    def __enter__(self) -> None:
        if not self._threads.acquire(timeout=LONGEST_WAIT):
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
        try:
            self._file = self._path.open("wb")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:
            self._threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._threads.release()


@lru_cache(maxsize=4)
def _turnstile(url: str) -> AbstractContextManager[None]:
    database = make_url(url).database
    if not url.startswith("sqlite") or not database or database == ":memory:":
        return nullcontext()
    return _Turnstile(Path(f"{database}-writer"))


@contextmanager
def reading() -> Iterator[Session]:
    """A session to look things up in; what is changed in it is dropped."""
    with Session(engine(), future=True, autoflush=False, expire_on_commit=False) as session:
        yield session


async def looked_up(look: Callable[..., Found], *args: Any, **options: Any) -> Found:
    """What a short look-up gives, without holding up the event loop.

    It runs in a thread where the database is across a network. SQLite's readers wait for nobody, and handing
    a look-up to a thread costs more than the look-up: it runs here.
    """
    if engine().dialect.name == "sqlite":
        return look(*args, **options)
    return await to_thread.run_sync(partial(look, *args, **options))


@contextmanager
def writing() -> Iterator[Session]:
    """A session whose changes are committed together at the end of the block, or not at all."""
    bound = engine().execution_options(writes=True)
    with (
        _turnstile(settings().database),
        Session(bound, future=True, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session
