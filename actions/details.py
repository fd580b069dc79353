"""What is said about one product in view: all of it, one property, its choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from actions import help_article, showing, version
from actions.turn import Button, Part, Turn
from bot.shop import catalogue, choice_asked, questions, search, wanted
from bot.shop.catalogue import Attribute, Choice, Option, ShopProduct
from bot.shop.choice_asked import Asked
from bot.shop.options.limits import MeasureLimits, TextLimits
from bot.shop.questions import Answered
from bot.shop.selling_words import beside
from bot.shop.vocabulary import asks_only_whether, colours_in, content_words, properties_named
from bot.shop.wishes import Wishes

# Spans that say which product is meant, not what is asked about it.
TOPIC = ("product_info", "sales")
POINTING = frozenset({"product", "brand", "category", "ordinal", "comparison", "language"})
OTHERS = 2  # products shown that come as asked for when the one in view does not
WHOLE_FACTS = 6
ABOUT_CHARACTERS = 170


def show_whole(turn: Turn, session: Session, product: ShopProduct) -> None:
    """The product as a card with its main facts, and what it is in a sentence or two."""
    turn.set("product", product.code)
    turn.outcome("answered", products=[product.code])
    facts = [showing.fact(turn, attribute) for attribute in product.attributes[:WHOLE_FACTS]]
    if product.warranty_months and not any(a.code == questions.WARRANTY for a in product.attributes):
        facts.append(turn.words("phrase_warranty_fact", period=showing.period(turn, product.warranty_months)))
    version.wished(turn, product)
    shown: Part = {"type": "cards", "cards": [showing.card(turn, session, product, facts, wishes=turn.attributes)]}
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


def answer_question(turn: Turn, session: Session, product: ShopProduct, question: str) -> None:
    """What the shop knows of what was asked about a product; honestly nothing, with a colleague's help, else."""
    answered = questions.answer(product, question, turn.language)
    if answered is not None:
        tell(turn, session, product, answered)
        return
    if help_article.answered_by_articles(turn, help_article.SURER):
        return
    turn.outcome("unknown", products=[product.code])
    turn.ask("handoff", team="sales", reason="unknown_property")
    buttons = [
        turn.link("label_ask_colleague", "talk_to_sales"),
        turn.link("label_all_details", "product_info", product=product.code),
    ]
    turn.say("utter_property_unknown", buttons=buttons, name=showing.name_of(turn, product))


def answer_for_each(turn: Turn, session: Session, products: Sequence[ShopProduct], question: str) -> None:
    """What the shop knows of what was asked about several products, those first that have an answer."""
    answers = questions.answer_each(products, question, turn.language)
    known = [(product, answered) for product, answered in answers if answered is not None]
    turn.outcome("answered" if known else "unknown", products=[product.code for product in products])
    if not known:
        turn.ask("handoff", team="sales", reason="unknown_property")
        turn.say("utter_property_unknown_of_all", buttons=[turn.link("label_ask_colleague", "talk_to_sales")])
        return
    if len(properties_named(question)) == 1:  # the fact that names it best is enough of each
        known = [(product, replace(answered, facts=answered.facts[:1])) for product, answered in known]
    rows = [[turn.locale.text(product.title), _in_short(turn, session, answered)] for product, answered in known]
    silent = [product for product, answered in answers if answered is None]
    rows += [[turn.locale.text(product.title), turn.words("phrase_not_stated")] for product in silent]
    columns = [turn.words("label_product"), turn.words("label_known")]
    buttons = showing.choose(turn, "product_info", [product for product, _ in known])
    turn.say("utter_property_each", {"type": "table", "columns": columns, "rows": rows}, buttons=buttons)


def _in_short(turn: Turn, session: Session, answered: Answered) -> str:
    """An answer as a cell of a table."""
    if answered.warranty_months is not None:
        return showing.period(turn, answered.warranty_months)
    if answered.facts:
        return turn.joined(showing.fact(turn, attribute) for attribute in answered.facts)
    if answered.options:
        return turn.joined(choices_of(turn, session, option) for option in answered.options)
    return turn.words("phrase_reason_passage", passage=turn.locale.isolate(answered.passage))


def tell_choice(turn: Turn, session: Session, product: ShopProduct, first: Sequence[Button] = ()) -> bool:
    """Say whether the product comes as the message asks, and in what else; whether it asked for a choice.

    Args:
        first: buttons before the usual ones.
    """
    asked = choice_asked.asked(product, turn.attributes, turn.free_text)
    if asked is None:
        return False
    name = showing.name_of(turn, product)
    if asked.choice is not None:
        version.wished(turn, product)
        turn.say(
            "utter_option_offered",
            buttons=[*first, *next_steps(turn, product, leave_out="customization_options" if first else "")],
            name=name,
            choice=choice_of(turn, session, asked.choice),
        )
    else:
        _tell_not_made(turn, session, product, asked, name)
    return True


