"""Whether a product comes as a customer asks for it ("in blue"): the choice, or what it comes in instead.

Called where one product's options, stock or properties are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.shop.catalogue import Attribute, Choice, Option, ShopProduct
from bot.shop.vocabulary import colours_in, properties_named, stems_of
from bot.shop.wishes import AttributeWish

COLOUR = "colour"


@dataclass(frozen=True)
class Asked:
    """What was asked for, by its value, or by the customer's `word` when the catalogue does not know it.

    `choice` is there when the product has it; else `option` or `attribute` tell what it comes in.
    """

    wish: AttributeWish | None = None
    word: str = ""
    choice: Choice | None = None
    option: Option | None = None
    attribute: Attribute | None = None


def asked(product: ShopProduct, attributes: Sequence[AttributeWish], text: str) -> Asked | None:
    """The first choice that a message asks for and the product answers; None when it asks for none.

    Args:
        attributes: the values that the message names.
        text: its words, for colours that nothing in the catalogue has.
    """
    for wish in attributes:
        found = _of_wish(product, wish)
        if found is not None:
            return found
    return next((found for word in colours_in(text) if (found := _of_colour(product, word))), None)


def _of_wish(product: ShopProduct, wish: AttributeWish) -> Asked | None:
    choice = product.choice(wish.code, wish.value)
    if choice is not None:
        return Asked(wish, choice=choice)
    option = next((option for option in product.options if option.code == wish.code and option.choices), None)
    if option is not None:
        return Asked(wish, option=option)
    attribute = product.attribute(wish.code)
    if attribute is None or _holds(attribute.value.values(), set(stems_of(wish.value))):
        return None  # "Men" of "Men and women" too: the fact itself tells
    return Asked(wish, attribute=attribute)


def _of_colour(product: ShopProduct, word: str) -> Asked | None:
    stems = set(stems_of(word))
    for option in product.options:
        if option.choices and is_colour([*option.name.values(), option.code]):
            choice = next((choice for choice in option.choices if _holds(choice.name.values(), stems)), None)
            return Asked(word=word, choice=choice, option=None if choice else option)
    for attribute in product.attributes:
        if is_colour([*attribute.name.values(), attribute.code]):
            return None if _holds(attribute.value.values(), stems) else Asked(word=word, attribute=attribute)
    return None


def is_colour(names: Iterable[str]) -> bool:
    """Whether an option or attribute of these names is the colour."""
    return COLOUR in properties_named(" ".join(names))


def _holds(texts: Iterable[str], stems: set[str]) -> bool:
    return any(stems <= set(stems_of(text)) for text in texts)
