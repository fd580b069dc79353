"""The gateway: the only public process. Puts together channels, pages, the desk and the runner."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.rest import RestChannel
from bot.channels.web import WebChannel
from bot.conversation import inbox
from bot.conversation.broadcast import Broadcast
from bot.conversation.inbox import WORKER, Job
from bot.conversation.live import hub
from bot.db.session import engine, has_other_writers, reading
from bot.desk.app import routes as desk_routes
from bot.desk.keeper import Keeper
from bot.dialogue.client import DialogueClient
from bot.gateway.calendar_file import routes as calendar_routes
from bot.gateway.chores import Chores
from bot.gateway.files import folder
from bot.gateway.help_page import routes as help_routes
from bot.gateway.metrics import metrics
from bot.gateway.problems import Problem, answer_problem, problem
from bot.gateway.quote_page import routes as quote_routes
from bot.gateway.requests import json_answer, methods_of
from bot.gateway.runner import Runner
from bot.gateway.security import SecurityHeaders
from bot.gateway.service_pages import routes as service_routes
from bot.gateway.shop_page import missing_page
from bot.gateway.shop_page import routes as shop_routes
from bot.helpdesk.bell import routes as bell_routes
from bot.helpdesk.desks import desk_in_use
from bot.helpdesk.liaison import Liaison
from bot.settings import ROOT, settings

logger = logging.getLogger(__name__)

STATIC = ROOT / "bot" / "gateway" / "static"
SHOP_IMAGES = ROOT / "data" / "shop" / "images"


class Gateway:
    """What lives as long as the process: the way to Rasa and the runner of turns."""

    client: DialogueClient
    runner: Runner

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Start and stop with the process."""
        rules = settings()
        self.client = DialogueClient(rules.rasa_url, rules.secret("internal_token"))
        self.runner = Runner(self.client)
        broadcast = Broadcast(hub(), engine(), WORKER) if has_other_writers() else None
        if broadcast is not None:
            broadcast.start()
        else:  # one machine, one gateway: no other worker is alive
            await run_in_threadpool(inbox.release_claims)
        self.runner.start()
        keeper = Keeper()
        keeper.start()
        chores = Chores()
        chores.start()
        liaison = Liaison(await run_in_threadpool(desk_in_use))
        liaison.start()
        try:
            yield
        finally:
            await liaison.stop()
            await chores.stop()
            await keeper.stop()
            await self.runner.stop()
            await self.client.close()
            if broadcast is not None:
                await broadcast.stop()

    def wake(self, conversation_id: str, job: Job | None) -> None:
        """Have a conversation's messages answered."""
        self.runner.wake(conversation_id, job)

    async def health(self, _request: Request) -> Response:
        """Whether every part works."""
        parts: dict[str, Any] = {"database": await run_in_threadpool(_database_state)}
        parts |= await self.client.health()
        well = all(state == "ok" for state in parts.values())
        return json_answer({"status": "ok" if well else "down", "parts": parts}, 200 if well else 503)


def _database_state() -> str:
    try:
        with reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "down"
    return "ok"


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:  # Starlette knows of the first route only, and of none for files
        headers["Allow"] = ", ".join(methods_of(request.scope, request.app.routes) or ["GET", "HEAD"])
    elif error.status_code == 404 and "text/html" in request.headers.get("accept", ""):  # a person's browser
        return await run_in_threadpool(missing_page, request)
    return problem(error.status_code, headers=headers)


async def _answer_storage_error(_request: Request, error: Exception) -> Response:
    # The driver's own words ("database or disk is full"); SQLAlchemy's would quote what was being stored.
    logger.error(
        "the database refused: %s. Check the disk and DUKAN_DATABASE_URL.", getattr(error, "orig", "no answer")
    )
    return problem(503, "Cannot store anything now", "Try again in a moment.", headers={"Retry-After": "5"})


async def _answer_error(_request: Request, _error: Exception) -> Response:
    return problem(500, "Something broke on our side")


async def _widget(_request: Request) -> Response:
    return FileResponse(STATIC / "widget.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def create_app() -> Starlette:
    """The whole gateway as an ASGI application."""
    gateway = Gateway()
    channels = (WebChannel(gateway.wake), RestChannel(gateway.wake))
    routes: list[BaseRoute] = [
        Route("/health", gateway.health),
        Route("/metrics", metrics, methods=["GET"]),
        *(route for channel in channels for route in channel.routes()),
        Route("/widget.js", _widget),
        folder("/static", STATIC),
        folder("/shop/images", SHOP_IMAGES),
        *quote_routes,
        *help_routes,
        *calendar_routes,
        *service_routes(gateway.wake),
        *bell_routes,
        *desk_routes,
        *shop_routes,
    ]
    origins = [origin.strip() for origin in settings().allowed_origins.split(",") if origin.strip()]
    return Starlette(
        routes=routes,
        lifespan=gateway.lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "last-event-id"],
                expose_headers=["retry-after"],
            ),
        ],
        exception_handlers={
            Problem: answer_problem,
            HTTPException: _answer_http_error,
            OperationalError: _answer_storage_error,
            Exception: _answer_error,
        },
    )
