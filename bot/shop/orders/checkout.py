"""Taking an order in the conversation: what is still to be asked, and the order itself.

It is delivered or collected; paid on delivery, at the branch, by transfer, or on the page of a payment service.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import (
    Basket,
    Conversation,
    Coupon,
    Customer,
    DiscountGrant,
    Order,
    OrderLine,
    Payment,
    Proof,
    Quote,
)
from bot.insight import events
from bot.language.normalise import fold
from bot.shop import basket as baskets
from bot.shop import delivery, profile, reservations
from bot.shop.basket import View
from bot.shop.money import coupons
from bot.shop.money.pricing import coin
from bot.shop.order_numbers import number_key
from bot.shop.orders import taken
from bot.shop.selling import PaymentMethod, rules
from bot.support import verification

FIRST_NUMBER = 10_000
STEPS = ("city", "address", "name", "phone", "payment")
SHORTEST_PART = 4  # letters of a word that may stand for the name of a way to pay
DEFAULT_METHODS = (
    PaymentMethod(code="cash_on_delivery", name={}, kind="on_delivery"),
    PaymentMethod(code="at_branch", name={}, kind="at_branch"),
)
PAID_IN_PERSON = ("on_delivery", "at_branch")


class Changed(RuntimeError):
    """What the customer agreed to is no longer what it would cost; it has to be shown again."""


@dataclass(frozen=True)
class Placed:
    """An order that was taken."""

    number: str
    total: Decimal
    currency: str
    method: PaymentMethod
    expected_on: date | None
    products: tuple[str, ...]

    def payment_link(self, language: str) -> str | None:
        """Where it is paid, when that is the page of a payment service."""
        if self.method.kind != "link":
            return None
        amount = f"{self.total:.{-int(coin(self.currency).as_tuple().exponent)}f}"
        return self.method.template.format(
            number=quote(self.number, safe=""), amount=amount, currency=self.currency, language=language
        )


def methods(session: Session, total: Decimal, *, collected: bool = False) -> list[PaymentMethod]:
    """The ways to pay for an order of this total, delivered or collected at a branch."""
    not_possible = "on_delivery" if collected else "at_branch"
    offered = [method for method in rules(session).payment or DEFAULT_METHODS if method.kind != not_possible]
    if collected and not offered:
        offered = [method for method in DEFAULT_METHODS if method.kind == "at_branch"]
    return [method for method in offered if method.maximum is None or total <= method.maximum]


def methods_for(session: Session, view: View) -> list[PaymentMethod]:
    """The ways to pay for a basket."""
    return methods(session, view.totals.total, collected=view.pickup is not None)


def method_named(text: str, offered: Sequence[PaymentMethod]) -> PaymentMethod | None:
    """The way to pay that a message names."""
    folded = f" {_words(text)} "
    best: tuple[int, PaymentMethod] | None = None
    for method in offered:
        for word in (method.code, *method.name.values(), *method.words):
            key = _words(word)
            if key and f" {key} " in folded and (best is None or len(key) > best[0]):
                best = (len(key), method)
    return best[1] if best else _alone_named(folded, offered)


def _alone_named(folded: str, offered: Sequence[PaymentMethod]) -> PaymentMethod | None:
    """The only way to pay of whose name a message of one word is a part ("transfer" of "bank transfer")."""
    word = folded.strip()
    found = [method for method in offered if any(word in _words(name).split() for name in method.name.values())]
    return found[0] if len(found) == 1 and len(word) >= SHORTEST_PART else None


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", fold(text)).split())


def known_customer(session: Session, conversation_id: str) -> Customer | None:
    """The customer whom the shop's own page signed for."""
    number = session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()
    return session.get(Customer, number) if number is not None else None


def fill_from_customer(session: Session, conversation_id: str) -> None:
    """Note what the shop knows of a signed-in customer, so that it is not asked."""
    customer = known_customer(session, conversation_id)
    found = baskets.open_basket(session, conversation_id)
    if customer is None or found is None:
        return
    zone = delivery.zone(session, customer.city) if customer.city else None
    line = (customer.address or {}).get("line1")
    known = {
        "name": customer.name,
        "phone": customer.phone,
        "email": customer.email,
        "city": zone.code if zone else None,
        "address": str(line) if line and zone else None,
    }
    new = {name: value for name, value in known.items() if value and not getattr(found, name)}
    if new:
        baskets.know(session, conversation_id, new)


def next_step(session: Session, view: View) -> str | None:
    """What is to be asked next; None when the order can be confirmed. A single way to pay is not asked about."""
    for step in STEPS:
        if step in ("city", "address") and view.pickup is not None:
            continue
        if step == "city" and (view.zone is not None or not delivery.zones(session)):
            continue
        if step == "payment":
            if method_of(session, view) is None:
                return step
            continue
        if not view.buyer.get(step):
            return step
    return None


def method_of(session: Session, view: View) -> PaymentMethod | None:
    """The way to pay that was chosen, or the only one; None when none takes this total."""
    offered = methods_for(session, view)
    chosen = next((method for method in offered if method.code == view.buyer.get("payment")), None)
    return chosen or (offered[0] if len(offered) == 1 else None)


