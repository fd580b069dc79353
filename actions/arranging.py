"""Arranges a call or a visit: contact, place and time, each asked for only while it is not known.

The slot `lead` keeps what is being arranged: `kind` (call or demo), `asking`, `place`, `wish` (days and hours),
`offered` slots, `at`, and what was said. Anything may come in between; it is brought up once more and then left.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from actions import prospect
from actions.turn import TAKERS, Button, Turn, payload
from bot.clock import now
from bot.conversation import promises
from bot.db.models import Appointment
from bot.db.session import reading
from bot.shop import branches
from bot.shop.leads import appointments, keeping, words
from bot.shop.leads.appointments import Booked, Diary, Taken, Wish
from bot.shop.leads.keeping import Agreed
from bot.support import links

SLOT = "lead"
TOPICS = {"call": ("leave_contact", "sales"), "demo": ("book_demo", "sales")}
SALES_PLACE = "team:sales"
OFFERED = 4
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
State = dict[str, Any]


def button(turn: Turn, label: str, do: str, **more: Any) -> Button:
    """A button of what is arranged here or in actions/follow_up.py."""
    return {"label": turn.words(label), "payload": payload("leave_contact", lead={"do": do, **more})}


def start(turn: Turn, kind: str) -> None:
    """Arrange a call or a visit, or go on with the one that is being arranged."""
    held = turn.slot(SLOT) or {}
    if held.get("kind") != kind:
        held = {"need": "" if turn.button else turn.text[:500], "product": turn.slot("product")}
    state: State = {**held, "kind": kind, "reminded": False}
    if kind == "call":
        state["place"] = SALES_PLACE
    _absorb(turn, state)
    go_on(turn, state)


def _absorb(turn: Turn, state: State) -> bool:
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
        if not state.get("place") and not _ask_place(turn, session, state):
            return
        letter = state["kind"] == "call" and state.get("email") and not state.get("phone")
        steps = ("contact",) if letter else ("contact", "time") if state["kind"] == "call" else ("time", "contact")
        for step in steps:
            if not (_has_contact if step == "contact" else _has_time)(turn, session, state):
                turn.set(SLOT, state)
                return
    if letter:
        _promise_letter(turn, state)
    else:
        _book(turn, state)


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
            consent=_consent(turn),
            buttons=[turn.link("label_yes_please", "affirm"), button(turn, "label_other_number", "other")],
        )
        return False
    state["asking"] = "contact"
    response = "utter_lead_ask_phone" if state["kind"] == "call" else "utter_lead_ask_contact"
    turn.say(response, consent=_consent(turn), buttons=[button(turn, "label_rather_not", "leave")])
    return False


def _consent(turn: Turn) -> str:
    return turn.words("phrase_consent_contact")


def _has_time(turn: Turn, session: Session, state: State) -> bool:
    """Whether a time is settled; else free ones are offered, after saying what is wrong with the one wished."""
    if state.get("at"):
        return True
    diary = Diary(session, state["place"])
    wish = state.get("wish") or {}
    first = _day(wish.get("first")) or diary.today()
    last = _day(wish.get("last")) or (diary.last_day() if not wish.get("first") else first)
    trouble, found = "", []
    if last < diary.today():
        trouble = "utter_lead_past"
    elif first > diary.last_day():
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


def _keep(turn: Turn, state: State, step: str, at: datetime) -> keeping.Kept:
    """Write the lead down with what it agreed to."""
    held = {**(turn.slot(prospect.SLOT) or {})}
    held |= {kind: state[kind] for kind in ("phone", "email") if state.get(kind)}
    turn.set(prospect.SLOT, held)
    channel = "phone" if state.get("phone") else "email"
    agreed = Agreed(turn.message_id, "contact", channel, _consent(turn))
    known = prospect.told(turn, state.get("need") or "")
    return keeping.keep(turn.conversation_id, known, step, at, agreed, talk=True)


def _promise_letter(turn: Turn, state: State) -> None:
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
    turn.say("utter_lead_letter", email=turn.locale.isolate(state["email"]), day=day, consent=_consent(turn))


def _products(state: State) -> list[str]:
    return [str(state["product"])] if state.get("product") else []


def _book(turn: Turn, state: State) -> None:
    at = datetime.fromisoformat(state["at"])
    step = "call" if state["kind"] == "call" else "visit"
    kept = _keep(turn, state, step, at)
    try:
        booked = appointments.book(
            kept.id, turn.conversation_id, state["kind"], state["place"], at, turn.language, state.get("product")
        )
    except Taken:
        state.pop("at")
        turn.say("utter_lead_taken")
        go_on(turn, state)
        return
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
        turn.say("utter_lead_call_booked", link, contact=shown, consent=_consent(turn), buttons=buttons, **when)
    else:
        where = turn.locale.isolate(turn.locale.text(store.name))
        address = turn.locale.digits_of(turn.locale.text(store.address))
        turn.say("utter_lead_visit_booked", link, branch=where, address=address, buttons=buttons, **when)


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
    if _absorb(turn, state):
        state["misses"] = 0
        go_on(turn, state)
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
    _absorb(turn, state)
    go_on(turn, state)
    return True


TAKERS[SLOT] = take
