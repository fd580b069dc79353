"""Follow-ups: messages for a later time. They are kept in the database until they are sent, once, and never at night.

Sales and service keep them here, a word of the customer's stops them; `bot/conversation/follow_ups.py` sends what
is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import new_id, now
from bot.db.models import Basket, Consent, FollowUp, Order, Product, Quote, Variant
from bot.db.models.leads import FOLLOW_UP_KINDS
from bot.db.session import writing
from bot.db.types import LocalisedText
from bot.settings import settings
from bot.shop import alternatives, profile, quotes, reservations
from bot.shop import basket as baskets
from bot.shop.catalogue import ShopProduct
from bot.shop.leads import keeping
from bot.shop.leads.keeping import Agreed
from bot.shop.profile import Profile

BEFORE_LAPSE = timedelta(days=1)
BASKET_LIES = timedelta(days=1)
BASKET_OF_USE = timedelta(days=7)
STOCK_OF_USE = timedelta(days=90)
DELIVERED_AFTER = timedelta(days=2)  # time to unpack it
DELIVERY_OF_USE = timedelta(days=60)
USUAL_DELIVERY = timedelta(days=5)
GOOD_HOUR = time(17)
LOOK_AGAIN = {"stock": timedelta(minutes=15), "delivered": timedelta(days=1)}


def is_quiet(moment: datetime, shop: Profile) -> bool:
    """Whether nobody is to be written to at a moment, on the shop's clock."""
    start, end, hour = settings().quiet_from, settings().quiet_until, moment.astimezone(shop.zone).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def awake(moment: datetime, shop: Profile) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    if not is_quiet(moment, shop):
        return moment
    local = moment.astimezone(shop.zone)
    end = local.replace(hour=settings().quiet_until, minute=0, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)


@dataclass(frozen=True)
class Planned:
    """A follow-up that was agreed to."""

    id: int
    kind: str
    due_at: datetime
    channel: str


def agree(
    conversation_id: str, kind: str, subject: str, agreed: Agreed, language: str, email: str | None = None
) -> Planned | None:
    """Keep a follow-up and the consent to it; asked for again, the one that waits stands. None when it is of no use.

    Args:
        kind: one of `FOLLOW_UP_KINDS`.
        subject: number of a quote or an order, code of a product, '' for the open basket.
        email: where to; None writes into the conversation.
    """
    try:
        with writing() as session:
            return _agree(session, conversation_id, kind, subject, agreed, language, email)
    except IntegrityError:  # the turn ran before
        with writing() as session:
            found = _waiting(session, conversation_id, kind, subject)
            return _planned(found) if found is not None else None


def _agree(
    session: Session,
    conversation_id: str,
    kind: str,
    subject: str,
    agreed: Agreed,
    language: str,
    email: str | None,
) -> Planned | None:
    if kind == "basket":
        basket = baskets.open_basket(session, conversation_id)
        subject = str(basket.id) if basket is not None and basket.lines else ""
    span = _span(session, conversation_id, kind, subject)
    if span is None:
        return None
    keeping.consent(session, conversation_id, agreed, language)
    found = _waiting(session, conversation_id, kind, subject)
    if found is None:
        due = awake(span[0], profile.read(session))
        found = keep(session, conversation_id, kind, subject, due, span[1], key=str(agreed.message_id))
    found.channel, found.email = ("email", email) if email else ("chat", None)
    session.flush()
    return _planned(found)


def keep(
    session: Session,
    conversation_id: str,
    kind: str,
    subject: str,
    due_at: datetime,
    ends_at: datetime,
    *,
    key: str | None = None,
) -> FollowUp:
    """Keep a message for later; one that waits about the same matter gets the new time instead.

    Args:
        due_at: outside the quiet hours (`awake`), unless the customer is there and waits for it.
        key: what tells this wish from a later one about the same matter; it can be kept only once.
    """
    found = _waiting(session, conversation_id, kind, subject)
    if found is None:
        found = FollowUp(
            key=f"{kind}:{conversation_id}:{subject}:{key or new_id()}"[:400],
            kind=kind,
            conversation_id=conversation_id,
            subject=subject,
            created_at=now(),
        )
        session.add(found)
    found.due_at, found.ends_at = due_at, ends_at
    session.flush()
    return found


