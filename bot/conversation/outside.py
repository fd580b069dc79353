"""Conversations that an outside help desk answers. To the rest of the house that desk is one agent who never signs in.

It is given what waits for its teams, is sent every later message of the customer, and its people's words come in as
that agent's. What is to be sent is written down here, in the transaction in which it happens; `bot/helpdesk` sends it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Agent, Handoff, HelpdeskDelivery, HelpdeskTicket, Message, Shop, Team
from bot.settings import settings

NO_PASSWORD = "-"  # noqa: S105 (no hash looks so: nobody can sign in)


def is_for(team: Team | None) -> bool:
    """Whether an outside desk answers a team's customers."""
    rules = settings()
    return bool(rules.helpdesk) and team is not None and (not rules.desk_teams or team.code in rules.desk_teams)


def account(session: Session) -> int:
    """Id of the agent that stands for the outside desk; the first to ask creates it, under the shop's name."""
    email = f"{settings().helpdesk}@helpdesk.invalid"
    query = select(Agent.id).where(Agent.email == email)
    found = session.execute(query).scalar()
    if found is not None:
        return int(found)
    shop = session.execute(select(Shop.name, Shop.language).limit(1)).first()
    name = (shop.name.get_for(shop.language) if shop else "") or settings().helpdesk
    try:
        with session.begin_nested():
            session.add(Agent(email=email, name=name[:200], password_hash=NO_PASSWORD, active=False))
    except IntegrityError:
        pass  # another gateway was first
    return int(session.execute(query).scalar_one())


def open_ticket(session: Session, conversation: Any, handoff_id: int, agent_id: int) -> None:
    """Have the desk given a locked conversation, which is its own from now on."""
    close(session, conversation.id, tell=True)
    newest = session.execute(select(func.max(Message.id)).where(Message.conversation_id == conversation.id)).scalar()
    ticket = HelpdeskTicket(
        desk=settings().helpdesk,
        conversation_id=conversation.id,
        handoff_id=handoff_id,
        agent_id=agent_id,
        told_up_to=newest or 0,
    )
    session.add(ticket)
    session.flush()
    _send(session, ticket.id, "open", ticket.told_up_to)


def offer(session: Session, conversation: Any, team: Team | None) -> None:
    """Have the desk given a locked conversation that one of our own people offers to a team of the desk's.

    It becomes the desk's when the desk first answers; until then the customer's words stay with who offers it.
    """
    if not is_for(team):
        return
    query = select(Handoff.id).where(Handoff.conversation_id == conversation.id).order_by(Handoff.id.desc()).limit(1)
    handoff_id = session.execute(query).scalar()
    if handoff_id is not None:
        open_ticket(session, conversation, int(handoff_id), account(session))


def catch_up(session: Session, conversation_id: str, agent_id: int) -> None:
    """The desk has just accepted what it was offered: have it sent what the customer said meanwhile."""
    mine = (HelpdeskTicket.conversation_id == conversation_id, HelpdeskTicket.agent_id == agent_id)
    ticket = session.execute(
        select(HelpdeskTicket.id, HelpdeskTicket.told_up_to).where(*mine, HelpdeskTicket.state == "open")
    ).first()
    if ticket is None:
        return
    later = (Message.conversation_id == conversation_id, Message.id > ticket.told_up_to, Message.author == "customer")
    for message_id in session.execute(select(Message.id).where(*later).order_by(Message.id)).scalars().all():
        _send(session, ticket.id, "message", message_id)


def _send(session: Session, ticket_id: int, kind: str, message_id: int) -> None:
    session.execute(
        insert(HelpdeskDelivery).values(ticket_id=ticket_id, kind=kind, message_id=message_id, due_at=now())
    )


def _open(session: Session, conversation: Any) -> int | None:
    """The ticket under which the desk answers a locked conversation now; None when it does not."""
    if conversation.owner != "agent":
        return None
    return session.execute(
        select(HelpdeskTicket.id)
        .where(
            HelpdeskTicket.conversation_id == conversation.id,
            HelpdeskTicket.state == "open",
            HelpdeskTicket.agent_id == conversation.agent_id,
        )
        .order_by(HelpdeskTicket.id.desc())
        .limit(1)
    ).scalar()


def answers(session: Session, conversation: Any) -> bool:
    """Whether the outside desk owns a locked conversation."""
    return _open(session, conversation) is not None


def forward(session: Session, conversation: Any, message_id: int) -> None:
    """The customer wrote: have it sent to the desk, if the conversation is the desk's."""
    ticket_id = _open(session, conversation)
    if ticket_id is not None:
        _send(session, ticket_id, "message", message_id)


def left(session: Session, conversation: Any) -> None:
    """The customer goes on with the bot for now; what the desk answers later still comes in."""
    ticket_id = _open(session, conversation)
    if ticket_id is not None:
        newest = select(func.max(Message.id)).where(Message.conversation_id == conversation.id)
        _send(session, ticket_id, "left", session.execute(newest).scalar() or 0)


def close(session: Session, conversation_id: str, *, but_of: int | None = None, tell: bool) -> None:
    """The conversation is no longer the desk's.

    Args:
        but_of: the agent whose tickets stay open.
        tell: have the desk told; what it has not begun to hear of, it is spared.
    """
    query = select(HelpdeskTicket.id, HelpdeskTicket.told_up_to).where(
        HelpdeskTicket.conversation_id == conversation_id, HelpdeskTicket.state == "open"
    )
    if but_of is not None:
        query = query.where(HelpdeskTicket.agent_id != but_of)
    for ticket in session.execute(query).all():
        session.execute(
            update(HelpdeskTicket).where(HelpdeskTicket.id == ticket.id).values(state="closed", closed_at=now())
        )
        unsent = update(HelpdeskDelivery).where(
            HelpdeskDelivery.ticket_id == ticket.id, HelpdeskDelivery.state == "pending"
        )
        spared = unsent.where(HelpdeskDelivery.kind == "open", HelpdeskDelivery.attempts == 0).values(state="failed")
        if session.execute(spared).rowcount:
            session.execute(unsent.values(state="failed"))
        elif tell:
            _send(session, ticket.id, "taken", ticket.told_up_to)
