"""Putting a product together in the conversation: its options in any order, words to put on it, a size.

The slot `configuration` keeps the product and what was decided: `asking` the option asked about last, `then`
what follows (`basket`, `quote`, or nothing), `quantity`, and `extras` whether options that make no version of
their own are asked about too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from actions import basket, choosing, details, showing, version
from actions.turn import Button, Turn, payload
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop.catalogue import Choice, Option, ShopProduct
from bot.shop.options import configuration as configuring
from bot.shop.options.configuration import Changed, Configuration, NotOffered
from bot.shop.options.limits import MeasureLimits, MeasureProblem, TextLimits, TextProblem
from bot.shop.selling_words import is_only, says

SLOT = "configuration"
TOPIC = ("customization_options", "sales")
# Needs that a message with nothing but a choice in it is taken for.
_ABOUT_CHOICES = frozenset(
    {
        "customization_options",
        "product_search",
        "product_recommendation",
        "check_availability",
        "place_order",
        "change_order",
        "exchange_item",
        "affirm",
        "deny",
        "out_of_scope",
        "nlu_fallback",
    }
)
# What follows once a product is put together, by the word in `then`; topics add theirs.
NEXT: dict[str, Callable[[Turn, ShopProduct, Configuration, int], None]] = {}
_OTHER_THINGS = frozenset({"category", "order_number", "phone", "email", "branch"})


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
        turn.set(SLOT, {**state, "made": made.to_data(), "asking": left[0].code})
        turn.outcome("open", products=[product.code])
        _ask(turn, session, product, made, left[0], taken)
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


def _running(turn: Turn, session: Session, product: ShopProduct, made: Configuration) -> str:
    """What it costs as far as it is decided."""
    found = configuring.price(product, made)
    if found is None:
        return turn.words("phrase_price_unknown")
    low, high = found
    price = showing.money(turn, session, low)
    return turn.words("phrase_price_from", price=price) if high > low else price


def _ask(turn: Turn, session: Session, product: ShopProduct, made: Configuration, option: Option, taken: str) -> None:
    name = turn.locale.isolate(turn.locale.text(option.name))
    price = _running(turn, session, product, made)
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
        buttons = _choice_buttons(turn, session, product, made, option)
        turn.say("utter_ask_option", taken=taken, option=name, price=price, buttons=buttons)


def _choice_buttons(
    turn: Turn, session: Session, product: ShopProduct, made: Configuration, option: Option
) -> list[Button]:
    """A button for each choice that goes with those made, and can be had now if any can."""
    offered = configuring.offered(product, made, option)
    others = {code: value for code, value in made.choices.items() if code != option.code}
    standing = [c for c in offered if configuring.in_stock(product, {**others, option.code: c.code})]
    return [
        {
            "label": showing.label_of(turn, _label(turn, session, product, option, choice)),
            "payload": payload(
                "customization_options", selling={"do": "choose", "option": option.code, "value": choice.code}
            ),
        }
        for choice in standing or offered
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
        price=_running(turn, session, product, made),
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


def press(turn: Turn, session: Session, said: dict[str, Any]) -> None:
    """A button of this flow: a choice, an extra left out, or the beginning."""
    if said.get("do") == "build":
        product = catalogue.product(session, str(said.get("product")))
        if product is not None:
            turn.set(SLOT, None)
            start(turn, session, product, extras=True)
            return
    found = current(turn, session)
    if found is None:
        turn.say("utter_configuration_gone")
        return
    product, made, state = found
    if said.get("do") == "skip":
        state["skipped"] = [*(state.get("skipped") or ()), str(said.get("option"))]
        go_on(turn, session, product, made, state)
        return
    _choose(turn, session, product, made, state, [(str(said.get("option")), str(said.get("value")))])


def take(turn: Turn) -> tuple[str, str] | None:
    """An answer to the option asked about, or a change of mind about any."""
    if turn.value("selling") or (turn.intent in choosing.ELSEWHERE and turn.confidence >= choosing.SURE):
        return None
    with reading() as session:
        found = current(turn, session)
        if found is None or _names_another(turn, found[0]):
            return None
        product, made, state = found
        asking = next((option for option in product.options if option.code == state.get("asking")), None)
        count = choosing.recounted(turn, asking)
        if count is not None:
            _recount(turn, session, product, made, state, count)
            return TOPIC
        if asking is not None and _stops(turn, asking):
            turn.set(SLOT, None)
            turn.outcome("open", products=[product.code])
            turn.say("utter_configuration_left", name=showing.name_of(turn, product))
            return TOPIC
        chosen = choosing.choices_named(turn, product, made, asking)
        meant = asking is not None or turn.intent in _ABOUT_CHOICES or choosing.is_short(turn)
        if chosen and meant and not choosing.only_asks(turn):
            _choose(turn, session, product, made, state, chosen)
            return TOPIC
        asking = asking if chosen else choosing.measure_named(turn, product) or asking
        if asking is not None and not chosen and choosing.names_what_is_not_offered(turn, asking):
            turn.outcome("open", products=[product.code])
            turn.say(
                "utter_choice_not_offered",
                name=showing.name_of(turn, product),
                buttons=_choice_buttons(turn, session, product, made, asking),
            )
            return TOPIC
        if asking is not None and asking.limits is not None and _answer(turn, session, product, made, state, asking):
            return TOPIC
        if asking is not None and not state.get("reminded"):
            turn.afterwards.append(lambda after: _remind(after, product, asking))
        return None


def _recount(
    turn: Turn, session: Session, product: ShopProduct, made: Configuration, state: dict[str, Any], count: int
) -> None:
    """Take down how many are wanted, and go on where it stood."""
    with_count = {**state, "quantity": count, "reminded": False}
    turn.say("utter_recounted", pieces=turn.locale.counted("piece", count), name=showing.name_of(turn, product))
    go_on(turn, session, product, made, with_count)


def _remind(turn: Turn, product: ShopProduct, asking: Option) -> None:
    """Say once that something is still to be decided, unless another question was just asked."""
    if (
        SLOT in turn.changes
        or turn.changes.get("question")
        or turn.slot("checkout")
        or (turn.record and turn.record.outcome == "handed_over")
    ):
        return
    state = turn.slot(SLOT)
    if not state or state.get("asking") != asking.code:
        return
    turn.set(SLOT, {**state, "reminded": True})
    option = turn.locale.isolate(turn.locale.text(asking.name))
    turn.say("utter_configuration_open", name=showing.name_of(turn, product), option=option)


def _names_another(turn: Turn, product: ShopProduct) -> bool:
    named = {str(value) for value in turn.values("product")}
    return bool(named - {product.code}) or any(turn.values(kind) for kind in _OTHER_THINGS)


def _stops(turn: Turn, asking: Option) -> bool:
    """Whether the customer wants none of it; "no" to an extra only declines that extra."""
    if is_only("stop", turn.text):
        return True
    return (turn.intent == "deny" and turn.button) or (
        turn.intent == "deny" and asking.limits is None and not choosing.declining(asking) and not turn.attributes
    )


def _choose(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    made: Configuration,
    state: dict[str, Any],
    chosen: list[tuple[str, str]],
) -> None:
    changes: list[Changed] = []
    for code, value in chosen:
        try:
            changes.append(configuring.choose(product, made, code, value))
        except NotOffered:
            turn.outcome("open", products=[product.code])
            turn.say("utter_choice_not_offered", name=showing.name_of(turn, product))
            return
        if product.available and not configuring.in_stock(product, changes[-1].configuration.choices):
            _say_sold_out(turn, session, product, made, {**state, "asking": code}, changes[-1].configuration)
            return
        made = changes[-1].configuration
    go_on(turn, session, product, made, {**state, "reminded": False}, changes)


def _say_sold_out(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    made: Configuration,
    state: dict[str, Any],
    wished: Configuration,
) -> None:
    """That very version is sold out: say so, and which choices are left."""
    option = configuring.option_of(product, str(state["asking"]))
    names = [choice for code, value in wished.choices.items() if (choice := product.choice(code, value))]
    turn.set(SLOT, {**state, "made": made.to_data(), "reminded": False})
    turn.outcome("open", products=[product.code])
    turn.say(
        "utter_version_sold_out",
        name=showing.name_of(turn, product),
        values=turn.locale.list_of([turn.locale.isolate(turn.locale.text(choice.name)) for choice in names]),
        buttons=_choice_buttons(turn, session, product, made, option),
    )


def _answer(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    made: Configuration,
    state: dict[str, Any],
    asking: Option,
) -> bool:
    """Words to put on the product, or its size; whether the message was that."""
    limits = asking.limits
    optional = limits is not None and not limits.required and limits.when is None
    if optional and (is_only("none", turn.text) or turn.intent == "deny"):
        state["skipped"] = [*(state.get("skipped") or ()), asking.code]
        go_on(turn, session, product, made, state)
        return True
    try:
        if isinstance(limits, MeasureLimits):
            if not any(character.isdigit() for character in turn.text):
                return False
            made = configuring.measure(product, made, asking.code, turn.text)
        else:
            words = choosing.words_to_put(turn)
            if words is None:
                return False
            made = configuring.write(product, made, asking.code, words)
    except TextProblem as problem:
        _say_text_problem(turn, problem, limits)
        return True
    except MeasureProblem as problem:
        _say_measure_problem(turn, problem, limits)
        return True
    go_on(turn, session, product, made, {**state, "reminded": False})
    return True


def _say_text_problem(turn: Turn, problem: TextProblem, limits: Any) -> None:
    turn.outcome("open")
    longest = turn.locale.number(limits.longest)
    if problem.reason == "long":
        turn.say("utter_text_long", length=turn.locale.number(problem.length), longest=longest)
    else:
        turn.say("utter_text_letters", wrong=turn.locale.isolate(problem.wrong), longest=longest)


def _say_measure_problem(turn: Turn, problem: MeasureProblem, limits: Any) -> None:
    turn.outcome("open")
    if problem.reason == "step":
        turn.say("utter_measure_step", step=turn.locale.number(limits.step), unit=turn.locale.isolate(limits.unit))
    else:
        turn.say("utter_measure_range", **details.limits_of(turn, limits))


def build_button(turn: Turn, product: ShopProduct) -> Button:
    """The way into putting a product together step by step."""
    return basket.button(turn, "label_build", "build", "customization_options", product=product.code)


def wants_to_build(turn: Turn) -> bool:
    """Whether a message asks to decide the options, not which there are."""
    return says("build", turn.text_beside({"product"})) and not turn.text.strip().endswith(("?", "؟"))
