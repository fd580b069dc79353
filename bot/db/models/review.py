"""What became of messages that were looked at again (`python -m bot review`)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import Moment


class ReviewedMessage(Base):
    """A customer's message that a person judged: it is not shown for review again."""

    __tablename__ = "reviewed_messages"

    message_id = Column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    intent = Column(String(64))  # what it became an example of; null when it was put aside
    reviewed_at = Column(Moment, nullable=False, default=now)
