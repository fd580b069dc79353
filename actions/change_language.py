"""Goes on in the language the customer asks for, and says so in that language."""

from __future__ import annotations

from dataclasses import replace

from actions.turn import TopicAction, Turn
from bot.db.types import LANGUAGES
from bot.support import wording


class ChangeLanguage(TopicAction):
    action = "action_change_language"

    def answer(self, turn: Turn) -> None:
        wanted = turn.value("language") or wording.first("languages", turn.text)
        if wanted not in LANGUAGES:
            wanted = next(language for language in LANGUAGES if language != turn.language)
        turn.set("language", wanted)
        turn.locale = replace(turn.locale, language=wanted)
        turn.say("utter_language_changed_on" if turn.slot("case") else "utter_language_changed")
