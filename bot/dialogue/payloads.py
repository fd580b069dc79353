"""Button payloads, `/intent{"entity":"value"}`: read from a field of their own, checked against what buttons may say.

A customer's text is never read as a payload, so nothing typed can call an intent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import yaml

from bot.conversation.waiting import Wish
from bot.settings import ROOT

# Handled by the gateway itself, not by a dialogue turn.
RETURN_TO_BOT = "return_to_bot"
INSTEAD_OF_WAITING: dict[str, Wish] = {
    "call_me_back": "callback",
    "answer_by_email": "email",
    "leave_message": "message",
}
RATE_AGENT = "rate_agent"
_SHAPE = re.compile(r"/([a-z_]{1,40})(\{.*\})?", re.DOTALL)
_LONGEST = 1000
_LONGEST_VALUE = 200


class UnknownPayload(ValueError):
    """No button says this."""


@dataclass(frozen=True)
class Payload:
    """What a button stands for."""

    intent: str
    entities: dict[str, Any]

    def parse_data(self, text: str) -> dict[str, Any]:
        """What understanding gives for a message, stated instead of guessed."""
        return {
            "text": text,
            "intent": {"name": self.intent, "confidence": 1.0},
            "intent_ranking": [{"name": self.intent, "confidence": 1.0}],
            "entities": [
                {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "button"}
                for name, value in self.entities.items()
            ],
        }


@lru_cache(maxsize=1)
def _allowed() -> tuple[frozenset[str], frozenset[str]]:
    """Names of intents and entities that a payload may carry, from the domain."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

    def names(key: str) -> frozenset[str]:
        return frozenset(item if isinstance(item, str) else next(iter(item)) for item in domain[key])

    return names("intents") - {"nlu_fallback"} | {RETURN_TO_BOT, RATE_AGENT, *INSTEAD_OF_WAITING}, names("entities") | {
        "time",
        "stars",
    }


def written(intent: str, entities: dict[str, Any]) -> str:
    """The payload of a button that says an intent with entities; those too long for one are left out."""
    kept = {name: value for name, value in entities.items() if _is_plain(value)}
    return f"/{intent}{msgspec.json.encode(kept).decode()}"


def is_written_like_one(text: str) -> bool:
    """Whether a typed text has the shape of a payload or a command: it means nothing, and is not guessed at."""
    return _SHAPE.fullmatch(text.strip()) is not None


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE and "\0" not in value
    if isinstance(value, dict):
        return len(value) <= 8 and all(
            isinstance(item, (str, int, float)) and _is_plain(item) for item in value.values()
        )
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read(payload: str) -> Payload:
    """What a payload stands for.

    Raises:
        UnknownPayload: it is none that a button could carry.
    """
    shape = _SHAPE.fullmatch(payload) if len(payload) <= _LONGEST else None
    if shape is None:
        raise UnknownPayload
    intents, entities = _allowed()
    try:
        values = msgspec.json.decode(shape.group(2) or "{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise UnknownPayload from error
    if shape.group(1) not in intents or not entities.issuperset(values) or not all(map(_is_plain, values.values())):
        raise UnknownPayload
    return Payload(shape.group(1), values)
