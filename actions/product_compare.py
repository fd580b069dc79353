"""Puts two to four products side by side and shows only what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy.orm import Session

from actions import details, looking, referring, showing
from actions.turn import Button, Part, TopicAction, Turn, payload
from bot.db.session import reading
from bot.db.types import LocalisedText
from bot.shop import availability, catalogue, comparison, reasons, search, sides
from bot.shop.catalogue import ShopProduct
from bot.shop.reference import Meant
from bot.shop.vocabulary import comparisons, properties_named
from bot.shop.wishes import Wishes, refine

MOST = 4


class ProductCompare(TopicAction):
    action = "action_product_compare"
    topic = "product_compare"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            described = [] if turn.button else sides.compared(session, turn.text)
            products = catalogue.products(session, described or _codes(turn)[:MOST])
            if len(products) > 1:
                _compare(turn, session, products)
            elif products and turn.values("product") and not turn.button and sides.asks_about_one(turn.text):
                turn.set("product", products[0].code)
                details.answer_question(turn, session, products[0], turn.text_beside(details.POINTING))
            elif products and turn.value("comparison") and not turn.values("product"):
                looking.show_compared(turn, session, products[0])
            elif products:
                _ask_with_what(turn, session, products[0])
            else:
                referring.ask_which(turn, session, Meant("missing"))


def _codes(turn: Turn) -> list[str]:
    """The products to compare: those named or counted off, else with the one in view, else those shown."""
    shown = list(turn.slot("shown") or [])
    in_view = turn.slot("product")
    first = None if turn.button else sides.first_of(turn.text)
    if first is not None and len(shown) >= first:
        return [str(code) for code in shown[:first]]
    codes = [str(code) for code in turn.values("product")]
    counted = [
        shown[ordinal - 1 if ordinal > 0 else ordinal] for ordinal in turn.values("ordinal") if _in(ordinal, shown)
    ]
    codes = list(dict.fromkeys([*codes, *counted]))
    if len(codes) == 1 and in_view and in_view not in codes:
        return [in_view, *codes]
    if codes:
        return codes
    return shown if len(shown) > 1 else [code for code in dict.fromkeys([in_view, *shown]) if code]


def _in(ordinal: object, shown: Sequence[str]) -> bool:
    return isinstance(ordinal, int) and bool(shown) and (ordinal == -1 or 1 <= ordinal <= len(shown))


def _ask_with_what(turn: Turn, session: Session, product: ShopProduct) -> None:
    near = search.similar(session, product.code, limit=3, in_stock=False)
    others = catalogue.products(session, [hit.code for hit in near])
    turn.set("product", product.code)
    turn.outcome("open", products=[product.code])
    buttons = [
        {
            "label": showing.label_of(turn, turn.locale.text(other.title)),
            "payload": payload("product_compare", product=other.code),
        }
        for other in others
    ]
    turn.say("utter_compare_with_what", buttons=buttons, name=showing.name_of(turn, product))


def _compare(turn: Turn, session: Session, products: list[ShopProduct]) -> None:
    codes = [product.code for product in products]
    turn.set("shown", codes)
    turn.set("product", None)
    turn.outcome("answered", products=codes)
    table = _table(turn, session, products)
    buttons = showing.choose(turn, "product_info", products)
    best = comparison.best_by(products, _properties_asked(turn))
    if best is not None:
        turn.set("product", best[0].code)
        fact = showing.fact(turn, best[1])
        turn.say("utter_compare_best", table, buttons=buttons, name=showing.name_of(turn, best[0]), fact=fact)
        return
    if _recommend(turn, session, products, table, buttons):
        return
    priced = [product for product in products if product.price_from is not None]
    cheapest = min(priced, key=lambda product: product.price_from or 0, default=None)
    dearest = max(priced, key=lambda product: product.price_from or 0, default=None)
    if cheapest is None or dearest is None or cheapest.price_from == dearest.price_from:
        turn.say("utter_compare", table, buttons=buttons)
        return
    difference = (dearest.price_from or Decimal(0)) - (cheapest.price_from or Decimal(0))
    turn.say(
        "utter_compare_cheaper" if len(products) == 2 else "utter_compare_cheapest",
        table,
        buttons=buttons,
        name=showing.name_of(turn, cheapest),
        difference=showing.money(turn, session, difference),
    )


def _properties_asked(turn: Turn) -> set[str]:
    """The properties that decide for the customer: "which one lasts longest", "the lightest of them"."""
    compared = comparisons().get(str(turn.value("comparison")))
    return properties_named(turn.text) | set(compared.properties if compared else ())


def _recommend(
    turn: Turn, session: Session, products: Sequence[ShopProduct], table: Part, buttons: list[Button]
) -> bool:
    """Name the one that meets more of the stated need than the others, and why; whether there is such a one."""
    counted = not turn.button and sides.first_of(turn.text) is not None  # the number is no value of a product's
    said = Wishes() if counted else looking.wishes_in(turn, session)
    before = Wishes.from_slot(turn.slot("search"))
    need = refine(before, replace(said, categories=(), brands=(), bounds=(), sort=""), anew=False)
    best = reasons.most_fitting(products, need, turn.language)
    if best is None:
        return _recommend_by_sense(turn, session, products, said, table, buttons)
    turn.say(
        "utter_compare_recommend",
        table,
        buttons=buttons,
        name=showing.name_of(turn, best),
        reason=looking.why(turn, session, reasons.of(best, need, turn.language)),
    )
    return True


def _recommend_by_sense(
    turn: Turn, session: Session, products: Sequence[ShopProduct], said: Wishes, table: Part, buttons: list[Button]
) -> bool:
    """Name the one whose description comes clearly nearest to what it is for ("for a beginner"); whether one does."""
    best = search.nearest_in_sense(session, products, turn.text) if said.words else None
    if best is None:
        return False
    turn.say("utter_compare_nearest", table, buttons=buttons, name=showing.name_of(turn, best))
    return True


def _table(turn: Turn, session: Session, products: Sequence[ShopProduct]) -> Part:
    places = catalogue.places(session)
    rows = [
        [turn.words("label_price"), *(showing.price_of(turn, session, product) for product in products)],
        [
            turn.words("label_stock"),
            *(showing.stock_of(turn, availability.of(product, places)) for product in products),
        ],
    ]
    for difference in comparison.differences(products):
        rows.append([turn.locale.text(difference.name), *(_value(turn, value) for value in difference.values)])
    return {"type": "table", "columns": ["", *(turn.locale.text(product.title) for product in products)], "rows": rows}


def _value(turn: Turn, value: LocalisedText | None) -> str:
    return turn.words("phrase_not_stated") if value is None else turn.locale.digits_of(turn.locale.text(value))
