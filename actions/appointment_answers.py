"""What is said while a call or a visit is being arranged: answers, corrections, buttons, and calling it off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actions import prospect
from actions.arranging import absorb, go_on, start
from actions.booking import SLOT, State, button
from actions.turn import TAKERS, Turn
from bot.clock import now
from bot.conversation import promises
from bot.db.models import Appointment
from bot.db.session import reading
from bot.nlu.needs import UNCLEAR
from bot.shop import branches
from bot.shop.leads import appointments, words
from bot.shop.leads.appointments import Diary

TOPICS = {"call": ("leave_contact", "sales"), "demo": ("book_demo", "sales")}
MOST_MISSES = 2
SHORT = 6  # words of a message that can be an answer whatever it sounds like
SURE = 0.7
LEAST_DIGITS = 5  # of what may be a mistyped phone number
_ELSEWHERE = frozenset(
    {"talk_to_agent", "talk_to_sales", "goodbye", "change_language", "bot_challenge", "complaint", "thanks"}
)
# Needs that a time, a place or a contact sounds like.
_LIKE_ANSWER = frozenset(
    {"leave_contact", "book_demo", "nlu_fallback", "out_of_scope", "affirm", "deny", "store_info", "delivery_time"}
    | {"change_address", "order_status", "greet", "delivery_options", "change_order"}
)


def take(turn: Turn) -> tuple[str, str] | None:
    """An answer to what was asked, a correction of it, or the wish to leave it."""
    state: State = dict(turn.slot(SLOT))
    topic = TOPICS[state["kind"]]
    if turn.value("lead") is not None or turn.intent in ("leave_contact", "book_demo"):
        return None  # goes to its own action, which goes on with this
    if turn.intent in _ELSEWHERE and turn.confidence >= SURE:
        return None
    if words.is_only("leave", turn.text) or words.says("no_contact", turn.text):
        _leave(turn, state)
        return topic
    if (turn.slot("question") or {}).get("kind") and turn.intent in ("affirm", "deny"):
        return None
    if _answers(turn, state):
        return topic
    if not state.get("reminded"):
        turn.afterwards.append(_remind)
    return None


def _answers(turn: Turn, state: State) -> bool:
    asking = state.get("asking")
    if asking == "confirm" and turn.intent in ("affirm", "deny") and not turn.value("phone"):
        _confirm(turn, state, yes=turn.intent == "affirm")
        return True
    if turn.intent == "deny" and not turn.values("date") and not turn.values("phone") and not turn.values("email"):
        _refused(turn, state)
        return True
    asks = turn.text.strip().endswith(("?", "؟"))
    if asks and turn.confidence >= SURE:
        return False  # "when are you open on Friday?" names a day and wants something else
    short = len(turn.text.split()) <= SHORT and not asks
    if not (short or turn.intent in _LIKE_ANSWER or turn.confidence < SURE):
        return False
    if asking == "time" and (chosen := _chosen(turn, state)):
        state["at"] = chosen
        go_on(turn, state)
        return True
    if absorb(turn, state):
        state["misses"] = 0
        go_on(turn, state)
        return True
    if asking == "contact" and turn.intent in UNCLEAR and not turn.entities and words.may_be_name(turn.text):
        held = turn.slot(prospect.SLOT) or {}
        turn.set(prospect.SLOT, {**held, "name": turn.text.strip()})
        turn.set(SLOT, state)
        turn.outcome("open")
        name = turn.locale.isolate(turn.text.strip())
        turn.say("utter_lead_name_noted", name=name, buttons=[button(turn, "label_rather_not", "leave")])
        return True
    digits = sum(letter.isdigit() for letter in turn.text)
    if asking in ("contact", "confirm") and (digits >= LEAST_DIGITS or "@" in turn.text):
        _unclear(turn, state)
        return True
    return False


def _chosen(turn: Turn, state: State) -> str | None:
    """The offered slot that a message picks: the soonest, by its place in the list, or the only one of its hour."""
    offered: list[str] = state.get("offered") or []
    if not offered or turn.values("date"):
        return None
    if words.is_only("soonest", turn.text) or (turn.intent == "affirm" and len(offered) == 1):
        return offered[0]
    hours = words.clock(turn.text)
    slots = [datetime.fromisoformat(slot) for slot in offered]
    fitting = [slot for slot in slots if (slot.hour, slot.minute) in hours]
    if len(fitting) == 1:
        return fitting[0].isoformat()
    ordinal = next((value for value in turn.values("ordinal") if isinstance(value, int)), None)
    if ordinal is not None and (ordinal == -1 or 1 <= ordinal <= len(offered)):
        return offered[ordinal if ordinal < 0 else ordinal - 1]
    return None


def _confirm(turn: Turn, state: State, *, yes: bool) -> None:
    if yes:
        state["phone"] = state["known"]
    else:
        state["other_contact"] = True
    go_on(turn, state)


def _unclear(turn: Turn, state: State) -> None:
    """A contact that cannot be one; after the second, a way without it."""
    state["misses"] = int(state.get("misses") or 0) + 1
    if state["misses"] >= MOST_MISSES:
        turn.set(SLOT, None)
        turn.ask("handoff", team="sales", reason="contact_unclear")
        turn.say("utter_lead_contact_stuck", buttons=[turn.link("label_yes_colleague", "talk_to_sales")])
        return
    turn.set(SLOT, state)
    turn.outcome("open")
    turn.say("utter_lead_contact_unclear")


def _refused(turn: Turn, state: State) -> None:
    """No contact, or none of the times: asked once for a better one, then left."""
    if state.get("asking") == "time" and not state.get("none_suits"):
        turn.set(SLOT, {**state, "none_suits": True, "offered": []})
        turn.outcome("open")
        turn.say("utter_lead_which_day")
        return
    _leave(turn, state)


def _leave(turn: Turn, state: State) -> None:
    turn.set(SLOT, None)
    turn.outcome("answered")
    turn.say("utter_lead_left_call" if state["kind"] == "call" else "utter_lead_left_visit")


def _remind(turn: Turn) -> None:
    """Say once that it is still open, unless another question was just asked or a person is coming."""
    state = turn.slot(SLOT)
    handed = turn.record is not None and turn.record.outcome == "handed_over"
    if not state or SLOT in turn.changes or turn.changes.get("question") or handed:
        return
    turn.set(SLOT, {**state, "reminded": True})
    missing = {"time": "phrase_lead_time", "place": "phrase_lead_place"}.get(state["asking"], "phrase_lead_contact")
    turn.say("utter_lead_open", missing=turn.words(missing), buttons=[button(turn, "label_go_on_with_it", "resume")])


def press(turn: Turn, said: dict[str, Any]) -> None:
    """A button of what is arranged here."""
    do = said.get("do")
    state: State = dict(turn.slot(SLOT) or {})
    if do in ("move", "cancel"):
        change_appointment(turn, cancel=do == "cancel")
    elif not state:
        start(turn, "call")
    elif do == "leave":
        _leave(turn, state)
    elif do == "other":
        go_on(turn, {**state, "other_contact": True})
    elif do == "place":
        go_on(turn, {**state, "place": f"branch:{said.get('value')}"} if _is_store(said.get("value")) else state)
    elif do == "slot":
        go_on(turn, {**state, "at": _slot_of(state, said.get("at"))})
    else:
        go_on(turn, state)


def _is_store(code: Any) -> bool:
    with reading() as session:
        return bool(branches.places(session, branch=str(code)))


def _slot_of(state: State, at: Any) -> str | None:
    """The slot of a button, if it may be booked."""
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    with reading() as session:
        return moment.isoformat() if Diary(session, state["place"]).is_slot(moment) else None


def change_appointment(turn: Turn, *, cancel: bool) -> bool:
    """Call off or move the appointment of this conversation; whether there is one."""
    with reading() as session:
        row: Appointment | None = appointments.of_conversation(session, turn.conversation_id)
    if row is None:
        if turn.value("lead") is not None:
            turn.say("utter_lead_no_appointment")
        return row is not None
    if cancel:
        appointments.cancel(turn.conversation_id, row.id)
        promises.withdraw(turn.conversation_id)
        prospect.keep(turn, "advise", now())
        turn.set(SLOT, None)
        turn.outcome("answered")
        turn.say("utter_lead_cancelled")
        return True
    held = turn.slot(prospect.SLOT) or {}
    state: State = {"kind": row.kind, "place": row.place, "product": row.product, "need": ""}
    state |= {name: held[name] for name in ("phone", "email") if held.get(name)}
    absorb(turn, state)
    go_on(turn, state)
    return True


TAKERS[SLOT] = take
