"""Changes carried between gateways by a real PostgreSQL server: heard elsewhere, not twice, and again after it was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.conversation import broadcast
from bot.conversation.broadcast import Broadcast
from bot.conversation.live import QUEUE, Hub, conversation_topic
from bot.db.session import engine_for

SOON = 5.0  # seconds; watchers that hear nothing look later than that only where the machine is very slow


@pytest.fixture
def engine(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr(broadcast, "AGAIN_AFTER", 0.1)
    return engine_for(postgres_url)


@asynccontextmanager
async def _gateways(engine: Engine) -> AsyncIterator[tuple[Hub, Hub]]:
    """The hubs of two gateways that have begun to listen."""
    hubs = Hub(), Hub()
    both = [Broadcast(hub, engine, name) for hub, name in zip(hubs, ("one", "two"))]
    for one in both:
        one.start()
    try:
        for sender, other in (hubs, hubs[::-1]):
            assert await _heard(sender, other, "opened")
        yield hubs
    finally:
        for one in both:
            await one.stop()


async def _heard(sender: Hub, other: Hub, topic: str) -> bool:
    """Whether what one publishes reaches the other's watchers; tried until it must have."""
    async with other.subscribe(topic) as changes:
        for _ in range(int(SOON / 0.1)):
            sender.publish(topic)
            if topic in await changes.wait(0.1):
                return True
    return False


def test_a_change_wakes_the_watchers_of_the_other_gateway(engine: Engine) -> None:
    async def run() -> None:
        async with _gateways(engine) as (one, two):
            topic = conversation_topic("c" * 32)
            async with two.subscribe(topic, QUEUE) as changes, two.subscribe("else") as unconcerned:
                one.publish(topic)
                assert await changes.wait(SOON) == {topic}
                assert await unconcerned.wait(0.2) == set()

    asyncio.run(run())


def test_a_gateway_does_not_hear_itself_again(engine: Engine) -> None:
    async def run() -> None:
        async with _gateways(engine) as (one, two), one.subscribe(QUEUE) as own, two.subscribe(QUEUE) as others:
            one.publish(QUEUE)
            assert await own.wait(SOON) == {QUEUE}
            assert await others.wait(SOON) == {QUEUE}  # it has been there and back by now
            assert await own.wait(0.2) == set()

    asyncio.run(run())


def test_a_thousand_changes_at_once_all_arrive(engine: Engine) -> None:
    async def run() -> None:
        async with _gateways(engine) as (one, two):
            topics = {conversation_topic(f"{number:032x}") for number in range(1000)}
            async with two.subscribe(*topics) as changes:
                for topic in topics:
                    one.publish(topic)
                heard: set[str] = set()
                while heard != topics:
                    news = await changes.wait(SOON)
                    assert news
                    heard |= news

    asyncio.run(run())


def test_it_listens_again_after_the_connection_was_lost(engine: Engine) -> None:
    async def run() -> None:
        async with _gateways(engine) as (one, two):
            with engine.begin() as connection:
                lost = connection.execute(
                    text(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        " WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN %'"
                    )
                ).scalar()
            assert lost == 2
            assert await _heard(one, two, QUEUE)

    asyncio.run(run())
