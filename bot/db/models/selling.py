"""Selling: the shop's rules for it, coupons, baskets, reserved stock, prices agreed on, and quotes."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import relationship

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment, Money

# `ordered`: its lines became an order; `handed_over`: it went on to the shop's own checkout.
BASKET_STATES = ("open", "ordered", "handed_over")
QUOTE_STATES = ("open", "ordered")

Percent = Money  # exact to a thousandth, as money is


class SellingRules(Base):
    """One row: what the shop lets Dukan grant and promise, in the shape of `bot.shop.selling.Rules`."""

    __tablename__ = "selling_rules"

    id = Column(Integer, primary_key=True)
    data = Column(JSON, nullable=False)


class Coupon(Base):
    """A code that takes a share or an amount off. Either `percent` or `amount` is set."""

    __tablename__ = "coupons"
    __table_args__ = (CheckConstraint("max_uses IS NULL OR used <= max_uses", name="used"),)

    id = Column(Integer, primary_key=True)
    code = Column(String(64), nullable=False)  # as the shop prints it
    code_key = Column(String(64), nullable=False, unique=True)  # upper case, letters and digits only
    name = Column(Localised, nullable=False, default=dict)
    percent = Column(Percent)
    amount = Column(Money)
    minimum = Column(Money)  # of the goods it applies to
    products = Column(JSON, nullable=False, default=list)  # product codes; empty: all
    categories = Column(JSON, nullable=False, default=list)  # category codes; empty: all
    starts_on = Column(Date)
    ends_on = Column(Date)
    max_uses = Column(Integer)
    used = Column(Integer, nullable=False, default=0)
    public = Column(Boolean, nullable=False, default=False)  # named to whoever asks for offers


class CouponTry(Base):
    """A code a customer tried; wrong ones are counted to stop guessing."""

    __tablename__ = "coupon_tries"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index("ix_coupon_tries_conversation_id_at", "conversation_id", "at"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)
    known = Column(Boolean, nullable=False)
    at = Column(Moment, nullable=False, default=now)


class Basket(Base):
    """What a customer collects in a conversation, and what is known for its order. At most one is open."""

    __tablename__ = "baskets"
    __table_args__ = (
        Index("ix_baskets_conversation_id_state", "conversation_id", "state"),
        Index("ix_baskets_state_updated_at", "state", "updated_at"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    state = Column(String(16), nullable=False, default="open")
    message_id = Column(
        BigId, nullable=False, default=0
    )  # last message that changed the lines: a re-run changes nothing
    coupon_id = Column(ForeignKey("coupons.id", ondelete="SET NULL"), index=True)
    order_id = Column(ForeignKey("orders.id", ondelete="SET NULL"), index=True)
    name = Column(String(200))
    phone = Column(String(32))
    email = Column(String(254))
    city = Column(String(64))  # code of a delivery zone
    address = Column(String(500))
    pickup = Column(String(80))  # code of the branch it is collected at; null: it is delivered
    payment = Column(String(64))  # code of a payment method
    created_at = Column(Moment, nullable=False, default=now)
    updated_at = Column(Moment, nullable=False, default=now)

    coupon = relationship("Coupon")
    lines = relationship("BasketLine", order_by="BasketLine.id", cascade="all, delete-orphan")


class BasketLine(Base):
    """Pieces of a variant in one configuration (`bot.shop.options.configuration.Configuration.to_data`)."""

    __tablename__ = "basket_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    id = Column(BigId, primary_key=True)
    basket_id = Column(ForeignKey("baskets.id", ondelete="CASCADE"), nullable=False, index=True)
    variant_id = Column(ForeignKey("variants.id", ondelete="CASCADE"), nullable=False, index=True)
    configuration = Column(JSON, nullable=False, default=dict)
    quantity = Column(Integer, nullable=False)
    quoted_price = Column(Money)  # of one piece, by a quote …
    quoted_quantity = Column(Integer)  # … for at least so many …
    quoted_until = Column(Moment)  # … until then

    variant = relationship("Variant")


class Reservation(Base):
    """Pieces a branch keeps for a basket until a moment; what is reserved is not offered to anybody else."""

    __tablename__ = "reservations"
    __table_args__ = (
        UniqueConstraint("basket_id", "variant_id", "branch_id"),
        Index("ix_reservations_variant_id_expires_at", "variant_id", "expires_at"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id = Column(BigId, primary_key=True)
    basket_id = Column(ForeignKey("baskets.id", ondelete="CASCADE"), nullable=False)
    variant_id = Column(ForeignKey("variants.id", ondelete="CASCADE"), nullable=False)
    branch_id = Column(ForeignKey("branches.id", ondelete="CASCADE"), nullable=False, index=True)
    quantity = Column(Integer, nullable=False)
    expires_at = Column(Moment, nullable=False)


class Allocation(Base):
    """Pieces that an order taken here took out of a branch's stock, to be given back when it is cancelled.

    Gone as soon as a file states the stock of the variant: from then on the file knows best.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        UniqueConstraint("order_id", "variant_id", "branch_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id = Column(BigId, primary_key=True)
    order_id = Column(ForeignKey("orders.id", ondelete="CASCADE"), nullable=False)
    variant_id = Column(ForeignKey("variants.id", ondelete="CASCADE"), nullable=False, index=True)
    branch_id = Column(ForeignKey("branches.id", ondelete="CASCADE"), nullable=False, index=True)
    quantity = Column(Integer, nullable=False)


class DiscountGrant(Base):
    """A price the shop's policy let Dukan or an agent agree to: what was asked, what was granted, under which limit."""

    __tablename__ = "discount_grants"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id", "variant_id", "role"),
        Index("ix_discount_grants_conversation_id_variant_id", "conversation_id", "variant_id"),
        CheckConstraint("unit_price <= list_price", name="unit_price"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)  # the customer's message it answers
    variant_id = Column(ForeignKey("variants.id", ondelete="CASCADE"), nullable=False, index=True)
    role = Column(String(16), nullable=False)  # whose limit: bot | agent
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)  # who granted it, when not the bot
    reason = Column(String(8), nullable=False, default="haggle")  # haggle | match: another shop's price
    seen_at = Column(String(300))  # where the customer saw the other price: a shop's name or a link
    quantity = Column(Integer, nullable=False)  # from so many pieces on
    list_price = Column(Money, nullable=False)  # of one piece in the configuration talked about
    asked_price = Column(Money)  # of one piece; null when no figure was named
    unit_price = Column(Money, nullable=False)
    percent = Column(Percent, nullable=False)  # off the list price; applies to other configurations too
    max_percent = Column(Percent, nullable=False)  # the limit that applied
    answer = Column(String(16), nullable=False)  # granted | offered | lowest
    order_id = Column(ForeignKey("orders.id", ondelete="SET NULL"), index=True)
    created_at = Column(Moment, nullable=False, default=now)
    expires_at = Column(Moment, nullable=False)


