"""Complaints: heard first, then what would put it right; a ticket with number and time. What is urgent goes to a person."""

from __future__ import annotations

from actions import cases, order_status
from actions import turn as turns
from actions.cases import Case, ServiceAction
from actions.handing_over import hand_over
from actions.proving import the_order
from actions.turn import Turn
from bot.db.session import reading
from bot.support import mood, tickets, verification, wording
from bot.support.tickets import Judged

WORDS_OF_A_STORY = 5
LATE, BROKEN = "late_delivery", ("damaged", "faulty", "wrong_item")
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
WISHES_WHEN_LATE = (("parcel", "label_wish_parcel"), *WISHES)
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
        if judged.cause == LATE and case.data.get("number") and "told" not in case.data:
            order_status.tell(turn, the_order(case))
            case.data["told"] = True
        offered = WISHES_WHEN_LATE if judged.cause == LATE else WISHES
        choices = [(value, turn.words(label)) for value, label in offered]
        # In their own words is as good as one of these.
        wish = str(case.ask("wish", "story wishes", "utter_complaint_wish", choices=choices))
        if (need := _solved_by(judged.cause, wish)) is not None:
            _solve(case, need, judged.cause, wish)
            return
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


def _solved_by(cause: str, wish: str) -> str | None:
    """The need that does what would put it right, where that can be done here and now."""
    meant = wording.first("wishes", wish) or wish
    if cause == LATE and meant == "parcel":
        return "delivery_problem"
    return "damaged_or_wrong_item" if cause in BROKEN and meant in ("refund", "replacement") else None


def _solve(case: Case, need: str, cause: str, wish: str) -> None:
    """Go on with the complaint as the need that solves it; what is known of it is not asked again."""
    case.kind = need
    if need == "delivery_problem" and case.data.get("told"):
        case.data["search"] = True
    elif need != "delivery_problem":
        case.data["reason"], case.data["wish"] = cause, wording.first("wishes", wish) or wish
    cases.registered()[need].serve(case)


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
