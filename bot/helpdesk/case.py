"""What an outside help desk is told of a conversation: who, why, what is known and tried, and every word so far."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.plain import plain_text
from bot.db.models import Agent, Conversation, Customer, Handoff, HelpdeskTicket, Message, Shop, Transfer
from bot.db.session import reading
from bot.desk import context
from bot.desk.phrases import DEFAULT, phrases
from bot.desk.sessions import Caller
from bot.desk.summary import Line, Names, readable
from bot.helpdesk.base import Case, Said, Ticket
from bot.settings import settings
from bot.shop import profile
from bot.support import links, uploads

MOST_MESSAGES = 300  # the newest of the transcript
LONGEST = 60_000  # characters of it; Chatwoot takes 150,000


def language(session: Session) -> str:
    """The language the shop works in."""
    found = session.execute(select(Shop.language).limit(1)).scalar() or DEFAULT
    return str(found)


def ticket_of(session: Session, row: HelpdeskTicket, *, again: bool = False) -> Ticket:
    """A ticket as the desks know it."""
    words = phrases(language(session))
    handoff = session.get(Handoff, row.handoff_id)
    name = _name(session, row.conversation_id) or f"{words['helpdesk.customer']} {row.conversation_id[:4]}"
    why = _worded(words, "reason", handoff.reason) if handoff else ""
    return Ticket(
        id=int(row.id),
        conversation_id=row.conversation_id,
        customer=name,
        subject=" – ".join(filter(None, (profile.read(session).name.get_for(language(session)), name, why))),
        reference=row.reference,
        brought_up_to=int(row.brought_up_to),
        is_open=row.state == "open",
        again=again,
    )


def _name(session: Session, conversation_id: str) -> str | None:
    query = select(Customer.name).join(Conversation, Conversation.customer_id == Customer.id)
    return session.execute(query.where(Conversation.id == conversation_id)).scalar()


def _worded(words: dict[str, str], kind: str, code: Any) -> str:
    return words.get(f"{kind}.{code}", str(code).replace("_", " ")) if code else ""


def of(ticket_id: int) -> Case:
    """What the desk is given at the beginning of a ticket."""
    with reading() as session:
        row = session.get(HelpdeskTicket, ticket_id)
        handoff = session.get(Handoff, row.handoff_id)
        spoken = language(session)
        lines = readable(handoff.summary or {}, Names(session, [handoff.summary or {}], spoken))
        transcript, newest = _transcript(session, row, spoken)
        agent = session.get(Agent, row.agent_id)
        offer = select(Transfer.note).where(Transfer.conversation_id == row.conversation_id, Transfer.state == "open")
        note = session.execute(offer).scalar() or ""
    caller = Caller(int(row.agent_id), agent.name, agent.email, agent.role, spoken, (), (), "", "")
    about = _about(context.of(caller, row.conversation_id), handoff, lines, note, spoken)
    where = phrases(spoken)["helpdesk.read_here"]
    address = where.format(url=f"{settings().url}/desk/conversations/{row.conversation_id}")
    return Case(about=f"{about}\n{address}", transcript=transcript, newest=newest)


def _about(found: dict[str, Any], handoff: Handoff, summary: list[Line], note: str, spoken: str) -> str:
    words = phrases(spoken)
    comma = words["summary.comma"]
    told: list[tuple[str, str]] = [(words["helpdesk.note"], note)]
    told.append((words["helpdesk.reason"], _worded(words, "reason", handoff.reason)))
    customer = found["customer"]
    if customer:
        proven = words.get(f"context.verified_{customer['verified'] or 'none'}", "")
        told.append(
            (words["helpdesk.customer"], comma.join(filter(None, (customer["name"], customer["city"], proven))))
        )
        told.append((words["helpdesk.contact"], comma.join(filter(None, (customer["email"], customer["phone"])))))
    for line in summary:
        values = [_value(words, line.key, value) for value in line.values]
        told.append((words.get(f"summary.{line.key}", line.key.replace("_", " ")), comma.join(values)))
    tried = [_worded(words, "topic", topic["topic"]) for topic in found["tried"]]
    told.append((words["context.tried"], comma.join(dict.fromkeys(tried))))
    orders = [" ".join((order["number"], order["state"], order["total"])) for order in found["orders"]]
    told.append((words["context.orders"], comma.join(orders)))
    return "\n".join(f"{label}: {text}" for label, text in told if text)


def _value(words: dict[str, str], key: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return words["summary.yes" if value else "summary.no"]
    return _worded(words, "topic", value) if key == "topic" else value


def _transcript(session: Session, row: HelpdeskTicket, spoken: str) -> tuple[str, Said | None]:
    """Every message up to the handoff, with its time at the shop; and the customer's last."""
    words, zone = phrases(spoken), profile.read(session).zone
    mine = (Message.conversation_id == row.conversation_id, Message.id <= row.told_up_to)
    rows = session.scalars(select(Message).where(*mine).order_by(Message.id.desc()).limit(MOST_MESSAGES))
    lines: list[str] = []
    newest: Said | None = None
    room = LONGEST
    for message in rows:
        text = _text(message)
        if not text:
            continue
        if message.author == "customer" and newest is None:
            newest = Said(int(message.id), text)
        line = f"[{message.created_at.astimezone(zone):%Y-%m-%d %H:%M}] {words[f'author.{message.author}']}: {text}"
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return "\n".join(reversed(lines)), newest


def as_text(parts: list[dict[str, Any]]) -> str:
    """A message as plain text."""
    return "\n".join(filter(None, map(plain_text, parts)))


def said(session: Session, message_id: int) -> Said | None:
    """A customer's message, a photo or PDF as the link to it; None when there is nothing (any more) to read."""
    message = session.get(Message, message_id)
    text = _text(message) if message else ""
    return Said(message_id, text) if text else None


def _text(message: Message) -> str:
    text = as_text(message.parts)
    name = message.channel_message_id or ""
    if message.author == "customer" and name.startswith(uploads.MESSAGE):
        text = f"{text}\n{links.address('photo', name.removeprefix(uploads.MESSAGE))}"
    return text.strip()
