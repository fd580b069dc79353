"""The shop's policies of money, seen and changed at the desk: how far the bot and each agent may go down with a price."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.db.models import Agent, Category, Product, SellingRules
from bot.db.session import reading, writing
from bot.desk.pages import managed
from bot.desk.sessions import Caller
from bot.desk.web import decode
from bot.gateway.problems import Problem
from bot.gateway.requests import json_answer
from bot.shop import selling

MOST_LIMITS = 500
Short = Annotated[str, msgspec.Meta(max_length=254)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
# What tells one limit from another; a new one with the same takes the place of the old one.
CONDITIONS = ("role", "agent", "product", "category", "quantity", "customer")


class LimitBody(msgspec.Struct):
    """A limit: `haggle` for wishes, `match` for another shop's price."""

    max_percent: Percent
    policy: Literal["haggle", "match"] = "haggle"
    role: Literal["bot", "agent"] = "bot"
    agent: Short = ""
    product: Short = ""
    category: Short = ""
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    customer: Literal["any", "returning"] = "any"


class HoursBody(msgspec.Struct):
    """How long an agreed price holds."""

    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 365)]


class Invalid(ValueError):
    """A limit that names something there is not; the message is the field."""


_FIELD = {"haggle": "limits", "match": "match"}


def _key(policy: str, limit: dict[str, Any]) -> str:
    told = msgspec.json.encode([policy, *(str(limit[name]) for name in CONDITIONS)])
    return hashlib.sha256(told).hexdigest()[:16]


def _stored(session: Session) -> tuple[SellingRules, dict[str, Any]]:
    row = session.execute(
        select(SellingRules).order_by(SellingRules.id).limit(1).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        row = SellingRules(data={})
        session.add(row)
    data = dict(row.data or {})
    return row, {**data, "haggling": dict(data.get("haggling") or {})}


def _rows(data: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    """The limits of a policy, every field stated."""
    haggling = selling.parse(data).haggling
    limits = haggling.limits if policy == "haggle" else haggling.match
    rows = [msgspec.to_builtins(limit) for limit in limits]
    return [{**row, "id": _key(policy, row), "policy": policy} for row in rows]


def overview() -> dict[str, Any]:
    """All limits, how long agreed prices hold, and the prices for many."""
    with reading() as session:
        data = session.execute(select(SellingRules.data).order_by(SellingRules.id).limit(1)).scalar() or {}
        found = selling.parse(data)
        return {
            "limits": _rows(data, "haggle") + _rows(data, "match"),
            "valid_hours": found.haggling.valid_hours,
            "quantity_prices": [msgspec.to_builtins(price) for price in found.quantity_prices],
        }


def _save(session: Session, row: SellingRules, data: dict[str, Any]) -> None:
    selling.parse(data)
    row.data = data
    session.info.pop(selling.RULES, None)


def set_limit(body: LimitBody) -> str:
    """Add a limit, or change the one with the same conditions; its id.

    Raises:
        Invalid.
    """
    limit = {
        "max_percent": str(body.max_percent),
        "role": body.role,
        "agent": body.agent.strip().lower(),
        "product": body.product.strip() or None,
        "category": body.category.strip() or None,
        "quantity": body.quantity or 1,
        "customer": body.customer,
    }
    with writing() as session:
        _check(session, limit)
        row, data = _stored(session)
        others = [one for one in _rows(data, body.policy) if one["id"] != _key(body.policy, limit)]
        if len(others) >= MOST_LIMITS:
            raise Invalid("limits")
        data["haggling"][_FIELD[body.policy]] = [*map(_plain, others), limit]
        _save(session, row, data)
    return _key(body.policy, limit)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("max_percent", *CONDITIONS)}


def _check(session: Session, limit: dict[str, Any]) -> None:
    known = (("product", Product.code), ("category", Category.code), ("agent", Agent.email))
    for name, column in known:
        if limit[name] and session.execute(select(column).where(column == limit[name])).first() is None:
            raise Invalid(name)
    if limit["agent"] and limit["role"] != "agent":
        raise Invalid("agent")


def remove_limit(key: str) -> bool:
    """Take a limit away; False when there is none such."""
    with writing() as session:
        row, data = _stored(session)
        for policy, field in _FIELD.items():
            rows = _rows(data, policy)
            kept = [one for one in rows if one["id"] != key]
            if len(kept) < len(rows):
                data["haggling"][field] = [*map(_plain, kept)]
                _save(session, row, data)
                return True
    return False


def set_hours(hours: int) -> None:
    """Have agreed prices hold for so many hours."""
    with writing() as session:
        row, data = _stored(session)
        data["haggling"]["valid_hours"] = hours
        _save(session, row, data)


# The API and the page


async def read_money(_request: Request, _caller: Caller) -> Response:
    """GET money: the policies in force."""
    return json_answer(await run_in_threadpool(overview))


async def change_money(request: Request, _caller: Caller) -> Response:
    """PUT money: how long agreed prices hold."""
    body = await decode(request, HoursBody)
    await run_in_threadpool(set_hours, body.valid_hours)
    return Response(status_code=204)


async def add_limit(request: Request, _caller: Caller) -> Response:
    """POST money/limits: a limit, in place of one with the same conditions."""
    body = await decode(request, LimitBody)
    try:
        return json_answer({"id": await run_in_threadpool(set_limit, body)}, 201)
    except Invalid as error:
        raise Problem(422, "Invalid value", f"{error}: invalid", field=str(error), reason="invalid") from error


async def drop_limit(request: Request, _caller: Caller) -> Response:
    """DELETE money/limits/{id}: take one away."""
    if not await run_in_threadpool(remove_limit, request.path_params["limit_id"]):
        raise Problem(404, "Nothing here")
    return Response(status_code=204)


async def page(_request: Request, caller: Caller) -> Response:
    """The policies, to be read and changed."""

    def look() -> dict[str, Any]:
        found = overview()
        return {**found, "limits": _named(found["limits"], caller.language)}

    return await managed("money.html", caller, **await run_in_threadpool(look))


def _named(limits: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Limits with the name of the product or category they are for."""
    names: dict[tuple[str, str], str] = {}
    with reading() as session:
        for kind, code, label in (("product", Product.code, Product.title), ("category", Category.code, Category.name)):
            codes = {limit[kind] for limit in limits if limit[kind]}
            rows = session.execute(select(code, label).where(code.in_(codes))) if codes else ()
            names.update({(kind, found): name.get_for(language) for found, name in rows})
    return [{**limit, "name": _name_of(limit, names)} for limit in limits]


def _name_of(limit: dict[str, Any], names: dict[tuple[str, str], str]) -> str:
    kind = "product" if limit["product"] else "category"
    return names.get((kind, limit[kind])) or limit[kind] or ""
