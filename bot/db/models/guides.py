"""What the shop writes for after the purchase: guides and help articles, decision trees, maintenance plans."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment

GUIDE_KINDS = ("setup", "use", "care", "help")


class Guide(Base):
    """A Markdown file of the shop's in one language: steps to walk (`setup`, `use`, `care`) or an article (`help`)."""

    __tablename__ = "guides"
    __table_args__ = (UniqueConstraint("code", "language"), Index("ix_guides_kind", "kind"))

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False)  # the same in every language
    language = Column(String(2), nullable=False)
    kind = Column(String(8), nullable=False)
    title = Column(String(300), nullable=False)
    intro = Column(Text, nullable=False, default="")
    safety = Column(Text, nullable=False, default="")
    minutes = Column(Integer)  # what it takes, when the shop says so
    products = Column(JSON, nullable=False, default=list)  # product codes
    categories = Column(JSON, nullable=False, default=list)  # category codes
    steps = Column(JSON, nullable=False, default=list)  # [{"text", "image", "trouble"}]
    url = Column(String(1000))  # where a customer may read it whole
    source = Column(String(500), nullable=False)  # path of the file within what was imported
    content_hash = Column(String(64), nullable=False)
    updated_at = Column(Moment, nullable=False, default=now)


class Passage(Base):
    """A piece of a guide as an answer quotes it: a section, or a part of a long one."""

    __tablename__ = "passages"

    id = Column(BigId, primary_key=True)
    guide_id = Column(ForeignKey("guides.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False)
    heading = Column(String(300), nullable=False, default="")
    text = Column(Text, nullable=False)
    embedding = Column(LargeBinary)  # float32 sentence vector, written after an import


class DecisionTree(Base):
    """How a fault is found: `body` is the checked YAML of docs/guides.md, as `bot.support.trees` reads it."""

    __tablename__ = "decision_trees"

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False, unique=True)
    products = Column(JSON, nullable=False, default=list)
    categories = Column(JSON, nullable=False, default=list)
    body = Column(JSON, nullable=False)
    source = Column(String(500), nullable=False)
    content_hash = Column(String(64), nullable=False)


class MaintenancePlan(Base):
    """What products need regularly, and the parts for it: `tasks` as `bot.support.maintenance` reads them."""

    __tablename__ = "maintenance_plans"

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False, unique=True)
    products = Column(JSON, nullable=False, default=list)
    categories = Column(JSON, nullable=False, default=list)
    title = Column(Localised, nullable=False)
    tasks = Column(JSON, nullable=False)
    source = Column(String(500), nullable=False)
    content_hash = Column(String(64), nullable=False)


class GuidesVersion(Base):
    """One row, changed by every import of guides; what is kept in memory of them is kept by it."""

    __tablename__ = "guides_version"

    id = Column(Integer, primary_key=True)
    version = Column(String(32), nullable=False)
