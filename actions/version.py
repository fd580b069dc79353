"""Which version of a product is talked about: once a size or a colour was named, what is asked next is about it too.

Asking for a price or the stock, and buying, read it here; the slot `choices` keeps it as long as the product is in view.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import showing
from actions.turn import Turn, payload
from bot.shop import availability
from bot.shop.catalogue import ShopProduct
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration
from bot.shop.wishes import Wishes

SLOT = "choices"
MOST_NEAREST = 2
LONGEST_SIZE = 3  # letters of such a choice as "XL" or "42"


def named(turn: Turn, product: ShopProduct) -> dict[str, str]:
    """The choices that the message itself names: {option code: choice code}."""
    return availability.wished(product, turn.attributes, turn.text_beside({"product"}))


def several_named(turn: Turn, product: ShopProduct) -> dict[str, set[str]]:
    """The options of which the message names more than one choice ("140 and 160", "black or grey"), with those choices."""
    deciding = {code for variant in product.variants for code in variant.options}
    found = availability.all_wished(product, turn.attributes, turn.text_beside({"product"}))
    return {option: codes for option, codes in found.items() if len(codes) > 1 and option in deciding}


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


def told_apart(turn: Turn, session: Session, product: ShopProduct, codes: dict[str, str]) -> bool:
    """Say that choices named together cannot be had so, with what goes with each; whether that was so."""
    alone = all(making.possible(product, {option: code}) for option, code in codes.items())
    if len(codes) < 2 or not alone or making.possible(product, codes):
        return False
    turn.set(SLOT, None)
    nearest = []
    for option in product.options:
        rest = {code: value for code, value in codes.items() if code != option.code}
        if option.code in codes and making.possible(product, rest):
            offered = making.offered(product, Configuration(rest), option)
            nearest += [{**rest, option.code: choice.code} for choice in offered[:MOST_NEAREST]]
    button = {"do": "build", "product": product.code}
    turn.outcome("answered", products=[product.code])
    turn.say(
        "utter_not_together",
        name=showing.name_of(turn, product),
        values=turn.locale.list_of(_values(turn, product, codes)),
        reason=_reason(turn, product, codes),
        nearest=turn.joined(_with_price(turn, session, product, one) for one in nearest[:MOST_NEAREST]),
        buttons=[{"label": turn.words("label_build"), "payload": payload("customization_options", selling=button)}],
    )
    return True


def _reason(turn: Turn, product: ShopProduct, codes: dict[str, str]) -> str:
    pairs = set(codes.items())
    told = (turn.locale.text(one.reason) for one in product.exclusions if one.pair and one.pair <= pairs)
    reason = next((text for text in told if text), "")
    return " " + turn.words("phrase_because", reason=turn.locale.isolate(reason)) if reason else ""


def _with_price(turn: Turn, session: Session, product: ShopProduct, codes: dict[str, str]) -> str:
    values = turn.locale.list_of(_values(turn, product, codes))
    found = making.price(product, Configuration(codes))
    if found is None:
        return values
    return turn.words("phrase_choice_at", name=values, price=showing.money(turn, session, found[0]))


def _values(turn: Turn, product: ShopProduct, codes: dict[str, str]) -> list[str]:
    chosen = [product.choice(option.code, codes.get(option.code, "")) for option in product.options]
    return [turn.locale.isolate(turn.locale.digits_of(turn.locale.text(choice.name))) for choice in chosen if choice]


def name_of(turn: Turn, product: ShopProduct, codes: dict[str, str]) -> str:
    """The product's name, with the choices that are meant."""
    name = showing.name_of(turn, product)
    values = _values(turn, product, codes)
    if not values:
        return name
    return turn.words("phrase_name_with_values", name=name, values=turn.joined(values))
