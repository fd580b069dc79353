"""Orders as their customers may see them: only after the number and the contact they were placed with match."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from bot.clock import now
from bot.db.models import Branch, Conversation, Order, Shipment, VerificationAttempt
from bot.db.session import reading, writing
from bot.db.types import LocalisedText

MISSES_ALLOWED = 3  # wrong tries, then a conversation may try no more
GUESSES_ALLOWED = 10  # wrong tries at one order number by everybody within a day
GUESSES_REMEMBERED = timedelta(days=1)


class Locked(PermissionError):
    """Too many wrong tries in this conversation."""


class NotMatched(LookupError):
    """No order has this number with this contact; it is not said which of the two is wrong."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


@dataclass(frozen=True)
class Line:
    """A line of an order."""

    title: LocalisedText
    quantity: int
    unit_price: Decimal | None


@dataclass(frozen=True)
class Parcel:
    """A shipment on its way."""

    state: str
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: datetime | None
    expected_on: date | None
    delivered_at: datetime | None
    titles: list[LocalisedText] = field(default_factory=list)


@dataclass(frozen=True)
class CustomersOrder:
    """An order with what its customer may know."""

    number: str
    state: str
    payment_state: str
    placed_at: datetime
    expected_on: date | None
    delivery_method: str
    pickup_place: LocalisedText | None
    currency: str
    total: Decimal | None
    lines: list[Line]
    parcels: list[Parcel]

    def is_late(self, today: date) -> bool:
        """Whether the promised day has passed and it has not arrived."""
        under_way = {"pending", "confirmed", "processing", "partially_shipped", "shipped", "out_for_delivery"}
        return self.state in under_way and self.expected_on is not None and self.expected_on < today


def number_key(number: str) -> str:
    """An order number as it is compared: upper case, letters and digits only."""
    return re.sub(r"[\W_]", "", number).upper()


def misses(session: Session, conversation_id: str) -> int:
    """Wrong tries in a conversation."""
    return int(
        session.execute(
            select(func.count())
            .select_from(VerificationAttempt)
            .where(VerificationAttempt.conversation_id == conversation_id, VerificationAttempt.succeeded.is_(False))
        ).scalar()
        or 0
    )


def is_locked(conversation_id: str) -> bool:
    """Whether a conversation may try no more."""
    with reading() as session:
        return misses(session, conversation_id) >= MISSES_ALLOWED


def recognised_customer(conversation_id: str) -> int | None:
    """The customer whose identity the shop signed for this conversation."""
    with reading() as session:
        return session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()


def _guessed_too_often(session: Session, key: str) -> bool:
    wrong = session.execute(
        select(func.count())
        .select_from(VerificationAttempt)
        .where(
            VerificationAttempt.number_key == key,
            VerificationAttempt.at > now() - GUESSES_REMEMBERED,
            VerificationAttempt.succeeded.is_(False),
        )
    ).scalar()
    return int(wrong or 0) >= GUESSES_ALLOWED


def _contact_matches(order: Order, contact: str) -> bool:
    contact = contact.strip().lower()
    return bool(contact) and contact in {(order.email or "").lower(), order.phone or ""}


def look_up(conversation_id: str, message_id: int, number: str, contact: str | None) -> CustomersOrder:
    """The order of a number, for the customer who placed it.

    Args:
        message_id: the message the try came with; a turn that is run again counts as one try.
        contact: e-mail in lower case or phone in E.164; None when the shop signed who the customer is.

    Raises:
        Locked: the conversation has tried too often.
        NotMatched: there is no such order for this customer.
    """
    key = number_key(number)[:64]
    recognised = recognised_customer(conversation_id)
    with writing() as session:
        if misses(session, conversation_id) >= MISSES_ALLOWED:
            raise Locked
        order = session.execute(_query().where(Order.number_key == key)).scalar_one_or_none()
        known = order is not None and recognised is not None and order.customer_id == recognised
        proven = order is not None and contact is not None and _contact_matches(order, contact)
        allowed = known or (proven and not _guessed_too_often(session, key))
        _note(session, conversation_id, message_id, key, allowed)
        left = MISSES_ALLOWED - misses(session, conversation_id)
    if order is None or not allowed:
        if left <= 0:
            raise Locked
        raise NotMatched(left)
    return _seen(order)


def _note(session: Session, conversation_id: str, message_id: int, key: str, succeeded: bool) -> None:
    try:
        with session.begin_nested():
            session.execute(
                insert(VerificationAttempt).values(
                    conversation_id=conversation_id,
                    message_id=message_id,
                    number_key=key,
                    succeeded=succeeded,
                    at=now(),
                )
            )
    except IntegrityError:
        return


def latest_of(customer_id: int, limit: int = 3) -> list[CustomersOrder]:
    """A recognised customer's newest orders."""
    with reading() as session:
        rows = session.execute(
            _query().where(Order.customer_id == customer_id).order_by(Order.placed_at.desc()).limit(limit)
        ).scalars()
        return [_seen(row) for row in rows]


def _query() -> Any:
    return select(Order).options(
        selectinload(Order.lines),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.pickup_branch),
    )


def _seen(order: Order) -> CustomersOrder:
    titles = {line.id: line.title for line in order.lines}
    place: Branch | None = order.pickup_branch
    return CustomersOrder(
        number=order.number,
        state=order.state,
        payment_state=order.payment_state,
        placed_at=order.placed_at,
        expected_on=order.expected_on,
        delivery_method=order.delivery_method,
        pickup_place=place.name if place else None,
        currency=order.currency,
        total=order.total,
        lines=[Line(line.title, line.quantity, line.unit_price) for line in order.lines],
        parcels=[
            Parcel(
                shipment.state,
                shipment.carrier,
                shipment.tracking_number,
                shipment.tracking_url,
                shipment.shipped_at,
                shipment.expected_on,
                shipment.delivered_at,
                [titles[line.order_line_id] for line in shipment.lines if line.order_line_id in titles],
            )
            for shipment in order.shipments
        ],
    )
