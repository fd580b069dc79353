"""Whether prices hold the tax, and how much it is: asked in many ways that sound like something else."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from actions import referring, showing
from actions.turn import WATCHERS, Turn
from bot.db.session import reading
from bot.shop import catalogue, profile
from bot.shop.alternatives import lowest_price
from bot.shop.money.pricing import rounded
from bot.shop.selling_words import says

LONGEST_QUESTION = 80  # letters; what is longer is about more than the tax
# Needs that such a question is taken for.
_TAKEN_FOR = frozenset(
    {"ask_price", "product_info", "product_search", "product_recommendation", "payment_methods", "ask_discount"}
    | {"ask_financing", "delivery_options", "nlu_fallback", "out_of_scope"}
)


def watch(turn: Turn) -> tuple[str, str] | None:
    """Answer a question about the tax; a tax invoice is another matter."""
    asked = says("tax", turn.text) and not says("tax_paper", turn.text)
    if turn.button or not asked or len(turn.text) > LONGEST_QUESTION or turn.intent not in _TAKEN_FOR:
        return None
    with reading() as session:
        _tell(turn, session)
    return "ask_price", "sales"


def _tell(turn: Turn, session: Session) -> None:
    shop = profile.read(session)
    percent = Decimal(str(shop.tax_percent))
    turn.outcome("answered")
    if not percent:
        turn.say("utter_tax_none")
        return
    found = referring.meant(turn, session)
    product = catalogue.product(session, found.code) if found.kind == "certain" else None
    price = lowest_price(product) if product else None
    shown = turn.locale.number(percent)
    if product is None or price is None:
        turn.say("utter_tax_included" if shop.prices_include_tax else "utter_tax_added", percent=shown)
        return
    turn.outcome("answered", products=[product.code])
    base = 100 + percent if shop.prices_include_tax else Decimal(100)
    tax = rounded(price * percent / base, shop.currency)
    total = price if shop.prices_include_tax else price + tax
    turn.say(
        "utter_tax_included_in" if shop.prices_include_tax else "utter_tax_added_to",
        name=showing.name_of(turn, product),
        price=turn.locale.money(total, shop.currency),
        tax=turn.locale.money(tax, shop.currency),
        percent=shown,
    )


WATCHERS.append(watch)
