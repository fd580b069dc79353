"""A gateway that says what a test tells it to, and a foreign page that embeds the widget.

The running system answers truthfully and soon, so it cannot be made to show every part type, refuse a
message, cut a stream or lose a conversation at the moment a test needs it. This one speaks the customer
API (version 1) from memory; what the widget does with real answers is tested against the running system.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.clock import new_id, new_token, now

STATIC = Path(__file__).resolve().parents[2] / "bot" / "gateway" / "static"


@dataclass
class Talk:
    """One conversation as the gateway holds it."""

    id: str
    token: str
    opened_with: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    state: dict[str, Any] = field(
        default_factory=lambda: {
            "owner": "bot",
            "answered_up_to": 0,
            "queue_position": None,
            "agent_name": None,
            "agent_typing": False,
            "digits": "latn",
        }
    )


class Script:
    """What the gateway does; tests change it while it runs."""

    def __init__(self) -> None:
        self.talks: dict[str, Talk] = {}
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.language = "en"
        self.silent = False  # store messages without answering
        self.streams = "work"  # work | mute | refuse
        self.refusals: list[tuple[int, dict[str, str]]] = []  # next answers to posted messages
        self.posts: list[dict[str, Any]] = []
        self.files: list[tuple[str, bytes]] = []
        self.cut = 0  # raised to end the streams that are open
        self.ended = False
        self._last = 0

    @property
    def talk(self) -> Talk:
        """The newest conversation."""
        return list(self.talks.values())[-1]

    def say(self, author: str, *parts: dict[str, Any], talk: Talk | None = None, **more: Any) -> int:
        """Adds a message; gives its id."""
        self._last += 1
        stamp = now().isoformat().replace("+00:00", "Z")
        message = {"id": self._last, "author": author, "parts": list(parts), "created_at": stamp, "lang": self.language}
        (talk or self.talk).messages.append({**message, **more})
        return self._last

    def text(self, author: str, text: str, **more: Any) -> int:
        """Adds a message of one text."""
        return self.say(author, {"type": "text", "text": text}, **more)

    def stored(self) -> dict[str, Any]:
        """The newest message, once there is one: the browser shows what was typed before it arrives here."""
        end = time.monotonic() + 10
        while not (self.talks and self.talk.messages) and time.monotonic() < end:
            time.sleep(0.02)
        return self.talk.messages[-1]

    def heard(self) -> list[str]:
        """What the customer said in the newest conversation, each message once."""
        return [message["parts"][0]["text"] for message in self.talk.messages if message["author"] == "customer"]

    def hear(self, talk: Talk, body: dict[str, Any]) -> tuple[int, bool]:
        """Takes a customer's message once; gives its id and whether it is new."""
        key = body["client_message_id"]
        if key in talk.seen:
            return talk.seen[key], False
        said = body.get("payload") or body["text"]
        number = self.text("customer", body.get("text") or said, talk=talk)
        talk.seen[key] = number
        if not self.silent and talk.state["owner"] == "bot":
            self.say("bot", *self.answers.get(said, [{"type": "text", "text": f"You said: {said}"}]), talk=talk)
            talk.state["answered_up_to"] = number
        return number, True


def problem(status: int, **headers: str) -> Response:
    """An error as the customer API words it."""
    body = json.dumps({"type": "about:blank", "title": "Refused", "status": status})
    return Response(body, status, headers, media_type="application/problem+json")


