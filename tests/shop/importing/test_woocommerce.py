"""WooCommerce's product export."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot import clock
from bot.shop.importing.report import Refusal
from tests.shop.importing.files import read, table

SHIRT = {
    "ID": "10",
    "Type": "variable",
    "SKU": "shirt",
    "Name": "Work shirt",
    "Published": "1",
    "Visibility in catalog": "visible",
    "Short description": "Short.",
    "Description": "First line.\\nSecond line.\\n<ul><li>Fabric: Cotton</li></ul>",
    "In stock?": "1",
    "Stock": "",
    "Backorders allowed?": "0",
    "Weight (kg)": "0.4",
    "Sale price": "",
    "Regular price": "",
    "Categories": r"Clothes > Shirts, New\, and hot, Work wear",
    "Tags": "cotton, work",
    "Images": "https://shop.example/a.jpg, https://shop.example/b.jpg",
    "Parent": "",
    "Brands": "Weft",
    "Attribute 1 name": "Colour",
    "Attribute 1 value(s)": "Red, Blue",
    "Attribute 2 name": "Washable",
    "Attribute 2 value(s)": "Yes",
}
RED = {
    "ID": "11",
    "Type": "variation",
    "SKU": "shirt-red",
    "Name": "Work shirt - Red",
    "Published": "1",
    "In stock?": "1",
    "Stock": "4",
    "Regular price": "99",
    "Sale price": "79",
    "Parent": "shirt",
    "Attribute 1 name": "Colour",
    "Attribute 1 value(s)": "Red",
}
BLUE = {
    **RED,
    "ID": "12",
    "SKU": "",
    "Stock": "-2",
    "Sale price": "",
    "Parent": "id:10",
    "Attribute 1 value(s)": "Blue",
}


def test_variations_find_their_parent(tmp_path: Path) -> None:
    (shirt,) = read(tmp_path, table([RED, SHIRT, BLUE]))
    assert shirt.code == "shirt"
    assert shirt.description == {"en": "Short.\n\nFirst line. Second line.\n\n- Fabric: Cotton"}
    assert [part.name["en"] for part in shirt.category] == ["Clothes", "Shirts"]
    assert shirt.tags == ["cotton", "work", "New, and hot", "Work wear"]
    assert shirt.brand is not None and shirt.brand.name == {"en": "Weft"}
    assert [(o.code, [v.code for v in o.values]) for o in shirt.options] == [("color", ["red", "blue"])]
    assert {item.code: item.value for item in shirt.attributes} == {
        "washable": {"en": "Yes", "ar": "نعم"},
        "weight": {"en": "0.4 kg"},
        "material": {"en": "Cotton"},
    }
    red, blue = shirt.variants
    assert (red.sku, red.price, red.compare_at_price, red.stock) == (
        "shirt-red",
        Decimal(79),
        Decimal(99),
        {"online": 4},
    )
    assert (blue.sku, blue.price, blue.compare_at_price, blue.stock) == ("shirt-blue", Decimal(99), None, {"online": 0})
    assert len(shirt.images) == 2


def test_an_orphan_is_refused(tmp_path: Path) -> None:
    (refusal,) = read(tmp_path, table([{**RED, "Parent": "gone"}]))
    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.row_id) == (2, "shirt-red")
    assert "'gone' is not in the file" in refusal.reason


def test_a_sale_counts_on_its_days_only(tmp_path: Path) -> None:
    day = timedelta(days=1)

    def price(starts: datetime | None, ends: datetime | None) -> Decimal | None:
        row = {"ID": "1", "Type": "simple", "SKU": "a", "Name": "A", "Categories": "", "Regular price": "10"}
        row |= {"Sale price": "8", "Date sale price starts": starts.date().isoformat() if starts else ""}
        row |= {"Date sale price ends": ends.date().isoformat() if ends else ""}
        found: Decimal | None = read(tmp_path, table([row]))[0].variants[0].price
        return found

    now = clock.now()
    assert price(None, None) == price(now - 9 * day, now + 9 * day) == 8
    assert price(now + 3 * day, None) == price(None, now - 3 * day) == 10


def test_stock_and_visibility(tmp_path: Path) -> None:
    basis = {"Type": "simple", "Name": "A", "Regular price": "1", "Categories": "", "Published": "1", "In stock?": "1"}
    rows = [
        {**basis, "ID": "1", "Stock": ""},
        {**basis, "ID": "2", "In stock?": "0"},
        {**basis, "ID": "3", "Stock": "2.5"},
        {**basis, "ID": "4", "Stock": "0", "Backorders allowed?": "notify"},
        {**basis, "ID": "5", "Published": "-1"},
        {**basis, "ID": "6", "Visibility in catalog": "hidden"},
        {**basis, "ID": "7", "Name": "'-50% lamp"},
    ]
    found = {item.code: item for item in read(tmp_path, table(rows))}
    stock = {code: (item.variants[0].track_stock, item.variants[0].stock) for code, item in found.items()}
    assert stock["id-1"] == (False, {})
    assert stock["id-2"] == (True, {"online": 0})
    assert stock["id-3"] == (True, {"online": 2})
    assert stock["id-4"] == (False, {"online": 0})
    assert [code for code, item in found.items() if not item.published] == ["id-5", "id-6"]
    assert found["id-7"].title == {"en": "-50% lamp"}


def test_stock_kept_by_the_parent(tmp_path: Path) -> None:
    (shirt,) = read(tmp_path, table([{**SHIRT, "Stock": "9"}, {**RED, "Stock": "parent"}]))
    assert shirt.variants[0].stock == {"online": 9}
