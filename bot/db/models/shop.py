"""The shop itself: who it is, its branches and hours, where it delivers, its policies."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, Float, ForeignKey, Integer, Numeric, String
from sqlalchemy.orm import relationship

from bot.db.models.base import Base
from bot.db.types import Localised, Money


class Shop(Base):
    """One row: the shop this copy of Dukan works for."""

    __tablename__ = "shop"

    id = Column(Integer, primary_key=True)
    name = Column(Localised, nullable=False)
    about = Column(Localised, nullable=False, default=dict)
    currency = Column(String(3), nullable=False)
    timezone = Column(String(64), nullable=False)
    country = Column(String(2), nullable=False)
    language = Column(String(2), nullable=False, default="en")  # spoken to a customer of unknown language
    email = Column(String(254))
    phone = Column(String(32))
    url = Column(String(500))
    tax_percent = Column(Numeric(6, 3, asdecimal=False), nullable=False, default=0)
    prices_include_tax = Column(Integer, nullable=False, default=1)
    payment_methods = Column(JSON, nullable=False, default=list)  # [{"code": "card", "name": {"en": …}}]


class Branch(Base):
    """A place that holds stock: a store customers visit, or a warehouse orders leave from."""

    __tablename__ = "branches"

    id = Column(Integer, primary_key=True)
    code = Column(String(64), nullable=False, unique=True)
    kind = Column(String(16), nullable=False, default="store")  # store | warehouse
    name = Column(Localised, nullable=False)
    city = Column(Localised, nullable=False, default=dict)
    address = Column(Localised, nullable=False, default=dict)
    directions = Column(Localised, nullable=False, default=dict)
    phone = Column(String(32))
    email = Column(String(254))
    map_url = Column(String(500))
    latitude = Column(Float)
    longitude = Column(Float)
    position = Column(Integer, nullable=False, default=0)

    hours = relationship("BranchHours", order_by="BranchHours.weekday, BranchHours.opens", cascade="all, delete-orphan")
    closures = relationship("BranchClosure", order_by="BranchClosure.day", cascade="all, delete-orphan")


class BranchHours(Base):
    """One opening of a branch on a weekday, in minutes after local midnight; past 1440 runs into the next day."""

    __tablename__ = "branch_hours"

    id = Column(Integer, primary_key=True)
    branch_id = Column(ForeignKey("branches.id", ondelete="CASCADE"), nullable=False, index=True)
    weekday = Column(Integer, nullable=False)  # 0 = Monday, as in ISO 8601 minus one
    opens = Column(Integer, nullable=False)
    closes = Column(Integer, nullable=False)


class BranchClosure(Base):
    """A day on which a branch stays closed, whatever its hours say."""

    __tablename__ = "branch_closures"

    id = Column(Integer, primary_key=True)
    branch_id = Column(ForeignKey("branches.id", ondelete="CASCADE"), nullable=False, index=True)
    day = Column(Date, nullable=False)
    reason = Column(Localised, nullable=False, default=dict)


class DeliveryZone(Base):
    """A city or area the shop delivers to, what that costs and how many days it takes."""

    __tablename__ = "delivery_zones"

    id = Column(Integer, primary_key=True)
    code = Column(String(64), nullable=False, unique=True)
    name = Column(Localised, nullable=False)
    aliases = Column(JSON, nullable=False, default=list)
    cost = Column(Money, nullable=False)
    free_from = Column(Money)  # order total from which delivery is free
    min_days = Column(Integer, nullable=False)
    max_days = Column(Integer, nullable=False)
    position = Column(Integer, nullable=False, default=0)


class Policy(Base):
    """A rule of the shop in words a customer may read, with the figures code works from."""

    __tablename__ = "policies"

    code = Column(String(64), primary_key=True)  # delivery | return | warranty | payment | pickup | price_match …
    title = Column(Localised, nullable=False)
    body = Column(Localised, nullable=False)
    data = Column(JSON, nullable=False, default=dict)
