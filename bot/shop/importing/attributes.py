"""Facts about products: one code for the many names of a property, a number and a unit out of a value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from bot.language.normalise import fold_digits
from bot.shop.importing.numbers import NUMBER, read_number
from bot.shop.importing.records import AttributeRecord, OptionRecord, OptionValueRecord, Text
from bot.shop.importing.text import clean, localised, shortened, slug

MOST_ATTRIBUTES = 100
_LONGEST_VALUE = 500

# Properties that files of every trade name, in both languages: {code: (English, Arabic, other names)}.
_KNOWN = {
    "color": ("Color", "اللون", "colour", "لون", "الألوان", "الوان"),
    "size": ("Size", "المقاس", "مقاس", "القياس", "sizes", "المقاسات"),
    "material": ("Material", "الخامة", "المادة", "خامة", "مادة الصنع", "مصنوع من", "fabric", "materials"),
    "pattern": ("Pattern", "النقشة", "نقشة", "النمط"),
    "gender": ("Gender", "الجنس"),
    "age_group": ("Age group", "الفئة العمرية"),
    "weight": ("Weight", "الوزن", "وزن", "item weight", "product weight", "وزن المنتج"),
    "length": ("Length", "الطول", "طول", "product length"),
    "width": ("Width", "العرض", "عرض", "product width"),
    "height": ("Height", "الارتفاع", "ارتفاع", "product height"),
    "depth": ("Depth", "العمق", "عمق"),
    "dimensions": ("Dimensions", "الأبعاد", "أبعاد", "dimension", "المقاسات الخارجية"),
    "capacity": ("Capacity", "السعة", "سعة"),
    "power": ("Power", "القدرة", "قدرة", "القوة", "wattage", "power consumption"),
    "voltage": ("Voltage", "الجهد", "الفولت"),
    "battery_life": ("Battery life", "عمر البطارية", "مدة البطارية", "battery", "البطارية", "بطارية", "playtime"),
    "screen_size": ("Screen size", "حجم الشاشة", "مقاس الشاشة", "display size", "screen", "display", "الشاشة"),
    "resolution": ("Resolution", "الدقة", "دقة", "دقة الشاشة", "display resolution", "screen resolution"),
    "memory": ("Memory", "الذاكرة", "ram", "الرام", "ذاكرة الوصول العشوائي", "الذاكرة العشوائية"),
    "storage": ("Storage", "التخزين", "سعة التخزين", "storage capacity", "ssd"),
    "processor": ("Processor", "المعالج", "معالج", "cpu"),
    "refresh_rate": ("Refresh rate", "معدل التحديث", "تردد الشاشة"),
    "noise": ("Noise", "الضوضاء", "مستوى الضوضاء", "noise level", "مستوى الصوت"),
    "connectivity": ("Connectivity", "الاتصال", "التوصيل", "connection"),
    "model": ("Model", "الموديل", "الطراز", "موديل", "model number", "رقم الموديل", "mpn"),
    "warranty": ("Warranty", "الضمان", "ضمان", "guarantee", "warranty period", "مدة الضمان", "warranty months"),
    "country_of_origin": ("Country of origin", "بلد المنشأ", "بلد الصنع", "made in", "origin"),
    "energy_efficiency_class": ("Energy class", "فئة كفاءة الطاقة", "energy rating", "energy efficiency"),
}
_CODES = {slug(name, "_"): code for code, names in _KNOWN.items() for name in (*names, code)}

# Units as written, to the one sign that is stored.
_UNITS = {
    "h": "h hr hrs hour hours ساعة ساعات ساعه",
    "min": "min mins minute minutes دقيقة دقائق دقيقه",
    "s": "s sec secs second seconds ثانية ثواني",
    "day": "day days يوم أيام يومًا",
    "month": "month months mo شهر شهور أشهر شهرًا شهرا",
    "year": "year years yr yrs سنة سنوات عام أعوام سنه",
    "inch": 'inch inches in " ″ ” بوصة بوصه إنش انش',
    "mm": "mm millimeters millimetres مم ملم مليمتر ملي",
    "cm": "cm centimeters centimetres سم سنتيمتر سنتمتر",
    "m": "m meter meters metre metres م متر أمتار",
    "km": "km kilometers kilometres كم كيلومتر",
    "m²": "m² m2 sqm م² م2",
    "m³/h": "m³/h m3/h م³/س",
    "mg": "mg milligram milligrams ملغ ملغم مجم ملجم",
    "iu": "iu",
    "carat": "carat carats ct قيراط",
    "g": "g gr gram grams غ جم غرام جرام جرامًا",
    "kg": "kg kgs kilogram kilograms kilo كجم كغ كغم كيلو كيلوغرام كيلوجرام",
    "lb": "lb lbs pound pounds رطل",
    "oz": "oz ounce ounces أونصة",
    "ml": "ml milliliters millilitres مل مليلتر",
    "l": "l liter liters litre litres ltr ل لتر لترات لترًا",
    "w": "w watt watts واط وات",
    "kw": "kw kilowatt kilowatts كيلوواط",
    "wh": "wh",
    "mah": "mah",
    "ah": "ah",
    "v": "v volt volts فولت",
    "a": "a amp amps ampere أمبير",
    "hz": "hz hertz هرتز",
    "khz": "khz",
    "mhz": "mhz ميجاهرتز",
    "ghz": "ghz جيجاهرتز",
    "db": "db dba decibel decibels ديسيبل",
    "pa": "pa pascal باسكال",
    "bar": "bar bars بار",
    "rpm": "rpm",
    "mb": "mb megabyte megabytes ميجابايت ميغابايت",
    "gb": "gb gigabyte gigabytes جيجابايت غيغابايت جيجا",
    "tb": "tb terabyte terabytes تيرابايت تيرا",
    "mbps": "mbps",
    "gbps": "gbps",
    "mp": "mp megapixel megapixels ميجابكسل",
    "px": "px pixel pixels بكسل",
    "nits": "nits nit",
    "lm": "lm lumen lumens لومن",
    "k": "k kelvin",
    "ms": "ms",
    "%": "% percent بالمئة بالمائة",
    "°c": "°c c درجة مئوية",
    "°": "° degree degrees درجة درجات",
    "ppm": "ppm",
    "dpi": "dpi",
}
_SHOWN = {
    "w": "W", "kw": "kW", "wh": "Wh", "mah": "mAh", "ah": "Ah", "iu": "IU", "v": "V", "a": "A", "hz": "Hz", "khz": "kHz", "mhz": "MHz",
    "ghz": "GHz", "db": "dB", "pa": "Pa", "mb": "MB", "gb": "GB", "tb": "TB", "mbps": "Mbps", "gbps": "Gbps",
    "mp": "MP", "k": "K", "°c": "°C", "l": "L",
}  # fmt: skip
_UNIT_OF = {word: _SHOWN.get(unit, unit) for unit, words in _UNITS.items() for word in words.split()}
_ABOUT = re.compile(
    r"^(?:up to|about|approx\.?|approximately|around|max\.?|min\.?|over|~|≈|≤|≥|<|>|حتى|نحو|حوالي|تقريبًا|يصل إلى)\s*",
    re.IGNORECASE,
)
_UNIT_WORD = re.compile(r'\s*-?\s*([^\W\d_]+(?:[²³]|[23](?!\w))?(?:/[^\W\d_]+)?|["″”%]|°[^\W\d_]?)')
_DUALS: dict[str, tuple[int | None, str | None]] = {
    "ساعتان": (2, "h"), "ساعتين": (2, "h"), "سنتان": (2, "year"), "سنتين": (2, "year"), "عامان": (2, "year"),
    "عامين": (2, "year"), "شهران": (2, "month"), "شهرين": (2, "month"), "سنة": (1, "year"), "عام": (1, "year"),
    "لتران": (2, "L"), "متران": (2, "m"), "one year": (1, "year"), "two years": (2, "year"),
    "three years": (3, "year"), "lifetime": (None, None),
}  # fmt: skip
_MONTHS: dict[str | None, Decimal] = {
    "month": Decimal(1),
    "year": Decimal(12),
    "day": Decimal(1) / 30,
    None: Decimal(1),
}
_YES: Text = {"en": "Yes", "ar": "نعم"}
_NO: Text = {"en": "No", "ar": "لا"}
_YES_NO = {"true": _YES, "yes": _YES, "نعم": _YES, "false": _NO, "no": _NO, "لا": _NO}
_WARRANTY = frozenset({"warranty", "warranty_months"})


@lru_cache(maxsize=4096)
def attribute_code(name: str) -> str:
    """The code of a property by its name in either language: "Colour" and "اللون" are both `color`."""
    plain = slug(name, "_", 100)
    return _CODES.get(plain, plain)


def attribute_name(code: str) -> Text:
    """Both names of a well-known property; {} for others."""
    names = _KNOWN.get(code)
    return {"en": names[0], "ar": names[1]} if names else {}


def read_quantity(value: str) -> tuple[float | None, str | None]:
    """Number and unit of a value such as "18 h", "15.6-inch", "١٥ بوصة" or "16 GB DDR5".

    (None, None) where the value is no single quantity: a model, a list, a range, "1920 x 1080".
    """
    text = _ABOUT.sub("", fold_digits(value).strip())
    if text.casefold() in _DUALS:
        count, counted = _DUALS[text.casefold()]
        return (float(count) if count else None), counted
    match = NUMBER.match(text)
    if not match:
        return None, None
    amount = read_number(match.group())
    rest = text[match.end() :]
    if amount is None or amount >= 10**15:
        return None, None
    number = float(amount)
    if not rest.strip():
        return number, None
    word = _UNIT_WORD.match(rest)
    if not word:
        return None, None
    unit = _UNIT_OF.get(word[1].casefold())
    after = rest[word.end() :].strip()
    if unit and not re.match(r"[-–—/x×*+]\s*\d|\d|[-–]\w", after):
        return number, unit
    # A word that is no known unit counts things ("4 ports"), when it stands alone and apart.
    if unit is None and not after and rest[0] == " " and 3 <= len(word[1]) <= 16:
        return number, word[1].casefold()
    return None, None


def attribute(name: str, value: str, code: str = "", languages: Iterable[str] = ()) -> AttributeRecord | None:
    """A fact from a name and a value that come without language; None when either is empty."""
    name, value = clean(name), shortened(clean(value), _LONGEST_VALUE)
    code = code or attribute_code(name)
    if not code or not value:
        return None
    default = next(iter(languages), "en")
    number, unit = read_quantity(value)
    names = {**attribute_name(code), **localised(shortened(name, 100), default)} if name else attribute_name(code)
    values = _YES_NO.get(value.casefold()) or localised(value, default)
    return AttributeRecord(code, names or {"en": code}, dict(values), number, unit)


def option(
    name: str, values: Iterable[str], languages: Iterable[str] = (), code: str = ""
) -> tuple[OptionRecord, dict[str, str]]:
    """A choice of a product from a name and its values, with the code each value got."""
    default = next(iter(languages), "en")
    code = code or attribute_code(name)
    codes: dict[str, str] = {}
    for value in values:
        plain = slug(value, limit=90) or f"value-{len(codes) + 1}"
        same = sum(taken == plain or taken.startswith(f"{plain}~") for taken in codes.values())
        codes[value] = f"{plain}~{same + 1}" if same else plain
    found = [OptionValueRecord(code, localised(value, default)) for value, code in codes.items()]
    return OptionRecord(code, {**attribute_name(code), **localised(name, default)} or {"en": code}, found), codes


def collect(found: Iterable[AttributeRecord | None], but: Iterable[str] = ()) -> list[AttributeRecord]:
    """The first of each code, at most `MOST_ATTRIBUTES`, without the codes in `but`."""
    taken = set(but)
    kept: list[AttributeRecord] = []
    for item in found:
        if item and item.code not in taken and len(kept) < MOST_ATTRIBUTES:
            taken.add(item.code)
            kept.append(item)
    return kept


def warranty_months(attributes: Iterable[AttributeRecord]) -> int | None:
    """Months of warranty that a fact states ("2 years", "٢٤ شهرًا"); None when none does."""
    for item in attributes:
        if item.code in _WARRANTY and item.number is not None and item.unit in _MONTHS:
            months = Decimal(str(item.number)) * _MONTHS[item.unit]
            if 0 <= months <= 1200:
                return int(months)
    return None
