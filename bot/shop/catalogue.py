"""The catalogue as answers need it: products with everything a customer may ask about, read in a few queries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from bot.clock import now
from bot.db.models import (
    Branch,
    Brand,
    CatalogueVersion,
    Category,
    OptionExclusion,
    Product,
    ProductOption,
    Reservation,
    Stock,
    Variant,
)
from bot.db.types import LocalisedText
from bot.shop.options import limits
from bot.shop.options.limits import Limits
from bot.shop.remembered import remembered

REMEMBERED = 3000  # products


@dataclass(frozen=True)
class Named:
    """A thing with a code and a name: a category, a brand, a branch's city."""

    code: str
    name: LocalisedText


@dataclass(frozen=True)
class Attribute:
    """A fact about a product; `number` and `unit` when it is a quantity."""

    code: str
    name: LocalisedText
    value: LocalisedText
    number: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Choice:
    """One value of an option, and what it adds."""

    code: str
    name: LocalisedText
    price_delta: Decimal
    lead_time_days: int


@dataclass(frozen=True)
class Option:
    """A choice a product offers; `limits` where the customer writes words or a size instead of choosing."""

    code: str
    name: LocalisedText
    choices: tuple[Choice, ...]
    limits: Limits | None = None


@dataclass(frozen=True)
class Exclusion:
    """Two choices that cannot be had together."""

    first: LocalisedText
    second: LocalisedText
    reason: LocalisedText
    pair: frozenset[tuple[str, str]] = frozenset()  # (option code, choice code) of both


@dataclass(frozen=True)
class BuyableVariant:
    """What is bought: a combination of choices with its price and its stock by branch code."""

    sku: str
    title: LocalisedText
    options: dict[str, str]
    price: Decimal | None
    compare_at_price: Decimal | None
    track_stock: bool
    stock: dict[str, int]  # what is free: what others have reserved is taken off
    checkout_id: str | None = None

    @property
    def available(self) -> bool:
        return not self.track_stock or any(quantity > 0 for quantity in self.stock.values())


@dataclass(frozen=True)
class Place:
    """A branch that holds stock."""

    code: str
    kind: str
    name: LocalisedText
    city: LocalisedText


