"""What comes back: returns, exchanges and refunds, with eligibility told line by line, and where a refund is."""

from __future__ import annotations

from actions import order_changes, ticketed
from actions.cases import Case, ServiceAction, Waiting
from actions.proving import the_line, the_order, title_of
from actions.turn import Part
from bot.db.models import Payment, Refund, ReturnCase
from bot.db.session import reading
from bot.shop import profile
from bot.support import links, returns, tickets, wording
from bot.support.order_changes import NotAllowed, NotPossible, paid_back, refunds_of
from bot.support.orders import CustomersOrder, Line
from bot.support.returns import Eligibility, Opened
from bot.support.verification import CHANGE

REASONS = (
    ("changed_mind", "label_reason_changed_mind"),
    ("does_not_fit", "label_reason_does_not_fit"),
    ("not_as_described", "label_reason_not_as_described"),
    ("damaged", "label_reason_damaged"),
    ("wrong_item", "label_reason_wrong_item"),
)
OTHER_WANTED = "other_wanted"
CONDITIONS = (("unopened", "label_unopened"), ("opened", "label_opened"))
# Why a piece may not come back; each names the piece, some the last day.
REFUSED = {
    "not_arrived": "utter_return_not_arrived",
    "too_late": "utter_return_too_late",
    "excluded": "utter_return_excluded",
    "excluded_opened": "utter_return_excluded_opened",
    "opened": "utter_return_box_opened",
    "already": "utter_return_already",
}
SHORT = {
    "not_arrived": "phrase_return_not_arrived",
    "too_late": "phrase_return_too_late",
    "excluded": "phrase_return_excluded",
    "already": "phrase_return_already",
    "no_rule": "phrase_return_ask",
}


def arrived(order: CustomersOrder) -> bool:
    """Whether something of an order can come back."""
    return order.state in ("delivered", "partially_shipped", "return_requested")


def said(case: Case, group: str) -> str | None:
    """What the opening message already says of a group of words (data/words/service.yml)."""
    return wording.first(group, str(case.data.get("opening") or ""))


class ReturnItem(ServiceAction):
    action = "action_return_item"
    serves = ("return_item", "exchange_item", "refund_request")

    def serve(self, case: Case) -> None:
        order = the_order(case, prefer=arrived if case.kind != "refund_request" else None)
        if "line" not in case.data and said(case, "came_of_it") and _tell_state(case, order):
            return
        if case.kind == "refund_request" and self._settled_otherwise(case, order):
            return
        send_back(case, order, "exchange" if case.kind == "exchange_item" else "return")

    @staticmethod
    def _settled_otherwise(case: Case, order: CustomersOrder) -> bool:
        """Money back for what has not left is a cancellation; for what is on its way back, a question of when."""
        with reading() as session:
            under_way = refunds_of(session, order.id)
        if order_changes.changeable(order):
            if not case.data.get("told"):
                case.turn.say("utter_refund_by_cancelling", number=case.number_of(order.number))
                case.data["told"] = True
            order_changes.cancel(case)
            return True
        if under_way and order.state in ("cancelled", "return_requested", "returned", "refunded"):
            tell_refunds(case, order)
            return True
        return False


def _tell_state(case: Case, order: CustomersOrder) -> bool:
    """Where the newest return or exchange of an order is; False when there is none."""
    with reading() as session:
        newest: ReturnCase | None = next(iter(returns.of_order(session, order.id)), None)
    if newest is None:
        return False
    is_return = newest.kind == "return"
    if newest.state == "requested":
        response = "utter_return_awaited" if is_return else "utter_exchange_awaited"
    elif is_return:
        tell_refunds(case, order)
        return True
    else:
        response = "utter_exchange_came"
    locale = case.turn.locale
    name = locale.isolate(locale.text(newest.title))
    case.turn.say(response, number=case.number_of(newest.number), name=name)
    case.end("answered")
    return True


