"""The desk's JSON API for what is managed: the own account, agents, teams, rules, canned answers, webhooks, the log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.desk import accounts, answers, audit, staffing, tokens, totp, webhooks
from bot.desk.api import in_password_thread
from bot.desk.sessions import Caller
from bot.desk.staffing import AgentChanges, RuleBody, TeamBody
from bot.desk.web import decode
from bot.gateway.problems import Problem
from bot.gateway.requests import json_answer, whole_number

LARGEST_ID = 2**31 - 1

Text = Annotated[str, msgspec.Meta(max_length=1024)]


class PasswordBody(msgspec.Struct):
    """The password one has, and the one wanted."""

    present: Text
    wanted: Text


class CodeBody(msgspec.Struct):
    """A one-time code."""

    code: Annotated[str, msgspec.Meta(max_length=20)]


class NameBody(msgspec.Struct):
    """What a new key is for."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class AgentBody(msgspec.Struct):
    """A new colleague."""

    email: Text
    name: Text
    role: Literal["agent", "supervisor", "admin"] = "agent"
    teams: list[str] = []
    language: Literal["en", "ar"] = "en"


class NewTeamBody(TeamBody, kw_only=True):
    """A new team and its code."""

    code: Text


class AnswerBody(msgspec.Struct):
    """A canned answer."""

    code: Text
    en: Annotated[str, msgspec.Meta(max_length=5000)] = ""
    ar: Annotated[str, msgspec.Meta(max_length=5000)] = ""
    team_id: int | None = None


class WebhookBody(msgspec.Struct):
    """A new webhook; no events means all."""

    url: Annotated[str, msgspec.Meta(max_length=1000)]
    events: list[str] = []


class ActiveBody(msgspec.Struct):
    """On or off."""

    active: bool


def _number(request: Request, name: str) -> int:
    raw = request.path_params[name]
    if not (raw.isascii() and raw.isdecimal()) or not 0 < int(raw[:11]) <= LARGEST_ID:
        raise Problem(404, "Nothing here")
    return int(raw[:11])


def _found(done: bool) -> Response:
    if not done:
        raise Problem(404, "Nothing here")
    return Response(status_code=204)


def _invalid(field: str, reason: str = "invalid") -> Problem:
    return Problem(422, "Invalid value", f"{field}: {reason}", field=field, reason=reason)


# The own account


async def change_password(request: Request, caller: Caller) -> Response:
    """POST me/password: change the own password; other sessions end."""
    body = await decode(request, PasswordBody)
    try:
        change = accounts.change_password
        await in_password_thread(change, caller.agent_id, body.present, body.wanted, caller.session_id)
    except accounts.AccountError as error:
        raise _invalid(error.field, error.reason) from error
    return Response(status_code=204)


async def begin_totp(_request: Request, caller: Caller) -> Response:
    """POST me/totp: a new secret for the authenticator app, to be confirmed with a code."""
    if await run_in_threadpool(totp.is_on, caller.agent_id):
        raise Problem(409, "Already on", "Turn it off first.", code="on")
    secret, image = await run_in_threadpool(totp.begin, caller.agent_id, caller.email)
    return json_answer({"secret": secret, "image": image}, 201)


async def confirm_totp(request: Request, caller: Caller) -> Response:
    """PUT me/totp: from now on the account asks for a code."""
    body = await decode(request, CodeBody)
    if not await run_in_threadpool(totp.confirm, caller.agent_id, body.code):
        raise _invalid("code", "wrong")
    return Response(status_code=204)


async def end_totp(request: Request, caller: Caller) -> Response:
    """DELETE me/totp: no codes any more; needs one last code."""
    body = await decode(request, CodeBody)
    if not await run_in_threadpool(totp.use, caller.agent_id, body.code):
        raise _invalid("code", "wrong")
    await run_in_threadpool(totp.turn_off, caller.agent_id)
    return Response(status_code=204)


async def list_tokens(_request: Request, caller: Caller) -> Response:
    """GET me/tokens: the own API keys."""
    return json_answer({"tokens": await run_in_threadpool(tokens.listed, caller.agent_id)})


async def create_token(request: Request, caller: Caller) -> Response:
    """POST me/tokens: a new API key, shown this once."""
    body = await decode(request, NameBody)
    token = await run_in_threadpool(tokens.create, caller.agent_id, body.name)
    if token is None:
        raise Problem(409, "Too many keys", "Remove one first.", code="many")
    return json_answer({"token": token}, 201)


async def remove_token(request: Request, caller: Caller) -> Response:
    """DELETE me/tokens/{id}: make a key worthless."""
    return _found(await run_in_threadpool(tokens.remove, caller.agent_id, request.path_params["token_id"]))


# Agents


async def list_agents(_request: Request, _caller: Caller) -> Response:
    """GET agents: all accounts."""
    return json_answer({"agents": await run_in_threadpool(staffing.agents)})


async def invite(request: Request, _caller: Caller) -> Response:
    """POST agents: a new account, and the link with which its owner chooses a password."""
    body = await decode(request, AgentBody)
    try:
        agent_id, link = await run_in_threadpool(
            accounts.invite, body.email, body.name, body.role, body.teams, body.language
        )
    except accounts.AccountError as error:
        raise _invalid(error.field, error.reason) from error
    return json_answer({"id": agent_id, "link": link}, 201)


async def change_agent(request: Request, _caller: Caller) -> Response:
    """PATCH agents/{id}: change an account."""
    body = await decode(request, AgentChanges)
    try:
        return _found(await run_in_threadpool(staffing.change_agent, _number(request, "agent_id"), body))
    except staffing.Invalid as error:
        raise _invalid(str(error)) from error


