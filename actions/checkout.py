"""Taking an order in the conversation: one question at a time, each only when its answer is not known yet.

The slot `checkout` keeps what was asked last (`asking`), the total the customer was shown (`total`), and whether
the open order was brought up again (`reminded`). Everything else is in the basket.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from actions import basket, collecting, follow_up, showing
from actions.turn import Turn, payload
from bot.db.session import reading, writing
from bot.shop import basket as baskets
from bot.shop import delivery, profile, reservations, selling
from bot.shop.basket import View
from bot.shop.orders import checkout as orders
from bot.shop.orders import links
from bot.shop.orders.checkout import Changed, Placed
from bot.shop.selling import PaymentMethod

SLOT = "checkout"
TOPIC = basket.TOPIC
CITIES_NAMED = 4
_QUESTIONS = {"city": "utter_ask_city", "name": "utter_ask_parcel_name", "phone": "utter_ask_courier_phone"}
_QUESTIONS_AT_BRANCH = {"name": "utter_ask_pickup_name", "phone": "utter_ask_pickup_phone"}


def start(turn: Turn) -> None:
    """Reserve what is in the basket and ask what is missing; or send the customer to the shop's own checkout."""
    view = basket.current(turn)
    if view is None:
        turn.say("utter_basket_empty")
        return
    with reading() as session:
        rules = selling.rules(session)
    try:
        with writing() as session:
            orders.fill_from_customer(session, turn.conversation_id)
            zone = delivery.zone(session, str(turn.value("city") or turn.slot("city") or ""))
            if zone is not None:
                baskets.know(session, turn.conversation_id, {"city": zone.code})
            baskets.reserve(session, turn.conversation_id)
    except reservations.SoldOut as problem:
        _sold_out(turn, view, problem)
        return
    if rules.checkout.kind != "embedded":
        _link(turn, view, rules)
        return
    turn.set(SLOT, {"asking": ""})
    go_on(turn)


def go_on(turn: Turn) -> None:
    """Ask the next question, or show the order as a whole and ask whether to place it."""
    view = basket.current(turn)
    if view is None:
        turn.set(SLOT, None)
        turn.say("utter_basket_empty")
        return
    turn.outcome("open", products=_codes(view), value=view.totals.total)
    with reading() as session:
        step = orders.next_step(session, view)
        turn.set(SLOT, {"asking": step or "confirm", "total": str(view.totals.total)})
        if step is None:
            _ask_to_confirm(turn, session, view)
        elif step == "payment":
            ask_payment(turn, session, view)
        elif step == "address":
            _ask_address(turn, session, view)
        else:
            buttons = cities(turn, session) if step == "city" else None
            question = _QUESTIONS_AT_BRANCH[step] if view.pickup else _QUESTIONS[step]
            turn.say(question, buttons=buttons, total=basket.money(turn, view.totals.goods, view))


def _codes(view: View) -> list[str]:
    return list(dict.fromkeys(entry.product.code for entry in view.entries))


def cities(turn: Turn, session: Session) -> list[dict[str, str]]:
    """Buttons for the cities most orders go to, and for collecting it."""
    return [
        {
            "label": turn.locale.text(zone.name),
            "payload": payload("place_order", selling={"do": "city", "value": zone.code}),
        }
        for zone in delivery.zones(session)[:CITIES_NAMED]
    ] + collecting.offer(turn, session)


def _arrives(turn: Turn, session: Session, view: View) -> str:
    window = orders.arrival(session, view)
    if window is None:
        return ""
    today = profile.read(session).today()
    first, last = (turn.locale.day(day, today) for day in window)
    when = first if first == last else turn.words("delivery_between", first=first, last=last)
    return " " + turn.words("phrase_ready" if view.pickup else "phrase_arrives", when=when)


