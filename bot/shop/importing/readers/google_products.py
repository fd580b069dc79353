"""A Google Merchant feed: one item a variant, in XML or as a table; `item_group_id` makes them one product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import now
from bot.shop.importing.attributes import (
    attribute,
    attribute_code,
    attribute_name,
    collect,
    option,
    warranty_months,
)
from bot.shop.importing.context import Context
from bot.shop.importing.markup import LONGEST_BODY, read_body
from bot.shop.importing.moments import read_day, read_moment
from bot.shop.importing.readers import google_xml
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
from bot.shop.importing.source import Source
from bot.shop.importing.tables import Table, listed
from bot.shop.importing.text import clean, languages_of, localised

_TELLING_APART = ("color", "size", "material", "pattern", "gender", "age_group")
_FACTS = (
    *_TELLING_APART,
    "mpn",
    "energy_efficiency_class",
    "product_weight",
    "product_length",
    "product_width",
    "product_height",
    "size_type",
    "size_system",
)
_LISTS = ("additional_image_link", "product_highlight", "product_type")
_LABELS = tuple(f"custom_label_{number}" for number in range(5))
_QUANTITY = ("quantity", "inventory", "sell_on_google_quantity", "quantity_to_sell_on_facebook")
_FROM_GROUP = ("description", "product_highlight", "product_detail")
_PIECES = "online"
_SILENT = ["aliases", "exclusions", "price_delta", "checkout_id"]


@dataclass
class _Item:
    line: int
    fields: dict[str, list[str]]

    def text(self, *names: str) -> str:
        for name in names:
            for value in self.fields.get(name, ()):
                if text := clean(value):
                    return text
        return ""


@dataclass
class _Group:
    code: str
    items: list[_Item] = field(default_factory=list)


def read(source: Source, context: Context) -> Iterator[ProductRecord | Refusal]:
    """The products of a feed. Items of a group may stand anywhere, so that they are sorted out first."""
    if source.start.lstrip().startswith("<"):
        rows: Iterator[google_xml.Item | Refusal] = google_xml.items(source)
    else:
        rows = _rows(Table(source))
    groups: dict[str, _Group] = {}
    for row in rows:
        if isinstance(row, Refusal):
            yield row
            continue
        item = _Item(*row)
        code = item.text("item_group_id") or item.text("id")
        group = groups.get(code)
        if group is None:
            group = groups[code] = _Group(code)
        else:
            for name in _FROM_GROUP:  # the first item's serve for all: keep memory small
                item.fields.pop(name, None)
        group.items.append(item)
    for group in groups.values():
        try:
            yield _product(group, context)
        except RowProblem as problem:
            yield Refusal(problem.line or group.items[0].line, str(problem), group.code or None)


def _rows(table: Table) -> Iterator[google_xml.Item | Refusal]:
    table.require(("id",), ("title",))
    columns = {name: name.replace(" ", "_").removeprefix("g:") for name in table.columns}
    for row in table:
        if isinstance(row, Refusal):
            yield row
            continue
        fields = {}
        for column, name in columns.items():
            if cell := row[column].strip():
                fields[name] = listed(cell) if name == "additional_image_link" else [cell]
        if "product_detail" in fields:  # "section:name:value,section:name:value"
            fields["product_detail"] = [part.partition(":")[2] for part in listed(fields["product_detail"][0])]
        yield row.line, fields


def _product(group: _Group, context: Context) -> ProductRecord:
    first = group.items[0]
    if not group.code:
        raise RowProblem("has no id")
    grouped = bool(first.text("item_group_id"))
    title = first.text("title")
    if not title:
        raise RowProblem("has no title")
    body = read_body(first.fields.get("description", [""])[0][:LONGEST_BODY])
    highlights = [f"- {text}" for value in first.fields.get("product_highlight", ()) if (text := clean(value))]
    text = "\n\n".join(filter(None, (body.text, "\n".join(highlights))))
    languages = languages_of(title, text)
    options = _options(group, languages)
    attributes = _attributes(first, body.facts, languages, [made.code for made, _ in options])
    if grouped:
        title = _common_title(group)
    brand = first.text("brand")
    return ProductRecord(
        line=first.line,
        silent=_SILENT,
        code=group.code,
        languages=languages,
        title=localised(title),
        description=localised(text),
        category=[CategoryRecord(name=localised(part)) for part in _category(first)],
        brand=BrandRecord(name=localised(brand)) if brand else None,
        tags=list(dict.fromkeys(label for name in _LABELS if (label := first.text(name)))),
        url=context.url(first.text("canonical_link", "link"), "link", first.line, group.code),
        images=_images(group, context),
        attributes=attributes,
        options=[made for made, _ in options],
        variants=[_variant(item, options, context) for item in group.items],
        lead_time_days=_days_until_available(first, context),
        warranty_months=warranty_months(attributes),
        published=not _expired(first, context),
    )


def _options(group: _Group, languages: list[str]) -> list[tuple[OptionRecord, dict[str, str]]]:
    """What tells the items of a group apart; their titles if nothing else does."""
    if len(group.items) == 1:
        return []
    found = []
    for name in _TELLING_APART:
        values = dict.fromkeys(item.text(name) for item in group.items)
        if len(values) > 1 and "" not in values:
            found.append(option(name, values, languages, name))
    combinations = {tuple(item.text(made.code) for made, _ in found) for item in group.items}
    if len(combinations) < len(group.items):
        titles = dict.fromkeys(item.text("title") for item in group.items)
        if len(titles) == len(group.items):
            found = [option("model", titles, languages, "model")]
    for made, _ in found:
        made.name = attribute_name(made.code)
    return found


def _variant(item: _Item, options: list[tuple[OptionRecord, dict[str, str]]], context: Context) -> VariantRecord:
    sku = item.text("id")
    if not sku:
        raise RowProblem("has no id", item.line)
    regular = context.price(item.text("price"), "price", item.line, sku)
    sale = context.price(item.text("sale_price"), "sale price", item.line, sku)
    if sale is not None and (_off_sale(item, context) or (regular is not None and sale >= regular)):
        sale = None
    availability = re.sub(r"[\s_]+", " ", item.text("availability").casefold())
    pieces = context.whole(item.text(*_QUANTITY), "quantity", item.line)
    # A feed without quantities only says whether there is some.
    always = pieces is None and availability in ("", "in stock", "available for order", "limited availability")
    if availability in ("preorder", "backorder", "pre order", "back order") and _day(item, context):
        always = True
    if availability in ("out of stock", "discontinued"):
        pieces = 0
    return VariantRecord(
        sku=sku,
        options={made.code: codes[_told_by(item, made)] for made, codes in options},
        price=regular if sale is None else sale,
        compare_at_price=None if sale is None else regular,
        barcode=item.text("gtin") or None,
        track_stock=not always,
        stock={} if always else {_PIECES: max(pieces or 0, 0)},
        line=item.line,
    )


def _told_by(item: _Item, made: OptionRecord) -> str:
    return item.text("title" if made.code == "model" else made.code)


def _common_title(group: _Group) -> str:
    """What the titles of a group begin with ("Shirt - Red - L", "Shirt - Blue - L": "Shirt")."""
    titles = [item.text("title").split() for item in group.items]
    words = []
    for places in zip(*titles, strict=False):
        if len({place.casefold() for place in places}) > 1:
            break
        words.append(places[0])
    while len(words) > 1 and attribute_name(attribute_code(words[-1])):  # "Collar - Size" of "Collar - Size M"
        words.pop()
    return re.sub(r"[\s,|/–—(\[-]+$", "", " ".join(words)) or " ".join(titles[0])


def _category(item: _Item) -> list[str]:
    """The shop's own category path, else Google's unless that is only a number."""
    for text in (item.text("product_type"), item.text("google_product_category")):
        if text and not text.isdigit():
            return listed(text.split(",")[0] if ">" not in text else text, ">")
    return []


def _attributes(
    item: _Item, facts: list[tuple[str, str]], languages: list[str], but: list[str]
) -> list[AttributeRecord]:
    found = []
    for name in _FACTS:
        code = {"mpn": "model"}.get(name, name.removeprefix("product_"))
        label = "" if attribute_name(code) else name.replace("_", " ").capitalize()
        found.append(attribute(label, item.text(name), code=code, languages=languages))
    if item.text("condition") not in ("", "new"):
        found.append(attribute("Condition", item.text("condition"), languages=languages))
    for detail in item.fields.get("product_detail", ()):
        name, _, value = detail.partition(":")
        found.append(attribute(name, value, languages=languages))
    found += [attribute(name, value, languages=languages) for name, value in facts]
    return collect(found, but)


def _images(group: _Group, context: Context) -> list[ImageRecord]:
    found: dict[str, ImageRecord] = {}
    for item in group.items:
        for value in (*item.fields.get("image_link", ()), *item.fields.get("additional_image_link", ())):
            url = context.url(value, "picture", item.line, item.text("id"))
            if url:
                found.setdefault(url, ImageRecord(url))
    return list(found.values())


def _off_sale(item: _Item, context: Context) -> bool:
    """Whether now lies outside "2026-03-01T00:00Z/2026-03-08T23:59Z"."""
    starts, _, ends = item.text("sale_price_effective_date").partition("/")
    try:
        begin, end = _moment(starts, context), _moment(ends, context)
    except ValueError:
        return False
    return bool((begin and begin > now()) or (end and end < now()))


def _moment(text: str, context: Context) -> datetime | None:
    return read_moment(text, context.zone, context.today)


def _day(item: _Item, context: Context) -> int | None:
    """Days until the date of availability; None without one."""
    try:
        day = read_day(item.text("availability_date"), context.zone, context.today)
    except ValueError:
        return None
    return max((day - context.today).days, 0) if day else None


def _days_until_available(item: _Item, context: Context) -> int:
    availability = item.text("availability").casefold()
    return (_day(item, context) or 0) if "order" in availability else 0


def _expired(item: _Item, context: Context) -> bool:
    try:
        day = read_day(item.text("expiration_date"), context.zone, context.today)
    except ValueError:
        return False
    return bool(day and day < context.today)
