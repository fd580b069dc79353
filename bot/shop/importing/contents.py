"""The records of a file: which reader serves which kind and format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.shop.importing.context import Context
from bot.shop.importing.documents import Document
from bot.shop.importing.readers import (
    google_products,
    json_orders,
    json_products,
    json_shop,
    product_list,
    shopify_orders,
    shopify_products,
    woocommerce,
)
from bot.shop.importing.records import (
    BranchRecord,
    CouponRecord,
    CustomerRecord,
    OrderRecord,
    PolicyRecord,
    ProductRecord,
    Record,
    SellingRecord,
    ShopRecord,
    ZoneRecord,
)
from bot.shop.importing.report import ImportFileError, Refusal, RowProblem
from bot.shop.importing.source import Source
from bot.shop.importing.tables import Table
from bot.shop.importing.text import clean

# What each kind of import is made of …
RECORDS: dict[str, type[Record]] = {
    "shop": ShopRecord,
    "branches": BranchRecord,
    "delivery": ZoneRecord,
    "policies": PolicyRecord,
    "selling": SellingRecord,
    "coupons": CouponRecord,
    "products": ProductRecord,
    "customers": CustomerRecord,
    "orders": OrderRecord,
}
KINDS = tuple(RECORDS)
# … and the sections of our JSON that hold it, each with the function that reads an item.
_SECTIONS: dict[str, dict[str, Callable[[Any, int, Context], Record]]] = {
    "shop": {"shop": json_shop.shop},
    "branches": {"branches": json_shop.branch},
    "delivery": {"delivery_zones": json_shop.zone},
    "policies": {"policies": json_shop.policy},
    "selling": {"selling": json_shop.selling_rules},
    "coupons": {"coupons": json_shop.coupon},
    "products": {
        "products": json_products.product,
        "categories": json_products.category,
        "brands": json_products.brand,
    },
    "customers": {"customers": json_orders.customer},
    "orders": {"orders": json_orders.order},
}
_TABLES = {"shopify": shopify_products, "woocommerce": woocommerce, "list": product_list}
Content = Record | Refusal


def records_of(kind: str, source: Source, format: str, context: Context) -> Iterator[Content]:
    """The records of a file, and a refusal for each row that makes none.

    Raises:
        ImportFileError: the file holds something else, at once or while it is read.
    """
    if format == "json":
        return _json(kind, source, context)
    name = source.path.name
    if kind == "products" and format == "google":
        return google_products.read(source, context)
    if kind == "products":
        table = Table(source)
        if table.has("lineitem quantity"):
            raise ImportFileError(f"{name} holds orders; import it as orders")
        return _TABLES[format].read(table, context)
    if kind == "orders" and format == "shopify":
        table = Table(source)
        if table.has(*shopify_products.HANDLE):
            raise ImportFileError(f"{name} holds products; import it as products")
        return shopify_orders.read(table, context)
    raise ImportFileError(f"{kind} cannot be imported from the format {format}; docs/importing.md says what can")


def _json(kind: str, source: Source, context: Context) -> Iterator[Content]:
    sections = _SECTIONS[kind]
    own = next(iter(sections))
    seen: set[str] = set()
    for section, line, value in Document(source).items():
        name = own if section is None else section
        seen.add(name)
        if name not in sections:
            continue
        try:
            yield sections[name](value, line, context)
        except RowProblem as problem:
            code = value.get("code", value.get("number")) if isinstance(value, dict) else None
            yield Refusal(problem.line or line, str(problem), clean(code)[:200] or None)
    if seen and not seen & sections.keys():
        found = ", ".join(sorted(seen)[:12]) or "nothing"
        raise ImportFileError(f'{source.path.name} has no section "{own}"; it has {found}')
