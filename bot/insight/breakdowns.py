"""Where a report's figures come from: by day, by hour, by topic, channel, language, product and team, and reasons.

Moments are counted by quarters of an hour in SQL, which every time zone's days are made of, and put on the
shop's clock afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Text, case, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from bot.db.models import Handoff, Interaction, Product, Quota, Satisfaction, Team, Ticket
from bot.insight import sales, service, talks
from bot.insight.figures import Scope, number
from bot.insight.sql import seconds, whole_seconds

QUARTER = 900  # seconds
MOST_PRODUCTS = 15

Row = dict[str, Any]


def _local(slot: int, scope: Scope) -> datetime:
    return datetime.fromtimestamp(slot * QUARTER, timezone.utc).astimezone(scope.period.zone)


def _slots(session: Session, moment: Any, values: Sequence[Any], *conditions: Any) -> list[Any]:
    slot = (whole_seconds(moment) - whole_seconds(moment) % QUARTER) / QUARTER
    slot = cast(slot, BigInteger).label("slot")
    return session.execute(select(slot, *values).where(*conditions).group_by("slot")).all()


def by_time(session: Session, scope: Scope) -> tuple[list[Row], list[Row]]:
    """The trend, a row for each day, and the heat map, a row for each weekday and hour in which anything was raised."""
    days: dict[str, Row] = {
        day.isoformat(): {"day": day.isoformat(), "topics": 0, "handoffs": 0, "orders": 0, "revenue": 0}
        for day in scope.period.each_day()
    }
    hours: Counter[tuple[int, int]] = Counter()
    count, begun, asked = func.count().label("count"), Interaction.started_at, Handoff.requested_at
    for row in _slots(session, begun, [count], scope.period.holds(begun)):
        local = _local(row.slot, scope)
        days[local.date().isoformat()]["topics"] += row.count
        hours[local.weekday(), local.hour] += row.count
    for row in _slots(session, asked, [count], scope.period.holds(asked)):
        days[_local(row.slot, scope).date().isoformat()]["handoffs"] += row.count
    placed = talks.orders(scope)
    total = func.sum(type_coerce(placed.c.total, BigInteger)).label("thousandths")
    for row in _slots(session, placed.c.placed_at, [count, total]):
        day = days[_local(row.slot, scope).date().isoformat()]
        day["orders"] += row.count
        day["revenue"] = number(round(day["revenue"] + int(row.thousandths or 0) / 1000, 3))
    heat = [{"weekday": weekday, "hour": hour, "topics": count} for (weekday, hour), count in sorted(hours.items())]
    return list(days.values()), heat


_OUTCOMES = ("resolved", "sold", "lead", "unknown", "handed_over", "abandoned")


def by_kind(session: Session, scope: Scope, services: list[Any]) -> dict[str, list[Row]]:
    """Topics counted by topic, by channel and by language, with how they ended.

    Args:
        services: the rows of `service.solving`.
    """
    kinds = [getattr(Interaction, kind) for kind in service.KINDS]
    others = (
        select(*kinds, service.resolved().label("resolved"))
        .where(scope.period.holds(Interaction.started_at), Interaction.side != "service")
        .subquery("others")
    )
    keys = [others.c[kind] for kind in service.KINDS]
    counts = func.count().label("topics"), func.sum(others.c.resolved).label("resolved")
    tables: dict[str, dict[str, Row]] = {"topic": {}, "channel": {}, "language": {}}
    for row in [*services, *session.execute(select(*keys, *counts).group_by(*keys))]:
        for name, table in tables.items():
            entry = table.setdefault(
                row._mapping[name], {"name": row._mapping[name], "topics": 0, **dict.fromkeys(_OUTCOMES, 0)}
            )
            entry["topics"] += row.topics
            entry["resolved"] += int(row.resolved or 0)
            if row.outcome in entry:
                entry[row.outcome] += row.topics
    return {name: _largest(table.values(), "topics") for name, table in tables.items()}


def _largest(rows: Iterable[Row], by: str) -> list[Row]:
    return sorted(rows, key=lambda row: (-row[by], str(row["name"])))


def _count_of(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


_OF_PRODUCT = ("topics", "sales", "service", "sold")


def by_product(session: Session, scope: Scope, language: str) -> list[Row]:
    """The products most talked about: questions of sales and of service, and how often they were sold."""
    listed = cast(Interaction.products, Text).label("listed")
    rows = session.execute(
        select(
            listed,
            func.count().label("topics"),
            _count_of(Interaction.side == "sales").label("sales"),
            _count_of(Interaction.side == "service").label("service"),
            _count_of(Interaction.outcome == "sold").label("sold"),
        )
        .where(scope.period.holds(Interaction.started_at))
        .group_by(listed)
    )
    found: dict[str, Row] = {}
    for row in rows:
        for code in msgspec.json.decode(row.listed or "[]"):
            entry = found.setdefault(code, {"code": code, "name": code, **dict.fromkeys(_OF_PRODUCT, 0)})
            for column in _OF_PRODUCT:
                entry[column] += int(row._mapping[column])
    top = _largest(found.values(), "topics")[:MOST_PRODUCTS]
    names = product_names(session, [row["code"] for row in top], language)
    return [{**row, "name": names.get(row["code"], row["code"])} for row in top]


def product_names(session: Session, codes: list[str], language: str) -> dict[str, str]:
    """Titles of products by code."""
    rows = session.execute(select(Product.code, Product.title).where(Product.code.in_(codes)))
    return {row.code: row.title.get_for(language) or row.code for row in rows}


def by_team(session: Session, scope: Scope, language: str) -> list[Row]:
    """What waits, handling and sales came to in each team."""
    forwards = Handoff.accepted_at >= Handoff.requested_at, Handoff.ended_at >= Handoff.accepted_at  # clocks may jump
    waited = case((service.waited_for() & forwards[0], seconds(Handoff.accepted_at) - seconds(Handoff.requested_at)))
    handled = case((forwards[1], seconds(Handoff.ended_at) - seconds(Handoff.accepted_at)))
    rows = session.execute(
        select(
            Handoff.team_id,
            func.count().label("handoffs"),
            func.avg(waited).label("waiting"),
            func.avg(handled).label("handling"),
            func.sum(case((service.breached(scope) & service.waited_for(), 1), else_=0)).label("breaches"),
            func.avg(Handoff.satisfaction * 1.0).label("stars"),
        )
        .join(Team, Team.id == Handoff.team_id)
        .where(scope.period.holds(Handoff.requested_at))
        .group_by(Handoff.team_id)
    )
    helped = {row.team_id: row for row in rows}
    sold, quotas = _revenue_by_team(session, scope), _quota_by_team(session, scope)
    table = []
    for team in session.execute(select(Team.id, Team.code, Team.name, Team.active).order_by(Team.id)):
        if not (team.active or team.id in helped or team.id in sold or team.id in quotas):
            continue
        mine, revenue, quota = helped.get(team.id), sold.get(team.id, 0.0), quotas.get(team.id)
        table.append(
            {
                "code": team.code,
                "name": team.name.get_for(language),
                "handoffs": mine.handoffs if mine else 0,
                "waiting_time": _rounded(mine and mine.waiting),
                "handling_time": _rounded(mine and mine.handling),
                "breaches": int(mine.breaches or 0) if mine else 0,
                "stars": _rounded(mine and mine.stars, 2),
                "revenue": number(revenue),
                "quota": None if quota is None else number(quota),
                "attainment": round(revenue / quota, 4) if quota else None,
            }
        )
    return table


def _rounded(value: Any, places: int = 1) -> float | None:
    return None if value is None else round(float(value), places)


def _revenue_by_team(session: Session, scope: Scope) -> dict[int, float]:
    """An order counts for the team that helped last before it, and for Sales where the bot sold alone."""
    placed = talks.orders(scope)
    helped = (
        select(Handoff.team_id)
        .where(Handoff.conversation_id == placed.c.conversation_id, Handoff.accepted_at <= placed.c.placed_at)
        .order_by(Handoff.accepted_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    alone = select(Team.id).where(Team.code == "sales").scalar_subquery()
    owner = func.coalesce(helped, alone).label("team_id")
    one = select(owner, type_coerce(placed.c.total, BigInteger).label("total")).subquery()
    rows = session.execute(select(one.c.team_id, func.sum(one.c.total).label("total")).group_by(one.c.team_id))
    return {row.team_id: float(row.total or 0) / 1000 for row in rows}


def _quota_by_team(session: Session, scope: Scope) -> dict[int, float]:
    rows = session.execute(
        select(Quota.team_id, sales.quota_of(scope).label("amount"))
        .where(Quota.month.in_(list(scope.period.shares_of_months())))
        .group_by(Quota.team_id)
    )
    return {row.team_id: float(row.amount or 0) / 1000 for row in rows}


def reasons(session: Session, scope: Scope) -> dict[str, list[Row]]:
    """Why conversations were handed over, what complaints were about, and how many stars there were."""
    found: dict[str, list[Row]] = {}
    for name, column, period in (
        ("handover_reasons", Handoff.reason, scope.period.holds(Handoff.requested_at)),
        ("complaint_causes", Ticket.cause, scope.period.holds(Ticket.at) & (Ticket.topic == "complaint")),
        ("stars", Satisfaction.rating, scope.period.holds(Satisfaction.at) & Satisfaction.rating.is_not(None)),
    ):
        rows = session.execute(select(column.label("name"), func.count().label("count")).where(period).group_by(column))
        found[name] = _largest([dict(row._mapping) for row in rows], "count")
    return found


def drop_offs(raised: Iterable[Any]) -> list[Row]:
    """Where customers left: topics and places in them that were abandoned, of all that got there.

    Args:
        raised: the rows of `topics.raised`.
    """
    places = [
        {
            "name": row.topic,
            "place": row.place or "",
            "topics": row.topics,
            "abandoned": int(row.abandoned),
            "share": round(int(row.abandoned) / row.topics, 4),
        }
        for row in raised
        if row.abandoned
    ]
    return _largest(places, "abandoned")[:MOST_PRODUCTS]
