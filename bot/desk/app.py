"""The desk's routes, for the gateway to mount: pages under /desk, the API under /api/v1/desk."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bot.desk import api, pages, stream
from bot.desk.sessions import Caller
from bot.desk.web import Endpoint, agent_call, agent_page, open_call
from bot.gateway.files import folder
from bot.gateway.problems import problem
from bot.gateway.requests import methods_of

API = "/api/v1/desk"
CONVERSATION = API + "/conversations/{conversation_id}"


class AnyMethod:
    """An endpoint as an application of its own: a route hands it every call, whatever the method."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        answer = await self._endpoint(Request(scope, receive, send))
        await answer(scope, receive, send)


async def _to_desk(_request: Request) -> Response:
    return RedirectResponse("/desk", status_code=308)


async def _no_call(request: Request, _caller: Caller) -> Response:
    """Whatever else is asked for under the API; like the rest, only told to agents."""
    allowed = methods_of(request.scope, api_routes)
    if allowed:
        return problem(405, headers={"Allow": ", ".join(allowed)})
    return problem(404, "No such call")


api_routes: list[BaseRoute] = [
    Route(f"{API}/session", open_call(api.sign_in), methods=["POST"]),
    Route(f"{API}/session", agent_call(api.sign_out), methods=["DELETE"]),
    Route(f"{API}/setup", open_call(api.set_up), methods=["POST"]),
    Route(f"{API}/me", agent_call(api.me), methods=["GET"]),
    Route(f"{API}/me", agent_call(api.change_me), methods=["PATCH"]),
    Route(f"{API}/stream", agent_call(stream.stream), methods=["GET"]),
    Route(f"{API}/conversations", agent_call(api.list_conversations), methods=["GET"]),
    Route(CONVERSATION, agent_call(api.read_conversation), methods=["GET"]),
    Route(f"{CONVERSATION}/messages", agent_call(api.read_messages), methods=["GET"]),
    Route(f"{CONVERSATION}/messages", agent_call(api.say), methods=["POST"]),
    Route(f"{CONVERSATION}/accept", agent_call(api.accept), methods=["POST"]),
    Route(f"{CONVERSATION}/return", agent_call(api.give_back), methods=["POST"]),
    Route(f"{CONVERSATION}/resolve", agent_call(api.resolve), methods=["POST"]),
    Route(f"{CONVERSATION}/typing", agent_call(api.typing), methods=["POST"]),
    Route(f"{CONVERSATION}/read", agent_call(api.mark_read), methods=["POST"]),
]

page_routes: list[BaseRoute] = [
    folder("/desk/static", Path(__file__).parent / "static", "desk-static"),
    Route("/desk/sign-in", pages.sign_in, methods=["GET"]),
    Route("/desk/setup/{token}", pages.set_up, methods=["GET"]),
    Route("/desk", agent_page(pages.desk), methods=["GET"]),
    Route("/desk/", _to_desk, methods=["GET"]),
    Route("/desk/conversations/{conversation_id}", agent_page(pages.desk), methods=["GET"]),
]

routes: list[BaseRoute] = [
    *api_routes,
    *page_routes,
    Route(API, AnyMethod(agent_call(_no_call))),
    Route(API + "/{rest:path}", AnyMethod(agent_call(_no_call))),
    Route("/desk/{rest:path}", AnyMethod(agent_page(pages.not_found))),
]
