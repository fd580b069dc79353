"""The desk's JSON API under /api/v1/desk: signing in, lists, transcripts, what an agent does with a conversation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.conversation import marks, ownership
from bot.conversation.live import conversation_topic, hub
from bot.desk import accounts, audit, conversations, presence, sessions, throttle
from bot.desk.conversations import VIEWS, Entry
from bot.desk.sessions import Caller
from bot.desk.web import decode, drop_session_cookie, session_cookie, set_session_cookie
from bot.gateway.problems import Problem
from bot.gateway.requests import caller_of, client_address, json_answer, whole_number
from bot.words.masking import without_cards

OUTCOMES = ("solved", "sold", "no_answer", "spam", "other")
LONGEST_TEXT = 4000
LARGEST_ID = 2**63 - 1

# Control characters have no place in a message; line breaks and tabs do.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")

# Checking a password takes memory and a processor core on purpose; two at a time leave the rest to customers.
_password_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")

Result = TypeVar("Result")
Text = Annotated[str, msgspec.Meta(max_length=1024)]


class SignInBody(msgspec.Struct):
    """What an agent signs in with."""

    email: Text
    password: Text
    code: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class SetupBody(msgspec.Struct):
    """The first administrator, and the token of the link that allows it."""

    token: Text
    email: Text
    name: Text
    password: Text
    language: Literal["en", "ar"]


class PasswordLinkBody(msgspec.Struct):
    """The password an agent chooses, and the token of the link that allows it."""

    token: Text
    password: Text


class MeBody(msgspec.Struct):
    """What an agent may change about the own account."""

    language: Literal["en", "ar"]


class PresenceBody(msgspec.Struct):
    """Whether the agent is there: `idle` by the page itself, `away` by choice."""

    status: Literal["online", "idle", "away"]


class MessageBody(msgspec.Struct):
    """A message to the customer, named by the browser so that sending it again is harmless."""

    client_message_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
    text: str


class ResolveBody(msgspec.Struct):
    """How a conversation ended; `OUTCOMES` lists the same words."""

    outcome: Literal["solved", "sold", "no_answer", "spam", "other"]


class ReadBody(msgspec.Struct):
    """How far an agent has read."""

    message_id: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]


def agent_of(caller: Caller) -> dict[str, Any]:
    """How the API describes the agent who is signed in."""
    return {
        "id": caller.agent_id,
        "name": caller.name,
        "email": caller.email,
        "role": caller.role,
        "language": caller.language,
        "teams": list(caller.team_codes),
    }


async def in_password_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run what hashes or checks a password where it leaves the processor to others."""
    return await asyncio.get_running_loop().run_in_executor(_password_threads, partial(function, *arguments))


def _signed_in(request: Request, signed_in: sessions.SignedIn, status: int) -> Response:
    caller = signed_in.caller
    response = json_answer({"agent": agent_of(caller), "csrf_token": caller.csrf_token}, status)
    set_session_cookie(request, response, signed_in.cookie)
    return response


async def sign_in(request: Request) -> Response:
    """POST session: open a session."""
    body = await decode(request, SignInBody)
    try:
        signed_in = await in_password_thread(
            sessions.sign_in, body.email, body.password, caller_of(request), session_cookie(request), body.code
        )
    except sessions.WrongCredentials as error:
        await run_in_threadpool(audit.record, None, "sign_in_failed", client_address(request))
        wrong = "E-mail or password is wrong." if body.code is None else "E-mail, password or code is wrong."
        raise Problem(401, "Not signed in", wrong, code="credentials") from error
    except sessions.CodeNeeded as error:
        raise Problem(401, "Code needed", "Send the one-time code of the authenticator app.", code="totp") from error
    except throttle.Locked as error:
        raise Problem(
            429, "Too many tries", f"Try again in {error.seconds} s.", headers={"Retry-After": str(error.seconds)}
        ) from error
    await run_in_threadpool(audit.record, signed_in.caller.agent_id, "sign_in", client_address(request))
    return _signed_in(request, signed_in, 200)


