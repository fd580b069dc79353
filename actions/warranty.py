"""Warranty: how long a product is covered, whether a bought piece still is, and a claim with what came of it."""

from __future__ import annotations

from actions import policy
from actions.answers import FAULTS, LATER
from actions.cases import Case, ServiceAction
from actions.proving import the_line, the_order, title_of
from bot.db.session import reading
from bot.support import warranty, wording
from bot.support.orders import CustomersOrder, Line

STATES = {
    "open": "utter_claim_open",
    "in_repair": "utter_claim_in_repair",
    "repaired": "utter_claim_repaired",
    "replaced": "utter_claim_replaced",
    "refused": "utter_claim_refused",
}


class Warranty(ServiceAction):
    action = "action_warranty"
    serves = ("warranty_info",)

    def serve(self, case: Case) -> None:
        if not self._about_own(case):
            with reading() as session:
                policy.tell(case.turn, session, buttons=[self._mine(case)])
            case.end("answered")
            return
        order = the_order(case)
        line = the_line(case, order, "utter_warranty_which")
        with reading() as session:
            cover = warranty.cover(session, order, line)
            claims = [claim for claim in warranty.of_order(session, order.id) if claim.order_line_id == line.id]
        if claims and "claim" not in case.data:
            claim = claims[0]
            number = case.number_of(claim.number)
            case.turn.say(STATES[claim.state], number=number, name=title_of(case, line), day=case.day(claim.due_on))
            case.end("answered")
        elif not cover.covered:
            day = case.day(cover.until) if cover.until else ""
            ended = "utter_warranty_ended" if cover.until else "utter_warranty_not_known"
            case.offer_person(ended, name=title_of(case, line), day=day)
        else:
            self._claim(case, order, line, case.day(cover.until))

    @staticmethod
    def _mine(case: Case) -> dict[str, str]:
        return case.turn.link("label_check_my_purchase", "warranty_info", pick="mine")

    @staticmethod
    def _about_own(case: Case) -> bool:
        """Whether it is about something bought: once so, always so for this case."""
        if not case.data.get("mine"):
            named = {"order_number", "email", "phone"} & {found["entity"] for found in case.turn.entities}
            picked = case.turn.value("pick") == "mine"
            case.data["mine"] = bool(named or picked or wording.says("own", str(case.data.get("opening") or "")))
        return bool(case.data["mine"])

    @staticmethod
    def _claim(case: Case, order: CustomersOrder, line: Line, until: str) -> None:
        turn, name = case.turn, title_of(case, line)
        if case.unclear and case.asked == "claim" and turn.ranking and turn.ranking[0]["name"] in FAULTS:
            case.data["claim"], case.data["fault"] = True, turn.text  # what is wrong is as good as a yes
            case.unclear = False
        if not case.yes("claim", "utter_warranty_covered", name=name, day=until):
            turn.say("utter_case_left")
            case.end("answered")
            return
        serial = case.ask("serial", "optional", "utter_ask_serial", name=name)
        if wording.says("unknown", str(serial)):
            serial = LATER
        fault = str(case.ask("fault", "story", "utter_ask_fault", name=name))
        claimed = warranty.claim(
            order,
            line,
            turn.conversation_id,
            turn.message_id,
            serial_number="" if serial == LATER else str(serial),
            description=fault,
        )
        turn.say("utter_claim_opened", name=name, number=case.number_of(claimed.number), day=case.day(claimed.due_on))
        case.end("ticket", done=True)
