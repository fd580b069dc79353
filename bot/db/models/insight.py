"""What the measures need of their own: quotas, the summaries that went out, and indexes by time on others' tables."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, UniqueConstraint

from bot.clock import now
from bot.db.models.base import Base
from bot.db.models.conversations import Conversation, Message
from bot.db.models.desk import Handoff
from bot.db.models.interactions import Interaction
from bot.db.models.orders import Order
from bot.db.models.selling import Quote
from bot.db.models.support import Ticket
from bot.db.types import Moment, Money


class Quota(Base):
    """What a team is to sell in a month, in the shop's currency."""

    __tablename__ = "quotas"
    __table_args__ = (UniqueConstraint("month", "team_id"),)

    id = Column(Integer, primary_key=True)
    month = Column(String(7), nullable=False)  # 2026-09
    team_id = Column(ForeignKey("teams.id", ondelete="CASCADE"), nullable=False, index=True)
    amount = Column(Money, nullable=False)


class SummaryMail(Base):
    """A weekly summary that went out by e-mail: the row is there first, so that each goes out once."""

    __tablename__ = "summary_mails"

    week = Column(String(10), primary_key=True)  # its first day, 2026-09-21
    sent_at = Column(Moment, nullable=False, default=now)


# A query finds all it needs in each of these two, without a look at the rows.
Index("ix_conversations_created_at", Conversation.created_at, Conversation.asked_at, Conversation.answered_at)
_UNDERSTOOD = Message.intent.is_not(None) & Message.payload.is_(None)
Index(
    "ix_messages_understood",
    Message.created_at,
    Message.confidence,
    Message.intent,
    postgresql_where=_UNDERSTOOD,
    sqlite_where=_UNDERSTOOD,
)
Index("ix_handoffs_requested_at", Handoff.requested_at)
Index("ix_handoffs_ended_at", Handoff.ended_at)
Index("ix_interactions_order_number", Interaction.order_number)
Index("ix_interactions_outcome_started_at", Interaction.outcome, Interaction.started_at)
Index("ix_orders_placed_at", Order.placed_at)
Index("ix_quotes_created_at", Quote.created_at)
Index("ix_tickets_at", Ticket.at)