async def create_link(request: Request, _caller: Caller) -> Response:
    """POST agents/{id}/link: a fresh link to choose a password."""
    agent_id = _number(request, "agent_id")
    if agent_id not in {agent["id"] for agent in await run_in_threadpool(staffing.agents)}:
        raise Problem(404, "Nothing here")
    return json_answer({"link": await run_in_threadpool(accounts.create_password_link, agent_id)}, 201)


async def reset_totp(request: Request, _caller: Caller) -> Response:
    """DELETE agents/{id}/totp: for a colleague who lost the phone."""
    await run_in_threadpool(totp.turn_off, _number(request, "agent_id"))
    return Response(status_code=204)


# Teams and rules


async def list_teams(_request: Request, _caller: Caller) -> Response:
    """GET teams: all teams with hours and rules of assignment."""
    return json_answer({"teams": await run_in_threadpool(staffing.teams)})


async def create_team(request: Request, _caller: Caller) -> Response:
    """POST teams: a team of the shop's own."""
    body = await decode(request, NewTeamBody)
    try:
        return json_answer({"id": await run_in_threadpool(staffing.create_team, body.code, body)}, 201)
    except staffing.Invalid as error:
        raise _invalid(str(error)) from error


async def change_team(request: Request, _caller: Caller) -> Response:
    """PUT teams/{id}: change a team."""
    body = await decode(request, TeamBody)
    try:
        return _found(await run_in_threadpool(staffing.change_team, _number(request, "team_id"), body))
    except staffing.Invalid as error:
        raise _invalid(str(error)) from error


async def list_rules(_request: Request, _caller: Caller) -> Response:
    """GET rules: when the shop wants a person called."""
    return json_answer({"rules": await run_in_threadpool(staffing.rules)})


async def add_rule(request: Request, _caller: Caller) -> Response:
    """POST rules: a new rule."""
    body = await decode(request, RuleBody)
    try:
        return json_answer({"id": await run_in_threadpool(staffing.add_rule, body)}, 201)
    except staffing.Invalid as error:
        raise _invalid(str(error)) from error


async def remove_rule(request: Request, _caller: Caller) -> Response:
    """DELETE rules/{id}: remove a rule."""
    return _found(await run_in_threadpool(staffing.remove_rule, _number(request, "rule_id")))


# Canned answers


async def list_answers(_request: Request, caller: Caller) -> Response:
    """GET answers: canned answers as they are written."""
    return json_answer({"answers": await run_in_threadpool(answers.listed, caller)})


async def _save_answer(request: Request, answer_id: int | None) -> int | None:
    body = await decode(request, AnswerBody)
    known = {team["id"] for team in await run_in_threadpool(staffing.teams)}
    if body.team_id is not None and body.team_id not in known:
        raise _invalid("team_id")
    try:
        text = {"en": body.en, "ar": body.ar}
        return await run_in_threadpool(answers.save, answer_id, body.code, text, body.team_id)
    except answers.Unusable as error:
        raise _invalid(str(error)) from error


async def create_answer(request: Request, _caller: Caller) -> Response:
    """POST answers: a new canned answer."""
    return json_answer({"id": await _save_answer(request, None)}, 201)


async def change_answer(request: Request, _caller: Caller) -> Response:
    """PUT answers/{id}: change one."""
    return _found(await _save_answer(request, _number(request, "answer_id")) is not None)


async def remove_answer(request: Request, _caller: Caller) -> Response:
    """DELETE answers/{id}: remove one."""
    return _found(await run_in_threadpool(answers.remove, _number(request, "answer_id")))


# Webhooks and the log


async def list_webhooks(_request: Request, _caller: Caller) -> Response:
    """GET webhooks: which systems are told of what."""
    return json_answer({"webhooks": await run_in_threadpool(webhooks.listed)})


async def create_webhook(request: Request, _caller: Caller) -> Response:
    """POST webhooks: a new one; its secret is shown this once."""
    body = await decode(request, WebhookBody)
    try:
        webhook_id, secret = await run_in_threadpool(webhooks.create, body.url, body.events)
    except ValueError as error:
        raise _invalid("url") from error
    return json_answer({"id": webhook_id, "secret": secret}, 201)


async def change_webhook(request: Request, _caller: Caller) -> Response:
    """PATCH webhooks/{id}: turn it on or off."""
    body = await decode(request, ActiveBody)
    return _found(await run_in_threadpool(webhooks.set_active, _number(request, "webhook_id"), body.active))


async def remove_webhook(request: Request, _caller: Caller) -> Response:
    """DELETE webhooks/{id}: remove it with its log."""
    return _found(await run_in_threadpool(webhooks.remove, _number(request, "webhook_id")))


async def list_deliveries(request: Request, _caller: Caller) -> Response:
    """GET webhooks/{id}/deliveries: what was sent, and what came of it."""
    return json_answer({"deliveries": await run_in_threadpool(webhooks.log, _number(request, "webhook_id"))})


async def send_again(request: Request, _caller: Caller) -> Response:
    """POST deliveries/{id}/again: try a delivery once more."""
    return _found(await run_in_threadpool(webhooks.send_again, _number(request, "delivery_id")))


async def read_audit(request: Request, _caller: Caller) -> Response:
    """GET audit: who saw and did what."""
    filters: dict[str, Any] = {}
    if before := whole_number(request, "before", 0):
        filters["before"] = before
    if agent_id := whole_number(request, "agent", 0):
        filters["agent_id"] = min(agent_id, LARGEST_ID)
    conversation_id = request.query_params.get("conversation", "")
    if conversation_id.isalnum():
        filters["conversation_id"] = conversation_id[:32]
    return json_answer({"entries": await run_in_threadpool(lambda: audit.entries(**filters))})
