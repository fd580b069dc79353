"""Tells those who watch a conversation or the queue, within this process, that something changed.

A change carries no data: whoever is told reads the database. A watcher that hears nothing reads
again after its own time-out, so a change made by another process is seen too, only later; between
gateways that share a database `bot.conversation.broadcast` carries it on at once.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import lru_cache

QUEUE = "queue"


def spread(seconds: float) -> float:
    """A rest of half of `seconds` at least and `seconds` at most: watchers that came together shall not look together."""
    return seconds * random.uniform(0.5, 1)  # noqa: S311 - nothing is kept secret by it


def conversation_topic(conversation_id: str) -> str:
    """The topic of one conversation."""
    return f"conversation:{conversation_id}"


class Subscription:
    """What one watcher has not looked at yet."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()  # the loop's
        self._woken = asyncio.Event()
        self._changed: set[str] = set()

    def _mark(self, topic: str) -> None:
        self._changed.add(topic)
        self._woken.set()

    def mark(self, topic: str) -> None:
        """Note a change; from any thread."""
        if threading.get_ident() == self._thread:
            self._mark(topic)
            return
        with suppress(RuntimeError):  # the loop closed between publishing and telling
            self._loop.call_soon_threadsafe(self._mark, topic)

    async def wait(self, timeout: float) -> set[str]:
        """Topics that changed since the last call, as soon as there are any; none after `timeout` seconds."""
        try:
            await asyncio.wait_for(self._woken.wait(), timeout)
        except asyncio.TimeoutError:
            return set()
        changed, self._changed = self._changed, set()
        self._woken.clear()
        return changed


class Hub:
    """Watchers by topic.

    `carry_on`, if set, is told the topics published here, to tell watchers elsewhere; from any thread.
    """

    carry_on: Callable[[str], None] | None = None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: dict[str, set[Subscription]] = defaultdict(set)
        self._expected: set[str] = set()

    def expect(self, topic: str) -> None:
        """A change of a topic is on its way: whoever wants to see it need not look before it is published."""
        with self._lock:
            self._expected.add(topic)

    def is_expected(self, topic: str) -> bool:
        """Whether a change was announced and not published yet."""
        return topic in self._expected

    def publish(self, topic: str) -> None:
        """Tell all watchers of a topic; from any thread."""
        self.hear(topic)
        if self.carry_on is not None:
            self.carry_on(topic)

    def hear(self, topic: str) -> None:
        """Tell the watchers of this process alone; from any thread."""
        with self._lock:
            self._expected.discard(topic)
            watchers = list(self._watchers.get(topic, ()))
        for watcher in watchers:
            watcher.mark(topic)

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[Subscription]:
        """Watch topics while the block runs."""
        subscription = Subscription(asyncio.get_running_loop())
        with self._lock:
            for topic in topics:
                self._watchers[topic].add(subscription)
        try:
            yield subscription
        finally:
            with self._lock:
                for topic in topics:
                    self._watchers[topic].discard(subscription)
                    if not self._watchers[topic]:
                        del self._watchers[topic]


@lru_cache(maxsize=1)
def hub() -> Hub:
    """The hub of this process."""
    return Hub()
