"""What the desk does by itself while the gateway runs: offers waiting conversations, and sends webhooks."""

from __future__ import annotations

import asyncio
import logging

from starlette.concurrency import run_in_threadpool

from bot.conversation import assignment
from bot.conversation.live import QUEUE, hub
from bot.desk import webhooks

logger = logging.getLogger(__name__)

EVERY = 2.0  # seconds, when nothing happens
AT_MOST_EVERY = 0.2


class Keeper:
    """Two loops for as long as the process lives."""

    def __init__(self) -> None:
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._loops = [asyncio.create_task(self._assign()), asyncio.create_task(webhooks.send_for_ever())]

    async def stop(self) -> None:
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    async def _assign(self) -> None:
        async with hub().subscribe(QUEUE) as changes:
            while True:
                try:
                    await run_in_threadpool(assignment.sweep)
                except Exception:
                    logger.exception("offering waiting conversations failed")
                await asyncio.sleep(AT_MOST_EVERY)
                await changes.wait(EVERY)
