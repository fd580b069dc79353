"""Payments that went wrong: what our books say of an order, and a ticket for what they do not explain."""

from __future__ import annotations

from actions import ticketed
from actions.answers import LATER
from actions.cases import Case, ServiceAction
from actions.proving import the_order
from bot.support import tickets
from bot.support.tickets import Judged

STATES = {
    "pending": "utter_payment_pending",
    "authorized": "utter_payment_authorized",
    "paid": "utter_payment_paid",
    "partially_refunded": "utter_payment_refunded",
    "refunded": "utter_payment_refunded",
    "failed": "utter_payment_failed",
    "voided": "utter_payment_voided",
}


class PaymentProblem(ServiceAction):
    action = "action_payment_problem"
    serves = ("payment_problem",)

    def serve(self, case: Case) -> None:
        turn = case.turn
        if case.data.get("number") == LATER:  # paying failed, so that there is no order
            case.offer_person("utter_payment_without_order")
            return
        order = the_order(case)
        number = case.number_of(order.number)
        if "look" not in case.data:
            amount = turn.locale.money(order.total, order.currency) if order.total is not None else ""
            turn.say(STATES[order.payment_state], number=number, amount=amount)
        if "look" not in case.data and ticketed.told(case, "payment_problem", order.id):
            return
        if not case.yes("look", "utter_payment_look"):
            turn.say("utter_case_left")
            case.end("answered")
            return
        opened = tickets.open_ticket(
            "payment_problem",
            turn.conversation_id,
            turn.message_id,
            judged=Judged(tickets.HIGH, "money", [f"payment: {order.payment_state}"]),
            story=str(case.data.get("opening") or ""),
            order_id=order.id,
        )
        turn.say("utter_payment_ticket", number=case.number_of(opened.number), when=case.moment(opened.due_at))
        case.end("ticket", done=True)
