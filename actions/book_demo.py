"""Books a demonstration or a visit to a branch."""

from __future__ import annotations

from actions import arranging, referring, unsure
from actions.turn import TopicAction, Turn
from bot.db.session import reading


class BookDemo(TopicAction):
    action = "action_book_demo"
    topic = "book_demo"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        if turn.values("product") or turn.values("ordinal"):
            with reading() as session:
                found = referring.meant(turn, session)
            if found.kind == "certain":
                turn.set("product", found.code)
        arranging.start(turn, "demo")
