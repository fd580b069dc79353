"""The age a thing is wanted for ("for my 7 year old", "عمره ٥ سنين") against the ages that products say they are for.

Search puts what is made for that age first; the sentence that says so is the reason shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.db.types import LocalisedText
from bot.language.normalise import fold
from bot.shop.catalogue import ShopProduct
from bot.shop.questions import sentences
from bot.shop.vocabulary import properties_named

AGE = "age"
OLDEST = 99
FOR_BABIES = 3  # years up to which a thing "from birth" is for, when it does not say

_MONTHS = r"months?|mos?|شهور|اشهر|شهرا?"
_SAID_MONTHS = re.compile(
    rf"(?<!\d)(\d{{1,2}})[ -]?(?:{_MONTHS})[ -]?olds?(?!\w)|"
    rf"(?:(?<!\w)(?:baby|child|toddler|son|daughter|kid)|عمر(?:ه|ها|هم|و|ا)?|عند(?:ه|ها|و)|طفل\w*|بيبي|ابن\w*|بنت\w*)"
    rf"\D{{0,12}}(\d{{1,2}})[ -]?(?:{_MONTHS})(?!\w)"
)
_SAID = re.compile(
    r"(?<!\d)(\d{1,2})[ -]?(?:years?|yrs?)[ -]?olds?(?!\w)|(?<!\d)(\d{1,2}) ?yo(?!\w)|(?<!\w)age[ds]? (?:of )?(\d{1,2})(?!\d)|"
    r"عمر(?:ه|ها|هم|هن|و|ا)? (\d{1,2})(?!\d)|(?:ابن|بنت|ولد|طفل)\w* \D{0,12}(\d{1,2}) (?:سن|عام|اعوام)"
)
_UNIT = rf"(?: ?(years?|yrs?|سنه|سنوات|سنين|عام|اعوام|{_MONTHS})(?!\w))?"
_BETWEEN = re.compile(rf"(?<![\d.])(\d{{1,2}}){_UNIT} ?(?:to|-|–|and|الي|حتي|و) ?(\d{{1,2}})(?!\d|\.\d){_UNIT}")
_FROM = re.compile(
    rf"(?<![\d.])(\d{{1,2}}){_UNIT} ?(?:\+|(?:and|or) (?:up|over|older|above)|فما فوق|فاكثر|واكثر)|"
    r"(?:from|over|above|ages?|من|فوق|اكبر من) (?:age |عمر |سن )?"
    rf"(\d{{1,2}})(?!\d|\.\d| ?(?:to|-|الي|حتي)){_UNIT}"
)
_ALONE = re.compile(rf"^(\d{{1,2}}){_UNIT}$")
_BIRTH = re.compile(r"(?<!\w)(?:birth|newborns?|الولاده|حديثي الولاده)(?!\w)")


def said(text: str) -> float | None:
    """The age in years that a message names ("9 months" is 0.75); None when it names none."""
    folded = fold(text)
    if match := _SAID_MONTHS.search(folded):
        return _years(next(group for group in match.groups() if group), "months")
    match = _SAID.search(folded)
    return next(float(group) for group in match.groups() if group) if match else None


def _years(number: str, unit: str) -> float:
    return int(number) / 12 if unit and re.fullmatch(_MONTHS, unit) else float(number)


def made_for(product: ShopProduct, age: float, language: str) -> LocalisedText | None:
    """The sentence or fact by which a product is made for an age; None when none says so."""
    for attribute in product.attributes:
        names = " ".join([*attribute.name.values(), attribute.code])
        if AGE in properties_named(names) and any(_covers(value, age) for value in attribute.value.values()):
            return attribute.value
    for text in (product.title, product.description):
        for sentence in _about_age(text):
            if _covers(sentence, age):
                own = next(iter(_about_age(LocalisedText({language: text.get_for(language)}))), sentence)
                return LocalisedText({language: own})
    return None


def _about_age(text: LocalisedText) -> Iterator[str]:
    for written in text.values():
        yield from (sentence for sentence in sentences(written) if AGE in properties_named(sentence))


def _covers(text: str, age: float) -> bool:
    """Whether a text says a range that holds an age, or an age from which on; a number alone is the lowest."""
    folded = fold(text)
    between = _BETWEEN.findall(folded)
    if between:  # the unit behind a range is that of its beginning too ("6 to 36 months")
        return any(_years(low, first or last) <= age <= _years(high, last) for low, first, high, last in between)
    starts = [(a or b, x or y) for a, x, b, y in _FROM.findall(folded)] or _ALONE.findall(folded)
    return any(_years(*start) <= age <= OLDEST for start in starts) or (
        not starts and age <= FOR_BABIES and bool(_BIRTH.search(folded))
    )
