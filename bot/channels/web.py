"""The web channel: the customer API that the chat widget and other clients speak (`openapi.yaml`)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.base import Channel
from bot.channels.files import Where, take
from bot.conversation import conversations, marks
from bot.conversation.errors import NotFound
from bot.conversation.live import conversation_topic, hub, spread
from bot.conversation.marks import Marks
from bot.db.session import has_other_writers, looked_up, written
from bot.gateway.limits import RateLimit
from bot.gateway.problems import Problem
from bot.gateway.requests import body_of, caller_of, json_answer, whole_number
from bot.settings import settings
from bot.support import verification

LONGEST_WAIT = 30.0  # seconds
REREAD_SECONDS = 2.0  # after which a watcher looks for changes that another process made
ALONE_SECONDS = 30.0  # the same where there is no other
PING_SECONDS = 15


class NewConversation(msgspec.Struct):
    """Body of `POST /conversations`."""

    locale: Literal["en", "ar"] | None = None
    identity: str | None = None


class NewMessage(msgspec.Struct):
    """Body of `POST /conversations/{id}/messages`: `text`, or the `payload` of a button."""

    client_message_id: str
    text: str | None = None
    payload: str | None = None


def bearer_of(request: Request) -> str:
    """The bearer token of a call.

    Raises:
        Problem: 401, there is none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "Token missing", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def opened(request: Request) -> str:
    """Id of the conversation in the path, when the caller's token opens it.

    Raises:
        Problem: 401. A foreign token and an unknown conversation look the same.
    """
    conversation_id = request.path_params["conversation_id"]
    try:
        conversations.check_token(bearer_of(request), conversation_id)
    except conversations.InvalidToken:
        raise Problem(401, "Token not valid for this conversation", headers={"WWW-Authenticate": "Bearer"}) from None
    return str(conversation_id)


class Signal(msgspec.Struct):
    """Body of `POST /conversations/{id}/signal`: how far the customer has read, and whether something is being typed."""

    read_up_to: float | None = None  # the id of a message: JSON knows 3.0 as a whole number
    typing: bool = False


def state_of(state: conversations.State, seen: Marks) -> dict[str, Any]:
    """The part of an answer that says where a conversation stands."""
    return {
        "owner": state.owner,
        "answered_up_to": state.answered_up_to,
        "queue_position": state.queue_position,
        "digits": state.digits,
        "agent_name": state.agent_name,
        "agent_typing": seen.agent_typing,
        "read_up_to": seen.agent_read_up_to,
        "language": state.language,
    }