def send_back(case: Case, order: CustomersOrder, kind: str) -> None:
    """Have a piece come back, once its reason and condition are known and the customer has agreed to what follows."""
    turn = case.turn
    before = returns.opened_by(turn.conversation_id, turn.message_id)
    if before is not None:
        _told(case, before)
        return
    line = _eligible_line(case, order, kind)
    if not _wanted(case, order, line, kind):
        turn.say("utter_case_left")
        case.end("answered")
        return
    if "reason" not in case.data and (known := _reason_told(case, kind)):
        case.data["reason"] = known
    if kind == "exchange":
        case.data.setdefault("reason", OTHER_WANTED)  # another variant is wanted: that is reason enough
    reasons = [(value, turn.words(label)) for value, label in REASONS]
    reason = case.pick("reason", "utter_return_why", reasons, "reasons", name=title_of(case, line))
    found = _check(case, order, line, kind, reason, _condition(case, line, kind, reason))
    variant = order_changes.choose_variant(case, line, "utter_exchange_for_which") if kind == "exchange" else None
    pieces = _pieces(case, order, line)
    the_order(case, CHANGE)
    locale = turn.locale
    cost = turn.words("phrase_collection_free")
    if found.cost > 0:
        cost = turn.words("phrase_collection_costs", amount=locale.money(found.cost, order.currency))
    if variant is not None:
        difference = ((variant.price or line.unit_price or 0) - order.paid_for(line, 1)) * pieces
        agreed = case.yes(
            "sure",
            "utter_exchange_confirm",
            name=title_of(case, line),
            variant=order_changes.variant_in_words(case, line, variant),
            price=order_changes.difference_in_words(case, order, difference),
            cost=cost,
        )
    else:
        amount = max(order.paid_for(line, pieces) - found.cost, found.cost * 0)
        agreed = case.yes(
            "sure",
            "utter_return_confirm",
            name=title_of(case, line),
            amount=locale.money(amount, order.currency),
            way=order_changes.way_of(case, order.payment_method),
            cost=cost,
        )
    if not agreed:
        turn.say("utter_return_kept")
        case.end("answered")
        return
    opened = _open(case, order, line, kind, reason, pieces, variant.sku if variant else None)
    if opened is not None:
        _told(case, opened)


def _reason_told(case: Case, kind: str) -> str | None:
    """The reason that the opening message gives; "another colour" of who wants to exchange is no fault of ours."""
    reason = said(case, "reasons") or said(case, "damage")
    wanted = kind == "exchange" and reason == "wrong_item" and said(case, "came") is None
    return None if wanted else reason


def _eligible_line(case: Case, order: CustomersOrder, kind: str) -> Line:
    """The piece meant; when several are there and some may not come back, all of them are told of first."""
    with reading() as session:
        found = {line.id: returns.eligibility(session, order, line, kind) for line in order.lines}
    fitting = [line for line in order.lines if found[line.id].ok]
    if not fitting and len(order.lines) == 1:
        _refuse(case, order.lines[0], found[order.lines[0].id])
    if len(order.lines) > 1 and "line" not in case.data and (len(fitting) < len(order.lines) or _only_asks(case)):
        rows = [[title_of(case, line), _in_short(case, found[line.id])] for line in order.lines]
        columns = [case.turn.words("label_order_item"), case.turn.words("label_return_possible")]
        case.turn.say("utter_return_lines", {"type": "table", "columns": columns, "rows": rows})
    if not fitting:
        case.offer_person("utter_return_exception")
        raise Waiting
    return the_line(case, order, "utter_return_which", fitting)


def _only_asks(case: Case) -> bool:
    """Whether the customer asked if a piece may come back, and has not said yet that it shall."""
    return wording.says("may_i", str(case.data.get("opening") or ""))


