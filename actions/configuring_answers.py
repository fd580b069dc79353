"""What is said while a product is put together: answers in any order, changes of mind, and matters in between.

Registered for the slot `configuration` by `selling.py` (see `TAKERS` in actions/turn.py); `configuring.py` asks the questions.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions import choosing, details, showing
from actions.configuring import SLOT, TOPIC, choice_buttons, current, go_on, start
from actions.turn import Turn
from bot.db.session import reading
from bot.shop import catalogue, delivery
from bot.shop.catalogue import Option, ShopProduct
from bot.shop.options import configuration as configuring
from bot.shop.options.configuration import Changed, Configuration, NotOffered
from bot.shop.options.limits import MeasureLimits, MeasureProblem, TextProblem
from bot.shop.selling_words import is_only
from bot.shop.vocabulary import content_words

Found = tuple[ShopProduct, Configuration, dict[str, Any]]  # what is put together, as decided so far

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
_OTHER_THINGS = frozenset({"category", "order_number", "phone", "email", "branch"})


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
        if asking is not None and (_means_another(turn, session, found) or _notes_city(turn, session, found)):
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
        if asking is not None and not chosen and _agrees(turn, session, found, asking):
            return TOPIC
        asking = asking if chosen else choosing.measure_named(turn, product) or asking
        if asking is not None and not chosen and choosing.names_what_is_not_offered(turn, asking):
            turn.outcome("open", products=[product.code])
            turn.say(
                "utter_choice_not_offered",
                name=showing.name_of(turn, product),
                buttons=choice_buttons(turn, session, product, made, asking),
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


def _means_another(turn: Turn, session: Session, found: Found) -> bool:
    """ "No, no, the first one": the choice before this question put right, else another of the products shown."""
    product, made, state = found
    places = [value for value in turn.values("ordinal") if isinstance(value, int)]
    if len(places) != 1 or not (turn.intent == "deny" or turn.corrects):
        return False
    before = next((option for option in product.options if option.code == state.get("chosen")), None)
    if before is not None:
        code = choosing.at_place(configuring.offered(product, made, before), places[0])
        if code is not None:
            _choose(turn, session, product, made, state, [(before.code, code)])
        return code is not None
    shown = [str(code) for code in turn.slot("shown") or ()]
    code = choosing.at_place(catalogue.products(session, shown), places[0]) if product.code in shown else None
    other = catalogue.product(session, code) if code not in (None, product.code) else None
    if other is None:
        return False
    turn.set(SLOT, None)
    then, quantity = str(state.get("then") or ""), int(state.get("quantity") or 1)
    start(turn, session, other, then=then, quantity=quantity, extras=bool(state.get("extras")))
    return True


def _notes_city(turn: Turn, session: Session, found: Found) -> bool:
    """A city and nothing else: where it shall go; the question stays."""
    other = {entity["entity"] for entity in turn.entities} - {"city"}
    zone = delivery.zone(session, str(turn.value("city"))) if turn.value("city") and not other else None
    asks = turn.text.strip().endswith(("?", "؟"))
    if zone is None or turn.button or asks or content_words(turn.text_beside({"city"})):
        return False
    product, made, state = found
    turn.set("city", zone.code)
    cost = zone.cost_of(product.price_from)
    price = (
        turn.words("delivery_cost", cost=showing.money(turn, session, cost)) if cost else turn.words("delivery_free")
    )
    turn.say("utter_city_noted", city=turn.locale.isolate(turn.locale.text(zone.name)), price=price)
    go_on(turn, session, product, made, state)
    return True


def _agrees(turn: Turn, session: Session, found: Found, asking: Option) -> bool:
    """ "Yes" to the only choice left takes it; to an open question it has it put once more."""
    if turn.intent != "affirm" or turn.slots.get("question") or choosing.words_quoted(turn):
        return False
    product, made, state = found
    standing = configuring.standing(product, made, asking, int(state.get("quantity") or 1))
    if len(standing) == 1:
        _choose(turn, session, product, made, state, [(asking.code, standing[0].code)])
    else:
        go_on(turn, session, product, made, state)
    return True


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
    go_on(turn, session, product, made, {**state, "reminded": False, "chosen": chosen[-1][0]}, changes)


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
        buttons=choice_buttons(turn, session, product, made, option),
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
