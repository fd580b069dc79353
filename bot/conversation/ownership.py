"""Who answers a conversation: the bot, the queue, one agent, or nobody. Changed by compare-and-set only.

Called by the desk for agents and by the gateway for a customer who goes back to the bot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import transcript
from bot.conversation.errors import NotFound, NotOwner
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.notices import notice
from bot.db.models import Agent, Conversation, Handoff, Inbox, Message, Team
from bot.db.session import reading, writing

__all__ = [
    "Held",
    "NotFound",
    "NotOwner",
    "Waiting",
    "accept",
    "agent_says",
    "give_back",
    "held_by",
    "leave_queue",
    "resolve",
    "waiting",
]


@dataclass(frozen=True)
class Waiting:
    """A conversation that waits for a person."""

    conversation_id: str
    channel: str
    language: str
    team: str | None  # code
    reason: str
    priority: int
    waiting_since: datetime
    last_text: str
    summary: dict[str, Any]


@dataclass(frozen=True)
class Held:
    """A conversation an agent owns. `unread` counts the customer's messages since the agent last wrote."""

    conversation_id: str
    channel: str
    language: str
    team: str | None
    reason: str
    accepted_at: datetime
    last_text: str
    unread: int
    summary: dict[str, Any]


def _move(session: Session, conversation: Any, owner: str, agent_id: int | None) -> bool:
    """Change the owner of a locked conversation, if nobody did since it was read."""
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.owner_version == conversation.owner_version)
        .values(owner=owner, agent_id=agent_id, owner_version=conversation.owner_version + 1, updated_at=now())
    )
    return changed.rowcount == 1


def _tell(conversation_id: str) -> None:
    hub().publish(conversation_topic(conversation_id))
    hub().publish(QUEUE)


def _settle(session: Session, conversation_id: str) -> None:
    session.execute(
        update(Inbox)
        .where(Inbox.conversation_id == conversation_id, Inbox.state == "human")
        .values(state="answered", settled_at=now())
    )


def accept(conversation_id: str, agent_id: int) -> bool:
    """queue → agent. False when it is not waiting any more: somebody else was first, or the customer left."""
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "queue":
            return False
        if not _move(session, conversation, "agent", agent_id):
            return False
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.state == "waiting")
            .values(state="accepted", accepted_at=now(), agent_id=agent_id)
        )
        name = session.execute(select(Agent.name).where(Agent.id == agent_id)).scalar() or ""
        notice(session, conversation, "utter_agent_joined", agent=name)
    _tell(conversation_id)
    return True


def _end(conversation_id: str, agent_id: int, owner: str, state: str, outcome: str | None, response: str) -> bool:
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "agent" or conversation.agent_id != agent_id:
            return False
        if not _move(session, conversation, owner, None):
            return False
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.state == "accepted")
            .values(state=state, ended_at=now(), outcome=outcome)
        )
        _settle(session, conversation_id)
        notice(session, conversation, response)
    _tell(conversation_id)
    return True


def give_back(conversation_id: str, agent_id: int) -> bool:
    """agent → bot. False when the agent does not own it."""
    return _end(conversation_id, agent_id, "bot", "returned", None, "utter_agent_left_to_bot")


def resolve(conversation_id: str, agent_id: int, outcome: str) -> bool:
    """agent → closed, with an outcome. The customer's next message opens it again with the bot."""
    return _end(conversation_id, agent_id, "closed", "resolved", outcome, "utter_conversation_resolved")


def leave_queue(conversation_id: str) -> bool:
    """queue → bot, at the customer's wish. False when it is not waiting."""
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "queue":
            return False
        if not _move(session, conversation, "bot", None):
            return False
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.state == "waiting")
            .values(state="cancelled", ended_at=now())
        )
        notice(session, conversation, "utter_back_with_bot")
    _tell(conversation_id)
    return True


def agent_says(
    conversation_id: str, agent_id: int, parts: list[dict[str, Any]], client_message_id: str | None = None
) -> int:
    """Add an agent's message; its id. The same `client_message_id` again gives the id of the first.

    Raises:
        NotFound: no such conversation.
        NotOwner: the agent does not own it.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            raise NotFound(conversation_id)
        key = f"agent:{client_message_id}" if client_message_id else None
        if key:
            said = session.execute(
                select(Message.id).where(Message.conversation_id == conversation_id, Message.channel_message_id == key)
            ).scalar()
            if said is not None:
                return int(said)
        if conversation.owner != "agent" or conversation.agent_id != agent_id:
            raise NotOwner(conversation_id)
        message_id = transcript.append(session, conversation, "agent", parts, agent_id=agent_id, channel_message_id=key)
        _settle(session, conversation_id)
    _tell(conversation_id)
    return message_id


def _last_text(session: Session, conversation_id: str) -> str:
    parts = session.execute(
        select(Message.parts)
        .where(Message.conversation_id == conversation_id, Message.author == "customer")
        .order_by(Message.id.desc())
        .limit(1)
    ).scalar()
    return next((part.get("text", "") for part in parts or [] if part.get("type") == "text"), "")


def waiting(team_codes: list[str] | None = None) -> list[Waiting]:
    """Conversations that wait for a person, the most urgent first; of some teams, or of all."""
    query = (
        select(Handoff, Conversation, Team.code)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(Team, Team.id == Handoff.team_id)
        .where(Handoff.state == "waiting")
        .order_by(Handoff.priority.desc(), Handoff.requested_at)
    )
    if team_codes is not None:
        query = query.where(Team.code.in_(team_codes) | Handoff.team_id.is_(None))
    with reading() as session:
        return [
            Waiting(
                conversation.id,
                conversation.channel,
                conversation.language,
                team,
                handoff.reason,
                handoff.priority,
                handoff.requested_at,
                _last_text(session, conversation.id),
                handoff.summary,
            )
            for handoff, conversation, team in session.execute(query).all()
        ]


def held_by(agent_id: int) -> list[Held]:
    """Conversations an agent owns, the longest held first."""
    query = (
        select(Handoff, Conversation, Team.code)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(Team, Team.id == Handoff.team_id)
        .where(Handoff.state == "accepted", Conversation.owner == "agent", Conversation.agent_id == agent_id)
        .order_by(Handoff.accepted_at)
    )
    with reading() as session:
        found = []
        for handoff, conversation, team in session.execute(query).all():
            unread = session.execute(
                select(func.count())
                .select_from(Inbox)
                .where(Inbox.conversation_id == conversation.id, Inbox.state == "human")
            ).scalar()
            found.append(
                Held(
                    conversation.id,
                    conversation.channel,
                    conversation.language,
                    team,
                    handoff.reason,
                    handoff.accepted_at,
                    _last_text(session, conversation.id),
                    int(unread or 0),
                    handoff.summary,
                )
            )
        return found