def _wanted(case: Case, order: CustomersOrder, line: Line, kind: str) -> bool:
    """Whether it shall come back; of who only asked if it may, that is asked, after the answer."""
    if not _only_asks(case) or case.data.get("line_chosen"):
        return True
    with reading() as session:
        found = returns.eligibility(session, order, line, kind)
        matters = returns.depends_on_condition(session, line, kind)
    condition = " " + case.turn.words("phrase_if_unopened") if matters else ""
    day = case.day(found.until) if found.until else ""
    question = "utter_exchange_may" if kind == "exchange" else "utter_return_may"
    return case.yes("wanted", question, name=title_of(case, line), day=day, condition=condition)


def _in_short(case: Case, found: Eligibility) -> str:
    if found.ok and found.until is not None:
        return case.turn.words("phrase_return_until", day=case.day(found.until))
    return case.turn.words(SHORT.get(found.why, "phrase_return_ask"))


def _refuse(case: Case, line: Line, found: Eligibility) -> None:
    """Say why a piece may not come back.

    Raises:
        Waiting: always.
    """
    if found.why == "no_rule":
        case.offer_person("utter_return_no_rule")
        raise Waiting
    day = case.day(found.until) if found.until else ""
    case.turn.say(REFUSED[found.why], name=title_of(case, line), day=day)
    if found.why in ("too_late", "excluded", "excluded_opened", "opened"):
        case.offer_person("utter_return_exception")
    case.end("answered")
    raise Waiting


def _condition(case: Case, line: Line, kind: str, reason: str) -> str:
    """Whether it was opened, asked only where that matters."""
    if reason in returns.OUR_FAULT:
        return ""
    with reading() as session:
        matters = returns.depends_on_condition(session, line, kind)
    if not matters:
        return ""
    if "condition" not in case.data and (known := said(case, "conditions")):
        case.data["condition"] = known
    choices = [(value, case.turn.words(label)) for value, label in CONDITIONS]
    return case.pick("condition", "utter_return_condition", choices, "conditions", name=title_of(case, line))


def _check(case: Case, order: CustomersOrder, line: Line, kind: str, reason: str, condition: str) -> Eligibility:
    with reading() as session:
        found = returns.eligibility(session, order, line, kind, reason=reason, condition=condition)
    if not found.ok:
        _refuse(case, line, found)
    return found


def _pieces(case: Case, order: CustomersOrder, line: Line) -> int:
    with reading() as session:
        left = line.quantity - returns.in_return(session, order.id).get(line.id, 0)
    if left <= 1:
        return 1
    count = case.turn.locale.counted("piece", left)
    asked = int(case.ask("pieces", "quantity", "utter_return_how_many", name=title_of(case, line), count=count))
    if not 1 <= asked <= left:
        case.data.pop("pieces")
        return int(case.ask("pieces", "quantity", "utter_return_how_many", name=title_of(case, line), count=count))
    return asked


def _open(
    case: Case, order: CustomersOrder, line: Line, kind: str, reason: str, pieces: int, sku: str | None
) -> Opened | None:
    try:
        return returns.open_return(
            order,
            line.id,
            kind,
            case.turn.conversation_id,
            case.turn.message_id,
            quantity=pieces,
            reason=reason,
            condition=str(case.data.get("condition") or ""),
            new_sku=sku,
        )
    except NotAllowed as why:
        case.turn.say(REFUSED.get(why.verdict, "utter_return_already"), name=title_of(case, line), day="")
        case.end("answered")
    except NotPossible:
        case.offer_person("utter_no_other_variant", name=title_of(case, line))
    return None


def label_link(case: Case, opened: Opened) -> Part:
    """The link to the label of a return."""
    address = links.address("label", str(opened.id), lang=case.turn.language)
    return {"type": "link", "label": case.turn.words("label_return_label"), "url": address}


def _told(case: Case, opened: Opened) -> None:
    """Say what the return is called and what comes next, with the link to its label."""
    turn, number = case.turn, case.number_of(opened.number)
    amount = turn.locale.money(abs(opened.amount), opened.currency)
    link = label_link(case, opened)
    if opened.kind == "exchange":
        money = ""
        if opened.amount > 0:
            money = " " + turn.words("phrase_difference_back", amount=amount)
        elif opened.amount < 0:
            money = " " + turn.words("phrase_difference_to_pay", amount=amount)
        turn.say("utter_exchange_opened", link, number=number, money=money)
    else:
        turn.say("utter_return_opened", link, number=number, amount=amount, day=case.day(opened.due_on))
    case.end("solved", done=True)


