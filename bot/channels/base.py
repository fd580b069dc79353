"""What a channel is to the rest of the house."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from starlette.routing import BaseRoute

from bot import tracing
from bot.channels.text import LONGEST, clean
from bot.conversation import inbox, ownership, rating, waiting
from bot.conversation.inbox import Job, Received
from bot.db.session import written
from bot.dialogue import payloads
from bot.gateway.problems import Problem

logger = logging.getLogger(__name__)


class Channel(ABC):
    """One way in and out.

    Args:
        wake: tells the runner that a conversation has a message to answer.
    """

    name: ClassVar[str]

    def __init__(self, wake: Callable[[str, Job | None], None]) -> None:
        self._wake = wake

    @abstractmethod
    def routes(self) -> list[BaseRoute]:
        """The HTTP calls through which the platform reaches us; each verifies its caller."""

    @abstractmethod
    async def deliver(self, conversation_id: str, message: dict[str, Any]) -> None:
        """Hand a message to the platform; nothing to do where the platform fetches its messages."""

    async def receive(
        self, conversation_id: str, channel_message_id: str, text: str | None, payload: str | None = None
    ) -> Received:
        """Store a verified customer's message and have it answered.

        Raises:
            Problem: the text is empty (422) or too long (413), the payload is none of ours (422).
        """
        if text is not None and len(text) > LONGEST:
            raise Problem(413, "Message too long", f"A message has at most {LONGEST} characters.")
        cleaned = clean(text or "")
        if payload is None and not cleaned:
            raise Problem(422, "Empty message", "There is nothing in the message to read.")
        if payload is not None:
            try:
                read = payloads.read(payload)
            except payloads.UnknownPayload:
                raise Problem(422, "Unknown payload", "No button of this conversation says that.") from None
            if read.intent == payloads.RETURN_TO_BOT:
                leave = partial(ownership.leave_queue, conversation_id)
                return await self._note(conversation_id, channel_message_id, cleaned or payload, leave)
            if wish := payloads.INSTEAD_OF_WAITING.get(read.intent):
                at = str(read.entities.get("time", ""))
                choose = partial(waiting.choose, conversation_id, wish, at)
                return await self._note(conversation_id, channel_message_id, cleaned or payload, choose)
            if read.intent == payloads.RATE_AGENT:
                rate = partial(rating.give, conversation_id, read.entities.get("stars"))
                return await self._note(conversation_id, channel_message_id, cleaned or payload, rate)
            cleaned = cleaned or payload
        received = await written(inbox.receive, conversation_id, channel_message_id, cleaned, payload)
        tracing.follow(conversation_id, received.message_id)
        logger.debug("message stored", extra={"facts": {"channel": self.name, "new": received.created}})
        self._react(conversation_id, received)
        return received

    async def _note(
        self, conversation_id: str, channel_message_id: str, label: str, act: Callable[[], bool]
    ) -> Received:
        """A button about waiting itself: it is written down and acted on without a dialogue turn."""
        received = await written(inbox.note, conversation_id, channel_message_id, label)
        if received.created:
            await written(act)
        self._react(conversation_id, received)
        return received

    def _react(self, conversation_id: str, received: Received) -> None:
        if received.created:
            inbox.tell(conversation_id)
        if received.run:
            self._wake(conversation_id, received.job)