class WebChannel(Channel):
    """Conversations over HTTP, read by long poll or server-sent events."""

    name: ClassVar[str] = "web"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        rules = settings()
        self._conversation_limit = RateLimit(rules.conversation_rate, rules.conversation_burst)
        self._message_limit = RateLimit(rules.message_rate, rules.message_burst)

    def routes(self) -> list[BaseRoute]:
        root = "/api/v1/conversations"
        return [
            Route(root, self.create, methods=["POST"]),
            Route(root + "/{conversation_id}/messages", self.post, methods=["POST"]),
            Route(root + "/{conversation_id}/messages", self.read, methods=["GET"]),
            Route(root + "/{conversation_id}/files", self.file, methods=["POST"]),
            Route(root + "/{conversation_id}/stream", self.stream, methods=["GET"]),
            Route(root + "/{conversation_id}/signal", self.signal, methods=["POST"]),
        ]

    async def deliver(self, conversation_id: str, message: dict[str, Any]) -> None:
        """Nothing: the client reads the transcript."""

    async def create(self, request: Request) -> Response:
        """Open a conversation."""
        caller = caller_of(request)
        _within(self._conversation_limit, caller)
        wanted = await body_of(request, NewConversation, default=NewConversation())
        try:
            conversation_id = await run_in_threadpool(
                lambda: conversations.create(
                    self.name,
                    locale=wanted.locale,
                    identity=wanted.identity,
                    caller=verification.digest(caller),
                )
            )
        except conversations.InvalidIdentity as error:
            raise Problem(401, "Identity not accepted", str(error)) from None
        return json_answer({"conversation_id": conversation_id, "token": conversations.token_for(conversation_id)}, 201)

    async def post(self, request: Request) -> Response:
        """Take a customer's message."""
        conversation_id = opened(request)
        message = await body_of(request, NewMessage)
        if not 1 <= len(message.client_message_id) <= 100 or "\0" in message.client_message_id:
            raise Problem(422, "Unusable client_message_id", "It has 1 to 100 characters, none of them NUL.")
        if message.text is not None and message.payload is not None and not message.text:
            message.text = None
        _within(self._message_limit, conversation_id)
        try:
            received = await self.receive(conversation_id, message.client_message_id, message.text, message.payload)
        except NotFound:
            raise Problem(404, "No such conversation") from None
        return json_answer({"message_id": received.message_id}, 202 if received.created else 200)

    async def file(self, request: Request) -> Response:
        """Take a photo or a PDF, the body of the call being the file, for the person who answers or will."""
        conversation_id = opened(request)
        client_id = request.query_params.get("client_message_id", "")
        if not 1 <= len(client_id) <= 100:
            raise Problem(422, "Unusable client_message_id", "It has 1 to 100 characters.")
        _within(self._message_limit, conversation_id)
        try:
            state = await run_in_threadpool(conversations.state, conversation_id)
        except NotFound:
            raise Problem(404, "No such conversation") from None
        if state.owner not in ("agent", "queue"):
            raise Problem(
                409, "Nobody to look at it", "Files are for the people of the shop; none is asked for.", code="nobody"
            )
        upload_id = hashlib.sha256(f"{conversation_id} {client_id}".encode()).hexdigest()[:32]
        received = await take(request, Where(conversation_id, state.language, upload_id=upload_id))
        if received.run:
            self._wake(conversation_id, received.job)
        return json_answer({"message_id": received.message_id}, 201 if received.created else 200)

    async def read(self, request: Request) -> Response:
        """Messages after a cursor; with `wait`, as soon as there is an answer."""
        conversation_id = opened(request)
        after = whole_number(request, "after", 0)
        wait = min(whole_number(request, "wait", 0), LONGEST_WAIT)
        end = asyncio.get_running_loop().time() + wait
        topic = conversation_topic(conversation_id)
        async with hub().subscribe(topic) as changes:
            if wait and hub().is_expected(topic):
                await changes.wait(min(wait, REREAD_SECONDS))
            while True:
                left = end - asyncio.get_running_loop().time()
                state, messages, seen = await self._look(conversation_id, after, only_news=left > 0)
                if messages is not None:
                    return json_answer({"messages": messages, **state_of(state, seen)})
                await changes.wait(min(left, REREAD_SECONDS))

    @staticmethod
    async def _look(
        conversation_id: str, after: int, only_news: bool = False
    ) -> tuple[conversations.State, list[dict[str, Any]] | None, Marks]:
        try:
            state, messages = await looked_up(conversations.look, conversation_id, after, only_news=only_news)
        except NotFound:
            raise Problem(404, "No such conversation") from None
        if state.owner != "agent":
            return state, messages, Marks()

        def seen() -> Marks:
            if messages and any(message["author"] == "agent" for message in messages):
                marks.delivered(conversation_id, messages[-1]["id"])
            return marks.of(conversation_id)

        return state, messages, await run_in_threadpool(seen)

    async def signal(self, request: Request) -> Response:
        """Take the customer's read mark, and that something is being typed; told to an agent, if one answers."""
        conversation_id = opened(request)
        body = await body_of(request, Signal)
        if body.read_up_to is not None and not (0 <= body.read_up_to < 2**53 and body.read_up_to.is_integer()):
            raise Problem(422, "Wrong fields", "`read_up_to` is the id of a message.")
        _within(self._message_limit, f"signal {conversation_id}")

        def note() -> None:
            if conversations.state(conversation_id).owner == "agent":
                if body.read_up_to is not None:
                    marks.read(conversation_id, int(body.read_up_to))
                if body.typing:
                    marks.customer_types(conversation_id)

        try:
            await written(note)
        except NotFound:
            raise Problem(404, "No such conversation") from None
        return Response(status_code=204)

    async def stream(self, request: Request) -> Response:
        """The same messages as server-sent events, and every change of where the conversation stands."""
        conversation_id = opened(request)
        after = whole_number(request, "after", 0)
        last = request.headers.get("last-event-id", "")
        if last.isdecimal() and last.isascii():
            after = max(after, int(last[:18]))
        await self._look(conversation_id, after)
        return EventSourceResponse(self._events(conversation_id, after), ping=PING_SECONDS)

    async def _events(self, conversation_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
        told: dict[str, Any] | None = None
        async with hub().subscribe(conversation_topic(conversation_id)) as changes:
            while True:
                state, messages, seen = await self._look(conversation_id, after)
                for message in messages or ():
                    after = message["id"]
                    yield ServerSentEvent(_json(message), event="message", id=str(after))
                if state_of(state, seen) != told:
                    told = state_of(state, seen)
                    yield ServerSentEvent(_json(told), event="state")
                await changes.wait(_patience(state, seen))


def _patience(state: conversations.State, seen: Marks) -> float:
    """How long a stream rests without being told of a change.

    A place in the line and a sign of typing change by themselves. Everything else is told, but by another gateway,
    and on SQLite there is none: a thousand open chats must not read a thousand times for nothing.
    """
    changes_by_itself = state.owner == "queue" or seen.agent_typing
    longest = REREAD_SECONDS * 2 if changes_by_itself or has_other_writers() else ALONE_SECONDS
    return spread(longest)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _within(limit: RateLimit, key: str) -> None:
    pause = limit.take(key)
    if pause:
        raise Problem(429, "Too fast", f"Try again in {pause} s.", headers={"Retry-After": str(pause)})
