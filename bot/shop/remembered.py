"""Keeps what imports write in memory until the next import: read at almost every message, changed once a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import CatalogueVersion

Value = TypeVar("Value")

_VERSION = select(CatalogueVersion.__table__.c.version).limit(1)
_KNOWN = "catalogue version"  # key in the session's own notes
_held: dict[tuple[str, str], tuple[int, Any]] = {}  # by database and name: the version it was read at, and what


def catalogue_version(session: Session) -> int:
    """The number of the newest import, read once a session."""
    if _KNOWN not in session.info:
        session.info[_KNOWN] = session.execute(_VERSION).scalar() or 0
    return int(session.info[_KNOWN])


def remembered(session: Session, name: str, read: Callable[[Session], Value]) -> Value:
    """What `read` gives, read once for every version of the catalogue. It must not hold rows of the session."""
    key, version = (str(session.get_bind().engine.url), name), catalogue_version(session)
    held = _held.get(key)
    if held is None or held[0] != version:
        held = _held[key] = (version, read(session))
    value: Value = held[1]
    return value
