"""Customers and what they bought: orders, lines, shipments, payments, and tries to prove who one is."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import relationship

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment, Money

# The states an order passes through; `partially_shipped` when some shipments left and others did not.
ORDER_STATES = (
    "pending",
    "confirmed",
    "processing",
    "ready_for_pickup",
    "partially_shipped",
    "shipped",
    "out_for_delivery",
    "delivered",
    "cancelled",
    "return_requested",
    "returned",
    "refunded",
)
PAYMENT_STATES = ("pending", "authorized", "paid", "partially_refunded", "refunded", "failed", "voided")
SHIPMENT_STATES = ("preparing", "shipped", "in_transit", "out_for_delivery", "delivered", "failed", "returned")


class Customer(Base):
    __tablename__ = "customers"

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False, unique=True)  # the shop's own id, else the e-mail or phone
    name = Column(String(200), nullable=False, default="")
    email = Column(String(254), index=True)  # lower case
    phone = Column(String(32), index=True)  # E.164
    language = Column(String(2))
    city = Column(String(200))
    address = Column(JSON, nullable=False, default=dict)
    accepts_marketing = Column(Boolean, nullable=False, default=False)
    words = Column(Text, nullable=False, default="")  # what they are found by; see bot/db/finding.py
    created_at = Column(Moment, nullable=False, default=now)


class Order(Base):
    """An order and the contact it was placed with (which a customer proves to read it)."""

    __tablename__ = "orders"

    id = Column(Integer, primary_key=True)
    number = Column(String(64), nullable=False)  # as the shop prints it
    number_key = Column(String(64), nullable=False, unique=True)  # upper case, letters and digits only
    customer_id = Column(ForeignKey("customers.id", ondelete="SET NULL"), index=True)
    email = Column(String(254), index=True)
    phone = Column(String(32), index=True)
    placed_at = Column(Moment, nullable=False)
    state = Column(String(24), nullable=False)
    payment_state = Column(String(24), nullable=False, default="pending")
    currency = Column(String(3), nullable=False)
    subtotal = Column(Money)
    discount = Column(Money, nullable=False, default=0)
    delivery_cost = Column(Money, nullable=False, default=0)
    tax = Column(Money, nullable=False, default=0)
    total = Column(Money)
    delivery_method = Column(String(16), nullable=False, default="delivery")  # delivery | pickup
    pickup_branch_id = Column(ForeignKey("branches.id", ondelete="SET NULL"))
    shipping_address = Column(JSON, nullable=False, default=dict)  # {"name", "line1", "city", …}
    expected_on = Column(Date)  # day the shop promised
    cancelled_at = Column(Moment)
    note = Column(Text, nullable=False, default="")
    content_hash = Column(String(64), nullable=False, default="")
    imported = Column(JSON, nullable=False, default=dict)  # what a file said last of the parts customers may change

    customer = relationship("Customer")
    pickup_branch = relationship("Branch")
    lines = relationship("OrderLine", order_by="OrderLine.position", cascade="all, delete-orphan")
    shipments = relationship("Shipment", order_by="Shipment.position", cascade="all, delete-orphan")
    payments = relationship("Payment", order_by="Payment.id", cascade="all, delete-orphan")


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "position"),)

    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    variant_id = Column(ForeignKey("variants.id", ondelete="SET NULL"), index=True)
    sku = Column(String(200), nullable=False, default="")
    title = Column(Localised, nullable=False)
    options = Column(JSON, nullable=False, default=dict)
    quantity = Column(Integer, nullable=False)
    unit_price = Column(Money)
    discount = Column(Money, nullable=False, default=0)


class Shipment(Base):
    __tablename__ = "shipments"
    __table_args__ = (UniqueConstraint("order_id", "position"),)

    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    carrier = Column(String(100))
    tracking_number = Column(String(100))
    tracking_url = Column(String(1000))
    state = Column(String(24), nullable=False)
    shipped_at = Column(Moment)
    expected_on = Column(Date)
    delivered_at = Column(Moment)

    lines = relationship("ShipmentLine", cascade="all, delete-orphan")


class ShipmentLine(Base):
    """Pieces of an order line that travel in a shipment."""

    __tablename__ = "shipment_lines"

    shipment_id = Column(ForeignKey("shipments.id", ondelete="CASCADE"), primary_key=True)
    order_line_id = Column(ForeignKey("order_lines.id", ondelete="CASCADE"), primary_key=True)
    quantity = Column(Integer, nullable=False)


class Payment(Base):
    __tablename__ = "payments"

    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True)
    method = Column(String(64), nullable=False)
    amount = Column(Money, nullable=False)
    state = Column(String(24), nullable=False)
    reference = Column(String(100))
    paid_at = Column(Moment)


class VerificationAttempt(Base):
    """A try to prove that an order is one's own; counted to stop guessing."""

    __tablename__ = "verification_attempts"
    __table_args__ = (
        Index("ix_verification_attempts_conversation_id", "conversation_id"),
        Index("ix_verification_attempts_number_key_at", "number_key", "at"),
        Index("ix_verification_attempts_contact_digest_at", "contact_digest", "at"),
        Index("ix_verification_attempts_caller_at", "caller", "at"),
        UniqueConstraint("conversation_id", "message_id"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)  # the customer's message; a turn run twice counts once
    number_key = Column(String(64), nullable=False)
    contact_digest = Column(String(64))  # of the e-mail or phone that was tried
    caller = Column(String(64))  # digest of where the conversation comes from
    succeeded = Column(Boolean, nullable=False)
    at = Column(Moment, nullable=False, default=now)
