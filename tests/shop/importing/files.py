"""Files to import, and what the database holds afterwards."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.db.models import Order, Product
from bot.db.session import reading
from bot.shop.importing.contents import records_of
from bot.shop.importing.context import Context
from bot.shop.importing.detect import format_of
from bot.shop.importing.report import Refusal, RowProblem
from bot.shop.importing.source import open_source
from bot.shop.importing.validate import Validator


def table(rows: Iterable[Mapping[str, object]], delimiter: str = ",", end: str = "\r\n") -> str:
    """A delimited file of rows; its columns are all keys in the order of their first use."""
    rows = list(rows)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, "", delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def written(folder: Path, content: object, name: str = "file", encoding: str = "utf-8") -> Path:
    """A file with a text, bytes, or anything else as JSON."""
    path = folder / name
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(folder: Path, content: object, kind: str = "products", context: Context | None = None) -> list[Any]:
    """The checked records of a file, with refusals in their places; needs no database."""
    context = context or Context(currency="SAR", country="SA", branches={"riyadh": ["Riyadh"]})
    source = open_source(written(folder, content))
    validator = Validator(context)
    found = []
    for item in records_of(kind, source, format_of(source), context):
        try:
            if not isinstance(item, Refusal):
                validator.check(item)
            found.append(item)
        except RowProblem as problem:
            found.append(Refusal(problem.line or item.line, str(problem)))
    return found


def product(code: str) -> dict[str, Any]:
    """What the database holds of a product, as plain values."""
    with reading() as session:
        row = session.execute(select(Product).where(Product.code == code)).scalar_one()
        return {
            "title": dict(row.title),
            "description": dict(row.description),
            "category": row.category and row.category.code,
            "brand": row.brand and dict(row.brand.name),
            "tags": row.tags,
            "url": row.url,
            "published": row.published,
            "price_from": row.price_from,
            "price_to": row.price_to,
            "lead_time_days": row.lead_time_days,
            "warranty_months": row.warranty_months,
            "embedding": row.embedding,
            "images": {image.url: dict(image.alt) for image in row.images},
            "attributes": {
                item.code: {
                    "name": dict(item.name),
                    "value": dict(item.value),
                    "number": item.number,
                    "unit": item.unit,
                }
                for item in row.attributes
            },
            "options": {o.code: {v.code: dict(v.name) for v in o.values} for o in row.options},
            "variants": {
                v.sku: {
                    "title": dict(v.title),
                    "options": v.options,
                    "price": v.price,
                    "compare_at_price": v.compare_at_price,
                    "track_stock": v.track_stock,
                    "stock": {s.branch.code: s.quantity for s in v.stock},
                }
                for v in row.variants
            },
        }


def order(number_key: str) -> dict[str, Any]:
    """What the database holds of an order, as plain values."""
    with reading() as session:
        row = session.execute(select(Order).where(Order.number_key == number_key)).scalar_one()
        names = (
            "number email phone placed_at state payment_state currency subtotal discount delivery_cost tax total "
            "delivery_method shipping_address expected_on cancelled_at note"
        )
        return {
            **{name: getattr(row, name) for name in names.split()},
            "customer": row.customer and row.customer.code,
            "pickup_branch": row.pickup_branch and row.pickup_branch.code,
            "lines": [
                (ln.sku, dict(ln.title), ln.quantity, ln.unit_price, ln.variant_id is not None) for ln in row.lines
            ],
            "shipments": [(s.state, s.carrier, [ln.quantity for ln in s.lines]) for s in row.shipments],
            "payments": [(p.method, p.amount, p.state) for p in row.payments],
        }
