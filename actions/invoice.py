"""The invoice of an order, as a link that opens for whoever proved the order and runs out."""

from __future__ import annotations

from actions.cases import Case, ServiceAction
from actions.proving import the_order
from bot.support import links, policies


class Invoice(ServiceAction):
    action = "action_invoice"
    serves = ("invoice_request",)

    def serve(self, case: Case) -> None:
        order = the_order(case)
        number = case.number_of(order.number)
        case.end("answered")
        if order.state not in policies.POSSIBLE["invoice"]:
            case.turn.say("utter_invoice_not_yet", number=number)
            return
        address = links.address("invoice", str(order.id), lang=case.turn.language)
        link = {"type": "link", "label": case.turn.words("label_invoice"), "url": address}
        case.turn.say("utter_invoice", link, number=number)
