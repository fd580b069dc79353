"""Talking about the price, within the shop's policy: what may be granted, what is offered, and what is refused.

Each price that is agreed to is written down in `discount_grants`. The policy's limit is the one that fits
most closely: a product's before a category's before everybody's, then an agent's own, then the one for more pieces,
then the one for returning customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Conversation, DiscountGrant, Order, Product, Variant
from bot.shop.money.pricing import ZERO, Item, coin, quantity_percent, reduced
from bot.shop.selling import HaggleLimit, rules

FIRST_STEP = Decimal("0.5")  # of what is allowed, offered to someone who names no figure


@dataclass(frozen=True)
class Answer:
    """What is said to a wish for a lower price.

    `kind`: `granted` the wish, `offered` a first step, `lowest` the policy's lowest, `final` nothing beyond what
    stands already, `fixed` no talking about this price, `enough` the wish is not below the price.
    """

    kind: str
    price: Decimal  # of one piece, that now stands
    list_price: Decimal
    limit: HaggleLimit | None = None
    expires_hours: int = 0


@dataclass(frozen=True)
class Wish:
    """What a customer would pay for a piece; None without a figure. `reason`: `haggle`, or `match` for another shop's."""

    price: Decimal | None
    reason: str = "haggle"
    seen_at: str | None = None


class BeyondLimit(PermissionError):
    """An agent may not go so low; `lowest` is how far, the price itself when not at all."""

    def __init__(self, lowest: Decimal) -> None:
        super().__init__(str(lowest))
        self.lowest = lowest


def limit_for(
    limits: Iterable[HaggleLimit], item: Item, role: str, returning: bool, agent: str = ""
) -> HaggleLimit | None:
    """The limit of the policy that fits an item most closely; None when there is none."""
    fitting = [
        limit
        for limit in limits
        if limit.role == role
        and limit.agent.casefold() in ("", agent.casefold())
        and limit.product in (None, item.code)
        and (limit.category is None or limit.category in item.categories)
        and item.quantity >= limit.quantity
        and (limit.customer == "any" or returning)
    ]
    return max(
        fitting,
        key=lambda limit: (
            limit.product is not None,
            limit.category is not None,
            bool(limit.agent),
            limit.quantity,
            limit.customer == "returning",
            -limit.max_percent,
        ),
        default=None,
    )


def is_returning(session: Session, conversation_id: str) -> bool:
    """Whether the shop signed who this customer is, and that customer has bought before."""
    customer = session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()
    if customer is None:
        return False
    bought = select(Order.id).where(Order.customer_id == customer, Order.state != "cancelled").limit(1)
    return session.execute(bought).first() is not None


def standing(session: Session, conversation_id: str, variant_id: int, quantity: int) -> DiscountGrant | None:
    """The best price agreed on for so many pieces that still holds, of any variant of the product."""
    product = select(Variant.product_id).where(Variant.id == variant_id).scalar_subquery()
    return _standing(session, conversation_id, Variant.product_id == product, quantity)


def standing_for(session: Session, conversation_id: str, product: str, quantity: int) -> DiscountGrant | None:
    """The same by the product's code."""
    wanted = Variant.product_id == select(Product.id).where(Product.code == product).scalar_subquery()
    return _standing(session, conversation_id, wanted, quantity)


def _standing(session: Session, conversation_id: str, of_product: Any, quantity: int) -> DiscountGrant | None:
    found: DiscountGrant | None = session.execute(
        select(DiscountGrant)
        .where(
            DiscountGrant.conversation_id == conversation_id,
            DiscountGrant.variant_id.in_(select(Variant.id).where(of_product)),
            DiscountGrant.quantity <= quantity,
            DiscountGrant.expires_at > now(),
            DiscountGrant.order_id.is_(None),
        )
        .order_by(DiscountGrant.percent.desc(), DiscountGrant.id)
        .limit(1)
    ).scalar_one_or_none()
    return found


def agreed_price(grant: DiscountGrant | None, price: Decimal, currency: str) -> Decimal | None:
    """What a grant makes of a price: the very price agreed on, or its share of another configuration's."""
    if grant is None:
        return None
    if price == grant.list_price:
        return Decimal(grant.unit_price)
    return reduced(price, Decimal(grant.percent), currency)


