"""What stands beside an open conversation: who it is, what was tried, the orders, and the talks before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Conversation, Customer, Handoff, Interaction, Order, VerificationAttempt
from bot.db.session import reading
from bot.desk.sessions import Caller
from bot.desk.summary import Names
from bot.words.formatting import Locale

MOST_ORDERS, MOST_TALKS, MOST_TRIED = 5, 5, 8


def of(caller: Caller, conversation_id: str) -> dict[str, Any]:
    """The context of a conversation, in the agent's language; orders only of a customer who proved to be it."""
    locale = Locale(caller.language)
    with reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return {"customer": None, "tried": [], "orders": [], "earlier": []}
        proven = _proven_orders(session, conversation_id)
        customer = _customer(session, conversation, proven)
        return {
            "customer": _described(customer, conversation, proven),
            "tried": _tried(session, conversation_id, caller.language),
            "orders": [_order(order, locale) for order in _orders(session, customer, proven)],
            "earlier": _earlier(session, conversation, customer),
        }


def _proven_orders(session: Session, conversation_id: str) -> list[str]:
    """Keys of the orders whose number and contact the customer gave rightly in this conversation."""
    query = select(VerificationAttempt.number_key).where(
        VerificationAttempt.conversation_id == conversation_id, VerificationAttempt.succeeded.is_(True)
    )
    return list(dict.fromkeys(session.scalars(query)))


def _customer(session: Session, conversation: Conversation, proven: list[str]) -> Customer | None:
    if conversation.customer_id:
        return session.get(Customer, conversation.customer_id)
    query = select(Customer).join(Order, Order.customer_id == Customer.id).where(Order.number_key.in_(proven))
    return session.scalars(query.limit(1)).first() if proven else None


def _described(customer: Customer | None, conversation: Conversation, proven: list[str]) -> dict[str, Any]:
    verified = "identity" if conversation.customer_id else "order" if proven else None
    return {
        "name": customer.name if customer else None,
        "email": customer.email if customer else None,
        "phone": customer.phone if customer else None,
        "city": customer.city if customer else None,
        "language": conversation.language,
        "verified": verified,
    }


def _orders(session: Session, customer: Customer | None, proven: list[str]) -> list[Order]:
    theirs = Order.number_key.in_(proven)
    if customer is not None:
        theirs = theirs | (Order.customer_id == customer.id)
    query = select(Order).where(theirs).order_by(Order.placed_at.desc()).limit(MOST_ORDERS)
    return list(session.scalars(query).unique()) if proven or customer else []


def _order(order: Order, locale: Locale) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": order.state,
        "placed_at": order.placed_at,
        "total": locale.money(order.total, order.currency) if order.total is not None else "",
        "lines": [f"{line.quantity} × {line.title.get_for(locale.language)}" for line in order.lines],
        "tracking": next((parcel.tracking_url for parcel in order.shipments if parcel.tracking_url), None),
    }


def _tried(session: Session, conversation_id: str, language: str) -> list[dict[str, Any]]:
    """The topics of the conversation with how each stood, and the products they were about."""
    rows = list(
        session.scalars(
            select(Interaction)
            .where(Interaction.conversation_id == conversation_id)
            .order_by(Interaction.id.desc())
            .limit(MOST_TRIED)
        )
    )[::-1]
    names = Names(session, [{"products": row.products} for row in rows], language)
    return [
        {"topic": row.topic, "outcome": row.outcome, "products": names.products(row.products), "turns": row.turns}
        for row in rows
    ]


def _earlier(session: Session, conversation: Conversation, customer: Customer | None) -> list[dict[str, Any]]:
    """Handoffs of this conversation that ended, and the customer's other conversations."""
    theirs = Handoff.conversation_id == conversation.id
    if customer is not None and conversation.customer_id:
        others = select(Conversation.id).where(Conversation.customer_id == customer.id)
        theirs = theirs | Handoff.conversation_id.in_(others)
    query = (
        select(Handoff.conversation_id, Handoff.reason, Handoff.outcome, Handoff.ended_at)
        .where(theirs, Handoff.ended_at.is_not(None))
        .order_by(Handoff.id.desc())
        .limit(MOST_TALKS)
    )
    return [dict(row._mapping) for row in session.execute(query)]
