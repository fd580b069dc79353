"""Arranges a call or a visit: contact, place and time, each asked for only while it is not known.

The slot `lead` keeps what is being arranged: `kind` (call or demo), `asking`, `place`, `wish` (days and hours),
`offered` slots, `at`, and what was said. Anything may come in between; it is brought up once more and then left.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from actions import booking, prospect
from actions.booking import SALES_PLACE, SLOT, State, button, consent
from actions.turn import Turn
from bot.clock import now
from bot.db.session import reading
from bot.shop import branches
from bot.shop.leads import appointments, keeping, words
from bot.shop.leads.appointments import Diary, Wish

OFFERED = 4


def start(turn: Turn, kind: str) -> None:
    """Arrange a call or a visit, or go on with the one that is being arranged."""
    held = turn.slot(SLOT) or {}
    if held.get("kind") != kind:
        held = {"need": "" if turn.button else turn.text[:500], "product": turn.slot("product")}
    state: State = {**held, "kind": kind, "reminded": False}
    if kind == "call":
        state["place"] = SALES_PLACE
    absorb(turn, state)
    go_on(turn, state)


def absorb(turn: Turn, state: State) -> bool:
    """Keep what the message tells for the appointment; whether it told anything."""
    before = dict(state)
    for kind in ("phone", "email"):
        if turn.value(kind):
            state[kind], state["said"] = str(turn.value(kind)), True
    if state["kind"] == "demo" and (place := _place_named(turn)):
        state["place"] = place
    if (wish := _wish(turn, state)) is not None:
        state["wish"], state["offered"] = wish, []
        state.pop("at", None)
    return state != before


def _place_named(turn: Turn) -> str | None:
    branch, city = turn.value("branch"), turn.value("city")
    if not branch and not city:
        return None
    with reading() as session:
        found = branches.places(session, branch=str(branch) if branch else None, city=str(city) if city else None)
    return f"branch:{found[0].code}" if len(found) == 1 else None


def _wish(turn: Turn, state: State) -> State | None:
    """The time that a message asks for: a day, a span, a part of the day, or an hour."""
    found = next((entity for entity in turn.entities if entity["entity"] == "date"), None)
    rest = turn.text_beside({"date", "phone", "email"})
    hours = words.clock(rest) if state.get("asking") == "time" or found else []
    if found is None and not hours:
        return None
    held = state.get("wish") or {}
    if found is None:
        return {**{name: held.get(name) for name in ("first", "last")}, "hours": [list(hour) for hour in hours]}
    given = found.get("time")
    hours = [(int(given[:2]), int(given[3:]))] if given else hours
    return {
        "first": str(found["value"]),
        "last": str(found.get("until") or found["value"]),
        "part": found.get("part"),
        "hours": [list(hour) for hour in hours],
    }


def go_on(turn: Turn, state: State) -> None:
    """Ask for what is missing, or keep the appointment."""
    turn.outcome("open", products=[state["product"]] if state.get("product") else [])
    with reading() as session:
        _notice_past(turn, session, state)
        if not state.get("place") and not _ask_place(turn, session, state):
            return
        letter = state["kind"] == "call" and state.get("email") and not state.get("phone")
        steps = ("contact",) if letter else ("contact", "time") if state["kind"] == "call" else ("time", "contact")
        for step in steps:
            if not (_has_contact if step == "contact" else _has_time)(turn, session, state):
                turn.set(SLOT, state)
                return
    if letter:
        booking.promise_letter(turn, state)
    elif not booking.book(turn, state):
        state.pop("at")
        turn.say("utter_lead_taken")
        go_on(turn, state)


def _notice_past(turn: Turn, session: Session, state: State) -> None:
    """Say at once, whatever is asked next, that the time wished for has passed."""
    wish = state.get("wish") or {}
    diary = Diary(session, state.get("place") or SALES_PLACE)
    today, last = diary.today(), _day(wish.get("last"))
    if last is None:
        return
    local = now().astimezone(diary.zone)
    hours = wish.get("hours") or []
    if last < today:
        turn.say("utter_lead_past", day=turn.locale.day(last, today), last=turn.locale.day(diary.last_day(), today))
    elif last == today and hours and all((hour, minute) <= (local.hour, local.minute) for hour, minute in hours):
        turn.say("utter_lead_hour_past")
    else:
        return
    state["wish"] = {}


def _ask_place(turn: Turn, session: Session, state: State) -> bool:
    """Settle the branch; False when it was asked for."""
    stores = branches.places(session)
    if len(stores) > 1:
        state["asking"] = "place"
        turn.set(SLOT, state)
        buttons = [
            button(turn, "label_branch", "place", value=store.code) | {"label": turn.locale.text(store.name)}
            for store in stores[:6]
        ]
        turn.say("utter_lead_which_branch", buttons=buttons)
        return False
    state["place"] = f"branch:{stores[0].code}" if stores else SALES_PLACE
    if not stores:
        state["kind"] = "call"  # nowhere to come to: somebody calls
    return True


def _has_contact(turn: Turn, session: Session, state: State) -> bool:
    """Whether it is known how to reach the customer; else asked for, or the one known is offered."""
    if state.get("phone") or state.get("email"):
        return True
    known = keeping.reach(session, turn.conversation_id)
    phone = (turn.slot(prospect.SLOT) or {}).get("phone") or known.phone
    if phone and not state.get("other_contact"):
        state["asking"], state["known"] = "confirm", phone
        turn.say(
            "utter_lead_confirm_phone",
            phone=turn.locale.isolate(turn.locale.digits_of(phone)),
            consent=consent(turn),
            buttons=[turn.link("label_yes_please", "affirm"), button(turn, "label_other_number", "other")],
        )
        return False
    state["asking"] = "contact"
    response = "utter_lead_ask_phone" if state["kind"] == "call" else "utter_lead_ask_contact"
    turn.say(response, consent=consent(turn), buttons=[button(turn, "label_rather_not", "leave")])
    return False


def _has_time(turn: Turn, session: Session, state: State) -> bool:
    """Whether a time is settled; else free ones are offered, after saying what is wrong with the one wished."""
    if state.get("at"):
        return True
    diary = Diary(session, state["place"])
    wish = state.get("wish") or {}
    first = _day(wish.get("first")) or diary.today()
    last = _day(wish.get("last")) or (diary.last_day() if not wish.get("first") else first)
    trouble, found = "", []
    if first > diary.last_day():
        trouble = "utter_lead_too_far"
    else:
        found = _fitting(session, diary, max(first, diary.today()), last, wish)
        exact = bool(wish.get("hours")) and bool(found) and bool(wish.get("first"))
        if exact and len(found) == 1:
            state["at"] = found[0].isoformat()
            return True
        if not found:
            closed = first == last and not any(True for _ in diary.openings(first))
            trouble = "utter_lead_closed" if closed else "utter_lead_no_slot"
    asked = first if trouble else None
    begin = max(first, diary.today()) if trouble in ("utter_lead_closed", "utter_lead_no_slot") else diary.today()
    slots = found or appointments.free(session, diary, begin, diary.last_day(), OFFERED)
    state["asking"], state["offered"], state["wish"] = "time", [slot.isoformat() for slot in slots], {}
    _offer(turn, state, diary, slots, trouble, asked)
    return False


def _fitting(session: Session, diary: Diary, first: date, last: date, wish: State) -> list[datetime]:
    """Free slots that fit a wish: at its hours, else in its part of the day."""
    hours = wish.get("hours") or []
    if not hours:
        return appointments.free(session, diary, first, last, OFFERED, Wish(first, last, wish.get("part")))
    found: list[datetime] = []
    for hour, minute in hours:
        at = Wish(first, last, at=time(hour, minute))
        found += appointments.free(session, diary, first, last, 1, at)
    return sorted(found)


def _offer(turn: Turn, state: State, diary: Diary, slots: list[datetime], trouble: str, asked: date | None) -> None:
    if trouble:
        turn.say(
            trouble,
            day=turn.locale.day(asked or diary.today(), diary.today()),
            last=turn.locale.day(diary.last_day(), diary.today()),
        )
    if not slots:
        turn.set(SLOT, None)
        turn.ask("handoff", team="sales", reason="no_appointment")
        turn.say("utter_lead_no_slots", buttons=[turn.link("label_yes_colleague", "talk_to_sales")])
        return
    buttons = [
        {**button(turn, "label_time", "slot", at=slot.isoformat()), "label": _moment(turn, slot, diary)}
        for slot in slots
    ]
    turn.say("utter_lead_ask_call_time" if state["kind"] == "call" else "utter_lead_ask_visit_time", buttons=buttons)


def _moment(turn: Turn, slot: datetime, diary: Diary) -> str:
    local = slot.astimezone(diary.zone)
    return turn.words("phrase_day_at", day=turn.locale.day(local.date(), diary.today()), time=turn.locale.time(local))


def _day(told: Any) -> date | None:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None
