"""From what understanding says of one message to the needs a turn serves: corrections, and two needs in one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu import needs
from bot.nlu.corrections import corrected, with_unwanted, without_ruled_out
from bot.nlu.segments import halves
from bot.words.responses import responses

Understood = dict[str, Any]
CARRIED = frozenset(
    {"product", "category", "brand", "city", "branch", "order_number"}
)  # by the button of a second need


def hear(
    understood: Understood, tracker: DialogueStateTracker, understand: Callable[[Sequence[str]], list[Understood]]
) -> list[Understood]:
    """What to serve, in order: mostly just what was understood.

    Args:
        understand: reads several texts at once; asked only when the message looks like two.
    """
    text = understood["text"]
    entities = with_unwanted(text, without_ruled_out(text, understood["entities"]))
    if entities != understood["entities"]:
        understood = {**understood, "entities": entities}
    found = None if _asked_for_words(tracker) else _two(text, understand)
    if found is not None:
        return found
    meant = corrected(understood, need_before(tracker)) if entities else None
    return [meant or understood]


def _two(text: str, understand: Callable[[Sequence[str]], list[Understood]]) -> list[Understood] | None:
    pairs = halves(text)
    if not pairs:
        return None
    parsed = understand([half for pair in pairs for half in pair])
    for first, second in zip(parsed[::2], parsed[1::2], strict=True):
        order = needs.both(first["intent"]["name"], _sureness(first), second["intent"]["name"], _sureness(second))
        if order is not None and all(need == "thanks" or label_of(need) for need in order):
            return [first, second] if order[0] == first["intent"]["name"] else [second, first]
    return None


def _sureness(half: Understood) -> float:
    """How sure the need of a half is; one that names an order is about it for sure."""
    names_order = any(found["entity"] == "order_number" for found in half["entities"])
    sure: float = half["intent"]["confidence"]
    return max(sure, needs.LEAST) if names_order else sure


def need_before(tracker: DialogueStateTracker) -> str | None:
    """The need that the conversation was about last; small talk, doubts and misses are none."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            name = event.intent.get("name")
            if name and name not in needs.SOCIAL | needs.UNCLEAR | needs.DOUBTS:
                return str(name)
    return None


def label_of(need: str) -> str | None:
    """The response that names a need on a button; None for a need that is never offered."""
    name = f"label_intent_{need}"
    return name if name in responses().names else None


def waits(tracker: DialogueStateTracker) -> bool:
    """Whether the customer was just asked something that the next message should answer."""
    return bool(tracker.active_loop_name or tracker.get_slot("question") or tracker.get_slot("case"))


def _asked_for_words(tracker: DialogueStateTracker) -> bool:
    """Whether the customer was asked to tell something in their own words (see actions/cases.py)."""
    case = tracker.get_slot("case") or {}
    return bool(case.get("fresh", True)) and str(case.get("expects") or "").split(" ")[0] in (
        "text",
        "story",
        "optional",
    )


def carried(understood: Understood) -> dict[str, Any]:
    """What the button of a need takes along, so that it need not be said again."""
    return {e["entity"]: e["value"] for e in understood["entities"] if e["entity"] in CARRIED}
