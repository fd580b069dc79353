"""The action server process: runs the custom actions of `actions/` for Rasa. Loopback only, behind a token."""

from __future__ import annotations

import hmac
import logging
import threading

import msgspec
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.shop import search
from bot.support import help as pages

logger = logging.getLogger(__name__)


def _warm() -> None:
    search.warm()
    pages.warm()


def create_app(token: str) -> Starlette:
    """The process's HTTP face: `POST /webhook`, as Rasa's action server has it."""
    executor = ActionExecutor()
    executor.register_package("actions")
    # What the first search would wait for; Python's exit does not wait for it.
    threading.Thread(target=_warm, daemon=True).start()
    expected = f"Bearer {token}".encode()

    async def webhook(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return Response(status_code=401)
        call = msgspec.json.decode(await request.body())
        if call.get("next_action") is None:  # asked whether anybody is here
            return Response(b"{}", media_type="application/json")
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as refused:
            body = {"error": str(refused), "action_name": refused.action_name}
            return Response(msgspec.json.encode(body), status_code=400, media_type="application/json")
        except ActionNotFoundException as missing:
            logger.error("no action is named %s", missing.action_name)
            return Response(status_code=404)
        return Response(msgspec.json.encode(result or {}), media_type="application/json")

    return Starlette(routes=[Route("/webhook", webhook, methods=["POST"])])
