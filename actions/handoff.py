"""Hands the conversation to a person when the customer asks for one."""

from __future__ import annotations

from actions import unsure
from actions.handing_over import SALES, SERVICE, hand_over, team_for
from actions.turn import TopicAction, Turn
from bot.support import wording

CERTAIN = 0.9  # confidence from which a person is wanted whatever is named


class Handoff(TopicAction):
    action = "action_handoff"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        if turn.intent in unsure.CATALOGUE:
            return turn.intent, SALES
        if turn.intent == "talk_to_sales":
            return "talk_to_sales", SALES
        return "talk_to_agent", SERVICE

    def answer(self, turn: Turn) -> None:
        if _names_goods(turn) and unsure.answered_by_catalogue(turn):
            return
        hand_over(turn, SALES if turn.intent == "talk_to_sales" else team_for(turn), "asked")


def _names_goods(turn: Turn) -> bool:
    """Whether a product is all that sounds like a person ("the Director's chair"): nobody is asked for beside its name."""
    beside = turn.text_beside({"product"})
    asked = wording.says("person", beside) or wording.says("anyone", beside) or wording.says("talks_to", beside)
    return bool(turn.values("product")) and not turn.button and not asked and turn.confidence < CERTAIN