def _planned(row: FollowUp) -> Planned:
    return Planned(row.id, row.kind, row.due_at, row.channel)


def _waiting(session: Session, conversation_id: str, kind: str, subject: str) -> FollowUp | None:
    found: FollowUp | None = session.execute(
        select(FollowUp).where(
            FollowUp.conversation_id == conversation_id,
            FollowUp.kind == kind,
            FollowUp.subject == subject,
            FollowUp.state == "waiting",
        )
    ).scalar_one_or_none()
    return found


def _span(session: Session, conversation_id: str, kind: str, subject: str) -> tuple[datetime, datetime] | None:
    """When a follow-up is due, and from when on it is of no use."""
    moment = now()
    if kind == "quote":
        ends = session.execute(
            select(Quote.valid_until).where(
                Quote.number == subject, Quote.conversation_id == conversation_id, Quote.state == "open"
            )
        ).scalar()
        if ends is None or ends <= moment:
            return None
        return max(ends - BEFORE_LAPSE, moment + (ends - moment) / 2), ends
    if kind == "basket" and subject:
        return moment + BASKET_LIES, moment + BASKET_OF_USE
    if kind == "stock" and session.execute(select(Product.id).where(Product.code == subject)).first() is not None:
        return moment + LOOK_AGAIN["stock"], moment + STOCK_OF_USE
    if kind == "delivered":
        return _after_delivery(session, conversation_id, subject)
    return None


def _after_delivery(session: Session, conversation_id: str, number: str) -> tuple[datetime, datetime] | None:
    order = session.execute(
        select(Order)
        .join(Basket, Basket.order_id == Order.id)
        .where(Order.number == number, Basket.conversation_id == conversation_id)
    ).scalar_one_or_none()
    if order is None:
        return None
    shop = profile.read(session)
    day = order.expected_on or (shop.now() + USUAL_DELIVERY).date()
    due = datetime.combine(day + DELIVERED_AFTER, GOOD_HOUR, shop.zone)
    return max(due, now() + DELIVERED_AFTER), now() + DELIVERY_OF_USE


def change_time(conversation_id: str, follow_up_id: int, at: datetime) -> Planned | None:
    """Move a follow-up to the time the customer prefers; out of the quiet hours, and while it is of use."""
    with writing() as session:
        row = session.get(FollowUp, follow_up_id, with_for_update=True)
        if row is None or row.conversation_id != conversation_id or row.state != "waiting":
            return None
        at = awake(at, profile.read(session))
        if not now() < at < row.ends_at:
            return None
        row.due_at = at
        return _planned(row)


def change_channel(conversation_id: str, follow_up_id: int, email: str) -> Planned | None:
    """Have a follow-up sent by e-mail."""
    with writing() as session:
        row = session.get(FollowUp, follow_up_id, with_for_update=True)
        if row is None or row.conversation_id != conversation_id or row.state != "waiting":
            return None
        row.channel, row.email = "email", email
        return _planned(row)


def last_was_follow_up(session: Session, conversation_id: str) -> bool:
    """Whether a follow-up waits or was sent in a conversation, so that a bare "stop" can mean it."""
    return (
        session.execute(
            select(FollowUp.id)
            .where(FollowUp.conversation_id == conversation_id, FollowUp.state.in_(("waiting", "sent", "sending")))
            .limit(1)
        ).first()
        is not None
    )


def stop(conversation_id: str, email: str | None = None) -> int:
    """Send nothing more that was agreed to in a conversation, nor to its e-mail; how many messages that stops."""
    with writing() as session:
        emails = set(
            session.execute(
                select(FollowUp.email).where(FollowUp.conversation_id == conversation_id, FollowUp.email.is_not(None))
            ).scalars()
        ) | ({email} if email else set())
        stopped = session.execute(
            update(FollowUp)
            .where(
                FollowUp.state == "waiting",
                or_(FollowUp.conversation_id == conversation_id, FollowUp.email.in_(emails)),
            )
            .values(state="stopped")
            .execution_options(synchronize_session=False)
        ).rowcount
        session.execute(
            update(Consent)
            .where(
                Consent.conversation_id == conversation_id,
                Consent.purpose.in_(FOLLOW_UP_KINDS),
                Consent.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now())
        )
        return int(stopped)


