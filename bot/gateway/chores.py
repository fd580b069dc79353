"""What is done by itself while the gateway runs: follow-ups sent, erasures finished, old matters closed, the report sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from bot.conversation import follow_ups
from bot.gateway.report_mail import send_report
from bot.insight import interactions
from bot.insight.privacy import erasure, retention

logger = logging.getLogger(__name__)

EVERY = 60.0  # seconds
FOLLOW_UPS_EVERY = 2.0  # some of them are waited for
CHORES: tuple[Callable[[], object], ...] = (
    erasure.finish,
    interactions.close_silent,
    send_report,
    retention.carry_out_daily,
)


class Chores:
    """Loops for as long as the process lives."""

    def __init__(self) -> None:
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._loops = [
            asyncio.create_task(self._run(CHORES, EVERY)),
            asyncio.create_task(self._run((follow_ups.send_due,), FOLLOW_UPS_EVERY)),
        ]

    async def stop(self) -> None:
        """End."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    @staticmethod
    async def _run(chores: tuple[Callable[[], object], ...], every: float) -> None:
        while True:
            for chore in chores:
                try:
                    await run_in_threadpool(chore)
                except Exception:
                    logger.exception("%s failed", chore.__name__)
            await asyncio.sleep(every)
