"""Reads from the database every name a customer may use, and what it stands for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timezone, tzinfo
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import (
    Branch,
    Brand,
    Category,
    DeliveryZone,
    OptionValue,
    Order,
    Product,
    ProductAttribute,
    ProductOption,
    Shop,
    Variant,
)
from bot.db.types import LocalisedText
from bot.language.detect import is_known_word
from bot.language.normalise import fold, fold_digits
from bot.shop import goods, listed_values, order_numbers, profile
from bot.shop.gazetteer.common import is_common
from bot.shop.gazetteer.forms import key

ROWS_AT_ONCE = 2000
LONGEST_VALUE = 40  # characters of an attribute's value that a customer would say as a whole
DESCRIPTIONS_READ = 5000
SAMPLED_ORDERS = 400
LONGEST_LISTED = 3  # words of one of the values that a value lists
SHORTEST_OPENING = 4  # letters of a brand's first word that stands for the whole

# Values that are said of anything: they name a property only beside its name ("without cable tray", "two microphones").
_SAY_LITTLE = frozenset(
    [
        "with",
        "without",
        "none",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "مع",
        "بدون",
        "بلا",
        "واحد",
        "واحده",
        "اثنان",
        "اثنين",
        "اثنتان",
        "ثنين",
        "تنين",
        "ثلاثه",
        "ثلاث",
        "تلاته",
        "اربعه",
        "اربع",
        "خمسه",
        "خمس",
        "سته",
        "ست",
        "سبعه",
        "سبع",
        "ثمانيه",
        "ثمان",
        "تسعه",
        "تسع",
        "عشره",
        "عشر",
    ]
)

_PARTS = re.compile(r"[,،;؛/()+|]| - ")
_MODEL_LIKE = re.compile(r"[A-Z0-9]")
_LOWER_WORD = re.compile(r"(?<![\w-])[a-z]{3,}(?![\w-])")


@dataclass(frozen=True)
class Label:
    """A name of something other than a product, and the value of the entity it stands for."""

    kind: str
    value: Any
    text: str
    products: int = 1  # how many products an attribute's value is said of
    also: bool = False  # none of the shop's own names, but another one for the same


class ProductName(NamedTuple):
    """One way to call a product: a title or an alias."""

    code: str
    text: str


@dataclass(frozen=True)
class Quantity:
    """A measured value in the catalogue: 16 GB of memory."""

    code: str
    value: str
    number: float
    unit: str
    products: int = 1


@dataclass
class Names:
    """Everything the gazetteer is made of."""

    labels: list[Label] = field(default_factory=list)
    products: list[ProductName] = field(default_factory=list)
    product_codes: dict[str, str] = field(default_factory=dict)  # SKU or code as it is written -> product code
    popularity: dict[str, int] = field(default_factory=dict)
    categories_of: dict[str, str] = field(default_factory=dict)  # product code -> category code
    quantities: list[Quantity] = field(default_factory=list)
    property_names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # attribute code -> names
    small_values: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # code -> text -> value
    ordinary: set[str] = field(default_factory=set)  # words its descriptions use as words
    category_texts: dict[str, list[str]] = field(default_factory=dict)
    order_prefixes: set[str] = field(default_factory=set)
    order_digits: tuple[int, int] | None = None
    order_shapes: list[re.Pattern[str]] = field(default_factory=list)
    country: str | None = None
    currency: str | None = None
    zone: tzinfo = timezone.utc

    def today(self) -> date:
        """The day it is at the shop."""
        return now().astimezone(self.zone).date()


def says_little(text: str) -> bool:
    """Whether a value is a word that is said of anything ("without", «اثنان»)."""
    return fold(text).strip() in _SAY_LITTLE


def read(session: Session) -> Names:
    """All names in the database."""
    names = Names()
    shop = session.execute(select(Shop).limit(1)).scalar_one_or_none()
    if shop is not None:
        names.country, names.currency, names.zone = shop.country, shop.currency, profile.read(session).zone
    _read_places(session, names)
    for category in session.execute(select(Category)).scalars():
        texts = [*category.name.values(), *map(str, category.aliases or [])]
        names.category_texts[category.code] = list(category.name.values()) or [category.code]
        names.labels += [Label("category", category.code, text) for text in texts]
    _read_brands(session, names)
    _read_products(session, names)
    _read_attributes(session, names)
    _read_options(session, names)
    _read_orders(session, names)
    names.labels += _also_called(names.labels)
    return names


def _also_called(labels: list[Label]) -> Iterator[Label]:
    """Other names of categories and values, in the other language above all, but for those that something has."""
    taken = {fold(label.text) for label in labels}
    seen: set[tuple[str, str, str]] = set()
    for label in labels:
        if label.kind not in ("category", "attribute"):
            continue
        for text in goods.also_called(label.text):
            if label.kind == "attribute" and is_common(key(fold(text))):
                continue  # "glass" says too little to be a value that the shop does not call so
            named = (label.kind, str(label.value), fold(text))
            if named[2] not in taken and named not in seen:
                seen.add(named)
                yield replace(label, text=text, also=True)


def _read_brands(session: Session, names: Names) -> None:
    """Brands by their names, and those of several words by the first one when it is no common word."""
    opening: dict[str, set[str]] = defaultdict(set)
    for brand in session.execute(select(Brand)).scalars():
        texts = [*brand.name.values(), *map(str, brand.aliases or [])]
        names.labels += [Label("brand", brand.code, text) for text in texts]
        for first, *others in (fold(text).split() for text in texts):
            if others and len(first) >= SHORTEST_OPENING and not (is_common(first) or is_known_word(first)):
                opening[first].add(brand.code)
    names.labels += [Label("brand", next(iter(codes)), first) for first, codes in opening.items() if len(codes) == 1]


def _read_places(session: Session, names: Names) -> None:
    cities: set[str] = set()
    for zone in session.execute(select(DeliveryZone)).scalars():
        for text in [*zone.name.values(), *map(str, zone.aliases or [])]:
            names.labels.append(Label("city", zone.code, text))
            cities.add(fold(text))
    for branch in session.execute(select(Branch)).scalars():
        names.labels += [Label("branch", branch.code, text) for text in branch.name.values()]
        city = branch.city.get_for("en")
        names.labels += [Label("city", city, text) for text in branch.city.values() if fold(text) not in cities]


def _read_products(session: Session, names: Names) -> None:
    columns = (Product.code, Product.title, Product.aliases, Product.popularity, Product.id, Category.code)
    rows = session.execute(
        select(*columns)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(Product.published.is_(True))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    codes: dict[int, str] = {}
    for code, title, aliases, popularity, number, category in rows:
        codes[number] = code
        if category:
            names.categories_of[code] = category
        names.popularity[code] = popularity or 0
        names.products += [ProductName(code, text) for text in {*title.values(), *map(str, aliases or [])} if text]
        names.product_codes[code] = code
    skus = session.execute(select(Variant.product_id, Variant.sku).execution_options(yield_per=ROWS_AT_ONCE))
    names.product_codes.update({sku: codes[number] for number, sku in skus if number in codes})
    descriptions = select(Product.description).order_by(Product.id).limit(DESCRIPTIONS_READ)
    for (description,) in session.execute(descriptions.execution_options(yield_per=ROWS_AT_ONCE)):
        names.ordinary.update(_LOWER_WORD.findall(description.get("en", "")))


def _read_attributes(session: Session, names: Names) -> None:
    parts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for code, name, value, number, unit, products in _distinct(
        session,
        [ProductAttribute.code, ProductAttribute.name, ProductAttribute.value],
        [ProductAttribute.number, ProductAttribute.unit],
    ):
        names.property_names[code].update(name.values())
        canonical = value.get_for("en")
        if number is not None and unit:
            names.quantities.append(Quantity(code, canonical, float(number), unit, products))
            continue
        for text in value.values():
            if says_little(text):
                names.small_values[code][fold(text)] = canonical
            elif 1 < len(text) <= LONGEST_VALUE:
                names.labels.append(Label("attribute", (code, canonical), text, products))
            listing = _is_list(text)
            years = [
                bare for part in listed_values.parts_of(text) if (bare := listed_values.without_years(part)) != part
            ]
            for part in (*years, *_PARTS.split(text)):
                if (
                    (listing or _MODEL_LIKE.search(part))
                    and 2 < len(part.strip()) <= LONGEST_VALUE
                    and part.strip() != text.strip()
                ):
                    parts[code, part.strip()].add(canonical)
    # A part of a value ("Core i5" of "Core i5, 4 cores") stands for it as long as no other value holds it,
    # else for all that list it.
    for (code, part), values in parts.items():
        value = next(iter(values)) if len(values) == 1 else part
        names.labels.append(Label("attribute", (code, value), part, len(values)))


def _is_list(text: str) -> bool:
    """Whether a value lists several of a word or two ("oily, very dry"), rather than being a sentence."""
    parts = listed_values.parts_of(text)
    return len(parts) > 1 and all(len(part.split()) <= LONGEST_LISTED for part in parts)


def _read_options(session: Session, names: Names) -> None:
    columns = [ProductOption.code, ProductOption.name, OptionValue.name]
    for code, option, value, products in _distinct(
        session, columns, [], lambda rows: rows.join(OptionValue, OptionValue.option_id == ProductOption.id)
    ):
        names.property_names[code].update(option.values())
        canonical = value.get_for("en")
        for text in value.values():
            # "M" and "42" are values only after the word "size"; anywhere else they are something else.
            if len(text) <= 2 or fold_digits(text).replace(".", "").isdigit() or says_little(text):
                names.small_values[code][fold(text)] = canonical
            else:
                names.labels.append(Label("attribute", (code, canonical), text, products))


def _distinct(
    session: Session,
    named: list[Any],
    plain: list[Any],
    joined: Callable[[Any], Any] = lambda rows: rows,
) -> Iterator[list[Any]]:
    """Distinct rows of a code, localised columns and plain columns, each with how often it stands there.

    PostgreSQL compares no JSON, so that localised columns are grouped by their text.
    """
    grouped = [named[0], *(cast(column, String) for column in named[1:]), *plain]
    labelled = [column.label(f"c{number}") for number, column in enumerate(grouped)]
    rows = joined(select(*labelled, func.count())).group_by(*grouped)
    texts = range(1, len(named))
    for row in session.execute(rows.execution_options(yield_per=ROWS_AT_ONCE)):
        yield [LocalisedText(msgspec.json.decode(v)) if i in texts else v for i, v in enumerate(row)]


def _read_orders(session: Session, names: Names) -> None:
    lengths = []
    numbers = list(_sampled_numbers(session))
    names.order_shapes = order_numbers.shapes(numbers)
    for number in numbers:
        match = re.match(r"^(\D*)(\d+)\D*$", fold_digits(number).strip().lstrip("#"))
        if match:
            names.order_prefixes.add(re.sub(r"[^A-Z]", "", match[1].upper()))
            lengths.append(len(match[2]))
    if lengths:
        names.order_digits = (min(lengths), max(lengths))


def _sampled_numbers(session: Session) -> Iterator[str]:
    yield from session.execute(select(Order.number).order_by(Order.id.desc()).limit(SAMPLED_ORDERS)).scalars()
