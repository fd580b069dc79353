"""From what a message asks for to the wishes in force: comparisons with what was shown, when a search starts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import OptionValue, ProductAttribute, ProductOption
from bot.db.types import LocalisedText
from bot.shop import search, titles
from bot.shop.catalogue import ShopProduct
from bot.shop.remembered import remembered
from bot.shop.vocabulary import comparisons, points_back, properties_named, says, soft_adjectives, stems_of, words_of
from bot.shop.wishes import AttributeWish, Bound, Wishes, refine

LONGEST_GIVING_WAY = 9  # words; a longer message asks for something else too
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
    if bound is None:
        return replace(said, words=words)
    order = f"{'-' if bound.direction > 0 else ''}@{bound.code}"
    return replace(said, bounds=(*said.bounds, bound), sort=order, words=words)


def ordered(session: Session, said: Wishes, comparison: str) -> Wishes:
    """`said` in the order a comparison asks for when nothing was shown yet ("the lightest desks")."""
    if comparison in ("cheaper", "pricier", "better"):
        return replace(said, sort="price" if comparison == "cheaper" else "-price")
    about = comparisons().get(comparison)
    if about is None:
        return said
    for wanted in about.properties:
        for code, names in _counted_attributes(session):
            if wanted in properties_named(names) and _is_held(session, said, code):
                return replace(said, sort=f"{'-' if about.direction > 0 else ''}@{code}")
    return said


def _counted_attributes(session: Session) -> tuple[tuple[str, str], ...]:
    """Code and names of every attribute that counts something."""
    return remembered(session, "counted attributes", _read_counted)


def _read_counted(session: Session) -> tuple[tuple[str, str], ...]:
    codes = select(ProductAttribute.code).where(ProductAttribute.number.is_not(None)).distinct()
    found = []
    for code in sorted(session.execute(codes).scalars()):
        name = attribute_name(session, code)
        found.append((code, " ".join([*(name.values() if name else ()), code.replace("_", " ")])))
    return tuple(found)


def _is_held(session: Session, said: Wishes, code: str) -> bool:
    """Whether a product of the kind asked for has the attribute."""
    nearest = search.find(session, replace(said, sort=f"@{code}", words=""), 1).hits
    return bool(nearest) and bool(search.numbers(session, code, nearest))


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


def put_in_order(session: Session, said: Wishes, text: str) -> Wishes:
    """`said` in the order that an adjective asks for ("a light laptop": the lightest first).

    Not where titles of the kind have the word ("light mayonnaise"): then it is looked for as written.
    """
    if not said.categories or said.sort:
        return said
    written = set(words_of(text))
    for comparison, adjectives in soft_adjectives().items():
        found = written & adjectives
        ordering = ordered(session, said, comparison) if found else said
        if not ordering.sort:
            continue
        rest = " ".join(word for word in said.words.split() if word not in found)
        fitting = set(search.fitting_ids(session, replace(said, words=rest)))
        if not any(fitting & set(titles.holding(session, word)) for word in found):
            return replace(ordering, words=rest)
    return said


def in_force(session: Session, before: Wishes, said: Wishes, shown: Sequence[ShopProduct] = ()) -> Wishes:
    """The wishes after a message: those before refined by what it says, or a search anew.

    Another kind of thing starts anew; a kind within the one before narrows it. Free words narrow when
    something that fits holds them or when they tell what the thing is for, else they describe another thing.

    Args:
        shown: what the customer looks at; a limit said alone is on things of these kinds when no kind was named.
    """
    if said.categories:
        inside = before.categories and search.is_within(session, said.categories, before.categories)
        if before.empty or not inside:
            return refine(before, said, anew=True)
        return _narrowed(session, before, said)
    if not before.categories and not said.words and (said.limited or said.attributes):
        before = _of_the_kind(before, shown)
    if before.empty:
        return refine(before, said, anew=True)
    merged = refine(before, said, anew=False)
    if said.words and not said.structured:
        found = search.find(session, replace(merged, words=said.words), 1, strict=True)
        another = found.words_ignored or not found.total
        return refine(before, said, anew=another and not (before.categories and describes(said.phrase)))
    if said.words and not _holds(session, merged) and _holds(session, said):
        return refine(before, said, anew=True)
    return merged


def _narrowed(session: Session, before: Wishes, said: Wishes) -> Wishes:
    """The kind looked for, named once more with further wishes: they narrow it, unless nothing is all of that.

    Then what it was like before ("a white cotton fabric") was said of another piece; the price limit stays if it can.
    """
    merged = refine(replace(before, words="", phrase="", attributes=()) if said.sort else before, said, anew=False)
    if not (said.words or said.attributes or said.bounds) or _holds(session, merged):
        return merged
    limits = Wishes(
        price_min=before.price_min,
        price_max=before.price_max,
        price_below=before.price_below,
        price_above=before.price_above,
        not_brands=before.not_brands,
    )
    priced = refine(limits, said, anew=False)
    return priced if _holds(session, priced) else refine(before, said, anew=True)


def _holds(session: Session, wishes: Wishes) -> bool:
    """Whether something is all that is asked for, the free words too."""
    found = search.find(session, wishes, 1, strict=True)
    return bool(found.total) and not found.words_ignored


def _of_the_kind(before: Wishes, shown: Sequence[ShopProduct]) -> Wishes:
    """`before` on the kinds of what was shown, when it says by words alone, or not at all, what kind is meant."""
    kinds = tuple(dict.fromkeys(product.category.code for product in shown if product.category))
    return replace(before, categories=kinds) if kinds and (before.empty or before.words) else before


def describes(phrase: str) -> bool:
    """Whether free words tell what the thing talked about is for or like ("for school", "للشغل")."""
    first = words_of(phrase)[:1]
    return (
        says("describing", phrase) or points_back(phrase) or first == ["for"] or any(w.startswith("لل") for w in first)
    )


def corrected(session: Session, before: Wishes, said: Wishes) -> Wishes:
    """The wishes after a correction ("no, the black one"): what it names is put right, everything else stays.

    Another kind of thing takes the price along, and of the properties those that things of this kind have.
    """
    if not said.categories:
        return refine(replace(before, words="", phrase="") if said.words else before, said, anew=False)
    if before.categories and search.is_within(session, said.categories, before.categories):
        return refine(replace(before, words="", phrase=""), said, anew=False)
    kind = Wishes(categories=said.categories)
    brands = tuple(code for code in before.brands if _is_sold(session, replace(kind, brands=(code,))))
    attributes = tuple(wish for wish in before.attributes if _is_sold(session, replace(kind, attributes=(wish,))))
    kept = Wishes(
        brands=brands,
        not_brands=before.not_brands,
        price_min=before.price_min,
        price_max=before.price_max,
        attributes=attributes,
    )
    return refine(kept, said, anew=False)


def _is_sold(session: Session, wishes: Wishes) -> bool:
    return bool(search.find(session, wishes, 1).total)


def relaxed(session: Session, before: Wishes, text: str) -> Wishes | None:
    """The wishes with less asked of them, when a message does nothing but give way; None for any other message.

    "A bit more is fine" widens the price limit, "the colour doesn't matter" drops the wish it names.
    """
    if before.empty or len(words_of(text)) > LONGEST_GIVING_WAY:
        return None
    if says("bit_more", text) and (before.price_max is not None or before.price_below is not None):
        return search.a_bit_over(before)
    if not says("no_matter", text):
        return None
    if says("of_price", text) and any(limit is not None for limit in before.price_limits):
        return replace(before.without_price(), offset=0)
    if says("of_brand", text) and (before.brands or before.not_brands):
        return replace(before, brands=(), not_brands=(), offset=0)
    named = properties_named(text)
    stems = set(stems_of(text))
    for wish in before.attributes:
        name = attribute_name(session, wish.code)
        names = " ".join([*(name.values() if name else ()), wish.code.replace("_", " ")])
        if stems & set(stems_of(names)) or named & properties_named(names) or stems & set(stems_of(wish.value)):
            return search.relax(before, f"attribute:{wish.code}")
    return None


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


def as_common_noun(name: str) -> str:
    """A category's name inside a sentence; names in capitals ("TVs", "USB cables") stay as they are."""
    return " ".join(word.lower() if word[1:].islower() else word for word in name.split())
