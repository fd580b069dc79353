"""How a turn hands the conversation to a person: which team, why, and what that person should know."""

from __future__ import annotations

from typing import Any

from actions.turn import Turn
from bot.conversation import handoffs
from bot.insight import interactions

SALES, SERVICE = "sales", "service"
# The team that sees to each of these needs. Each has a response `utter_offer_` + its name.
TEAMS = {
    "ask_discount": SALES,
    "ask_financing": SALES,
    "request_quote": SALES,
    "sales_objection": SALES,
    "leave_contact": SALES,
    "book_demo": SALES,
    "place_order": SALES,
    "cancel_order": SERVICE,
    "change_order": SERVICE,
    "change_address": SERVICE,
    "return_item": SERVICE,
    "exchange_item": SERVICE,
    "refund_request": SERVICE,
    "refund_status": SERVICE,
    "damaged_or_wrong_item": SERVICE,
    "invoice_request": SERVICE,
    "payment_problem": SERVICE,
    "installation_help": SERVICE,
    "maintenance_service": SERVICE,
    "troubleshoot_product": SERVICE,
    "complaint": SERVICE,
    "give_feedback": SERVICE,
    "account_access": SERVICE,
    "account_manage": SERVICE,
}


def team_for(turn: Turn) -> str:
    """The team of what the conversation was about last; Service when nothing was raised yet."""
    latest = interactions.latest_topic(turn.conversation_id)
    return SALES if latest is not None and latest[1] == SALES else SERVICE


def hand_over(turn: Turn, team: str, reason: str) -> None:
    """Ask for a person of a team and say so; the place in the queue is said when the reply goes out."""
    handoffs.request(turn.conversation_id, turn.message_id, team, reason, _summary(turn))
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
    }
    return {key: value for key, value in told.items() if value}
