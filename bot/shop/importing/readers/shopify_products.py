"""Shopify's product export: one row a variant or a further picture, the product's own cells on its first row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from bot.shop.importing.attributes import attribute, collect, option, warranty_months
from bot.shop.importing.context import Context
from bot.shop.importing.markup import Body, read_body
from bot.shop.importing.numbers import read_whole
from bot.shop.importing.records import (
    AttributeRecord,
    BrandRecord,
    CategoryRecord,
    ImageRecord,
    OptionRecord,
    ProductRecord,
    VariantRecord,
)
from bot.shop.importing.report import Refusal, RowProblem
from bot.shop.importing.tables import Row, Table, listed
from bot.shop.importing.text import languages_of, localised

HANDLE = ("handle", "url handle")
# Each field under the header of today's export template and of the older one.
_BODY = ("body (html)", "description")
_SKU = ("variant sku", "sku")
_PRICE = ("variant price", "price")
_COMPARE = ("variant compare at price", "compare-at price", "compare at price")
_BARCODE = ("variant barcode", "barcode")
_TRACKER = ("variant inventory tracker", "inventory tracker")
_QUANTITY = ("variant inventory qty", "inventory quantity", "variant inventory quantity")
_POLICY = ("variant inventory policy", "continue selling when out of stock")
_IMAGE = ("image src", "product image url")
_PUBLISHED = ("published", "published on online store")
_METAFIELD = re.compile(r"(.*)\(product\.metafields\.([\w-]+)\.([\w.-]+)\)\s*", re.IGNORECASE)
_NOT_FACTS = frozenset(["global", "seo", "reviews", "judgeme", "spr", "yotpo", "loox", "mc-facebook"])
_GOOGLE_FACTS = {"google shopping / gender": "gender", "google shopping / age group": "age_group"}
_PIECES = "online"  # the branch of pieces whose place the file does not say


def read(table: Table, context: Context) -> Iterator[ProductRecord | Refusal]:
    """The products of an export, in its order."""
    table.require(HANDLE, ("title",))
    reader = _Reader(table, context)
    group: list[Row] = []
    for row in table:
        if isinstance(row, Refusal):
            yield row
            continue
        handle = row.code(*HANDLE)
        if group and (handle == group[0].code(*HANDLE) or not handle) and not _starts_another(group[0], row):
            group.append(row)
            continue
        if group:
            yield reader.product(group)
        group = [row]
    if group:
        yield reader.product(group)


def _starts_another(first: Row, row: Row) -> bool:
    """A row of the same handle continues the product unless it carries a different title."""
    title = row.text("title")
    return bool(title) and title != first.text("title")


class _Reader:
    """Makes a product of its rows."""

    def __init__(self, table: Table, context: Context) -> None:
        self.context = context
        self.silent = [
            field
            for field, columns in {
                "description": _BODY,
                "category": ("type", "product category"),
                "brand": ("vendor",),
                "tags": ("tags",),
                "images": _IMAGE,
                "published": (*_PUBLISHED, "status"),
                "options": ("option1 name",),
                "price": _PRICE,
                "compare_at_price": _COMPARE,
                "barcode": _BARCODE,
                "track_stock": (*_TRACKER, *_POLICY),
            }.items()
            if not table.has(*columns)
        ] + ["aliases", "url", "exclusions", "lead_time_days", "price_delta", "checkout_id"]
        self.tracked = table.has(*_TRACKER)
        self.metafields = []
        for title in table.titles:
            match = _METAFIELD.fullmatch(title)
            if match and match[2].casefold() not in _NOT_FACTS:
                self.metafields.append(
                    (" ".join(title.casefold().replace("_", " ").split()), match[1].strip(), match[3])
                )
        if not self.metafields and not table.has(*_BODY):
            self.silent.append("attributes")
        if not table.has(*_QUANTITY):
            context.warn(1, "the file has no stock column; new products' stock stays unknown")

    def product(self, rows: list[Row]) -> ProductRecord | Refusal:
        """The product of adjacent rows with one handle."""
        first = rows[0]
        code = first.code(*HANDLE)
        try:
            return self._product(rows, code)
        except RowProblem as problem:
            return Refusal(problem.line or first.line, str(problem), code or None)

    def _product(self, rows: list[Row], code: str) -> ProductRecord:
        first = rows[0]
        title = first.text("title")
        if not code:
            raise RowProblem("has no handle")
        if not title:
            raise RowProblem("has no title")
        body = read_body(first[_BODY[0]] or first[_BODY[1]])
        languages = languages_of(title, body.text)
        options = self._options(rows, languages)
        attributes = self._attributes(first, body, languages, [made.code for _, made, _ in options])
        vendor = first.text("vendor")
        category = first.text("type") or first.text("product category")
        status = first.text("status").casefold()
        published = self.context.flag(first.text(*_PUBLISHED), "published", first.line)
        return ProductRecord(
            line=first.line,
            silent=self.silent,
            code=code,
            languages=languages,
            title=localised(title),
            description=localised(body.text),
            category=[CategoryRecord(name=localised(part)) for part in listed(category, ">")],
            brand=BrandRecord(name=localised(vendor)) if vendor else None,
            tags=listed(first["tags"]),
            images=self._images(rows, code),
            attributes=attributes,
            options=[made for _, made, _ in options],
            variants=self._variants(rows, code, options),
            warranty_months=warranty_months(attributes),
            published=published is not False and status in ("", "active"),
        )

    def _options(self, rows: list[Row], languages: list[str]) -> list[tuple[str, OptionRecord, dict[str, str]]]:
        """The options in use, each with the column of its values and their codes."""
        found: list[tuple[str, OptionRecord, dict[str, str]]] = []
        for index in (1, 2, 3):
            name, column = rows[0].text(f"option{index} name"), f"option{index} value"
            values = dict.fromkeys(value for row in rows if (value := row.text(column)))
            if not values or (name in ("Title", "") and list(values) == ["Default Title"]):
                continue
            name = name or f"Option {index}"
            made, codes = option(name, values, languages)
            if made.code in [other.code for _, other, _ in found]:
                made.code = f"{made.code[:90]}_{index}"
            found.append((column, made, codes))
        return found

    def _variants(
        self, rows: list[Row], code: str, options: list[tuple[str, OptionRecord, dict[str, str]]]
    ) -> list[VariantRecord]:
        variants: list[VariantRecord] = []
        for row in rows:
            if variants and not (row.text("option1 value") or row.code(*_SKU) or row.text(*_PRICE)):
                continue  # a further picture
            variant = self._variant(row, code)
            for column, made, codes in options:
                value = row.text(column)
                if not value:
                    raise RowProblem(f"has no value for the option {next(iter(made.name.values()))!r}", row.line)
                variant.options[made.code] = codes[value]
            variants.append(variant)
        return variants

    def _variant(self, row: Row, code: str) -> VariantRecord:
        context = self.context
        tracker = row.text(*_TRACKER)
        policy = row.text(*_POLICY).casefold()
        variant = VariantRecord(
            sku=row.code(*_SKU),
            price=context.price(row.text(*_PRICE), "price", row.line, code),
            compare_at_price=context.price(row.text(*_COMPARE), "compare-at price", row.line, code),
            barcode=row.code(*_BARCODE) or None,
            track_stock=not (policy in ("continue", "true", "yes") or (self.tracked and not tracker)),
            line=row.line,
        )
        quantity = context.whole(row.text(*_QUANTITY), "stock", row.line)
        if quantity is not None:
            variant.stock = {_PIECES: max(quantity, 0)}
        return variant

    def _images(self, rows: list[Row], code: str) -> list[ImageRecord]:
        found: dict[str, tuple[int, ImageRecord]] = {}
        for index, row in enumerate(rows):
            for name in (*_IMAGE, "variant image", "variant image url"):
                if not row.text(name):
                    continue
                url = self.context.url(row.text(name), "picture", row.line, code)
                if url and url not in found:
                    own = name in _IMAGE
                    position = _position(row.text("image position")) if own else None
                    alt = localised(row.text("image alt text")) if own else {}
                    found[url] = (position or 1000 + index, ImageRecord(url, alt))
        return [image for _, image in sorted(found.values(), key=lambda pair: pair[0])]

    def _attributes(self, row: Row, body: Body, languages: list[str], but: list[str]) -> list[AttributeRecord]:
        found = []
        for column, name, key in self.metafields:
            value = _metafield(row[column])
            found.append(attribute(name or key.replace("_", " ").replace("-", " "), value, languages=languages))
        for column, code in _GOOGLE_FACTS.items():
            found.append(attribute("", row.text(column), code=code, languages=languages))
        found += [attribute(name, value, languages=languages) for name, value in body.facts]
        return collect(found, but)


def _position(text: str) -> int | None:
    try:
        return read_whole(text)
    except ValueError:
        return None


def _metafield(cell: str) -> str:
    """The value of a metafield's cell: plain, or JSON for measures, lists and rich text."""
    text = cell.strip()
    if text[:1] not in ("{", "["):
        return text
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return _plain(value)


def _plain(value: Any, depth: int = 0) -> str:
    if depth > 20:
        return ""
    if isinstance(value, list):
        return ", ".join(part for item in value if (part := _plain(item, depth + 1)))
    if isinstance(value, dict):
        if "unit" in value and "value" in value:
            return f"{value['value']} {str(value['unit']).lower()}"
        if "children" in value:
            return " ".join(part for item in value["children"] if (part := _plain(item, depth + 1)))
        return _plain(value.get("value", ""), depth + 1)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or isinstance(value, bool) else str(value)