@dataclass(frozen=True)
class ShopProduct:
    """A product with all that is known of it."""

    id: int
    code: str
    title: LocalisedText
    description: LocalisedText
    category: Named | None
    brand: Named | None
    price_from: Decimal | None
    price_to: Decimal | None
    url: str | None
    image: str | None
    lead_time_days: int
    warranty_months: int | None
    attributes: tuple[Attribute, ...] = ()
    options: tuple[Option, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    variants: tuple[BuyableVariant, ...] = ()
    tags: tuple[str, ...] = field(default=())

    @property
    def available(self) -> bool:
        """Whether any variant can be had now."""
        return any(variant.available for variant in self.variants)

    def attribute(self, code: str) -> Attribute | None:
        """The attribute of a code, if the product has it."""
        return next((attribute for attribute in self.attributes if attribute.code == code), None)

    def choice(self, option_code: str, value: str) -> Choice | None:
        """The choice of an option by its code or name, if the product offers it."""
        wanted = value.casefold()
        for option in self.options:
            if option.code != option_code:
                continue
            for choice in option.choices:
                if wanted in (choice.code.casefold(), *(name.casefold() for name in choice.name.values())):
                    return choice
        return None


_PRODUCT, _VARIANT, _STOCK, _BRANCH, _RESERVED = (
    table.__table__ for table in (Product, Variant, Stock, Branch, Reservation)
)
# Built once: almost every answer needs them.
_PUBLISHED = select(
    _PRODUCT.c.id,
    _PRODUCT.c.code,
    _PRODUCT.c.updated_at,
    select(func.max(CatalogueVersion.__table__.c.version)).scalar_subquery().label("version"),
).where(_PRODUCT.c.code.in_(bindparam("codes", expanding=True)), _PRODUCT.c.published.is_(True))
_FREE_STOCK = (
    select(
        _VARIANT.c.sku,
        _BRANCH.c.code,
        _STOCK.c.quantity,
        select(func.coalesce(func.sum(_RESERVED.c.quantity), 0))
        .where(
            _RESERVED.c.variant_id == _STOCK.c.variant_id,
            _RESERVED.c.branch_id == _STOCK.c.branch_id,
            _RESERVED.c.expires_at > bindparam("moment"),
        )
        .correlate(_STOCK)
        .scalar_subquery()
        .label("reserved"),
    )
    .select_from(_VARIANT.join(_STOCK, _STOCK.c.variant_id == _VARIANT.c.id))
    .join(_BRANCH, _BRANCH.c.id == _STOCK.c.branch_id)
    .where(_VARIANT.c.product_id.in_(bindparam("product_ids", expanding=True)))
)

_read_before: OrderedDict[tuple[object, ...], ShopProduct] = OrderedDict()
_lock = threading.Lock()


def products(session: Session, codes: Sequence[str]) -> list[ShopProduct]:
    """The published products of these codes, in the order asked for; unknown codes are left out.

    What imports write is remembered until the next import; stock is read anew each time.
    """
    if not codes:
        return []
    rows = session.execute(_PUBLISHED, {"codes": list(codes)}).all()
    url = str(session.get_bind().engine.url)
    keys = {row.code: (url, row.id, row.version, row.updated_at) for row in rows}
    unread = [code for code, key in keys.items() if key not in _read_before]
    found = {product.code: product for product in _read(session, unread)} if unread else {}
    with _lock:
        for code, product in found.items():
            _read_before[keys[code]] = product
        while len(_read_before) > REMEMBERED:
            _read_before.popitem(last=False)
    found |= {code: _read_before[key] for code, key in keys.items() if code not in found and key in _read_before}
    held = _stock(session, [product.id for product in found.values()])
    return [_with_stock(found[code], held) for code in dict.fromkeys(codes) if code in found]


def _read(session: Session, codes: Sequence[str]) -> list[ShopProduct]:
    rows = session.execute(
        select(Product)
        .where(Product.code.in_(codes), Product.published.is_(True))
        .options(
            joinedload(Product.category),
            joinedload(Product.brand),
            selectinload(Product.attributes),
            selectinload(Product.images),
            selectinload(Product.options).selectinload(ProductOption.values),
            selectinload(Product.variants),
        )
    ).scalars()
    return [_product(session, row) for row in rows]


def _stock(session: Session, product_ids: Sequence[int]) -> dict[str, dict[str, int]]:
    """Pieces by SKU and branch code that nobody has reserved."""
    held: dict[str, dict[str, int]] = {}
    if not product_ids:
        return held
    rows = session.execute(_FREE_STOCK, {"product_ids": list(product_ids), "moment": now()})
    for sku, branch, quantity, taken in rows:
        held.setdefault(sku, {})[branch] = max(quantity - taken, 0)
    return held


def _with_stock(product: ShopProduct, held: dict[str, dict[str, int]]) -> ShopProduct:
    return replace(
        product, variants=tuple(replace(variant, stock=held.get(variant.sku, {})) for variant in product.variants)
    )


def product(session: Session, code: str) -> ShopProduct | None:
    """The published product of a code."""
    return next(iter(products(session, [code])), None)


def _product(session: Session, row: Product) -> ShopProduct:
    return ShopProduct(
        id=row.id,
        code=row.code,
        title=row.title,
        description=row.description,
        category=Named(row.category.code, row.category.name) if row.category else None,
        brand=Named(row.brand.code, row.brand.name) if row.brand else None,
        price_from=row.price_from,
        price_to=row.price_to,
        url=row.url,
        image=row.images[0].url if row.images else None,
        lead_time_days=row.lead_time_days or 0,
        warranty_months=row.warranty_months,
        attributes=tuple(Attribute(a.code, a.name, a.value, a.number, a.unit) for a in row.attributes),
        options=tuple(
            Option(
                option.code,
                option.name,
                tuple(Choice(v.code, v.name, v.price_delta, v.lead_time_days or 0) for v in option.values),
                limits.read(option.kind, option.limits),
            )
            for option in row.options
        ),
        exclusions=_exclusions(session, row),
        variants=tuple(_variant(variant) for variant in row.variants),
        tags=tuple(str(tag) for tag in row.tags or ()),
    )


def _variant(row: Variant) -> BuyableVariant:
    return BuyableVariant(
        sku=row.sku,
        title=row.title,
        options=dict(row.options or {}),
        price=row.price,
        compare_at_price=row.compare_at_price,
        track_stock=row.track_stock,
        stock={},
        checkout_id=row.checkout_id,
    )


def _exclusions(session: Session, row: Product) -> tuple[Exclusion, ...]:
    names = {value.id: value.name for option in row.options for value in option.values}
    places = {value.id: (option.code, value.code) for option in row.options for value in option.values}
    if len(names) < 2:
        return ()
    found = session.execute(
        select(OptionExclusion).where(OptionExclusion.first_id.in_(names)).order_by(OptionExclusion.id)
    ).scalars()
    return tuple(
        Exclusion(names[e.first_id], names[e.second_id], e.reason, frozenset((places[e.first_id], places[e.second_id])))
        for e in found
        if e.second_id in names
    )


def places(session: Session) -> list[Place]:
    """All branches that may hold stock: stores first, in the shop's order."""
    return remembered(session, "places", _places)


def _places(session: Session) -> list[Place]:
    rows = session.execute(select(Branch).order_by(Branch.position, Branch.id)).scalars()
    found = [Place(row.code, row.kind, row.name, row.city) for row in rows]
    return sorted(found, key=lambda place: place.kind != "store")


def category(session: Session, code: str) -> Named | None:
    """The category of a code."""
    row = session.execute(select(Category.code, Category.name).where(Category.code == code)).one_or_none()
    return Named(row.code, row.name) if row else None


def brands(session: Session, codes: Sequence[str]) -> list[Named]:
    """The brands of these codes, in the order asked for."""
    rows = session.execute(select(Brand.code, Brand.name).where(Brand.code.in_(list(codes))))
    found = {row.code: Named(row.code, row.name) for row in rows}
    return [found[code] for code in codes if code in found]


def biggest_categories(session: Session, limit: int = 4) -> list[Named]:
    """The categories with most products."""
    rows = session.execute(
        select(Category.code, Category.name, func.count(Product.id).label("held"))
        .join(Product, Product.category_id == Category.id)
        .where(Product.published.is_(True))
        .group_by(Category.id, Category.code)
        .order_by(func.count(Product.id).desc(), Category.id)
        .limit(limit)
    )
    return [Named(row.code, row.name) for row in rows]
