"""The basket in the conversation: what goes in and out of it, and how it is shown. Used by everything that sells."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from actions import showing
from actions.turn import Button, Part, Turn, payload
from bot.db.session import reading, writing
from bot.shop import basket, selling
from bot.shop.basket import BadQuantity, Entry, NotEnough, View
from bot.shop.catalogue import ShopProduct
from bot.shop.options.configuration import Configuration
from bot.shop.selling_words import Pieces, pieces_written, says

TOPIC = ("place_order", "sales")
# What says which thing is meant, and not how many of it.
_NO_PIECES = frozenset({"product", "price", "ordinal", "phone", "email", "order_number", "attribute", "comparison"})


def button(turn: Turn, label: str, do: str, intent: str = "place_order", **more: Any) -> Button:
    """A button that takes a step of selling."""
    return {"label": turn.words(label), "payload": payload(intent, selling={"do": do, **more})}


def pieces_in(turn: Turn) -> Pieces | None:
    """How many pieces a message asks for, however impossible; None when it says nothing of that."""
    counted = turn.value("quantity")
    written = pieces_written(turn.text_beside(_NO_PIECES | {"quantity"}))
    if written is not None and (written.count < 1 or not isinstance(counted, int)):
        return written
    if isinstance(counted, int):
        negative = pieces_written(turn.text)  # "-3 pieces" counts three for the rules of understanding
        return negative if negative is not None and negative.count < 1 else Pieces(counted)
    return None


def quantity_in(turn: Turn) -> int | None:
    """A number of pieces that can be sold, 1 when none is said; None after having said what is wrong with it."""
    wished = pieces_in(turn)
    with reading() as session:
        limit = selling.rules(session).most_pieces
    if wished is None:
        return 1
    if wished.count < 1 or not wished.whole:
        bad_quantity(turn, BadQuantity("none", limit))
    elif wished.count > limit:
        bad_quantity(turn, BadQuantity("many", limit))
    else:
        return wished.count
    return None


def bad_quantity(turn: Turn, problem: BadQuantity) -> None:
    """Say that so many pieces cannot be sold: too few, or more than the conversation may sell."""
    turn.outcome("open")
    if problem.reason == "none":
        turn.say("utter_quantity_none")
        return
    turn.ask("handoff", team="sales", reason="large_order")
    turn.say(
        "utter_quantity_many",
        limit=turn.locale.counted("piece", problem.limit),
        buttons=[turn.link("label_yes_colleague", "talk_to_sales")],
    )


def add(turn: Turn, product: ShopProduct, made: Configuration, quantity: int, then: str = "basket") -> View | None:
    """Put a configured product into the basket; the basket, or None after having said why that cannot be.

    Args:
        then: what follows once fewer pieces than wished are agreed to.
    """
    try:
        with writing() as session:
            basket.add(session, turn.conversation_id, turn.message_id, product, made, quantity)
    except BadQuantity as problem:
        bad_quantity(turn, problem)
    except NotEnough as problem:
        _not_enough(turn, product, made, problem.left, then)
    except basket.Incomplete:
        turn.outcome("unknown", products=[product.code])
        turn.ask("handoff", team="sales", reason="unknown_price")
        turn.say(
            "utter_price_unknown",
            buttons=[turn.link("label_ask_colleague", "talk_to_sales")],
            name=showing.name_of(turn, product),
        )
    else:
        turn.set("configuration", None)
        return current(turn)
    return None


def _not_enough(turn: Turn, product: ShopProduct, made: Configuration, left: int, then: str) -> None:
    turn.outcome("open", products=[product.code])
    if left and product.options:
        turn.set("configuration", {"product": product.code, "made": made.to_data()})  # what was decided is not lost
    name = showing.name_of(turn, product)
    if not left:
        turn.say(
            "utter_taken_by_others",
            name=name,
            buttons=[turn.link("label_something_similar", "product_recommendation", product=product.code)],
        )
        return
    turn.ask("take_left", product=product.code, made=made.to_data(), quantity=left, then=then)
    turn.say(
        "utter_only_left",
        name=name,
        left=turn.locale.counted("left", left),
        buttons=[turn.link("label_take_them", "affirm"), turn.link("label_not_now", "deny")],
    )


def current(turn: Turn) -> View | None:
    """The basket as it stands; keeps the slot that says whether there is one."""
    with reading() as session:
        view = basket.view(session, turn.conversation_id)
    turn.set("basket", view.pieces if view else None)
    return view


def say_added(turn: Turn, product: ShopProduct, quantity: int, view: View) -> None:
    """Say what went into the basket and what it comes to."""
    turn.outcome("open", products=[product.code], value=view.totals.total)
    turn.say(
        "utter_added",
        name=showing.name_of(turn, product),
        pieces=turn.locale.counted("piece", quantity),
        total=money(turn, view.totals.goods, view),
        buttons=next_steps(turn),
    )


def next_steps(turn: Turn) -> list[Button]:
    """What one does with a basket."""
    return [
        button(turn, "label_order_now", "checkout"),
        button(turn, "label_quote", "quote", "request_quote"),
        button(turn, "label_show_basket", "show"),
    ]


def show(turn: Turn) -> None:
    """The basket with its lines and totals."""
    view = current(turn)
    turn.outcome("answered")
    if view is None:
        turn.say("utter_basket_empty", buttons=_kinds(turn))
        return
    turn.say(
        "utter_basket",
        table(turn, view),
        pieces=turn.locale.counted("piece", view.pieces),
        total=money(turn, view.totals.total, view),
        buttons=next_steps(turn)[:2],
    )


def _kinds(turn: Turn) -> list[Button]:
    with reading() as session:
        return showing.kinds(turn, session)


def money(turn: Turn, amount: Decimal, view: View) -> str:
    """An amount of a basket."""
    return turn.locale.money(amount, view.totals.currency)


def table(turn: Turn, view: View) -> Part:
    """Lines, then what is taken off, delivery, tax and the total."""
    totals = view.totals
    rows = [
        [_named(turn, entry), turn.locale.number(entry.quantity), _price(turn, entry, view)] for entry in view.entries
    ]
    if totals.discount:
        rows.append([turn.words("label_discount"), "", f"\u200e−{money(turn, totals.discount, view)}"])
    if totals.delivery is not None:
        cost = money(turn, totals.delivery, view) if totals.delivery else turn.words("label_free")
        rows.append([turn.words("label_delivery"), "", cost])
    if view.pickup is not None:
        rows.append([turn.words("label_pickup_at"), "", turn.locale.text(view.pickup.name)])
    if totals.tax:
        label = "label_tax_included" if totals.tax_included else "label_tax"
        rows.append([turn.words(label), "", money(turn, totals.tax, view)])
    rows.append([turn.words("label_total"), "", money(turn, totals.total, view)])
    columns = ["label_order_item", "label_order_quantity", "label_price"]
    return {"type": "table", "columns": [turn.words(name) for name in columns], "rows": rows}


def _named(turn: Turn, entry: Entry) -> str:
    name = turn.locale.text(entry.product.title)
    values = [turn.locale.text(text) for text in entry.details]
    return turn.words("phrase_name_with_values", name=name, values=turn.joined(values)) if values else name


def _price(turn: Turn, entry: Entry, view: View) -> str:
    return money(turn, entry.priced.full, view)


def change(turn: Turn, action: Callable[[Session], None]) -> bool:
    """Change the basket; whether that worked, what is wrong having been said."""
    try:
        with writing() as session:
            action(session)
    except BadQuantity as problem:
        bad_quantity(turn, problem)
    except NotEnough as problem:
        turn.outcome("open")
        turn.say("utter_not_so_many", left=turn.locale.counted("left", problem.left))
    else:
        return True
    return False


def meant_lines(turn: Turn, view: View) -> list[Entry]:
    """The lines a message speaks of: of products it names or counts; the only one when there is one."""
    named = {str(value) for value in turn.values("product")}
    kinds = {str(value) for value in turn.values("category")}
    found = [
        entry
        for entry in view.entries
        if entry.product.code in named or (entry.product.category and entry.product.category.code in kinds)
    ]
    if found:
        return found
    if named or kinds:
        return []
    ordinals = [value for value in turn.values("ordinal") if isinstance(value, int)]
    places = [value - 1 if value > 0 else value for value in ordinals]
    found = [view.entries[place] for place in places if -len(view.entries) <= place < len(view.entries)]
    return found or (list(view.entries) if len(view.entries) == 1 else [])


def take_out(turn: Turn, view: View) -> None:
    """Remove what a message names from the basket, or ask which."""
    entries = list(view.entries) if says("everything", turn.text) else meant_lines(turn, view)
    if not entries:
        turn.outcome("open")
        buttons = [
            {
                "label": showing.label_of(turn, turn.locale.text(entry.product.title)),
                "payload": payload("place_order", selling={"do": "remove", "line": entry.line_id}),
            }
            for entry in view.entries
        ]
        turn.say("utter_remove_which", buttons=buttons)
        return
    remove_lines(turn, entries)


def remove_lines(turn: Turn, entries: list[Entry]) -> None:
    """Remove lines, and say what is left."""
    ids = {entry.line_id for entry in entries}
    change(turn, lambda session: basket.remove(session, turn.conversation_id, turn.message_id, ids))
    view = current(turn)
    turn.outcome("open")
    name = turn.locale.list_of([showing.name_of(turn, entry.product) for entry in entries])
    if view is None:
        turn.say("utter_removed_last", name=name)
    else:
        turn.say("utter_removed", table(turn, view), name=name, buttons=next_steps(turn)[:2])
