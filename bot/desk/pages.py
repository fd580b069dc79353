"""The desk's HTML pages. They frame what the browser's modules fill in from the API, and hold every word it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.desk import accounts, conversations, passwords, sessions
from bot.desk.api import LONGEST_TEXT, OUTCOMES
from bot.desk.phrases import direction, language_wanted, phrases
from bot.desk.sessions import Caller
from bot.desk.web import session_cookie

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _page(template: str, language: str, status: int = 200, **values: Any) -> HTMLResponse:
    words = phrases(language)
    html = _templates.get_template(template).render(
        t=words.__getitem__, words=words, language=language, direction=direction(language), **values
    )
    # The address of the set-up page is a secret: it must not travel to other sites nor into caches.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(html, status_code=status, headers=headers)


def _language(request: Request) -> str:
    return language_wanted(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def _inside_desk(target: str) -> str:
    """A page of the desk to go to after signing in; never another site, whatever the link said."""
    inside = target == "/desk" or target.startswith("/desk/")
    return target if inside and target.isprintable() and "\\" not in target else "/desk"


async def sign_in(request: Request) -> Response:
    """The sign-in page."""
    target = _inside_desk(request.query_params.get("next", "/desk"))
    if await run_in_threadpool(sessions.find, session_cookie(request)):
        return RedirectResponse(target, status_code=303)
    return _page("sign_in.html", _language(request), target=target)


async def set_up(request: Request) -> Response:
    """The page behind the one-time set-up link."""
    token = request.path_params["token"]
    if not await run_in_threadpool(accounts.setup_link_is_valid, token):
        return _page("link_invalid.html", _language(request), 410)
    return _page("setup.html", _language(request), token=token, shortest=passwords.SHORTEST)


async def desk(request: Request, caller: Caller) -> Response:
    """The desk: the lists, and a conversation when the address names one."""
    conversation_id = request.path_params.get("conversation_id")
    if conversation_id and not await run_in_threadpool(conversations.find, caller, conversation_id):
        return await not_found(request, caller)
    return _page(
        "desk.html",
        caller.language,
        agent=caller,
        outcomes=OUTCOMES,
        longest=LONGEST_TEXT,
        sees_others=caller.is_at_least("supervisor"),
    )


async def not_found(_request: Request, caller: Caller) -> Response:
    """Any address under /desk that is no page."""
    return _page("not_found.html", caller.language, 404)