def comes_as_asked(turn: Turn, product: ShopProduct) -> bool:
    """Whether a message names a choice that the product offers."""
    asked = choice_asked.asked(product, turn.attributes, turn.free_text)
    return asked is not None and asked.choice is not None


def tell_choice_of_each(turn: Turn, session: Session, products: Sequence[ShopProduct]) -> bool:
    """Say which of several products come as the message asks; whether it asked for a choice."""
    found = [(product, choice_asked.asked(product, turn.attributes, turn.free_text)) for product in products]
    asked = next((one for _, one in found if one is not None), None)
    if asked is None:
        return False
    having = [product for product, one in found if one is not None and one.choice is not None]
    words = {"wanted": _wanted(turn, session, asked)}
    turn.outcome("answered", products=[product.code for product in products])
    if having:
        turn.set("shown", [product.code for product in having])
        turn.set("product", having[0].code if len(having) == 1 else None)
        turn.say("utter_choice_of_these", showing.cards(turn, session, having), buttons=[], **words)
        return True
    rows = [[turn.locale.text(p.title), _comes_in(turn, session, one)] for p, one in found if one is not None]
    columns = [turn.words("label_product"), turn.words("label_choices")]
    turn.say("utter_choice_of_none", {"type": "table", "columns": columns, "rows": rows}, buttons=[], **words)
    return True


def _wanted(turn: Turn, session: Session, asked: Asked) -> str:
    """What was asked for, as the shop or else the customer writes it."""
    if asked.wish is None:
        return turn.locale.isolate(asked.word)
    name = wanted.value_names(session, [asked.wish])[0]
    return turn.locale.isolate(turn.locale.digits_of(turn.locale.text(name)))


def _comes_in(turn: Turn, session: Session, asked: Asked) -> str:
    """What a product comes in instead of what was asked for."""
    if asked.option is not None:
        return turn.locale.list_of([choice_of(turn, session, choice) for choice in asked.option.choices], "or")
    value = turn.locale.text(asked.attribute.value) if asked.attribute is not None else ""
    return turn.locale.isolate(turn.locale.digits_of(value))


def only_asks_for_choice(turn: Turn) -> bool:
    """Whether a message asks whether there is a choice ("does it come in blue?") and nothing else."""
    named, rest = _choice_and_rest(turn)
    return named and asks_only_whether(rest)


def only_names_choice(turn: Turn) -> bool:
    """Whether a message names a choice ("actually black", «خليها وردي») and nothing else."""
    named, rest = _choice_and_rest(turn)
    return named and not content_words(beside("told_as", " ".join(rest)))


def _choice_and_rest(turn: Turn) -> tuple[bool, list[str]]:
    """Whether a message names a choice, and what it says beside it."""
    rest = content_words(turn.text_beside({"attribute", *POINTING}))
    colours = [word for word in rest if colours_in(word)]
    return bool(turn.attributes or colours), [word for word in rest if word not in colours]


def _tell_not_made(turn: Turn, session: Session, product: ShopProduct, asked: Asked, name: str) -> None:
    """No, with what it comes in, and with things of its kind that come as asked."""
    turn.outcome("answered", products=[product.code])
    told = {"name": name, "wanted": _wanted(turn, session, asked), "values": _comes_in(turn, session, asked)}
    others = _made_so(session, product, asked)
    if others:
        turn.set("shown", [other.code for other in others])
        turn.say("utter_choice_missing_others", showing.cards(turn, session, others), buttons=[], **told)
    else:
        turn.say("utter_choice_missing", buttons=next_steps(turn, product, leave_out="customization_options"), **told)


def _made_so(session: Session, product: ShopProduct, asked: Asked) -> list[ShopProduct]:
    """Other products of the kind, to be had now, that come as asked for."""
    if asked.wish is None or product.category is None:
        return []
    found = search.find(session, Wishes(categories=(product.category.code,), attributes=(asked.wish,)), OTHERS + 1)
    codes = [hit.code for hit in found.hits if hit.in_stock and hit.code != product.code]
    return catalogue.products(session, codes[:OTHERS])


def tell(turn: Turn, session: Session, product: ShopProduct, answered: Answered) -> None:
    """What the shop knows of a property that was asked for."""
    name = showing.name_of(turn, product)
    buttons = next_steps(turn, product)
    if answered.warranty_months is not None:
        turn.say("utter_warranty", buttons=buttons, name=name, period=showing.period(turn, answered.warranty_months))
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
