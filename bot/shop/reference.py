"""Which product a customer means: named, counted off ("the second one"), described, or simply the one in view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy.orm import Session

from bot.language.stemming import stem
from bot.shop import catalogue, search, text_index
from bot.shop.catalogue import ShopProduct
from bot.shop.vocabulary import (
    asks_for_all,
    content_words,
    models_in,
    names_in,
    points_back,
    properties_named,
    stems_of,
)
from bot.shop.wishes import AttributeWish, Wishes

MOST_CANDIDATES = 4
SHORTEST_NAME = 4  # letters
Kind = Literal["certain", "ambiguous", "out_of_range", "unknown", "missing"]


@dataclass(frozen=True)
class Said:
    """What a message says about the product it is about.

    `named`: (code, candidates) of each product entity; `words`: the text without entities;
    `asks_of_thing`: it asks for a price or stock, so that a name in it is a product's and no property's.
    `corrects`: it puts right which one was meant, so that a product in view without its properties is not meant.
    """

    named: Sequence[tuple[str, Sequence[str]]] = ()
    ordinals: Sequence[int] = ()
    comparison: str | None = None
    categories: Sequence[str] = ()
    brands: Sequence[str] = ()
    attributes: Sequence[AttributeWish] = ()
    words: str = ""
    asks_of_thing: bool = False
    corrects: bool = False


@dataclass(frozen=True)
class Meant:
    """The product meant when `certain`, those it may be when `ambiguous`, the nearest ones when `unknown`."""

    kind: Kind
    codes: tuple[str, ...] = field(default=())

    @property
    def code(self) -> str:
        return self.codes[0]


def resolve(session: Session, said: Said, shown: Sequence[str], in_view: str | None) -> Meant:
    """The product a message is about.

    Args:
        shown: codes of the products last shown, in order.
        in_view: code of the product last talked about.
    """
    if said.named:
        return _named(_told_apart(session, said), shown, in_view)
    if said.ordinals and shown:
        return _counted(said.ordinals[0], shown)
    around = {
        product.code: product for product in catalogue.products(session, [*shown, *([in_view] if in_view else [])])
    }
    listed = [code for code in shown if code in around]
    if said.comparison in ("cheaper", "pricier") and len(listed) > 1:
        return _by_price(said.comparison, [around[code] for code in listed])
    viewed = around.get(in_view or "")
    if said.corrects and said.attributes and viewed and not _fits(viewed, said):
        kind = (viewed.category.code,) if viewed.category and not said.categories else tuple(said.categories)
        return _described(session, replace(said, categories=kind), around, listed, None)
    if said.brands or said.categories:
        return _described(session, said, around, listed, in_view)
    strange = _strange_words(session, said, around.values())
    if strange:
        named = search.codes_like(session, content_words(said.words))
        if _holds(session, named[:1], strange):
            return Meant("certain", (named[0],))
        rest = [word for word in content_words(said.words) if word not in strange]
        return Meant("unknown", tuple(search.codes_like(session, rest)))
    if other := _another_titled(session, said, around) or _another_described(session, said, around.values()):
        return other
    if in_view in around:
        return Meant("certain", (str(in_view),))
    fitting = [code for code in listed if _fits(around[code], said)] if said.attributes else []
    if len(fitting) == 1 or len(listed) == 1:
        return Meant("certain", tuple(fitting or listed))
    if listed:
        return Meant("ambiguous", tuple(fitting or listed)[:MOST_CANDIDATES])
    return _by_words(session, said)


def _named(named: tuple[str, Sequence[str]], shown: Sequence[str], in_view: str | None) -> Meant:
    code, candidates = named
    if len(candidates) < 2:
        return Meant("certain", (code,))
    if in_view in candidates:
        return Meant("certain", (str(in_view),))
    seen = [candidate for candidate in candidates if candidate in shown]
    if len(seen) == 1:
        return Meant("certain", tuple(seen))
    return Meant("ambiguous", tuple(seen or candidates)[:MOST_CANDIDATES])


def _told_apart(session: Session, said: Said) -> tuple[str, Sequence[str]]:
    """The product named first; of several it may be, the only one that the other words describe ("for oily skin")."""
    code, candidates = said.named[0]
    stems = {stem(word) for word in content_words(said.words) if not properties_named(word)}
    if len(candidates) < 2 or not stems:
        return code, candidates
    held = [
        product.code
        for product in catalogue.products(session, list(candidates))
        if stems <= {part for text in _texts_of(product) for part in stems_of(text)}
    ]
    return (held[0], ()) if len(held) == 1 else (code, candidates)


def _counted(ordinal: int, shown: Sequence[str]) -> Meant:
    if ordinal == -1:
        return Meant("certain", (shown[-1],))
    if 1 <= ordinal <= len(shown):
        return Meant("certain", (shown[ordinal - 1],))
    return Meant("out_of_range", tuple(shown))


def _by_price(comparison: str, products: Sequence[ShopProduct]) -> Meant:
    priced = [product for product in products if product.price_from is not None]
    if not priced:
        return Meant("ambiguous", tuple(product.code for product in products))
    pick = min if comparison == "cheaper" else max
    return Meant("certain", (pick(priced, key=lambda product: product.price_from or 0).code,))


def _described(
    session: Session, said: Said, around: Mapping[str, ShopProduct], listed: Sequence[str], in_view: str | None
) -> Meant:
    """Named by its brand or kind: among those shown, else the one in view, else in the whole catalogue."""
    fitting = [code for code in listed if _fits(around[code], said)]
    if other := _another_titled(session, said, around):
        return other
    if in_view in around and _fits(around[str(in_view)], said) and (in_view in fitting or not fitting):
        return Meant("certain", (str(in_view),))
    if len(fitting) == 1:
        return Meant("certain", tuple(fitting))
    if fitting:
        return Meant("ambiguous", tuple(fitting)[:MOST_CANDIDATES])
    words = " ".join(word for word in content_words(said.words) if not properties_named(word))
    wishes = Wishes(
        categories=tuple(said.categories),
        brands=tuple(said.brands),
        attributes=tuple(said.attributes),
        words=words,
        phrase=said.words,
    )
    found = search.find(session, wishes, MOST_CANDIDATES)
    if found.words_ignored and models_in(said.words):
        return Meant("unknown", tuple(hit.code for hit in found.hits))
    if found.total == 1:
        return Meant("certain", (found.hits[0].code,))
    if found.hits:
        return Meant("ambiguous", tuple(hit.code for hit in found.hits))
    return Meant("unknown", ())


def _another_titled(session: Session, said: Said, around: Mapping[str, ShopProduct]) -> Meant | None:
    """The one product whose title has a word that nothing talked about has ("the Civic brake pads", "the winter one").

    It is of the kind named, else of a kind talked about, and of all such products alone holds what is said.
    """
    words = [word for word in content_words(said.words) if not properties_named(word)]
    if not words or not around or points_back(said.words):
        return None
    known = {part for product in around.values() for text in _all_texts_of(product) for part in stems_of(text)}
    new = {stem(word) for word in words} - known
    if not new:
        return None
    kinds = said.categories or dict.fromkeys(p.category.code for p in around.values() if p.category)
    wishes = Wishes(categories=tuple(kinds), brands=tuple(said.brands), attributes=tuple(said.attributes))
    tried = [part for part in dict.fromkeys([" ".join(words), *words]) if new & set(stems_of(part))]
    for part in tried:
        found = search.find(session, replace(wishes, words=part, phrase=part), MOST_CANDIDATES, strict=True)
        if found.words_ignored or found.by_meaning:
            continue
        titled = [
            product.code
            for product in catalogue.products(session, [hit.code for hit in found.hits])
            if new & {part for title in product.title.values() for part in stems_of(title)}
        ]
        if len(titled) == 1:
            return Meant("certain", (titled[0],))
    return None


def _all_texts_of(product: ShopProduct) -> list[str]:
    names = [name for option in product.options for choice in option.choices for name in choice.name.values()]
    return [*_texts_of(product), *product.description.values(), *names]


def _fits(product: ShopProduct, said: Said) -> bool:
    """Whether a product has the brand, the kind and the properties a message names."""
    if said.brands and (product.brand is None or product.brand.code not in said.brands):
        return False
    if said.categories and (product.category is None or product.category.code not in said.categories):
        return False
    return all(_has(product, wish) for wish in said.attributes)


def _has(product: ShopProduct, wish: AttributeWish) -> bool:
    attribute = product.attribute(wish.code)
    wanted = wish.value.casefold()
    held = attribute is not None and wanted in (value.casefold() for value in attribute.value.values())
    return held or product.choice(wish.code, wish.value) is not None


def _another_described(session: Session, said: Said, around: Iterable[ShopProduct]) -> Meant | None:
    """What a price or stock is asked of in words that fit none of the products talked about but others of the shop."""
    words = [word for word in content_words(said.words) if not properties_named(word)]
    if not said.asks_of_thing or not words or points_back(said.words):
        return None
    known = {part for product in around for text in _texts_of(product) for part in stems_of(text)}
    if known & set(map(stem, words)):
        return None
    found = search.find(session, Wishes(words=" ".join(words), phrase=said.words), MOST_CANDIDATES)
    if found.by_meaning or not found.hits:
        return None
    return Meant("certain" if found.total == 1 else "ambiguous", tuple(hit.code for hit in found.hits))


def _texts_of(product: ShopProduct) -> list[str]:
    values = [value for attribute in product.attributes for value in attribute.value.values()]
    return [product.code, *product.title.values(), *values]


def _strange_words(session: Session, said: Said, around: Iterable[ShopProduct]) -> list[str]:
    """The words of a message that name a product which none of those talked about is.

    Model numbers that none of them carries; and, where a price or stock is asked for without pointing
    back ("how much is it"), what is written as a name and stands in nothing that the shop sells.
    """
    known: set[str] = set()
    for product in around:
        for text in _texts_of(product):
            known.update(stems_of(text))
    strange = [word for model in models_in(said.words) if not known.issuperset(map(stem, model)) for word in model]
    if strange or not said.asks_of_thing or points_back(said.words):
        return strange
    index = text_index.current(session)
    telling = set(content_words(said.words))
    return [
        word
        for word in names_in(said.words)
        if word in telling and len(word) >= SHORTEST_NAME and not properties_named(word) and not index.knows(word)
    ]


def _holds(session: Session, codes: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the titles of these products hold all words."""
    for product in catalogue.products(session, codes):
        held = {part for title in (*product.title.values(), product.code) for part in stems_of(title)}
        if all(stem(word) in held for word in words):
            return True
    return False


def _by_words(session: Session, said: Said) -> Meant:
    """Nothing was shown or named: the words of the message may still describe one product."""
    words = [word for word in content_words(said.words) if not properties_named(word)]
    if not words or asks_for_all(words):
        return Meant("missing")
    found = search.find(session, Wishes(words=" ".join(words), phrase=said.words), MOST_CANDIDATES)
    codes = tuple(hit.code for hit in found.hits)
    if found.by_meaning or not codes:
        return Meant("missing" if not codes else "unknown", codes)
    return Meant("certain" if found.total == 1 else "ambiguous", codes)