def arrival(session: Session, view: View) -> tuple[date, date] | None:
    """First and last day on which the basket would arrive or be ready; None where the shop states no days."""
    if view.pickup is not None:
        day = delivery.arrival(profile.read(session).today(), view.lead_time_days, delivery.idle_weekdays(session))
        return day, day
    if view.zone is None:
        return None
    start = delivery.start_day(session, profile.read(session).now())
    return delivery.window(session, view.zone, start, view.lead_time_days)


def place(session: Session, conversation_id: str, agreed_total: Decimal) -> Placed:
    """Turn the open basket into an order; stock is taken for good. All in the caller's transaction.

    Args:
        session: a writing one; to be rolled back when this raises.
        agreed_total: what the customer said yes to.

    Raises:
        Changed: the total is another by now, or something is missing.
        reservations.SoldOut: others were quicker.
    """
    basket = baskets.open_basket(session, conversation_id, lock=True)
    view = baskets.view(session, conversation_id)
    if basket is None or view is None or view.totals.total != agreed_total or next_step(session, view) is not None:
        raise Changed
    method = method_of(session, view)
    coupon = session.get(Coupon, basket.coupon_id) if view.totals.coupon_used else None
    if method is None or (coupon is not None and not coupons.use(session, coupon)):
        raise Changed
    order = _order(session, conversation_id, basket, view, method)
    session.add(order)
    session.flush()
    reservations.sell(session, basket.id, view.wanted, order.id, order.pickup_branch_id)
    order.number = f"{rules(session).order_prefix}{FIRST_NUMBER + order.id}"
    order.number_key = number_key(order.number)
    basket.state, basket.order_id, basket.updated_at = "ordered", order.id, now()
    _close_offers(session, basket, view, order)
    taken.tell_others(session, conversation_id, view.wanted)
    # "Where is my order?" asks no proof of who has just placed it.
    session.add(Proof(conversation_id=conversation_id, order_id=order.id, level=verification.CHANGE, used_at=now()))
    told = {"number": order.number, "total": str(order.total), "currency": order.currency}
    events.emit(session, "order.created", {**told, "conversation_id": conversation_id})
    return Placed(
        order.number,
        order.total,
        order.currency,
        method,
        order.expected_on,
        tuple(dict.fromkeys(entry.product.code for entry in view.entries)),
    )


def _order(session: Session, conversation_id: str, basket: Basket, view: View, method: PaymentMethod) -> Order:
    window = arrival(session, view)
    customer = known_customer(session, conversation_id) or _customer(session, basket)
    totals = view.totals
    return Order(
        number=f"basket {basket.id}",  # until its id is known
        number_key=f"BASKET{basket.id}",
        customer=customer,
        email=basket.email,
        phone=basket.phone,
        placed_at=now(),
        state="confirmed" if method.kind in PAID_IN_PERSON else "pending",
        payment_state="pending",
        currency=totals.currency,
        subtotal=totals.subtotal,
        discount=totals.discount,
        delivery_cost=totals.delivery or Decimal(0),
        tax=totals.tax,
        total=totals.total,
        delivery_method="pickup" if view.pickup else "delivery",
        pickup_branch_id=view.pickup.branch_id if view.pickup else None,
        shipping_address=_address(basket, view),
        expected_on=window[1] if window else None,
        lines=[
            OrderLine(
                position=position,
                variant_id=entry.variant_id,
                sku=entry.variant.sku,
                title=entry.product.title,
                options={
                    **entry.configuration.choices,
                    **entry.configuration.texts,
                    **{code: str(size) for code, size in entry.configuration.measures.items()},
                },
                quantity=entry.quantity,
                unit_price=entry.priced.item.price,
                discount=entry.priced.discount,
            )
            for position, entry in enumerate(view.entries)
        ],
        payments=[Payment(method=method.code, amount=totals.total, state="pending")],
    )


def _address(basket: Basket, view: View) -> dict[str, str | None]:
    if view.pickup is not None:
        return {"name": basket.name}
    city = view.zone.name.get_for("en") if view.zone else ""
    return {"name": basket.name, "line1": basket.address, "city": city}


def _customer(session: Session, basket: Basket) -> Customer:
    """The customer of this phone or e-mail, else a new one. What is known of one who did not prove it stays as it is."""
    found = _customer_of(session, basket)
    if found is not None:
        return found
    made = Customer(
        code=basket.phone or basket.email,
        name=basket.name or "",
        phone=basket.phone,
        email=basket.email,
        city=basket.city,
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # the same person orders in another window
        there = _customer_of(session, basket)
        assert there is not None
        return there
    return made


def _customer_of(session: Session, basket: Basket) -> Customer | None:
    for value, column in ((basket.phone, Customer.phone), (basket.email, Customer.email)):
        query = select(Customer).where((column == value) | (Customer.code == value)).order_by(Customer.id).limit(1)
        found: Customer | None = session.execute(query).scalar_one_or_none() if value else None
        if found is not None:
            return found
    return None


def _close_offers(session: Session, basket: Basket, view: View, order: Order) -> None:
    """An agreed price and a quote are good for one order."""
    session.execute(
        update(DiscountGrant)
        .where(
            DiscountGrant.conversation_id == basket.conversation_id,
            DiscountGrant.variant_id.in_(list(view.wanted)),
            DiscountGrant.order_id.is_(None),
        )
        .values(order_id=order.id)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Quote)
        .where(Quote.basket_id == basket.id, Quote.state == "open")
        .values(state="ordered")
        .execution_options(synchronize_session=False)
    )
