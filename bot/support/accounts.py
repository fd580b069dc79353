"""A customer's own data: a copy of all of it, and its erasure with a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import (
    Appointment,
    Consent,
    Conversation,
    Customer,
    DialogueEvent,
    DialogueState,
    Erasure,
    Feedback,
    Handoff,
    Interaction,
    Lead,
    Message,
    Order,
    Proof,
    Refund,
    ReturnCase,
    Satisfaction,
    Ticket,
    VerificationAttempt,
    WarrantyClaim,
)
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop.leads import keeping

FIRST_NUMBER = 1000


@dataclass(frozen=True)
class Receipt:
    """What was erased: the receipt's number, and how much of what."""

    number: str
    counts: dict[str, int]


def _plain(row: Any, *names: str) -> dict[str, Any]:
    def value(item: Any) -> Any:
        return item if isinstance(item, (str, int, bool, dict, list, type(None))) else str(item)

    return {name: value(getattr(row, name)) for name in names}


def conversations_of(session: Session, customer_id: int) -> list[str]:
    """Conversations in which the customer proved who they are."""
    own_orders = select(Order.id).where(Order.customer_id == customer_id)
    proven = select(Proof.conversation_id).where(or_(Proof.customer_id == customer_id, Proof.order_id.in_(own_orders)))
    rows = select(Conversation.id).where(or_(Conversation.customer_id == customer_id, Conversation.id.in_(proven)))
    return list(session.execute(rows.order_by(Conversation.created_at)).scalars())


def export(customer_id: int) -> dict[str, Any] | None:
    """All that is kept of a customer, as JSON; None when there is no such customer."""
    with reading() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            return None
        talks = conversations_of(session, customer_id)
        orders = session.execute(select(Order).where(Order.customer_id == customer_id).order_by(Order.id)).scalars()
        return {
            "customer": _plain(
                customer, "code", "name", "email", "phone", "language", "city", "address", "accepts_marketing"
            ),
            "orders": [_order(session, order) for order in orders],
            "tickets": [
                _plain(row, "number", "topic", "story", "wish", "state", "at")
                for row in session.execute(select(Ticket).where(Ticket.customer_id == customer_id)).scalars()
            ],
            "leads": [_lead(session, lead) for lead in keeping.of_customer(session, customer)],
            "conversations": [_conversation(session, talk) for talk in talks],
        }


def _lead(session: Session, lead: Lead) -> dict[str, Any]:
    return {
        **_plain(lead, "name", "email", "phone", "need", "budget", "timeline", "authority", "score", "next_step"),
        "consents": [
            _plain(row, "purpose", "channel", "wording", "given_at", "withdrawn_at")
            for row in session.execute(select(Consent).where(Consent.lead_id == lead.id)).scalars()
        ],
        "appointments": [
            _plain(row, "kind", "place", "starts_at")
            for row in session.execute(select(Appointment).where(Appointment.lead_id == lead.id)).scalars()
        ],
    }


def _order(session: Session, order: Order) -> dict[str, Any]:
    own = {model: model.order_id == order.id for model in (ReturnCase, Refund, WarrantyClaim)}
    return {
        **_plain(order, "number", "placed_at", "state", "payment_state", "currency", "total", "email", "phone"),
        "shipping_address": order.shipping_address,
        "lines": [_plain(line, "sku", "title", "quantity", "unit_price") for line in order.lines],
        "payments": [_plain(payment, "method", "amount", "state", "paid_at") for payment in order.payments],
        "returns": [
            _plain(row, "number", "kind", "state", "title", "reason", "amount", "at")
            for row in session.execute(select(ReturnCase).where(own[ReturnCase])).scalars()
        ],
        "refunds": [
            _plain(row, "method", "amount", "state", "due_on")
            for row in session.execute(select(Refund).where(own[Refund])).scalars()
        ],
        "warranty_claims": [
            _plain(row, "number", "serial_number", "description", "state", "at")
            for row in session.execute(select(WarrantyClaim).where(own[WarrantyClaim])).scalars()
        ],
    }


