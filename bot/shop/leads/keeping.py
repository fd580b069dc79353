"""Keeps leads: one row a person, whichever conversation they come from, with their consent and their next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Appointment, Basket, Consent, Conversation, Customer, FollowUp, Lead, Order, Quote
from bot.db.session import writing
from bot.insight import events
from bot.shop import basket as baskets
from bot.shop import profile
from bot.shop.leads.score import Facts, Score, is_big, score

TRIES = 3  # when the same person is kept in two conversations at one moment
LONGEST_NEED = 1000


@dataclass(frozen=True)
class Told:
    """What a conversation tells of its customer; what is empty was not said."""

    phone: str | None = None
    email: str | None = None
    name: str = ""
    need: str = ""
    products: Sequence[str] = ()
    budget: Decimal | None = None
    timeline: date | None = None
    authority: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class Agreed:
    """A consent as it was given: for what, over which channel, in which words."""

    message_id: int
    purpose: str
    channel: str
    wording: str


@dataclass(frozen=True)
class Kept:
    """A lead as it stands now."""

    id: int
    score: Score
    value: Decimal | None
    big: bool  # a basket worth a word with Sales
    new: bool


def keep(
    conversation_id: str, told: Told, next_step: str, at: datetime, agreed: Agreed | None = None, *, talk: bool = False
) -> Kept:
    """Write down a lead and what comes next; the same e-mail or phone is the same lead, wherever it was given.

    Args:
        talk: a call or a visit was asked for.
    """
    for attempt in range(TRIES):
        try:
            with writing() as session:
                return _keep(session, conversation_id, told, next_step, at, agreed, talk)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _keep(
    session: Session, conversation_id: str, told: Told, step: str, at: datetime, agreed: Agreed | None, talk: bool
) -> Kept:
    lead = _merged(session, _found(session, conversation_id, told))
    new = lead is None
    if lead is None:
        lead = Lead(products=[], reasons=[], created_at=now())
        session.add(lead)
    _note(session, lead, conversation_id, told)
    found, value, usual = _scored(session, lead, talk)
    lead.score, lead.reasons = found.points, [list(reason) for reason in found.reasons]
    lead.value = value
    lead.next_step, lead.next_step_at, lead.updated_at = step, at, now()
    session.flush()
    if agreed is not None:
        consent(session, conversation_id, agreed, told.language, lead.id)
    if new:
        events.emit(
            session, "lead.created", {"lead_id": lead.id, "conversation_id": conversation_id, "next_step": step}
        )
    return Kept(lead.id, found, value, is_big(value, usual), new)


def _found(session: Session, conversation_id: str, told: Told) -> list[Lead]:
    """Leads that are this person: by e-mail, phone, the shop's own customer, or the conversation; oldest first."""
    same = [Lead.conversation_id == conversation_id]
    if told.phone:
        same.append(Lead.phone == told.phone)
    if told.email:
        same.append(Lead.email == told.email)
    customer = session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()
    if customer is not None:
        same.append(Lead.customer_id == customer)
    return list(session.execute(select(Lead).where(or_(*same)).order_by(Lead.id).with_for_update()).scalars())


def _merged(session: Session, found: list[Lead]) -> Lead | None:
    """The oldest of several leads that turned out to be one person, with what the others knew."""
    if not found:
        return None
    oldest, *others = found
    for other in others:
        for model in (Appointment, Consent):
            session.execute(
                update(model)
                .where(model.lead_id == other.id)
                .values(lead_id=oldest.id)
                .execution_options(synchronize_session=False)
            )
        known = {name: getattr(other, name) for name in ("email", "phone", "customer_id", "budget", "timeline")}
        oldest.products = list(dict.fromkeys([*oldest.products, *other.products]))
        oldest.need = oldest.need or other.need
        oldest.name = oldest.name or other.name
        session.delete(other)
        session.flush()  # its e-mail and phone are free only now
        for name, value in known.items():
            if value is not None and getattr(oldest, name) is None:
                setattr(oldest, name, value)
    return oldest


