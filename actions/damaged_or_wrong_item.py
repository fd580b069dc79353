"""A damaged, wrong or incomplete piece: looked at by photo where the policy wants one, then replaced or paid back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from actions import order_changes, order_status, returning
from actions.answers import LATER
from actions.cases import Case, ServiceAction
from actions.proving import the_line, the_order, title_of
from bot.db.session import reading
from bot.support import links, policies, returns, tickets, uploads
from bot.support.order_changes import NotAllowed, NotPossible
from bot.support.orders import CustomersOrder, Line
from bot.support.returns import Opened
from bot.support.tickets import Judged
from bot.support.verification import CHANGE

KINDS = (
    ("damaged", "label_damage_damaged"),
    ("faulty", "label_damage_faulty"),
    ("wrong_item", "label_damage_wrong"),
    ("missing_part", "label_damage_missing"),
)


def _reason_told(case: Case) -> str | None:
    """What the opening message says is wrong."""
    short = returning.said(case, "shortfall") is not None
    return "missing_part" if short else returning.said(case, "damage")


class DamagedOrWrongItem(ServiceAction):
    action = "action_damaged_or_wrong_item"
    serves = ("damaged_or_wrong_item",)

    def serve(self, case: Case) -> None:
        turn = case.turn
        if "reason" not in case.data and (known := _reason_told(case)):
            case.data["reason"] = known
        order = the_order(case, prefer=returning.arrived)
        if case.data.get("reason") == "missing_part" and order.state == "partially_shipped":
            order_status.tell(turn, order, offer_person=True)  # where each piece is
            case.end("answered")
            return
        line = the_line(case, order, "utter_damage_which")
        with reading() as session:
            found = returns.eligibility(session, order, line, "report_damage")
            rules = policies.return_rules(session)
            again = returns.same_available(session, line)
        if not found.ok:
            self._refuse(case, line, found.why)
            return
        choices = [(value, turn.words(label)) for value, label in KINDS]
        reason = case.pick("reason", "utter_damage_what", choices, "damage", name=title_of(case, line))
        # What is not there cannot be photographed.
        sent = [] if reason == "missing_part" else self._photos(case, line, needed=rules.photo_needed)
        worth = order.paid_for(line, line.quantity)
        if reason == "missing_part" or (rules.review_from is not None and worth >= rules.review_from):
            self._to_colleague(case, order, line, reason, sent)
            return
        wish = self._wish(case, line, again)
        the_order(case, CHANGE)
        self._settle(case, order, line, reason, wish, worth)

    @staticmethod
    def _refuse(case: Case, line: Line, why: str) -> None:
        if why in ("not_arrived", "already"):
            case.turn.say(returning.REFUSED[why], name=title_of(case, line), day="")
            case.end("answered")
            return
        button = [case.turn.link("label_intent_warranty_info", "warranty_info", pick="mine")]
        case.turn.say("utter_damage_too_late", name=title_of(case, line), buttons=button)
        case.end("answered")

    @staticmethod
    def _photos(case: Case, line: Line, *, needed: bool) -> list[str]:
        """Ids of the photos and PDFs; asked for once, and not insisted on where the policy does not."""
        turn = case.turn
        sent = uploads.of_line(turn.conversation_id, line.id)
        if sent or (case.data.get("photo") == LATER and not needed):
            return sent
        if case.data.get("photo") is not None:  # said to be sent, and is not there
            case.data.pop("photo")
        claims = {"line": line.id, "lang": turn.language}
        address = links.address("photos", turn.conversation_id, **claims)
        link = {"type": "link", "label": turn.words("label_send_photo"), "url": address}
        skip = [] if needed else [{"label": turn.words("label_no_photo"), "payload": '/answer{"pick":"not now"}'}]
        question = "utter_damage_photo_needed" if needed else "utter_damage_photo"
        case.ask("photo", "photo", question, link, buttons=skip)
        return sent

    @staticmethod
    def _to_colleague(case: Case, order: CustomersOrder, line: Line, reason: str, sent: list[str]) -> None:
        """What a colleague decides: a part to be sent, or a piece of great worth."""
        pictures = [links.address("photo", photo) for photo in sent]
        opened = tickets.open_ticket(
            "damaged_or_wrong_item",
            case.turn.conversation_id,
            case.turn.message_id,
            judged=Judged(tickets.HIGH, reason, [f"{reason}: {line.sku}", *pictures]),
            story=line.title.get_for("en"),
            order_id=order.id,
        )
        told: dict[str, Any] = {"number": case.number_of(opened.number), "when": case.moment(opened.due_at)}
        case.turn.say("utter_damage_ticket", name=title_of(case, line), **told)
        case.end("ticket", done=True)

    @staticmethod
    def _wish(case: Case, line: Line, again: bool) -> str:
        offered = [("replacement", "label_new_one")] if again else []
        if case.data.get("wish") == "replacement" and not again:
            case.data.pop("wish")
        offered.append(("refund", "label_money_back"))
        choices = [(value, case.turn.words(label)) for value, label in offered]
        question = "utter_damage_offer" if again else "utter_damage_offer_refund"
        return case.pick("wish", question, choices, "wishes", name=title_of(case, line))

    @staticmethod
    def _settle(case: Case, order: CustomersOrder, line: Line, reason: str, wish: str, worth: Decimal) -> None:
        turn = case.turn
        name, amount = title_of(case, line), turn.locale.money(worth, order.currency)
        if wish == "replacement":
            agreed = case.yes("sure", "utter_damage_confirm_new", name=name)
        else:
            way = order_changes.way_of(case, order.payment_method)
            agreed = case.yes("sure", "utter_damage_confirm_refund", name=name, amount=amount, way=way)
        if not agreed:
            turn.say("utter_case_left")
            case.end("answered")
            return
        kind = "replacement" if wish == "replacement" else "return"
        try:
            opened: Opened = returns.open_return(
                order,
                line.id,
                kind,
                turn.conversation_id,
                turn.message_id,
                quantity=line.quantity if kind == "return" else 1,
                reason=reason,
            )
        except (NotAllowed, NotPossible):
            case.offer_person("utter_change_not_possible")
            return
        link, number = returning.label_link(case, opened), case.number_of(opened.number)
        if kind == "replacement":
            turn.say("utter_damage_new_on_its_way", link, name=name, number=number)
        else:
            due = case.day(opened.due_on)
            turn.say("utter_return_opened", link, number=number, amount=amount, day=due)
        case.end("solved", done=True)
