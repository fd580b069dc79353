"""The Rasa process: runs dialogue turns for the gateway. Loopback only, behind a token.

Rasa's own HTTP server and connectors are not started: they trust their caller's sender id and
read `/intent` out of customers' text.
"""

from __future__ import annotations

import asyncio
import gc
import hmac
import logging
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.dialogue import payloads
from bot.dialogue.action_calls import ActionFailed, ActionServer, ActionServerUnavailable
from bot.dialogue.nlg import DukanResponses
from bot.dialogue.processor import TurnProcessor
from bot.dialogue.tracker_store import DialogueStore, StaleTracker, to_json
from bot.settings import settings

logger = logging.getLogger(__name__)

PROOFS = ("order_number", "order_contact")  # slots


class TurnRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the gateway asks."""

    conversation_id: str
    message_id: int
    text: str
    payload: str | None
    language: str
    digits: str
    other_language: str | None
    channel: str


class _Silent(OutputChannel):
    """Replies are taken from the tracker when the turn is whole; nothing is sent on the way."""

    @classmethod
    def name(cls) -> str:
        return "dukan"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        return None


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


def result_of(tracker: DialogueStateTracker, language_before: str) -> dict[str, Any]:
    """What a turn came to, as `bot.conversation.inbox.Result` is made from it."""
    events = list(tracker.events)
    start = max(place for place, event in enumerate(events) if isinstance(event, UserUttered))
    message = events[start]
    assert isinstance(message, UserUttered)
    language = tracker.get_slot("language")
    return {
        "replies": [parts for event in events[start:] if isinstance(event, BotUttered) and (parts := parts_of(event))],
        "intent": message.intent.get("name"),
        "confidence": message.intent.get("confidence"),
        "language": language if language != language_before else None,
    }


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

    def warm(self) -> None:
        """Do before the first customer what the first message would wait for."""
        for text in ("hello", "مرحبا"):
            self.processor.understand(UserMessage(text))
        gc.collect()
        gc.freeze()  # the model and the names live as long as the process: no collection needs to walk them

    async def turn(self, request: TurnRequest) -> bytes:
        """Run a turn, or give the last one's answer again; JSON."""
        lock = self._locks[request.conversation_id]
        async with lock:
            try:
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
        version, message_id, reply = await self.store.last_turn(request.conversation_id)
        if message_id == request.message_id and reply is not None:
            return reply.encode()
        tracker = await self.store.open(request.conversation_id, version)
        first_new = len(tracker.events)
        await self.processor.run_turn(
            tracker,
            UserMessage(
                request.text,
                _Silent(),
                request.conversation_id,
                input_channel=request.channel,
                message_id=str(request.message_id),
                metadata={
                    "message_id": request.message_id,
                    "channel": request.channel,
                    "digits": request.digits,
                    "other_language": request.other_language,
                    "button": request.payload is not None,
                },
            ),
            payloads.read(request.payload).parse_data(request.text) if request.payload else None,
            {"language": request.language, **self._ended_with_the_session(tracker)},
        )
        answer = to_json(result_of(tracker, request.language))
        await self.store.save_turn(tracker, version, first_new, request.message_id, answer.decode())
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
            asked = msgspec.json.decode(await request.body(), type=TurnRequest)
            return Response(await server.turn(asked), media_type="application/json")
        except (msgspec.DecodeError, payloads.UnknownPayload):
            return Response(status_code=422)
        except (ActionServerUnavailable, StaleTracker) as error:
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
