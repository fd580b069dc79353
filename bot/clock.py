"""The one clock and the one source of ids and tokens, so that tests can set them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

_offset = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(timezone.utc) + _offset


@contextmanager
def moved_by(offset: timedelta) -> Iterator[None]:
    """Move the clock of this process while the block runs (tests)."""
    global _offset
    before, _offset = _offset, _offset + offset
    try:
        yield
    finally:
        _offset = before


def new_id() -> str:
    """A new identifier that nobody can guess: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def new_token() -> str:
    """A new secret for links and sessions: 43 characters safe in a URL."""
    return secrets.token_urlsafe(32)
