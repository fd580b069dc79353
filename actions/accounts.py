"""Accounts: where to sign in or set a password, a copy of one's data, and its erasure with a receipt."""

from __future__ import annotations

import logging
from typing import Any

from actions.cases import Case, ServiceAction, Waiting
from actions.handing_over import hand_over
from actions.proving import the_order
from bot.db.models import Customer
from bot.db.session import reading
from bot.support import accounts, links, mail, policies, wording
from bot.support.verification import CHANGE

logger = logging.getLogger(__name__)


def _page(case: Case, name: str, label: str, response: str) -> None:
    """Send the customer to a page of the shop's, or to a colleague where it has named none."""
    with reading() as session:
        address = policies.account_links(session).get(name)
    if address is None:
        case.offer_person("utter_account_by_colleague")
        return
    case.turn.say(response, {"type": "link", "label": case.turn.words(label), "url": address})
    case.end("answered")


class AccountAccess(ServiceAction):
    action = "action_account_access"
    serves = ("account_access",)

    def serve(self, case: Case) -> None:
        if wording.first("account", str(case.data.get("opening") or "")) == "hacked":
            case.end("handed_over")
            case.turn.say("utter_account_hacked")
            hand_over(case.turn, "service", "account_hacked", severity=2)
            return
        _page(case, "reset", "label_reset_password", "utter_account_reset")


class AccountManage(ServiceAction):
    action = "action_account_manage"
    serves = ("account_manage",)

    def serve(self, case: Case) -> None:
        wish = wording.first("account", str(case.data.get("opening") or ""))
        if wish == "export":
            self._export(case)
        elif wish in ("erase", "close"):
            self._erase(case)
        elif wish == "password":
            _page(case, "reset", "label_reset_password", "utter_account_reset")
        else:
            _page(case, "details", "label_account_page", "utter_account_details")

    @staticmethod
    def _customer(case: Case) -> int:
        """The customer, proven for changing.

        Raises:
            Waiting: proof was asked for, or nobody is behind the order.
        """
        if "told" not in case.data:
            case.data["told"] = True
            case.turn.say("utter_account_prove")
        order = the_order(case, CHANGE)
        if order.customer_id is None:
            case.offer_person("utter_account_by_colleague")
            raise Waiting
        return order.customer_id

    def _export(self, case: Case) -> None:
        customer = self._customer(case)
        address = links.address("data", str(customer))
        link = {"type": "link", "label": case.turn.words("label_my_data"), "url": address}
        case.turn.say("utter_data_ready", link)
        case.end("solved", done=True)

    def _erase(self, case: Case) -> None:
        turn, customer = case.turn, self._customer(case)
        if not case.yes("sure", "utter_erase_confirm"):
            turn.say("utter_erase_kept")
            case.end("answered")
            return
        with reading() as session:
            row = session.get(Customer, customer)
            address = row.email if row else None
        receipt = accounts.erase(customer, turn.conversation_id)
        number = case.number_of(receipt.number)
        locale = turn.locale
        counts: dict[str, Any] = {
            "orders": locale.counted("order", receipt.counts["orders"]),
            "conversations": locale.counted("conversation", receipt.counts["conversations"]),
        }
        turn.say("utter_erased", number=number, **counts)
        if address and mail.is_set_up():
            try:
                told = turn.words("mail_erased_text", number=receipt.number, **counts)
                mail.send(address, turn.words("mail_erased_subject"), told)
            except mail.NotSent:
                logger.warning("the receipt of an erasure was not mailed in conversation %s", turn.conversation_id)
        for slot in ("order_number", "order_contact", "product", "shown", "search", "paused_cases"):
            turn.set(slot, None)
        case.data = {}
        case.end("solved")
