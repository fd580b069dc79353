"""Order numbers: after a word for an order, after "#", or in the shape this shop's own numbers have."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from bot.nlu.patterns.found import Found, Text
from bot.shop import order_numbers
from bot.shop.order_numbers import number_key

LEAST_DIGITS, MOST_DIGITS = 3, 14
ROUND = 50  # a bare multiple of it is rather a price

_DAY = r"20\d\d[-/]\d{1,2}[-/]\d{1,2}(?!\d)"
_NUMBER = rf"[a-z]{{0,5}}[-_ /]?(?!{_DAY})\d{{3,14}}(?:[-/]\d{{1,6}}){{0,2}}"
_CUE = (
    r"(?:orders?|ordr|purchase|booking|invoice|reference|ref|tracking|اوردرات|اوردر|اورد|طلبيتي|طلبيه|طلباتي|طلبات|طلبي|طلب|طلبنا|"
    r"شحنتي|شحنه|مرجع|كوموند)"
)
# A letter of the number in Arabic writing, or its name, before its digits ("د-10071"); the digits tell the order.
_LETTER = r"(?:[\u0621-\u064a](?=[-_/ ]\d)|(?:دي|دال|ار|اي|بي|سي|او)(?=[-_/ ]?\d))"
_LABEL = (
    r"(?:numbers?|nummer|num|no|nr|nbr|id|code|is|was|my|the|its|it's|ref|رقمها|رقمه|رقم|الرقم|نمبر|هو|هي|كود|تبع|تبعي|بتاعي|حقي|:|#|-|\.|،|,|"
    + _LETTER
    + ")"
)
_AFTER_CUE = re.compile(
    rf"(?:(?<=^)|(?<=[^a-z\u0621-\u064a]))[وفبلك]?(?:ال|لل)?{_CUE}(?: ?{_LABEL}){{0,4}} ?[#]?({_NUMBER})(?![\w.])"
)
_NUMBER_OF_ORDER = re.compile(rf"رقم (?:ال)?{_CUE}(?: ?{_LABEL}){{0,3}} ?[#]?({_NUMBER})(?![\w.])")
_AND_ANOTHER = re.compile(rf" ?(?:,|،|&|and|or|و|او) ?#?({_NUMBER})(?![\w.])")
_HASH = re.compile(rf"(?<!\w)# ?({_NUMBER})(?![\w.])")
_SHAPED = re.compile(r"(?<![\w-])([a-z]{1,5})[-_ /]?(\d{3,14})(?:-\d{1,6})?(?![\w.])")
_ALONE = re.compile(rf"^\W*({_NUMBER})\W*$")


def find(
    text: Text,
    prefixes: Collection[str],
    lengths: tuple[int, int] | None,
    exists: Callable[[str], bool],
    shapes: Sequence[re.Pattern[str]] = (),
) -> list[Found]:
    """The order numbers of a text.

    Args:
        shapes: what this shop's numbers look like that have several parts (bot/shop/order_numbers.py).
        prefixes: letters this shop's numbers begin with; '' when some have none.
        lengths: how few and how many digits its numbers have; None when it has no orders yet.
        exists: whether there is an order of a key; asked for a number that stands alone only.
    """
    folded = text.folded
    found: dict[tuple[int, int], Found] = {}

    def add(start: int, end: int, least: int = LEAST_DIGITS) -> None:
        number = folded[start:end]
        item = text.found("order_number", number_key(number), start, end)
        if sum(c.isdigit() for c in number) >= least and not any(item.overlaps(other) for other in found.values()):
            found[item.start, item.end] = item

    for pattern in shapes:
        for match in pattern.finditer(folded):
            add(*match.span(), order_numbers.LEAST_DIGITS)
    for pattern in (_NUMBER_OF_ORDER, _AFTER_CUE):
        for match in pattern.finditer(folded):
            add(*match.span(1))
            if (another := _AND_ANOTHER.match(folded, match.end())) is not None:
                add(*another.span(1))
    for match in _HASH.finditer(folded):
        add(*match.span(1))
    for match in _SHAPED.finditer(folded):
        if match[1].upper() in prefixes and (lengths is None or lengths[0] <= len(match[2]) <= lengths[1] + 2):
            add(*match.span())
    if not found and (alone := _ALONE.match(folded)):
        _add_alone(alone, lengths, exists, add)
    return list(found.values())


def _add_alone(
    alone: re.Match[str],
    lengths: tuple[int, int] | None,
    exists: Callable[[str], bool],
    add: Callable[[int, int], None],
) -> None:
    """A message that is nothing but a number: an order if there is one, or if it is too odd for a price."""
    number = number_key(alone[1])
    digits = re.sub(r"\D", "", number)
    fits = lengths is None or lengths[0] <= len(digits) <= lengths[1]
    if number.isdigit() and int(number) % ROUND == 0 and not exists(number):
        return
    if (
        (number.isdigit() and len(number) >= 4 and fits)
        or (not number.isdigit() and re.search(r"[-/]\d", alone[1]))
        or exists(number)
    ):
        add(*alone.span(1))
