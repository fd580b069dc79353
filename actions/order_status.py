"""Where an order is: told in plain words with the next date, and taken up with the courier when it went wrong."""

from __future__ import annotations

from actions import ticketed
from actions.cases import Case, ServiceAction, feeling
from actions.proving import the_order
from actions.turn import Part, Turn
from bot.db.session import reading
from bot.insight import interactions
from bot.shop import profile
from bot.support import tickets
from bot.support.orders import UNDER_WAY, CustomersOrder, Parcel
from bot.support.tickets import Judged

STATES = {
    "pending": "utter_order_pending",
    "confirmed": "utter_order_confirmed",
    "processing": "utter_order_processing",
    "ready_for_pickup": "utter_order_ready_for_pickup",
    "partially_shipped": "utter_order_partially_shipped",
    "shipped": "utter_order_shipped",
    "out_for_delivery": "utter_order_out_for_delivery",
    "delivered": "utter_order_delivered",
    "cancelled": "utter_order_cancelled",
    "return_requested": "utter_order_return_requested",
    "returned": "utter_order_returned",
    "refunded": "utter_order_refunded",
}
ON_THE_ROAD = frozenset({"partially_shipped", "shipped", "out_for_delivery"})


class OrderStatus(ServiceAction):
    action = "action_order_status"
    serves = ("order_status", "delivery_problem")

    def serve(self, case: Case) -> None:
        order = the_order(case, prefer=lambda one: one.state in UNDER_WAY)
        known = {"search", "told"} & set(case.data) or (
            case.kind == "delivery_problem" and self._told_just_now(case, order)
        )
        if not known:
            tell(case.turn, order, offer_person=case.kind == "order_status")
            case.data["told"] = True
        if case.kind == "order_status":
            case.end("answered")
        else:
            _look_into(case, order)

    @staticmethod
    def _told_just_now(case: Case, order: CustomersOrder) -> bool:
        """Whether the order's state was the last thing told."""
        latest = interactions.latest_topic(case.turn.conversation_id)
        return latest == ("order_status", "service") and case.turn.slots.get("order_number") == order.number


def _look_into(case: Case, order: CustomersOrder) -> None:
    """What can be done about a parcel that is late, lost or marked delivered and is not there."""
    with reading() as session:
        today = profile.read(session).today()
    if order.state == "delivered":
        question, cause = "utter_missing_parcel", "missing_parcel"
    elif order.is_late(today):
        question, cause = "utter_late_parcel", "late_delivery"
    elif order.state in ON_THE_ROAD:
        question, cause = "utter_parcel_on_the_road", "late_delivery"
    else:
        case.end("answered")
        return
    if "search" not in case.data and ticketed.told(case, "delivery_problem", order.id):
        return
    if not case.yes("search", question):
        case.turn.say("utter_case_left")
        case.end("answered")
        return
    story = str(case.data.get("story") or case.data.get("opening") or "")
    judged = tickets.judge(story, feeling(case.turn))
    severity = max(judged.severity, tickets.HIGH if cause == "missing_parcel" else tickets.NORMAL)
    opened = tickets.open_ticket(
        "delivery_problem",
        case.turn.conversation_id,
        case.turn.message_id,
        judged=Judged(severity, cause, [f"state: {order.state}", *judged.reasons]),
        story=story,
        order_id=order.id,
        goodwill=cause == "late_delivery" and order.is_late(today),
    )
    case.turn.say("utter_search_opened", number=case.number_of(opened.number), when=case.moment(opened.due_at))
    if opened.goodwill:
        case.turn.say("utter_goodwill_delivery", amount=case.turn.locale.money(opened.goodwill, opened.currency))
    case.end("ticket", done=True)


def tell(turn: Turn, order: CustomersOrder, *, offer_person: bool = False) -> None:
    """An order's state in plain words, what comes next and when, its lines and how to follow it."""
    locale = turn.locale
    with reading() as session:
        today = profile.read(session).today()
    happened = ""
    if order.state == "delivered" and order.delivered_at is not None:
        happened = turn.words("order_delivered_on", day=locale.day(order.delivered_at.date(), today))
    elif order.is_late(today) and order.expected_on is not None:
        happened = turn.words("order_late", day=locale.day(order.expected_on, today))
    elif order.expected_on is not None and order.expected_on >= today and order.state in UNDER_WAY:
        happened = turn.words("order_expected", day=locale.day(order.expected_on, today))
    place = locale.isolate(locale.text(order.pickup_place)) if order.pickup_place else ""
    response = STATES[order.state]
    if order.state == "ready_for_pickup" and not place:
        response = "utter_order_ready_for_pickup_somewhere"
    late = [turn.link("label_ask_colleague", "talk_to_agent")] if offer_person and order.is_late(today) else None
    turn.say(
        response,
        _table(turn, order),
        *(_link(turn, parcel) for parcel in order.parcels if parcel.tracking_url and parcel.state != "delivered"),
        number=locale.isolate(locale.digits_of(order.number)),
        then=f" {happened}" if happened else "",
        place=place,
        buttons=late,
    )


def _table(turn: Turn, order: CustomersOrder) -> Part:
    """The lines of an order; of one that travels in parts, also where each is."""
    locale = turn.locale
    columns = [turn.words("label_order_item"), turn.words("label_order_quantity")]
    rows = [[locale.isolate(locale.text(line.title)), locale.number(line.quantity)] for line in order.lines]
    if order.state == "partially_shipped":
        columns.append(turn.words("label_order_where"))
        for row, line in zip(rows, order.lines, strict=True):
            parcel = next((one for one in order.parcels if line.id in one.line_ids), None)
            row.append(turn.words(_where(parcel)))
    return {"type": "table", "columns": columns, "rows": rows}


def _where(parcel: Parcel | None) -> str:
    if parcel is None or parcel.state == "preparing":
        return "phrase_still_here"
    return "phrase_arrived" if parcel.state == "delivered" else "phrase_on_its_way"


def _link(turn: Turn, parcel: Parcel) -> Part:
    carrier = f" ({turn.locale.isolate(parcel.carrier)})" if parcel.carrier else ""
    return {"type": "link", "label": turn.words("label_track_parcel", carrier=carrier), "url": parcel.tracking_url}
