"""Warranty: how long a product is covered, whether a bought piece still is, and a claim with what came of it."""

from __future__ import annotations

from typing import Any

from actions import policy, yes_or_no
from actions import turn as turns
from actions.answers import FAULTS, LATER
from actions.cases import ABOUT, CASE, Case, ServiceAction
from actions.proving import the_line, the_order, title_of
from actions.turn import Turn
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
MINE = "warranty_mine"  # kind of question: whether one's own purchase is to be looked up
# What a question after a claim is often taken for.
AFTER_A_CLAIM = frozenset({"refund_status", "order_status", "delivery_problem", "nlu_fallback", "out_of_scope"})
FEWEST_WORDS = 2  # that tell what is wrong, beside the name of the piece


class Warranty(ServiceAction):
    action = "action_warranty"
    serves = ("warranty_info",)

    def serve(self, case: Case) -> None:
        if not self._about_own(case):
            with reading() as session:
                policy.tell(case.turn, session, buttons=[self._mine(case)])
            case.turn.ask(MINE)
            case.end("answered")
            return
        order = the_order(case)
        line = self._claimed(case, order) or the_line(case, order, "utter_warranty_which")
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
    def _claimed(case: Case, order: CustomersOrder) -> Line | None:
        """The piece with the newest claim, where a claim is what was asked after."""
        opening = str(case.data.get("opening") or "")
        if "line" in case.data or not wording.says("claim", opening) or wording.says("new_claim", opening):
            return None
        with reading() as session:
            claims = warranty.of_order(session, order.id)
        return order.line(claims[0].order_line_id) if claims else None

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
        fault_told = len(turn.text_beside(ABOUT).split()) >= FEWEST_WORDS
        if case.unclear and case.asked == "claim" and turn.ranking and turn.ranking[0]["name"] in FAULTS and fault_told:
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


def _look_up(turn: Turn, question: dict[str, Any]) -> None:
    """Go on with one's own purchase, after the terms were told."""
    turn.intent = "warranty_info"
    turn.entities.append({"entity": "pick", "value": "mine"})
    Warranty().answer(turn)


def take_mine(turn: Turn) -> tuple[str, str] | None:
    """Take the number, the contact or "I bought it" that follows the terms, and a question after a claim that was made."""
    if turn.button:
        return None
    question = (turn.slots.get("question") or {}).get("kind")
    told = turn.values("order_number") or turn.values("email") or turn.values("phone")
    follows = question == MINE and (told or wording.says("own", turn.text))
    asks = wording.says("claim", turn.text) and turn.intent in AFTER_A_CLAIM and not turn.slot(CASE)
    if not follows and not asks:
        return None
    _look_up(turn, {})
    return "warranty_info", Warranty.side


turns.WATCHERS.append(take_mine)
yes_or_no.YES[MINE] = _look_up
