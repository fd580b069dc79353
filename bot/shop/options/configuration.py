"""A product as one customer wants it: choices, words to put on it, a size. Never an invalid one.

Every function takes a valid configuration and gives a valid one, or refuses. The newest wish wins: what
cannot be had with it is dropped and named, so that a mind can be changed in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from bot.db.types import LANGUAGES, LocalisedText
from bot.shop import availability
from bot.shop.catalogue import BuyableVariant, Choice, Option, ShopProduct
from bot.shop.options.limits import (
    MeasureLimits,
    MeasureProblem,
    TextLimits,
    TextProblem,
    check_measure,
    check_text,
    read_measure,
)
from bot.shop.selling_words import is_only


class NotOffered(LookupError):
    """The product is not made that way."""


@dataclass(frozen=True)
class Configuration:
    """What was decided so far, by option code."""

    choices: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    measures: dict[str, Decimal] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """As slots and rows keep it."""
        data = {"choices": self.choices, "texts": self.texts, "measures": {k: str(v) for k, v in self.measures.items()}}
        return {name: value for name, value in data.items() if value}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Configuration:
        """Back from `to_data`."""
        measures = {code: Decimal(size) for code, size in (data.get("measures") or {}).items()}
        return cls(dict(data.get("choices") or {}), dict(data.get("texts") or {}), measures)


@dataclass(frozen=True)
class Dropped:
    """A choice given up because it cannot be had with the newest one, and why if the shop says."""

    option: Option
    choice: Choice
    reason: LocalisedText


@dataclass(frozen=True)
class Changed:
    """A configuration after a wish, and what had to go for it."""

    configuration: Configuration
    dropped: tuple[Dropped, ...] = ()


def deciding(product: ShopProduct) -> set[str]:
    """The options that make a variant of its own."""
    return {code for variant in product.variants for code in variant.options}


def option_of(product: ShopProduct, code: str) -> Option:
    """The option of a code.

    Raises:
        NotOffered: the product has none such.
    """
    found = next((option for option in product.options if option.code == code), None)
    if found is None:
        raise NotOffered(code)
    return found


def _clash(product: ShopProduct, choices: Mapping[str, str]) -> bool:
    pairs = set(choices.items())
    return any(exclusion.pair <= pairs for exclusion in product.exclusions if exclusion.pair)


def _completions(product: ShopProduct, choices: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """All ways to decide every option, given some choices; lazily, so that asking for one is quick."""
    names = deciding(product)
    for variant in availability.matching(product, choices) if product.variants else []:
        given = {**{code: _code(product, code, value) for code, value in variant.options.items()}, **choices}
        free = [option for option in product.options if option.choices and option.code not in names | given.keys()]
        if not _clash(product, given):
            yield from _filled(product, given, free)


def _filled(product: ShopProduct, given: dict[str, str], free: list[Option]) -> Iterator[dict[str, str]]:
    if not free:
        yield given
        return
    for choice in sorted(free[0].choices, key=lambda choice: choice.price_delta > 0):  # free of charge first
        tried = {**given, free[0].code: choice.code}
        if not _clash(product, tried):
            yield from _filled(product, tried, free[1:])


def _code(product: ShopProduct, option: str, value: str) -> str:
    choice = product.choice(option, value)
    return choice.code if choice else value


def possible(product: ShopProduct, choices: Mapping[str, str]) -> bool:
    """Whether the product can be had with these choices at all."""
    return next(_completions(product, choices), None) is not None


def _variants_left(product: ShopProduct, choices: Mapping[str, str]) -> list[BuyableVariant]:
    """The variants that can still be had with some choices."""
    return [
        variant
        for variant in availability.matching(product, choices)
        if possible(product, {**choices, **{code: _code(product, code, v) for code, v in variant.options.items()}})
    ]


def in_stock(product: ShopProduct, choices: Mapping[str, str], pieces: int = 1) -> bool:
    """Whether a version with these choices can be had now, in so many pieces."""
    return any(_holds(variant, pieces) for variant in _variants_left(product, choices))


def _holds(variant: BuyableVariant, pieces: int) -> bool:
    return not variant.track_stock or sum(variant.stock.values()) >= pieces


def offered(product: ShopProduct, configuration: Configuration, option: Option) -> list[Choice]:
    """The choices of an option that go with the others made so far."""
    others = {code: value for code, value in configuration.choices.items() if code != option.code}
    return [choice for choice in option.choices if possible(product, {**others, option.code: choice.code})]


def standing(product: ShopProduct, configuration: Configuration, option: Option, pieces: int = 1) -> list[Choice]:
    """Those of the choices offered that can be had now, in so many pieces if any can; all of them when none can."""
    found = offered(product, configuration, option)
    others = {code: value for code, value in configuration.choices.items() if code != option.code}
    for least in dict.fromkeys((pieces, 1)):
        left = [choice for choice in found if in_stock(product, {**others, option.code: choice.code}, least)]
        if left:
            return left
    return found


def choose(product: ShopProduct, configuration: Configuration, option_code: str, value: str) -> Changed:
    """Make a choice; earlier ones that cannot be had with it are dropped.

    Raises:
        NotOffered: the product is never made that way.
    """
    choice = product.choice(option_code, value)
    if choice is None or not possible(product, {option_code: choice.code}):
        raise NotOffered(value)
    kept, dropped = {option_code: choice.code}, []
    for code, before in configuration.choices.items():
        if code == option_code:
            continue
        if possible(product, {**kept, code: before}):
            kept[code] = before
        else:
            other = product.choice(code, before)
            if other is not None:
                dropped.append(Dropped(option_of(product, code), other, _reason(product, {**kept, code: before})))
    order = [o.code for o in product.options if o.code in kept]
    changed = replace(configuration, choices={code: kept[code] for code in order})
    return Changed(_without_unasked(product, changed), tuple(dropped))


def _reason(product: ShopProduct, choices: Mapping[str, str]) -> LocalisedText:
    pairs = set(choices.items())
    found = (exclusion.reason for exclusion in product.exclusions if exclusion.pair and exclusion.pair <= pairs)
    return next(found, LocalisedText())


def _applies(option: Option, configuration: Configuration) -> bool:
    """Whether words or a size can be given: always, or only with the choice that asks for it."""
    when = option.limits.when if option.limits else None
    return when is None or configuration.choices.get(when.option) == when.value


def _without_unasked(product: ShopProduct, configuration: Configuration) -> Configuration:
    free = {option.code for option in product.options if option.limits and _applies(option, configuration)}
    return replace(
        configuration,
        texts={code: text for code, text in configuration.texts.items() if code in free},
        measures={code: size for code, size in configuration.measures.items() if code in free},
    )


def write(product: ShopProduct, configuration: Configuration, option_code: str, text: str) -> Configuration:
    """Put words on the product.

    Raises:
        TextProblem: they cannot be put on it.
        NotOffered: the product takes no words there.
    """
    option = option_of(product, option_code)
    if not isinstance(option.limits, TextLimits) or not _applies(option, configuration):
        raise NotOffered(option_code)
    return replace(configuration, texts={**configuration.texts, option_code: check_text(option.limits, text)})


def measure(product: ShopProduct, configuration: Configuration, option_code: str, text: str) -> Configuration:
    """Give the size a text names.

    Raises:
        MeasureProblem: it names none, or one that is not made.
        NotOffered: the product is not made to size.
    """
    option = option_of(product, option_code)
    if not isinstance(option.limits, MeasureLimits) or not _applies(option, configuration):
        raise NotOffered(option_code)
    size = read_measure(option.limits, text)
    return replace(configuration, measures={**configuration.measures, option_code: size})


def unanswered(product: ShopProduct, configuration: Configuration, *, extras: bool) -> list[Option]:
    """The options still to ask about, in the shop's order.

    Args:
        extras: also those that make no variant, are not required, and have one choice to go without saying.
    """
    names = deciding(product)
    return [option for option in product.options if _is_open(product, configuration, option, names, extras)]


def _is_open(product: ShopProduct, configuration: Configuration, option: Option, names: set[str], extras: bool) -> bool:
    if option.limits is None:
        wanted = extras or option.code in names or _is_taste(option)
        return wanted and option.code not in configuration.choices and len(offered(product, configuration, option)) > 1
    if option.code in configuration.texts or option.code in configuration.measures:
        return False
    needed = option.limits.required or option.limits.when is not None
    return _applies(option, configuration) and (needed or extras)


def _is_taste(option: Option) -> bool:
    """Whether only the customer can decide an option: several of its choices cost nothing, and none means doing without."""
    free = [choice for choice in option.choices if choice.price_delta <= 0]
    return len(free) > 1 and not any(is_only("none", name) for choice in free for name in choice.name.values())


def settled(product: ShopProduct, configuration: Configuration) -> Configuration:
    """With every option decided where there is nothing to decide, or where none of its choices is free of charge.

    What else is open stays so: it is made as the shop makes it when nobody says anything.
    """
    completed = next(_completions(product, configuration.choices), None)
    if completed is None:
        return configuration
    names = deciding(product)
    safe = {
        option.code: completed[option.code]
        for option in product.options
        if option.choices
        and option.code in completed
        and (_is_forced(product, configuration, option) or _costs(product, completed, option, names))
    }
    return replace(configuration, choices={**safe, **configuration.choices})


def _is_forced(product: ShopProduct, configuration: Configuration, option: Option) -> bool:
    return len(option.choices) > 1 and len(offered(product, configuration, option)) == 1


def _costs(product: ShopProduct, completed: Mapping[str, str], option: Option, names: set[str]) -> bool:
    """Whether the cheapest choice of an option adds to the price. A variant is never chosen for the customer."""
    choice = product.choice(option.code, completed[option.code])
    return option.code not in names and choice is not None and choice.price_delta > 0


def variant_of(product: ShopProduct, configuration: Configuration) -> BuyableVariant | None:
    """The variant that was decided on; one in stock when several are alike; None while that is open."""
    found = _variants_left(product, configuration.choices)
    if not found or any(variant.options != found[0].options for variant in found):
        return None
    return next((variant for variant in found if variant.available), found[0])


def complete(product: ShopProduct, configuration: Configuration) -> bool:
    """Whether it can be bought as it is: the variant decided on, and all that must be said is said."""
    return (
        variant_of(product, configuration) is not None
        and not unanswered(product, configuration, extras=False)
        and valid(product, configuration)
    )


def valid(product: ShopProduct, configuration: Configuration) -> bool:
    """Whether everything in it is offered, can be had together, and keeps to the limits."""
    if not possible(product, configuration.choices):
        return False
    if any(product.choice(code, value) is None for code, value in configuration.choices.items()):
        return False
    limits = {option.code: option.limits for option in product.options if _applies(option, configuration)}
    try:
        for code, text in configuration.texts.items():
            given = limits.get(code)
            if not isinstance(given, TextLimits) or check_text(given, text) != text:
                return False
        for code, size in configuration.measures.items():
            given = limits.get(code)
            if not isinstance(given, MeasureLimits):
                return False
            check_measure(given, size)
    except (TextProblem, MeasureProblem):
        return False
    return True


def extras_price(product: ShopProduct, configuration: Configuration) -> Decimal:
    """What choices that make no variant, words and sizes add to the price of the variant."""
    names = deciding(product)
    total = Decimal(0)
    for option in product.options:
        if option.limits is None and option.code not in names:
            choice = product.choice(option.code, configuration.choices.get(option.code, ""))
            total += choice.price_delta if choice else 0
        elif isinstance(option.limits, TextLimits) and option.code in configuration.texts:
            total += option.limits.price
        elif isinstance(option.limits, MeasureLimits) and option.code in configuration.measures:
            total += option.limits.price_of(configuration.measures[option.code])
    return total


def price(product: ShopProduct, configuration: Configuration) -> tuple[Decimal, Decimal] | None:
    """The lowest and the highest price of a piece as far as it is decided; None when the shop gives none."""
    prices = [v.price for v in _variants_left(product, configuration.choices) if v.price is not None]
    if not prices:
        return None
    extra = extras_price(product, configuration)
    return max(min(prices) + extra, Decimal(0)), max(max(prices) + extra, Decimal(0))


def lead_time_days(product: ShopProduct, configuration: Configuration) -> int:
    """Days the making takes: the product's own, and those of the choice that takes longest."""
    added = [0]
    for option in product.options:
        choice = product.choice(option.code, configuration.choices.get(option.code, ""))
        added.append(choice.lead_time_days if choice else 0)
        if option.limits and option.code in configuration.texts | configuration.measures:
            added.append(option.limits.lead_time_days)
    return product.lead_time_days + max(added)


def details(product: ShopProduct, configuration: Configuration) -> list[LocalisedText]:
    """What was decided, a line an option: "Colour: Black", the words, the size. Options left out say nothing."""
    lines = []
    for option in product.options:
        value: LocalisedText | None = None
        choice = product.choice(option.code, configuration.choices.get(option.code, ""))
        if choice is not None:
            value = choice.name
        elif option.code in configuration.texts:
            value = LocalisedText(dict.fromkeys(LANGUAGES, f"“{configuration.texts[option.code]}”"))
        elif isinstance(option.limits, MeasureLimits) and option.code in configuration.measures:
            size = f"{configuration.measures[option.code].normalize():f} {option.limits.unit}"
            value = LocalisedText(dict.fromkeys(LANGUAGES, size))
        if value is not None:
            lines.append(
                LocalisedText(
                    {lang: f"{option.name.get_for(lang)}: {value.get_for(lang)}" for lang in {*option.name, *value}}
                )
            )
    return lines
