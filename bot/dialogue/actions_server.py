"""The action server process: runs the custom actions of `actions/` for Rasa. Loopback only, behind a token."""

from __future__ import annotations

import hmac
import logging
import threading
from typing import Any

import msgspec
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import tracing
from bot.db.session import reading
from bot.shop import search
from bot.support import help as pages

logger = logging.getLogger(__name__)


MOST_PASSAGES = 4
LIKELY = 0.3  # confidence from which a passage is worth an agent's glance


def _passages(texts: list[str], language: str) -> list[pages.Quote]:
    with reading() as session:
        return pages.likely(session, texts, language, MOST_PASSAGES, LIKELY)


def _follow(call: dict[str, Any]) -> None:
    message_id = call["tracker"]["latest_message"].get("metadata", {}).get("message_id")
    if message_id is not None:
        tracing.follow(call["sender_id"], message_id)


def _warm() -> None:
    search.warm()
    pages.warm()


def create_app(token: str) -> Starlette:
    """The process's HTTP face: `POST /webhook`, as Rasa's action server has it, and `/passages` for the desk."""
    executor = ActionExecutor()
    executor.register_package("actions")
    # What the first search would wait for; Python's exit does not wait for it.
    threading.Thread(target=_warm, daemon=True).start()
    expected = f"Bearer {token}".encode()

    def trusted(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected)

    async def webhook(request: Request) -> Response:
        if not trusted(request):
            return Response(status_code=401)
        call = msgspec.json.decode(await request.body())
        if call.get("next_action") is None:  # asked whether anybody is here
            return Response(b"{}", media_type="application/json")
        _follow(call)
        try:
            with tracing.step(logger, "action run", action=call["next_action"]):
                result = await executor.run(call)
        except ActionExecutionRejection as refused:
            body = {"error": str(refused), "action_name": refused.action_name}
            return Response(msgspec.json.encode(body), status_code=400, media_type="application/json")
        except ActionNotFoundException as missing:
            logger.error("no action is named %s", missing.action_name)
            return Response(status_code=404)
        return Response(msgspec.json.encode(result or {}), media_type="application/json")

    async def passages(request: Request) -> Response:
        if not trusted(request):
            return Response(status_code=401)
        asked = msgspec.json.decode(await request.body())
        found = await run_in_threadpool(_passages, asked["texts"], asked["language"])
        return Response(msgspec.json.encode(found), media_type="application/json")

    routes = [Route("/webhook", webhook, methods=["POST"]), Route("/passages", passages, methods=["POST"])]
    return Starlette(routes=routes)
