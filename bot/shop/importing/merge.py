"""A product of a file laid over the one in the database, so that a file in one language keeps the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from msgspec import structs

from bot.shop.importing.records import (
    AttributeRecord,
    ImageRecord,
    OptionRecord,
    OptionValueRecord,
    ProductRecord,
    Text,
    VariantRecord,
)
from bot.shop.importing.text import language_of, slug

T = TypeVar("T")


def merged(stored: ProductRecord, new: ProductRecord) -> ProductRecord:
    """What the database shall hold: `new`, with what its file is silent of, and other languages, from `stored`."""
    return _Merge(stored, new).result()


class _Merge:
    def __init__(self, stored: ProductRecord, new: ProductRecord) -> None:
        self.stored = stored
        self.speaks = set(new.languages)
        # Titles tell less of a language than descriptions: Arabic shops keep the makers' Latin names.
        self.foreign = (stored.description.keys() or stored.title.keys()) - self.speaks
        # Files of two languages take turns: the English one's order, pictures and address are kept,
        # else every import would undo the one before.
        self.second = bool(self.foreign) and "en" not in self.speaks
        self.new = _aligned(stored, new) if self.foreign or not self.speaks <= stored.title.keys() else new

    def result(self) -> ProductRecord:
        stored, new = self.stored, self.new
        result = structs.replace(
            new,
            silent=[],
            title=self.text(stored.title, new.title),
            description=self.text(stored.description, new.description),
            tags=self.words(stored.tags, new.tags),
            aliases=self.words(stored.aliases, new.aliases),
            url=stored.url if self.second and stored.url else new.url,
            images=self.images(),
            attributes=self.attributes(),
            options=self.options(),
            variants=self.variants(),
        )
        for name in new.silent:
            if name in ("category", "brand"):
                name = f"{name}_code"
            if hasattr(result, name):  # the others are the variants' own
                setattr(result, name, getattr(stored, name))
        if "warranty_months" not in new.silent and new.warranty_months is None and self.foreign:
            result.warranty_months = stored.warranty_months
        known = {(option.code, value.code) for option in result.options for value in option.values}
        result.exclusions = [e for e in result.exclusions if e.first in known and e.second in known]
        if "exclusions" not in new.silent:
            reasons = {(e.first, e.second): e.reason for e in stored.exclusions}
            result.exclusions = [
                structs.replace(e, reason=self.text(reasons.get((e.first, e.second), {}), e.reason))
                for e in result.exclusions
            ]
        return result

    def text(self, old: Text, new: Text) -> Text:
        """Languages that the file does not speak stay."""
        kept = {language: text for language, text in old.items() if language not in self.speaks}
        for language, text in new.items():
            # A Latin model name in an Arabic file does not replace the English title.
            if language in self.speaks or language not in kept or language not in self.foreign:
                kept[language] = text
        return kept

    def words(self, old: list[str], new: list[str]) -> list[str]:
        """A list of words: those of languages that the file does not speak stay."""
        kept = [word for word in old if (language_of(word) or "en") in self.foreign]
        return list(dict.fromkeys([*kept, *new] if self.second else [*new, *kept]))

    def images(self) -> list[ImageRecord]:
        alts = {image.url: image.alt for image in self.stored.images}
        if self.second and self.stored.images:
            new = {image.url: image.alt for image in self.new.images}
            return [ImageRecord(url, self.text(alt, new.get(url, alt))) for url, alt in alts.items()]
        return [ImageRecord(image.url, self.text(alts.get(image.url, {}), image.alt)) for image in self.new.images]

    def attributes(self) -> list[AttributeRecord]:
        old = {item.code: item for item in self.stored.attributes}
        result = []
        for item in self.new.attributes:
            before = old.pop(item.code, None)
            if before is None:
                result.append(item)
                continue
            quantity = item if item.number is not None or not self.foreign else before
            name, value = self.text(before.name, item.name), self.text(before.value, item.value)
            result.append(AttributeRecord(item.code, name, value, quantity.number, quantity.unit))
        for item in old.values():
            value = {language: text for language, text in item.value.items() if language not in self.speaks}
            if value:
                name = {language: text for language, text in item.name.items() if language not in self.speaks}
                result.append(structs.replace(item, name=name or item.name, value=value))
        return self.ordered(result, self.stored.attributes)

    def options(self) -> list[OptionRecord]:
        old = {option.code: option for option in self.stored.options}
        result = []
        for option in self.new.options:
            before = old.pop(option.code, None)
            if before is None:
                result.append(option)
                continue
            values_before = {value.code: value for value in before.values}
            values = [self.value(value, values_before.get(value.code)) for value in option.values]
            values = self.ordered(values, before.values)
            kept = before if "price_delta" in self.new.silent else option
            name = self.text(before.name, option.name)
            result.append(structs.replace(option, name=name, values=values, kind=kept.kind, limits=kept.limits))
        if "price_delta" in self.new.silent:  # its file cannot state choices that make no variants
            used = {code for variant in self.stored.variants for code in variant.options}
            result += [option for option in old.values() if option.code not in used]
        return self.ordered(result, self.stored.options)

    def value(self, new: OptionValueRecord, before: OptionValueRecord | None) -> OptionValueRecord:
        if before is None:
            return new
        extra = before if "price_delta" in self.new.silent else new
        return OptionValueRecord(new.code, self.text(before.name, new.name), extra.price_delta, extra.lead_time_days)

    def variants(self) -> list[VariantRecord]:
        old = {variant.sku: variant for variant in self.stored.variants}
        silent = set(self.new.silent) & {"price", "compare_at_price", "barcode", "track_stock", "checkout_id"}
        result = []
        for variant in self.new.variants:
            before = old.get(variant.sku)
            if before:
                variant = structs.replace(variant, **{name: getattr(before, name) for name in silent})
                if "options" in self.new.silent:
                    variant.options = before.options
            result.append(variant)
        return self.ordered(result, self.stored.variants)

    def ordered(self, items: list[T], old: Iterable[T]) -> list[T]:
        """The items in the database's order while the file is the second language's."""
        if not self.second:
            return items
        places = {_key(item): index for index, item in enumerate(old)}
        return sorted(items, key=lambda item: places.get(_key(item), len(places)))


def _key(item: Any) -> str:
    return item.sku if isinstance(item, VariantRecord) else item.code


def _aligned(stored: ProductRecord, new: ProductRecord) -> ProductRecord:
    """`new`, its options and values under the codes they have in the database.

    A file in another language makes other codes ("أسود" for "black"). Variants of the same SKU tell
    which stand for the same.
    """
    pairs = _pairs(stored, new)
    if not pairs:
        return new
    skus = {ours.sku: theirs.sku for theirs, ours in pairs}
    codes, values = {}, {}
    free = [option for option in stored.options if option.code not in {o.code for o in new.options}]
    for position, option in enumerate(new.options):
        before = next((other for other in stored.options if other.code == option.code), None)
        if before is None and position < len(stored.options) and stored.options[position] in free:
            before = stored.options[position]
        mapping = _value_mapping(before, option, pairs) if before else None
        if before and mapping is not None:
            codes[option.code] = before.code
            values[option.code] = mapping
    options = [
        structs.replace(
            option,
            code=codes.get(option.code, option.code),
            values=[structs.replace(v, code=values.get(option.code, {}).get(v.code, v.code)) for v in option.values],
        )
        for option in new.options
    ]
    variants = [
        structs.replace(
            variant,
            sku=skus.get(variant.sku, variant.sku),
            options={codes.get(o, o): values.get(o, {}).get(v, v) for o, v in variant.options.items()},
        )
        for variant in new.variants
    ]
    attributes = _aligned_attributes(stored.attributes, new.attributes)
    return structs.replace(new, options=options, variants=variants, attributes=attributes)


def _pairs(stored: ProductRecord, new: ProductRecord) -> list[tuple[VariantRecord, VariantRecord]]:
    """Variants (in the database, in the file) that are the same: of one SKU, else in the same place when
    the SKUs were made up from the values' names."""
    old = {variant.sku: variant for variant in stored.variants}
    pairs = [(old[variant.sku], variant) for variant in new.variants if variant.sku in old]
    made_up = all(variant.sku.startswith(f"{new.code}-") for variant in (*stored.variants, *new.variants))
    if not pairs and made_up and len(stored.variants) == len(new.variants):
        pairs = list(zip(stored.variants, new.variants, strict=True))
    return pairs


