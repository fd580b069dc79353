"""The human side: teams, agents and their sign-ins, and handoffs from the bot to them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import relationship

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import BigId, Localised, Moment, Money

ROLES = ("agent", "supervisor", "admin")

agent_teams = Table(
    "agent_teams",
    Base.metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
)


class Team(Base):
    """Who answers what, in which languages and when."""

    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
    code = Column(String(64), nullable=False, unique=True)  # sales | service | the shop's own
    name = Column(Localised, nullable=False)
    active = Column(Boolean, nullable=False, default=True)
    languages = Column(JSON, nullable=False, default=list)  # of its customers; none means all
    skills = Column(JSON, nullable=False, default=list)  # topics that come to it, whatever team the bot names
    timezone = Column(String(64))  # of its hours; the shop's if None
    hours = Column(JSON, nullable=False, default=dict)  # {"0": [[540, 1080]]}: minutes by weekday; none: always
    holidays = Column(JSON, nullable=False, default=list)  # days off, ["2026-09-23"]
    assignment = Column(String(8), nullable=False, default="offer")  # offer (by least load) | pick (by hand)
    accept_seconds = Column(Integer, nullable=False, default=60)  # until an offer goes to the next agent
    service_level_seconds = Column(Integer, nullable=False, default=120)  # a longer wait is a breach
    reopen_minutes = Column(Integer, nullable=False, default=30)  # after resolving, in which it comes back to people
    takes_overflow = Column(Boolean, nullable=False, default=True)  # helps where another team has nobody


class Agent(Base):
    __tablename__ = "agents"

    id = Column(Integer, primary_key=True)
    email = Column(String(254), nullable=False, unique=True)  # lower case
    name = Column(String(200), nullable=False)
    password_hash = Column(String(200), nullable=False)  # argon2id
    role = Column(String(16), nullable=False, default="agent")
    language = Column(String(2), nullable=False, default="en")
    active = Column(Boolean, nullable=False, default=True)
    status = Column(String(8), nullable=False, default="online")  # online | idle | away, as the desk's page says
    present_until = Column(Moment, index=True)  # renewed while a page of the desk is open
    capacity = Column(Integer, nullable=False, default=5)  # conversations at once that are offered
    languages = Column(JSON, nullable=False, default=list)  # spoken; none means all
    assigned_at = Column(Moment)  # when something was offered or accepted last
    totp_secret = Column(String(64))  # base32; in force once `totp_since` is set
    totp_since = Column(Moment)
    totp_step = Column(BigId, nullable=False, default=0)  # newest time step used; a code works once
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
    """A link that works once: the first administrator's set-up, or for an agent to choose a password."""

    __tablename__ = "invitations"

    id = Column(String(64), primary_key=True)  # SHA-256 of the token in the link
    role = Column(String(16), nullable=False)
    agent_id = Column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)  # None: creates an administrator
    expires_at = Column(Moment, nullable=False)
    used_at = Column(Moment)


class Handoff(Base):
    """A conversation on its way to, or with, a human.

    `requested` by a dialogue turn, `waiting` once that turn's reply was delivered, `scheduled` when the
    customer rather has an answer later, `accepted` by an agent, then `resolved`, `returned` to the bot,
    or `cancelled`.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index("ix_handoffs_state_requested_at", "state", "requested_at"),
        Index("ix_handoffs_state_ranked_at", "state", "ranked_at"),
        Index("ix_handoffs_team_id_accepted_at", "team_id", "accepted_at"),
    )

    id = Column(BigId, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    message_id = Column(BigId, nullable=False)  # the customer's message that led to it
    team_id = Column(ForeignKey("teams.id", ondelete="SET NULL"), index=True)
    agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)
    reason = Column(String(64), nullable=False)  # asked | not_understood | locked …
    state = Column(String(16), nullable=False, default="requested")
    severity = Column(Integer, nullable=False, default=0)  # 0 usual to 3 (injured, threatens with a lawyer)
    value = Column(Money)  # of what the customer may buy or has bought, in the shop's currency
    priority = Column(Integer, nullable=False, default=0)  # points of severity and value
    ranked_at = Column(Moment, nullable=False, default=now)  # when it came, earlier for each point: the order of turns
    place_at_entry = Column(Integer)  # in the queue; figures of waiting are told by it
    summary = Column(JSON, nullable=False, default=dict)  # {"need", "products", "order", …}
    preferred_agent_id = Column(ForeignKey("agents.id", ondelete="SET NULL"))  # who had the conversation before
    offered_to = Column(ForeignKey("agents.id", ondelete="SET NULL"), index=True)
    offered_until = Column(Moment)
    declined = Column(JSON, nullable=False, default=list)  # ids of agents who did not accept
    teams_tried = Column(JSON, nullable=False, default=list)  # ids
    told_nobody_at = Column(Moment)  # when the customer heard that nobody is there
    wish = Column(String(8))  # callback | email | message: what the customer chose instead of waiting
    callback_at = Column(Moment)
    contact = Column(String(254))
    requested_at = Column(Moment, nullable=False, default=now)
    accepted_at = Column(Moment)
    first_reply_at = Column(Moment)
    snoozed_until = Column(Moment)
    ended_at = Column(Moment)
    outcome = Column(String(64))
    satisfaction = Column(Integer)  # 1 to 5, by the customer, of this handoff
