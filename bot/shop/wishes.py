"""What a customer looks for: the constraints in force, and how each message adds to them or starts anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

SLACK = 1e-6  # of a number that is reached, and so within its limit
ABOUT = Decimal("0.15")  # how far "about 500" reaches on both sides


@dataclass(frozen=True)
class AttributeWish:
    """A property that the thing must have: the value of an attribute or the choice of an option."""

    code: str
    value: str


@dataclass(frozen=True)
class Bound:
    """A limit on the number of an attribute, from a comparison with what was shown ("lighter")."""

    code: str
    limit: float
    direction: int  # 1: above the limit, -1: below it


def at_limit(code: str, number: float, direction: int) -> Bound:
    """The limit of a number that may just be reached ("at least 16")."""
    return Bound(code, number - direction * abs(number) * SLACK, direction)


@dataclass(frozen=True)
class Wishes:
    """Constraints of a search; an empty field constrains nothing.

    `price_below` is strict ("cheaper than those"), `price_min` and `price_max` are not. `words` is
    what no entity covers, `phrase` the message it came from, for the sentence encoder.
    """

    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    price_below: Decimal | None = None
    price_above: Decimal | None = None
    attributes: tuple[AttributeWish, ...] = ()
    not_attributes: tuple[AttributeWish, ...] = ()
    bounds: tuple[Bound, ...] = ()
    without: str = ""  # what the thing must not have, in words; tells nothing of what it is
    words: str = ""
    phrase: str = ""
    # "" by relevance and popularity, "price" cheapest first, "-price" dearest first, "@CODE" and "-@CODE" by the number
    # of an attribute, least or most first
    sort: str = ""
    asked: tuple[str, ...] = field(default=())  # questions already asked while advising
    offset: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.structured or self.words)

    @property
    def structured(self) -> bool:
        """Whether anything but free words is asked for."""
        return bool(
            self.categories
            or self.not_categories
            or self.brands
            or self.not_brands
            or self.attributes
            or self.not_attributes
            or self.limited
        )

    @property
    def limited(self) -> bool:
        """Whether a limit is asked for: on the price, or on what an attribute counts."""
        return bool(self.bounds) or any(limit is not None for limit in self.price_limits)

    @property
    def price_limits(self) -> tuple[Decimal | None, ...]:
        """All limits on the price: min, max, below, above."""
        return (self.price_min, self.price_max, self.price_below, self.price_above)

    def without_price(self) -> Wishes:
        """The same with no limit on the price."""
        return replace(self, price_min=None, price_max=None, price_below=None, price_above=None)

    def to_slot(self) -> dict[str, Any]:
        """As JSON, for the slot `search`; only what is set."""
        kept: dict[str, Any] = {}
        for name in ("categories", "not_categories", "brands", "not_brands", "asked"):
            if getattr(self, name):
                kept[name] = list(getattr(self, name))
        for name in ("price_min", "price_max", "price_below", "price_above"):
            if getattr(self, name) is not None:
                kept[name] = str(getattr(self, name))
        for name in ("without", "words", "phrase", "sort", "offset"):
            if getattr(self, name):
                kept[name] = getattr(self, name)
        for name in ("attributes", "not_attributes"):
            if getattr(self, name):
                kept[name] = [[wish.code, wish.value] for wish in getattr(self, name)]
        if self.bounds:
            kept["bounds"] = [[bound.code, bound.limit, bound.direction] for bound in self.bounds]
        return kept

    @staticmethod
    def from_slot(kept: Mapping[str, Any] | None) -> Wishes:
        """What `to_slot` wrote."""
        kept = kept or {}
        return Wishes(
            categories=tuple(kept.get("categories") or ()),
            not_categories=tuple(kept.get("not_categories") or ()),
            brands=tuple(kept.get("brands") or ()),
            not_brands=tuple(kept.get("not_brands") or ()),
            price_min=amount(kept.get("price_min")),
            price_max=amount(kept.get("price_max")),
            price_below=amount(kept.get("price_below")),
            price_above=amount(kept.get("price_above")),
            attributes=tuple(AttributeWish(code, value) for code, value in kept.get("attributes") or ()),
            not_attributes=tuple(AttributeWish(code, value) for code, value in kept.get("not_attributes") or ()),
            bounds=tuple(Bound(code, limit, direction) for code, limit, direction in kept.get("bounds") or ()),
            without=kept.get("without") or "",
            words=kept.get("words") or "",
            phrase=kept.get("phrase") or "",
            sort=kept.get("sort") or "",
            asked=tuple(kept.get("asked") or ()),
            offset=int(kept.get("offset") or 0),
        )


def amount(value: Any) -> Decimal | None:
    """A price as a Decimal to a thousandth, the finest the database keeps; None when it is no price."""
    if value is None or isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value)).quantize(Decimal("0.001"))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None


def with_prices(wishes: Wishes, limits: Sequence[tuple[str | None, Any]]) -> Wishes:
    """`wishes` with limits on the price from `price` entities.

    Args:
        limits: (role, number) pairs; a role other than `min` and `max` means "about".
    """
    found: dict[str, Decimal] = {}
    for role, value in limits:
        price = amount(value)
        if price is None or price < 0:
            continue
        if role == "max":
            found["price_max"] = price
        elif role == "min":
            found["price_min"] = price
        else:
            found["price_min"] = (price * (1 - ABOUT)).quantize(Decimal("0.001"))
            found["price_max"] = (price * (1 + ABOUT)).quantize(Decimal("0.001"))
    if {"price_min", "price_max"} <= set(found) and found["price_min"] > found["price_max"]:
        found["price_min"], found["price_max"] = found["price_max"], found["price_min"]
    return replace(wishes, price_min=found.get("price_min"), price_max=found.get("price_max"))


def about(low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """The price that two limits lie about ("about 500"), as `with_prices` set them; None when they are limits."""
    if low is None or high is None:
        return None
    centre = ((low + high) / 2).quantize(Decimal("0.001"))
    limits = with_prices(Wishes(), [("about", centre)])
    return centre if (limits.price_min, limits.price_max) == (low, high) else None


def refine(before: Wishes, said: Wishes, *, anew: bool) -> Wishes:
    """The constraints in force after a message.

    A wish of a kind takes the place of the earlier one of that kind (another limit, another brand,
    another value of the same attribute); other kinds stay.

    Args:
        before: constraints in force until now.
        said: what the message asks for.
        anew: the message starts another search, only what it asks for counts.
    """
    if anew:
        return said
    merged = replace(before, offset=0, sort=said.sort or before.sort, asked=(*before.asked, *said.asked))
    if said.categories:
        unwanted = tuple(code for code in before.not_categories if code not in said.categories)
        merged = replace(merged, categories=said.categories, not_categories=unwanted)
    if said.not_categories:
        kinds = tuple(code for code in merged.categories if code not in said.not_categories)
        unwanted = tuple(dict.fromkeys([*merged.not_categories, *said.not_categories]))
        merged = replace(merged, categories=kinds, not_categories=unwanted)
    if said.brands:
        merged = replace(merged, brands=said.brands, not_brands=())
    if said.not_brands:
        merged = replace(merged, brands=(), not_brands=tuple(dict.fromkeys([*before.not_brands, *said.not_brands])))
    if any(limit is not None for limit in said.price_limits):
        merged = _with_price(merged, said)
    if said.attributes:
        codes = {wish.code for wish in said.attributes}
        kept = tuple(wish for wish in before.attributes if wish.code not in codes)
        ruled_out = tuple(wish for wish in merged.not_attributes if wish not in said.attributes)
        merged = replace(merged, attributes=(*kept, *said.attributes), not_attributes=ruled_out)
    if said.not_attributes:
        kept = tuple(wish for wish in merged.attributes if wish not in said.not_attributes)
        ruled_out = tuple(dict.fromkeys([*merged.not_attributes, *said.not_attributes]))
        merged = replace(merged, attributes=kept, not_attributes=ruled_out)
    if said.without:
        merged = replace(merged, without=said.without)
    if said.bounds:
        codes = {bound.code for bound in said.bounds}
        merged = replace(merged, bounds=(*(bound for bound in before.bounds if bound.code not in codes), *said.bounds))
    if said.words:
        words = dict.fromkeys([*before.words.split(), *said.words.split()])
        merged = replace(merged, words=" ".join(words), phrase=said.phrase)
    return merged


def _with_price(merged: Wishes, said: Wishes) -> Wishes:
    """One side of the price named anew leaves the other in force, unless the two exclude each other."""
    upper_said = said.price_max is not None or said.price_below is not None
    lower_said = said.price_min is not None or said.price_above is not None
    if upper_said:
        merged = replace(merged, price_max=said.price_max, price_below=said.price_below)
    if lower_said:
        merged = replace(merged, price_min=said.price_min, price_above=said.price_above)
    lowest = max((limit for limit in (merged.price_min, merged.price_above) if limit is not None), default=None)
    highest = min((limit for limit in (merged.price_max, merged.price_below) if limit is not None), default=None)
    if lowest is not None and highest is not None and lowest >= highest and lowest != highest:
        if upper_said:
            return replace(merged, price_min=None, price_above=None)
        return replace(merged, price_max=None, price_below=None)
    return merged