def application(script: Script) -> Starlette:
    """The customer API and the widget's files."""

    def talk_of(request: Request) -> Talk | None:
        talk = script.talks.get(request.path_params["id"])
        return talk if talk and request.headers.get("authorization") == f"Bearer {talk.token}" else None

    async def create(request: Request) -> Response:
        talk = Talk(new_id(), new_token(), await request.json())
        script.talks[talk.id] = talk
        return JSONResponse({"conversation_id": talk.id, "token": talk.token}, 201)

    async def send(request: Request) -> Response:
        talk = talk_of(request)
        if talk is None:
            return problem(404)
        body = await request.json()
        script.posts.append(body)
        if script.refusals:
            status, headers = script.refusals.pop(0)
            return problem(status, **headers)
        if len(body.get("text", "")) > 4000:
            return problem(413)
        number, new = script.hear(talk, body)
        return JSONResponse({"message_id": number}, 202 if new else 200)

    async def take(request: Request) -> Response:
        talk = talk_of(request)
        if talk is None:
            return problem(404)
        script.files.append((request.query_params["name"], await request.body()))
        if script.refusals:
            status, headers = script.refusals.pop(0)
            return problem(status, **headers)
        return JSONResponse({"message_id": script.text("customer", "Photo sent", talk=talk)}, 201)

    async def read(request: Request) -> Response:
        talk = talk_of(request)
        if talk is None:
            return problem(404)
        after = int(request.query_params.get("after", 0))
        end = time.monotonic() + min(float(request.query_params.get("wait", 0)), 30)
        while True:
            newer = [message for message in talk.messages if message["id"] > after]
            if newer or script.ended or time.monotonic() >= end:
                return JSONResponse({"messages": newer, **talk.state})
            await asyncio.sleep(0.05)

    async def events(talk: Talk, after: int) -> AsyncIterator[str]:
        cut, state = script.cut, None
        yield ": open\n\n"
        while script.cut == cut and talk.id in script.talks and not script.ended:
            for message in [message for message in talk.messages if message["id"] > after]:
                after = message["id"]
                yield f"id: {after}\nevent: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"
            if state != talk.state:
                state = dict(talk.state)
                yield f"event: state\ndata: {json.dumps(state)}\n\n"
            await asyncio.sleep(0.03)

    async def mute() -> AsyncIterator[str]:
        while not script.ended:
            await asyncio.sleep(0.05)
        yield ""

    async def stream(request: Request) -> Response:
        talk = talk_of(request)
        if talk is None or script.streams == "refuse":
            return problem(404 if talk is None else 503)
        body = mute() if script.streams == "mute" else events(talk, int(request.headers.get("last-event-id", 0)))
        return StreamingResponse(body, media_type="text/event-stream")

    async def page(request: Request) -> Response:
        headers = {"content-security-policy": POLICY.format("'self'")}
        return HTMLResponse(host_page("", request.query_params), headers=headers)

    async def widget(request: Request) -> Response:
        return Response((STATIC / "widget.js").read_bytes(), media_type="text/javascript")

    base = "/api/v1/conversations"
    routes = [
        Route("/", page),
        Route("/widget.js", widget),
        Mount("/widget", StaticFiles(directory=STATIC / "widget")),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route(base, create, methods=["POST"]),
        Route(base + "/{id}/messages", send, methods=["POST"]),
        Route(base + "/{id}/messages", read),
        Route(base + "/{id}/files", take, methods=["POST"]),
        Route(base + "/{id}/stream", stream),
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "last-event-id"],
        expose_headers=["retry-after"],
    )
    return Starlette(routes=routes, middleware=[cors])


POLICY = (
    "default-src 'none'; script-src {0}; connect-src {0}; img-src {0}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)


def host_page(origin: str, query: Any) -> str:
    """A page with nothing of its own but a heading, and the widget with attributes from the query."""
    language = query.get("lang", "en")
    wanted = {name: value for name, value in query.items() if name not in ("lang", "src")}
    attributes = " ".join(f'{name}="{value}"' for name, value in wanted.items())
    direction = "rtl" if language == "ar" else "ltr"
    source = query.get("src", "/widget.js")
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8"><title>A page</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">'
        f'<script type="module" src="{origin}{source}"></script></head>'
        f"<body><header>A shop</header><main><h1>A page</h1></main><footer>The end</footer>"
        f"<dukan-chat {attributes}></dukan-chat></body></html>"
    )


def foreign_page(gateway: str) -> Starlette:
    """Somebody else's web page, under the strictest policy that still lets the widget in."""

    async def page(request: Request) -> Response:
        headers = {"content-security-policy": POLICY.format(gateway)}
        return HTMLResponse(host_page(gateway, request.query_params), headers=headers)

    return Starlette(routes=[Route("/", page)])


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Runs an application on a free port while the block runs; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
