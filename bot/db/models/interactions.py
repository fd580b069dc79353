"""What customers raised and how it ended: one row a topic of a conversation."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, UniqueConstraint

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Moment, Money

OUTCOMES = ("open", "answered", "unknown", "sold", "lead", "solved", "ticket", "handed_over", "abandoned")


class Interaction(Base):
    """One topic a customer raised, from the message that opened it to its outcome."""

    __tablename__ = "interactions"
    __table_args__ = (
        UniqueConstraint("conversation_id", "opened_by", "topic"),
        Index("ix_interactions_conversation_id_ended_at", "conversation_id", "ended_at"),
        Index("ix_interactions_started_at_topic", "started_at", "topic"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    opened_by = Column(BigId, nullable=False)  # id of the customer's message
    last_message_id = Column(BigId, nullable=False)
    channel = Column(String(32), nullable=False)
    language = Column(String(2), nullable=False)
    side = Column(String(8), nullable=False)  # sales | service | general
    topic = Column(String(64), nullable=False)
    products = Column(JSON, nullable=False, default=list)  # product codes
    order_number = Column(String(64))
    place = Column(String(250))  # how far a guide was walked: its code and the step, "printer-setup#3"
    turns = Column(Integer, nullable=False, default=1)
    handled_by = Column(String(8), nullable=False, default="bot")  # bot | agent | both
    outcome = Column(String(16), nullable=False, default="open")
    value = Column(Money)
    satisfaction = Column(Integer)  # 1 to 5
    started_at = Column(Moment, nullable=False, default=now)
    ended_at = Column(Moment)
