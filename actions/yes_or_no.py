"""Answers "yes" and "no": to the question the last turn asked, else to none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actions import looking
from actions.handing_over import hand_over
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import search
from bot.shop.wishes import Wishes


def _hand_over(turn: Turn, question: dict[str, Any]) -> None:
    hand_over(turn, question["team"], question["reason"])


def _show_relaxed(turn: Turn, question: dict[str, Any]) -> None:
    with reading() as session:
        looking.show(turn, session, search.relax(Wishes.from_slot(turn.slot("search")), question["wish"]))


# What "yes" does, by the kind of question asked (see `Turn.ask`).
YES: dict[str, Callable[[Turn, dict[str, Any]], None]] = {"handoff": _hand_over, "relax": _show_relaxed}
# What is said to "no".
NO = {"handoff": "utter_no_handoff", "relax": "utter_no_relax"}


class Affirm(TopicAction):
    action = "action_affirm"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return ("talk_to_agent", "service") if turn.record and turn.record.outcome == "handed_over" else ("", "general")

    def answer(self, turn: Turn) -> None:
        question = turn.slot("question") or {}
        answered = YES.get(question.get("kind", ""))
        if answered is None:
            turn.say("utter_affirm")
        else:
            answered(turn, question)


class Deny(TopicAction):
    action = "action_deny"

    def answer(self, turn: Turn) -> None:
        question = turn.slot("question") or {}
        turn.say(NO.get(question.get("kind", ""), "utter_deny"))
