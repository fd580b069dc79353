"""Conversations that an outside help desk answers: what it was given, and what is still on its way there."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, UniqueConstraint

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Moment


class HelpdeskTicket(Base):
    """A handed-over conversation as the outside desk has it.

    `open` while the desk may answer, `closed` when it ended there or was taken over here, `failed` when the desk
    could not be given it.
    """

    __tablename__ = "helpdesk_tickets"
    __table_args__ = (
        Index("ix_helpdesk_tickets_conversation_id_state", "conversation_id", "state", "id"),
        Index("ix_helpdesk_tickets_look_at", "look_at"),
        UniqueConstraint("desk", "reference"),
        {"sqlite_autoincrement": True},
    )

    id = Column(BigId, primary_key=True, autoincrement=True)
    desk = Column(String(16), nullable=False)  # chatwoot | email
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    handoff_id = Column(ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False, index=True)
    agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), nullable=False)  # the desk, as an owner
    state = Column(String(8), nullable=False, default="open", index=True)
    reference = Column(String(100))  # the desk's own name for it, once it has it
    told_up_to = Column(BigId, nullable=False)  # newest message that its beginning tells
    brought_up_to = Column(BigId, nullable=False, default=0)  # newest message of the desk's that was brought in
    look_at = Column(Moment)  # when to look for answers next
    created_at = Column(Moment, nullable=False, default=now)
    closed_at = Column(Moment)


class HelpdeskDelivery(Base):
    """One thing on its way to the outside desk; those of a ticket go one after the other.

    It holds no words: they are read from the conversation when it is sent.
    """

    __tablename__ = "helpdesk_deliveries"
    __table_args__ = (
        Index("ix_helpdesk_deliveries_state_due_at", "state", "due_at"),
        UniqueConstraint("ticket_id", "kind", "message_id"),
    )

    id = Column(BigId, primary_key=True, autoincrement=True)
    ticket_id = Column(ForeignKey("helpdesk_tickets.id", ondelete="CASCADE"), nullable=False)
    kind = Column(String(8), nullable=False)  # open | message | left (to the bot, for now) | taken (over here)
    message_id = Column(BigId, nullable=False, default=0)  # of the customer's message; where none is meant, the newest
    state = Column(String(8), nullable=False, default="pending")  # pending | sent | failed
    attempts = Column(Integer, nullable=False, default=0)
    due_at = Column(Moment, nullable=False, default=now)
    error = Column(String(60))