@dataclass(frozen=True)
class Outlook:
    """What to do with a follow-up that is due: `send`, `wait` until later, or `drop` it."""

    do: str
    name: LocalisedText | None = None  # of the product
    number: str = ""
    product: str = ""
    total: Decimal | None = None
    currency: str = ""
    ends_at: datetime | None = None
    path: str = ""  # of the page it is about, on this site
    line: int = 0  # of the basket
    left: int = 0  # pieces of it
    instead: ShopProduct | None = None


_DROP = Outlook("drop")
_WAIT = Outlook("wait")


def outlook(session: Session, row: FollowUp) -> Outlook:
    """Whether a follow-up still makes sense, with the facts it tells."""
    if row.ends_at <= now():
        return _DROP
    facts = {"quote": _quote, "basket": _basket, "stock": _stock, "delivered": _delivered, "taken": _taken}
    return facts[row.kind](session, row) if row.kind in facts else Outlook("send")


def _quote(session: Session, row: FollowUp) -> Outlook:
    quote = session.execute(select(Quote).where(Quote.number == row.subject)).scalar_one_or_none()
    if quote is None or quote.state != "open":
        return _DROP
    return Outlook(
        "send",
        number=quote.number,
        total=quote.total,
        currency=quote.currency,
        ends_at=quote.valid_until,
        path=quotes.path_of(quote.number),
    )


def _basket(session: Session, row: FollowUp) -> Outlook:
    view = baskets.view(session, row.conversation_id)
    if view is None or str(view.basket_id) != row.subject:
        return _DROP
    return Outlook(
        "send",
        name=view.entries[0].product.title,
        product=view.entries[0].product.code,
        total=view.totals.goods,
        currency=profile.read(session).currency,
    )


def _stock(session: Session, row: FollowUp) -> Outlook:
    product = session.execute(select(Product).where(Product.code == row.subject)).scalar_one_or_none()
    if product is None:
        return _DROP
    variants = session.execute(select(Variant.id).where(Variant.product_id == product.id)).scalars().all()
    free: list[Any] = [reservations.free(session, variant) for variant in variants]
    if not any(pieces is None or pieces > 0 for pieces in free):
        return _WAIT
    return Outlook("send", name=product.title, product=product.code)


def _delivered(session: Session, row: FollowUp) -> Outlook:
    state = session.execute(select(Order.state).where(Order.number == row.subject)).scalar()
    if state == "delivered":
        return Outlook("send", number=row.subject)
    return _DROP if state in (None, "cancelled", "returned", "refunded", "return_requested") else _WAIT


def _taken(session: Session, row: FollowUp) -> Outlook:
    """Others bought what lies in a basket: how many are left, or what comes close to it."""
    view = baskets.view(session, row.conversation_id)
    entry = next((e for e in view.entries if str(e.variant_id) == row.subject), None) if view else None
    left = reservations.free(session, entry.variant_id, view.basket_id) if view and entry else None
    if view is None or entry is None or left is None or left >= view.wanted[entry.variant_id]:
        return _DROP
    quoted = select(Quote.number).where(Quote.basket_id == view.basket_id, Quote.state == "open")
    number = session.execute(quoted.order_by(Quote.id.desc()).limit(1)).scalar()
    return Outlook(
        "send",
        name=entry.product.title,
        number=number or "",
        product=entry.product.code,
        line=entry.line_id,
        left=left,
        instead=alternatives.closest(session, entry.product),
        currency=view.totals.currency,
    )


def counted(session: Session, conversation_id: str) -> int:
    """Follow-ups that wait in a conversation."""
    return int(
        session.execute(
            select(func.count())
            .select_from(FollowUp)
            .where(FollowUp.conversation_id == conversation_id, FollowUp.state == "waiting")
        ).scalar()
        or 0
    )
