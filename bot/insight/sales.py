"""Sales measures: what customers wanted to buy, and what came of it. docs/measures.md defines each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Float, case, cast, func, literal, select, type_coerce
from sqlalchemy.sql import Select

from bot.db.models import Interaction, Quota, Quote
from bot.insight import talks
from bot.insight.figures import Measure, Scope
from bot.insight.sql import seconds
from bot.insight.talks import orders

RECOVERED_AFTER = 24 * 3600  # seconds for which a basket lay before its order


def _quotes(scope: Scope) -> Select:
    return select(func.count().label("numerator")).where(scope.period.holds(Quote.created_at))


def _orders(scope: Scope) -> Select:
    placed = orders(scope)
    lay = seconds(placed.c.placed_at) - seconds(placed.c.begun_at)
    return select(
        func.count().label("orders"),
        func.count(placed.c.total).label("priced"),
        func.sum(placed.c.total).label("revenue"),
        func.sum(placed.c.discount).label("discount"),
        func.sum(case((lay >= RECOVERED_AFTER, 1), else_=0)).label("recovered"),
    ).select_from(placed)


def quota_of(scope: Scope) -> Any:
    """Sum of the quotas in thousandths, each month's by the share of its days that lie in the period."""
    shares = scope.period.shares_of_months()
    share = case(*((Quota.month == month, cast(literal(part), Float)) for month, part in shares.items()), else_=0.0)
    return func.sum(type_coerce(Quota.amount, BigInteger) * share)


def _quota_attainment(scope: Scope) -> Select:
    sold = select(func.sum(type_coerce(orders(scope).c.total, BigInteger))).scalar_subquery()
    return select(
        (sold / 1000.0).label("numerator"),
        (quota_of(scope) / 1000.0).label("denominator"),
    ).where(Quota.month.in_(list(scope.period.shares_of_months())))


def _time_to_close(scope: Scope) -> Select:
    placed = orders(scope)
    began = (
        select(func.min(Interaction.started_at))
        .where(
            Interaction.conversation_id == placed.c.conversation_id,
            Interaction.side == "sales",
            Interaction.started_at <= placed.c.placed_at,
        )
        .scalar_subquery()
    )
    took = (seconds(placed.c.placed_at) - seconds(began)).label("took")
    took = select(took).offset(0).subquery("closed").c.took  # looked up once for each order, not for each of the two
    return select(func.sum(took).label("numerator"), func.count(took).label("denominator"))


MEASURES = (
    Measure("sales_conversations", "sales", "count", talks.counted, ("need", None)),
    Measure("leads", "sales", "count", talks.counted, ("lead", None)),
    Measure("qualified_leads", "sales", "count", talks.counted, ("qualified", None)),
    Measure("quotes", "sales", "count", _quotes, ("numerator", None)),
    Measure("orders", "sales", "count", _orders, ("orders", None)),
    Measure("lead_rate", "sales", "share", talks.counted, ("lead", "need")),
    Measure("qualification_rate", "sales", "share", talks.counted, ("qualified", "lead")),
    Measure("quote_rate", "sales", "share", talks.counted, ("quoted", "lead")),
    Measure("close_rate", "sales", "share", talks.counted, ("ordered", "lead")),
    Measure("conversion_rate", "sales", "share", talks.counted, ("ordered", "need")),
    Measure("revenue", "sales", "money", _orders, ("revenue", None)),
    Measure("average_order_value", "sales", "money", _orders, ("revenue", "priced")),
    Measure("quota_attainment", "sales", "share", _quota_attainment),
    Measure("discount_given", "sales", "money", _orders, ("discount", None)),
    Measure("recovered_baskets", "sales", "count", _orders, ("recovered", None)),
    Measure("time_to_close", "sales", "seconds", _time_to_close),
)
