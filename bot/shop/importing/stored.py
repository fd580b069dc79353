"""Products of the database as the records that an import compares with, and the digest of a record."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import (
    Brand,
    Category,
    OptionExclusion,
    OptionValue,
    Product,
    ProductAttribute,
    ProductImage,
    ProductOption,
    Variant,
)
from bot.shop.importing.records import (
    AttributeRecord,
    CustomerRecord,
    ExclusionRecord,
    ImageRecord,
    OptionRecord,
    OptionValueRecord,
    OrderRecord,
    ProductRecord,
    VariantRecord,
)
from bot.shop.importing.writers.bulk import select_in

_encoder = msgspec.json.Encoder(order="deterministic")


def product_digest(product: ProductRecord) -> str:
    """SHA-256 of what the catalogue holds of a product; stock, which sales change, is not part of it."""
    plain = structs.replace(
        product,
        line=0,
        silent=[],
        languages=[],
        category=[],
        brand=None,
        variants=[structs.replace(variant, stock={}, line=0) for variant in product.variants],
    )
    return hashlib.sha256(_encoder.encode(plain)).hexdigest()


def order_digest(order: OrderRecord) -> str:
    """SHA-256 of an order as its file has it."""
    customer = CustomerRecord(code=order.customer.code) if order.customer else None
    plain = structs.replace(order, line=0, silent=[], customer=customer)
    return hashlib.sha256(_encoder.encode(plain)).hexdigest()


def load_products(session: Session, ids: Iterable[int]) -> dict[int, ProductRecord]:
    """Products by id, without stock."""
    ids = list(ids)
    statement = select(Product, Category.code, Brand.code).outerjoin(Product.category).outerjoin(Product.brand)
    products = {}
    for row, category, brand in select_in(session, statement, Product.id, ids):
        products[row.id] = ProductRecord(
            code=row.code,
            title=dict(row.title),
            description=dict(row.description),
            category_code=category,
            brand_code=brand,
            tags=list(row.tags),
            aliases=list(row.aliases),
            url=row.url,
            lead_time_days=row.lead_time_days,
            warranty_months=row.warranty_months,
            published=row.published,
        )
    session.expunge_all()
    for image in _children(session, ProductImage, ids):
        products[image.product_id].images.append(ImageRecord(image.url, dict(image.alt)))
    for item in _children(session, ProductAttribute, ids):
        record = AttributeRecord(item.code, dict(item.name), dict(item.value), item.number, item.unit)
        products[item.product_id].attributes.append(record)
    for variant in _children(session, Variant, ids):
        products[variant.product_id].variants.append(
            VariantRecord(
                sku=variant.sku,
                options=dict(variant.options),
                price=variant.price,
                compare_at_price=variant.compare_at_price,
                barcode=variant.barcode,
                track_stock=variant.track_stock,
                checkout_id=variant.checkout_id,
            )
        )
    _load_options(session, products, ids)
    return products


def _children(session: Session, model: Any, ids: list[int]) -> list[Any]:
    table = model.__table__
    statement = select(table).order_by(table.c.product_id, table.c.position)
    return select_in(session, statement, table.c.product_id, ids)


def _load_options(session: Session, products: dict[int, ProductRecord], ids: list[int]) -> None:
    options: dict[int, OptionRecord] = {}
    for row in _children(session, ProductOption, ids):
        options[row.id] = OptionRecord(row.code, dict(row.name), kind=row.kind, limits=dict(row.limits))
        products[row.product_id].options.append(options[row.id])
    table = OptionValue.__table__
    places: dict[int, tuple[str, str]] = {}
    owners: dict[int, int] = {}
    statement = select(table, ProductOption.product_id).join(ProductOption, ProductOption.id == table.c.option_id)
    ordered = statement.order_by(table.c.option_id, table.c.position)
    for row in select_in(session, ordered, ProductOption.product_id, ids):
        option = options[row.option_id]
        value = OptionValueRecord(row.code, dict(row.name), row.price_delta, row.lead_time_days)
        option.values.append(value)
        places[row.id] = (option.code, value.code)
        owners[row.id] = row.product_id
    by_product: dict[int, list[tuple[int, ExclusionRecord]]] = defaultdict(list)
    exclusions = OptionExclusion.__table__
    for row in select_in(session, select(exclusions), exclusions.c.first_id, places):
        record = ExclusionRecord(places[row.first_id], places[row.second_id], dict(row.reason))
        by_product[owners[row.first_id]].append((row.id, record))
    for product_id, found in by_product.items():
        products[product_id].exclusions = [record for _, record in sorted(found, key=lambda pair: pair[0])]