def _value_mapping(
    before: OptionRecord, option: OptionRecord, pairs: list[tuple[VariantRecord, VariantRecord]]
) -> dict[str, str] | None:
    """Codes of the file's values → codes in the database; None where the variants contradict each other."""
    mapping: dict[str, str] = {}
    for theirs, ours in pairs:
        old, new = theirs.options.get(before.code), ours.options.get(option.code)
        if old and new and mapping.setdefault(new, old) != old:
            return None
    if len(set(mapping.values())) < len(mapping):
        return None
    unmapped = {value.code for value in option.values} - mapping.keys()
    return None if unmapped & set(mapping.values()) else mapping


def _aligned_attributes(stored: list[AttributeRecord], new: list[AttributeRecord]) -> list[AttributeRecord]:
    """`new` under the codes of the database, for properties that only one language's name tells apart.

    A name seen before decides; else the place in the list does, where the quantities agree.
    """
    names = {slug(text): item.code for item in stored for text in item.name.values()}
    taken = {item.code for item in new}
    codes: dict[str, str] = {}
    for item in new:
        known = next((code for text in item.name.values() if (code := names.get(slug(text)))), None)
        if known and known not in taken:
            codes[item.code] = known
            taken.add(known)
    theirs = [item for item in stored if item.code not in taken]
    strange = {item.code for item in stored} | codes.keys()
    unknown = [item for item in new if item.code not in strange]
    if len(theirs) == len(unknown) and all(
        old.number == item.number for old, item in zip(theirs, unknown, strict=True)
    ):
        codes |= {item.code: old.code for old, item in zip(theirs, unknown, strict=True)}
    return [structs.replace(item, code=codes.get(item.code, item.code)) for item in new]
