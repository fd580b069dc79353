"""What stands beside an open conversation: who it is, what was tried, the orders and dealings, and the talks before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import Conversation, Customer, Handoff, Interaction, Order, Proof
from bot.db.session import reading
from bot.desk import dealings
from bot.desk.conversations import visible_among
from bot.desk.sessions import Caller
from bot.desk.summary import Names
from bot.support import verification
from bot.words.formatting import Locale

MOST_ORDERS, MOST_TALKS, MOST_TRIED, MOST_TOPICS = 5, 5, 8, 4
NOTHING: dict[str, Any] = {
    "customer": None,
    "lead": None,
    "offer": None,
    **{name: [] for name in ("tried", "orders", "quotes", "tickets", "cases", "photos", "documents", "earlier")},
}


def of(caller: Caller, conversation_id: str) -> dict[str, Any]:
    """The context of a conversation, in the agent's language; orders only of a customer who proved to be it."""
    locale = Locale(caller.language, "arab")  # as the desk's own numbers are written
    with reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return NOTHING
        proofs = session.scalars(select(Proof).where(Proof.conversation_id == conversation_id)).all()
        customer = _customer(session, conversation, proofs)
        orders = _orders(session, customer, proofs)
        signed = conversation.customer_id
        theirs = _their_conversations(conversation)
        found: dict[str, Any] = {
            "customer": _described(customer, conversation, proofs),
            "tried": _tried(session, conversation_id, caller.language),
            "orders": [_order(order, locale) for order in orders],
            "offer": dealings.offer(session, conversation_id, locale),
            "quotes": dealings.written_quotes(session, theirs, locale),
            "lead": dealings.lead(session, conversation_id, signed, locale),
            "tickets": dealings.tickets(session, theirs, signed, caller.language),
            "cases": dealings.cases(session, [order.id for order in orders], locale),
            **dealings.files(session, conversation_id),
            "earlier": _earlier(session, conversation),
        }
    readable = visible_among(caller, [talk["conversation_id"] for talk in found["earlier"]])
    for talk in found["earlier"]:
        talk["readable"] = talk["conversation_id"] in readable and talk["conversation_id"] != conversation_id
    return found


def _customer(session: Session, conversation: Conversation, proofs: list[Proof]) -> Customer | None:
    """Whom the shop signed for, else whose orders were proven here."""
    if conversation.customer_id:
        return session.get(Customer, conversation.customer_id)
    proven = [proof.customer_id for proof in proofs if proof.customer_id]
    if not proven:
        order_ids = [proof.order_id for proof in proofs if proof.order_id]
        owners = select(Order.customer_id).where(Order.id.in_(order_ids), Order.customer_id.is_not(None))
        proven = list(session.scalars(owners.limit(1))) if order_ids else []
    return session.get(Customer, proven[0]) if proven else None


def _described(customer: Customer | None, conversation: Conversation, proofs: list[Proof]) -> dict[str, Any]:
    level = max((proof.level for proof in proofs), default=0)
    proven = "change" if level >= verification.CHANGE else "order" if level else None
    return {
        "name": customer.name if customer else None,
        "email": customer.email if customer else None,
        "phone": customer.phone if customer else None,
        "city": customer.city if customer else None,
        "language": conversation.language,
        "verified": "identity" if conversation.customer_id else proven,
    }


def _orders(session: Session, customer: Customer | None, proofs: list[Proof]) -> list[Order]:
    """The proven orders, and what else their customer bought."""
    theirs = Order.id.in_([proof.order_id for proof in proofs if proof.order_id])
    if customer is not None:
        theirs = theirs | (Order.customer_id == customer.id)
    query = select(Order).where(theirs).order_by(Order.placed_at.desc()).limit(MOST_ORDERS)
    return list(session.scalars(query).unique())


def _order(order: Order, locale: Locale) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": order.state,
        "placed_at": order.placed_at,
        "total": locale.money(order.total, order.currency) if order.total is not None else "",
        "lines": [f"{locale.number(line.quantity)} × {line.title.get_for(locale.language)}" for line in order.lines],
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


def _their_conversations(conversation: Conversation) -> Any:
    """Ids of the customer's conversations: all of who signed in, else this one alone."""
    mine = Conversation.id == conversation.id
    if conversation.customer_id:
        mine = mine | (Conversation.customer_id == conversation.customer_id)
    return select(Conversation.id).where(mine)


def _earlier(session: Session, conversation: Conversation) -> list[dict[str, Any]]:
    """Handoffs of this conversation that ended, and the customer's other conversations, the newest first."""
    newest = (
        select(func.max(Handoff.id))
        .where(Handoff.conversation_id == Conversation.id, Handoff.ended_at.is_not(None))
        .correlate(Conversation)
        .scalar_subquery()
    )
    ended = (
        select(Conversation.id, Handoff.reason, Handoff.outcome, Handoff.ended_at.label("at"))
        .join(Handoff, Handoff.conversation_id == Conversation.id)
        .where(Conversation.id == conversation.id, Handoff.ended_at.is_not(None))
        .order_by(Handoff.id.desc())
    )
    others = (
        select(
            Conversation.id,
            Handoff.reason,
            Handoff.outcome,
            func.coalesce(Handoff.ended_at, Conversation.updated_at).label("at"),
        )
        .outerjoin(Handoff, Handoff.id == newest)
        .where(Conversation.id.in_(_their_conversations(conversation)), Conversation.id != conversation.id)
        .order_by(Conversation.updated_at.desc())
    )
    rows = [row for query in (ended, others) for row in session.execute(query.limit(MOST_TALKS))]
    rows = sorted(rows, key=lambda row: row.at, reverse=True)[:MOST_TALKS]
    topics = _topics(session, [row.id for row in rows])
    return [
        {
            "conversation_id": row.id,
            "at": row.at,
            "reason": row.reason,
            "outcome": row.outcome,
            "topics": [] if row.id == conversation.id else topics.get(row.id, []),
        }
        for row in rows
    ]


def _topics(session: Session, conversation_ids: list[str]) -> dict[str, list[str]]:
    """What some conversations were about, the first topics of each."""
    rows = session.execute(
        select(Interaction.conversation_id, Interaction.topic)
        .where(Interaction.conversation_id.in_(conversation_ids))
        .order_by(Interaction.id)
    )
    found: dict[str, list[str]] = {}
    for conversation_id, topic in rows:
        held = found.setdefault(conversation_id, [])
        if topic not in held and len(held) < MOST_TOPICS:
            held.append(topic)
    return found
