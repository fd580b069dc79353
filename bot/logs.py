"""How the processes write their logs: one JSON object a line, with the message it is about and without customers' words."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import datetime, timezone
from typing import Any

import msgspec

from bot import tracing
from bot.settings import settings
from bot.words.masking import mask

OURS = ("bot", "actions", "uvicorn")
MOST_FRAMES = 12


class JsonLines(logging.Formatter):
    """Writes a record as JSON.

    An error is told by its type and the places it came through: its own words may quote what a customer wrote,
    and so may the arguments of others' messages.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] in OURS
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": mask((record.getMessage() if ours else str(record.msg)).strip().partition("\n")[0]),
        }
        followed = tracing.followed()
        if followed is not None:
            entry["conversation_id"], entry["message_id"] = followed
        entry |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            entry |= _told(record.exc_info[1])
        return msgspec.json.encode(entry).decode()


def _told(error: BaseException) -> dict[str, Any]:
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 5:
        chain.append(f"{type(seen).__module__}.{type(seen).__qualname__}".removeprefix("builtins."))
        seen = seen.__cause__ or seen.__context__
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {"error": chain, "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _name_alone(_logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
    line = {"level": level.upper(), "process": "rasa", "logger": "rasa", "message": mask(str(event.get("event")))}
    return msgspec.json.encode(line).decode()


def set_up(process: str) -> None:
    """Have all of a process's logs written so, to its standard error; the level of the settings is for our own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in ("bot", "actions"):
        logging.getLogger(name).setLevel(settings().log_level)
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    if "structlog" in sys.modules:  # Rasa's way
        import structlog

        filtering = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(wrapper_class=filtering, processors=[_name_alone])
