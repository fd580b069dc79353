"""Agreeing on a price: what exactly is bargained about, the answer within the policy, and the words for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from actions import basket, showing
from actions.turn import Turn
from bot.db.models import Variant
from bot.db.session import reading, writing
from bot.language.normalise import fold_digits
from bot.shop import basket as baskets
from bot.shop import catalogue, profile
from bot.shop import selling as policy
from bot.shop.catalogue import BuyableVariant, ShopProduct
from bot.shop.money import haggling
from bot.shop.money.haggling import Answer
from bot.shop.money.pricing import quantity_percent
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration
from bot.shop.selling_words import numbers_written

_SAID = {
    "granted": "utter_haggle_granted",
    "offered": "utter_haggle_offered",
    "lowest": "utter_haggle_lowest",
}
_SAID_IN_BASKET = {
    "granted": "utter_haggle_granted_in_basket",
    "offered": "utter_haggle_offered_in_basket",
    "lowest": "utter_haggle_lowest_in_basket",
}
_MATCHED = {
    "granted": "utter_match_granted",
    "lowest": "utter_match_lowest",
    "final": "utter_match_final",
}
_MATCHED_IN_BASKET = {**_MATCHED, "granted": "utter_match_granted_in_basket", "lowest": "utter_match_lowest_in_basket"}
_PERCENT = re.compile(
    r"(\d{1,3}(?:\.\d)?) ?(?:%|٪|percent|per cent|بالميه|بالمئه|بالمئة|بالميّة|بالمية|في المية|في المئة)"
)
MOST_PIECES = 99  # that a number beside a price is taken for
_OPEN = ("checkout", "configuration", "case", "walks", "lead")  # slots of what a number may answer
_OTHERS = frozenset({"product", "category", "brand", "attribute", "quantity", "ordinal", "phone", "order_number"})
MOST_WORDS = 5
LEAST_COUNTER = Decimal("0.2")  # of the price; a number below it is about something else
_ADDRESS = re.compile(r"\S*[/@]\S*")  # of a page: its numbers count nothing
_TOGETHER = re.compile(r"\bfor (?:both|all|the lot|\d+|two|three|them)\b|للاثنين|للكل|للجميع|كلهم|لهم", re.IGNORECASE)


def remember(
    turn: Turn,
    product: ShopProduct | None,
    asked: object,
    price: Decimal | None,
    seen_at: str | None = None,
    quantity: int = 1,
) -> None:
    """Keep the offer on the table, for the next bid and for a colleague who takes over."""
    told = {"product": product.code if product else None, "asked": asked, "price": price, "seen_at": seen_at}
    told["quantity"] = quantity if quantity > 1 else None
    turn.set("offer", {name: str(value) for name, value in told.items() if value is not None} or None)


def _wished(turn: Turn, price: Decimal, quantity: int) -> Decimal | None:
    """The price of a piece a message names: an amount, or so many per cent off."""
    percent = _PERCENT.search(fold_digits(turn.text))
    if percent is not None:
        return max(price * (100 - Decimal(percent[1])) / 100, Decimal(0))
    named = next((Decimal(str(value)) for value in turn.values("price")), None)
    if named is None:
        written = numbers_written(turn.text_beside({"product", "ordinal", "attribute", "quantity", "phone"}))
        named = next((Decimal(number.count) for number in written if number.count > price / 10), None)
    if named is None:
        return None
    together = _TOGETHER.search(turn.text) is not None or named > price
    return named / quantity if quantity > 1 and together else named


@dataclass(frozen=True)
class _Subject:
    """What exactly is bargained about; `price` is that of one piece."""

    sku: str
    price: Decimal
    quantity: int


def _subject(turn: Turn, product: ShopProduct) -> _Subject | None:
    """The product as it is in the basket, as it was put together, else at its lowest price; None without a price."""
    with reading() as session:
        view = baskets.view(session, turn.conversation_id)
    entry = next((e for e in view.entries if e.product.code == product.code), None) if view else None
    if entry is not None:
        variant: BuyableVariant | None = entry.variant
        made, pieces = entry.configuration, entry.quantity
    else:
        state = turn.slot("configuration") or {}
        made, pieces = Configuration(), 1
        if state.get("product") == product.code:
            made = Configuration.from_data(state.get("made") or {})
        variant = making.variant_of(product, making.settled(product, made))
        if variant is None or variant.price is None:
            priced = [variant for variant in product.variants if variant.price is not None]
            variant = min(priced, key=lambda v: v.price or Decimal(0), default=None)
    if variant is None or variant.price is None:
        return None
    quantity = _pieces(turn, variant.price) or _offered_for(turn, product) or pieces
    return _Subject(variant.sku, variant.price + making.extras_price(product, made), quantity)


def _pieces(turn: Turn, price: Decimal) -> int | None:
    """How many pieces a message bargains about: "I'll take 3 if you make it 1200"."""
    counted = turn.value("quantity")
    if isinstance(counted, int) and counted > 0:
        return counted
    beside = turn.text_beside({"price", "product", "ordinal", "attribute", "phone"})
    written = numbers_written(_ADDRESS.sub(" ", beside))
    least = min(Decimal(MOST_PIECES), price / 10)  # from there on a number is a price
    counts = [number.count for number in written if number.whole and 0 < number.count <= least]
    priced = turn.values("price") or len(written) > len(counts)
    return counts[0] if priced and len(counts) == 1 and not _PERCENT.search(fold_digits(turn.text)) else None


def _offered_for(turn: Turn, product: ShopProduct) -> int | None:
    """For how many pieces the offer on the table is."""
    offer = turn.slot("offer") or {}
    return int(offer.get("quantity") or 1) if offer.get("product") == product.code else None


def price_of_a_piece(turn: Turn, product: ShopProduct) -> Decimal | None:
    """The price of one piece that a message names."""
    subject = _subject(turn, product)
    return _wished(turn, subject.price, subject.quantity) if subject else None


def counter(turn: Turn, product: ShopProduct) -> Decimal | None:
    """The price of a piece that a message names where it is below the product's, and still of its size."""
    subject = _subject(turn, product)
    wished = _wished(turn, subject.price, subject.quantity) if subject else None
    if subject is None or wished is None or not subject.price * LEAST_COUNTER <= wished < subject.price:
        return None
    return wished


