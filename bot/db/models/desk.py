"""The human side: teams, agents and their sign-ins, and handoffs from the bot to them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import relationship

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment

ROLES = ("agent", "supervisor", "admin")

agent_teams = Table(
    "agent_teams",
    Base.metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
)


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
    code = Column(String(64), nullable=False, unique=True)  # sales | service | the shop's own
    name = Column(Localised, nullable=False)


class Agent(Base):
    __tablename__ = "agents"

    id = Column(Integer, primary_key=True)
    email = Column(String(254), nullable=False, unique=True)  # lower case
    name = Column(String(200), nullable=False)
    password_hash = Column(String(200), nullable=False)  # argon2id
    role = Column(String(16), nullable=False, default="agent")
    language = Column(String(2), nullable=False, default="en")
    active = Column(Boolean, nullable=False, default=True)
    failed_sign_ins = Column(Integer, nullable=False, default=0)
    locked_until = Column(Moment)
    last_seen_at = Column(Moment)
    created_at = Column(Moment, nullable=False, default=now)

    teams = relationship("Team", secondary=agent_teams)


class AgentSession(Base):
    """A signed-in browser. Only hashes of the cookie and of the CSRF token are kept."""

    __tablename__ = "agent_sessions"

    id = Column(String(64), primary_key=True)  # SHA-256 of the cookie
    agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True)
    csrf_hash = Column(String(64), nullable=False)
    created_at = Column(Moment, nullable=False, default=now)
    expires_at = Column(Moment, nullable=False)


class SignInThrottle(Base):
    """Failed sign-ins by account name or by network address, whether or not such an account exists."""

    __tablename__ = "sign_in_throttles"

    key = Column(String(64), primary_key=True)  # SHA-256 of what is throttled
    failures = Column(Integer, nullable=False, default=0)
    locked_until = Column(Moment)
    updated_at = Column(Moment, nullable=False, default=now)


class ReadMark(Base):
    """How far an agent has read a conversation."""

    __tablename__ = "read_marks"

    agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, index=True)
    message_id = Column(BigId, nullable=False)


class Invitation(Base):
    """A link that works once: the first administrator's set-up, later colleagues' invitations."""

    __tablename__ = "invitations"

    id = Column(String(64), primary_key=True)  # SHA-256 of the token in the link
    role = Column(String(16), nullable=False)
    expires_at = Column(Moment, nullable=False)
    used_at = Column(Moment)


class Handoff(Base):
    """A conversation on its way to, or with, a human.

    `requested` by a dialogue turn, `waiting` once that turn's reply was delivered, `accepted` by an
    agent, then `resolved`, `returned` to the bot, or `cancelled`.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index("ix_handoffs_state_requested_at", "state", "requested_at"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)  # the customer's message that led to it
    team_id = Column(ForeignKey("teams.id", ondelete="SET NULL"), index=True)
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)
    reason = Column(String(64), nullable=False)  # asked | not_understood | locked …
    state = Column(String(16), nullable=False, default="requested")
    priority = Column(Integer, nullable=False, default=0)
    summary = Column(JSON, nullable=False, default=dict)  # {"need", "products", "order", …}
    requested_at = Column(Moment, nullable=False, default=now)
    accepted_at = Column(Moment)
    ended_at = Column(Moment)
    outcome = Column(String(64))
