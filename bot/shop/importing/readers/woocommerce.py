"""WooCommerce's product export: a row a product, and a row for each variation that names its parent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.clock import now
from bot.shop.importing.attributes import attribute, attribute_code, collect, option, warranty_months
from bot.shop.importing.context import Context
from bot.shop.importing.markup import Body, read_body
from bot.shop.importing.moments import read_moment
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

_BARCODE = ("gtin, upc, ean, or isbn", "gtin", "ean", "barcode")
_MEASURE = re.compile(r"(weight|length|width|height) \((\w+)\)")
_FORMULA = re.compile(r"^'(?=[=+\-@\t])")  # the exporter's guard against formulas
_PIECES = "online"


@dataclass
class _Family:
    """A product's row with those of its variations."""

    row: Row
    variations: list[Row] = field(default_factory=list)


def read(table: Table, context: Context) -> Iterator[ProductRecord | Refusal]:
    """The products of an export. Variations may stand anywhere, so that the rows are sorted out first."""
    table.require(("name",), ("sku", "id"))
    families: list[_Family] = []
    by_name: dict[str, _Family] = {}
    variations: list[Row] = []
    for row in table:
        if isinstance(row, Refusal):
            yield row
        elif "variation" in listed(row["type"].casefold()):
            variations.append(row)
        else:
            family = _Family(row)
            families.append(family)
            if row.text("id"):
                by_name[f"id:{row.text('id')}"] = family
            if row.code("sku"):
                by_name.setdefault(row.code("sku"), family)
    for row in variations:
        parent = row.code("parent")
        family_or_none = by_name.get(parent) or by_name.get(f"id:{parent}")
        if family_or_none is None:
            problem = f"its parent {parent[:60]!r} is not in the file" if parent else "is a variation without a parent"
            yield Refusal(row.line, problem, row.code("sku") or None)
        else:
            family_or_none.variations.append(row)
    reader = _Reader(table, context)
    for family in families:
        yield reader.product(family)


