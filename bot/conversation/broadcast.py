"""Carries changes between the gateways that share a PostgreSQL database: what one publishes wakes the watchers of all.

PostgreSQL's own LISTEN and NOTIFY do it, so no other server is needed. A notice that is lost with a
broken connection costs a watcher the seconds until it looks by itself, and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import islice
from typing import Any

import psycopg2
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversation.live import Hub

logger = logging.getLogger(__name__)

CHANNEL = "dukan_changes"
GATHER_SECONDS = 0.02  # changes that come together travel together
MOST_TOPICS = 100  # of a notice: PostgreSQL takes 8,000 bytes
AGAIN_AFTER = 2.0  # seconds, when the database cannot be reached


class Broadcast:
    """Both directions, for as long as the gateway lives.

    Args:
        hub: the watchers of this process.
        engine: of a PostgreSQL database.
        name: of this process, without blanks: its own notices are not heard again.
    """

    def __init__(self, hub: Hub, engine: Engine, name: str) -> None:
        self._hub = hub
        self._engine = engine
        self._name = name
        self._untold: dict[str, None] = {}  # topics, in the order of their first change
        self._changed = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen and to tell."""
        self._loop = asyncio.get_running_loop()
        self._hub.carry_on = self._note_from_any_thread
        self._loops = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell())]

    async def stop(self) -> None:
        """End; what is untold stays so."""
        self._hub.carry_on = None
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    def _note_from_any_thread(self, topic: str) -> None:
        with suppress(RuntimeError):  # the loop closed in between
            self._loop.call_soon_threadsafe(self._note, topic)

    def _note(self, topic: str) -> None:
        self._untold[topic] = None
        self._changed.set()

    async def _tell(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._changed.clear()
            while topics := list(islice(self._untold, MOST_TOPICS)):
                for topic in topics:
                    del self._untold[topic]
                try:
                    await run_in_threadpool(self._notify, " ".join([self._name, *topics]))
                except SQLAlchemyError:
                    logger.warning("other gateways could not be told of a change; they look by themselves")

    def _notify(self, notice: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(select(func.pg_notify(CHANNEL, notice)))

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear_until_lost()
            except (SQLAlchemyError, psycopg2.Error):
                logger.warning("changes of other gateways are not told for now; watchers look by themselves")
            await asyncio.sleep(AGAIN_AFTER)

    async def _hear_until_lost(self) -> None:
        connection = await run_in_threadpool(self._open)
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(connection.fileno(), news.set)
        try:
            while True:
                await news.wait()
                news.clear()
                connection.poll()
                while connection.notifies:
                    self._hear(connection.notifies.pop(0).payload)
        finally:
            loop.remove_reader(connection.fileno())
            connection.close()

    def _open(self) -> Any:
        """A connection of the driver's, out of the pool for good, that listens."""
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        connection.set_session(autocommit=True)
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        return connection

    def _hear(self, notice: str) -> None:
        sender, *topics = notice.split(" ")
        if sender != self._name:
            for topic in topics:
                self._hub.hear(topic)
