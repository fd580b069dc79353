"""Products, categories and brands of Dukan's JSON."""

from __future__ import annotations

from typing import Any

from bot.shop.importing.attributes import attribute_code, attribute_name, collect, read_quantity, warranty_months
from bot.shop.importing.context import Context
from bot.shop.importing.fields import Fields
from bot.shop.importing.records import (
    AttributeRecord,
    BrandRecord,
    CategoryRecord,
    ExclusionRecord,
    ImageRecord,
    OptionRecord,
    OptionValueRecord,
    ProductRecord,
    VariantRecord,
)
from bot.shop.importing.report import RowProblem
from bot.shop.importing.tables import listed
from bot.shop.importing.text import clean, languages_of, slug
from bot.shop.options import limits

PRODUCT_FIELDS = [
    "code",
    "title",
    "description",
    "category",
    "brand",
    "tags",
    "aliases",
    "url",
    "images",
    "attributes",
    "options",
    "exclusions",
    "variants",
    "lead_time_days",
    "warranty_months",
    "published",
]
VARIANT_FIELDS = ["sku", "options", "price", "compare_at_price", "barcode", "checkout_id", "stock", "track_stock"]


def product(value: Any, line: int, context: Context) -> ProductRecord:
    """A product of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    code = fields.row_id = fields.string("code")
    fields.only(*PRODUCT_FIELDS, *VARIANT_FIELDS)
    title, description = fields.text("title"), fields.text("description", block=True)
    options = [_option(item) for item in fields.objects("options")]
    attributes = collect(_attribute(item) for item in fields.objects("attributes"))
    variants = [_variant(item, options) for item in fields.objects("variants")]
    if not variants:
        own = {name: fields.value[name] for name in VARIANT_FIELDS if name in fields and name != "options"}
        variants = [_variant(fields.inner(own, ""), options)]
    return ProductRecord(
        line=line,
        silent=_silent(fields),
        code=code,
        languages=_languages(fields.value, title, description),
        title=title,
        description=description,
        category=_category(fields),
        brand=_brand(fields),
        tags=fields.strings("tags"),
        aliases=fields.strings("aliases"),
        url=context.url(fields.string("url", 2000), "url", line, code),
        images=_images(fields),
        attributes=attributes,
        options=options,
        exclusions=[_exclusion(fields, item) for item in fields.items("exclusions")],
        variants=variants,
        lead_time_days=fields.whole("lead_time_days") or 0,
        warranty_months=_warranty(fields, attributes),
        published=fields.flag("published", True),
    )


def category(value: Any, line: int, context: Context) -> CategoryRecord:
    """A category of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    fields.only("code", "name", "parent", "aliases")
    name = fields.text("name")
    code = fields.string("code") or slug(next(iter(name.values()), ""))
    if not code or not name:
        raise RowProblem("a category needs a code and a name")
    silent = [] if "aliases" in fields else ["aliases"]
    return CategoryRecord(line, silent, code, name, fields.string("parent") or None, fields.strings("aliases"))


