"""Putting a product together in the conversation: its options in any order, words to put on it, a size.

The slot `configuration` keeps the product and what was decided: `asking` the option asked about last, `then`
what follows (`basket`, `quote`, or nothing), `quantity`, and `extras` whether options that make no version of
their own are asked about too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from actions import basket, details, showing, version
from actions.turn import Button, Turn, payload
from bot.shop import catalogue, profile
from bot.shop.catalogue import Choice, Option, ShopProduct
from bot.shop.money import haggling
from bot.shop.options import configuration as configuring
from bot.shop.options.configuration import Changed, Configuration, NotOffered
from bot.shop.options.limits import MeasureLimits, TextLimits
from bot.shop.selling_words import says

SLOT = "configuration"
TOPIC = ("customization_options", "sales")
# What follows once a product is put together, by the word in `then`; topics add theirs.
NEXT: dict[str, Callable[[Turn, ShopProduct, Configuration, int], None]] = {}


def start(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    *,
    then: str = "",
    quantity: int = 1,
    extras: bool = False,
) -> None:
    """Begin with what the message says, or go on with what was decided for this product before."""
    before = turn.slot(SLOT) or {}
    made = Configuration.from_data(before.get("made") or {}) if before.get("product") == product.code else None
    state = {"product": product.code, "then": then, "quantity": quantity, "extras": extras}
    made = made if made is not None and configuring.valid(product, made) else Configuration()
    changes = []
    meant = version.wished(turn, product) if not before else version.named(turn, product)
    for code, value in meant.items():
        try:
            changes.append(configuring.choose(product, made, code, value))
            made = changes[-1].configuration
        except NotOffered:
            continue
    go_on(turn, session, product, made, state, changes)


def go_on(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    made: Configuration,
    state: dict[str, Any],
    changes: list[Changed] | None = None,
) -> None:
    """Ask about the next option, or finish."""
    open_options = configuring.unanswered(product, made, extras=bool(state.get("extras")))
    skipped = set(state.get("skipped") or ())
    left = [option for option in open_options if option.code not in skipped]
    if not left:  # what is settled without a question may ask for words of its own
        made = configuring.settled(product, made)
        left = configuring.unanswered(product, made, extras=False)
    turn.set("product", product.code)
    taken = _taken(turn, product, changes or [])
    if left:
        if changes and not taken and state.get("asking") == left[0].code:  # another option than the one asked about
            taken = _noted(turn, product, made, str(state.get("chosen")))
        turn.set(SLOT, {**state, "made": made.to_data(), "asking": left[0].code})
        turn.outcome("open", products=[product.code])
        _ask(turn, session, product, made, left[0], taken, int(state.get("quantity") or 1))
        return
    turn.set(SLOT, {**state, "made": made.to_data(), "asking": None})
    _finish(turn, session, product, made, state, taken)


def _taken(turn: Turn, product: ShopProduct, changes: list[Changed]) -> str:
    """What had to go for the newest wish, in a sentence; '' when nothing did."""
    dropped = [drop for change in changes for drop in change.dropped]
    if not dropped:
        return ""
    reason = turn.locale.text(dropped[0].reason)
    names = turn.locale.list_of([turn.locale.isolate(turn.locale.text(drop.choice.name)) for drop in dropped])
    if reason:
        return turn.words("phrase_dropped_because", choices=names, reason=turn.locale.isolate(reason)) + " "
    return turn.words("phrase_dropped", choices=names) + " "


def _noted(turn: Turn, product: ShopProduct, made: Configuration, option: str) -> str:
    choice = product.choice(option, made.choices.get(option, ""))
    return (
        turn.words("phrase_choice_noted", choice=turn.locale.isolate(turn.locale.text(choice.name))) + " "
        if choice
        else ""
    )


def _running(turn: Turn, session: Session, product: ShopProduct, made: Configuration, pieces: int) -> str:
    """What a piece costs as far as it is decided, at the price agreed on if one was."""
    found = configuring.price(product, made)
    if found is None:
        return turn.words("phrase_price_unknown")
    grant = haggling.standing_for(session, turn.conversation_id, product.code, pieces)
    currency = profile.read(session).currency
    low, high = (haggling.agreed_price(grant, price, currency) or price for price in found)
    price = showing.money(turn, session, low)
    return turn.words("phrase_price_from", price=price) if high > low else price


def _ask(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    made: Configuration,
    option: Option,
    taken: str,
    pieces: int,
) -> None:
    name = turn.locale.isolate(turn.locale.text(option.name))
    price = _running(turn, session, product, made, pieces)
    limits = option.limits
    skip = [basket.button(turn, "label_leave_out", "skip", "customization_options", option=option.code)]
    needed = limits is not None and (limits.required or limits.when is not None)
    if isinstance(limits, TextLimits):
        turn.say(
            "utter_ask_text",
            taken=taken,
            option=name,
            longest=turn.locale.number(limits.longest),
            cost=details.cost_of(turn, session, limits),
            buttons=None if needed else skip,
        )
    elif isinstance(limits, MeasureLimits):
        turn.say(
            "utter_ask_measure",
            taken=taken,
            option=name,
            **details.limits_of(turn, limits),
            buttons=None if needed else skip,
        )
    else:
        buttons = choice_buttons(turn, session, product, made, option, pieces)
        only = configuring.standing(product, made, option, pieces)
        if len(only) > 1:
            turn.say("utter_ask_option", taken=taken, option=name, price=price, buttons=buttons)
        else:
            choice = turn.locale.isolate(turn.locale.digits_of(turn.locale.text(only[0].name)))
            turn.say("utter_ask_only_choice", taken=taken, option=name, choice=choice, price=price, buttons=buttons)


def choice_buttons(
    turn: Turn, session: Session, product: ShopProduct, made: Configuration, option: Option, pieces: int = 1
) -> list[Button]:
    """A button for each choice that goes with those made, and can be had now if any can."""
    return [
        {
            "label": showing.label_of(turn, _label(turn, session, product, option, choice)),
            "payload": payload(
                "customization_options", selling={"do": "choose", "option": option.code, "value": choice.code}
            ),
        }
        for choice in configuring.standing(product, made, option, pieces)
    ]


def _label(turn: Turn, session: Session, product: ShopProduct, option: Option, choice: Choice) -> str:
    if option.code in configuring.deciding(product):
        return turn.locale.digits_of(turn.locale.text(choice.name))
    return details.choice_of(turn, session, choice)


def _finish(
    turn: Turn, session: Session, product: ShopProduct, made: Configuration, state: dict[str, Any], taken: str
) -> None:
    then, quantity = str(state.get("then") or ""), int(state.get("quantity") or 1)
    if then:
        turn.set(SLOT, None)
        if taken:
            turn.say("utter_dropped", taken=taken.strip())
        NEXT[then](turn, product, made, quantity)
        return
    turn.outcome("answered", products=[product.code])
    days = configuring.lead_time_days(product, made)
    rows = [[turn.locale.text(option.name), value] for option, value in _decided(turn, session, product, made)]
    turn.say(
        "utter_configured_days" if days else "utter_configured",
        {"type": "table", "columns": [turn.words("label_option"), turn.words("label_choice")], "rows": rows},
        taken=taken,
        name=showing.name_of(turn, product),
        price=_running(turn, session, product, made, quantity),
        days=turn.locale.counted("day", days),
        buttons=[
            basket.button(turn, "label_add_to_basket", "add"),
            basket.button(turn, "label_quote", "quote", "request_quote"),
        ],
    )


def _decided(turn: Turn, session: Session, product: ShopProduct, made: Configuration) -> list[tuple[Option, str]]:
    found = []
    for option in product.options:
        choice = product.choice(option.code, made.choices.get(option.code, ""))
        if choice is not None:
            found.append((option, _label(turn, session, product, option, choice)))
        elif option.code in made.texts:
            found.append((option, made.texts[option.code]))
        elif isinstance(option.limits, MeasureLimits) and option.code in made.measures:
            size = turn.locale.number(made.measures[option.code])
            found.append((option, f"{size} {option.limits.unit}"))
    return found


def current(turn: Turn, session: Session) -> tuple[ShopProduct, Configuration, dict[str, Any]] | None:
    """The product being put together, if it is still sold and what was decided can still be had."""
    state = turn.slot(SLOT) or {}
    product = catalogue.product(session, str(state.get("product"))) if state else None
    if product is None:
        return None
    made = Configuration.from_data(state.get("made") or {})
    return product, made if configuring.valid(product, made) else Configuration(), dict(state)


def build_button(turn: Turn, product: ShopProduct) -> Button:
    """The way into putting a product together step by step."""
    return basket.button(turn, "label_build", "build", "customization_options", product=product.code)


def wants_to_build(turn: Turn) -> bool:
    """Whether a message asks to decide the options, not which there are."""
    return says("build", turn.text_beside({"product"})) and not turn.text.strip().endswith(("?", "؟"))
