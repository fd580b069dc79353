"""Which one question narrows a choice most: asked when a customer wants advice and much still fits."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Brand, Category, OptionValue, Product, ProductAttribute, ProductOption
from bot.db.types import LocalisedText
from bot.shop import search
from bot.shop.vocabulary import says_no
from bot.shop.wishes import Wishes

ENOUGH = 3  # this few need no question
MOST_ANSWERS = 4
LEAST_COVERAGE = 0.6  # of the candidates that know the answer
PRICE_WEIGHT = 0.75  # money is asked for when nothing about the thing itself splits better
BRAND_WEIGHT = 0.6  # who asks for advice seldom has a brand in mind
CATEGORY_WEIGHT = 1.5  # what kind of thing comes before its properties


@dataclass(frozen=True)
class Answer:
    """One likely answer: a value, or a range of prices (either end may be open)."""

    value: str
    name: LocalisedText
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True)
class Question:
    """What to ask; `subject` is `category`, `brand`, `price` or the code of an attribute or option."""

    subject: str
    name: LocalisedText
    answers: tuple[Answer, ...]


def best_question(session: Session, wishes: Wishes) -> Question | None:
    """The question whose answer splits what fits most evenly; None when few fit or nothing splits them.

    What was asked or said before is not asked again.
    """
    ids = search.fitting_ids(session, wishes)
    if len(ids) <= ENOUGH:
        return None
    known = {*wishes.asked, *(wish.code for wish in wishes.attributes)}
    candidates: list[tuple[float, Question]] = []
    if len(wishes.categories) != 1 and "category" not in known:  # a word for several kinds leaves open which
        candidates += _of_column(session, ids, "category", CATEGORY_WEIGHT)
    if not wishes.brands and "brand" not in known:
        candidates += _of_column(session, ids, "brand", BRAND_WEIGHT)
    if not any(limit is not None for limit in wishes.price_limits) and "price" not in known:
        candidates += _of_price(session, ids)
    candidates += [scored for scored in _of_facts(session, ids) if scored[1].subject not in known]
    return max(candidates, key=lambda scored: scored[0])[1] if candidates else None


def _evenness(counts: Sequence[int], candidates: int) -> float:
    """Bits that the answer tells of the candidates, less for those that cannot answer."""
    total = sum(counts)
    entropy = -sum(count / total * math.log2(count / total) for count in counts)
    return entropy * min(1.0, total / candidates)


def _of_column(session: Session, ids: list[int], subject: str, weight: float) -> list[tuple[float, Question]]:
    table, column = (Category, Product.category_id) if subject == "category" else (Brand, Product.brand_id)
    rows = session.execute(
        select(table.code, table.name).join(Product, column == table.id).where(Product.id.in_(ids))
    ).all()
    names = {row.code: row.name for row in rows}
    counts = Counter(row.code for row in rows).most_common(MOST_ANSWERS)
    if len(counts) < 2 or sum(count for _, count in counts) < LEAST_COVERAGE * len(ids):
        return []
    answers = tuple(Answer(code, names[code]) for code, _ in counts)
    return [(weight * _evenness([count for _, count in counts], len(ids)), Question(subject, LocalisedText(), answers))]


def _of_facts(session: Session, ids: list[int]) -> list[tuple[float, Question]]:
    """Questions about attributes and options that nearly all candidates have, with few values."""
    values: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    labels: dict[tuple[str, str], LocalisedText] = {}
    names: dict[str, LocalisedText] = {}
    facts = select(
        ProductAttribute.product_id, ProductAttribute.code, ProductAttribute.name, ProductAttribute.value.label("value")
    ).where(ProductAttribute.product_id.in_(ids))
    choices = (
        select(ProductOption.product_id, ProductOption.code, ProductOption.name, OptionValue.name.label("value"))
        .join(OptionValue)
        .where(ProductOption.product_id.in_(ids))
    )
    for query in (facts, choices):
        for row in session.execute(query):
            value = row.value.get_for("en")
            values[row.code][value].add(row.product_id)
            labels[row.code, value] = row.value
            names.setdefault(row.code, row.name)
    found = []
    for code, by_value in values.items():
        covered = set().union(*by_value.values())
        if any(says_no(labels[code, value].values()) for value in by_value):
            continue  # "do you want one without?" helps nobody choose
        every = [products for products in by_value.values() if len(products) < len(ids)]
        if not 2 <= len(every) <= MOST_ANSWERS or len(every) != len(by_value):
            continue
        if max(len(products) for products in every) < 2:
            continue  # every answer is one product: that is choosing, not narrowing
        if len(covered) < LEAST_COVERAGE * len(ids):
            continue
        answers = tuple(
            Answer(value, labels[code, value]) for value, _ in sorted(by_value.items(), key=lambda item: -len(item[1]))
        )
        found.append((_evenness([len(products) for products in every], len(ids)), Question(code, names[code], answers)))
    return found


def _of_price(session: Session, ids: list[int]) -> list[tuple[float, Question]]:
    """A question about money, in three ranges of about as many products."""
    prices = sorted(
        session.execute(
            select(Product.price_from).where(Product.id.in_(ids), Product.price_from.is_not(None))
        ).scalars()
    )
    if len(prices) < LEAST_COVERAGE * len(ids) or not prices:
        return []
    low, high = _round(prices[len(prices) // 3]), _round(prices[2 * len(prices) // 3])
    if not prices[0] <= low < high <= prices[-1]:
        return []
    counts = [
        sum(price <= low for price in prices),
        sum(low < price <= high for price in prices),
        sum(price > high for price in prices),
    ]
    if not all(counts):
        return []
    answers = (
        Answer("low", LocalisedText(), None, low),
        Answer("middle", LocalisedText(), low, high),
        Answer("high", LocalisedText(), high, None),
    )
    return [(PRICE_WEIGHT * _evenness(counts, len(ids)), Question("price", LocalisedText(), answers))]


def _round(price: Decimal) -> Decimal:
    """A price as people name budgets: one digit and a half ("1,500", not "1,487")."""
    if price <= 0:
        return price
    step = Decimal(10) ** price.adjusted() / 2
    return ((price / step).to_integral_value() * step).quantize(Decimal("0.001"))
