"""`python -m bot parse`: JSON lines in, what was understood out, in order."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO

import msgspec

from bot.dialogue.logs import quiet


def text_of(raw: bytes) -> str:
    """The text of a line `{"text": …}`; half a character of a pair that lacks the other becomes U+FFFD.

    Raises:
        ValueError: the line is something else.
    """
    line = json.loads(raw)
    if not isinstance(line, dict) or not isinstance(line.get("text"), str):
        raise ValueError("no text")
    text: str = line["text"]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_lines(source: BinaryIO, target: BinaryIO) -> int:
    """Understand every line; the exit code: 0, or 1 without a model or with a line that is no `{"text": …}`."""
    quiet()
    from bot.dialogue.training import newest_model
    from bot.nlu.parse import load_interpreter

    model = newest_model()
    if model is None:
        print("There is no trained model. Run: python -m bot train", file=sys.stderr)  # noqa: T201
        return 1
    interpreter = load_interpreter(model)
    for number, raw in enumerate(source, 1):
        if not raw.strip():
            continue
        try:
            text = text_of(raw)
        except (ValueError, RecursionError):
            print(f'line {number} is not {{"text": "…"}}', file=sys.stderr)  # noqa: T201
            return 1
        target.write(msgspec.json.encode(interpreter.parse(text)) + b"\n")
        target.flush()
    return 0
