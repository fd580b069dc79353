"""What a customer does instead of waiting for a person: a call at a set time, an answer by e-mail, a message left.

Called by the channels for the buttons, and by the inbox for what is written while waiting. Once it is known
how to reach the customer, the handoff is `scheduled` for the team and the bot answers again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import handoffs, staff, transcript
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.notices import locale_of, notice
from bot.db.models import Conversation, Customer, Handoff, Team
from bot.db.session import writing
from bot.shop import profile
from bot.shop.importing.contacts import read_email, read_phone

Wish = Literal["callback", "email", "message"]
ASKED = {"callback": "utter_ask_phone", "email": "utter_ask_email", "message": "utter_ask_message"}
UNCLEAR = {"callback": "utter_unclear_phone", "email": "utter_unclear_email"}
SLOTS = 4


def choose(conversation_id: str, wish: Wish, at: str | None = None) -> bool:
    """A waiting customer presses a button. False when the conversation is not waiting (any more).

    Args:
        at: the time of the call, as one of the offered slots writes it (ISO 8601).
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        handoff = handoffs.current(session, conversation_id) if conversation is not None else None
        if handoff is None or conversation.owner != "queue" or handoff.state != "waiting":
            return False
        if wish == "callback" and not _slot_taken(session, conversation, handoff, at):
            _offer_slots(session, conversation, handoff)
        else:
            handoff.wish, handoff.offered_to, handoff.offered_until = wish, None, None
            contact = _known_contact(session, conversation, wish)
            if contact:
                _schedule(session, conversation, handoff, contact)
            else:
                notice(session, conversation, ASKED[wish])
    hub().publish(conversation_topic(conversation_id))
    hub().publish(QUEUE)
    return True


def heard(session: Session, conversation: Any, text: str) -> bool:
    """Take what a waiting customer wrote as the contact or message asked for; False when nothing was asked."""
    handoff = handoffs.current(session, conversation.id)
    if handoff is None or handoff.state != "waiting" or handoff.wish is None:
        return False
    contact = _contact_in(session, handoff.wish, text)
    if contact is None:
        notice(session, conversation, UNCLEAR[handoff.wish])
    else:
        _schedule(session, conversation, handoff, contact)
    return True


def _hours(session: Session, handoff: Handoff) -> staff.Hours:
    team = session.get(Team, handoff.team_id) if handoff.team_id else None
    if team is None:
        return staff.Hours(profile.read(session).zone, {}, frozenset())
    return staff.hours_of(session, team)


def _offer_slots(session: Session, conversation: Any, handoff: Handoff) -> None:
    locale = locale_of(conversation)
    slots = _hours(session, handoff).call_slots(now(), SLOTS)
    today = now().astimezone(slots[0].tzinfo).date() if slots else None
    buttons = [
        {
            "label": f"{locale.day(slot.date(), today)} {locale.time(slot)}",
            "payload": f'/call_me_back{{"time":"{slot.isoformat()}"}}',
        }
        for slot in slots
    ]
    notice(session, conversation, "utter_callback_slots" if buttons else "utter_no_callback", buttons=buttons or None)


def _slot_taken(session: Session, conversation: Any, handoff: Handoff, at: str | None) -> bool:
    """Keep the time chosen, if it is one at which the team works."""
    try:
        moment = datetime.fromisoformat(at or "")
    except ValueError:
        return False
    if moment.tzinfo is None or moment < now() or not _hours(session, handoff).is_open(moment):
        return False
    handoff.callback_at = moment
    return True


def _known_contact(session: Session, conversation: Any, wish: Wish) -> str | None:
    """The contact of a customer whose identity the shop signed."""
    if conversation.customer_id is None or wish == "message":
        return None
    customer = session.get(Customer, conversation.customer_id)
    return (customer.phone if wish == "callback" else customer.email) if customer else None


def _contact_in(session: Session, wish: str, text: str) -> str | None:
    if wish == "message":
        return ""
    if wish == "email":
        return next((email for word in text.split() if (email := read_email(word.strip(".,;،؛!؟?()")))), None)
    return read_phone(text, profile.read(session).country)


def _schedule(session: Session, conversation: Any, handoff: Handoff, contact: str) -> None:
    """Leave the queue with a promise: the team sees to it later, the bot answers until then."""
    handoff.state, handoff.contact = "scheduled", contact or None
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(owner="bot", owner_version=Conversation.owner_version + 1, agent_id=None)
    )
    locale = locale_of(conversation)
    if handoff.wish == "message":
        notice(session, conversation, "utter_message_left")
    elif handoff.wish == "email":
        notice(session, conversation, "utter_email_promised", contact=locale.isolate(contact))
    else:
        zone = _hours(session, handoff).zone
        at = handoff.callback_at.astimezone(zone)
        notice(
            session,
            conversation,
            "utter_callback_booked",
            contact=locale.isolate(contact),
            day=locale.day(at.date(), now().astimezone(zone).date()),
            time=locale.time(at),
        )


def scheduled(session: Session, conversation_id: str) -> Handoff | None:
    """The promise a conversation has from a team, if any."""
    return session.execute(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.state == "scheduled")
        .order_by(Handoff.id.desc())
        .limit(1)
    ).scalar_one_or_none()
