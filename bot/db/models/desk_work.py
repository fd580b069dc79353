"""What agents work with beside the conversation itself: transfers, notes, labels, canned answers, files; and its trail."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Text

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment


class Transfer(Base):
    """A conversation offered to a colleague or a team; its owner stays the owner until somebody accepts."""

    __tablename__ = "transfers"

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    from_agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)
    to_agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    to_team_id = Column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    note = Column(Text, nullable=False, default="")
    state = Column(String(12), nullable=False, default="open", index=True)  # open | accepted | declined | cancelled
    accepted_by = Column(ForeignKey("agents.id", ondelete="SET NULL"))
    created_at = Column(Moment, nullable=False, default=now)
    ended_at = Column(Moment)


class Note(Base):
    """A private note on a conversation; a whisper is one by a supervisor to whoever answers. Never a customer's."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_conversation_id_id", "conversation_id", "id"),)

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"))
    kind = Column(String(8), nullable=False, default="note")  # note | whisper
    text = Column(Text, nullable=False)
    created_at = Column(Moment, nullable=False, default=now)


class Mention(Base):
    """An agent named in a note, who may then read the conversation."""

    __tablename__ = "mentions"
    __table_args__ = (Index("ix_mentions_agent_id_conversation_id", "agent_id", "conversation_id"),)

    note_id = Column(ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True)
    agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)


class ConversationLabel(Base):
    __tablename__ = "conversation_labels"

    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    label = Column(String(40), primary_key=True, index=True)


class CannedAnswer(Base):
    """An answer written beforehand; `{customer}`, `{agent}`, `{shop}` and `{order}` are filled in when it is used."""

    __tablename__ = "canned_answers"

    id = Column(Integer, primary_key=True)
    code = Column(String(40), nullable=False, unique=True)  # what an agent types after the slash
    text = Column(Localised, nullable=False)
    team_id = Column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)  # None: for all


class CustomerMark(Base):
    """How far messages reached the customer, and who is typing: of conversations that people answer."""

    __tablename__ = "customer_marks"

    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    delivered_up_to = Column(BigId, nullable=False, default=0)
    read_up_to = Column(BigId, nullable=False, default=0)
    agent_typed_at = Column(Moment)
    customer_typed_at = Column(Moment)


class Attachment(Base):
    """A file an agent sent; its bytes lie in the state folder under its id."""

    __tablename__ = "attachments"

    id = Column(String(43), primary_key=True)  # a random token: the address is the key
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"))
    name = Column(String(200), nullable=False)
    size = Column(Integer, nullable=False)
    created_at = Column(Moment, nullable=False, default=now)


class HandoffRule(Base):
    """A rule of the shop's own that hands over: by topic, or by words a customer writes."""

    __tablename__ = "handoff_rules"

    id = Column(Integer, primary_key=True)
    kind = Column(String(8), nullable=False)  # topic | words
    value = Column(String(200), nullable=False)  # an intent, or words parted by commas
    team_id = Column(ForeignKey("teams.id", ondelete="CASCADE"), nullable=False)
    severity = Column(Integer, nullable=False, default=0)


class ApiToken(Base):
    """A key with which another system works as an agent; only its hash is kept."""

    __tablename__ = "api_tokens"

    id = Column(String(64), primary_key=True)  # SHA-256 of the token
    agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True)
    name = Column(String(100), nullable=False)
    created_at = Column(Moment, nullable=False, default=now)
    last_used_at = Column(Moment)


class AuditEntry(Base):
    """Who saw or did what, and when."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_at", "at"),)

    id = Column(BigId, primary_key=True)
    at = Column(Moment, nullable=False, default=now)
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)
    action = Column(String(40), nullable=False)
    conversation_id = Column(String(32), index=True)  # outlives the conversation
    subject = Column(String(200), nullable=False, default="")  # what else it was about: an account, a team …
    address = Column(String(64), nullable=False, default="")


class Webhook(Base):
    """An address of another system that is told of events."""

    __tablename__ = "webhooks"

    id = Column(Integer, primary_key=True)
    url = Column(String(1000), nullable=False)
    secret = Column(String(64), nullable=False)
    events = Column(JSON, nullable=False, default=list)  # names; none means all
    active = Column(Boolean, nullable=False, default=True)
    created_at = Column(Moment, nullable=False, default=now)


class WebhookDelivery(Base):
    """One event on its way to one webhook."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_state_due_at", "state", "due_at"),
        Index("ix_webhook_deliveries_webhook_id_id", "webhook_id", "id"),
    )

    id = Column(BigId, primary_key=True)
    webhook_id = Column(ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False)
    event = Column(String(40), nullable=False)
    body = Column(Text, nullable=False)  # the JSON that is sent, the same at every try
    state = Column(String(8), nullable=False, default="pending")  # pending | sent | failed
    attempts = Column(Integer, nullable=False, default=0)
    due_at = Column(Moment, nullable=False, default=now)
    status = Column(Integer)  # of the last answer
    error = Column(String(200))
    created_at = Column(Moment, nullable=False, default=now)
