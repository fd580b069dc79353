"""Products as a customer sees them: names, prices and stock in words, cards and tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from actions.turn import Button, Part, Turn, payload
from bot.shop import availability, catalogue, comparison, profile
from bot.shop.availability import Availability
from bot.shop.catalogue import Attribute, Named, ShopProduct
from bot.shop.wishes import AttributeWish

CARD_FACTS = 3
LONGEST_LABEL = 60


def name_of(turn: Turn, product: ShopProduct) -> str:
    """A product's name inside a sentence."""
    return turn.locale.isolate(turn.locale.text(product.title))


def named(turn: Turn, thing: Named) -> str:
    """The name of a category, a brand or a city inside a sentence."""
    return turn.locale.isolate(turn.locale.text(thing.name))


def label_of(turn: Turn, text: str) -> str:
    """A name as the label of a button: not longer than a phone shows."""
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1].rsplit(" ", 1)[0] + "…"


def money(turn: Turn, session: Session, amount: Decimal) -> str:
    """An amount in the shop's currency."""
    return turn.locale.money(amount, profile.read(session).currency)


def price_of(turn: Turn, session: Session, product: ShopProduct) -> str:
    """A product's price in words, honest where the shop gave none."""
    if product.price_from is None:
        return turn.words("phrase_price_unknown")
    price = money(turn, session, product.price_from)
    if product.price_to is not None and product.price_to > product.price_from:
        return turn.words("phrase_price_from", price=price)
    return price


def period(turn: Turn, months: int) -> str:
    """A number of months in words, as years when they are whole ones."""
    if months >= 12 and months % 12 == 0:
        return turn.locale.counted("year", months // 12)
    return turn.locale.counted("month", months)


def stock_of(turn: Turn, held: Availability) -> str:
    """Whether something can be had, in a word or two."""
    if not held.available:
        return turn.words("phrase_sold_out")
    if held.tracked and held.total <= availability.FEW:
        return turn.locale.counted("left", held.total)
    return turn.words("phrase_in_stock")


def where(turn: Turn, held: Availability) -> str:
    """Whether something can be had and in which city first, as part of a sentence."""
    if not held.available:
        return turn.words("phrase_where_sold_out")
    stores = [at.place for at in held.held if at.quantity > 0 and at.place.kind == "store" and at.place.city]
    if not stores:
        return turn.words("phrase_where_in_stock")
    city = turn.locale.isolate(turn.locale.text(stores[0].city))
    return turn.words("phrase_where_in_city", city=city)


def fact(turn: Turn, attribute: Attribute) -> str:
    """A fact as a line of its own: its name and its value."""
    return turn.words(
        "phrase_fact",
        name=turn.locale.text(attribute.name),
        value=turn.locale.digits_of(turn.locale.text(attribute.value)),
    )


def card(
    turn: Turn,
    session: Session,
    product: ShopProduct,
    facts: Sequence[str],
    buttons: Sequence[Button] = (),
    wishes: Sequence[AttributeWish] = (),
) -> Part:
    """One product as a card; its stock is that of the choices wished for."""
    held = availability.of(product, catalogue.places(session), availability.wished(product, wishes))
    return {
        "title": turn.locale.text(product.title),
        "subtitle": stock_of(turn, held),
        "image": product.image,
        "price": price_of(turn, session, product),
        "sku": product.variants[0].sku if product.variants else product.code,
        "url": product.url,
        "facts": list(facts),
        "buttons": list(buttons),
    }


def cards(
    turn: Turn,
    session: Session,
    products: Sequence[ShopProduct],
    wishes: Sequence[AttributeWish] = (),
    whys: Sequence[str] = (),
) -> Part:
    """Products as cards: why each is shown when `whys` say so, what tells them apart, a way to each one's details."""
    told = comparison.telling(products, CARD_FACTS)
    first = [[turn.words("phrase_why", reasons=why)] if why else [] for why in whys or [""] * len(products)]
    return {
        "type": "cards",
        "cards": [
            card(
                turn,
                session,
                product,
                [*why, *_facts(turn, attributes, why)],
                [turn.link("label_details", "product_info", product=product.code)],
                wishes,
            )
            for product, attributes, why in zip(products, told, first, strict=True)
        ],
    }


def _facts(turn: Turn, attributes: Sequence[Attribute], why: Sequence[str]) -> list[str]:
    """What tells a product from the others, in as many lines as the reason leaves."""
    lines = [fact(turn, attribute) for attribute in attributes]
    return [line for line in lines if not any(line in reason for reason in why)][: CARD_FACTS - len(why)]


def choose(turn: Turn, intent: str, products: Sequence[ShopProduct]) -> list[Button]:
    """A button for each product, which asks the same again about that one."""
    return [
        {
            "label": label_of(turn, turn.locale.text(product.title)),
            "payload": payload(intent, product=product.code),
        }
        for product in products
    ]


def kinds(turn: Turn, session: Session, intent: str = "product_search") -> list[Button]:
    """A button for each of the shop's biggest categories."""
    return kind_buttons(turn, catalogue.biggest_categories(session), intent)


def kind_buttons(turn: Turn, kinds: Sequence[Named], intent: str = "product_search") -> list[Button]:
    """A button for each category."""
    return [
        {"label": label_of(turn, turn.locale.text(kind.name)), "payload": payload(intent, category=kind.code)}
        for kind in kinds
    ]
