"""Finds all that is one person's, and makes a copy of it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.db.models import Basket, Conversation, Customer, FollowUp, Handoff, Lead, Order, Proof, Quote
from bot.db.session import reading
from bot.insight.privacy.ground import Person, belongs, personal_tables

SHORTEST_NAME = 6  # characters of a name that is looked for everywhere
_SECRET = ("digest", "hash", "caller", "claimed_by", "address_digest")  # tell nobody anything


class Nobody(LookupError):
    """Nobody is known by that."""


def find(session: Session, who: str) -> Person:
    """The person with an e-mail address, a phone number (as stored, E.164) or the shop's own customer id.

    Raises:
        Nobody: there is none.
    """
    who = who.strip()
    email = who.lower()
    person = Person()
    known = or_(Customer.email == email, Customer.phone == who, Customer.code == who)
    person.customers |= _ids(session, select(Customer.id).where(known))
    if "@" in who:
        person.emails.add(email)
    elif who.startswith("+"):
        person.phones.add(who)
    _complete(session, person)
    if not person:
        raise Nobody(who)
    return person


def of_customer(session: Session, customer_id: int) -> Person:
    """The person that a customer is."""
    person = Person(customers={customer_id})
    _complete(session, person)
    return person


def _ids(session: Session, query: Any) -> set[Any]:
    return {value for value in session.execute(query).scalars() if value is not None}


def _complete(session: Session, person: Person) -> None:
    """Follow contacts and conversations until nothing new turns up."""
    for customer in session.execute(select(Customer).where(Customer.id.in_(person.customers))).scalars():
        person.emails |= {customer.email} - {None}
        person.phones |= {customer.phone} - {None}
        person.names |= set(_telling([customer.name, customer.code]))
    size = -1
    while size != (size := len(person.talks) + len(person.orders) + len(person.leads) + len(person.emails)):
        _orders(session, person)
        _leads(session, person)
        _talks(session, person)
        _names(session, person)
    others = select(Customer.phone).where(Customer.phone.in_(person.phones), Customer.id.not_in(person.customers))
    person.phones -= _ids(session, others)  # a family's telephone is the others' too


def _contact(person: Person, model: Any) -> Any:
    return or_(model.email.in_(person.emails), model.phone.in_(person.phones))


def _orders(session: Session, person: Person) -> None:
    own = or_(Order.customer_id.in_(person.customers), Order.customer_id.is_(None) & _contact(person, Order))
    person.orders |= _ids(session, select(Order.id).where(own))


def _leads(session: Session, person: Person) -> None:
    stranger = Lead.customer_id.is_not(None) & Lead.customer_id.not_in(person.customers)
    own = or_(Lead.customer_id.in_(person.customers), _contact(person, Lead), Lead.conversation_id.in_(person.talks))
    rows = session.execute(select(Lead).where(own, ~func.coalesce(stranger, False))).scalars().all()
    person.leads |= {lead.id for lead in rows}
    person.emails |= {lead.email for lead in rows if lead.email}
    person.phones |= {lead.phone for lead in rows if lead.phone}


def _talks(session: Session, person: Person) -> None:
    """Conversations in which the customer was signed for, proved who they are, or left their contact."""
    proven = or_(Proof.customer_id.in_(person.customers), Proof.order_id.in_(person.orders))
    baskets = or_(Basket.order_id.in_(person.orders), _contact(person, Basket))
    contacts = person.emails | person.phones
    for query in (
        select(Conversation.id).where(Conversation.customer_id.in_(person.customers)),
        select(Conversation.id).where(Conversation.channel_user.in_(contacts)),
        select(Proof.conversation_id).where(proven),
        select(Basket.conversation_id).where(baskets),
        select(Lead.conversation_id).where(Lead.id.in_(person.leads)),
        select(Handoff.conversation_id).where(Handoff.contact.in_(contacts)),
        select(FollowUp.conversation_id).where(FollowUp.email.in_(person.emails)),
    ):
        person.talks |= _ids(session, query)


def _names(session: Session, person: Person) -> None:
    """What they are called in orders, leads, baskets and quotes, unless somebody else is called the same."""
    found: list[Any] = []
    for address in session.execute(select(Order.shipping_address).where(Order.id.in_(person.orders))).scalars():
        found.append((address or {}).get("name"))
    found += session.scalars(select(Lead.name).where(Lead.id.in_(person.leads)))
    found += session.scalars(select(Basket.name).where(Basket.conversation_id.in_(person.talks)))
    found += session.scalars(select(Quote.customer_name).where(Quote.conversation_id.in_(person.talks)))
    person.names |= set(_telling(found))
    person.names -= _ids(
        session,
        select(Customer.name).where(Customer.name.in_(person.names), Customer.id.not_in(person.customers)),
    )


def _telling(words: Iterable[Any]) -> Iterable[str]:
    """Names of several words: one word alone ("Noor") may mean anybody or anything."""
    for word in words:
        text = word.strip() if isinstance(word, str) else ""
        if len(text) >= SHORTEST_NAME and (" " in text or "@" in text):
            yield text


def copy(session: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Every row that is the person's, by table; fingerprints and secrets, which tell nothing, are left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in reversed(personal_tables()):
        columns = [column for column in table.columns if not any(word in column.name for word in _SECRET)]
        rows = session.execute(select(*columns).where(belongs(table, person)).order_by(*table.primary_key.columns))
        told = [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]
        if told:
            found[table.name] = told
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, (str, int, float, bool, dict, list, type(None))) else str(value)


def copy_of(who: str) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of the person with an e-mail address, phone number or customer id.

    Raises:
        Nobody: there is none.
    """
    with reading() as session:
        return copy(session, find(session, who))
