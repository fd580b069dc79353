"""Engines and sessions: one engine a process, one short session a unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from bot.settings import settings

_json_encoder = msgspec.json.Encoder()


def _dump_json(value: Any) -> str:
    return _json_encoder.encode(value).decode()


def make_engine(url: str) -> Engine:
    """An engine for `url` with the pragmas and pool both databases need.

    SQLite runs in WAL mode; a write waits up to 10 s for its turn. A transaction that will write
    begins IMMEDIATE (see `writing`), so that two writers queue instead of failing half-way.
    """
    common: dict[str, Any] = {"future": True, "json_serializer": _dump_json, "json_deserializer": msgspec.json.decode}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, **common)

    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 10},
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
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@lru_cache(maxsize=4)
def engine_for(url: str) -> Engine:
    return make_engine(url)


def engine() -> Engine:
    """The engine of this process."""
    return engine_for(settings().database)


@contextmanager
def reading() -> Iterator[Session]:
    """A session to look things up in; what is changed in it is dropped."""
    with Session(engine(), future=True, autoflush=False, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """A session whose changes are committed together at the end of the block, or not at all."""
    bound = engine().execution_options(writes=True)
    with Session(bound, future=True, expire_on_commit=False) as session, session.begin():
        yield session
