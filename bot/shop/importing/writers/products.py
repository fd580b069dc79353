"""Products into the database: compared by digest, merged with what is there, written in bulk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import (
    Allocation,
    Branch,
    Brand,
    Category,
    OptionExclusion,
    OptionValue,
    Product,
    ProductAttribute,
    ProductImage,
    ProductOption,
    Stock,
    Variant,
)
from bot.db.types import LANGUAGES
from bot.shop.importing.context import Context
from bot.shop.importing.merge import merged
from bot.shop.importing.records import ProductRecord, Text, VariantRecord
from bot.shop.importing.report import Refusal
from bot.shop.importing.stored import load_products, product_digest
from bot.shop.importing.writers.bulk import Values, chunks, delete_in, insert_all, reserve, select_in, upsert
from bot.shop.importing.writers.names import Brands, Categories

DEFAULT_BRANCH_NAME: Text = {"en": "Online warehouse", "ar": "مستودع المتجر الإلكتروني"}
_PRODUCT, _VARIANT, _STOCK = Product.__table__, Variant.__table__, Stock.__table__
_ALLOCATION = Allocation.__table__


@dataclass
class _Change:
    """A product to write; `key` is its row's id, None for a new one."""

    record: ProductRecord
    key: int | None = None
    digest: str = ""
    content: bool = True  # False: only stock, or a digest that was not there
    renamed: bool = False


@dataclass
class ProductPlan:
    """What a batch of products comes to."""

    changes: list[_Change] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    variants: dict[str, Any] = field(default_factory=dict)  # SKU → row of the database
    stock: dict[tuple[int, str], int] = field(default_factory=dict)  # (variant, branch) → pieces


