"""What of a product can be had now, and where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import DeliveryZone
from bot.language.normalise import fold
from bot.shop.catalogue import BuyableVariant, Place, ShopProduct
from bot.shop.gazetteer import units
from bot.shop.wishes import AttributeWish

_TIMES = re.compile(r"(\d) ?[x×*] ?(?=\d)")
_EDGE = re.compile(r"(?<=\d)(?=[^\W\dx])")  # between a number and its unit: "100ml"
_PART = re.compile(r"\d+(?:[.,x]\d+)*|[^\W\d]+")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_SHORT_WORD = re.compile(r"(?<![\w'’-])\w{1,3}(?![\w'’-])")
_WORDS_OF_ONE_LETTER = frozenset({"a", "i", "و"})
FEW = 5  # from here down a customer is told how many are left


@dataclass(frozen=True)
class Held:
    """Pieces a branch holds."""

    place: Place
    quantity: int

    @property
    def few(self) -> bool:
        return 0 < self.quantity <= FEW


@dataclass(frozen=True)
class Availability:
    """Where something can be had.

    `tracked` False: always available, nobody counts it. `offered` False: no variant is made that way.
    """

    offered: bool
    tracked: bool
    held: tuple[Held, ...]

    @property
    def total(self) -> int:
        return sum(held.quantity for held in self.held)

    @property
    def available(self) -> bool:
        return self.offered and (not self.tracked or self.total > 0)


def of(product: ShopProduct, places: Sequence[Place], options: Mapping[str, str] | None = None) -> Availability:
    """Where a product can be had, in the variants that have the wished `options` ({option code: choice code})."""
    variants = matching(product, options or {})
    if not variants:
        return Availability(offered=False, tracked=True, held=())
    counted = [variant for variant in variants if variant.track_stock]
    held = tuple(Held(place, sum(variant.stock.get(place.code, 0) for variant in counted)) for place in places)
    held = tuple(at for at in held if at.quantity or at.place.kind == "store")  # an empty warehouse concerns nobody
    tracked = all(variant.track_stock for variant in variants)
    return Availability(offered=True, tracked=tracked, held=held)


def wished(product: ShopProduct, attributes: Sequence[AttributeWish], text: str = "") -> dict[str, str]:
    """The product's choices that wishes or the words of a message name: {option code: choice code}."""
    found = {wish.code: product.choice(wish.code, wish.value) for wish in attributes}
    named = _short_choices(product, text) | _measured_choices(product, text)
    return named | {code: choice.code for code, choice in found.items() if choice is not None}


def all_wished(product: ShopProduct, attributes: Sequence[AttributeWish], text: str) -> dict[str, set[str]]:
    """All choices of the product that a message names: {option code: choice codes}.

    A number alone stands for a measure of the option's ("140 and 160" of "140 cm" and "160 cm").
    """
    numbers = set(_NUMBER.findall(fold(text)))
    found: dict[str, set[str]] = {}
    for option in product.options:
        named = {choice.code for wish in attributes if (choice := product.choice(option.code, wish.value))}
        for choice in option.choices:
            written = [_measure(name) for name in choice.name.values()]
            counted = [_NUMBER.findall(measure) for measure in written if measure[:1].isdigit()]
            if any(len(digits) == 1 and digits[0] in numbers for digits in counted):
                named.add(choice.code)
        if named:
            found[option.code] = named
    return found


def _measured_choices(product: ShopProduct, text: str) -> dict[str, str]:
    """Choices that are a measure ("100 ml", "160x200"), however a message writes it ("١٠٠ مل", "160 × 200")."""
    said = f" {_measure(text)} "
    single = _single_measures(text)
    found: dict[str, tuple[int, str]] = {}
    for option in product.options:
        for choice in option.choices:
            for name in choice.name.values():
                written = _measure(name)
                if any(c.isdigit() for c in written) and (f" {written} " in said or written in single):
                    found[option.code] = max(found.get(option.code, (0, "")), (len(written), choice.code))
    return {option: code for option, (_, code) in found.items()}


def _single_measures(text: str) -> set[str]:
    """The measures of one that a text names without a number ("a terabyte" → "1tb")."""
    words = _PART.findall(_EDGE.sub(" ", fold(text)))
    pairs = zip(["", *words], words)
    return {
        f"1{unit}"
        for before, word in pairs
        if len(word) > 2 and not before[:1].isdigit() and (unit := units.canonical(word))
    }


def _measure(text: str) -> str:
    """A text in words, its measures in one spelling and each in one word ("4 litres" → "4l")."""
    text = _TIMES.sub(r"\1x", _EDGE.sub(" ", fold(text)))
    words: list[str] = []
    for word in _PART.findall(text):
        unit = units.canonical(word)
        if unit and words and words[-1].isdigit():
            words[-1] += unit
        else:
            words.append(word)
    return " ".join(words)


def _short_choices(product: ShopProduct, text: str) -> dict[str, str]:
    """Sizes such as "M", "XL" or "42": too short to be looked for in every message, plain beside their product."""
    words = {fold(word) for word in _SHORT_WORD.findall(text)} - _WORDS_OF_ONE_LETTER
    return {
        option.code: choice.code
        for option in product.options
        for choice in option.choices
        if words & {fold(name) for name in choice.name.values()}
    }


def matching(product: ShopProduct, options: Mapping[str, str]) -> list[BuyableVariant]:
    """The variants that have the wished choices; a choice that makes no variant of its own excludes none."""
    deciding = {code for variant in product.variants for code in variant.options}
    wished = {code: value.casefold() for code, value in options.items() if code in deciding}
    return [
        variant
        for variant in product.variants
        if all(str(variant.options.get(code, "")).casefold() == value for code, value in wished.items())
    ]


def in_city(session: Session, places: Sequence[Place], city: str) -> list[Place]:
    """The branches in a city given by the code of a delivery zone or by its name."""
    names = {fold(city)}
    zone = session.execute(
        select(DeliveryZone.name, DeliveryZone.aliases).where(DeliveryZone.code == city)
    ).one_or_none()
    if zone is not None:
        names |= {fold(name) for name in [*zone.name.values(), *map(str, zone.aliases or ())]}
    return [place for place in places if names & {fold(name) for name in place.city.values()}]


def city_name(session: Session, city: str, language: str) -> str:
    """The name of a city given by the code of a delivery zone, else as it was given."""
    name = session.execute(select(DeliveryZone.name).where(DeliveryZone.code == city)).scalar()
    return str(name.get_for(language)) if name else city
