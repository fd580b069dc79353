"""Products side by side: only what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.db.types import LocalisedText
from bot.shop.catalogue import Attribute, ShopProduct
from bot.shop.vocabulary import properties_named

MOST_ROWS = 8
# Properties of which more (1) or less (-1) speaks for a product, whatever it is ("bigger" may be right or wrong).
GOOD = {"weight": -1, "noise": -1, "battery": 1, "load": 1, "rate": 1, "year": 1}
PRICE, WARRANTY = "price", "warranty"


@dataclass(frozen=True)
class Difference:
    """A property with each product's value, None where the shop does not say."""

    name: LocalisedText
    values: tuple[LocalisedText | None, ...]


@dataclass(frozen=True)
class Advantage:
    """What a product has over others: `price` or `warranty`, else the attribute in which it is ahead."""

    kind: str
    attribute: Attribute | None = None


def advantages(product: ShopProduct, others: Sequence[ShopProduct]) -> list[Advantage]:
    """In what a product is ahead of all others that state the same; [] without others."""
    if not others:
        return []
    found = []
    prices = [other.price_from for other in others if other.price_from is not None]
    if product.price_from is not None and prices and product.price_from < min(prices):
        found.append(Advantage(PRICE))
    for attribute in product.attributes:
        if _is_ahead(attribute, [held for other in others if (held := other.attribute(attribute.code))]):
            found.append(Advantage("fact", attribute))
    if product.warranty_months and all(product.warranty_months > (other.warranty_months or 0) for other in others):
        found.append(Advantage(WARRANTY))
    return found


def _is_ahead(attribute: Attribute, others: Sequence[Attribute]) -> bool:
    """Whether a number is better than all others of the same unit."""
    named = properties_named(_names(attribute))
    direction = next((GOOD[name] for name in GOOD if name in named), 0)
    numbers = [other.number for other in others if other.unit == attribute.unit and other.number is not None]
    if not direction or attribute.number is None or not numbers:
        return False
    return all((attribute.number - number) * direction > 0 for number in numbers)


def best_by(products: Sequence[ShopProduct], asked: set[str]) -> tuple[ShopProduct, Attribute] | None:
    """The product ahead of all others in one of the properties asked about, and the fact that says so."""
    for product in products:
        others = [other for other in products if other is not product]
        for ahead in advantages(product, others):
            named = properties_named(_names(ahead.attribute)) if ahead.attribute else set()
            if ahead.attribute is not None and named & asked & set(GOOD):
                return product, ahead.attribute
    return None


def _names(attribute: Attribute) -> str:
    return " ".join([*attribute.name.values(), attribute.code.replace("_", " ")])


def differences(products: Sequence[ShopProduct], limit: int = MOST_ROWS) -> list[Difference]:
    """The attributes in which products differ: first those that most of them have, in the shop's order."""
    order: dict[str, Attribute] = {}
    for product in products:
        for attribute in product.attributes:
            order.setdefault(attribute.code, attribute)
    rows = []
    for attribute in order.values():
        values = tuple(_value(product, attribute.code) for product in products)
        known = [value for value in values if value is not None]
        if len(known) == len(products) and len({value.get_for("en").casefold() for value in known}) == 1:
            continue
        rows.append((len(products) - len(known), Difference(attribute.name, values)))
    rows.sort(key=lambda row: row[0])
    return [difference for _, difference in rows[:limit]]


def telling(products: Sequence[ShopProduct], limit: int) -> list[list[Attribute]]:
    """For each product at most `limit` of its attributes: those that tell it from the others first."""
    codes = _differing(products)
    told = []
    for product in products:
        chosen = [attribute for attribute in product.attributes if attribute.code in codes]
        rest = [attribute for attribute in product.attributes if attribute.code not in codes]
        told.append([*chosen, *rest][:limit])
    return told


def _differing(products: Sequence[ShopProduct]) -> set[str]:
    """Codes of the attributes that at least two of the products have, with different values."""
    values: dict[str, list[str]] = {}
    for product in products:
        for attribute in product.attributes:
            values.setdefault(attribute.code, []).append(attribute.value.get_for("en").casefold())
    return {code for code, found in values.items() if len(found) > 1 and len(set(found)) > 1}


def _value(product: ShopProduct, code: str) -> LocalisedText | None:
    attribute = product.attribute(code)
    return attribute.value if attribute else None
