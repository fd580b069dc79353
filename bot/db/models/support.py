"""Service after the purchase: proofs, changes, returns, refunds, claims, tickets, files they sent, and what customers thought."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import relationship

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment, Money

RETURN_KINDS = ("return", "exchange", "replacement")
RETURN_STATES = ("requested", "received", "done", "refused")
REFUND_STATES = ("pending", "sent", "failed")
CLAIM_STATES = ("open", "in_repair", "repaired", "replaced", "refused")
TICKET_STATES = ("open", "solved", "reopened")
FEEDBACK_KINDS = ("idea", "praise", "criticism")


class Proof(Base):
    """That the customer of a conversation may see an order, or all orders of a customer, and how well that is proven."""

    __tablename__ = "proofs"
    __table_args__ = (Index("ix_proofs_conversation_id_used_at", "conversation_id", "used_at"),)

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"))
    customer_id = Column(ForeignKey("customers.id", ondelete="CASCADE"))
    level = Column(Integer, nullable=False)  # 1 may read, 2 may change
    used_at = Column(Moment, nullable=False, default=now)  # it ends after a while without use


class OneTimeCode(Base):
    """A code sent by e-mail; only its digest is kept."""

    __tablename__ = "one_time_codes"
    __table_args__ = (
        Unique("conversation_id", "message_id"),
        Index("ix_one_time_codes_address_digest_sent_at", "address_digest", "sent_at"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"))  # null: for all orders of the address
    customer_id = Column(ForeignKey("customers.id", ondelete="CASCADE"))
    address_digest = Column(String(64), nullable=False)
    code_digest = Column(String(64), nullable=False)
    tries = Column(Integer, nullable=False, default=0)
    sent_at = Column(Moment, nullable=False, default=now)
    used_at = Column(Moment)


class OrderChange(Base):
    """Something a customer had done to an order; one a message and request, so that nothing is done twice."""

    __tablename__ = "order_changes"
    __table_args__ = (Unique("conversation_id", "message_id", "request"),)

    id = Column(BigId, primary_key=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="SET NULL"))
    message_id = Column(BigId, nullable=False)
    request = Column(String(24), nullable=False)  # one of REQUESTS in bot/support/policies.py
    before = Column(JSON, nullable=False, default=dict)
    after = Column(JSON, nullable=False, default=dict)
    at = Column(Moment, nullable=False, default=now)


class ReturnCase(Base):
    """A piece on its way back: for its money, for another variant, or for a new one."""

    __tablename__ = "returns"
    __table_args__ = (Unique("conversation_id", "message_id"),)

    id = Column(BigId, primary_key=True)
    number = Column(String(24), unique=True)
    kind = Column(String(16), nullable=False)
    state = Column(String(16), nullable=False, default="requested")
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True)
    order_line_id = Column(ForeignKey("order_lines.id", ondelete="SET NULL"), index=True)
    sku = Column(String(200), nullable=False, default="")
    title = Column(Localised, nullable=False)
    quantity = Column(Integer, nullable=False, default=1)
    reason = Column(String(32), nullable=False)
    condition = Column(String(16), nullable=False, default="")  # unopened | opened
    our_fault = Column(Boolean, nullable=False, default=False)
    collection_cost = Column(Money, nullable=False, default=0)
    amount = Column(Money, nullable=False, default=0)  # back to the customer; negative: to be paid
    currency = Column(String(3), nullable=False)
    new_sku = Column(String(200))
    conversation_id = Column(ForeignKey("conversations.id", ondelete="SET NULL"))
    message_id = Column(BigId, nullable=False)
    at = Column(Moment, nullable=False, default=now)

    order = relationship("Order")


class Refund(Base):
    """Money on its way back, the way it was paid."""

    __tablename__ = "refunds"

    id = Column(BigId, primary_key=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True)
    return_id = Column(ForeignKey("returns.id", ondelete="CASCADE"), index=True)
    method = Column(String(64), nullable=False)
    amount = Column(Money, nullable=False)
    currency = Column(String(3), nullable=False)
    state = Column(String(16), nullable=False, default="pending")
    reason = Column(String(32), nullable=False)  # cancelled | changed | returned | goodwill
    due_on = Column(Date, nullable=False)
    at = Column(Moment, nullable=False, default=now)


class WarrantyClaim(Base):
    """A fault that the warranty is asked to mend."""

    __tablename__ = "warranty_claims"
    __table_args__ = (Unique("conversation_id", "message_id"),)

    id = Column(BigId, primary_key=True)
    number = Column(String(24), unique=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True)
    order_line_id = Column(ForeignKey("order_lines.id", ondelete="SET NULL"), index=True)
    title = Column(Localised, nullable=False)
    serial_number = Column(String(100), nullable=False, default="")
    description = Column(Text, nullable=False)
    covered_until = Column(Date, nullable=False)
    state = Column(String(16), nullable=False, default="open")
    due_on = Column(Date, nullable=False)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="SET NULL"))
    message_id = Column(BigId, nullable=False)
    at = Column(Moment, nullable=False, default=now)


class Ticket(Base):
    """Something a person has to see to by a certain time."""

    __tablename__ = "tickets"
    __table_args__ = (
        Unique("conversation_id", "message_id", "topic"),
        Index("ix_tickets_state_due_at", "state", "due_at"),
    )

    id = Column(BigId, primary_key=True)
    number = Column(String(24), unique=True)
    topic = Column(String(64), nullable=False)  # the need it came from
    team_id = Column(ForeignKey("teams.id", ondelete="SET NULL"))
    severity = Column(Integer, nullable=False, default=1)  # 1 to 4, see bot/support/tickets.py
    cause = Column(String(32), nullable=False, default="other")
    reasons = Column(JSON, nullable=False, default=list)  # why it was classified so
    story = Column(Text, nullable=False, default="")
    wish = Column(Text, nullable=False, default="")
    goodwill = Column(Money)
    state = Column(String(16), nullable=False, default="open")
    order_id = Column(ForeignKey("orders.id", ondelete="SET NULL"), index=True)
    customer_id = Column(ForeignKey("customers.id", ondelete="SET NULL"), index=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    message_id = Column(BigId, nullable=False)
    due_at = Column(Moment, nullable=False)
    at = Column(Moment, nullable=False, default=now)


class Upload(Base):
    """A file a customer sent: a photo, drawn anew by us so that nothing of what came is kept, or a PDF as it came."""

    __tablename__ = "uploads"

    id = Column(String(32), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    order_line_id = Column(ForeignKey("order_lines.id", ondelete="SET NULL"))
    kind = Column(String(8), nullable=False)  # photo | document
    name = Column(String(200), nullable=False)
    content = Column(LargeBinary, nullable=False)  # JPEG of a photo, else PDF
    width = Column(Integer)  # of a photo
    height = Column(Integer)
    at = Column(Moment, nullable=False, default=now)


class Satisfaction(Base):
    """Whether a matter was solved and how it went, in the customer's judgement."""

    __tablename__ = "satisfaction"
    __table_args__ = (Unique("conversation_id", "message_id"),)

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)  # the message that the question was asked after
    topic = Column(String(64), nullable=False)
    solved = Column(Boolean, nullable=False)
    rating = Column(Integer)  # 1 to 5
    word = Column(Text, nullable=False, default="")
    at = Column(Moment, nullable=False, default=now, index=True)


class Feedback(Base):
    """An idea, praise or criticism."""

    __tablename__ = "feedback"
    __table_args__ = (Unique("conversation_id", "message_id"), Index("ix_feedback_kind_at", "kind", "at"))

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)
    kind = Column(String(16), nullable=False)
    text = Column(Text, nullable=False)
    at = Column(Moment, nullable=False, default=now)


class Erasure(Base):
    """The receipt of a customer's erased data; holds nothing that tells who it was."""

    __tablename__ = "erasures"

    id = Column(BigId, primary_key=True)
    number = Column(String(24), unique=True)
    counts = Column(JSON, nullable=False, default=dict)  # {"orders": 3, …}
    conversation_id = Column(String(32), index=True)  # the one it was asked in, until that is gone too
    pending = Column(JSON(none_as_null=True))  # what is still to be looked for everywhere; null once all is gone
    at = Column(Moment, nullable=False, default=now)
