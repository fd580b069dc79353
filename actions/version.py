"""Which version of a product is talked about: once a size or a colour was named, what is asked next is about it too.

Asking for a price or the stock, and buying, read it here; the slot `choices` keeps it as long as the product is in view.
"""

from __future__ import annotations

from actions import showing
from actions.turn import Turn
from bot.shop import availability
from bot.shop.catalogue import ShopProduct
from bot.shop.wishes import Wishes

SLOT = "choices"
LONGEST_SIZE = 3  # letters of such a choice as "XL" or "42"


def named(turn: Turn, product: ShopProduct) -> dict[str, str]:
    """The choices that the message itself names: {option code: choice code}."""
    return availability.wished(product, turn.attributes, turn.text_beside({"product"}))


def kept(turn: Turn, product: ShopProduct) -> dict[str, str]:
    """The choices named before: of that very product, or when it was looked for; a product named anew has none."""
    if turn.values("product"):
        return {}
    held = turn.slot(SLOT) or {}
    codes = held.get("codes") if held.get("product") == product.code and not turn.values("ordinal") else None
    return {**_looked_for(turn, product), **(codes or {})}


def _looked_for(turn: Turn, product: ShopProduct) -> dict[str, str]:
    """The choices of a product that was found by them ("abayas in M", then "the first one")."""
    if product.code not in (turn.slot("shown") or ()):
        return {}
    wishes = Wishes.from_slot(turn.slot("search"))
    return availability.wished(product, wishes.attributes, wishes.phrase)


def wished(turn: Turn, product: ShopProduct) -> dict[str, str]:
    """The version meant: what the message names, with what was named before as far as it goes with that."""
    said, before = named(turn, product), kept(turn, product)
    together = {**before, **said}
    codes = together if availability.matching(product, together) else said
    turn.set(SLOT, {"product": product.code, "codes": codes} if codes else None)
    return codes


def name_of(turn: Turn, product: ShopProduct, codes: dict[str, str]) -> str:
    """The product's name, with the choices that are meant."""
    name = showing.name_of(turn, product)
    chosen = [product.choice(option, code) for option, code in codes.items()]
    values = [turn.locale.isolate(turn.locale.digits_of(turn.locale.text(choice.name))) for choice in chosen if choice]
    if not values:
        return name
    return turn.words("phrase_name_with_values", name=name, values=turn.joined(values))
