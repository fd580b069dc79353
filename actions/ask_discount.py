"""Answers wishes for a lower price: coupons, prices for many, another shop's price, and haggling within the policy."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from actions import (
    ask_price,
    bargaining,
    basket,
    check_availability,
    coupon,
    price_matching,
    referring,
    showing,
    unsure,
)
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.shop import basket as baskets
from bot.shop import catalogue, profile, vocabulary
from bot.shop import selling as policy
from bot.shop.catalogue import ShopProduct
from bot.shop.money import coupons
from bot.shop.selling_words import says


class AskDiscount(TopicAction):
    action = "action_ask_discount"
    topic = "ask_discount"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            if _asks_for_cheaper(turn, session):
                return
            code = None if turn.button else coupons.named(session, turn.text_beside({"email", "order_number"}))
            product = None if code else _product(turn, session)
            asks_whether = code is None and not coupons.asked_for(turn.text) and not says("match", turn.text)
            if asks_whether and product is not None and _told_reduced(turn, session, product):
                return
        if code is not None:
            coupon.take(turn, code)
        elif coupons.asked_for(turn.text):
            _offers(turn)
        elif says("match", turn.text):
            price_matching.answer(turn, product)
        elif product is not None:
            bargain(turn, product)
        elif turn.confidence >= unsure.SURE or not unsure.answered_by_catalogue(turn):
            _offers(turn)


def bargain(turn: Turn, product: ShopProduct) -> None:
    """Bargain about a product, unless there is none left to bargain about."""
    view = basket.current(turn)
    held = view is not None and any(entry.product.code == product.code for entry in view.entries)
    if held or product.available:
        bargaining.bargain(turn, product)
        return
    with reading() as session:
        check_availability.say_sold_out(turn, session, product, showing.name_of(turn, product))


def _asks_for_cheaper(turn: Turn, session: Session) -> bool:
    """Show what costs less than the product in view to who asks only that ("cheaper?"), and not to come down."""
    if turn.button or not turn.value("comparison") or turn.values("price") or says("asks_you", turn.text):
        return False
    return not says("match", turn.text) and ask_price.asks_for_others(turn, session)


def _product(turn: Turn, session: Session) -> ShopProduct | None:
    """The product whose price is talked about: the one meant, else the only one in the basket."""
    pointed = any(turn.values(kind) for kind in ("product", "ordinal", "category", "brand"))
    if turn.slot("product") and not pointed and says("asks_you", turn.text):  # "make it cheaper" is about "it"
        return catalogue.product(session, str(turn.slot("product")))
    found = referring.meant(turn, session)
    if found.kind == "certain":
        product = catalogue.product(session, found.code)
        if product is not None:
            turn.set("product", product.code)
        return product
    view = baskets.view(session, turn.conversation_id)
    return view.entries[0].product if view is not None and len(view.entries) == 1 else None


def _told_reduced(turn: Turn, session: Session, product: ShopProduct) -> bool:
    """Say that a product has come down in price already, to who asks whether it is on offer; whether it has."""
    reduced = [v for v in product.variants if v.price and v.compare_at_price and v.compare_at_price > v.price]
    if turn.button or not reduced or turn.values("price") or not vocabulary.says("on_offer", turn.text):
        return False
    cheapest = min(reduced, key=lambda variant: variant.price or Decimal(0))
    price, was = cheapest.price or Decimal(0), cheapest.compare_at_price or Decimal(0)
    turn.outcome("answered", products=[product.code])
    ask_price.say_reduced(turn, session, price, was, buttons=[], name=showing.name_of(turn, product))
    return True


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
