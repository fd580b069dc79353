"""Answers what was not understood: by what the catalogue recognised, with the likeliest choices, then with a person."""

from __future__ import annotations

from actions import help_article, showing, unsure
from actions.choices import CHOICES, choice
from actions.handing_over import team_for
from actions.turn import Button, TopicAction, Turn
from bot.db.session import reading

USUAL = ("product_search", "order_status", "return_policy")
LEAST_CONFIDENCE = 0.08
MOST_CHOICES = 3


class Fallback(TopicAction):
    """Also runs when no rule applies: it bears the name of Rasa's own last resort."""

    action = "action_default_fallback"
    understood = False

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        if turn.intent in unsure.CATALOGUE:
            return turn.intent, "sales"
        if turn.intent == help_article.TOPIC[0]:
            return help_article.TOPIC
        return ("not_understood", "general") if turn.record else ("", "general")

    def answer(self, turn: Turn) -> None:
        if turn.other_language and turn.slot("other_language") != turn.other_language:
            turn.set("other_language", turn.other_language)
            turn.say("utter_other_language", buttons=_usual(turn), named=turn.locale.language_name(turn.other_language))
        elif not any(character.isalnum() for character in turn.text):
            turn.say("utter_nothing_said", buttons=_usual(turn))
        elif not (unsure.answered_by_catalogue(turn) or help_article.answered_by_articles(turn)):
            _miss(turn)


def _miss(turn: Turn) -> None:
    misses = int(turn.slot("misses") or 0) + 1
    turn.set("misses", misses)
    turn.outcome("unknown")
    if misses > 1:
        turn.ask("handoff", team=team_for(turn), reason="not_understood")
        turn.say(
            "utter_fallback_offer_agent",
            buttons=[
                turn.link("label_yes_colleague", "talk_to_agent"),
                turn.link("label_what_can_you_do", "capabilities"),
            ],
        )
        return
    with reading() as session:
        products = unsure.products_like(turn, session)
        if products:
            turn.set("shown", [product.code for product in products])
            turn.say("utter_fallback_with_products", showing.cards(turn, session, products), buttons=_likeliest(turn))
        else:
            turn.say("utter_fallback", buttons=_likeliest(turn))


def _usual(turn: Turn) -> list[Button]:
    return [choice(turn, intent) for intent in USUAL]


def _likeliest(turn: Turn) -> list[Button]:
    """The two or three needs the message comes nearest to, filled up with the usual ones."""
    near = [
        entry["name"]
        for entry in turn.ranking
        if entry["name"] in CHOICES and float(entry["confidence"]) >= LEAST_CONFIDENCE
    ]
    return [choice(turn, intent) for intent in dict.fromkeys([*near, *USUAL])][:MOST_CHOICES]
