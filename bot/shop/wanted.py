"""From what a message asks for to the wishes in force: comparisons with what was shown, when a search starts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import OptionValue, ProductAttribute, ProductOption
from bot.db.types import LocalisedText
from bot.shop import search
from bot.shop.catalogue import ShopProduct
from bot.shop.vocabulary import comparisons, properties_named
from bot.shop.wishes import AttributeWish, Bound, Wishes, refine

# Joins of two things in the name of a category, which then cannot be counted ("Home & Kitchen").
_JOINS = ("&", ",", "/", ">", " and ", "-")


def compared(said: Wishes, comparison: str, products: Sequence[ShopProduct]) -> Wishes:
    """`said` with a comparison ("cheaper", "lighter") to the products shown turned into a limit.

    A comparison that the products' attributes cannot answer only orders: better is dearer.
    """
    priced = [product for product in products if product.price_from is not None]
    standing = [product for product in priced if product.available] or priced
    prices = [product.price_from for product in standing if product.price_from is not None]
    words = ""  # the comparing word itself describes nothing
    if comparison == "cheaper":
        if not prices:
            return replace(said, sort="price", words=words)
        return replace(said, price_below=min(prices), words=words)
    if comparison in ("pricier", "better"):
        if not prices:
            return replace(said, sort="-price", words=words)
        return replace(said, price_above=max(prices), words=words)
    bound = _bound(comparison, products)
    return replace(said, bounds=(*said.bounds, bound), words=words) if bound else replace(said, words=words)


def _bound(comparison: str, products: Sequence[ShopProduct]) -> Bound | None:
    """The limit on the first numeric attribute of the products that the comparison is about."""
    about = comparisons().get(comparison)
    if about is None:
        return None
    for wanted in about.properties:
        numbers: dict[str, list[float]] = {}
        for product in products:
            for attribute in product.attributes:
                names = " ".join([*attribute.name.values(), attribute.code.replace("_", " ")])
                if attribute.number is not None and wanted in properties_named(names):
                    numbers.setdefault(attribute.code, []).append(attribute.number)
        if numbers:
            code, found = next(iter(numbers.items()))
            limit = max(found) if about.direction > 0 else min(found)
            return Bound(code, limit, about.direction)
    return None


def in_force(session: Session, before: Wishes, said: Wishes) -> Wishes:
    """The wishes after a message: those before refined by what it says, or a search anew.

    Another kind of thing starts anew; a kind within the one before narrows it. Free words narrow
    when something that fits holds them, else they describe another thing.
    """
    if before.empty:
        return refine(before, said, anew=True)
    if said.categories:
        inside = before.categories and search.is_within(session, said.categories, before.categories)
        return refine(before, said, anew=not inside)
    merged = refine(before, said, anew=False)
    if said.words and not said.structured:
        found = search.find(session, replace(merged, words=said.words), 1, strict=True)
        return refine(before, said, anew=found.words_ignored or not found.total)
    return merged


def value_names(session: Session, attributes: Sequence[AttributeWish]) -> list[LocalisedText]:
    """How the shop writes these values in its languages."""
    names = []
    for wish in attributes:
        facts = select(ProductAttribute.value).where(
            ProductAttribute.code == wish.code, search.named(ProductAttribute.value, wish.value)
        )
        choices = (
            select(OptionValue.name)
            .join(ProductOption, OptionValue.option_id == ProductOption.id)
            .where(ProductOption.code == wish.code, search.is_choice(wish.value))
        )
        found = session.execute(facts.limit(1)).scalar() or session.execute(choices.limit(1)).scalar()
        names.append(found or LocalisedText(en=wish.value))
    return names


def attribute_name(session: Session, code: str) -> LocalisedText | None:
    """What the shop calls an attribute."""
    name: LocalisedText | None = session.execute(
        select(ProductAttribute.name).where(ProductAttribute.code == code).limit(1)
    ).scalar()
    return name


def is_plain_plural(name: str) -> bool:
    """Whether an English category name can be counted as it is ("Laptops", "Office chairs")."""
    return name.endswith("s") and not name.endswith("ss") and not any(join in name for join in _JOINS)


def lower_first(name: str) -> str:
    """A category's name inside a sentence; names in capitals ("TVs") stay as they are."""
    first, _, rest = name.partition(" ")
    ordinary = first[1:].islower()
    return f"{first.lower() if ordinary else first} {rest}".strip()
