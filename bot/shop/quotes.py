"""Quotes: a basket's prices in writing, numbered, binding for some days, under a link that only works as signed."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.clock import now
from bot.db.models import BasketLine, Quote, QuoteLine
from bot.insight import events
from bot.settings import settings
from bot.shop import basket as baskets
from bot.shop import profile
from bot.shop.basket import Entry, View
from bot.shop.money.pricing import coin
from bot.shop.selling import rules

FIRST_NUMBER = 1000
_KEY_CHARACTERS = 32  # 192 bits


def key_of(number: str) -> str:
    """The signature in a quote's link: an HMAC of its number, so that numbers cannot be tried."""
    secret = settings().secret("secret_key").encode()
    digest = hmac.new(secret, f"quote:{number}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode()[:_KEY_CHARACTERS]


def path_of(number: str) -> str:
    """Where the quote's page is, on this site."""
    return f"/quotes/{number}/{key_of(number)}"


def opened(session: Session, number: str, key: str) -> Quote | None:
    """The quote of a signed link; None for any other link."""
    if not hmac.compare_digest(key.encode(), key_of(number).encode()):
        return None
    found: Quote | None = session.execute(
        select(Quote).where(Quote.number == number).options(selectinload(Quote.lines))
    ).scalar_one_or_none()
    return found


def lapsed(quote: Quote) -> bool:
    """Whether its time has passed."""
    return bool(quote.valid_until <= now())


def write(session: Session, conversation_id: str, message_id: int, language: str) -> Quote | None:
    """Put the open basket in writing; its prices hold for this basket until the quote lapses. None when it is empty.

    Args:
        session: a writing one. The same message gets the same quote again.
    """
    before: Quote | None = session.execute(
        select(Quote).where(Quote.conversation_id == conversation_id, Quote.message_id == message_id)
    ).scalar_one_or_none()
    if before is not None:
        return before
    view = baskets.view(session, conversation_id)
    if view is None:
        return None
    shop = profile.read(session)
    ends = (shop.now() + timedelta(days=rules(session).quote_days)).replace(
        hour=23, minute=59, second=59, microsecond=0
    )
    quote = Quote(
        number=f"{message_id}/{conversation_id}"[:64],  # until its id is known
        conversation_id=conversation_id,
        message_id=message_id,
        basket_id=view.basket_id,
        language=language,
        customer_name=view.buyer.get("name", ""),
        city=view.zone.code if view.zone else None,
        currency=shop.currency,
        subtotal=view.totals.subtotal,
        discount=view.totals.discount,
        delivery_cost=view.totals.delivery,
        tax_percent=Decimal(str(shop.tax_percent)),
        prices_include_tax=shop.prices_include_tax,
        tax=view.totals.tax,
        total=view.totals.total,
        created_at=now(),
        valid_until=ends,
        lines=[_line(position, entry) for position, entry in enumerate(view.entries)],
    )
    session.add(quote)
    session.flush()
    quote.number = f"{rules(session).quote_prefix}{FIRST_NUMBER + quote.id}"
    _hold(session, view, quote)
    told = {"number": quote.number, "total": str(quote.total), "currency": quote.currency}
    events.emit(session, "quote.created", {**told, "conversation_id": conversation_id})
    return quote


def _line(position: int, entry: Entry) -> QuoteLine:
    return QuoteLine(
        position=position,
        sku=entry.variant.sku,
        title=entry.product.title,
        details=[dict(text) for text in entry.details],
        quantity=entry.quantity,
        unit_price=entry.priced.item.price,
        discount=entry.priced.discount,
        total=entry.priced.total,
    )


def _hold(session: Session, view: View, quote: Quote) -> None:
    """Keep the quoted price of each line for as long as the quote holds."""
    for entry in view.entries:
        line = session.get(BasketLine, entry.line_id)
        if line is not None:
            line.quoted_price = (entry.priced.total / entry.quantity).quantize(coin(quote.currency), ROUND_CEILING)
            line.quoted_quantity = entry.quantity
            line.quoted_until = quote.valid_until
    session.flush()
