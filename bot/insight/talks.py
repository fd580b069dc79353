"""The conversations of a period, one row each with what came of it: shares of conversations are taken from it at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.sql import Select

from bot.db.models import Basket, Conversation, Handoff, Interaction, Lead, Order, Quote, Satisfaction
from bot.insight.figures import Scope

LEADS = ("lead", "sold", "handed_over")  # outcomes of a sales topic that make a lead
TAKEN_OVER = "taken_over"  # reason of a handoff that a supervisor began
SIGNS = ("need", "lead", "quoted", "ordered", "raised", "asked", "helped")


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


def _sign(conversation_id: Any, *signs: str, **conditions: Any) -> Select:
    """Rows that show `signs` of their conversation, and those of `conditions` that hold."""
    shown = {name: literal(int(name in signs)) for name in SIGNS}
    shown.update({name: case((condition, 1), else_=0) for name, condition in conditions.items()})
    return select(conversation_id.label("conversation_id"), *(value.label(name) for name, value in shown.items()))


def _all(scope: Scope) -> Any:
    """One row a conversation, every sign as 0 or 1."""
    holds, sells = scope.period.holds, Interaction.side == "sales"
    raised = _sign(
        Interaction.conversation_id,
        "raised",
        need=sells,
        lead=and_(sells, Interaction.outcome.in_(LEADS)),
        helped=Interaction.side == "service",
    )
    rows = union_all(
        raised.where(holds(Interaction.started_at)),
        _sign(Quote.conversation_id, "need", "lead", "quoted").where(holds(Quote.created_at)),
        _sign(Lead.conversation_id, "need", "lead").where(holds(Lead.created_at), Lead.conversation_id.is_not(None)),
        _sign(orders(scope).c.conversation_id, "need", "lead", "ordered"),
        _sign(Handoff.conversation_id, "raised", "asked").where(
            holds(Handoff.requested_at), Handoff.reason != TAKEN_OVER
        ),
        _sign(Handoff.conversation_id, "helped").where(holds(Handoff.ended_at), Handoff.state == "resolved"),
    ).subquery("signs")
    return (
        select(rows.c.conversation_id, *(func.max(rows.c[name]).label(name) for name in SIGNS))
        .group_by(rows.c.conversation_id)
        .subquery("talk")
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


def _was_rated(conversation_id: Any) -> Any:
    rated = Satisfaction.conversation_id == conversation_id, Satisfaction.rating.is_not(None)
    return select(Satisfaction.id).where(*rated).exists()


def counted(scope: Scope) -> Select:
    """Conversations with each sign; besides, leads that are qualified, and rated ones among those that were helped."""
    one = _all(scope)
    qualified = and_(one.c.lead == 1, or_(one.c.ordered == 1, _can_be_reached(one.c.conversation_id)))
    rated = and_(one.c.helped == 1, _was_rated(one.c.conversation_id))
    return select(
        *(func.coalesce(func.sum(one.c[name]), 0).label(name) for name in SIGNS),
        func.coalesce(func.sum(case((qualified, 1), else_=0)), 0).label("qualified"),
        func.coalesce(func.sum(case((rated, 1), else_=0)), 0).label("rated"),
    )
