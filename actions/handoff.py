"""Hands the conversation to a person when the customer asks for one."""

from __future__ import annotations

from actions.handing_over import SALES, SERVICE, hand_over, team_for
from actions.turn import TopicAction, Turn


class Handoff(TopicAction):
    action = "action_handoff"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        if turn.intent == "talk_to_sales":
            return "talk_to_sales", SALES
        return "talk_to_agent", SERVICE

    def answer(self, turn: Turn) -> None:
        hand_over(turn, SALES if turn.intent == "talk_to_sales" else team_for(turn), "asked")
