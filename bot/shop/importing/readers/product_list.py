"""A product list of the shop's own (CSV out of a spreadsheet): columns known by their headers, in either language.

A column that is no known field is a fact about the product. Rows of one name that differ in facts, such as
colour and size, are variants of one product. What is for the shop alone, such as its cost, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot.language.normalise import fold
from bot.shop.importing.attributes import attribute, attribute_code, collect, option, warranty_months
from bot.shop.importing.context import Context
from bot.shop.importing.numbers import NUMBER, currency_in, read_number
from bot.shop.importing.records import (
    BrandRecord,
    CategoryRecord,
    ImageRecord,
    ProductRecord,
    Text,
    VariantRecord,
)
from bot.shop.importing.report import ImportFileError, Refusal, RowProblem
from bot.shop.importing.tables import Row, Table, header_name, listed
from bot.shop.importing.text import clean, language_of, slug

_FIELDS = {
    "code": "code; sku; item code; product code; item no; item number; part number; ref; reference; id; الكود; كود;"
    "كود الصنف; كود المنتج; رقم الصنف; رقم المنتج; رمز الصنف; رمز المنتج; الرمز",
    "name": "name; product; product name; product title; item; item name; title; الاسم; اسم المنتج; اسم الصنف; المنتج;"
    "الصنف; البيان; السلعة; اسم السلعة",
    "category": "category; categories; product type; department; section; القسم; قسم; الفئة; التصنيف; المجموعة",
    "brand": "brand; manufacturer; vendor; الماركة; ماركة; العلامة التجارية; الشركة المصنعة; البراند",
    "price": "price; unit price; retail price; selling price; regular price; list price; السعر; سعر; سعر البيع;"
    "سعر الوحدة; سعر القطعة; سعر المنتج; الثمن",
    "sale_price": "sale price; offer price; discounted price; special price; price after discount; سعر العرض;"
    "السعر بعد الخصم; سعر التخفيض; سعر الخصم",
    "stock": "stock; qty; quantity; stock qty; stock quantity; on hand; available; in stock; availability; inventory;"
    "الكمية; كمية; الكمية المتوفرة; الكمية المتاحة; المخزون; الرصيد; المتوفر; التوفر; متوفر; حالة التوفر",
    "description": "description; details; product description; الوصف; وصف; وصف المنتج; وصف الصنف; التفاصيل; نبذة",
    "image": "image; images; image url; picture; photo; الصورة; صورة; الصور; صور; رابط الصورة; صورة المنتج",
    "url": "url; link; product url; product link; الرابط; رابط; رابط المنتج",
    "barcode": "barcode; ean; upc; gtin; الباركود; باركود",
    "number": "#; no; s/n; sn; sl no; م; ت; مسلسل; الرقم",  # of the row: says nothing
}
_FIELD_OF = {fold(header_name(name)): what for what, names in _FIELDS.items() for name in names.split(";")}
_PRICES = ("price", "sale_price")
_PEOPLE = {
    fold(header_name(name)) for name in ["email", "e-mail", "phone", "mobile", "البريد الإلكتروني", "الجوال", "الهاتف"]
}
_SHOPS_OWN = {
    fold(word)
    for word in [
        "cost",
        "costs",
        "wholesale",
        "margin",
        "profit",
        "supplier",
        "purchase",
        "purchasing",
        "internal",
        "notes",
        "note",
        "remarks",
        "تكلفة",
        "التكلفة",
        "الشراء",
        "شراء",
        "المورد",
        "مورد",
        "الربح",
        "ربح",
        "الجملة",
        "ملاحظات",
        "الملاحظات",
        "داخلي",
    ]
}
_LANGUAGES = {
    fold(word): language
    for language, words in {
        "en": "en english انجليزي الانجليزي بالانجليزي الانجليزية بالانجليزية",
        "ar": "ar arabic عربي العربي بالعربي العربية بالعربية",
    }.items()
    for word in words.split()
}
_SOLD_OUT = re.compile(
    "|".join(map(fold, ("out of stock", "sold out", "unavailable", "نفذ", "نفد", "غير متوفر", "خلص")))
)
_SAYS_NOTHING = frozenset({"", "-", "–", "—", "n/a", "na", "none"})
_NO = frozenset({fold("no"), fold("لا")})
_TELLING_APART = ("color", "size", "material", "pattern", "capacity", "storage")
_MOST_OPTIONS = 3
_BRACKET = re.compile(r"[(\[]([^)\]]*)[)\]]")
_PIECES = "online"


@dataclass(frozen=True)
class Column:
    """What a column holds: a field of `_FIELDS`, or `fact`, `own` (the shop's), `people`."""

    name: str  # as `Row` knows it
    title: str
    what: str
    language: str | None = None
    unit: str = ""
    branch: str = _PIECES


def is_list(table: Table) -> bool:
    """Whether a table reads like a list of products: names with prices or pieces, and nobody's address."""
    found = {column.what for column in columns_of(table, {})}
    return "name" in found and bool(found & {"price", "sale_price", "stock"}) and "people" not in found


def columns_of(table: Table, branches: dict[str, Iterable[str]]) -> list[Column]:
    """The columns of a table, in the order of the file."""
    named = {fold(header_name(name)): code for code, names in branches.items() for name in (code, *names)}
    return [_column(name, table.titles[place], named) for name, place in table.columns.items()]


def _column(name: str, title: str, branches: dict[str, str]) -> Column:
    inside = [clean(part) for part in _BRACKET.findall(title)]
    words = fold(header_name(_BRACKET.sub(" ", title))).split()
    language = next((_LANGUAGES[fold(part)] for part in inside if fold(part) in _LANGUAGES), None)
    if len(words) > 1 and words[-1] in _LANGUAGES:
        language = _LANGUAGES[words.pop()]
    plain = " ".join(words)
    if _SHOPS_OWN & set(words):
        return Column(name, title, "own")
    if plain in _PEOPLE:
        return Column(name, title, "people")
    if plain in branches:
        return Column(name, title, "stock", branch=branches[plain])
    what = _FIELD_OF.get(plain)
    if what is None and len(words) > 1 and currency_in(words[-1]) is not None:
        what = next((found for found in _PRICES if _FIELD_OF.get(" ".join(words[:-1])) == found), None)
    if what is not None:
        return Column(name, title, what, language)
    for cut in range(1, len(words)):  # "Qty Riyadh", "الرياض - الكمية"
        first, second = " ".join(words[:cut]).rstrip(" -:"), " ".join(words[cut:]).lstrip(" -:")
        for stock, branch in ((first, second), (second, first)):
            if _FIELD_OF.get(stock) == "stock" and branch in branches:
                return Column(name, title, "stock", branch=branches[branch])
    unit = next((part for part in inside if fold(part) not in _LANGUAGES), "")
    return Column(name, clean(_BRACKET.sub(" ", title)), "fact", language, unit)


@dataclass
class _Family:
    """Rows of one name."""

    rows: list[Row] = field(default_factory=list)


def read(table: Table, context: Context) -> Iterator[ProductRecord | Refusal]:
    """The products of a list. Rows of one product may stand anywhere, so that they are sorted out first.

    Raises:
        ImportFileError: no column holds names.
    """
    reader = _Reader(table, context)
    if not reader.of("name"):
        raise ImportFileError("no column of the list is headed by Name, Product or the like; see docs/importing.md")
    families: dict[tuple[str, ...], _Family] = {}
    for row in table:
        if isinstance(row, Refusal):
            yield row
        elif not any(reader.texts(row, "name").values()):
            yield Refusal(row.line, "has no name", reader.code(row) or None)
        else:
            families.setdefault(reader.kin(row), _Family()).rows.append(row)
    for family in families.values():
        yield from reader.products(family.rows)


class _Reader:
    """Makes products of rows of one name."""

    def __init__(self, table: Table, context: Context) -> None:
        self.context = context
        self.columns = columns_of(table, context.branches)
        for column in self.columns:
            if column.what in ("own", "people"):
                context.warn(1, f"the column {column.title[:60]!r} is for the shop alone; left out")
        held = {column.what for column in self.columns}
        self.silent = [
            name
            for name, wanted in {
                "description": {"description"},
                "category": {"category"},
                "brand": {"brand"},
                "images": {"image"},
                "url": {"url"},
                "barcode": {"barcode"},
                "price": set(_PRICES),
                "compare_at_price": {"sale_price"},
                "track_stock": {"stock"},
            }.items()
            if not wanted & held
        ] + ["tags", "aliases", "exclusions", "lead_time_days", "price_delta", "published", "checkout_id"]

    def of(self, what: str) -> list[Column]:
        """The columns that hold something."""
        return [column for column in self.columns if column.what == what]

    def first(self, row: Row, what: str) -> str:
        """The first filled cell of what may stand in several columns."""
        return row.text(*(column.name for column in self.of(what)))

    def code(self, row: Row) -> str:
        """The list's own code of a row, '' when it has none."""
        return row.code(*(column.name for column in self.of("code")))

    def texts(self, row: Row, what: str) -> Text:
        """A text by its languages: the one its column names, else the one it is written in."""
        found: Text = {}
        for column in self.of(what):
            if text := row.text(column.name):
                found.setdefault(column.language or language_of(text) or "en", text)
        return found

    def kin(self, row: Row) -> tuple[str, ...]:
        """What rows of one product have in common."""
        texts = [text for what in ("name", "category", "brand") for text in self.texts(row, what).values()]
        return tuple(text.casefold() for text in texts)

    def facts(self, row: Row) -> dict[str, tuple[str, str]]:
        """Name and value of each fact of a row, by the fact's code; the first column of a code counts."""
        found: dict[str, tuple[str, str]] = {}
        for column in self.of("fact"):
            value = row.text(column.name)
            if value.casefold() not in _SAYS_NOTHING:
                unit = column.unit if column.unit and NUMBER.fullmatch(value) else ""
                found.setdefault(attribute_code(column.title), (column.title, f"{value} {unit}".strip()))
        return found

    def products(self, rows: Sequence[Row]) -> Iterator[ProductRecord | Refusal]:
        """One product with variants, when the rows differ in facts; else one a row."""
        told_apart = self._told_apart(rows) if len(rows) > 1 else []
        for members in [rows] if told_apart else [[row] for row in rows]:
            try:
                yield self._product(members, told_apart)
            except RowProblem as problem:
                yield Refusal(problem.line or members[0].line, str(problem), self.code(members[0]) or None)

    def _told_apart(self, rows: Sequence[Row]) -> list[str]:
        """Codes of the fewest facts that no two rows have alike, best known first; none when there are no such."""
        facts = [self.facts(row) for row in rows]
        everywhere = [code for code in facts[0] if all(code in each for each in facts)]
        differing = [code for code in everywhere if len({each[code][1].casefold() for each in facts}) > 1]
        differing.sort(key=lambda code: _TELLING_APART.index(code) if code in _TELLING_APART else len(_TELLING_APART))
        for most in range(1, min(_MOST_OPTIONS, len(differing)) + 1):
            if len({tuple(each[code][1].casefold() for code in differing[:most]) for each in facts}) == len(rows):
                return differing[:most]
        return []

    def _product(self, rows: Sequence[Row], told_apart: Sequence[str]) -> ProductRecord:
        row = rows[0]
        title, description = self.texts(row, "name"), self.texts(row, "description")
        languages = sorted(title) or ["en"]
        code = self.code(row) or slug(title.get("en") or next(iter(title.values())))
        facts = [self.facts(each) for each in rows]
        options = [
            option(facts[0][key][0], dict.fromkeys(each[key][1] for each in facts), languages, key)
            for key in told_apart
        ]
        made = [attribute(*fact, languages=languages) for key, fact in facts[0].items() if key not in told_apart]
        attributes = collect(made, set(told_apart))
        brand = self.texts(row, "brand")
        return ProductRecord(
            line=row.line,
            silent=self.silent,
            code=code,
            languages=languages,
            title=title,
            description=description,
            category=self._category(row),
            brand=BrandRecord(name=brand) if brand else None,
            url=self.context.url(self.first(row, "url"), "link", row.line, code),
            images=self._images(rows, code),
            attributes=attributes,
            options=[made for made, _ in options],
            variants=[
                self._variant(
                    each,
                    code if len(rows) == 1 else "",
                    {key: codes[own[key][1]] for key, (_, codes) in zip(told_apart, options)},
                )
                for each, own in zip(rows, facts)
            ],
            warranty_months=warranty_months(attributes),
        )

    def _category(self, row: Row) -> list[CategoryRecord]:
        """The path of "A > B", in as many languages as all of it is told in."""
        paths = {
            language: [part for text in path.split(">") if (part := clean(text))]
            for language, path in self.texts(row, "category").items()
        }
        length = max(map(len, paths.values()), default=0)
        whole = {language: path for language, path in paths.items() if len(path) == length}
        return [
            CategoryRecord(name={language: path[place] for language, path in whole.items()}) for place in range(length)
        ]

    def _images(self, rows: Sequence[Row], code: str) -> list[ImageRecord]:
        found: dict[str, ImageRecord] = {}
        for row in rows:
            for column in self.of("image"):
                for text in listed(row[column.name]):
                    if url := self.context.url(text, "picture", row.line, code):
                        found.setdefault(url, ImageRecord(url))
        return list(found.values())

    def _variant(self, row: Row, code: str, choices: dict[str, str]) -> VariantRecord:
        sku = self.code(row) or code
        price, sale = (self._price(row, what, sku) for what in _PRICES)
        if sale is not None and price is not None and sale >= price:
            sale = None
        stock, always = self._stock(row)
        return VariantRecord(
            sku=sku,
            options=choices,
            price=price if sale is None else sale,
            compare_at_price=None if sale is None else price,
            barcode=row.code(*(column.name for column in self.of("barcode"))) or None,
            track_stock=not always,
            stock=stock,
            line=row.line,
        )

    def _price(self, row: Row, what: str, sku: str) -> Decimal | None:
        return self.context.price(self.first(row, what), what.replace("_", " "), row.line, sku)

    def _stock(self, row: Row) -> tuple[dict[str, int], bool]:
        """Pieces by branch, and whether a row says "available" without a number."""
        found: dict[str, int] = {}
        always = False
        for column in self.of("stock"):
            text = fold(row.text(column.name))
            if text in _SAYS_NOTHING:
                continue
            number = NUMBER.search(text)
            pieces = read_number(number.group()) if number else None
            if pieces is not None:
                found[column.branch] = max(int(pieces), 0) if not text.startswith("-") else 0
            elif _SOLD_OUT.search(text) or text in _NO:
                found[column.branch] = 0
            else:
                always = True
        return found, always and not any(found.values())
