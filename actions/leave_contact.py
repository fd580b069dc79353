"""Takes the wish to be called or written to, and every button of calls, visits and follow-ups."""

from __future__ import annotations

from actions import appointment_answers, arranging, follow_up, personal, unsure
from actions.booking import SLOT
from actions.turn import TopicAction, Turn


class LeaveContact(TopicAction):
    action = "action_leave_contact"
    topic = "leave_contact"
    side = "sales"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        said = turn.value("lead")
        do = said.get("do") if isinstance(said, dict) else None
        if do in follow_up.MOVES or do in personal.MOVES:
            return "", "general"
        kind = (turn.slots.get(SLOT) or {}).get("kind")
        return appointment_answers.TOPICS[kind] if kind else (self.topic, self.side)

    def answer(self, turn: Turn) -> None:
        said = turn.value("lead")
        if isinstance(said, dict):
            move = follow_up.MOVES.get(str(said.get("do"))) or personal.MOVES.get(str(said.get("do")))
            (move or appointment_answers.press)(turn, said)
        elif turn.confidence >= unsure.SURE or not unsure.answered_by_catalogue(turn):
            held = turn.slot(SLOT) or {}  # a number given for a visit is for that visit
            arranging.start(turn, held.get("kind", "call"))
