"""Keys with which other systems use the desk's API as an agent: shown once, kept as hashes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from bot.clock import new_token
from bot.db.models import ApiToken
from bot.db.session import reading, writing
from bot.desk.accounts import hash_token

PREFIX = "dukan_"  # lets secret scanners recognise a key that leaked
MOST = 20


def create(agent_id: int, name: str) -> str | None:
    """A new key of an agent; None when there are enough."""
    token = PREFIX + new_token()
    with writing() as session:
        if len(session.scalars(select(ApiToken.id).where(ApiToken.agent_id == agent_id)).all()) >= MOST:
            return None
        session.add(ApiToken(id=hash_token(token), agent_id=agent_id, name=name))
    return token


def listed(agent_id: int) -> list[dict[str, Any]]:
    """An agent's keys, by the beginning of their hashes."""
    with reading() as session:
        rows = session.scalars(select(ApiToken).where(ApiToken.agent_id == agent_id).order_by(ApiToken.created_at))
        return [
            {"id": row.id[:16], "name": row.name, "created_at": row.created_at, "last_used_at": row.last_used_at}
            for row in rows
        ]


def remove(agent_id: int, identifier: str) -> bool:
    """Make a key worthless; False when the agent has none such."""
    if len(identifier) != 16 or not identifier.isalnum():
        return False
    with writing() as session:
        gone = delete(ApiToken).where(ApiToken.agent_id == agent_id, ApiToken.id.startswith(identifier))
        return bool(session.execute(gone.execution_options(synchronize_session=False)).rowcount)