def _ask_address(turn: Turn, session: Session, view: View) -> None:
    if view.zone is None:
        turn.say("utter_ask_parcel_address")
        return
    cost = view.totals.delivery or Decimal(0)
    turn.say(
        "utter_ask_address_in",
        city=turn.locale.isolate(turn.locale.text(view.zone.name)),
        cost=turn.words("delivery_cost", cost=basket.money(turn, cost, view)) if cost else turn.words("delivery_free"),
        arrives=_arrives(turn, session, view),
    )


def name_of(turn: Turn, method: PaymentMethod) -> str:
    """What a way to pay is called."""
    named = method.name.get(turn.language) or next(iter(method.name.values()), "")
    return named or turn.words("label_pay_at_branch" if method.kind == "at_branch" else "label_cash_on_delivery")


def ask_payment(turn: Turn, session: Session, view: View) -> None:
    """Ask how it is to be paid, with the ways there are for this order."""
    offered = orders.methods_for(session, view)
    if not offered:
        turn.set(SLOT, None)
        turn.ask("handoff", team="sales", reason="payment")
        turn.say("utter_no_payment_here", buttons=[turn.link("label_yes_colleague", "talk_to_sales")])
        return
    buttons = [
        {
            "label": name_of(turn, method),
            "payload": payload("place_order", selling={"do": "payment", "value": method.code}),
        }
        for method in offered
    ]
    turn.say("utter_ask_payment", total=basket.money(turn, view.totals.total, view), buttons=buttons)


def _ask_to_confirm(turn: Turn, session: Session, view: View) -> None:
    method = orders.method_of(session, view)
    assert method is not None  # the steps asked for it
    buyer = view.buyer
    where = [buyer.get("address", ""), turn.locale.text(view.zone.name) if view.zone else ""]
    if view.pickup is not None:
        where = [turn.locale.text(view.pickup.name), turn.locale.text(view.pickup.address)]
    turn.ask("order", total=str(view.totals.total))
    turn.say(
        "utter_ask_confirm_pickup" if view.pickup else "utter_ask_confirm",
        basket.table(turn, view),
        name=turn.locale.isolate(buyer["name"]),
        phone=turn.locale.isolate(turn.locale.digits_of(buyer["phone"])),
        address=turn.locale.isolate(turn.joined(part for part in where if part)),
        payment=turn.locale.isolate(name_of(turn, method)),
        total=basket.money(turn, view.totals.total, view),
        arrives=_arrives(turn, session, view),
        buttons=[
            basket.button(turn, "label_place_order", "confirm", total=str(view.totals.total)),
            basket.button(turn, "label_not_yet", "leave"),
        ],
    )


def _sold_out(turn: Turn, view: View, problem: reservations.SoldOut) -> None:
    """Others were quicker: said at once, with what can be done about it."""
    if view.pickup is not None:
        after_collecting(turn, collecting.choose(turn, view, view.pickup.code))
        return
    entry = next(entry for entry in view.entries if entry.variant_id == problem.variant_id)
    name = showing.name_of(turn, entry.product)
    turn.set(SLOT, None)
    turn.outcome("open", products=[entry.product.code])
    if problem.left:
        turn.say(
            "utter_fewer_left",
            name=name,
            left=turn.locale.counted("left", problem.left),
            buttons=[basket.button(turn, "label_take_them", "set", line=entry.line_id, quantity=problem.left)],
        )
        return
    turn.say(
        "utter_taken_by_others",
        name=name,
        buttons=[
            turn.link("label_something_similar", "product_recommendation", product=entry.product.code),
            basket.button(turn, "label_remove_it", "remove", line=entry.line_id),
        ],
    )


def _link(turn: Turn, view: View, rules: selling.Rules) -> None:
    """The way into the shop's own checkout, where it can carry this basket; else a colleague."""
    try:
        found = links.links(rules.checkout, view, turn.language)
    except links.NoLink:
        turn.ask("handoff", team="sales", reason="agreed_price")
        turn.say("utter_checkout_by_colleague", buttons=[turn.link("label_yes_colleague", "talk_to_sales")])
        turn.outcome("open", products=_codes(view), value=view.totals.total)
        return
    turn.outcome("lead", products=_codes(view), value=view.totals.total)
    turn.say(
        "utter_checkout_link",
        basket.table(turn, view),
        *({"type": "link", "label": turn.words("label_to_checkout"), "url": url} for url in found),
        minutes=turn.locale.counted("minute", rules.reserve_minutes),
    )