async def choose_password(request: Request) -> Response:
    """POST password-link: an agent chooses a password with the link an administrator gave, and is to sign in then."""
    body = await decode(request, PasswordLinkBody)
    try:
        agent_id = await in_password_thread(accounts.choose_password, body.token, body.password)
    except accounts.SetupLinkInvalid as error:
        raise Problem(410, "Link not valid", "This link was used or has expired.", code="link") from error
    except accounts.AccountError as error:
        raise Problem(422, "Invalid value", str(error), field=error.field, reason=error.reason) from error
    await run_in_threadpool(audit.record, agent_id, "choose_password", client_address(request))
    return Response(status_code=204)


async def set_up(request: Request) -> Response:
    """POST setup: use the one-time link to create the first administrator, who is then signed in."""
    body = await decode(request, SetupBody)
    try:
        agent_id = await in_password_thread(
            accounts.create_first_admin, body.token, body.email, body.name, body.password, body.language
        )
    except accounts.SetupLinkInvalid as error:
        raise Problem(410, "Link not valid", "This link was used or has expired.", code="link") from error
    except accounts.AccountError as error:
        raise Problem(422, "Invalid value", str(error), field=error.field, reason=error.reason) from error
    return _signed_in(request, await run_in_threadpool(sessions.open_for, agent_id, session_cookie(request)), 201)


async def sign_out(request: Request, caller: Caller) -> Response:
    """DELETE session: end the session."""
    await run_in_threadpool(sessions.sign_out, caller.session_id)
    await run_in_threadpool(presence.leave, caller.agent_id)
    response = Response(status_code=204)
    drop_session_cookie(request, response)
    return response


async def me(_request: Request, caller: Caller) -> Response:
    """GET me: who is signed in."""
    return json_answer({"agent": agent_of(caller), "csrf_token": caller.csrf_token})


async def change_me(request: Request, caller: Caller) -> Response:
    """PATCH me: change the language of the desk."""
    body = await decode(request, MeBody)
    await run_in_threadpool(accounts.set_language, caller.agent_id, body.language)
    return json_answer({"agent": {**agent_of(caller), "language": body.language}, "csrf_token": caller.csrf_token})


async def change_presence(request: Request, caller: Caller) -> Response:
    """PUT presence: the agent is there, gone from the computer, or not to be disturbed."""
    body = await decode(request, PresenceBody)
    await run_in_threadpool(presence.set_status, caller.agent_id, body.status)
    return Response(status_code=204)


async def list_conversations(request: Request, caller: Caller) -> Response:
    """GET conversations: the conversations of a view."""
    view = request.query_params.get("view", "all")
    if view not in VIEWS:
        raise Problem(422, "Invalid view", f"Use one of {', '.join(VIEWS)}.")
    return json_answer({"conversations": await run_in_threadpool(conversations.list_for, caller, view)})


def conversation_id_of(request: Request) -> str:
    conversation_id = str(request.path_params["conversation_id"])
    if not conversations.is_possible_id(conversation_id):
        raise Problem(404, "No such conversation")
    return conversation_id


async def visible(request: Request, caller: Caller) -> Entry:
    entry = await run_in_threadpool(conversations.find, caller, conversation_id_of(request))
    if entry is None:
        raise Problem(404, "No such conversation")
    return entry


async def own(request: Request, caller: Caller) -> Entry:
    entry = await visible(request, caller)
    if entry.place != "mine":
        raise Problem(403, "Not yours", "Accept the conversation first.", code="not_owner")
    return entry


async def read_conversation(request: Request, caller: Caller) -> Response:
    """GET conversations/{id}: who, why, since when, and the summary."""
    return json_answer(await visible(request, caller))


