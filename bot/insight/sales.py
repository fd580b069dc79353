"""Sales measures: what customers wanted to buy, and what came of it. docs/measures.md defines each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Float, and_, case, cast, func, literal, or_, select, type_coerce, union_all
from sqlalchemy.sql import Select

from bot.db.models import Basket, Conversation, Handoff, Interaction, Lead, Order, Quota, Quote
from bot.insight.figures import Measure, Scope
from bot.insight.sql import seconds

LEADS = ("lead", "sold", "handed_over")  # outcomes of a sales topic that make a lead
RECOVERED_AFTER = 24 * 3600  # seconds for which a basket lay before its order


def orders(scope: Scope) -> Any:
    """Orders placed in a conversation within the period and not cancelled since, in the shop's currency."""
    return (
        select(
            Basket.conversation_id.label("conversation_id"),
            Basket.created_at.label("begun_at"),
            Order.id.label("order_id"),
            Order.placed_at.label("placed_at"),
            Order.total.label("total"),
            Order.discount.label("discount"),
        )
        .join(Order, Order.id == Basket.order_id)
        .where(
            scope.period.holds(Order.placed_at),
            Basket.state == "ordered",
            Order.state != "cancelled",
            Order.currency == scope.currency,
        )
        .subquery("placed")
    )


def buying(scope: Scope) -> Any:
    """Conversations with a buying need: one row each, `lead`, `quoted` and `ordered` as 0 or 1."""
    placed, yes, no = orders(scope), literal(1), literal(0)
    signs = union_all(
        select(
            Interaction.conversation_id.label("conversation_id"),
            case((Interaction.outcome.in_(LEADS), 1), else_=0).label("lead"),
            no.label("quoted"),
            no.label("ordered"),
        ).where(scope.period.holds(Interaction.started_at), Interaction.side == "sales"),
        select(Quote.conversation_id, yes, yes, no).where(scope.period.holds(Quote.created_at)),
        select(Lead.conversation_id, yes, no, no).where(
            scope.period.holds(Lead.created_at), Lead.conversation_id.is_not(None)
        ),
        select(placed.c.conversation_id, yes, no, yes),
    ).subquery("signs")
    return (
        select(
            signs.c.conversation_id,
            func.max(signs.c.lead).label("lead"),
            func.max(signs.c.quoted).label("quoted"),
            func.max(signs.c.ordered).label("ordered"),
        )
        .group_by(signs.c.conversation_id)
        .subquery("buying")
    )


def _can_be_reached(conversation_id: Any) -> Any:
    """Whether the customer of a conversation can be reached: signed in, or left a contact."""
    theirs = Basket.conversation_id == conversation_id
    known = or_(Lead.phone.is_not(None), Lead.email.is_not(None))
    return or_(
        select(Conversation.id)
        .where(Conversation.id == conversation_id, Conversation.customer_id.is_not(None))
        .exists(),
        select(Lead.id).where(Lead.conversation_id == conversation_id, known).exists(),
        select(Basket.id).where(theirs, or_(Basket.phone.is_not(None), Basket.email.is_not(None))).exists(),
        select(Handoff.id).where(Handoff.conversation_id == conversation_id, Handoff.contact.is_not(None)).exists(),
    )


def _is_qualified(one: Any) -> Any:
    return and_(one.c.lead == 1, or_(one.c.ordered == 1, _can_be_reached(one.c.conversation_id)))


def _count_of(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def funnel(scope: Scope) -> Select:
    """Conversations at each step, each among those of the step it follows: need, lead, then three more."""
    one = buying(scope)
    return select(
        func.count().label("need"),
        _count_of(one.c.lead == 1).label("lead"),
        _count_of(_is_qualified(one)).label("qualified"),
        _count_of(one.c.quoted == 1).label("quoted"),
        _count_of(one.c.ordered == 1).label("ordered"),
    ).select_from(one)


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
        _count_of(lay >= RECOVERED_AFTER).label("recovered"),
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
    took = seconds(placed.c.placed_at) - seconds(began)
    return select(func.sum(took).label("numerator"), func.count(took).label("denominator"))


MEASURES = (
    Measure("sales_conversations", "sales", "count", funnel, ("need", None)),
    Measure("leads", "sales", "count", funnel, ("lead", None)),
    Measure("qualified_leads", "sales", "count", funnel, ("qualified", None)),
    Measure("quotes", "sales", "count", _quotes, ("numerator", None)),
    Measure("orders", "sales", "count", _orders, ("orders", None)),
    Measure("lead_rate", "sales", "share", funnel, ("lead", "need")),
    Measure("qualification_rate", "sales", "share", funnel, ("qualified", "lead")),
    Measure("quote_rate", "sales", "share", funnel, ("quoted", "lead")),
    Measure("close_rate", "sales", "share", funnel, ("ordered", "lead")),
    Measure("conversion_rate", "sales", "share", funnel, ("ordered", "need")),
    Measure("revenue", "sales", "money", _orders, ("revenue", None)),
    Measure("average_order_value", "sales", "money", _orders, ("revenue", "priced")),
    Measure("quota_attainment", "sales", "share", _quota_attainment),
    Measure("discount_given", "sales", "money", _orders, ("discount", None)),
    Measure("recovered_baskets", "sales", "count", _orders, ("recovered", None)),
    Measure("time_to_close", "sales", "seconds", _time_to_close),
)
