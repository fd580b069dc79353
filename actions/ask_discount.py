"""Answers wishes for a lower price: coupons, prices for many, another shop's price, and haggling within the policy."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions import basket, coupon, referring, showing, unsure
from actions.turn import TopicAction, Turn
from bot.db.models import Variant
from bot.db.session import reading, writing
from bot.language.normalise import fold_digits
from bot.shop import basket as baskets
from bot.shop import catalogue, profile
from bot.shop import selling as policy
from bot.shop.catalogue import BuyableVariant, ShopProduct
from bot.shop.money import coupons, haggling
from bot.shop.money.haggling import Answer
from bot.shop.money.pricing import quantity_percent
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration
from bot.shop.selling_words import pieces_written, says
from bot.support import policies

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
_PERCENT = re.compile(
    r"(\d{1,3}(?:\.\d)?) ?(?:%|٪|percent|per cent|بالميه|بالمئه|بالمئة|بالميّة|بالمية|في المية|في المئة)"
)
_TOGETHER = re.compile(r"\bfor (?:both|all|the lot|\d+|two|three|them)\b|للاثنين|للكل|للجميع|كلهم|لهم", re.IGNORECASE)


class AskDiscount(TopicAction):
    action = "action_ask_discount"
    topic = "ask_discount"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            code = None if turn.button else coupons.named(session, turn.text_beside({"email", "order_number"}))
            product = None if code else _product(turn, session)
        if code is not None:
            coupon.take(turn, code)
        elif coupons.asked_for(turn.text):
            _offers(turn)
        elif says("match", turn.text):
            _price_match(turn, product)
        elif product is not None:
            _haggle(turn, product)
        elif turn.confidence >= unsure.SURE or not unsure.answered_by_catalogue(turn):
            _offers(turn)


def _product(turn: Turn, session: Session) -> ShopProduct | None:
    """The product whose price is talked about: the one meant, else the only one in the basket."""
    found = referring.meant(turn, session)
    if found.kind == "certain":
        product = catalogue.product(session, found.code)
        if product is not None:
            turn.set("product", product.code)
        return product
    view = baskets.view(session, turn.conversation_id)
    return view.entries[0].product if view is not None and len(view.entries) == 1 else None


def _price_match(turn: Turn, product: ShopProduct | None) -> None:
    """The shop's terms for it, and a colleague who looks at the other shop's offer."""
    with reading() as session:
        rule = policies.policy(session, "price_match")
    _remember(turn, product, turn.value("price"), None)
    turn.outcome("open", products=[product.code] if product else [])
    turn.ask("handoff", team="sales", reason="price_match")
    buttons = [turn.link("label_yes_colleague", "talk_to_sales")]
    if rule is None:
        turn.say("utter_no_price_match", buttons=buttons)
    else:
        text = turn.locale.digits_of(turn.locale.text(rule.body))
        turn.say("utter_price_match", text=turn.locale.isolate(text), buttons=buttons)


def _remember(turn: Turn, product: ShopProduct | None, asked: object, price: Decimal | None) -> None:
    """Keep the offer on the table for a colleague who takes over."""
    told = {"product": product.code if product else None, "asked": asked, "price": price}
    turn.set("offer", {name: str(value) for name, value in told.items() if value is not None} or None)


def _offers(turn: Turn) -> None:
    """What goes for everybody: open coupons and prices for many; honestly nothing, else."""
    with reading() as session:
        currency = profile.read(session).currency
        tiers = [tier for tier in policy.rules(session).quantity_prices if not tier.product and not tier.category]
        offers = [
            turn.words(
                "phrase_offer_quantity",
                pieces=turn.locale.counted("piece", tier.quantity),
                percent=turn.locale.number(tier.percent),
            )
            for tier in sorted(tiers, key=lambda tier: tier.quantity)
        ]
        for open_coupon in coupons.public(session):
            off = (
                turn.words("phrase_percent", percent=turn.locale.number(Decimal(open_coupon.percent)))
                if open_coupon.percent is not None
                else turn.locale.money(open_coupon.amount, currency)
            )
            code = turn.locale.isolate(open_coupon.code)
            least = ""
            if open_coupon.minimum:
                least = " " + turn.words("phrase_offer_from", least=turn.locale.money(open_coupon.minimum, currency))
            offers.append(turn.words("phrase_offer_coupon", code=code, off=off, least=least))
    if offers:
        turn.say("utter_offers", offers=turn.joined(offers))
    else:
        turn.outcome("answered")
        turn.say("utter_no_offers")


def _wished(turn: Turn, price: Decimal, quantity: int) -> Decimal | None:
    """The price of a piece a message names: an amount, or so many per cent off."""
    percent = _PERCENT.search(fold_digits(turn.text))
    if percent is not None:
        return max(price * (100 - Decimal(percent[1])) / 100, Decimal(0))
    named = next((Decimal(str(value)) for value in turn.values("price")), None)
    if named is None:
        written = pieces_written(turn.text_beside({"product", "ordinal", "attribute", "quantity", "phone"}))
        named = Decimal(written.count) if written is not None and written.count > price / 10 else None
    if named is None:
        return None
    together = _TOGETHER.search(turn.text) is not None or named > price
    return named / quantity if quantity > 1 and together else named


def _variant(turn: Turn, product: ShopProduct) -> tuple[BuyableVariant, Configuration, int] | None:
    """What exactly is haggled about: as it is in the basket, as it was put together, else at its lowest price."""
    with reading() as session:
        view = baskets.view(session, turn.conversation_id)
        entry = next((e for e in view.entries if e.product.code == product.code), None) if view else None
    if entry is not None:
        return entry.variant, entry.configuration, entry.quantity
    state = turn.slot("configuration") or {}
    made = Configuration()
    if state.get("product") == product.code:
        made = Configuration.from_data(state.get("made") or {})
    priced = [variant for variant in product.variants if variant.price is not None]
    variant = making.variant_of(product, making.settled(product, made))
    if variant is None or variant.price is None:
        variant = min(priced, key=lambda v: v.price or Decimal(0), default=None)
    return (variant, made, 1) if variant is not None else None


def _haggle(turn: Turn, product: ShopProduct) -> None:
    found = _variant(turn, product)
    if found is None or found[0].price is None:
        turn.outcome("unknown", products=[product.code])
        turn.ask("handoff", team="sales", reason="unknown_price")
        turn.say("utter_price_unknown", name=showing.name_of(turn, product))
        return
    variant, made, pieces = found
    full = found[0].price
    counted = turn.value("quantity")
    quantity = counted if isinstance(counted, int) and counted > 0 else pieces
    with writing() as session:
        currency = profile.read(session).currency
        price = full + making.extras_price(product, made)
        item = baskets.item_of(session, product, price, quantity)
        wished = _wished(turn, price, quantity)
        row = session.execute(select(Variant).where(Variant.sku == variant.sku)).scalar_one()
        tier = quantity_percent(item, policy.rules(session).quantity_prices)
        answer = haggling.ask(session, turn.conversation_id, turn.message_id, row, item, wished, currency)
    _remember(turn, product, wished, answer.price)
    turn.outcome("open", products=[product.code], value=answer.price * quantity)
    _say(turn, product, answer, wished, quantity, currency, tier)


def _say(
    turn: Turn,
    product: ShopProduct,
    answer: Answer,
    wished: Decimal | None,
    quantity: int,
    currency: str,
    tier: Decimal,
) -> None:
    words = {
        "name": showing.name_of(turn, product),
        "price": turn.locale.money(answer.price, currency),
        "list": turn.locale.money(answer.list_price, currency),
        "hours": turn.locale.counted("hour", answer.expires_hours),
    }
    view = basket.current(turn)
    in_basket = view is not None and any(entry.product.code == product.code for entry in view.entries)
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


def _add_button(turn: Turn, product: ShopProduct, quantity: int) -> dict[str, str]:
    return turn.link("label_add_to_basket", "place_order", product=product.code, quantity=quantity)
