"""People who may buy, what they agreed to, their appointments, and the messages they asked for on a later day."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Moment, Money

LEAD_STATES = ("open", "won", "lost")
NEXT_STEPS = ("advise", "write", "call", "visit", "colleague")
APPOINTMENT_KINDS = ("call", "demo")
FOLLOW_UP_KINDS = ("quote", "basket", "stock", "delivered")  # offered by sales, each with a consent of its own
# … and what else is written later: whether all is well now, what a product needs, that others bought the last piece.
SERVICE_KINDS = ("check_back", "care", "taken")
FOLLOW_UP_STATES = ("waiting", "sending", "sent", "dropped", "stopped")


class Lead(Base):
    """Someone who may buy. One row a person: the same e-mail or phone number is the same lead."""

    __tablename__ = "leads"
    __table_args__ = (Index("ix_leads_state_next_step_at", "state", "next_step_at"),)

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)  # the newest one
    customer_id = Column(ForeignKey("customers.id", ondelete="SET NULL"), index=True)
    name = Column(String(200), nullable=False, default="")
    email = Column(String(254), unique=True)  # lower case
    phone = Column(String(32), unique=True)  # E.164
    language = Column(String(2), nullable=False, default="en")
    need = Column(Text, nullable=False, default="")  # in the customer's own words
    products = Column(JSON, nullable=False, default=list)  # codes
    budget = Column(Money)
    timeline = Column(String(10))  # the day by which it is needed, ISO 8601
    authority = Column(String(8))  # decides | others
    value = Column(Money)  # of what is on the table
    score = Column(Integer, nullable=False, default=0)
    reasons = Column(JSON, nullable=False, default=list)  # [["budget", 10], …]
    next_step = Column(String(16), nullable=False, default="advise")
    next_step_at = Column(Moment, nullable=False, default=now)
    state = Column(String(8), nullable=False, default="open")
    created_at = Column(Moment, nullable=False, default=now, index=True)
    updated_at = Column(Moment, nullable=False, default=now)


class Consent(Base):
    """What a customer agreed to: when, in which words, and until when."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("conversation_id", "message_id", "purpose"),)

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)  # the customer's message that agreed
    lead_id = Column(ForeignKey("leads.id", ondelete="CASCADE"), index=True)
    purpose = Column(String(16), nullable=False)  # contact, or a kind of follow-up
    channel = Column(String(8), nullable=False)  # phone | email | chat
    wording = Column(Text, nullable=False)  # the sentence they saw
    language = Column(String(2), nullable=False)
    given_at = Column(Moment, nullable=False, default=now)
    withdrawn_at = Column(Moment)


class Appointment(Base):
    """A time somebody of the shop keeps for a lead. A seat of a place is taken once; a cancelled one has none."""

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("place", "starts_at", "seat"),
        Index("ix_appointments_lead_id_starts_at", "lead_id", "starts_at"),
        CheckConstraint("seat >= 0", name="seat"),
    )

    id = Column(BigId, primary_key=True)
    lead_id = Column(ForeignKey("leads.id", ondelete="CASCADE"), nullable=False)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    kind = Column(String(8), nullable=False)
    place = Column(String(80), nullable=False)  # team:CODE | branch:CODE
    starts_at = Column(Moment, nullable=False)
    ends_at = Column(Moment, nullable=False)
    seat = Column(Integer)  # null: cancelled
    product = Column(String(200))  # code of what is to be shown or talked about
    language = Column(String(2), nullable=False)
    sequence = Column(Integer, nullable=False, default=0)  # of its calendar file, raised by every change
    created_at = Column(Moment, nullable=False, default=now)


class FollowUp(Base):
    """A message to a customer for a later time. `key` lets each matter be followed up once."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_state_due_at", "state", "due_at"),
        Index("ix_follow_ups_conversation_id_state", "conversation_id", "state"),
    )

    id = Column(BigId, primary_key=True)
    key = Column(String(400), nullable=False, unique=True)
    kind = Column(String(16), nullable=False)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    # Number of a quote or order, id of a basket or variant, code of a product, topic, or plan and task.
    subject = Column(String(320), nullable=False)
    channel = Column(String(8), nullable=False, default="chat")  # chat | email
    email = Column(String(254), index=True)
    due_at = Column(Moment, nullable=False)
    state = Column(String(8), nullable=False, default="waiting")
    tries = Column(Integer, nullable=False, default=0)
    ends_at = Column(Moment, nullable=False)  # from then on it is of no use
    sent_at = Column(Moment)
    created_at = Column(Moment, nullable=False, default=now)
