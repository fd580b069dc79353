"""The call with which an outside help desk says that it has news. It says where to look and is believed no further."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.gateway.problems import Problem
from bot.gateway.requests import LARGEST_BODY
from bot.helpdesk import liaison
from bot.helpdesk.base import Forged
from bot.helpdesk.desks import desk_in_use


async def bell(request: Request) -> Response:
    """POST /webhooks/helpdesk: look at a conversation of the desk's."""
    desk = await run_in_threadpool(desk_in_use)
    if desk is None:
        raise Problem(404)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Problem(413, "Body too large", f"A body has at most {LARGEST_BODY // 1024} kB.")
    try:
        reference = desk.rung(request.headers, request.query_params.get("key", ""), bytes(body))
    except Forged:
        raise Problem(401, "Signature not valid") from None
    if reference is not None:
        await run_in_threadpool(liaison.look_now, desk.name, reference)
    return Response(status_code=204)


routes: list[BaseRoute] = [Route("/webhooks/helpdesk", bell, methods=["POST"])]