class _Reader:
    """Makes a product of a family of rows."""

    def __init__(self, table: Table, context: Context) -> None:
        self.context = context
        self.silent = [
            name
            for name, columns in {
                "description": ("description", "short description"),
                "category": ("categories",),
                "brand": ("brands", "brand"),
                "tags": ("tags",),
                "images": ("images",),
                "published": ("published",),
                "price": ("regular price", "sale price", "price"),
                "compare_at_price": ("regular price",),
                "barcode": _BARCODE,
                "track_stock": ("in stock?", "stock"),
                "url": ("external url",),
                "checkout_id": ("id",),
            }.items()
            if not table.has(*columns)
        ] + ["aliases", "exclusions", "lead_time_days", "price_delta"]
        self.measures = [(m[0], m[1], m[2]) for name in table.columns if (m := _MEASURE.fullmatch(name))]
        numbers = (re.fullmatch(r"attribute (\d+) name", name) for name in table.columns)
        self.attributes = sorted(int(match[1]) for match in numbers if match)

    def product(self, family: _Family) -> ProductRecord | Refusal:
        """The product of one family."""
        row = family.row
        code = row.code("sku") or (f"id-{row.text('id')}" if row.text("id") else "")
        try:
            return self._product(family, code)
        except RowProblem as problem:
            return Refusal(problem.line or row.line, str(problem), code or None)

    def _product(self, family: _Family, code: str) -> ProductRecord:
        row = family.row
        title = _text(row, "name")
        if not code:
            raise RowProblem("has neither an SKU nor an ID")
        if not title:
            raise RowProblem("has no name")
        body = _body(row)
        languages = languages_of(title, body.text)
        own = self._values(row)
        options = self._options(family, own, languages)
        used = {made.code for made, _, _ in options}
        facts = [attribute(name, ", ".join(values), languages=languages) for name, values in own.items()]
        facts += [attribute(name, _with_unit(row.text(column), unit)) for column, name, unit in self.measures]
        facts += [attribute(name, value, languages=languages) for name, value in body.facts]
        attributes: list[AttributeRecord] = collect(facts, used)
        paths = _categories(row["categories"])
        path = max(paths, key=len, default=[])
        brand = next(iter(listed(row["brands"] or row["brand"])), "")
        published = self.context.whole(row.text("published"), "published", row.line)
        hidden = row.text("visibility in catalog").casefold() == "hidden"
        return ProductRecord(
            line=row.line,
            silent=self.silent,
            code=code,
            languages=languages,
            title=localised(title),
            description=localised(body.text),
            category=[CategoryRecord(name=localised(part)) for part in path],
            brand=BrandRecord(name=localised(brand)) if brand else None,
            tags=list(dict.fromkeys([*listed(row["tags"]), *(other[-1] for other in paths if other != path)])),
            url=self.context.url(row.text("external url"), "external URL", row.line, code),
            images=self._images(family, code),
            attributes=attributes,
            options=[made for made, _, _ in options],
            variants=self._variants(family, code, options),
            warranty_months=warranty_months(attributes),
            published=(published is None or published > 0) and not hidden,
        )

    def _values(self, row: Row) -> dict[str, list[str]]:
        """The attributes of a row: {name: values}."""
        found = {}
        for number in self.attributes:
            name, values = _text(row, f"attribute {number} name"), listed(row[f"attribute {number} value(s)"])
            if name and values:
                found[name.removeprefix("pa_")] = values
        return found

    def _options(
        self, family: _Family, own: dict[str, list[str]], languages: list[str]
    ) -> list[tuple[OptionRecord, str, dict[str, str]]]:
        """The attributes that tell variations apart: (option, its code, codes of its values)."""
        chosen: dict[str, dict[str, None]] = {}
        names: dict[str, str] = {}
        for variation in family.variations:
            for name, values in self._values(variation).items():
                chosen.setdefault(attribute_code(name), {}).update(dict.fromkeys(values))
                names.setdefault(attribute_code(name), name)
        found = []
        for code, taken in chosen.items():
            listed_first = next((given for name, given in own.items() if attribute_code(name) == code), [])
            ordered = dict.fromkeys([*listed_first, *taken])
            made, codes = option(names[code], ordered, languages, code)
            found.append((made, code, codes))
        return found

    def _variants(
        self, family: _Family, code: str, options: list[tuple[OptionRecord, str, dict[str, str]]]
    ) -> list[VariantRecord]:
        if not family.variations:
            variant = self._variant(family.row, family.row, code)
            variant.sku = variant.sku or code
            return [variant]
        variants = []
        for row in family.variations:
            if row.text("published") in ("0", "-1"):
                continue
            variant = self._variant(row, family.row, code)
            if variant.sku == family.row.code("sku"):
                variant.sku = ""  # an untouched variation inherits its parent's
            values = {attribute_code(name): given[0] for name, given in self._values(row).items()}
            variant.options = {made.code: codes[values[key]] for made, key, codes in options if key in values}
            variants.append(variant)
        return variants or [VariantRecord(sku=code, line=family.row.line)]

    def _variant(self, row: Row, parent: Row, code: str) -> VariantRecord:
        context, line = self.context, row.line
        regular = context.price(_text(row, "regular price", "price"), "regular price", line, code)
        sale = context.price(_text(row, "sale price"), "sale price", line, code)
        if sale is not None and (self._off_sale(row) or (regular is not None and sale >= regular)):
            sale = None
        stock = row if row.text("stock").casefold() != "parent" else parent
        pieces = _pieces(stock.text("stock"), context, line)
        in_stock = row.text("in stock?").casefold() not in ("0", "no", "false")
        backorders = (row.text("backorders allowed?") or parent.text("backorders allowed?")).casefold()
        always = backorders in ("1", "yes", "notify") or (pieces is None and in_stock)
        return VariantRecord(
            sku=row.code("sku"),
            price=regular if sale is None else sale,
            compare_at_price=None if sale is None else regular,
            barcode=row.code(*_BARCODE) or None,
            track_stock=not always,
            checkout_id=row.text("id") or None,
            stock={} if pieces is None and in_stock else {_PIECES: max(pieces or 0, 0) if in_stock else 0},
            line=line,
        )

    def _off_sale(self, row: Row) -> bool:
        """Whether today lies outside the days of the sale."""
        try:
            starts = read_moment(row.text("date sale price starts"), self.context.zone, self.context.today)
            ends = read_moment(row.text("date sale price ends"), self.context.zone, self.context.today)
        except ValueError:
            return False
        return bool((starts and starts > now()) or (ends and ends < now()))

    def _images(self, family: _Family, code: str) -> list[ImageRecord]:
        found: dict[str, ImageRecord] = {}
        for row in (family.row, *family.variations):
            for text in listed(row["images"]):
                url = self.context.url(text, "picture", row.line, code)
                if url:
                    found.setdefault(url, ImageRecord(url))
        return list(found.values())


def _text(row: Row, *names: str) -> str:
    return _FORMULA.sub("", row.text(*names))


def _body(row: Row) -> Body:
    """Both descriptions: the short one first, unless the long one says it too."""
    short, long = (read_body(_escaped(row[name])) for name in ("short description", "description"))
    if not short.text or short.text in long.text:
        return Body(long.text, [*long.facts, *short.facts])
    return Body(f"{short.text}\n\n{long.text}".strip(), [*long.facts, *short.facts])


def _escaped(cell: str) -> str:
    """A body's cell: the exporter writes line ends as a backslash and n."""
    return _FORMULA.sub("", cell).replace("\\n", "\n")


def _with_unit(value: str, unit: str) -> str:
    return f"{value} {unit}" if value else ""


def _pieces(text: str, context: Context, line: int) -> int | None:
    amount = context.price(text.lstrip("-"), "stock", line)  # plug-ins sell by the half kilo
    return None if amount is None else int(amount) * (-1 if text.startswith("-") else 1)


def _categories(cell: str) -> list[list[str]]:
    """The paths of "A > B, C"."""
    return [path for text in listed(cell) if (path := [part.strip() for part in text.split(">") if part.strip()])]