def ask(
    session: Session,
    conversation_id: str,
    message_id: int,
    variant: Variant,
    item: Item,
    wish: Wish,
    currency: str,
) -> Answer:
    """Answer a wish for a lower price of one piece, and write down what is granted.

    Args:
        session: a writing one. The same message asked again gets the same answer.
    """
    before = session.execute(
        select(DiscountGrant).where(
            DiscountGrant.conversation_id == conversation_id,
            DiscountGrant.message_id == message_id,
            DiscountGrant.role == "bot",
        )
    ).scalar_one_or_none()
    policy = rules(session).haggling
    wished = None if wish.price is None else wish.price.quantize(coin(currency), ROUND_CEILING)
    limits = policy.match if wish.reason == "match" else policy.limits
    limit = limit_for(limits, item, "bot", is_returning(session, conversation_id))
    hours = policy.valid_hours
    if before is not None:
        return Answer(before.answer, before.unit_price, before.list_price, limit, hours)
    if limit is None or not limit.max_percent:
        return Answer("fixed", item.price, item.price)
    stands = agreed_price(standing(session, conversation_id, variant.id, item.quantity), item.price, currency)
    for_many = reduced(item.price, quantity_percent(item, rules(session).quantity_prices), currency)
    current = min(for_many, item.price if stands is None else stands)
    if wished is not None and wished >= current:
        return Answer("enough", current, item.price, limit, hours)
    floor = _handsome(reduced(item.price, limit.max_percent, currency), item.price)
    if current <= floor:
        return Answer("final", current, item.price, limit, hours)
    kind, price = _answer(item.price, floor, wished, stands is not None)
    if price >= current:  # so many pieces cost no more than that already
        kind, price = "lowest", floor
    session.add(
        DiscountGrant(
            conversation_id=conversation_id,
            message_id=message_id,
            variant_id=variant.id,
            role=limit.role,
            reason=wish.reason,
            seen_at=wish.seen_at,
            quantity=item.quantity,
            list_price=item.price,
            asked_price=wished,
            unit_price=price,
            percent=_percent(item.price, price),
            max_percent=limit.max_percent,
            answer=kind,
            created_at=now(),
            expires_at=now() + timedelta(hours=hours),
        )
    )
    return Answer(kind, price, item.price, limit, hours)


@dataclass(frozen=True)
class Granting:
    """The agent who grants a price."""

    agent_id: int
    email: str


def grant(
    session: Session,
    conversation_id: str,
    message_id: int,
    variant_id: int,
    item: Item,
    price: Decimal,
    currency: str,
    by: Granting,
) -> None:
    """Write down a price an agent grants for so many pieces.

    Args:
        price: of one piece, below the item's.

    Raises:
        BeyondLimit: the policy does not let this agent go so low.
    """
    policy = rules(session).haggling
    limit = limit_for(policy.limits, item, "agent", is_returning(session, conversation_id), by.email)
    lowest = reduced(item.price, limit.max_percent, currency) if limit else item.price
    if limit is None or price < lowest:
        raise BeyondLimit(lowest)
    same = (
        DiscountGrant.conversation_id == conversation_id,
        DiscountGrant.message_id == message_id,
        DiscountGrant.variant_id == variant_id,
        DiscountGrant.role == "agent",
    )
    row = session.execute(select(DiscountGrant).where(*same)).scalar_one_or_none()
    if row is None:
        row = DiscountGrant(conversation_id=conversation_id, message_id=message_id, variant_id=variant_id, role="agent")
        session.add(row)
    row.agent_id, row.reason, row.answer = by.agent_id, "haggle", "granted"
    row.quantity, row.list_price, row.unit_price = item.quantity, item.price, price
    row.percent, row.max_percent = _percent(item.price, price), limit.max_percent
    row.created_at, row.expires_at = now(), now() + timedelta(hours=policy.valid_hours)
    session.flush()


def _answer(price: Decimal, floor: Decimal, wished: Decimal | None, offered_before: bool) -> tuple[str, Decimal]:
    if wished is not None:
        return ("granted", wished) if wished >= floor else ("lowest", floor)
    if offered_before:
        return "lowest", floor
    return "offered", max(_handsome(price - (price - floor) * FIRST_STEP, price), floor)


def _handsome(amount: Decimal, price: Decimal) -> Decimal:
    """The amount rounded up to a whole one where that stays below the price: nobody offers 1,234.57."""
    whole = amount.to_integral_value(ROUND_CEILING)
    return whole if whole < price else amount


def _percent(price: Decimal, granted: Decimal) -> Decimal:
    """The share that was granted, rounded down so that it never grows beyond what was granted."""
    return ((price - granted) * 100 / price).quantize(Decimal("0.001"), ROUND_DOWN) if price else ZERO
