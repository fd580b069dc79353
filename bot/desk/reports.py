"""The reports page of the desk, its data as JSON and as a spreadsheet, and the quotas that are set on it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.db.session import reading
from bot.desk import pages, staffing
from bot.desk.sessions import Caller
from bot.desk.web import decode
from bot.gateway.problems import Problem
from bot.gateway.requests import json_answer
from bot.insight import periods, quotas, report, tables
from bot.nlu.masking import mask
from bot.shop import profile


class QuotaBody(msgspec.Struct):
    """What a team is to sell in a month, in the shop's currency; null takes the quota away."""

    amount: Annotated[float, msgspec.Meta(ge=0, le=1e12)] | None


def _found(request: Request, caller: Caller) -> dict[str, Any]:
    """Everything the page shows, for the period the address names."""
    with reading() as session:
        shop = profile.read(session)
        first, last = request.query_params.get("from"), request.query_params.get("to")
        try:
            period = periods.read(first, last, shop.zone, shop.today())
        except periods.BadPeriod as error:
            raise Problem(422, "Wrong period", str(error), code="period") from None
        return {**report.whole(session, period, caller.language, mask), "quotas": quotas.listed(session)}


async def read_report(request: Request, caller: Caller) -> Response:
    """GET report: measures, what they are made of, and what customers will need."""
    return json_answer(await run_in_threadpool(_found, request, caller))


async def read_report_file(request: Request, caller: Caller) -> Response:
    """GET report.csv: the same as a spreadsheet."""
    found = await run_in_threadpool(_found, request, caller)
    name = f"dukan-{found['from']}-{found['to']}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(tables.as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


async def set_quota(request: Request, _caller: Caller) -> Response:
    """PUT the quota of a team's month."""
    body = await decode(request, QuotaBody)
    month, team = request.path_params["month"], request.path_params["team"]
    amount = None if body.amount is None else Decimal(str(body.amount))
    try:
        await run_in_threadpool(quotas.keep, month, team, amount)
    except quotas.BadQuota as error:
        raise Problem(422, "Wrong quota", code="invalid", field=str(error)) from None
    return Response(status_code=204)


async def reports(_request: Request, caller: Caller) -> Response:
    """The page; the browser fills it in."""

    def look() -> dict[str, Any]:
        with reading() as session:
            shop = profile.read(session)
        today = shop.today()
        return {
            "first": today - timedelta(days=periods.DAYS_USUAL - 1),
            "last": today,
            "currency": shop.currency,
            "teams": staffing.teams(),
        }

    return await pages.managed("reports.html", caller, **await run_in_threadpool(look))
