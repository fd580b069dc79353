"""How a turn hands the conversation to a person: which team, why, and what that person should know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from actions import prospect, walking
from actions.turn import Turn
from bot.clock import now
from bot.conversation import handoffs
from bot.insight import interactions
from bot.support import mood

SALES, SERVICE = "sales", "service"


def team_for(turn: Turn) -> str:
    """The team of what the conversation was about last; Service when nothing was raised yet."""
    latest = interactions.latest_topic(turn.conversation_id)
    return SALES if latest is not None and latest[1] == SALES else SERVICE


def hand_over(turn: Turn, team: str, reason: str, *, severity: int = 0, value: Decimal | None = None) -> None:
    """Ask for a person of a team and say so; the place in the queue is said when the reply goes out.

    Args:
        severity: 0 usual, 1 annoyed, 2 angry or a loss, 3 injured or threatens with a lawyer.
        value: of what is at stake, in the shop's currency; both put the customer ahead in the queue.
    """
    summary = _summary(turn)
    severity = max(severity, mood.severity(int(turn.slot("mood") or 0)))
    if team == SALES:
        kept = prospect.keep(turn, "colleague", now(), talk=True)
        summary, value = {**summary, **prospect.summary(turn, kept)}, value or kept.value
    handoffs.request(turn.conversation_id, turn.message_id, team, reason, summary, severity=severity, value=value)
    turn.outcome("handed_over", products=_products(turn))
    turn.say("utter_handoff", team=turn.words(f"label_team_{team}"))


def _products(turn: Turn) -> list[str]:
    return [str(turn.slot("product"))] if turn.slot("product") else []


def _summary(turn: Turn) -> dict[str, Any]:
    """What the colleague reads before answering."""
    latest = interactions.latest_topic(turn.conversation_id)
    told = {
        "need": "" if turn.button else turn.text,
        "topic": latest[0] if latest else None,
        "products": _products(turn),
        "shown": turn.slot("shown"),
        "search": turn.slot("search"),
        "order": turn.slot("order_number"),
        "offer": turn.slot("offer"),
        "mood": turn.slot("mood"),
        "tried": walking.told_so_far(turn),
    }
    return {key: value for key, value in told.items() if value}
