"""A log line is JSON, names the message it is about, and holds nothing that a customer wrote."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bot import tracing
from bot.logs import JsonLines


@pytest.fixture
def written() -> Iterator[Any]:
    """A logger's lines, read back; by the logger's name."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("gateway"))
    loggers = [logging.getLogger(name) for name in ("bot.test_logs", "library.test_logs")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield lambda: [msgspec.json.decode(line) for line in stream.getvalue().splitlines()]
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_line_names_the_message_it_is_about(written: Any) -> None:
    tracing.follow("a" * 32, 17)
    logger = logging.getLogger("bot.test_logs")
    with tracing.step(logger, "turn run", action="action_greet"):
        pass
    (line,) = written()
    assert (line["process"], line["level"], line["message"]) == ("gateway", "DEBUG", "turn run")
    assert (line["conversation_id"], line["message_id"], line["action"]) == ("a" * 32, 17, "action_greet")
    assert line["ms"] >= 0


def test_an_error_is_told_without_its_words(written: Any) -> None:
    try:
        try:
            {}["my secret words"]
        except KeyError as error:
            raise ValueError("huda@example.com said my secret words") from error
    except ValueError:
        logging.getLogger("bot.test_logs").exception("the turn broke, call 0501234567\nmy secret words")
    (line,) = written()
    assert line["error"] == ["ValueError", "KeyError"]
    assert line["message"] == "the turn broke, call [phone]"
    assert "test_logs.py" in line["where"][-1]
    assert "secret" not in str(line) and "huda" not in str(line)


def test_what_others_put_into_their_messages_is_left_out(written: Any) -> None:
    logging.getLogger("library.test_logs").warning("cannot parse %s", "my secret words")
    assert [line["message"] for line in written()] == ["cannot parse %s"]
