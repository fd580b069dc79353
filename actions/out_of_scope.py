"""Answers what is no matter of this shop; what only may be none is treated as not understood."""

from __future__ import annotations

from actions import help_article, kinds_asked, of_the_thing, showing, unsure
from actions.fallback import Fallback
from actions.general import shop_name
from actions.turn import Turn
from bot.db.session import reading

DOUBT = 0.1  # how much nearer in sense than to a question about a thing an answer must come


class OutOfScope(Fallback):
    action = "action_out_of_scope"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return ("out_of_scope", "general") if turn.intent == "out_of_scope" else super().topic_of(turn)

    def answer(self, turn: Turn) -> None:
        if turn.confidence < unsure.SURE or not any(character.isalnum() for character in turn.text):
            turn.intent = "nlu_fallback"
            super().answer(turn)
            return
        if help_article.answered_by_articles(turn, help_article.SURER):
            return
        if of_the_thing.answered(turn, DOUBT) or unsure.described_product(turn) or kinds_asked.named_alone(turn):
            return
        turn.set("misses", 0 if turn.slot("misses") else None)
        turn.outcome("unknown")
        with reading() as session:
            turn.say("utter_out_of_scope", buttons=showing.kinds(turn, session), shop=shop_name(turn))