class ProductWriter:
    """Writes products within one session.

    Args:
        session: opened with `writing` for `write`; `plan` alone may read only.
        context: the shop.
        codes: product codes of the whole file, whose variants may change places.
    """

    def __init__(self, session: Session, context: Context, codes: Collection[str]) -> None:
        self.session = session
        self.context = context
        self.codes = codes
        self.categories = Categories(session)
        self.brands = Brands(session)
        self.changed = False
        self._branches: dict[str, int] = dict(session.execute(select(Branch.code, Branch.id)).all())
        self._new_variants = False
        self._keys: dict[str, int] = {}  # SKU → variant, of the plan being written

    def plan(self, batch: list[ProductRecord]) -> ProductPlan:
        """Compare a batch with the database."""
        plan = ProductPlan()
        columns = select(Product.id, Product.code, Product.content_hash, Product.title, Category.code, Brand.code)
        statement = columns.outerjoin(Product.category).outerjoin(Product.brand)
        known = {
            row[1]: row for row in select_in(self.session, statement, Product.code, [record.code for record in batch])
        }
        batch = self._load_variants(plan, batch)
        different: list[tuple[ProductRecord, int, str]] = []
        for record in batch:
            row = known.get(record.code)
            title, category, brand = (row[3], row[4], row[5]) if row else ({}, None, None)
            translating = set(record.languages or LANGUAGES) - title.keys() if row else set()
            record.category_code = self.categories.resolve(record.category, category, translating)
            record.brand_code = self.brands.resolve(record.brand, brand, translating)
            digest = product_digest(record)
            if row is None:
                plan.changes.append(_Change(record, None, digest))
                plan.created += 1
            elif row[2] == digest:
                self._plan_same(plan, record, row[0], digest)
            else:
                different.append((record, row[0], row[2]))
        self._plan_different(plan, different)
        return plan

    def _load_variants(self, plan: ProductPlan, batch: list[ProductRecord]) -> list[ProductRecord]:
        """Fetch the rows of all SKUs of a batch; drop products that want another one's SKU."""
        skus = [variant.sku for record in batch for variant in record.variants]
        statement = select(Variant.id, Variant.sku, Product.code).join(Product, Product.id == Variant.product_id)
        plan.variants = {row.sku: row for row in select_in(self.session, statement, Variant.sku, skus)}
        keys = [row.id for row in plan.variants.values()]
        stock = select(Stock.variant_id, Branch.code, Stock.quantity).join(Branch, Branch.id == Stock.branch_id)
        plan.stock = {(row[0], row[1]): row[2] for row in select_in(self.session, stock, Stock.variant_id, keys)}
        kept = []
        for record in batch:
            for variant in record.variants:
                row = plan.variants.get(variant.sku)
                if row and row.code != record.code and row.code not in self.codes:
                    reason = f"the SKU {variant.sku!r} belongs to the product {row.code!r}"
                    plan.refused.append(Refusal(variant.line or record.line, reason, record.code))
                    break
            else:
                kept.append(record)
        return kept

    def _plan_same(self, plan: ProductPlan, record: ProductRecord, key: int, digest: str, written: bool = True) -> None:
        if self._stock_differs(plan, record.variants):
            plan.updated += 1
        else:
            plan.unchanged += 1
            if written:
                return
        plan.changes.append(_Change(record, key, digest, content=False))

    def _plan_different(self, plan: ProductPlan, different: list[tuple[ProductRecord, int, str]]) -> None:
        stored = load_products(self.session, [key for _, key, _ in different])
        for record, key, digest_before in different:
            before = stored[key]
            result = merged(before, record)
            digest = product_digest(result)
            if digest == product_digest(before):
                self._plan_same(plan, result, key, digest, digest == digest_before)
                continue
            plan.updated += 1
            plan.changes.append(_Change(result, key, digest, renamed=result.title != before.title))

    def _stock_differs(self, plan: ProductPlan, variants: list[VariantRecord]) -> bool:
        for variant in variants:
            row = plan.variants.get(variant.sku)
            for branch, pieces in variant.stock.items():
                if row is None or plan.stock.get((row.id, branch)) != pieces:
                    return True
        return False

    def write(self, plan: ProductPlan) -> None:
        """Store what a plan changes."""
        if not plan.changes:
            return
        self.changed = self.changed or plan.created + plan.updated > 0
        self.categories.write(self.session)
        self.brands.write(self.session)
        content = [change for change in plan.changes if change.content]
        new = [change for change in content if change.key is None]
        old = [change for change in content if change.key is not None]
        for change, key in zip(new, reserve(self.session, _PRODUCT, len(new)), strict=True):
            change.key = key
        insert_all(self.session, _PRODUCT, [self._row(change) for change in new])
        upsert(self.session, _PRODUCT, [self._row(change) for change in old])
        for change in plan.changes:
            if not change.content:
                values = {"content_hash": change.digest}
                self.session.execute(_PRODUCT.update().where(_PRODUCT.c.id == change.key).values(**values))
        for part in chunks(change.key for change in old if change.renamed):
            self.session.execute(_PRODUCT.update().where(_PRODUCT.c.id.in_(part)).values(embedding=None))
        self._write_children(content, [change.key for change in old])
        self._write_variants(plan, content, [change.key for change in old])
        self._write_stock(plan)

    def _row(self, change: _Change) -> Values:
        record = change.record
        prices = [variant.price for variant in record.variants if variant.price is not None]
        return {
            "id": change.key,
            "code": record.code,
            "title": record.title,
            "description": record.description,
            "category_id": self.categories.key(record.category_code),
            "brand_id": self.brands.key(record.brand_code),
            "aliases": record.aliases,
            "tags": record.tags,
            "url": record.url,
            "published": record.published,
            "price_from": min(prices, default=None),
            "price_to": max(prices, default=None),
            "lead_time_days": record.lead_time_days,
            "warranty_months": record.warranty_months,
            "content_hash": change.digest,
            "updated_at": now(),
        }

    def _write_children(self, changes: list[_Change], old: list[Any]) -> None:
        for model in (ProductImage, ProductAttribute, ProductOption):
            table = model.__table__
            delete_in(self.session, table, table.c.product_id, old)
        images: list[Values] = []
        attributes: list[Values] = []
        options: list[Values] = []
        for change in changes:
            parent = {"product_id": change.key}
            for position, image in enumerate(change.record.images):
                images.append({**parent, "position": position, "url": image.url, "alt": image.alt})
            for position, item in enumerate(change.record.attributes):
                names = {"code": item.code, "name": item.name, "value": item.value}
                attributes.append({**parent, "position": position, **names, "number": item.number, "unit": item.unit})
            for position, option in enumerate(change.record.options):
                free = {"kind": option.kind, "limits": option.limits}
                options.append({**parent, "position": position, "code": option.code, "name": option.name, **free})
        insert_all(self.session, ProductImage.__table__, images)
        insert_all(self.session, ProductAttribute.__table__, attributes)
        for row, key in zip(options, reserve(self.session, ProductOption.__table__, len(options)), strict=True):
            row["id"] = key
        insert_all(self.session, ProductOption.__table__, options)
        self._write_values(changes, {(row["product_id"], row["code"]): row["id"] for row in options})

    def _write_values(self, changes: list[_Change], options: dict[tuple[Any, str], int]) -> None:
        rows: list[Values] = []
        places: dict[tuple[Any, tuple[str, str]], Values] = {}
        for change in changes:
            for option in change.record.options:
                for position, value in enumerate(option.values):
                    row = {
                        "option_id": options[change.key, option.code],
                        "position": position,
                        "code": value.code,
                        "name": value.name,
                        "price_delta": value.price_delta,
                        "lead_time_days": value.lead_time_days,
                    }
                    places[change.key, (option.code, value.code)] = row
                    rows.append(row)
        for row, key in zip(rows, reserve(self.session, OptionValue.__table__, len(rows)), strict=True):
            row["id"] = key
        insert_all(self.session, OptionValue.__table__, rows)
        exclusions = [
            {
                "first_id": places[change.key, exclusion.first]["id"],
                "second_id": places[change.key, exclusion.second]["id"],
                "reason": exclusion.reason,
            }
            for change in changes
            for exclusion in change.record.exclusions
        ]
        insert_all(self.session, OptionExclusion.__table__, exclusions)

    def _write_variants(self, plan: ProductPlan, changes: list[_Change], old: list[Any]) -> None:
        skus = {variant.sku for change in changes for variant in change.record.variants}
        kept = {row.id for sku, row in plan.variants.items() if sku in skus}
        present = select_in(self.session, select(Variant.id), Variant.product_id, old)
        delete_in(self.session, _VARIANT, _VARIANT.c.id, [row.id for row in present if row.id not in kept])
        rows: list[Values] = []
        for change in changes:
            names = {made.code: {value.code: value.name for value in made.values} for made in change.record.options}
            for position, variant in enumerate(change.record.variants):
                known = plan.variants.get(variant.sku)
                rows.append(
                    {
                        "id": known.id if known else None,
                        "product_id": change.key,
                        "position": position,
                        "sku": variant.sku,
                        "title": _variant_title(variant, names) if len(change.record.variants) > 1 else {},
                        "options": variant.options,
                        "price": variant.price,
                        "compare_at_price": variant.compare_at_price,
                        "barcode": variant.barcode,
                        "track_stock": variant.track_stock,
                        "checkout_id": variant.checkout_id,
                    }
                )
        new = [row for row in rows if row["id"] is None]
        for row, key in zip(new, reserve(self.session, _VARIANT, len(new)), strict=True):
            row["id"] = key
        self._new_variants = self._new_variants or bool(new)
        fresh = {row["id"] for row in new}
        insert_all(self.session, _VARIANT, new)
        upsert(self.session, _VARIANT, [row for row in rows if row["id"] not in fresh])
        self._keys = {row["sku"]: row["id"] for row in rows}

    def _write_stock(self, plan: ProductPlan) -> None:
        rows = []
        for change in plan.changes:
            for variant in change.record.variants:
                known = plan.variants.get(variant.sku)
                key: int = known.id if known else self._keys[variant.sku]
                for branch, pieces in variant.stock.items():
                    if plan.stock.get((key, branch)) != pieces:
                        rows.append({"variant_id": key, "branch_id": self._branch(branch), "quantity": pieces})
        upsert(self.session, _STOCK, rows, ("variant_id", "branch_id"))
        # What orders took is part of the new figure, or was not to be: it is not given back any more.
        delete_in(self.session, _ALLOCATION, _ALLOCATION.c.variant_id, {row["variant_id"] for row in rows})

    def _branch(self, code: str) -> int:
        key = self._branches.get(code)
        if key is None:  # only the default one: others are checked when they are read
            branch = Branch(code=code, kind="warehouse", name=DEFAULT_BRANCH_NAME, position=1000)
            self.session.add(branch)
            self.session.flush()
            key = self._branches[code] = branch.id
        return key

    def finish(self) -> None:
        """Give order lines the variants that have come since."""
        self.changed = self.changed or bool(self.categories.changed or self.brands.changed)
        self.categories.write(self.session)
        self.brands.write(self.session)
        if self._new_variants:
            self.session.execute(
                text(
                    "UPDATE order_lines SET variant_id = "
                    "(SELECT id FROM variants WHERE variants.sku = order_lines.sku) "
                    "WHERE variant_id IS NULL AND sku <> ''"
                )
            )


def _variant_title(variant: VariantRecord, names: dict[str, dict[str, Text]]) -> Text:
    """ "Black / L" in each language, from the names of its values."""
    chosen = [names.get(option, {}).get(value, {"en": value}) for option, value in variant.options.items()]
    languages = {language for name in chosen for language in name}
    parts = {
        language: [name.get(language) or next(iter(name.values()), "") for name in chosen] for language in languages
    }
    return {language: " / ".join(words) for language, words in parts.items()}