def brand(value: Any, line: int, context: Context) -> BrandRecord:
    """A brand of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    fields.only("code", "name", "aliases")
    name = fields.text("name")
    code = fields.string("code") or slug(next(iter(name.values()), ""))
    if not code or not name:
        raise RowProblem("a brand needs a name")
    return BrandRecord(line, [] if "aliases" in fields else ["aliases"], code, name, fields.strings("aliases"))


def _silent(fields: Fields) -> list[str]:
    """The fields that the object leaves out."""
    silent = [name for name in PRODUCT_FIELDS[2:] if name not in fields]
    own = [item.value for item in fields.objects("variants")] or [fields.value]
    of_variants = [name for name in VARIANT_FIELDS if name != "options"]
    silent += [name for name in of_variants if not any(name in item for item in own)]
    if "variants" in silent and any(name in fields for name in of_variants):
        silent.remove("variants")
    return silent


def _languages(value: dict[str, Any], title: dict[str, str], description: dict[str, str]) -> list[str]:
    if isinstance(value.get("title"), dict):
        return sorted(title.keys() | description.keys())
    return languages_of(next(iter(title.values()), ""), next(iter(description.values()), ""))


def _category(fields: Fields) -> list[CategoryRecord]:
    """A path of names, the code or the path "A > B" in one string, or one category in full."""
    value = fields.value.get("category")
    if isinstance(value, dict) and not value.keys() & {"en", "ar"}:
        return [category(value, fields.line, fields.context)]
    if isinstance(value, str):
        parts = listed(value, ">")
        if len(parts) == 1:
            return [CategoryRecord(code=parts[0], name=fields.as_text(parts[0], "category"))]
        value = parts
    if isinstance(value, dict):
        value = [value]
    if value is not None and not isinstance(value, list):
        raise RowProblem("category should be a path of names, a code, or an object", fields.line)
    names = (fields.as_text(item, "category") for item in value or [])
    return [CategoryRecord(name=name) for name in names if name]


def _brand(fields: Fields) -> BrandRecord | None:
    value = fields.value.get("brand")
    if isinstance(value, dict) and not value.keys() & {"en", "ar"}:
        return brand(value, fields.line, fields.context)
    name = fields.text("brand")
    # A plain string may be the code of a known brand just as well as its name.
    return BrandRecord(code=clean(value) if isinstance(value, str) else "", name=name) if name else None


def _images(fields: Fields) -> list[ImageRecord]:
    found: list[ImageRecord] = []
    for index, item in enumerate(fields.items("images")):
        image = fields.inner({"url": item} if isinstance(item, str) else item, f"images[{index}]")
        image.only("url", "alt")
        url = fields.context.url(image.string("url", 2000), "picture", fields.line, fields.row_id)
        if url and url not in [other.url for other in found]:
            found.append(ImageRecord(url, image.text("alt")))
    return found


def _attribute(fields: Fields) -> AttributeRecord | None:
    fields.only("code", "name", "value", "number", "unit")
    name = fields.text("name")
    first_name = next(iter(name.values()), "")
    given = fields.string("code", 100)
    code = given or attribute_code(first_name)
    value = fields.value.get("value")
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = fields.as_text(value, "value")
    number, unit = fields.number("number"), fields.string("unit", 32) or None
    if not text and number is not None:
        text = {"en": f"{number:g}{f' {unit}' if unit else ''}"}
    if not code or not text:
        raise RowProblem(f"{fields.what} needs a code and a value", fields.line)
    if number is None:
        found, found_unit = read_quantity(next(iter(text.values())))
        number, unit = found, unit or found_unit
        unit = unit if number is not None else None
    return AttributeRecord(code, name or attribute_name(code) or {"en": code.replace("_", " ")}, text, number, unit)


def _option(fields: Fields) -> OptionRecord:
    fields.only("code", "name", "values", "kind", "limits")
    name = fields.text("name")
    code = fields.string("code", 100) or attribute_code(next(iter(name.values()), ""))
    if not code:
        raise RowProblem(f"{fields.what} needs a code", fields.line)
    kind = fields.choice("kind", limits.KINDS, limits.CHOICE)
    data = fields.data("limits") or {}
    try:
        limits.read(kind, data)
    except ValueError as error:
        raise RowProblem(f"{fields.what}.limits: {error}", fields.line) from None
    values = []
    for index, item in enumerate(fields.items("values")):
        value = fields.inner({"name": item} if isinstance(item, str) else item, f"{fields.what}.values[{index}]")
        value.only("code", "name", "price_delta", "lead_time_days")
        named = value.text("name")
        value_code = value.string("code", 100) or slug(next(iter(named.values()), ""), limit=100)
        if not value_code:
            raise RowProblem(f"{value.what} needs a code", fields.line)
        days = value.whole("lead_time_days") or 0
        values.append(OptionValueRecord(value_code, named or {"en": value_code}, value.amount("price_delta"), days))
    return OptionRecord(code, name or attribute_name(code) or {"en": code}, values, kind, data)


def _variant(fields: Fields, options: list[OptionRecord]) -> VariantRecord:
    fields.only(*VARIANT_FIELDS)
    stock_value = fields.value.get("stock")
    stock: dict[str, int] = {}
    if isinstance(stock_value, dict):
        pieces = fields.inner(stock_value, fields.label("stock"))
        stock = {clean(branch): max(pieces.whole(branch, None) or 0, 0) for branch in stock_value}
    elif (whole := fields.whole("stock", None)) is not None:
        stock = {"online": max(whole, 0)}
    chosen = fields.inner(fields.value.get("options") or {}, fields.label("options"))
    return VariantRecord(
        sku=fields.string("sku"),
        options={clean(name): _value_code(chosen.string(name), clean(name), options) for name in chosen.value},
        price=fields.price("price"),
        compare_at_price=fields.price("compare_at_price"),
        barcode=fields.string("barcode") or None,
        checkout_id=fields.string("checkout_id", 64) or None,
        track_stock=fields.flag("track_stock", True),
        stock=stock,
        line=fields.line,
    )


def _value_code(value: str, option_code: str, options: list[OptionRecord]) -> str:
    """The code of a value that may be written by its name."""
    for option in options:
        if option.code == option_code:
            for known in option.values:
                if value == known.code or value in known.name.values():
                    return known.code
    return value


def _exclusion(fields: Fields, item: Any) -> ExclusionRecord:
    """`[[{"option","value"}, {"option","value"}], reason]`, the reason being optional."""
    pair, reason = item, None
    if isinstance(item, dict):
        pair, reason = item.get("values"), item.get("reason")
    elif isinstance(item, list) and item and isinstance(item[0], list):
        pair, reason = item[0], item[1] if len(item) > 1 else None
    elif isinstance(item, list) and len(item) == 3:
        pair, reason = item[:2], item[2]
    if not isinstance(pair, list) or len(pair) != 2:
        raise RowProblem("exclusions should each be two choices and a reason", fields.line)
    first, second = (fields.inner(choice, "exclusions") for choice in pair)
    return ExclusionRecord(
        (first.string("option", 100), first.string("value", 100)),
        (second.string("option", 100), second.string("value", 100)),
        fields.as_text(reason, "exclusions"),
    )


def _warranty(fields: Fields, attributes: list[AttributeRecord]) -> int | None:
    months = fields.whole("warranty_months")
    return warranty_months(attributes) if months is None else months
