"""Answers which choices a product offers, what they add to the price, and what cannot be combined."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import configuring, details, referring, selling, showing
from actions.turn import Part, TopicAction, Turn
from bot.db.session import reading
from bot.shop import questions
from bot.shop.catalogue import Choice, ShopProduct
from bot.shop.vocabulary import colours_in, properties_named


class CustomizationOptions(TopicAction):
    action = "action_customization_options"
    topic = "customization_options"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if selling.press(turn):
            return
        with reading() as session:
            several = referring.several_shown(turn, session)
            if several and details.tell_choice_of_each(turn, session, several):
                return
            product = referring.the_product(turn, session)
            if product is None:
                return
            name = showing.name_of(turn, product)
            buttons = details.next_steps(turn, product, leave_out="customization_options")
            if product.options:
                buttons = [configuring.build_button(turn, product), *buttons]
            if not product.options and details.tell_choice(turn, session, product):
                return
            question = turn.text_beside(details.POINTING)
            if (
                not product.options
                and not turn.button
                and (known := questions.answer(product, question, turn.language))
            ):
                details.tell(turn, session, product, known)
                return
            if not product.options:
                turn.ask("handoff", team="sales", reason="special_wish")
                turn.say("utter_no_options", buttons=[turn.link("label_ask_colleague", "talk_to_sales")], name=name)
                return
            if configuring.wants_to_build(turn):
                configuring.start(turn, session, product, extras=True)
                return
            if _asks_something_else(turn, product):
                details.answer_question(turn, session, product, turn.text_beside(details.POINTING))
                return
            if details.tell_choice(turn, session, product, [configuring.build_button(turn, product)]):
                return
            excluded = _exclusions(turn, product)
            turn.say(
                "utter_options_with_exclusions" if excluded else "utter_options",
                _table(turn, session, product),
                buttons=buttons,
                name=name,
                exclusions=excluded,
            )


def _asks_something_else(turn: Turn, product: ShopProduct) -> bool:
    """Whether the message names a property ("which colours?") that none of the product's options is about."""
    named = properties_named(turn.free_text)
    offered = {name for option in product.options for text in option.name.values() for name in properties_named(text)}
    return bool(named) and not named & offered and not turn.attributes and not colours_in(turn.free_text)


def _exclusions(turn: Turn, product: ShopProduct) -> str:
    """What cannot be had together, in a sentence; '' when everything can."""
    pairs = [
        turn.words(
            "phrase_exclusion",
            first=turn.locale.isolate(turn.locale.text(exclusion.first)),
            second=turn.locale.isolate(turn.locale.text(exclusion.second)),
        )
        for exclusion in product.exclusions
    ]
    return turn.joined(pairs)


def _table(turn: Turn, session: Session, product: ShopProduct) -> Part:
    rows = []
    for option in product.options:
        choices = turn.joined(_choice(turn, session, choice) for choice in option.choices)
        choices = choices or details.range_of(turn, session, option)
        rows.append([turn.locale.text(option.name), choices])
    return {
        "type": "table",
        "columns": [turn.words("label_option"), turn.words("label_choices")],
        "rows": rows,
    }


def _choice(turn: Turn, session: Session, choice: Choice) -> str:
    """A choice with what it adds in money and in days."""
    text = details.choice_of(turn, session, choice)
    if not choice.lead_time_days:
        return text
    return turn.words("phrase_choice_days", choice=text, days=turn.locale.counted("day", choice.lead_time_days))
