"""What a customer wants a thing to be without ("cake without eggs", «غلاية بدون تحكم بالحرارة»), and which products have it.

Read where a search's wishes are taken from a message, and by the search itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Product
from bot.language.stemming import stem
from bot.shop import catalogue, text_index
from bot.shop.catalogue import ShopProduct
from bot.shop.questions import sentences
from bot.shop.vocabulary import content_words, denies, says_no, stems_of

MOST_WORDS = 3
MOST_LOOKED_AT = 400  # products that hold the words
_CUE = re.compile(
    r"(?<!\w)[وف]?(?:without|with no|w/o|free of|free from|that has no|بدون|من غير|من دون|بلا|ما في[هة]ا?|مافي[هة]ا?|"
    r"خال(?:ي[ةه]?)? من)\s+(?:(?:any|a|an|the)\s+)?",
    re.IGNORECASE,
)
_END = re.compile(
    r"[.,;:!?،؛؟\d]|(?<!\w)(?:under|below|less|for|and|or|but|with|in|please|pls|than|from|تحت|اقل|أقل|باقل|بأقل|او|أو|لو|حق|مع)(?!\w)",
    re.IGNORECASE,
)


def span(text: str) -> tuple[int, int] | None:
    """Where a message names what is not wanted, with the word that says so; None when it names nothing."""
    cue = _CUE.search(text)
    if cue is None:
        return None
    end = _END.search(text, cue.end())
    rest = text[cue.end() : end.start() if end else len(text)]
    words = re.findall(r"\S+", rest)[: MOST_WORDS + 1]
    if not content_words(rest) or len(words) > MOST_WORDS:
        return None
    return cue.start(), cue.end() + len(rest.rstrip())


def named(text: str) -> str:
    """What a message does not want, as it is written; '' for nothing."""
    found = span(text)
    return _CUE.sub("", text[found[0] : found[1]], count=1).strip() if found else ""


def having(session: Session, words: str) -> list[int]:
    """Ids of the products that say that they have what `words` name."""
    index = text_index.current(session)
    asked = content_words(words)
    joined = [word for word in ("".join(asked),) if len(asked) > 1]
    found = {int(key) for part in (asked, joined) if part for key in index.lexical(part).holding(1.0)[:MOST_LOOKED_AT]}
    if not found:
        return []
    codes = dict(session.execute(select(Product.code, Product.id).where(Product.id.in_(found))).all())
    return [codes[product.code] for product in catalogue.products(session, list(codes)) if has(product, asked)]


def has(product: ShopProduct, words: Sequence[str]) -> bool:
    """Whether a product has what `words` name: by an attribute called so, else by what is written of it."""
    wanted = {stem(word) for word in words}
    joined = stem("".join(words))

    def speaks(text: str) -> bool:
        held = set(stems_of(text))
        return wanted <= held or joined in held

    for attribute in product.attributes:
        if any(map(speaks, attribute.name.values())):
            return not says_no(attribute.value.values())
    if any(speaks(name) for option in product.options for name in option.name.values()):
        return False  # a matter of choice
    facts = [value for attribute in product.attributes for value in attribute.value.values()]
    written = [*product.title.values(), *facts, *product.description.values()]
    return any(speaks(part) and not denies(part) for text in written for part in sentences(text))
