"""Answers what something costs: the variants, what choices add, and honestly when the shop gives no price."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from actions import details, kinds_asked, looking, referring, showing, version
from actions.turn import Button, Part, TopicAction, Turn
from bot.db.session import reading
from bot.shop import availability, basket, catalogue, profile, questions, selling
from bot.shop.catalogue import BuyableVariant, ShopProduct
from bot.shop.money.pricing import quantity_percent, reduced
from bot.shop.vocabulary import content_words, points_back, says
from bot.shop.wishes import Wishes

MOST_ROWS = 8


class AskPrice(TopicAction):
    action = "action_ask_price"
    topic = "ask_price"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if kinds_asked.answered(turn):
            return
        with reading() as session:
            if _asks_for_others(turn, session):
                return
            product = referring.the_product(turn, session)
            if product is None:
                return
            question = turn.text_beside(details.POINTING)
            if not turn.button and not says("of_price", question) and questions.names_fact(product, question):
                details.answer_question(turn, session, product, question)
                return
            codes = version.wished(turn, product)
            variants = [v for v in availability.matching(product, codes) if v.price is not None]
            if not variants:
                _unknown(turn, product)
            else:
                _tell(turn, session, product, variants, codes)


def _asks_for_others(turn: Turn, session: Session) -> bool:
    """Show what is cheaper than the product in view ("whats cheaper"), or goes for a price named ("for 100?")."""
    named = any(turn.values(kind) for kind in ("product", "ordinal", "attribute", "quantity"))
    if turn.button or named or points_back(turn.text):
        return False
    in_view = catalogue.product(session, str(turn.slot("product"))) if turn.slot("product") else None
    if in_view is not None and turn.value("comparison") and not content_words(turn.free_text):
        looking.show_compared(turn, session, in_view)
        return True
    before = Wishes.from_slot(turn.slot("search"))
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
