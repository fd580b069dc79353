"""Products side by side: only what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.db.types import LocalisedText
from bot.shop.catalogue import Attribute, ShopProduct

MOST_ROWS = 8


@dataclass(frozen=True)
class Difference:
    """A property with each product's value, None where the shop does not say."""

    name: LocalisedText
    values: tuple[LocalisedText | None, ...]


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
