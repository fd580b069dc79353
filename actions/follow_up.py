"""Messages for later that help the customer: offered where they do, agreed to with a tap, ended with one word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from actions import appointment_answers, booking, prospect
from actions.booking import button
from actions.turn import TAKERS, WATCHERS, Button, Turn
from bot.db.models.leads import FOLLOW_UP_KINDS
from bot.db.session import reading
from bot.shop import follow_ups, profile
from bot.shop.follow_ups import Planned
from bot.shop.leads import keeping, words
from bot.shop.leads.keeping import Agreed
from bot.support import mail

SLOT = "reminder"  # what was just agreed to, so that another time or an e-mail can be named: {"id", "asking"}
TOPIC = ("", "general")
LONGEST_WISH = 80  # letters of a message that can be about nothing but stopping or an appointment
# Slots of what "stop" ends first.
_OPEN = ("checkout", "configuration", "case", "walks", booking.SLOT)
PARTS = {"morning": 10, "noon": 12, "afternoon": 15, "evening": 19, "night": 19}
LABELS = {
    "quote": "label_remind_quote",
    "basket": "label_remind_basket",
    "stock": "label_tell_when_back",
    "delivered": "label_ask_after_delivery",
}

CONSENTS = {
    "quote": "phrase_consent_quote",
    "basket": "phrase_consent_basket",
    "stock": "phrase_consent_stock",
    "delivered": "phrase_consent_delivered",
}


def offer(turn: Turn, kind: str, subject: str = "") -> Button:
    """The button that agrees to a follow-up."""
    return button(turn, LABELS[kind], "agree", kind=kind, subject=subject)


def _agree(turn: Turn, said: dict[str, Any]) -> None:
    kind, subject = str(said.get("kind")), str(said.get("subject") or "")
    if kind not in FOLLOW_UP_KINDS:
        return turn.say("utter_follow_up_gone")
    agreed = Agreed(turn.message_id, kind, "chat", turn.words(CONSENTS[kind]))
    planned = follow_ups.agree(turn.conversation_id, kind, subject, agreed, turn.language)
    if planned is None:
        return turn.say("utter_follow_up_gone")
    return _say_planned(turn, planned)


def _say_planned(turn: Turn, planned: Planned) -> None:
    with reading() as session:
        shop = profile.read(session)
    turn.set(SLOT, {"id": planned.id})
    buttons = [button(turn, "label_by_email", "by_email")] if mail.is_set_up() and planned.channel == "chat" else []
    buttons.append(button(turn, "label_no_message", "stop"))
    local = planned.due_at.astimezone(shop.zone)
    where = turn.words("phrase_by_email" if planned.channel == "email" else "phrase_in_chat")
    if planned.kind == "stock":
        turn.say("utter_follow_up_stock_agreed", where=where, buttons=buttons)
        return
    day, clock = turn.locale.day(local.date(), shop.today()), turn.locale.time(local)
    turn.say("utter_follow_up_agreed", day=day, time=clock, where=where, buttons=buttons)


def _by_email(turn: Turn, _said: dict[str, Any]) -> None:
    state = turn.slot(SLOT)
    if not state:
        return turn.say("utter_follow_up_gone")
    with reading() as session:
        known = keeping.reach(session, turn.conversation_id).email
    email = (turn.slot(prospect.SLOT) or {}).get("email") or known
    if email is None:
        turn.set(SLOT, {**state, "asking": "email"})
        return turn.say("utter_follow_up_ask_email")
    return _send_to(turn, state, email)


def _send_to(turn: Turn, state: dict[str, Any], email: str) -> None:
    planned = follow_ups.change_channel(turn.conversation_id, int(state["id"]), email)
    if planned is None:
        turn.set(SLOT, None)
        return turn.say("utter_follow_up_gone")
    return _say_planned(turn, planned)


def _stop(turn: Turn, _said: dict[str, Any]) -> None:
    follow_ups.stop(turn.conversation_id)
    turn.set(SLOT, None)
    turn.say("utter_follow_up_stopped")


MOVES: dict[str, Callable[[Turn, dict[str, Any]], None]] = {"agree": _agree, "by_email": _by_email, "stop": _stop}


def take(turn: Turn) -> tuple[str, str] | None:
    """Another time, or an e-mail address, for what was just agreed to."""
    state = turn.slot(SLOT)
    if turn.value("lead") is not None:
        return None
    if state.get("asking") == "email" and turn.value("email"):
        _send_to(turn, state, str(turn.value("email")))
        return TOPIC
    at = None if turn.button or turn.slots.get(booking.SLOT) else _moment(turn)
    if (
        at is not None
        and len(turn.text.split()) <= appointment_answers.SHORT
        and not turn.text.strip().endswith(("?", "؟"))
    ):
        planned = follow_ups.change_time(turn.conversation_id, int(state["id"]), at)
        if planned is None:
            turn.say("utter_follow_up_bad_time")
        else:
            _say_planned(turn, planned)
        return TOPIC
    turn.set(SLOT, None)
    return None


def _moment(turn: Turn) -> datetime | None:
    """The time that a message names, on the shop's clock."""
    found = next((entity for entity in turn.entities if entity["entity"] == "date"), None)
    if found is None:
        return None
    with reading() as session:
        zone = profile.read(session).zone
    hours = words.clock(turn.text_beside({"date"}))
    hour, minute = hours[-1] if hours else (PARTS.get(str(found.get("part")), 17), 0)
    if found.get("time"):
        hour, minute = int(found["time"][:2]), int(found["time"][3:])
    return datetime.combine(datetime.fromisoformat(str(found["value"])).date(), time(hour, minute), zone)


def watch(turn: Turn) -> tuple[str, str] | None:
    """The word that ends messages, and what becomes of an appointment; looked for in every short message."""
    if turn.button or len(turn.text) > LONGEST_WISH:
        return None
    if words.says("stop_messages", turn.text) or (words.is_only("stop", turn.text) and _means_messages(turn)):
        _stop(turn, {})
        return TOPIC
    if words.says("appointment", turn.text):
        for wish in ("cancel", "move"):
            if words.says(wish, turn.text) and appointment_answers.change_appointment(turn, cancel=wish == "cancel"):
                return "book_demo", "sales"
    return None


def _means_messages(turn: Turn) -> bool:
    if any(turn.slot(slot) for slot in _OPEN):
        return False
    with reading() as session:
        return follow_ups.last_was_follow_up(session, turn.conversation_id)


WATCHERS.append(watch)
TAKERS[SLOT] = take
