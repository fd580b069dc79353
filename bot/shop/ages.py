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

_SAID = re.compile(
    r"(?<!\d)(\d{1,2})[ -]?(?:years?|yrs?)[ -]?olds?(?!\w)|(?<!\d)(\d{1,2}) ?yo(?!\w)|(?<!\w)age[ds]? (?:of )?(\d{1,2})(?!\d)|"
    r"عمر(?:ه|ها|هم|هن|و|ا)? (\d{1,2})(?!\d)|(?:ابن|بنت|ولد|طفل)\w* \D{0,12}(\d{1,2}) (?:سن|عام|اعوام)"
)
_BETWEEN = re.compile(r"(?<![\d.])(\d{1,2}) ?(?:years?|سنه|سنوات)? ?(?:to|-|and|الي|حتي|و) ?(\d{1,2})(?!\d|\.\d)")
_FROM = re.compile(
    r"(?<![\d.])(\d{1,2}) ?\+|(?:from|over|above|ages?|من|فوق|اكبر من) (?:age |عمر |سن )?(\d{1,2})(?!\d|\.\d| ?(?:to|-|الي|حتي))"
)


def said(text: str) -> int | None:
    """The age in years that a message names; None when it names none."""
    match = _SAID.search(fold(text))
    return next(int(group) for group in match.groups() if group) if match else None


def made_for(product: ShopProduct, age: int, language: str) -> LocalisedText | None:
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


def _covers(text: str, age: int) -> bool:
    folded = fold(text)
    if any(int(low) <= age <= int(high) for low, high in _BETWEEN.findall(folded)):
        return True
    if _BETWEEN.search(folded):
        return False
    return any(int(first or second) <= age <= OLDEST for first, second in _FROM.findall(folded))
