"""Complaints: heard first, then what would put it right; a ticket with number and time. What is urgent goes to a person."""

from __future__ import annotations

from actions import cases
from actions import turn as turns
from actions.cases import Case, ServiceAction
from actions.handing_over import hand_over
from actions.turn import Turn
from bot.db.session import reading
from bot.support import mood, tickets, verification
from bot.support.tickets import Judged

WORDS_OF_A_STORY = 5
HEARD = {
    "late_delivery": "utter_heard_late",
    "damaged": "utter_heard_faulty",
    "faulty": "utter_heard_faulty",
    "wrong_item": "utter_heard_wrong",
    "missing_part": "utter_heard_wrong",
    "staff": "utter_heard_staff",
    "no_answer": "utter_heard_no_answer",
    "money": "utter_heard_money",
}
WISHES = (
    ("refund", "label_wish_refund"),
    ("replacement", "label_wish_replacement"),
    ("answer", "label_wish_answer"),
    ("apology", "label_wish_apology"),
)
URGENT = {
    "injury": "utter_urgent_injury",
    "legal": "utter_urgent_legal",
    "public": "utter_urgent_public",
    "anger": "utter_urgent_anger",
}


class Complaint(ServiceAction):
    action = "action_complaint"
    serves = ("complaint",)

    def serve(self, case: Case) -> None:
        turn = case.turn
        opening = str(case.data.get("opening") or "")
        if "story" not in case.data and len(opening.split()) >= WORDS_OF_A_STORY:
            case.data["story"] = opening
        story = str(case.ask("story", "story", "utter_complaint_listen"))
        judged = tickets.judge(story, cases.feeling(turn))
        if "heard" not in case.data:
            turn.say(HEARD.get(judged.cause, "utter_heard"))
            case.data["heard"] = True
        choices = [(value, turn.words(label)) for value, label in WISHES]
        # In their own words is as good as one of these.
        wish = str(case.ask("wish", "story wishes", "utter_complaint_wish", choices=choices))
        opened = tickets.open_ticket(
            "complaint",
            turn.conversation_id,
            turn.message_id,
            judged=judged,
            story=story,
            wish=wish,
            order_id=_order_known(turn),
            goodwill=True,
        )
        turn.say("utter_complaint_ticket", number=case.number_of(opened.number), when=case.moment(opened.due_at))
        if opened.goodwill:
            turn.say("utter_goodwill_delivery", amount=turn.locale.money(opened.goodwill, opened.currency))
        case.end("ticket", done=True)


def _order_known(turn: Turn) -> int | None:
    """The order that a complaint is about, when one is proven in this conversation."""
    with reading() as session:
        found = verification.access(session, turn.conversation_id).orders
    return next(reversed(found), None) if found else None


def take_urgent(turn: Turn) -> tuple[str, str] | None:
    """Follow the mood, and take a message that must reach a person at once; topic and side."""
    if turn.button or turn.slot("mood_at") == turn.message_id:
        return None
    signals = mood.read(turn.text)
    before = cases.feeling(turn)
    now = mood.after(before, signals)
    turn.set("mood_at", turn.message_id)
    if now != before:
        turn.set("mood", now)
    urgent = signals.urgent if not _is_about_buying(turn) else ""
    if not urgent and not (mood.is_boiling(now) and not mood.is_boiling(before)):
        return None
    kind = urgent or "anger"
    judged = tickets.judge(turn.text, now)
    opened = tickets.open_ticket(
        "complaint",
        turn.conversation_id,
        turn.message_id,
        judged=Judged(max(judged.severity, tickets.HIGH), judged.cause, judged.reasons),
        story=turn.text,
        order_id=_order_known(turn),
    )
    turn.say(URGENT[kind], number=turn.locale.isolate(turn.locale.digits_of(opened.number)))
    hand_over(turn, "service", kind, severity=cases.severity(turn, urgent))
    return "complaint", "service"


def _is_about_buying(turn: Turn) -> bool:
    """Whether the message is plainly about something to buy ("a chair after a back injury")."""
    buying = ("product_search", "product_recommendation", "product_info", "product_compare", "ask_price")
    return turn.intent in buying and turn.confidence >= 0.6


turns.WATCHERS.append(take_urgent)