def _note(session: Session, lead: Lead, conversation_id: str, told: Told) -> None:
    """The newest word stands; what was not said stays as it was."""
    lead.conversation_id, lead.language, lead.state = conversation_id, told.language, "open"
    lead.customer_id = (
        session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()
        or lead.customer_id
    )
    lead.phone = told.phone or lead.phone
    lead.email = told.email or lead.email
    lead.name = told.name or lead.name or _customer_name(session, lead.customer_id)
    lead.need = told.need[:LONGEST_NEED] or lead.need or ""
    lead.products = list(dict.fromkeys([*told.products, *(lead.products or [])]))[:20]
    lead.budget = told.budget if told.budget is not None else lead.budget
    lead.timeline = told.timeline.isoformat() if told.timeline else lead.timeline
    lead.authority = told.authority or lead.authority


def _customer_name(session: Session, customer_id: int | None) -> str:
    return session.execute(select(Customer.name).where(Customer.id == customer_id)).scalar() or ""


def _scored(session: Session, lead: Lead, talk: bool) -> tuple[Score, Decimal | None, Decimal | None]:
    """A lead's score, the value on the table, and that of a usual order."""
    view = baskets.view(session, lead.conversation_id)
    quoted = session.execute(
        select(func.max(Quote.total)).where(
            Quote.conversation_id == lead.conversation_id, Quote.state == "open", Quote.valid_until > now()
        )
    ).scalar()
    value = view.totals.total if view is not None else quoted
    booked = session.execute(
        select(Appointment.id).where(Appointment.lead_id == lead.id, Appointment.seat.is_not(None))
    )
    usual = usual_order(session)
    facts = Facts(
        phone=bool(lead.phone),
        email=bool(lead.email),
        asked_to_talk=talk or (lead.id is not None and booked.first() is not None),
        product=bool(lead.products),
        budget=lead.budget,
        needed_by=date.fromisoformat(lead.timeline) if lead.timeline else None,
        authority=lead.authority,
        quote=quoted is not None,
        basket=view is not None,
        returning=lead.customer_id is not None,
        value=value,
        usual=usual,
    )
    return score(facts, profile.read(session).today()), value, usual


def usual_order(session: Session) -> Decimal | None:
    """What an order of the shop's is worth on average; None before the first."""
    total, count = session.execute(select(func.sum(Order.total), func.count()).where(Order.total > 0)).one()
    return Decimal(total) / count if count else None


def consent(session: Session, conversation_id: str, agreed: Agreed, language: str, lead_id: int | None = None) -> None:
    """Write down what was agreed to; a turn that is run again agrees once."""
    same = select(Consent.id).where(
        Consent.conversation_id == conversation_id,
        Consent.message_id == agreed.message_id,
        Consent.purpose == agreed.purpose,
    )
    if session.execute(same).first() is None:
        session.add(
            Consent(
                conversation_id=conversation_id,
                message_id=agreed.message_id,
                lead_id=lead_id,
                purpose=agreed.purpose,
                channel=agreed.channel,
                wording=agreed.wording,
                language=language,
                given_at=now(),
            )
        )
        session.flush()


@dataclass(frozen=True)
class Reach:
    """How a conversation's customer can be reached, by what they or the shop said."""

    phone: str | None = None
    email: str | None = None
    name: str = ""


def reach(session: Session, conversation_id: str) -> Reach:
    """The contact given here for an order, or of the customer whom the shop signed for.

    Not that of the lead: whoever types another person's number would be told their e-mail.
    """
    customer_id = session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()
    known: list[Any] = [
        session.execute(
            select(Basket).where(Basket.conversation_id == conversation_id).order_by(Basket.id.desc()).limit(1)
        ).scalar(),
        session.get(Customer, customer_id) if customer_id is not None else None,
    ]

    def first(field: str) -> str | None:
        return next((value for row in known if row is not None and (value := getattr(row, field))), None)

    return Reach(first("phone"), first("email"), first("name") or "")


def forget_conversation(session: Session, conversation_id: str) -> None:
    """Erase what was left in one conversation. A lead that other conversations know too stays with them."""
    for model in (FollowUp, Appointment, Consent):
        _delete(session, model, model.conversation_id == conversation_id)
    for lead in session.execute(select(Lead).where(Lead.conversation_id == conversation_id)).scalars().all():
        known = [
            session.execute(select(model.id).where(model.lead_id == lead.id)).first()
            for model in (Consent, Appointment)
        ]
        if known == [None, None]:
            session.delete(lead)
        else:
            lead.conversation_id = None
    session.flush()


def _delete(session: Session, model: Any, *conditions: Any) -> None:
    session.execute(delete(model).where(*conditions).execution_options(synchronize_session=False))