def bids_lower(turn: Turn) -> bool:
    """Whether a short message names a price below the one on the table."""
    product = bargained_about(turn)
    wished = counter(turn, product) if product is not None else None
    offered = (turn.slot("offer") or {}).get("price")
    return wished is not None and (offered is None or wished < Decimal(offered))


def bargained_about(turn: Turn) -> ShopProduct | None:
    """The product last bargained about, if a message may be a bid for it."""
    code = (turn.slot("offer") or {}).get("product")
    if turn.button or not code or code != turn.slot("product") or any(turn.slot(slot) for slot in _OPEN):
        return None
    if len(turn.text.split()) > MOST_WORDS or {entity["entity"] for entity in turn.entities} & _OTHERS:
        return None
    with reading() as session:
        return catalogue.product(session, str(code))


def bargain(
    turn: Turn, product: ShopProduct, wished: Decimal | None = None, reason: str = "haggle", seen_at: str | None = None
) -> None:
    """Answer a wish for a lower price.

    Args:
        wished: for one piece, when it is known already; else what the message names.
        reason: `haggle`, or `match` for another shop's price, seen at `seen_at`.
    """
    subject = _subject(turn, product)
    if subject is None:
        turn.outcome("unknown", products=[product.code])
        turn.ask("handoff", team="sales", reason="unknown_price")
        turn.say("utter_price_unknown", name=showing.name_of(turn, product))
        return
    quantity = subject.quantity
    wished = _wished(turn, subject.price, quantity) if wished is None else wished
    with writing() as session:
        currency = profile.read(session).currency
        item = baskets.item_of(session, product, subject.price, quantity)
        row = session.execute(select(Variant).where(Variant.sku == subject.sku)).scalar_one()
        tier = quantity_percent(item, policy.rules(session).quantity_prices)
        asked = haggling.Wish(wished, reason, seen_at)
        answer = haggling.ask(session, turn.conversation_id, turn.message_id, row, item, asked, currency)
    remember(turn, product, wished, answer.price, seen_at, quantity)
    turn.outcome("open", products=[product.code], value=answer.price * quantity)
    _say(turn, product, answer, quantity, currency, tier, reason)


def _say(
    turn: Turn,
    product: ShopProduct,
    answer: Answer,
    quantity: int,
    currency: str,
    tier: Decimal,
    reason: str,
) -> None:
    words = {
        "name": showing.name_of(turn, product),
        "price": turn.locale.money(answer.price, currency),
        "list": turn.locale.money(answer.list_price, currency),
        "hours": turn.locale.counted("hour", answer.expires_hours),
    }
    view = basket.current(turn)
    in_basket = view is not None and any(entry.product.code == product.code for entry in view.entries)
    if reason == "match" and answer.kind in _MATCHED:
        _say_match(turn, product, answer, quantity, in_basket, words)
        return
    if answer.kind in ("final", "fixed"):
        turn.ask("handoff", team="sales", reason="haggling")
        many = answer.kind == "fixed" and tier
        response = (
            "utter_price_for_many" if many else "utter_haggle_final" if answer.kind == "final" else "utter_haggle_fixed"
        )
        if many:
            words["percent"] = turn.locale.number(tier)
        turn.say(response, buttons=[turn.link("label_yes_colleague", "talk_to_sales")], **words)
        return
    if answer.kind == "enough":
        turn.say("utter_haggle_enough", buttons=[_add_button(turn, product, quantity)], **words)
        return
    if in_basket:
        turn.say(_SAID_IN_BASKET[answer.kind], buttons=basket.next_steps(turn)[:2], **words)
        return
    turn.ask("agreed_price", product=product.code, quantity=quantity)
    buttons = [turn.link("label_yes_please", "affirm"), turn.link("label_ask_sales", "talk_to_sales")]
    turn.say(_SAID[answer.kind], buttons=buttons, **words)


def _say_match(
    turn: Turn, product: ShopProduct, answer: Answer, quantity: int, in_basket: bool, words: dict[str, str]
) -> None:
    """What becomes of another shop's price; what lies beyond the policy is a colleague's, with the offer on the table."""
    if answer.kind == "granted" and not in_basket:
        turn.ask("agreed_price", product=product.code, quantity=quantity)
    elif answer.kind != "granted":
        turn.ask("handoff", team="sales", reason="price_match")
    buttons = basket.next_steps(turn)[:2] if in_basket else [_add_button(turn, product, quantity)]
    if answer.kind != "granted":
        buttons = [turn.link("label_yes_colleague", "talk_to_sales"), *buttons[:1]]
    turn.say((_MATCHED_IN_BASKET if in_basket else _MATCHED)[answer.kind], buttons=buttons, **words)


def _add_button(turn: Turn, product: ShopProduct, quantity: int) -> dict[str, str]:
    return turn.link("label_add_to_basket", "place_order", product=product.code, quantity=quantity)
