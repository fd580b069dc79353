"""What customers may have changed in an order that has not left: cancelled, fewer or other pieces, another address.

Every change is checked against the policy under a lock on the order and done once a message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import DeliveryZone, Order, OrderChange, OrderLine, Payment, Product, Refund, Variant
from bot.db.session import reading, writing
from bot.db.types import LocalisedText
from bot.insight import events
from bot.shop import profile, reservations
from bot.shop.money.pricing import rounded
from bot.support import policies
from bot.support.orders import share_of

NOT_LEFT = ("pending", "confirmed", "processing", "ready_for_pickup")  # states of orders whose pieces are still here


class NotAllowed(PermissionError):
    """The policy does not allow it, or no longer; `verdict` says whether a colleague may."""

    def __init__(self, verdict: str) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class NotPossible(ValueError):
    """It cannot be done whatever the policy says: sold out, no such line, or money would have to be collected."""


@dataclass(frozen=True)
class Done:
    """What became of a change: money that goes back (0 for none), when at the latest, and the order's new total."""

    refund: Decimal
    refund_on: date | None
    method: str | None
    total: Decimal | None
    currency: str


def working_day(session: Session, days: int) -> date:
    """The day that many working days from today."""
    off = policies.days_off(session)
    day = profile.read(session).today()
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() not in off
    return day


def _changed(
    request: str, order_id: int, conversation_id: str, message_id: int, change: Callable[[Session, Order], Decimal]
) -> Done:
    """Do a change once a message: lock the order, check the policy, change it, put what is owed back on its way."""
    with writing() as session:
        order = session.execute(select(Order).where(Order.id == order_id).with_for_update()).scalar_one()
        before = session.execute(
            select(OrderChange.after).where(
                OrderChange.conversation_id == conversation_id,
                OrderChange.message_id == message_id,
                OrderChange.request == request,
            )
        ).scalar()
        if before is not None:  # the turn ran before
            return _told(session, order, Decimal(str(before.get("refund", "0"))))
        verdict = policies.verdict(session, request, order.state)
        if verdict != "allowed":
            raise NotAllowed(verdict)
        was = _state_of(order)
        owed = change(session, order)
        session.flush()
        if owed > 0:
            refund(session, order, owed, "cancelled" if request == "cancel" else "changed")
        session.execute(
            insert(OrderChange).values(
                order_id=order.id,
                conversation_id=conversation_id,
                message_id=message_id,
                request=request,
                before=was,
                after={**_state_of(order), "refund": str(owed)},
                at=now(),
            )
        )
        told = {"number": order.number, "request": request, "state": order.state, "conversation_id": conversation_id}
        events.emit(session, "order.changed", told)
        return _told(session, order, owed)


def done_by(conversation_id: str, message_id: int) -> Done | None:
    """What a message had done already, when its turn is run again."""
    with reading() as session:
        row = session.execute(
            select(OrderChange).where(
                OrderChange.conversation_id == conversation_id, OrderChange.message_id == message_id
            )
        ).scalar_one_or_none()
        if row is None:
            return None
        order = session.get(Order, row.order_id)
        assert order is not None
        return _told(session, order, Decimal(str(row.after.get("refund", "0"))))


def _state_of(order: Order) -> dict[str, Any]:
    return {
        "state": order.state,
        "total": str(order.total) if order.total is not None else None,
        "address": dict(order.shipping_address or {}),
        "lines": [[line.sku, line.quantity] for line in order.lines],
    }


def _told(session: Session, order: Order, owed: Decimal) -> Done:
    due = working_day(session, policies.return_rules(session).refund_days) if owed > 0 else None
    method = order.payments[0].method if order.payments else None
    return Done(owed, due, method, order.total, order.currency)


def paid(order: Order) -> Decimal:
    """What has been paid for an order and not gone back."""
    if order.payment_state not in ("paid", "partially_refunded"):
        return Decimal(0)
    amounts = [payment.amount for payment in order.payments if payment.state == "paid"]
    return sum(amounts, Decimal(0)) if amounts else (order.total or Decimal(0))


def refund(session: Session, order: Order, amount: Decimal, reason: str, *, return_id: int | None = None) -> None:
    """Put money on its way back, the way it was paid."""
    session.execute(
        insert(Refund).values(
            order_id=order.id,
            return_id=return_id,
            method=order.payments[0].method if order.payments else "",
            amount=amount,
            currency=order.currency,
            state="pending",
            reason=reason,
            due_on=working_day(session, policies.return_rules(session).refund_days),
            at=now(),
        )
    )


def cancel(order_id: int, conversation_id: str, message_id: int) -> Done:
    """Cancel an order; what was paid goes back.

    Raises:
        NotAllowed.
    """

    def change(session: Session, order: Order) -> Decimal:
        owed = paid(order)
        if order.state in NOT_LEFT:
            reservations.give_back(session, order.id)
        order.state, order.cancelled_at = "cancelled", now()
        if order.payment_state in ("pending", "authorized"):
            order.payment_state = "voided"
            for payment in order.payments:
                payment.state = "voided"
        return owed

    return _changed("cancel", order_id, conversation_id, message_id, change)


def _line(order: Order, line_id: int) -> OrderLine:
    found = next((line for line in order.lines if line.id == line_id), None)
    if found is None:
        raise NotPossible("no such line")
    return found


