"""Units of measure as customers and catalogues write them, brought to one spelling."""

from __future__ import annotations

from functools import lru_cache

from bot.language.normalise import fold

# One spelling, then what else is written for it, in either language and folded or not.
_SPELLINGS = {
    "gb": "gb gig gigs gigabyte gigabytes جيجا جيجابايت جيقا قيقا جيقابايت قيقابايت جيبي غيغا غيغابايت جيجة جب",
    "tb": "tb terabyte terabytes تيرا تيرابايت تب",
    "mb": "mb megabyte megabytes ميجا ميجابايت ميقا",
    "inch": "inch inches in \" ″ '' انش إنش انشات بوصة بوصات بوصه اينش",
    "cm": "cm centimetre centimetres centimeter centimeters سم سنتيمتر سنتي سانتي",
    "mm": "mm millimetre millimetres millimeter millimeters ملم مم مليمتر ميلي",
    "m": "m metre metres meter meters م متر امتار مترا",
    "m²": "m² m2 sqm متر_مربع",
    "kg": "kg kgs kilo kilos kilogram kilograms كجم كغ كغم كيلو كيلوجرام كيلوغرام كيلوجرامات",
    "g": "g gm gram grams جم غ جرام غرام غم",
    "mg": "mg milligram milligrams مجم ملجم ملغ ملغم ميليجرام",
    "lb": "lb lbs pound_weight رطل",
    "oz": "oz ounce ounces اونصة",
    "ft": "ft foot feet قدم",
    "carat": "carat carats ct قيراط قراريط",
    "page": "page pages صفحة صفحات",
    "l": "l lt litre litres liter liters لتر لترات ليتر",
    "ml": "ml millilitre millilitres milliliter milliliters مل ملي مليلتر ميليلتر",
    "w": "w watt watts واط وات",
    "kw": "kw kilowatt kilowatts كيلوواط كيلووات",
    "v": "v volt volts فولت",
    "mah": "mah ملي_امبير",
    "ah": "ah امبير",
    "hz": "hz hertz هرتز هيرتز",
    "ghz": "ghz gigahertz جيجاهرتز",
    "db": "db decibel decibels ديسيبل",
    "h": "h hr hrs hour hours ساعة ساعات ساعه",
    "mbps": "mbps mbit",
    "ppm": "ppm",
    "dpi": "dpi",
    "mp": "mp megapixel megapixels ميجابكسل ميجابيكسل",
    "bar": "bar bars بار",
    "cup": "cup cups كوب اكواب فنجان فناجين",
    "seat": "seat seats seater مقعد مقاعد",
}
_CANONICAL = {
    fold(spelling.replace("_", " ")): unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()
}

SPELLINGS = frozenset(_CANONICAL)


@lru_cache(maxsize=1024)
def canonical(unit: str) -> str | None:
    """The one spelling of a unit; None for what is none."""
    return _CANONICAL.get(fold(unit).rstrip("."))
