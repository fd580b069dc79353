"""Facts: one code for a property, number and unit of a value."""

from __future__ import annotations

import pytest

from bot.shop.importing.attributes import attribute, attribute_code, collect, option, read_quantity, warranty_months


@pytest.mark.parametrize(
    ("value", "number", "unit"),
    [
        ("18 h", 18, "h"),
        ("up to 30 hours", 30, "h"),
        ("١٨ ساعة", 18, "h"),
        ("15.6 inch", 15.6, "inch"),
        ("27-inch", 27, "inch"),
        ('15.6"', 15.6, "inch"),
        ("١٥٫٦ بوصة", 15.6, "inch"),
        ("16 GB DDR5", 16, "GB"),
        ("1,200 W", 1200, "W"),
        ("500 m3/h", 500, "m³/h"),
        ("38 m²", 38, "m²"),
        ("65%", 65, "%"),
        ("40°C", 40, "°C"),
        ("85°", 85, "°"),
        ("4 ports", 4, "ports"),
        ("سنتان", 2, "year"),
        ("1200", 1200, None),
        ("1920 x 1080", None, None),
        ("10-12 h", None, None),
        ("2.4 GHz / 5 GHz", None, None),
        ("2 x 20 W", None, None),
        ("802.11ax", None, None),
        ("3 in 1", None, None),
        ("5'6", None, None),
        ("A4", None, None),
        ("USB-C", None, None),
    ],
)
def test_quantities(value: str, number: float | None, unit: str | None) -> None:
    assert read_quantity(value) == (number, unit)


def test_a_property_has_one_code_whatever_it_is_called() -> None:
    assert {attribute_code(name) for name in ("Colour", "color", "اللون", "COLOR")} == {"color"}
    assert attribute_code("Battery Life") == attribute_code("عمر البطارية") == "battery_life"
    assert attribute_code("Snooze button") == "snooze_button"


def test_attributes_keep_their_language() -> None:
    found = attribute("الوزن", "٢ كجم")
    assert found is not None
    assert (found.code, found.name, found.value) == ("weight", {"en": "Weight", "ar": "الوزن"}, {"ar": "٢ كجم"})
    yes = attribute("Bluetooth", "TRUE")
    assert yes is not None and yes.value == {"en": "Yes", "ar": "نعم"}
    assert attribute("Empty", " ") is None


def test_collect_takes_the_first_of_each() -> None:
    found = collect([attribute("Color", "Red"), attribute("Colour", "Blue"), None, attribute("Size", "L")], ["size"])
    assert [(item.code, item.value) for item in found] == [("color", {"en": "Red"})]


@pytest.mark.parametrize(
    ("value", "months"),
    [("2 years", 24), ("24 months", 24), ("١٢ شهرًا", 12), ("سنة", 12), ("18", 18), ("Lifetime", None), ("90 days", 3)],
)
def test_warranty(value: str, months: int | None) -> None:
    assert warranty_months(collect([attribute("Warranty", value)])) == months


def test_values_that_look_alike_get_codes_of_their_own() -> None:
    made, codes = option("Size", ["S/M", "S-M", "+", "أحمر"])
    assert list(codes.values()) == ["s-m", "s-m~2", "value-3", "احمر"]
    assert [value.name for value in made.values] == [{"en": "S/M"}, {"en": "S-M"}, {"en": "+"}, {"ar": "أحمر"}]
