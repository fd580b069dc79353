"""The Rasa process: runs dialogue turns for the gateway. Loopback only, behind a token.

Rasa's own HTTP server and connectors are not started: they trust their caller's sender id and
read `/intent` out of customers' text.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import tracing
from bot.conversation.turns import Result
from bot.dialogue import payloads
from bot.dialogue.action_calls import ActionFailed, ActionServer, ActionServerUnavailable, TurnOutput
from bot.dialogue.nlg import DukanResponses
from bot.dialogue.processor import TurnProcessor
from bot.dialogue.tracker_store import DialogueStore, plain
from bot.settings import settings

logger = logging.getLogger(__name__)

TURNS_AT_ONCE = 8  # one process thinks about one at a time; with more under way all end late, and in waves
PROOFS = ("order_number", "order_contact")  # slots
to_msgpack = msgspec.msgpack.Encoder(enc_hook=plain).encode


class TurnRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the gateway asks, in MessagePack."""

    conversation_id: str
    message_id: int
    text: str
    payload: str | None
    language: str
    digits: str
    other_language: str | None
    channel: str
    catalogue_version: int
    dialogue_version: int


def parts_of(utterance: BotUttered) -> list[dict[str, Any]]:
    """A bot utterance as the parts of one message: its words, what it shows, its quick replies."""
    data = utterance.data
    parts: list[dict[str, Any]] = [{"type": "text", "text": utterance.text}] if utterance.text else []
    shown = (data.get("custom") or {}).get("parts") or []
    parts += [part for part in shown if part["type"] != "buttons"]
    buttons = [{"label": button["title"], "payload": button["payload"]} for button in data.get("buttons") or []]
    buttons += [button for part in shown if part["type"] == "buttons" for button in part["buttons"]]
    if buttons:
        parts.append({"type": "buttons", "buttons": buttons})
    return parts


def _without_echoes(replies: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """The replies that say something new: two needs may ask the same question back, or have one answer."""
    kept: list[list[dict[str, Any]]] = []
    for parts in filter(None, replies):
        shown = [part for part in parts if part["type"] != "text"]
        if parts not in kept and not any(shown and shown == [p for p in one if p["type"] != "text"] for one in kept):
            kept.append(parts)
    return kept


def result_of(tracker: DialogueStateTracker, language_before: str) -> Result:
    """What a turn came to: its replies and what was understood."""
    events = list(tracker.events)
    heard = [(place, event) for place, event in enumerate(events) if isinstance(event, UserUttered)]
    last = heard[-1][1].message_id
    start, message = next(one for one in heard if one[1].message_id == last)  # a message may hold two needs
    language = tracker.get_slot("language")
    return Result(
        replies=_without_echoes([parts_of(event) for event in events[start:] if isinstance(event, BotUttered)]),
        intent=message.intent.get("name"),
        confidence=message.intent.get("confidence"),
        language=language if language != language_before else None,
    )


class DialogueServer:
    """Rasa with its model, and the turns it runs.

    Args:
        model: path of the trained model.
        actions: the action server.
    """

    def __init__(self, model: Path, actions: ActionServer) -> None:
        self.actions = actions
        self.store = DialogueStore()
        self.processor = TurnProcessor(
            model_path=model,
            tracker_store=self.store,
            lock_store=InMemoryLockStore(),
            generator=DukanResponses(),
            action_endpoint=actions,
        )
        self.store.domain = self.processor.domain
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._places = asyncio.Semaphore(TURNS_AT_ONCE)

    def warm(self) -> None:
        """Do before the first customer what the first message would wait for."""
        for text in ("hello", "مرحبا"):
            self.processor.understand(UserMessage(text))

    async def turn(self, request: TurnRequest) -> bytes:
        """Run a turn, or give the last one's result again; a `Result` in MessagePack."""
        tracing.follow(request.conversation_id, request.message_id)
        lock = self._locks[request.conversation_id]
        async with lock, self._places:
            try:
                with tracing.step(logger, "turn run"):
                    return await self._turn(request)
            except Exception:
                self.store.forget(request.conversation_id)
                raise
            finally:
                if not lock._waiters:
                    self._locks.pop(request.conversation_id, None)

    @staticmethod
    def _ended_with_the_session(tracker: DialogueStateTracker) -> dict[str, Any]:
        """What a customer proved is forgotten after `DUKAN_SESSION_MINUTES` of silence."""
        over = _seconds_since_last_turn(tracker) > settings().session_minutes * 60
        return dict.fromkeys(PROOFS) if over else {}

    async def _turn(self, request: TurnRequest) -> bytes:
        before = self.store.result_of(request.conversation_id, request.message_id, request.dialogue_version)
        if before is not None:
            return before
        last = await self.store.open(request.conversation_id, request.dialogue_version)
        tracker, first_new = last.tracker, len(last.tracker.events)
        output = TurnOutput()
        await self.processor.run_turn(
            tracker,
            UserMessage(
                request.text,
                output,
                request.conversation_id,
                input_channel=request.channel,
                message_id=str(request.message_id),
                metadata={
                    "message_id": request.message_id,
                    "channel": request.channel,
                    "digits": request.digits,
                    "other_language": request.other_language,
                    "button": request.payload is not None,
                    "catalogue_version": request.catalogue_version,
                },
            ),
            payloads.read(request.payload).parse_data(request.text) if request.payload else None,
            {"language": request.language, **self._ended_with_the_session(tracker)},
        )
        result = result_of(tracker, request.language)
        state = self.store.state_of(last, first_new)
        answer = to_msgpack(structs.replace(result, interactions=output.interactions, state=state))
        self.store.keep_warm(last, request.message_id, answer)
        return answer


def _seconds_since_last_turn(tracker: DialogueStateTracker) -> float:
    return time.time() - tracker.events[-1].timestamp if tracker.events else 0.0


def create_app(server: DialogueServer, token: str) -> Starlette:
    """The process's HTTP face: `POST /turn`, `GET /health`."""
    expected = f"Bearer {token}".encode()

    def allowed(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected)

    async def turn(request: Request) -> Response:
        if not allowed(request):
            return Response(status_code=401)
        try:
            asked = msgspec.msgpack.decode(await request.body(), type=TurnRequest)
            return Response(await server.turn(asked), media_type="application/msgpack")
        except (msgspec.DecodeError, payloads.UnknownPayload):
            return Response(status_code=422)
        except ActionServerUnavailable as error:
            logger.warning("turn given up: %s", type(error).__name__)
            return Response(status_code=503)
        except ActionFailed:
            logger.exception("turn broke")
            return Response(status_code=500)

    async def health(request: Request) -> Response:
        if not allowed(request):
            return Response(status_code=401)
        actions = "ok" if await server.actions.is_up() else "down"
        return Response(msgspec.json.encode({"rasa": "ok", "actions": actions}), media_type="application/json")

    return Starlette(routes=[Route("/turn", turn, methods=["POST"]), Route("/health", health)])
