"""Small talk and what Dukan is: greetings, thanks, goodbyes, what it can do, and that it is a program."""

from __future__ import annotations

from actions import personal
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.language.normalise import fold
from bot.shop import profile

PEACE = fold("سلام عليكم")  # has an answer of its own in Arabic


def shop_name(turn: Turn) -> str:
    """The shop's name inside a sentence."""
    with reading() as session:
        return turn.locale.isolate(turn.locale.text(profile.read(session).name))


class Greet(TopicAction):
    action = "action_greet"

    def answer(self, turn: Turn) -> None:
        if not turn.slot("greeted") and personal.welcome(turn):
            turn.set("greeted", True)
            return
        peace = turn.language == "ar" and PEACE in fold(turn.text)
        if turn.slot("greeted"):
            turn.say("utter_greet_peace" if peace else "utter_greet")
            return
        turn.set("greeted", True)
        turn.say("utter_welcome_peace" if peace else "utter_welcome", shop=shop_name(turn))


class Goodbye(TopicAction):
    action = "action_goodbye"

    def answer(self, turn: Turn) -> None:
        turn.say("utter_goodbye")


class Thanks(TopicAction):
    action = "action_thanks"

    def answer(self, turn: Turn) -> None:
        turn.say("utter_thanks_and_on" if turn.followed else "utter_thanks")


class Capabilities(TopicAction):
    action = "action_capabilities"

    def answer(self, turn: Turn) -> None:
        turn.say("utter_capabilities", shop=shop_name(turn))


class BotChallenge(TopicAction):
    action = "action_bot_challenge"

    def answer(self, turn: Turn) -> None:
        turn.say("utter_bot_challenge", shop=shop_name(turn))
