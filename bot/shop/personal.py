"""What the shop knows of a customer whom its own page signed for: told when they come back, and when they ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Brand, Category, Conversation, Customer, Order, OrderLine, Product, Quote, Variant
from bot.db.types import LocalisedText

MOST_LINES = 100  # of past orders that preferences are read from
NOT_BOUGHT = ("cancelled", "returned", "refunded")


@dataclass(frozen=True)
class Known:
    """A returning customer."""

    customer_id: int
    name: str
    email: str | None
    phone: str | None
    language: str | None
    city: str | None
    orders: int
    last_title: LocalisedText | None  # of what was bought last …
    last_at: datetime | None  # … and when
    quote: str | None  # number of an open quote
    quote_ends: datetime | None
    likes: tuple[LocalisedText, ...]  # the category and the brand bought most often, when more than once


def known(session: Session, conversation_id: str) -> Known | None:
    """What is known of a conversation's customer; None when the shop signed for nobody."""
    customer = session.execute(
        select(Customer)
        .join(Conversation, Conversation.customer_id == Customer.id)
        .where(Conversation.id == conversation_id)
    ).scalar_one_or_none()
    if customer is None:
        return None
    bought = (Order.customer_id == customer.id, Order.state.not_in(NOT_BOUGHT))
    last = session.execute(
        select(Order.placed_at, OrderLine.title)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(*bought)
        .order_by(Order.placed_at.desc(), OrderLine.position)
        .limit(1)
    ).first()
    quote = session.execute(
        select(Quote.number, Quote.valid_until)
        .join(Conversation, Conversation.id == Quote.conversation_id)
        .where(Conversation.customer_id == customer.id, Quote.state == "open", Quote.valid_until > now())
        .order_by(Quote.id.desc())
        .limit(1)
    ).first()
    return Known(
        customer_id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        language=customer.language,
        city=customer.city,
        orders=int(session.execute(select(func.count()).select_from(Order).where(*bought)).scalar() or 0),
        last_title=last.title if last else None,
        last_at=last.placed_at if last else None,
        quote=quote.number if quote else None,
        quote_ends=quote.valid_until if quote else None,
        likes=_likes(session, customer.id),
    )


def _likes(session: Session, customer_id: int) -> tuple[LocalisedText, ...]:
    rows = session.execute(
        select(Category.code, Category.name, Brand.code.label("brand"), Brand.name.label("brand_name"))
        .select_from(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Order.customer_id == customer_id, Order.state.not_in(NOT_BOUGHT))
        .order_by(Order.id.desc())
        .limit(MOST_LINES)
    ).all()
    found = []
    for code, name in (("code", "name"), ("brand", "brand_name")):
        counted = Counter(getattr(row, code) for row in rows if getattr(row, code))
        best = counted.most_common(1)
        if best and best[0][1] > 1:
            found.append(next(getattr(row, name) for row in rows if getattr(row, code) == best[0][0]))
    return tuple(found)
