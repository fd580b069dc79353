"""What a conversation tells of a customer in passing, kept for Sales: contact, budget, by when, and who decides.

The slot `prospect` holds what was said in this conversation. A lead is written when it helps the customer: on a
call, a visit, a colleague asked for, or a basket worth a word with Sales.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from actions import turn as turns
from actions.turn import Turn
from bot.clock import now
from bot.db.session import reading
from bot.shop import profile
from bot.shop.leads import keeping, words
from bot.shop.leads.keeping import Agreed, Kept, Told
from bot.shop.leads.score import is_big
from bot.shop.wishes import Wishes

SLOT = "prospect"
# Needs in which a day says by when something is wanted.
_BUYING = frozenset(
    {"product_search", "product_recommendation", "request_quote", "place_order", "delivery_time", "check_availability"}
    | {"ask_discount", "leave_contact", "book_demo"}
)


def gather(turn: Turn) -> None:
    """After any answer: keep what the message tells of the customer, and speak of Sales where much is at stake."""
    if not turn.button:
        _listen(turn)
    if turn.record is not None and turn.record.outcome == "lead" and turn.record.value:
        _big_basket(turn, turn.record.value)


def _listen(turn: Turn) -> None:
    held = dict(turn.slot(SLOT) or {})
    told: dict[str, Any] = {
        "phone": turn.value("phone"),
        "email": turn.value("email"),
        "name": words.name(turn.text),
        "authority": next((kind for kind in ("decides", "others") if words.says(kind, turn.text)), None),
        "timeline": _day(turn) if turn.intent in _BUYING else None,
    }
    new = {name: value for name, value in told.items() if value and held.get(name) != value}
    if new:
        turn.set(SLOT, held | new)


def _day(turn: Turn) -> str | None:
    found = next((entity for entity in turn.entities if entity["entity"] == "date"), None)
    day = (found.get("until") or found["value"]) if found else None
    return str(day) if day and str(day) >= now().date().isoformat() else None


def _big_basket(turn: Turn, value: Decimal) -> None:
    """Once a conversation, offer a colleague for a basket worth several usual orders, and tell Sales of it."""
    held = dict(turn.slot(SLOT) or {})
    if held.get("big"):
        return
    with reading() as session:
        big = is_big(value, keeping.usual_order(session))
    if big:
        turn.set(SLOT, held | {"big": True})
        keep(turn, "colleague", now())
        turn.say("utter_lead_big_basket", buttons=[turn.link("label_ask_sales", "talk_to_sales")])


def told(turn: Turn, need: str = "") -> Told:
    """All that this conversation told of its customer."""
    held = turn.slot(SLOT) or {}
    wishes = Wishes.from_slot(turn.slot("search"))
    budget = next((limit for limit in (wishes.price_max, wishes.price_below) if limit is not None), None)
    products = [turn.slot("product"), *(turn.slot("shown") or [])]
    return Told(
        phone=held.get("phone"),
        email=held.get("email"),
        name=held.get("name") or "",
        need=need or wishes.phrase or wishes.words,
        products=[str(code) for code in products if code][:5],
        budget=budget,
        timeline=date.fromisoformat(held["timeline"]) if held.get("timeline") else None,
        authority=held.get("authority"),
        language=turn.language,
    )


def keep(turn: Turn, step: str, at: datetime, agreed: Agreed | None = None, *, talk: bool = False) -> Kept:
    """Write the lead of this conversation down, with its next step."""
    return keeping.keep(turn.conversation_id, told(turn), step, at, agreed, talk=talk)


def summary(turn: Turn, kept: Kept) -> dict[str, Any]:
    """What Sales reads of a lead, in lines."""
    held = turn.slot(SLOT) or {}
    with reading() as session:
        currency = profile.read(session).currency
    lead = told(turn)
    lines = {
        "need": lead.need,
        "products": list(lead.products),
        "budget": f"{lead.budget} {currency}" if lead.budget is not None else "",
        "by": held.get("timeline"),
        "who decides": held.get("authority"),
        "score": f"{kept.score.points}: " + ", ".join(name.replace("_", " ") for name, _ in kept.score.reasons),
        "basket": f"{kept.value} {currency}" if kept.value else "",
        "offer": turn.slot("offer"),
    }
    return {name: value for name, value in lines.items() if value}


turns.AFTERWARDS.append(gather)
