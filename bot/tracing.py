"""Which customer's message the present work is for, in every process, so that each log line can say it.

A message is followed by its own id: conversation and message travel with every call between our processes and
stand in every table, so that logs and database tell one story without another id.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_followed: ContextVar[tuple[str, int] | None] = ContextVar("followed", default=None)


def follow(conversation_id: str, message_id: int) -> None:
    """From here on, this task and what it starts work for a message."""
    _followed.set((conversation_id, message_id))


def followed() -> tuple[str, int] | None:
    """Conversation and message that the present work is for."""
    return _followed.get()


@contextmanager
def step(logger: logging.Logger, what: str, **facts: Any) -> Iterator[None]:
    """Write down, at the level DEBUG, that a step of the way was gone, and how long it took.

    Args:
        facts: names and numbers that belong to it; never what a customer wrote.
    """
    if not logger.isEnabledFor(logging.DEBUG):
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        took = round((time.perf_counter() - began) * 1000, 1)
        logger.debug(what, extra={"facts": {**facts, "ms": took}})