class Quote(Base):
    """A binding offer in writing, as it was when it was made."""

    __tablename__ = "quotes"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index("ix_quotes_state_valid_until", "state", "valid_until"),
    )

    id = Column(BigId, primary_key=True)
    number = Column(String(64), nullable=False, unique=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)
    basket_id = Column(ForeignKey("baskets.id", ondelete="SET NULL"), index=True)
    state = Column(String(16), nullable=False, default="open")
    language = Column(String(2), nullable=False)
    customer_name = Column(String(200), nullable=False, default="")
    city = Column(String(64))
    currency = Column(String(3), nullable=False)
    subtotal = Column(Money, nullable=False)
    discount = Column(Money, nullable=False, default=0)
    delivery_cost = Column(Money)  # null: the city was not known
    tax_percent = Column(Percent, nullable=False, default=0)
    prices_include_tax = Column(Boolean, nullable=False, default=True)
    tax = Column(Money, nullable=False, default=0)
    total = Column(Money, nullable=False)
    created_at = Column(Moment, nullable=False, default=now)
    valid_until = Column(Moment, nullable=False)

    lines = relationship("QuoteLine", order_by="QuoteLine.position", cascade="all, delete-orphan")


class QuoteLine(Base):
    __tablename__ = "quote_lines"
    __table_args__ = (UniqueConstraint("quote_id", "position"),)

    id = Column(BigId, primary_key=True)
    quote_id = Column(ForeignKey("quotes.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    sku = Column(String(200), nullable=False)
    title = Column(Localised, nullable=False)
    details = Column(JSON, nullable=False, default=list)  # the choices, each a text in both languages
    quantity = Column(Integer, nullable=False)
    unit_price = Column(Money, nullable=False)  # before discount
    discount = Column(Money, nullable=False, default=0)
    total = Column(Money, nullable=False)
