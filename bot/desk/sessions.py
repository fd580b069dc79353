"""Signing in and out of the desk, and finding out who a request comes from.

A session is a random cookie of which only a hash is stored. Its CSRF token is derived from the cookie
by a one-way function: pages can show it, and neither can be worked out from the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from bot.clock import new_token, now
from bot.db.models import Agent, AgentSession, ApiToken
from bot.db.models.desk import ROLES
from bot.db.session import reading, writing
from bot.desk import passwords, throttle, totp
from bot.desk.accounts import hash_token, normalise_email

IDLE_LIMIT = timedelta(hours=8)
AGE_LIMIT = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)


class CodeNeeded(Exception):
    """The password is right; the account also asks for a one-time code."""


class WrongCredentials(Exception):
    """No active account has this address and password; which of both was wrong is not said."""


@dataclass(frozen=True)
class Caller:
    """The agent a request comes from."""

    agent_id: int
    name: str
    email: str
    role: str
    language: str
    team_codes: tuple[str, ...]
    team_ids: tuple[int, ...]
    session_id: str
    csrf_token: str  # '' for a caller with an API token, which no browser sends by itself

    def is_at_least(self, role: str) -> bool:
        """Whether the agent's role includes `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True)
class SignedIn:
    """A new session: who it belongs to and the secret for the cookie."""

    caller: Caller
    cookie: str


def csrf_token_of(cookie: str) -> str:
    """The CSRF token that goes with a session cookie."""
    digest = hmac.new(cookie.encode(), b"dukan desk csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def csrf_matches(caller: Caller, sent: str) -> bool:
    """Whether a request carries the CSRF token of its session."""
    return hmac.compare_digest(caller.csrf_token.encode(), sent.encode())


def _caller(agent: Agent, cookie: str) -> Caller:
    return Caller(
        agent_id=agent.id,
        name=agent.name,
        email=agent.email,
        role=agent.role,
        language=agent.language,
        team_codes=tuple(sorted(team.code for team in agent.teams)),
        team_ids=tuple(sorted(team.id for team in agent.teams)),
        session_id=hash_token(cookie),
        csrf_token=csrf_token_of(cookie),
    )


def _open(session: Session, agent_id: int, old_cookie: str | None) -> SignedIn:
    """Start a session under a new secret; the one the browser came with, if any, ends."""
    cookie = new_token()
    moment = now()
    expired = AgentSession.expires_at < moment
    session.execute(delete(AgentSession).where(expired | (AgentSession.id == hash_token(old_cookie or ""))))
    csrf_hash = hash_token(csrf_token_of(cookie))
    session.add(
        AgentSession(
            id=hash_token(cookie),
            agent_id=agent_id,
            csrf_hash=csrf_hash,
            created_at=moment,
            expires_at=moment + IDLE_LIMIT,
        )
    )
    agent = session.get(Agent, agent_id)
    agent.last_seen_at = moment
    return SignedIn(_caller(agent, cookie), cookie)


def sign_in(
    email: str, password: str, address: str, old_cookie: str | None = None, code: str | None = None
) -> SignedIn:
    """Open a session for an account.

    Args:
        email: of the account, as typed.
        password: as typed.
        code: one-time code, for accounts that ask for one; each works once.
        address: network address the try comes from.
        old_cookie: session cookie the browser already had; it is worthless afterwards.

    Raises:
        WrongCredentials: no such account, wrong password or code, or an account that was turned off.
        CodeNeeded: all is right, and a code is needed; the try is not held against the account.
        throttle.Locked: too many failed tries; the password was not looked at.
    """
    email = normalise_email(email)
    by_account, by_address = throttle.by_account(email), throttle.by_address(address)
    throttle.count_try(by_account, by_address)
    with reading() as session:
        agent = session.scalars(select(Agent).where(Agent.email == email, Agent.active.is_(True))).first()
    if not passwords.matches(password, agent.password_hash if agent else None) or agent is None:
        raise WrongCredentials
    if agent.totp_since is not None:
        if not code:
            throttle.forgive(by_account, by_address, wholly=False)
            raise CodeNeeded
        if not totp.use(agent.id, code):
            raise WrongCredentials
    throttle.forgive(by_account, by_address)
    with writing() as session:
        if passwords.is_outdated(agent.password_hash):
            fresh = passwords.hash_password(password)
            session.execute(update(Agent).where(Agent.id == agent.id).values(password_hash=fresh))
        return _open(session, agent.id, old_cookie)


def open_for(agent_id: int, old_cookie: str | None = None) -> SignedIn:
    """Open a session for an account that has just proven itself otherwise (a set-up link)."""
    with writing() as session:
        return _open(session, agent_id, old_cookie)


def find(cookie: str | None) -> Caller | None:
    """The agent a session cookie belongs to, or None when it opens nothing (any more)."""
    if not cookie:
        return None
    moment = now()
    with reading() as session:
        row = session.execute(
            select(AgentSession, Agent)
            .join(Agent, Agent.id == AgentSession.agent_id)
            .where(AgentSession.id == hash_token(cookie), AgentSession.expires_at > moment, Agent.active.is_(True))
            .options(selectinload(Agent.teams))
        ).first()
        if row is None or row.AgentSession.csrf_hash != hash_token(csrf_token_of(cookie)):
            return None
        caller = _caller(row.Agent, cookie)
        seen, began = row.Agent.last_seen_at, row.AgentSession.created_at
    if seen is None or seen < moment - SEEN_EVERY:
        _touch(caller, began, moment)
    return caller


def find_token(token: str) -> Caller | None:
    """The agent an API token belongs to, or None when it opens nothing (any more)."""
    moment, key = now(), hash_token(token)
    with reading() as session:
        row = session.execute(
            select(ApiToken, Agent)
            .join(Agent, Agent.id == ApiToken.agent_id)
            .where(ApiToken.id == key, Agent.active.is_(True))
            .options(selectinload(Agent.teams))
        ).first()
        if row is None:
            return None
        caller = replace(_caller(row.Agent, token), csrf_token="", session_id="")
        used = row.ApiToken.last_used_at
    if used is None or used < moment - SEEN_EVERY:
        with writing() as session:
            session.execute(update(ApiToken).where(ApiToken.id == key).values(last_used_at=moment))
    return caller


def _touch(caller: Caller, began: datetime, moment: datetime) -> None:
    """Note that the agent was here, and let the session live on, though never past its age limit."""
    until = min(moment + IDLE_LIMIT, began + AGE_LIMIT)
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == caller.agent_id).values(last_seen_at=moment))
        session.execute(update(AgentSession).where(AgentSession.id == caller.session_id).values(expires_at=until))


def end_all(agent_id: int) -> None:
    """End every session of an agent: the password changed, or the account was turned off."""
    with writing() as session:
        session.execute(delete(AgentSession).where(AgentSession.agent_id == agent_id))


def sign_out(session_id: str) -> None:
    """End a session."""
    with writing() as session:
        session.execute(delete(AgentSession).where(AgentSession.id == session_id))
