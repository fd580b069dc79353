"""Answers what something costs: the variants, what choices add, and honestly when the shop gives no price."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlalchemy.orm import Session

from actions import bargaining, details, kinds_asked, looking, referring, showing, version
from actions.turn import WATCHERS, Button, Part, TopicAction, Turn
from bot.db.session import reading
from bot.insight import interactions
from bot.language.normalise import fold_digits
from bot.shop import availability, basket, catalogue, profile, questions, selling, selling_words
from bot.shop.catalogue import BuyableVariant, ShopProduct
from bot.shop.money.pricing import quantity_percent, reduced
from bot.shop.vocabulary import content_words, points_back, says
from bot.shop.wishes import Wishes

MOST_ROWS = 8
_OPEN = ("case", "checkout", "configuration", "lead", "walks")  # slots of what a number may answer
_MANY = re.compile(
    r"\W*(?:and|what about|how about|what if i take|and for|for|if i take|و|طيب|طب|ولو|لو|لو اخذت|لو خدت)\W*(?:for |if i take )?"
    r"(\d{1,3})(?: (?:pieces|pcs|of them|قطع|حبات|قطعة|حبة))?\W*$",
    re.IGNORECASE,
)
_ONE = re.compile(r"\bones?\b", re.IGNORECASE)  # "a cheaper one" is another


class AskPrice(TopicAction):
    action = "action_ask_price"
    topic = "ask_price"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if kinds_asked.answered(turn):
            return
        with reading() as session:
            if asks_for_others(turn, session) or _told_of_several(turn, session):
                return
            product = referring.the_product(turn, session)
            if product is None:
                return
            if not turn.button and selling_words.says("last_price", turn.text):
                bargaining.bargain(turn, product)
                return
            question = turn.text_beside(details.POINTING)
            if not turn.button and not says("of_price", question) and questions.names_fact(product, question):
                details.answer_question(turn, session, product, question)
                return
            if version.told_apart(turn, session, product, version.named(turn, product)):
                return
            several = version.several_named(turn, product)
            codes = version.wished(turn, product)
            rest = {option: code for option, code in codes.items() if option not in several}
            variants = [v for v in availability.matching(product, rest) if v.price is not None]
            if several:
                codes = rest
                variants = [v for v in variants if all(v.options.get(o) in named for o, named in several.items())]
            if not variants:
                _unknown(turn, product)
            else:
                _tell(turn, session, product, variants, codes)


def _told_of_several(turn: Turn, session: Session) -> bool:
    """Tell the prices of several products pointed at together ("the first two", "the first and the third"), and their sum."""
    products = catalogue.products(session, referring.several_counted(turn))
    if turn.button or len(products) < 2 or any(product.price_from is None for product in products):
        return False
    codes = [product.code for product in products]
    turn.set("shown", codes)
    turn.set("product", None)
    turn.outcome("answered", products=codes)
    rows = [[turn.locale.text(product.title), showing.price_of(turn, session, product)] for product in products]
    table: Part = {"type": "table", "columns": [turn.words("label_product"), turn.words("label_price")], "rows": rows}
    lowest = sum((product.price_from or Decimal(0) for product in products), Decimal(0))
    exact = all(product.price_from == product.price_to for product in products)
    turn.say(
        "utter_prices_of_several" if exact else "utter_prices_of_several_from",
        table,
        buttons=showing.choose(turn, "product_info", products),
        total=showing.money(turn, session, lowest),
        tax=_tax(turn, session),
    )
    return True


def watch(turn: Turn) -> tuple[str, str] | None:
    """ "And 5?", «و٥؟» right after a price: what so many of the same come to."""
    wished = None if turn.button or any(turn.slot(slot) for slot in _OPEN) else _MANY.match(fold_digits(turn.text))
    if wished is None or not turn.slot("product"):
        return None
    if interactions.latest_topic(turn.conversation_id) != (AskPrice.topic, AskPrice.side) or turn.slot("offer"):
        return None
    with reading() as session:
        product = catalogue.product(session, str(turn.slot("product")))
    if product is None or bargaining.counter(turn, product) is not None:  # "how about 500?" is a price
        return None
    if availability.all_wished(product, turn.attributes, turn.text):  # "what about 90?" is a size
        return None
    counted = {"entity": "quantity", "value": int(wished[1]), "start": 0, "end": len(turn.text)}
    turn.entities = [counted]
    turn.intent = AskPrice.topic
    AskPrice().answer(turn)
    return AskPrice.topic, AskPrice.side


WATCHERS.append(watch)


def asks_for_others(turn: Turn, session: Session) -> bool:
    """Show what is cheaper than the product in view ("whats cheaper"), or goes for a price named ("for 100?")."""
    named = any(turn.values(kind) for kind in ("product", "ordinal", "attribute", "quantity"))
    if turn.button or named or points_back(_ONE.sub(" ", turn.text) if turn.value("comparison") else turn.text):
        return False
    in_view = catalogue.product(session, str(turn.slot("product"))) if turn.slot("product") else None
    before = Wishes.from_slot(turn.slot("search"))
    if turn.value("comparison") and not content_words(turn.free_text):
        if in_view is not None:
            looking.show_compared(turn, session, in_view)
            return True
        if turn.slot("shown") and not before.empty:
            looking.show(turn, session, looking.in_force(turn, session, before, looking.wishes_in(turn, session)))
            return True
    if in_view is None and turn.values("price") and not before.empty:
        looking.show(turn, session, looking.in_force(turn, session, before, looking.wishes_in(turn, session)))
        return True
    return False


def _extra(product: ShopProduct, codes: dict[str, str]) -> Decimal:
    """What the wished choices add to the price of a variant."""
    chosen = (product.choice(option, code) for option, code in codes.items())
    return sum((choice.price_delta for choice in chosen if choice), Decimal(0))


def _unknown(turn: Turn, product: ShopProduct) -> None:
    turn.outcome("unknown", products=[product.code])
    turn.ask("handoff", team="sales", reason="unknown_price")
    turn.say(
        "utter_price_unknown",
        buttons=[turn.link("label_ask_colleague", "talk_to_sales")],
        name=showing.name_of(turn, product),
    )


def _tell(
    turn: Turn, session: Session, product: ShopProduct, variants: list[BuyableVariant], codes: dict[str, str]
) -> None:
    extra = _extra(product, codes)
    prices = [variant.price + extra for variant in variants if variant.price is not None]
    low, high = min(prices), max(prices)
    quantity = turn.value("quantity")
    words = {"name": version.name_of(turn, product, codes), "tax": _tax(turn, session)}
    buttons = details.next_steps(turn, product)
    if low != high:
        turn.say(
            "utter_price_range",
            _table(turn, session, variants, extra),
            buttons=buttons,
            low=showing.money(turn, session, low),
            high=showing.money(turn, session, high),
            **words,
        )
    elif isinstance(quantity, int) and 1 < quantity <= 10_000:
        item = basket.item_of(session, product, low, quantity)
        percent = quantity_percent(item, selling.rules(session).quantity_prices)
        each = reduced(low, percent, profile.read(session).currency)
        turn.say(
            "utter_price_many_reduced" if percent else "utter_price_many",
            buttons=buttons,
            price=showing.money(turn, session, each),
            total=showing.money(turn, session, each * quantity),
            pieces=turn.locale.counted("piece", quantity),
            **({"list": showing.money(turn, session, low)} if percent else {}),
            **words,
        )
    elif (was := _was(variants)) is not None and was > low:
        say_reduced(turn, session, low, was, buttons=buttons, **words)
    else:
        turn.say("utter_price", buttons=buttons, price=showing.money(turn, session, low), **words)


def say_reduced(
    turn: Turn, session: Session, price: Decimal, was: Decimal, *, buttons: list[Button], name: str, tax: str = ""
) -> None:
    """Say a price that has come down, with the one before."""
    turn.say(
        "utter_price_reduced",
        buttons=buttons,
        price=showing.money(turn, session, price),
        was=showing.money(turn, session, was),
        name=name,
        tax=tax,
    )


def _was(variants: list[BuyableVariant]) -> Decimal | None:
    """The earlier price, when all variants had the same."""
    earlier = {variant.compare_at_price for variant in variants}
    return earlier.pop() if len(earlier) == 1 else None


def _tax(turn: Turn, session: Session) -> str:
    shop = profile.read(session)
    return turn.words("phrase_tax_included") if shop.prices_include_tax and shop.tax_percent else ""


def _table(turn: Turn, session: Session, variants: list[BuyableVariant], extra: Decimal) -> Part:
    """Variants with their prices; those that differ in nothing but the price are one row."""
    rows: dict[str, str] = {}
    for variant in variants:
        title = turn.locale.digits_of(turn.locale.text(variant.title)) or variant.sku
        if variant.price is not None:
            rows.setdefault(title, turn.locale.money(variant.price + extra, profile.read(session).currency))
    return {
        "type": "table",
        "columns": [turn.words("label_variant"), turn.words("label_price")],
        "rows": [[title, price] for title, price in rows.items()][:MOST_ROWS],
    }