def take_stock(session: Session, order: Order, variant_id: int | None, pieces: int) -> None:
    """Take pieces of something that is sold out of stock.

    Raises:
        NotPossible: there are not so many.
    """
    sold_here = select(Variant.id).join(Variant.product).where(Variant.id == variant_id, Product.published.is_(True))
    if variant_id is None or session.execute(sold_here).first() is None:
        raise NotPossible("sold out")
    try:
        reservations.take(session, order.id, variant_id, pieces)
    except reservations.SoldOut:
        raise NotPossible("sold out") from None


def _share(order: Order) -> Decimal:
    lines = [(line.unit_price or Decimal(0)) * line.quantity - (line.discount or Decimal(0)) for line in order.lines]
    return share_of(order.total, order.delivery_cost or Decimal(0), sum(lines, Decimal(0)))


def _reckon(order: Order, difference: Decimal) -> Decimal:
    """Change an order's sums by a difference; what goes back to a customer who has paid.

    Raises:
        NotPossible: a paid order became dearer: a colleague collects the rest.
    """
    already = paid(order)
    difference = rounded(difference * _share(order), order.currency)
    if difference > 0 and already > 0:
        raise NotPossible("dearer")
    if order.subtotal is not None:
        order.subtotal += difference
    if order.total is not None:
        order.total += difference
    if already <= 0:
        for payment in order.payments[:1]:
            payment.amount += difference
        return Decimal(0)
    return -difference


def set_quantity(order_id: int, line_id: int, quantity: int, conversation_id: str, message_id: int) -> Done:
    """Have more or fewer pieces of a line; none takes it off the order.

    Raises:
        NotAllowed.
        NotPossible: not so many are there, a paid order would become dearer, or nothing would be left.
    """

    def change(session: Session, order: Order) -> Decimal:
        line = _line(order, line_id)
        if quantity == 0 and len(order.lines) == 1:
            raise NotPossible("nothing left")
        if quantity > line.quantity:
            take_stock(session, order, line.variant_id, quantity - line.quantity)
        elif line.variant_id is not None:
            reservations.give_back(session, order.id, line.variant_id, line.quantity - quantity)
        each_discount = (line.discount or Decimal(0)) / line.quantity
        before = (line.unit_price or Decimal(0)) * line.quantity - (line.discount or Decimal(0))
        discount = rounded(each_discount * quantity, order.currency)
        owed = _reckon(order, (line.unit_price or Decimal(0)) * quantity - discount - before)
        if quantity:
            line.quantity, line.discount = quantity, discount
        else:
            order.lines.remove(line)
        return owed

    request = "change_quantity" if quantity else "remove_line"
    return _changed(request, order_id, conversation_id, message_id, change)


def set_variant(order_id: int, line_id: int, sku: str, conversation_id: str, message_id: int) -> Done:
    """Have another variant of the same product.

    Raises:
        NotAllowed.
        NotPossible: it is sold out, another product's, or dearer than what was paid.
    """

    def change(session: Session, order: Order) -> Decimal:
        line = _line(order, line_id)
        old = session.get(Variant, line.variant_id) if line.variant_id else None
        new = session.execute(select(Variant).where(Variant.sku == sku)).scalar_one_or_none()
        if old is None or new is None or old.product_id != new.product_id:
            raise NotPossible("no such variant")
        take_stock(session, order, new.id, line.quantity)
        reservations.give_back(session, order.id, old.id, line.quantity)
        price = new.price if new.price is not None else line.unit_price
        owed = _reckon(order, ((price or Decimal(0)) - (line.unit_price or Decimal(0))) * line.quantity)
        title = session.execute(select(Product.title).where(Product.id == new.product_id)).scalar_one()
        line.variant_id, line.sku, line.unit_price = new.id, new.sku, price
        line.options, line.title = dict(new.options or {}), title
        return owed

    return _changed("change_variant", order_id, conversation_id, message_id, change)


def set_address(order_id: int, line1: str, city: str | None, conversation_id: str, message_id: int) -> Done:
    """Have an order delivered elsewhere; its receiver's name stays.

    Raises:
        NotAllowed.
        NotPossible: it is picked up, not delivered.
    """

    def change(_session: Session, order: Order) -> Decimal:
        if order.delivery_method == "pickup":
            raise NotPossible("picked up")
        kept = {key: value for key, value in (order.shipping_address or {}).items() if key in ("name", "country")}
        order.shipping_address = {**kept, "line1": line1, **({"city": city} if city else {})}
        return Decimal(0)

    return _changed("change_address", order_id, conversation_id, message_id, change)


def refunds_of(session: Session, order_id: int) -> list[Refund]:
    """Money that went or goes back for an order, the newest first."""
    return list(session.execute(select(Refund).where(Refund.order_id == order_id).order_by(Refund.id.desc())).scalars())


def paid_back(session: Session, order_id: int) -> list[Payment]:
    """Money that went back by the order's own books, the latest first."""
    found = session.execute(select(Payment).where(Payment.order_id == order_id, Payment.state == "refunded")).scalars()
    return sorted(found, key=lambda payment: payment.id, reverse=True)


def zone_name(session: Session, code: str) -> LocalisedText | None:
    """The name of a place the shop delivers to."""
    return session.execute(select(DeliveryZone.name).where(DeliveryZone.code == code)).scalar()
