"""The Rasa-compatible REST channel: for existing clients, server to server, off until `DUKAN_API_KEY` is set."""

from __future__ import annotations

import asyncio
import hmac
from typing import Any, ClassVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.base import Channel
from bot.channels.plain import plain_text
from bot.channels.web import bearer_of
from bot.clock import new_id
from bot.conversation import conversations, transcript
from bot.conversation.live import conversation_topic, hub
from bot.gateway.problems import Problem
from bot.gateway.requests import body_of, json_answer
from bot.settings import settings

LONGEST_WAIT = 30.0  # seconds for the bot's answer
REREAD_SECONDS = 2.0


class RestMessage(msgspec.Struct):
    """Rasa's REST body; other fields are ignored as Rasa does."""

    sender: str
    message: str


class RestChannel(Channel):
    """`POST /webhooks/rest/webhook` in Rasa's own shape."""

    name: ClassVar[str] = "rest"

    def routes(self) -> list[BaseRoute]:
        return [Route("/webhooks/rest/webhook", self.webhook, methods=["POST"])]

    async def deliver(self, conversation_id: str, message: dict[str, Any]) -> None:
        """Nothing: the replies are in the answer to the call."""

    async def webhook(self, request: Request) -> Response:
        """Take a message and answer with the bot's replies."""
        key = settings().api_key
        if not key:
            raise Problem(404, "Not found")
        if not hmac.compare_digest(bearer_of(request).encode(), key.encode()):
            raise Problem(401, "Key not valid", headers={"WWW-Authenticate": "Bearer"})
        said = await body_of(request, RestMessage)
        if not 1 <= len(said.sender) <= 200 or "\0" in said.sender:
            raise Problem(422, "Unusable sender", "It has 1 to 200 characters, none of them NUL.")
        conversation_id = await run_in_threadpool(conversations.of_user, self.name, said.sender)
        payload = await run_in_threadpool(_offered, conversation_id, said.message)
        received = await self.receive(conversation_id, new_id(), said.message, payload)
        messages = await self._replies(conversation_id, received.message_id)
        return json_answer([shown for message in messages for shown in _as_rasa(said.sender, message)])

    @staticmethod
    async def _replies(conversation_id: str, message_id: int) -> list[dict[str, Any]]:
        end = asyncio.get_running_loop().time() + LONGEST_WAIT
        async with hub().subscribe(conversation_topic(conversation_id)) as changes:
            while True:
                state = await run_in_threadpool(conversations.state, conversation_id)
                left = end - asyncio.get_running_loop().time()
                if state.answered_up_to >= message_id or state.owner == "agent" or left <= 0:
                    messages = await run_in_threadpool(transcript.read, conversation_id, message_id)
                    return [message for message in messages if message["author"] != "customer"]
                await changes.wait(min(left, REREAD_SECONDS))


def _offered(conversation_id: str, text: str) -> str | None:
    """`text`, when it is the payload of a button that this conversation showed: Rasa's clients send it as text."""
    if not text.startswith("/"):
        return None
    for message in reversed(transcript.read(conversation_id)):
        for part in message["parts"]:
            buttons = part.get("buttons") or [b for card in part.get("cards") or [] for b in card.get("buttons") or []]
            if any(button["payload"] == text for button in buttons):
                return text
    return None


def _as_rasa(sender: str, message: dict[str, Any]) -> list[dict[str, Any]]:
    """One of our messages as Rasa's REST channel says it: text with buttons; what is more than text as `custom` too."""
    text = "\n".join(filter(None, map(plain_text, message["parts"])))
    buttons = [
        {"title": button["label"], "payload": button["payload"]}
        for part in message["parts"]
        if part["type"] == "buttons"
        for button in part["buttons"]
    ]
    rich = [part for part in message["parts"] if part["type"] not in ("text", "buttons")]
    shown: list[dict[str, Any]] = []
    if text or buttons:
        shown.append({"recipient_id": sender, "text": text, **({"buttons": buttons} if buttons else {})})
    return shown + [{"recipient_id": sender, "custom": part} for part in rich]
