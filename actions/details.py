"""What is said about one product in view: all of it, one property, its choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from actions import showing
from actions.turn import Button, Part, Turn
from bot.shop import questions
from bot.shop.catalogue import Attribute, Choice, Option, ShopProduct
from bot.shop.options.limits import MeasureLimits, TextLimits
from bot.shop.questions import Answered

# Spans that say which product is meant, not what is asked about it.
POINTING = frozenset({"product", "brand", "category", "ordinal", "comparison", "language"})
WHOLE_FACTS = 6
ABOUT_CHARACTERS = 170


def show_whole(turn: Turn, session: Session, product: ShopProduct) -> None:
    """The product as a card with its main facts, and what it is in a sentence or two."""
    turn.set("product", product.code)
    turn.outcome("answered", products=[product.code])
    facts = [showing.fact(turn, attribute) for attribute in product.attributes[:WHOLE_FACTS]]
    if product.warranty_months and not any(a.code == questions.WARRANTY for a in product.attributes):
        facts.append(turn.words("phrase_warranty_fact", period=period(turn, product.warranty_months)))
    shown: Part = {"type": "cards", "cards": [showing.card(turn, session, product, facts)]}
    about = questions.shortened(turn.locale.text(product.description), ABOUT_CHARACTERS)
    name = showing.name_of(turn, product)
    if about:
        turn.say("utter_product_about", shown, buttons=next_steps(turn, product), name=name, about=about)
    else:
        turn.say("utter_product_card", shown, buttons=next_steps(turn, product), name=name)


def next_steps(turn: Turn, product: ShopProduct, leave_out: str = "") -> list[Button]:
    """What customers ask next about a product, as buttons."""
    steps = ["check_availability"]
    if product.options:
        steps.append("customization_options")
    steps.append("delivery_options")
    labels = {
        "check_availability": "label_where_in_stock",
        "customization_options": "label_options",
        "delivery_options": "label_delivery",
    }
    return [turn.link(labels[step], step, product=product.code) for step in steps if step != leave_out]


def period(turn: Turn, months: int) -> str:
    """A number of months in words, as years when they are whole ones."""
    if months >= 12 and months % 12 == 0:
        return turn.locale.counted("year", months // 12)
    return turn.locale.counted("month", months)


def answer_question(turn: Turn, session: Session, product: ShopProduct, question: str) -> None:
    """What the shop knows of what was asked about a product; honestly nothing, with a colleague's help, else."""
    answered = questions.answer(product, question, turn.language)
    if answered is not None:
        tell(turn, session, product, answered)
        return
    turn.outcome("unknown", products=[product.code])
    turn.ask("handoff", team="sales", reason="unknown_property")
    buttons = [
        turn.link("label_ask_colleague", "talk_to_sales"),
        turn.link("label_all_details", "product_info", product=product.code),
    ]
    turn.say("utter_property_unknown", buttons=buttons, name=showing.name_of(turn, product))


def tell(turn: Turn, session: Session, product: ShopProduct, answered: Answered) -> None:
    """What the shop knows of a property that was asked for."""
    name = showing.name_of(turn, product)
    buttons = next_steps(turn, product)
    if answered.warranty_months is not None:
        turn.say("utter_warranty", buttons=buttons, name=name, period=period(turn, answered.warranty_months))
    elif answered.facts:
        _tell_facts(turn, name, answered.facts, buttons)
    elif answered.options:
        choices = turn.joined(choices_of(turn, session, option) for option in answered.options)
        turn.say("utter_property_choices", buttons=buttons, name=name, choices=choices)
    else:
        turn.say("utter_property_passage", buttons=buttons, name=name, passage=turn.locale.isolate(answered.passage))


def _tell_facts(turn: Turn, name: str, facts: Sequence[Attribute], buttons: list[Button]) -> None:
    rows = [
        [turn.locale.text(attribute.name), turn.locale.digits_of(turn.locale.text(attribute.value))]
        for attribute in facts
    ]
    if len(rows) == 1:
        noted, value = (turn.locale.isolate(text) for text in rows[0])
        turn.say("utter_property", buttons=buttons, name=name, property=noted, value=value)
    else:
        columns = [turn.words("label_property"), turn.words("label_value")]
        turn.say("utter_properties", {"type": "table", "columns": columns, "rows": rows}, buttons=buttons, name=name)


def choices_of(turn: Turn, session: Session, option: Option) -> str:
    """An option with all its choices and what each adds, in a line."""
    listed = turn.locale.list_of([choice_of(turn, session, choice) for choice in option.choices], "or")
    listed = listed or range_of(turn, session, option)
    return turn.words("phrase_fact", name=turn.locale.text(option.name), value=listed)


def choice_of(turn: Turn, session: Session, choice: Choice) -> str:
    """A choice, with the price it adds or takes off when it does."""
    name = turn.locale.isolate(turn.locale.digits_of(turn.locale.text(choice.name)))
    if choice.price_delta > 0:
        return turn.words("phrase_choice_extra", name=name, price=showing.money(turn, session, choice.price_delta))
    if choice.price_delta < 0:
        return turn.words("phrase_choice_less", name=name, price=showing.money(turn, session, -choice.price_delta))
    return name


def range_of(turn: Turn, session: Session, option: Option) -> str:
    """What may be written or measured, as a cell of a table; '' for an option with choices."""
    if isinstance(option.limits, TextLimits):
        cost = cost_of(turn, session, option.limits)
        return turn.words("phrase_text_range", longest=turn.locale.number(option.limits.longest), cost=cost)
    if isinstance(option.limits, MeasureLimits):
        return turn.words("phrase_measure_range", **limits_of(turn, option.limits))
    return ""


def cost_of(turn: Turn, session: Session, limits: TextLimits) -> str:
    """What words on the product cost extra, as the end of a sentence."""
    return turn.words("phrase_extra_cost", price=showing.money(turn, session, limits.price)) if limits.price else ""


def limits_of(turn: Turn, limits: MeasureLimits) -> dict[str, Any]:
    """The variables of a response that names the sizes something is made in."""
    return {
        "minimum": turn.locale.number(limits.minimum),
        "maximum": turn.locale.number(limits.maximum),
        "unit": turn.locale.isolate(limits.unit),
    }