def place(turn: Turn, agreed: Decimal) -> None:
    """Place the order the customer said yes to."""
    view = basket.current(turn)
    try:
        with writing() as session:
            placed = orders.place(session, turn.conversation_id, agreed)
    except Changed:
        turn.say("utter_order_changed")
        go_on(turn)
    except reservations.SoldOut as problem:
        assert view is not None
        _sold_out(turn, view, problem)
    else:
        assert view is not None
        _say_placed(turn, placed, view)


def _say_placed(turn: Turn, placed: Placed, view: View) -> None:
    turn.set(SLOT, None)
    turn.set("basket", None)
    turn.set("offer", None)
    turn.outcome("sold", products=list(placed.products), order_number=placed.number, value=placed.total)
    told = placed.method.instructions
    instructions = turn.locale.digits_of(told.get(turn.language) or next(iter(told.values()), ""))
    with reading() as session:
        arrives = _arrives(turn, session, view)
    link = placed.payment_link(turn.language)
    turn.say(
        "utter_order_placed_to_pay" if link else "utter_order_placed",
        *([{"type": "link", "label": turn.words("label_pay_now"), "url": link}] if link else []),
        number=turn.locale.isolate(turn.locale.digits_of(placed.number)),
        total=turn.locale.money(placed.total, placed.currency),
        payment=turn.locale.isolate(name_of(turn, placed.method)),
        arrives=arrives,
        instructions=f" {instructions}" if instructions else "",
        buttons=[follow_up.offer(turn, "delivered", placed.number)],
    )


def leave(turn: Turn) -> None:
    """Stop taking the order: nothing is bought, what was reserved is free again, the basket stays."""
    with writing() as session:
        found = baskets.open_basket(session, turn.conversation_id)
        if found is not None:
            reservations.release(session, found.id)
    turn.set(SLOT, None)
    turn.outcome("open")
    turn.say(
        "utter_checkout_left",
        buttons=[
            basket.button(turn, "label_show_basket", "show"),
            follow_up.offer(turn, "basket"),
            turn.link("label_ask_colleague", "talk_to_sales"),
        ],
    )


def after_collecting(turn: Turn, done: str) -> None:
    """Go on when a branch was chosen, else wait for one."""
    if done == collecting.CHOSEN:
        go_on(turn)
    else:
        turn.outcome("open")
        turn.set(SLOT, {**(turn.slot(SLOT) or {}), "asking": collecting.ASKING})


def press(turn: Turn, said: dict[str, Any]) -> None:
    """A button of this flow."""
    do, value = said.get("do"), str(said.get("value") or "")
    if do == "confirm":
        place(turn, _amount(said.get("total")))
    elif do == "leave":
        leave(turn)
    elif do in ("city", "payment") and _known(turn, do, value):
        with writing() as session:
            baskets.know(session, turn.conversation_id, {do: value})
        if do == "city":
            turn.set("city", value)
            collecting.deliver(turn)
        go_on(turn)
    elif do == "pickup" and (view := basket.current(turn)) is not None:
        after_collecting(turn, collecting.choose(turn, view, value))
    elif do == "deliver":
        collecting.deliver(turn)
        start(turn)
    else:
        start(turn)


def _known(turn: Turn, field: str, value: str) -> bool:
    """Whether a button's value is one of the shop's."""
    with reading() as session:
        if field == "city":
            return delivery.zone(session, value) is not None
        both = [method for way in (False, True) for method in orders.methods(session, Decimal(0), collected=way)]
        return value in {method.code for method in both}


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return Decimal(-1)
