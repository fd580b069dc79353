"""The desk's HTML pages. They frame what the browser's modules fill in from the API, and hold every word it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.db.models.desk import ROLES
from bot.desk import accounts, conversations, passwords, presence, sessions, staffing, totp
from bot.desk import answers as canned
from bot.desk import audit as trail
from bot.desk import tokens as keys
from bot.desk import webhooks as hooks
from bot.desk.api import LONGEST_TEXT, OUTCOMES
from bot.desk.phrases import direction, language_wanted, phrases
from bot.desk.sessions import Caller
from bot.desk.web import session_cookie
from bot.insight.events import EVENTS
from bot.words.formatting import Locale

# The pages of the menu, and the role each needs.
PAGES = (
    ("desk", "agent"),
    ("board", "supervisor"),
    ("reports", "supervisor"),
    ("answers", "supervisor"),
    ("agents", "admin"),
    ("teams", "admin"),
    ("money", "admin"),
    ("webhooks", "admin"),
    ("audit", "admin"),
    ("account", "agent"),
)
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _page(template: str, language: str, status: int = 200, **values: Any) -> HTMLResponse:
    words = phrases(language)
    locale = Locale(language, "arab")
    html = _templates.get_template(template).render(
        t=words.__getitem__, n=locale.number, words=words, language=language, direction=direction(language), **values
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
    if email := await run_in_threadpool(accounts.invited, token):
        return _page("password.html", _language(request), token=token, email=email, shortest=passwords.SHORTEST)
    if not await run_in_threadpool(accounts.setup_link_is_valid, token):
        return _page("link_invalid.html", _language(request), 410)
    return _page("setup.html", _language(request), token=token, shortest=passwords.SHORTEST)


async def desk(request: Request, caller: Caller) -> Response:
    """The desk: the lists, and a conversation when the address names one."""
    conversation_id = request.path_params.get("conversation_id")
    if conversation_id and not await run_in_threadpool(conversations.find, caller, conversation_id):
        return await not_found(request, caller)
    status = await run_in_threadpool(presence.status_of, caller.agent_id)
    return _page(
        "desk.html",
        caller.language,
        agent=caller,
        pages=PAGES,
        here="desk",
        outcomes=OUTCOMES,
        longest=LONGEST_TEXT,
        supervises=caller.is_at_least("supervisor"),
        presence_status=status,
    )


async def managed(template: str, caller: Caller, **values: Any) -> Response:
    """A page of the menu, from its template."""
    return _page(template, caller.language, agent=caller, pages=PAGES, **values)


async def account(_request: Request, caller: Caller) -> Response:
    """The own account: password, one-time codes, API keys."""
    return await managed(
        "account.html",
        caller,
        two_factor=await run_in_threadpool(totp.is_on, caller.agent_id),
        tokens=await run_in_threadpool(keys.listed, caller.agent_id),
        shortest=passwords.SHORTEST,
    )


async def board(_request: Request, caller: Caller) -> Response:
    """The live board; the browser fills it in."""
    return await managed("board.html", caller)


async def answers(_request: Request, caller: Caller) -> Response:
    """Canned answers."""
    found = await run_in_threadpool(canned.listed, caller)
    teams = await run_in_threadpool(staffing.teams)
    return await managed("answers.html", caller, answers=found, teams=teams, variables=canned.VARIABLES)


async def agents(_request: Request, caller: Caller) -> Response:
    """Accounts: who they are, what they may do, how much they take at once."""
    found = await run_in_threadpool(staffing.agents)
    return await managed(
        "agents.html", caller, agents=found, teams=await run_in_threadpool(staffing.teams), roles=ROLES
    )


async def teams(_request: Request, caller: Caller) -> Response:
    """Teams with hours and policies, and the rules that call them."""
    found = await run_in_threadpool(staffing.teams)
    return await managed(
        "teams.html", caller, teams=found, rules=await run_in_threadpool(staffing.rules), hours_of=_written_hours
    )


async def webhooks(_request: Request, caller: Caller) -> Response:
    """Webhooks with their newest deliveries."""

    def look() -> list[dict[str, Any]]:
        return [{**hook, "deliveries": hooks.log(hook["id"])[:20]} for hook in hooks.listed()]

    return await managed("webhooks.html", caller, webhooks=await run_in_threadpool(look), events=EVENTS)


async def audit(request: Request, caller: Caller) -> Response:
    """Who saw and did what."""
    before = request.query_params.get("before", "")
    older_than = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    names = phrases(caller.language)

    def look() -> list[dict[str, Any]]:
        return trail.named(trail.entries(older_than), caller.language)

    entries = [
        {**entry, "did": names.get(f"did.{entry['action']}", entry["action"])}
        for entry in await run_in_threadpool(look)
    ]
    return await managed("audit.html", caller, entries=entries)


def _written_hours(team: dict[str, Any], day: int) -> str:
    """The hours of a weekday as they are typed: 09:00-13:00, 16:00-22:00."""
    spans = team["hours"].get(str(day), ())
    return ", ".join("-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in span) for span in spans)


async def not_found(_request: Request, caller: Caller) -> Response:
    """Any address under /desk that is no page."""
    return _page("not_found.html", caller.language, 404)
