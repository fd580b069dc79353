"""Agents, their teams and the one-time set-up link; called by the desk's API, the supervisor and the command line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import new_token, now
from bot.db.models import Agent, AgentSession, Invitation, Team
from bot.db.models.desk import ROLES
from bot.db.session import reading, writing
from bot.db.types import LANGUAGES
from bot.desk import passwords
from bot.settings import settings

SETUP_LINK_LASTS = timedelta(hours=24)
UNSET = "!"  # in place of a hash: matches nothing

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s.\x00-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class AccountError(ValueError):
    """What was asked for an account cannot be; `field` names the culprit and `reason` says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class SetupLinkInvalid(Exception):
    """The set-up link was used, has expired, was replaced by a newer one, or never existed."""


def hash_token(token: str) -> str:
    """What is stored of a random token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def normalise_email(email: str) -> str:
    """The form in which agents' addresses are stored and compared."""
    return email.replace("\x00", "").strip().lower()


def _checked(email: str, name: str, role: str, language: str) -> tuple[str, str]:
    email, name = normalise_email(email), _CONTROL.sub("", name).strip()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise AccountError("email", "invalid")
    if not 1 <= len(name) <= 100:
        raise AccountError("name", "length")
    if role not in ROLES:
        raise AccountError("role", "unknown")
    if language not in LANGUAGES:
        raise AccountError("language", "unknown")
    return email, name


def _hashed(password: str, email: str) -> str:
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise AccountError("password", "length")
    if password.lower() == email or len(set(password)) < 4:
        raise AccountError("password", "too_simple")
    return passwords.hash_password(password)


def _add_agent(session: Session, agent: Agent, teams: Sequence[str]) -> int:
    found = {team.code: team for team in session.scalars(select(Team).where(Team.code.in_(teams)))} if teams else {}
    missing = [code for code in teams if code not in found]
    if missing:
        raise AccountError("teams", f"unknown: {', '.join(missing)}")
    agent.teams = list(found.values())
    session.add(agent)
    try:
        session.flush()
    except IntegrityError as error:
        raise AccountError("email", "taken") from error
    return int(agent.id)


def create_agent(
    email: str, name: str, password: str, role: str = "agent", teams: Sequence[str] = (), language: str = "en"
) -> int:
    """Create an account and return its id.

    Args:
        email: what the agent signs in with; compared without regard to case.
        name: as colleagues and customers see it.
        password: at least `passwords.SHORTEST` characters.
        role: agent, supervisor or admin.
        teams: codes of the teams whose customers the agent answers; none means every team.
        language: language of the desk's pages, en or ar.

    Raises:
        AccountError: a value cannot be used.
    """
    email, name = _checked(email, name, role, language)
    password_hash = _hashed(password, email)
    with writing() as session:
        agent = Agent(email=email, name=name, password_hash=password_hash, role=role, language=language)
        return _add_agent(session, agent, teams)


def invite(email: str, name: str, role: str, teams: Sequence[str], language: str) -> tuple[int, str]:
    """Create an account without a password; its id, and the link with which its owner chooses one.

    Raises:
        AccountError: a value cannot be used.
    """
    email, name = _checked(email, name, role, language)
    with writing() as session:
        agent = Agent(email=email, name=name, password_hash=UNSET, role=role, language=language)
        agent_id = _add_agent(session, agent, teams)
    return agent_id, create_password_link(agent_id)


def create_password_link(agent_id: int) -> str:
    """A fresh link for an agent to choose a password, valid for a day and for one use; older ones stop working."""
    token = new_token()
    with writing() as session:
        session.execute(delete(Invitation).where(Invitation.agent_id == agent_id))
        session.add(
            Invitation(id=hash_token(token), role="agent", agent_id=agent_id, expires_at=now() + SETUP_LINK_LASTS)
        )
    return f"{settings().url}/desk/setup/{token}"


