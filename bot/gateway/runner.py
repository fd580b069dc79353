"""Runs the bot's turns: one conversation at a time each, many conversations at once, until each message is answered."""

from __future__ import annotations

import asyncio
import logging

from starlette.concurrency import run_in_threadpool

from bot import tracing
from bot.conversation import inbox
from bot.conversation.inbox import Job
from bot.conversation.live import conversation_topic, hub
from bot.conversation.turns import Result
from bot.db.session import written
from bot.dialogue.client import DialogueClient, TurnFailed, Unavailable
from bot.words.responses import responses

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0  # how often messages are looked for that no worker is at
TRIES = 4  # of a turn that breaks, before the customer is told
LONGEST_PAUSE = 2.0
PARALLEL_TURNS = 32


class Runner:
    """The worker of this gateway.

    Args:
        client: asks Rasa for a turn.
    """

    def __init__(self, client: DialogueClient) -> None:
        self._client = client
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken_again: set[str] = set()  # woken while running: a message may have come after the last look
        self._slots = asyncio.Semaphore(PARALLEL_TURNS)
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for messages left behind."""
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop; what is unanswered stays stored and is answered by the next worker."""
        tasks = [*self._running.values(), *([self._sweeper] if self._sweeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self, conversation_id: str, job: Job | None = None) -> None:
        """Run a conversation's turns, unless that is being done; `job` is the first of them if it is at hand."""
        if conversation_id in self._running:
            self._woken_again.add(conversation_id)
        else:
            hub().expect(conversation_topic(conversation_id))
            task = asyncio.create_task(self._run(conversation_id, job))
            self._running[conversation_id] = task
            task.add_done_callback(lambda _: self._ended(conversation_id))

    def _ended(self, conversation_id: str) -> None:
        topic = conversation_topic(conversation_id)
        if hub().is_expected(topic):  # the turn stopped half-way: nobody shall wait for it
            hub().publish(topic)
        self._running.pop(conversation_id, None)
        if conversation_id in self._woken_again:
            self._woken_again.discard(conversation_id)
            self.wake(conversation_id)

    async def _sweep(self) -> None:
        while True:
            try:
                for conversation_id in await run_in_threadpool(inbox.abandoned):
                    self.wake(conversation_id)
            except Exception:
                logger.exception("looking for unanswered messages failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _run(self, conversation_id: str, job: Job | None) -> None:
        async with self._slots:
            try:
                job = job or await written(inbox.next_job, conversation_id)
                while job is not None:
                    result = await self._turn(job)
                    with tracing.step(logger, "reply stored", replies=len(result.replies)):
                        job = await written(inbox.finish, job, result)
            except Exception:
                # The claim runs out and the sweep takes the conversation up again.
                logger.exception("conversation %s stopped", conversation_id)

    async def _turn(self, job: Job) -> Result:
        pause, broken = 0.1, job.attempts
        tracing.follow(job.conversation_id, job.message_id)
        while True:
            try:
                with tracing.step(logger, "turn asked for", channel=job.channel, attempts=job.attempts):
                    return await self._client.turn(job)
            except Unavailable:
                logger.warning("conversation %s waits: the dialogue is not reachable", job.conversation_id)
            except TurnFailed as error:
                broken += 1
                logger.error("turn %s of conversation %s broke: %s", job.message_id, job.conversation_id, error)
                if broken >= TRIES:
                    apology = responses().render("utter_problem", job.language, {})
                    return Result(replies=[[{"type": "text", "text": apology.text}]])
            await written(inbox.renew, job.conversation_id, job.message_id)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
