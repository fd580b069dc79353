"""Keeps what was arranged: the lead with what it agreed to, the promise for the desk, and the appointment itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actions import prospect
from actions.turn import Button, Turn, payload
from bot.clock import now
from bot.conversation import promises
from bot.db.session import reading
from bot.shop import branches
from bot.shop.leads import appointments, keeping
from bot.shop.leads.appointments import Booked, Diary, Taken
from bot.shop.leads.keeping import Agreed
from bot.support import links

SLOT = "lead"
SALES_PLACE = "team:sales"
State = dict[str, Any]


def button(turn: Turn, label: str, do: str, **more: Any) -> Button:
    """A button of what is arranged here or in actions/follow_up.py."""
    return {"label": turn.words(label), "payload": payload("leave_contact", lead={"do": do, **more})}


def consent(turn: Turn) -> str:
    """What the customer agrees to by leaving a contact."""
    return turn.words("phrase_consent_contact")


def _keep(turn: Turn, state: State, step: str, at: datetime) -> keeping.Kept:
    """Write the lead down with what it agreed to."""
    held = {**(turn.slot(prospect.SLOT) or {})}
    held |= {kind: state[kind] for kind in ("phone", "email") if state.get(kind)}
    turn.set(prospect.SLOT, held)
    channel = "phone" if state.get("phone") else "email"
    agreed = Agreed(turn.message_id, "contact", channel, consent(turn))
    known = prospect.told(turn, state.get("need") or "")
    return keeping.keep(turn.conversation_id, known, step, at, agreed, talk=True)


def promise_letter(turn: Turn, state: State) -> None:
    """Who left an e-mail address and no phone number is written to."""
    with reading() as session:
        diary = Diary(session, SALES_PLACE)
        opens = next(iter(appointments.free(session, diary, diary.today(), diary.last_day(), 1)), None)
    at = opens or now()
    kept = _keep(turn, state, "write", at)
    promises.promise(
        turn.conversation_id,
        turn.message_id,
        prospect.summary(turn, kept),
        wish="email",
        at=None,
        contact=state["email"],
        value=kept.value,
        hot=kept.score.hot,
    )
    turn.set(SLOT, None)
    turn.outcome("lead", products=_products(state), value=kept.value)
    day = turn.locale.day(at.astimezone(diary.zone).date(), diary.today())
    turn.say("utter_lead_letter", email=turn.locale.isolate(state["email"]), day=day, consent=consent(turn))


def _products(state: State) -> list[str]:
    return [str(state["product"])] if state.get("product") else []


def book(turn: Turn, state: State) -> bool:
    """Book the slot agreed on; False when somebody else was quicker."""
    at = datetime.fromisoformat(state["at"])
    step = "call" if state["kind"] == "call" else "visit"
    kept = _keep(turn, state, step, at)
    try:
        booked = appointments.book(
            kept.id, turn.conversation_id, state["kind"], state["place"], at, turn.language, state.get("product")
        )
    except Taken:
        return False
    contact = state.get("phone") or state.get("email")
    promises.promise(
        turn.conversation_id,
        turn.message_id,
        {**prospect.summary(turn, kept), "where": state["place"].partition(":")[2]},
        wish="callback" if step == "call" else "message",
        at=at,
        contact=contact,
        value=kept.value,
        hot=kept.score.hot or kept.big,
    )
    turn.set(SLOT, None)
    turn.outcome("lead", products=_products(state), value=kept.value)
    _say_booked(turn, booked, contact or "", hot=kept.score.hot or kept.big)
    return True


def _say_booked(turn: Turn, booked: Booked, contact: str, *, hot: bool) -> None:
    with reading() as session:
        diary = Diary(session, booked.place)
        store = next(iter(branches.places(session, branch=booked.place.partition(":")[2])), None)
    local = booked.starts_at.astimezone(diary.zone)
    when = {"day": turn.locale.day(local.date(), diary.today()), "time": turn.locale.time(local)}
    link = {
        "type": "link",
        "label": turn.words("label_calendar"),
        "url": links.address("appointment", str(booked.id), lang=turn.language),
    }
    buttons = [
        button(turn, "label_other_time", "move", id=booked.id),
        button(turn, "label_cancel_appointment", "cancel", id=booked.id),
    ]
    if hot:
        buttons.insert(0, turn.link("label_talk_now", "talk_to_sales"))
    shown = turn.locale.isolate(turn.locale.digits_of(contact) if "@" not in contact else contact)
    if booked.kind == "call" or store is None:
        turn.say("utter_lead_call_booked", link, contact=shown, consent=consent(turn), buttons=buttons, **when)
    else:
        where = turn.locale.isolate(turn.locale.text(store.name))
        address = turn.locale.digits_of(turn.locale.text(store.address))
        turn.say("utter_lead_visit_booked", link, branch=where, address=address, buttons=buttons, **when)
