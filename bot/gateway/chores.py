"""What service does by itself while the gateway runs: asks again when that was agreed, finishes erasures, sends the report."""

from __future__ import annotations

import asyncio
import logging

from starlette.concurrency import run_in_threadpool

from bot.conversation import follow_ups, inbox, transcript
from bot.conversation.notices import notice
from bot.db.session import writing
from bot.gateway.care_reminders import send_reminders
from bot.gateway.report_mail import send_report
from bot.insight import interactions
from bot.support import accounts, satisfaction

logger = logging.getLogger(__name__)

EVERY = 60.0  # seconds


def send_check_backs() -> int:
    """Ask in every conversation whose check-back is due and that no person is at; how many."""
    asked: list[str] = []
    with writing() as session:
        for row in satisfaction.due_check_backs(session):
            conversation = transcript.lock(session, row.conversation_id)
            row.state = "sent"
            if conversation is not None and conversation.owner in ("bot", "closed"):
                notice(session, conversation, "utter_check_back")
                asked.append(row.conversation_id)
    for conversation_id in asked:
        inbox.tell(conversation_id)
    return len(asked)


class Chores:
    """A loop for as long as the process lives."""

    def __init__(self) -> None:
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    @staticmethod
    async def _run() -> None:
        while True:
            for chore in (
                follow_ups.send_due,
                send_check_backs,
                send_reminders,
                accounts.finish_erasures,
                interactions.close_silent,
                send_report,
            ):
                try:
                    await run_in_threadpool(chore)
                except Exception:
                    logger.exception("%s failed", chore.__name__)
            await asyncio.sleep(EVERY)
