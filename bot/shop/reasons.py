"""Why a product fits what a customer asked for: which wishes it meets and which of its own words hold theirs.

Search and advice show the reasons beside each suggestion; comparing picks the product that has most of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.db.types import LocalisedText
from bot.language.stemming import stem
from bot.shop import ages
from bot.shop.catalogue import Attribute, ShopProduct
from bot.shop.listed_values import parts_of, without_years
from bot.shop.questions import WORDS_OF_PASSAGE, sentence_with, shortened
from bot.shop.vocabulary import denies, stems_of
from bot.shop.wishes import Wishes

WORTH_SAYING = Decimal("0.04")  # of a price limit, from which what is left of it is a reason
MOST = 3  # reasons for one product


@dataclass(frozen=True)
class Reason:
    """One wish that a product meets.

    `kind`: `left` (`amount` below the limit), `within` the limit, `saved` (`amount` below what was shown before), `value` (one that was asked for), `fact` (a number
    beyond the one it was compared with), or `passage` (its description says the customer's words).
    """

    kind: str
    amount: Decimal | None = None
    value: LocalisedText | None = None
    attribute: Attribute | None = None
    passage: str = ""


def of(product: ShopProduct, wishes: Wishes, language: str) -> list[Reason]:
    """The wishes a product meets, those about the thing itself before its price; at most `MOST`."""
    about = [*_values(product, wishes), *_numbers(product, wishes)]
    about += _words(product, wishes, language, about)
    return [*about[: MOST - 1], *_price(product, wishes)][:MOST]


def most_fitting(products: Sequence[ShopProduct], wishes: Wishes, language: str) -> ShopProduct | None:
    """The one product that meets more of the wishes than every other; None when no need was stated, or several do."""
    counts = [(sum(_weight(reason) for reason in of(product, wishes, language)), product) for product in products]
    counts.sort(key=lambda count: -count[0])
    if not counts or not counts[0][0] or (len(counts) > 1 and counts[1][0] == counts[0][0]):
        return None
    return counts[0][1]


def _weight(reason: Reason) -> int:
    return 1 if reason.kind in ("left", "within", "saved") else 2


def _values(product: ShopProduct, wishes: Wishes) -> list[Reason]:
    """The values asked for: as the product's own fact, or as a choice it offers."""
    found = []
    for wish in wishes.attributes:
        attribute = product.attribute(wish.code)
        choice = product.choice(wish.code, wish.value)
        held = attribute is not None and wish.value.casefold() in (v.casefold() for v in _listed(attribute))
        if attribute is not None and held:
            found.append(Reason("value", value=attribute.value, attribute=attribute))
        elif choice is not None:
            found.append(Reason("value", value=choice.name))
    return found


def _listed(attribute: Attribute) -> Iterator[str]:
    """The values of an attribute, and each of those that they list."""
    for value in attribute.value.values():
        yield value
        yield from map(without_years, parts_of(value))


def _numbers(product: ShopProduct, wishes: Wishes) -> list[Reason]:
    """The numbers that are beyond what was shown before ("lighter")."""
    found = []
    for bound in wishes.bounds:
        attribute = product.attribute(bound.code)
        if attribute is None or attribute.number is None:
            continue
        if attribute.number > bound.limit if bound.direction > 0 else attribute.number < bound.limit:
            found.append(Reason("fact", attribute=attribute))
    return found


def _words(product: ShopProduct, wishes: Wishes, language: str, said: Sequence[Reason]) -> list[Reason]:
    """The fact or the passage that holds most of the customer's free words, when its title does not say them."""
    age = ages.said(wishes.phrase)
    made_for = ages.made_for(product, age, language) if age is not None else None
    if made_for is not None:
        return [Reason("passage", passage=shortened(made_for.get_for(language).rstrip(".؟!"), WORDS_OF_PASSAGE))]
    told = {part for text in product.title.values() for part in stems_of(text)}
    told |= {part for reason in said if reason.value for text in reason.value.values() for part in stems_of(text)}
    wanted = {stem(word) for word in wishes.words.split() if not word.isdigit()} - told
    if not wanted:
        return []
    for attribute in product.attributes:
        held = {part for text in attribute.value.values() for part in stems_of(text)}
        if wanted <= held and not any(reason.attribute == attribute for reason in said):
            return [Reason("fact", attribute=attribute)]
    passage = sentence_with(product.description, wanted, language, WORDS_OF_PASSAGE)
    if denies(passage) and not denies(wishes.phrase or wishes.words):
        return []  # "mattress not included" is no reason to one who wants a mattress
    return [Reason("passage", passage=passage)] if passage else []


def _price(product: ShopProduct, wishes: Wishes) -> list[Reason]:
    if product.price_from is None:
        return []
    below = wishes.price_below
    if below is not None and (wishes.price_max is None or below < wishes.price_max) and product.price_from < below:
        return [Reason("saved", amount=below - product.price_from)]
    limits = [limit for limit in (wishes.price_max, below) if limit is not None]
    if not limits or product.price_from > min(limits):
        return []
    left = min(limits) - product.price_from
    if left >= min(limits) * WORTH_SAYING:
        return [Reason("left", amount=left)]
    return [Reason("within", amount=min(limits))]
