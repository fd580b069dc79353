"""Conversations and their messages, the inbox and outbox, and what Rasa remembers of the dialogue."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Moment

OWNERS = ("bot", "queue", "agent", "closed")
AUTHORS = ("customer", "bot", "agent", "system")


class Conversation(Base):
    """A customer's talk with the shop on one channel.

    `owner` says who answers; it changes only by compare-and-set on `owner_version`. `claimed_by`
    and `claimed_until` let exactly one worker run the conversation's turns at a time.
    """

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "channel_user"), Index("ix_conversations_owner", "owner", "team_id"))

    id = Column(String(32), primary_key=True)
    channel = Column(String(32), nullable=False)
    channel_user = Column(String(200), nullable=False)  # the platform's name for the customer's side
    locale = Column(String(2))  # asked for at the start
    language = Column(String(2), nullable=False, default="en")  # spoken now
    digits = Column(String(4), nullable=False, default="latn")  # latn | arab: the style the customer writes
    owner = Column(String(8), nullable=False, default="bot")
    owner_version = Column(Integer, nullable=False, default=0)
    team_id = Column(ForeignKey("teams.id", ondelete="SET NULL"))
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)
    customer_id = Column(ForeignKey("customers.id", ondelete="SET NULL"), index=True)  # by signed identity
    caller = Column(String(64))  # digest of the network address it was opened from
    claimed_by = Column(String(64))
    claimed_until = Column(Moment)
    created_at = Column(Moment, nullable=False, default=now)
    asked_at = Column(Moment)  # the customer's first message
    answered_at = Column(Moment)  # the first answer to it, by bot or person
    updated_at = Column(Moment, nullable=False, default=now, index=True)
    emptied_at = Column(Moment)  # when what was said was deleted, for its age


class Message(Base):
    """One message, by whoever; `id` orders all messages of a conversation."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        Index("ix_messages_conversation_id_author", "conversation_id", "author", "id"),
        UniqueConstraint("conversation_id", "channel_message_id"),
        {"sqlite_autoincrement": True},
    )

    id = Column(BigId, primary_key=True, autoincrement=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    author = Column(String(8), nullable=False)
    channel_message_id = Column(String(200))  # of the platform or client; set on customers' messages
    parts = Column(JSON, nullable=False)
    words = Column(Text, nullable=False, default="")  # what it is found by; see bot/db/finding.py
    payload = Column(Text)  # of the button a customer pressed
    language = Column(String(2), nullable=False)
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"))
    in_reply_to = Column(BigId)  # id of the customer's message a bot message answers
    intent = Column(String(64))
    confidence = Column(Float)
    latency_ms = Column(Integer)  # from stored to answered, on customers' messages the bot answered
    created_at = Column(Moment, nullable=False, default=now)


class Inbox(Base):
    """What is still owed an answer: one row for every customer message."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_state_conversation", "state", "conversation_id", "message_id"),
        Index("ix_inbox_conversation", "conversation_id", "message_id"),
    )

    message_id = Column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    state = Column(String(8), nullable=False, default="pending")  # pending | answered | human
    attempts = Column(Integer, nullable=False, default=0)
    settled_at = Column(Moment)


class Outbox(Base):
    """A message a platform must be handed (channels that push; the web channel is read from `messages`)."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_due", "state", "due_at"),)

    message_id = Column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    channel = Column(String(32), nullable=False)
    state = Column(String(8), nullable=False, default="pending")  # pending | sent | failed
    attempts = Column(Integer, nullable=False, default=0)
    due_at = Column(Moment, nullable=False, default=now)
    error = Column(String(500))


class DialogueState(Base):
    """What Rasa needs to go on with a conversation: slots, active loop and the last turns, compact."""

    __tablename__ = "dialogue_states"

    conversation_id = Column(String(32), primary_key=True)
    version = Column(Integer, nullable=False, default=0)
    events = Column(Text, nullable=False)  # JSON list of Rasa events that rebuilds the tracker
    updated_at = Column(Moment, nullable=False, default=now)


class DialogueEvent(Base):
    """Every event of Rasa's, appended and never rewritten: the trail of a conversation."""

    __tablename__ = "dialogue_events"
    __table_args__ = (
        Index("ix_dialogue_events_conversation_id_id", "conversation_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id = Column(BigId, primary_key=True, autoincrement=True)
    conversation_id = Column(String(32), nullable=False)
    message_id = Column(BigId)
    events = Column(Text, nullable=False)  # JSON list: the events of one turn
    at = Column(Moment, nullable=False, default=now)