async def read_messages(request: Request, caller: Caller) -> Response:
    """GET conversations/{id}/messages: the transcript after a message, at most 500 messages at a time."""
    entry = await visible(request, caller)
    after = whole_number(request, "after", 0)
    return json_answer(
        {"messages": await run_in_threadpool(conversations.messages, caller, entry.conversation_id, after)}
    )


async def accept(request: Request, caller: Caller) -> Response:
    """POST accept: take a waiting conversation; exactly one agent gets it."""
    conversation_id = conversation_id_of(request)
    entry = await run_in_threadpool(conversations.find, caller, conversation_id)
    if entry is None:
        if await run_in_threadpool(conversations.was_for, caller, conversation_id):
            raise Problem(409, "Taken", "A colleague was faster.", code="taken")
        raise Problem(404, "No such conversation")
    if entry.place == "mine" or await run_in_threadpool(_take, entry, caller):
        return json_answer(await visible(request, caller))
    raise Problem(409, "Taken", "It is not waiting any more.", code="taken")


def _take(entry: Entry, caller: Caller) -> bool:
    """Accept what waits: from the queue, or from the colleague who offers it."""
    if entry.owner == "agent" and entry.transfer is not None and entry.place == "waiting":
        return ownership.accept_transfer(entry.transfer.id, caller.agent_id)
    return ownership.accept(entry.conversation_id, caller.agent_id)


async def say(request: Request, caller: Caller) -> Response:
    """POST messages: write to the customer; the same client_message_id again says nothing new."""
    body = await decode(request, MessageBody)
    return await send(request, caller, body.client_message_id, [{"type": "text", "text": cleaned(body.text)}])


def cleaned(text: str) -> str:
    """A text of an agent's without what nobody can see, and without card numbers.

    Raises:
        Problem: 422, nothing is left; 413, it is too long.
    """
    text = _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if not text:
        raise Problem(422, "Empty message")
    if len(text) > LONGEST_TEXT:
        raise Problem(413, "Message too long", f"At most {LONGEST_TEXT} characters.")
    return without_cards(text)


async def send(request: Request, caller: Caller, client_message_id: str, parts: list[dict[str, Any]]) -> Response:
    """Send the customer of a call's conversation something; only its owner can."""
    conversation_id = conversation_id_of(request)
    try:
        message_id = await run_in_threadpool(
            ownership.agent_says, conversation_id, caller.agent_id, parts, client_message_id
        )
    except (ownership.NotOwner, ownership.NotFound) as error:
        await own(request, caller)  # says whether it may be seen at all
        raise Problem(403, "Not yours", code="not_owner") from error
    return json_answer({"message_id": message_id}, 201)


async def give_back(request: Request, caller: Caller) -> Response:
    """POST return: let the bot go on with the conversation."""
    entry = await own(request, caller)
    if not await run_in_threadpool(ownership.give_back, entry.conversation_id, caller.agent_id):
        raise Problem(403, "Not yours", code="not_owner")
    return Response(status_code=204)


async def resolve(request: Request, caller: Caller) -> Response:
    """POST resolve: close the conversation with an outcome."""
    body = await decode(request, ResolveBody)
    entry = await own(request, caller)
    if not await run_in_threadpool(ownership.resolve, entry.conversation_id, caller.agent_id, body.outcome):
        raise Problem(403, "Not yours", code="not_owner")
    return Response(status_code=204)


async def typing(request: Request, caller: Caller) -> Response:
    """POST typing: tell whoever shows the conversation to the customer that the agent is writing."""
    entry = await own(request, caller)
    await run_in_threadpool(marks.agent_types, entry.conversation_id)
    return Response(status_code=204)


async def mark_read(request: Request, caller: Caller) -> Response:
    """POST read: note how far the agent has read an own conversation."""
    body = await decode(request, ReadBody)
    entry = await own(request, caller)
    await run_in_threadpool(conversations.mark_read, caller, entry.conversation_id, body.message_id)
    hub().publish(conversation_topic(entry.conversation_id))
    return Response(status_code=204)
