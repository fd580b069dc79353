"""What every page and call of the desk goes through: who is asking, from where, and with what body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import audit, sessions
from bot.desk.sessions import Caller
from bot.gateway.problems import Problem, problem
from bot.gateway.requests import client_address
from bot.settings import settings

BODY_LIMIT = 64 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Calls that leave no entry in the audit log: signs of life, and messages, which bear their author anyway.
UNREMARKABLE = frozenset({"typing", "mark_read", "change_presence", "say"})
REMARKABLE_READS = frozenset(
    {"read_conversation", "read_photo", "read_document", "search", "read_report", "read_report_file"}
)

Endpoint = Callable[[Request], Awaitable[Response]]
AgentEndpoint = Callable[[Request, Caller], Awaitable[Response]]
Body = TypeVar("Body")


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https" or settings().url.startswith("https:")


def _cookie_name(request: Request) -> str:
    # The prefix makes browsers refuse the cookie from a neighbouring host or over plain HTTP.
    return "__Host-dukan_desk" if _is_secure(request) else "dukan_desk"


def session_cookie(request: Request) -> str | None:
    """The session secret the browser sent."""
    return request.cookies.get(_cookie_name(request))


def set_session_cookie(request: Request, response: Response, secret: str) -> None:
    """Have the browser keep a session secret, out of reach of scripts and of other sites."""
    response.set_cookie(
        _cookie_name(request), secret, path="/", httponly=True, samesite="lax", secure=_is_secure(request)
    )


def drop_session_cookie(request: Request, response: Response) -> None:
    """Have the browser forget its session secret."""
    response.delete_cookie(_cookie_name(request), path="/", httponly=True, samesite="lax", secure=_is_secure(request))


def check_same_origin(request: Request) -> None:
    """Refuse a call that a page of another site makes in the agent's browser.

    Raises:
        Problem: 403, when the browser says the call comes from elsewhere.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        same = site in ("same-origin", "none")
    else:
        own = {request.headers.get("host", ""), urlsplit(settings().url).netloc}
        same = origin is None or urlsplit(origin).netloc in own
    if not same:
        raise Problem(403, "Wrong origin", "This call may only come from the desk's own pages.", code="origin")


async def _body(request: Request) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > BODY_LIMIT:
            raise Problem(413, "Body too large", f"At most {BODY_LIMIT} bytes are read.")
    return bytes(received)


async def decode(request: Request, shape: type[Body]) -> Body:
    """The JSON body of a request in the shape asked for.

    Raises:
        Problem: 413 too large, 415 not JSON by its own word, 400 not JSON in fact, 422 of another shape.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "JSON expected", "Send the body as application/json.")
    raw = await _body(request)
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        raise Problem(422, "Invalid body", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "Malformed JSON", "The body cannot be read as JSON in UTF-8.") from error


def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def open_call(endpoint: Endpoint) -> Endpoint:
    """An API call for people who are not signed in yet; it must come from the desk's own pages."""

    @wraps(endpoint)
    async def opened(request: Request) -> Response:
        try:
            check_same_origin(request)
            return _keep_private(await endpoint(request))
        except Problem as refused:
            return _keep_private(refused.response())

    return opened


def find_caller(request: Request) -> Caller | None:
    """The agent who asks: by API token where one is sent, else by the session's cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return sessions.find_token(token.strip())
    return sessions.find(session_cookie(request))


def _subject(request: Request, answer: Response) -> str:
    """What a call was about, as `agents/7`: its address, and the id of what it made."""
    path = request.url.path.removeprefix("/api/v1/desk/")
    made = msgspec.json.decode(answer.body) if answer.status_code == 201 else {}
    return f"{path}/{made['id']}" if "id" in made else path


async def _write_down(request: Request, caller: Caller, action: str, answer: Response) -> None:
    conversation_id = request.path_params.get("conversation_id")
    subject = "" if conversation_id else _subject(request, answer)
    await run_in_threadpool(audit.record, caller.agent_id, action, client_address(request), conversation_id, subject)


def agent_call(endpoint: AgentEndpoint, role: str = "agent", *, by_token: bool = True) -> Endpoint:
    """An API call for signed-in agents of a role or above; what changes anything needs the CSRF token.

    Args:
        by_token: False refuses API tokens: what concerns the account itself is done by the person.
    """
    name = endpoint.__name__

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        caller = await run_in_threadpool(find_caller, request)
        if caller is None:
            return _keep_private(problem(401, "Not signed in", "Sign in at /desk/sign-in first."))
        changes = request.method not in SAFE_METHODS
        try:
            if not caller.csrf_token and not by_token:
                raise Problem(403, "Not by token", "Sign in at the desk for this.", code="token")
            if changes and caller.csrf_token:
                check_same_origin(request)
                if not sessions.csrf_matches(caller, request.headers.get("x-csrf-token", "")):
                    raise Problem(403, "CSRF token missing or wrong", "Send it as X-CSRF-Token.", code="csrf")
            if not caller.is_at_least(role):
                raise Problem(403, "Not allowed", f"This needs the role {role}.", code="role")
            answer = await endpoint(request, caller)
            if (changes and name not in UNREMARKABLE) or name in REMARKABLE_READS:
                await _write_down(request, caller, name, answer)
            return _keep_private(answer)
        except Problem as refused:
            return _keep_private(refused.response())

    return guarded


def agent_page(endpoint: AgentEndpoint, role: str = "agent") -> Endpoint:
    """A page for signed-in agents of a role or above.

    Anybody else is sent to the sign-in page and comes back afterwards; with too low a role there is no such page.
    """

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        caller = await run_in_threadpool(sessions.find, session_cookie(request))
        if caller is None:
            target = f"/desk/sign-in?next={quote(request.url.path)}"
            return _keep_private(RedirectResponse(target, status_code=303))
        if not caller.is_at_least(role):
            return _keep_private(problem(403, "Not allowed", f"This needs the role {role}."))
        return _keep_private(await endpoint(request, caller))

    return guarded