class RefundStatus(ServiceAction):
    action = "action_refund_status"
    serves = ("refund_status",)

    def serve(self, case: Case) -> None:
        tell_refunds(case, the_order(case, prefer=_owes))


def _owes(order: CustomersOrder) -> bool:
    """Whether money of an order went or goes back."""
    back = order.state in ("cancelled", "return_requested", "returned", "refunded")
    return back or order.payment_state in ("refunded", "partially_refunded")


STATES = {"pending": "utter_refund_pending", "sent": "utter_refund_sent", "failed": "utter_refund_failed"}


def _say_where(case: Case, order: CustomersOrder, found: list[Refund], paid: list[Payment]) -> None:
    """What went or goes back, how and when: as kept here, else as the order's own books have it."""
    turn, number = case.turn, case.number_of(order.number)
    with reading() as session:
        zone = profile.read(session).zone
    for refund in found[:2]:
        turn.say(
            STATES[refund.state],
            number=number,
            amount=turn.locale.money(refund.amount, refund.currency),
            way=order_changes.way_of(case, refund.method),
            day=case.day(refund.due_on),
        )
    for payment in [] if found else paid[:2]:
        turn.say(
            "utter_refund_went" if payment.paid_at else "utter_refund_sent",
            number=number,
            amount=turn.locale.money(payment.amount, order.currency),
            way=order_changes.way_of(case, payment.method),
            day=case.day(payment.paid_at.astimezone(zone).date()) if payment.paid_at else "",
        )


def _trace(case: Case, order: CustomersOrder) -> None:
    """Money that was sent and does not show: a colleague has it traced with the bank."""
    turn, case.kind = case.turn, "refund_status"
    if "trace" not in case.data and ticketed.told(case, "refund_status", order.id):
        return
    if not case.yes("trace", "utter_refund_trace"):
        turn.say("utter_refund_wait")
        case.end("answered")
        return
    opened = tickets.open_ticket(
        "refund_status",
        turn.conversation_id,
        turn.message_id,
        judged=tickets.Judged(tickets.HIGH, "money", ["refund not seen"]),
        story=str(case.data.get("opening") or ""),
        order_id=order.id,
    )
    turn.say("utter_refund_traced", number=case.number_of(opened.number), when=case.moment(opened.due_at))
    case.end("ticket", done=True)


def tell_refunds(case: Case, order: CustomersOrder) -> None:
    """Where the money of an order is."""
    turn, number = case.turn, case.number_of(order.number)
    with reading() as session:
        found: list[Refund] = refunds_of(session, order.id)
        paid = paid_back(session, order.id)
        back = returns.of_order(session, order.id)
        today = profile.read(session).today()
    if "trace" not in case.data and not ticketed.is_told_here(case, "refund_status", order.id):
        _say_where(case, order, found, paid)
    if any(refund.state == "sent" or (refund.state == "pending" and refund.due_on < today) for refund in found):
        _trace(case, order)
    elif found:
        case.end("answered")
    elif paid:
        _trace(case, order)
    elif order.state == "refunded":
        turn.say("utter_order_refunded", number=number, then="", place="")
        case.end("answered")
    elif back:
        turn.say("utter_refund_after_arrival", number=case.number_of(back[0].number))
        case.end("answered")
    elif order.state in ("returned", "return_requested"):
        came = order.state == "returned"
        case.offer_person("utter_refund_not_noted_yet" if came else "utter_refund_not_noted", number=number)
    elif order.payment_state == "voided":
        turn.say("utter_refund_nothing_paid", number=number)
        case.end("answered")
    else:
        turn.say("utter_refund_none", number=number, buttons=[turn.link("label_intent_return_item", "return_item")])
        case.end("answered")