def invited(token: str) -> str | None:
    """The address of the account a link chooses the password of; None for any other link."""
    with reading() as session:
        return session.scalar(
            select(Agent.email)
            .join(Invitation, Invitation.agent_id == Agent.id)
            .where(
                Invitation.id == hash_token(token),
                Invitation.used_at.is_(None),
                Invitation.expires_at > now(),
                Agent.active.is_(True),
            )
        )


def choose_password(token: str, password: str) -> int:
    """Use a link: set the password of its account, whose sessions end; the account's id.

    Raises:
        SetupLinkInvalid: the link does not work (any more).
        AccountError: the password cannot be used; the link stays valid.
    """
    email = invited(token)
    if email is None:
        raise SetupLinkInvalid
    password_hash = _hashed(password, email)
    with writing() as session:
        used = session.execute(
            update(Invitation)
            .where(Invitation.id == hash_token(token), Invitation.used_at.is_(None), Invitation.expires_at > now())
            .values(used_at=now())
            .execution_options(synchronize_session=False)
        )
        agent = session.scalars(select(Agent).where(Agent.email == email)).one()
        if used.rowcount != 1:
            raise SetupLinkInvalid
        agent.password_hash = password_hash
        session.execute(delete(AgentSession).where(AgentSession.agent_id == agent.id))
        return int(agent.id)


def change_password(agent_id: int, present: str, wanted: str, keep_session: str) -> None:
    """Change one's own password; all other sessions of the account end.

    Raises:
        AccountError: the present password is wrong, or the wanted one cannot be used.
    """
    with reading() as session:
        agent = session.get(Agent, agent_id)
    if agent is None or not passwords.matches(present, agent.password_hash):
        raise AccountError("present", "wrong")
    password_hash = _hashed(wanted, agent.email)
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(password_hash=password_hash))
        others = delete(AgentSession).where(AgentSession.agent_id == agent_id, AgentSession.id != keep_session)
        session.execute(others)


def _has_admin(session: Session) -> bool:
    return bool(session.scalar(select(exists().where(Agent.role == "admin"))))


def create_setup_link() -> str | None:
    """A fresh link that creates the first administrator, valid for a day and for one use.

    Links made earlier and not used stop working. None when the desk already has an administrator.
    """
    token = new_token()
    with writing() as session:
        if _has_admin(session):
            return None
        session.execute(delete(Invitation).where(Invitation.used_at.is_(None), Invitation.role == "admin"))
        session.add(Invitation(id=hash_token(token), role="admin", expires_at=now() + SETUP_LINK_LASTS))
    return f"{settings().url}/desk/setup/{token}"


def setup_link_is_valid(token: str) -> bool:
    """Whether a set-up link's token would still work."""
    with reading() as session:
        invitation = session.get(Invitation, hash_token(token))
        return (
            invitation is not None
            and invitation.agent_id is None
            and invitation.used_at is None
            and invitation.expires_at > now()
            and not _has_admin(session)
        )


def create_first_admin(token: str, email: str, name: str, password: str, language: str) -> int:
    """Use a set-up link: create the administrator and return the account's id.

    Raises:
        SetupLinkInvalid: the link does not work (any more).
        AccountError: a value cannot be used; the link stays valid.
    """
    if not setup_link_is_valid(token):
        raise SetupLinkInvalid
    email, name = _checked(email, name, "admin", language)
    password_hash = _hashed(password, email)
    with writing() as session:
        used = session.execute(
            update(Invitation)
            .where(Invitation.id == hash_token(token), Invitation.used_at.is_(None), Invitation.expires_at > now())
            .values(used_at=now())
            .execution_options(synchronize_session=False)
        )
        if used.rowcount != 1 or _has_admin(session):
            raise SetupLinkInvalid
        agent = Agent(email=email, name=name, password_hash=password_hash, role="admin", language=language)
        return _add_agent(session, agent, ())


def set_language(agent_id: int, language: str) -> None:
    """Change the language in which an agent sees the desk.

    Raises:
        AccountError: no such language.
    """
    if language not in LANGUAGES:
        raise AccountError("language", "unknown")
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(language=language))
