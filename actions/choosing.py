"""What a message decides about a product that is being put together: choices, a size, words to put on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.turn import Turn
from bot.language.normalise import fold
from bot.shop import choice_asked, selling_words
from bot.shop.catalogue import Choice, Option, ShopProduct
from bot.shop.options import configuration as configuring
from bot.shop.options.configuration import Configuration
from bot.shop.options.limits import MeasureLimits
from bot.shop.selling_words import is_only, without
from bot.shop.vocabulary import colours_in, content_words

MOST_PIECES = 100  # a greater number beside "make it" is a price
SURE = 0.75  # confidence from which a message is about what it sounds like, when it may be words for an engraving
ELSEWHERE = frozenset({"talk_to_agent", "talk_to_sales", "goodbye", "change_language", "bot_challenge", "complaint"})
_LONGEST_SIZE, _LONGEST_CHANGE = 4, 5  # words
_QUOTED = re.compile(r"[\"“”«»„](.{1,200}?)[\"“”«»]")


def measure_named(turn: Turn, product: ShopProduct) -> Option | None:
    """The size a short message gives with its unit, whatever was asked about."""
    if len(turn.text.split()) > _LONGEST_SIZE:
        return None
    text = fold(turn.text)
    return next(
        (
            option
            for option in product.options
            if isinstance(option.limits, MeasureLimits)
            and re.search(rf"\d ?(?:{re.escape(fold(option.limits.unit))}|سم|سنتي)(?!\w)", text)
        ),
        None,
    )


def names_what_is_not_offered(turn: Turn, asking: Option) -> bool:
    """Whether a short message names a value of the option asked about that this product does not have."""
    named = any(wish.code == asking.code for wish in turn.attributes)
    if not named and choice_asked.is_colour([*asking.name.values(), asking.code]):
        named = bool(colours_in(turn.text))
    return named and len(turn.text.split()) <= 4


def recounted(turn: Turn, asking: Option | None = None) -> int | None:
    """The number of pieces that a message asks for instead ("actually make it 2"); None when it says anything else."""
    named = turn.attributes or turn.values("price") or turn.values("ordinal")
    if named or (asking is not None and isinstance(asking.limits, MeasureLimits)):
        return None
    counted = turn.value("quantity")
    if isinstance(counted, int) and turn.corrects and not content_words(turn.free_text):
        return counted
    wished = selling_words.recounted(turn.text)
    return wished[0] if len(wished) == 1 and 1 <= wished[0] <= MOST_PIECES else None


def declining(option: Option) -> Choice | None:
    """The choice of an option that means doing without, if it has one."""
    return next((c for c in option.choices if any(is_only("none", name) for name in c.name.values())), None)


def only_asks(turn: Turn) -> bool:
    """Whether a choice is only asked about ("how much is it in wool?")."""
    asked = turn.intent in ("ask_price", "check_availability", "delivery_time", "product_info")
    return asked and ("?" in turn.text or "؟" in turn.text or not is_short(turn))


def is_short(turn: Turn) -> bool:
    """Whether a message is so short, and no question, that naming a choice is all it does."""
    return len(turn.text.split()) <= _LONGEST_CHANGE and not turn.text.strip().endswith(("?", "؟"))


def choices_named(
    turn: Turn, product: ShopProduct, made: Configuration, asking: Option | None
) -> list[tuple[str, str]]:
    """(option code, choice code) of everything a message chooses."""
    text = f" {' '.join(re.sub(r'[^0-9a-z_.؀-ۿ]+', ' ', fold(turn.text)).split())} "
    found: dict[str, str] = {}
    for wish in turn.attributes:
        choice = product.choice(wish.code, wish.value)
        if choice is not None:
            found[wish.code] = choice.code
    options = [asking, *(option for option in product.options if option is not asking)] if asking else product.options
    for option in options:
        names = {
            fold(name): choice.code
            for choice in option.choices
            for name in choice.name.values()
            if option is asking or not is_only("none", name)
        }
        hits = [name for name in sorted(names, key=len, reverse=True) if name and f" {name} " in text]
        if hits:
            found[option.code] = names[hits[0]]
    if asking is not None and asking.code not in found and not found and asking.limits is None:
        code = _loosely(turn, product, made, asking, text.strip())
        if code is not None:
            found[asking.code] = code
    return list(found.items())


def _loosely(turn: Turn, product: ShopProduct, made: Configuration, asking: Option, text: str) -> str | None:
    """The choice meant by "the second one", "16" for "16 GB", "with" or "no"."""
    offered = configuring.offered(product, made, asking)
    place = next((value for value in turn.values("ordinal") if isinstance(value, int)), None)
    if place is not None and (code := at_place(offered, place)) is not None:
        return code
    declined = declining(asking)
    if declined is not None and (turn.intent == "deny" or is_only("none", turn.text)):
        return declined.code
    named = any(f" {fold(name)} " in f" {text} " for name in asking.name.values())
    if (turn.intent == "affirm" or named) and declined is not None and len(offered) == 2:
        return next(choice.code for choice in offered if choice is not declined)
    words = set(text.split())
    if 0 < len(words) <= 3:
        near = [c for c in offered if any(words & set(fold(name).split()) for name in c.name.values())]
        if len(near) == 1:
            return near[0].code
    return None


def at_place(offered: Sequence[Choice] | Sequence[ShopProduct], place: int) -> str | None:
    """The code of the first, second, or (-1) last of what was offered."""
    index = place - 1 if place > 0 else place
    return offered[index].code if -len(offered) <= index < len(offered) else None


def words_quoted(turn: Turn) -> bool:
    """Whether a message holds words in quotation marks."""
    return _QUOTED.search(turn.text) is not None


def words_to_put(turn: Turn) -> str | None:
    """The words meant for the product: in quotation marks, else the whole message unless it is about something else."""
    quoted = _QUOTED.search(turn.text)
    if quoted:
        return quoted[1]
    if turn.text.strip().endswith(("?", "؟")) or (turn.intent in ELSEWHERE and turn.confidence >= SURE):
        return None
    if turn.intent in ("ask_price", "order_status", "delivery_time", "delivery_options") and turn.confidence >= SURE:
        return None
    return without("text_is", turn.text)
