"""A product list of the shop's own: headers in either language, untidy cells, nothing of the shop's own told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.shop.importing import ImportFileError, import_file
from bot.shop.importing.contents import records_of
from bot.shop.importing.context import Context
from bot.shop.importing.report import Refusal
from bot.shop.importing.source import open_source
from tests.shop.importing.files import product, read, table, written

ARABIC = (
    "كود الصنف;اسم المنتج;القسم;السعر (ر.س);سعر العرض;الكمية المتوفرة;الماركة;وصف المنتج;العمر المناسب;سعر التكلفة\n"
    "77;دراجة أطفال 16 بوصة;الدراجات;٤٥٠ ريال;399;3 حبات;رياح;دراجة بعجلات مساندة.;٥ سنوات;210\n"
    "78;خوذة;الدراجات;90;;نفذت الكمية;;;;40\n"
    ";جرس دراجة;;السعر عند الطلب;;متوفر;;;;\n"
)


def test_an_arabic_list_is_read_by_its_headers(tmp_path: Path) -> None:
    context = Context(currency="SAR")
    bicycle, helmet, bell = read(tmp_path, ARABIC, context=context)
    assert (bicycle.code, bicycle.title) == ("77", {"ar": "دراجة أطفال 16 بوصة"})
    assert [part.name for part in bicycle.category] == [{"ar": "الدراجات"}]
    assert bicycle.brand.name == {"ar": "رياح"}
    assert bicycle.description == {"ar": "دراجة بعجلات مساندة."}
    (one,) = bicycle.variants
    assert (one.price, one.compare_at_price, one.stock) == (Decimal(399), Decimal(450), {"online": 3})
    assert [(item.name, item.number, item.unit) for item in bicycle.attributes] == [
        ({"ar": "العمر المناسب"}, 5, "year")
    ]
    assert (helmet.variants[0].stock, helmet.variants[0].track_stock) == ({"online": 0}, True)
    assert (bell.code, bell.variants[0].price, bell.variants[0].track_stock) == ("جرس-دراجة", None, False)
    left = next(warned.reason for warned in context.warnings if "left out" in warned.reason)
    assert "سعر التكلفة" in left


def test_both_languages_branches_and_units_in_headers(tmp_path: Path) -> None:
    rows = [{"Item Name (EN)": "Kite", "اسم الصنف بالعربي": "طائرة", "Unit price SAR": "1,250.50", "Qty Riyadh": "2",
             "online": "7", "Height (cm)": "80", "Flavour": "-"}]  # fmt: skip
    (kite,) = read(tmp_path, table(rows))
    assert kite.title == {"en": "Kite", "ar": "طائرة"}
    assert (kite.code, kite.variants[0].sku, kite.variants[0].price) == ("kite", "kite", Decimal("1250.5"))
    assert kite.variants[0].stock == {"riyadh": 2}
    assert [(item.code, item.number, item.unit) for item in kite.attributes if item.code == "height"] == [
        ("height", 80, "cm")
    ]
    assert "flavour" not in {item.code for item in kite.attributes}


def test_rows_that_differ_in_colour_or_size_are_variants(tmp_path: Path) -> None:
    rows = [
        {"SKU": "a1", "Product": "Rain coat", "Color": "Red", "Size": "M", "Price": "80", "Stock": "1"},
        {"SKU": "a2", "Product": "Rain coat", "Color": "Blue", "Size": "M", "Price": "90", "Stock": "0"},
        {"SKU": "b1", "Product": "Hat", "Color": "Red", "Size": "", "Price": "20", "Stock": "5"},
        {"SKU": "b2", "Product": "Hat", "Color": "Red", "Size": "", "Price": "25", "Stock": "5"},
    ]
    coat, hat, other = read(tmp_path, table(rows, delimiter="\t"))
    assert [(made.code, [value.code for value in made.values]) for made in coat.options] == [("color", ["red", "blue"])]
    assert [(v.sku, v.options, v.price) for v in coat.variants] == [
        ("a1", {"color": "red"}, Decimal(80)),
        ("a2", {"color": "blue"}, Decimal(90)),
    ]
    assert [item.value for item in coat.attributes if item.code == "size"] == [{"en": "M"}]
    assert (hat.code, other.code) == ("b1", "b2")  # the same in every choice: two products


def test_rows_without_a_name_are_refused_and_lists_of_people_are_no_products(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "name,price\n,5\n")
    assert isinstance(found, Refusal) and (found.line, found.reason) == (2, "has no name")
    with pytest.raises(ImportFileError, match="not recognised"):
        read(tmp_path, "name,id,e-mail,phone\nSara,1,s@a.example,1\n")
    with pytest.raises(ImportFileError, match="not recognised"):
        read(tmp_path, "colour,height\nred,5\n")
    with pytest.raises(ImportFileError, match="headed by Name"):
        list(records_of("products", open_source(written(tmp_path, "colour,price\nred,5\n")), "list", Context()))


def test_importing_a_list_twice_changes_nothing(database: str, tmp_path: Path) -> None:
    path = written(tmp_path, ARABIC, "list.csv")
    assert import_file("products", path).created >= 3
    again = import_file("products", path)
    assert (again.created, again.updated) == (0, 0)
    assert product("78")["variants"]["78"]["stock"] == {"online": 0}