def _conversation(session: Session, conversation_id: str) -> dict[str, Any]:
    rows = session.execute(
        select(Message.author, Message.parts, Message.created_at)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id)
    )
    return {
        "id": conversation_id,
        "messages": [{"author": row.author, "parts": row.parts, "at": str(row.created_at)} for row in rows],
        "ratings": [
            _plain(row, "rating", "word", "solved")
            for row in session.execute(
                select(Satisfaction).where(Satisfaction.conversation_id == conversation_id)
            ).scalars()
        ],
        "feedback": [
            _plain(row, "kind", "text")
            for row in session.execute(select(Feedback).where(Feedback.conversation_id == conversation_id)).scalars()
        ],
    }


def erase(customer_id: int, conversation_id: str) -> Receipt:
    """Erase a customer: who they are, what they wrote, and whom every order was for.

    What was sold for how much stays, without a name, for the shop's books. The conversation in which it was
    asked for is needed to tell the receipt; it goes once it has been silent (`finish_erasures`).
    """
    with writing() as session:
        counts = {
            "orders": _count(session, Order, Order.customer_id == customer_id),
            "tickets": _count(session, Ticket, Ticket.customer_id == customer_id),
        }
        talks = conversations_of(session, customer_id)
        counts["conversations"] = len(talks)
        own = select(Order.id).where(Order.customer_id == customer_id)
        session.execute(
            update(Ticket)
            .where(or_(Ticket.customer_id == customer_id, Ticket.order_id.in_(own)))
            .values(story="", wish="", reasons=[], customer_id=None)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(WarrantyClaim)
            .where(WarrantyClaim.order_id.in_(own))
            .values(serial_number="", description="")
            .execution_options(synchronize_session=False)
        )
        orders = session.execute(select(Order).where(Order.customer_id == customer_id)).scalars().all()
        for order in orders:
            order.email = order.phone = order.customer_id = None
            order.shipping_address, order.note = {}, ""
            for shipment in order.shipments:
                shipment.tracking_number = shipment.tracking_url = None
        _forget_conversations(session, [talk for talk in talks if talk != conversation_id])
        customer = session.get(Customer, customer_id)
        if customer is not None:
            keeping.forget_customer(session, customer)
        session.execute(update(Conversation).where(Conversation.customer_id == customer_id).values(customer_id=None))
        session.flush()
        session.execute(delete(Customer).where(Customer.id == customer_id))
        row = Erasure(counts=counts, conversation_id=conversation_id, at=now())
        session.add(row)
        session.flush()
        row.number = f"E-{FIRST_NUMBER + row.id}"
        session.flush()
        return Receipt(row.number, counts)


def _count(session: Session, model: Any, *conditions: Any) -> int:
    return int(session.execute(select(func.count()).select_from(model).where(*conditions)).scalar() or 0)


def _forget_conversations(session: Session, talks: list[str]) -> None:
    for model in (DialogueState, DialogueEvent):
        session.execute(delete(model).where(model.conversation_id.in_(talks)))
    for model in (Handoff, Interaction, VerificationAttempt, Conversation):
        key = model.id if model is Conversation else model.conversation_id
        session.execute(delete(model).where(key.in_(talks)))


def finish_erasures() -> int:
    """Delete the conversations in which an erasure was asked for, once they have been silent; how many."""
    with writing() as session:
        rows = session.execute(
            select(Erasure, Conversation.id)
            .join(Conversation, Conversation.id == Erasure.conversation_id)
            .where(Conversation.updated_at < now() - timedelta(minutes=settings().session_minutes))
            .limit(100)
        ).all()
        _forget_conversations(session, [row.id for row in rows])
        for row in rows:
            row.Erasure.conversation_id = None
        return len(rows)
