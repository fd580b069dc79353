"""Shopify's product export, in its old and its new shape."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.shop.importing.context import Context
from bot.shop.importing.records import ProductRecord
from bot.shop.importing.report import ImportFileError, Refusal
from tests.shop.importing.files import read, table

CHAIR = {
    "Handle": "chair",
    "Title": "Desk &amp; dining chair",
    "Body (HTML)": "<p>Sit well.</p><ul><li>Seat height: 48 cm</li></ul>",
    "Vendor": "Sedili",
    "Product Category": "Furniture > Chairs > Office Chairs",
    "Type": "",
    "Tags": "office, home, office",
    "Published": "TRUE",
    "Option1 Name": "Color",
    "Option1 Value": "Black",
    "Option1 Linked To": "product.metafields.shopify.color-pattern",
    "Option2 Name": "Size",
    "Option2 Value": "S/M",
    "Option3 Name": "",
    "Option3 Value": "",
    "Variant SKU": "CH-1",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "7",
    "Variant Inventory Policy": "deny",
    "Variant Price": "1299.00",
    "Variant Compare At Price": "1499.00",
    "Variant Barcode": "'6281000000012",
    "Image Src": "https://cdn.example/chair 1.jpg",
    "Image Position": "2",
    "Image Alt Text": "Front",
    "Battery (product.metafields.custom.battery)": '{"value":18.0,"unit":"HOURS"}',
    "Fabric care (product.metafields.custom.care)": "Wipe",
    "Title tag (product.metafields.global.title_tag)": "never a fact",
    "Google Shopping / Gender": "unisex",
    "Status": "active",
}
WHITE = {
    "Handle": "chair",
    "Option1 Value": "White",
    "Option2 Value": "S/M",
    "Variant Inventory Tracker": "",
    "Variant Inventory Qty": "-4",
    "Variant Inventory Policy": "continue",
    "Variant Price": "",
    "Image Src": "https://cdn.example/chair-0.jpg",
    "Image Position": "1",
}
PICTURE = {"Handle": "chair", "Image Src": "https://cdn.example/chair-3.jpg", "Image Position": "3"}


def test_a_product_of_several_rows(tmp_path: Path) -> None:
    (chair,) = read(tmp_path, table([CHAIR, WHITE, PICTURE]))
    assert isinstance(chair, ProductRecord)
    assert chair.line == 2
    assert chair.title == {"en": "Desk & dining chair"}
    assert chair.description == {"en": "Sit well.\n\n- Seat height: 48 cm"}
    assert [part.name for part in chair.category] == [{"en": "Furniture"}, {"en": "Chairs"}, {"en": "Office Chairs"}]
    assert chair.brand is not None and chair.brand.name == {"en": "Sedili"}
    assert chair.tags == ["office", "home"]
    assert [image.url.rsplit("/")[-1] for image in chair.images] == ["chair-0.jpg", "chair%201.jpg", "chair-3.jpg"]
    assert chair.images[1].alt == {"en": "Front"}
    assert [(o.code, [v.code for v in o.values]) for o in chair.options] == [
        ("color", ["black", "white"]),
        ("size", ["s-m"]),
    ]
    facts = {item.code: (item.number, item.unit) for item in chair.attributes}
    assert facts == {
        "battery_life": (18, "h"),
        "fabric_care": (None, None),
        "gender": (None, None),
        "seat_height": (48, "cm"),
    }
    black, white = chair.variants
    assert (black.sku, black.price, black.compare_at_price) == ("CH-1", Decimal(1299), Decimal(1499))
    assert (black.barcode, black.track_stock, black.stock) == ("6281000000012", True, {"online": 7})
    assert (white.sku, white.price, white.track_stock, white.stock) == ("chair-white-s-m", None, False, {"online": 0})
    assert black.options == {"color": "black", "size": "s-m"}


def test_todays_header_names(tmp_path: Path) -> None:
    row = {
        "Title": "مصباح مكتب",
        "URL handle": "misbah",
        "Description": "<p>ضوء دافئ</p>",
        "Vendor": "Qandil",
        "Product category": "Lighting > Lamps",
        "Type": "مصابيح",
        "Published on online store": "TRUE",
        "Status": "Active",
        "SKU": "M-1",
        "Barcode": "1.23457E+12",
        "Price": "٥٩٫٥٠ ر.س",
        "Compare-at price": "",
        "Inventory tracker": "shopify",
        "Inventory quantity": "٣",
        "Continue selling when out of stock": "FALSE",
        "Product image URL": "https://cdn.example/m.jpg",
        "Image alt text": "مضاء",
        "Color (product.metafields.shopify.color-pattern)": "أسود",
    }
    context = Context(currency="SAR")
    (lamp,) = read(tmp_path, table([row], ";"), context=context)
    assert lamp.languages == ["ar"]
    assert (lamp.title, lamp.description) == ({"ar": "مصباح مكتب"}, {"ar": "ضوء دافئ"})
    assert [part.name for part in lamp.category] == [{"ar": "مصابيح"}], "the shop's own type goes first"
    assert lamp.variants[0].price == Decimal("59.5")
    assert lamp.variants[0].stock == {"online": 3}
    assert lamp.variants[0].barcode is None
    assert lamp.images[0].alt == {"ar": "مضاء"}
    assert [(item.code, item.value) for item in lamp.attributes] == [("color", {"ar": "أسود"})]
    assert "barcode" in str(context.warnings)


def test_one_variant_has_no_option(tmp_path: Path) -> None:
    row = {"Handle": "mug", "Title": "Mug", "Option1 Name": "Title", "Option1 Value": "Default Title"}
    (mug,) = read(tmp_path, table([row]))
    assert mug.options == []
    assert [(variant.sku, variant.options) for variant in mug.variants] == [("mug", {})]


@pytest.mark.parametrize(
    ("status", "published", "expected"),
    [
        ("active", "TRUE", True),
        ("", "", True),
        ("draft", "TRUE", False),
        ("archived", "true", False),
        ("active", "FALSE", False),
    ],
)
def test_published(tmp_path: Path, status: str, published: str, expected: bool) -> None:
    (found,) = read(tmp_path, table([{"Handle": "a", "Title": "A", "Published": published, "Status": status}]))
    assert found.published is expected


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ([{"Handle": "a", "Title": ""}], 2, "no title"),
        ([{"Handle": "", "Title": "A"}], 2, "no handle"),
        ([{"Handle": "a", "Title": "A", "Variant Price": "1,2,3"}], 2, "price"),
        ([{"Handle": "a", "Title": "A", "Variant Price": "-5"}], 2, "below zero"),
        ([{"Handle": "a", "Title": "A", "Published": "maybe"}], 2, "neither yes nor no"),
        (
            [
                {"Handle": "a", "Title": "A", "Option1 Name": "Size", "Option1 Value": "S", "Variant Price": "1"},
                {"Handle": "a", "Variant Price": "2"},
            ],
            3,
            "no value for the option 'Size'",
        ),
    ],
)
def test_refused_rows(tmp_path: Path, rows: list[dict[str, str]], line: int, reason: str) -> None:
    (refusal,) = read(tmp_path, table(rows))
    assert isinstance(refusal, Refusal)
    assert refusal.line == line
    assert reason in refusal.reason


def test_a_title_of_its_own_starts_another_product(tmp_path: Path) -> None:
    rows = [{"Handle": "a", "Title": "A"}, {"Handle": "a", "Title": "Another"}]
    _, refusal = read(tmp_path, table(rows))
    assert (refusal.line, refusal.reason) == (3, "the product 'a' stands already on line 2")


def test_a_price_in_another_currency_is_left_out(tmp_path: Path) -> None:
    context = Context(currency="SAR")
    (found,) = read(tmp_path, table([{"Handle": "a", "Title": "A", "Variant Price": "€12,50"}]), context=context)
    assert found.variants[0].price is None
    assert "is in EUR, but the shop sells in SAR" in str(context.warnings[-1])


def test_harmful_characters_and_addresses(tmp_path: Path) -> None:
    row = {"Handle": "a", "Title": "A\u202e\u0007B", "Body (HTML)": "x" * 50_000, "Image Src": "javascript:alert(1)"}
    context = Context(currency="SAR")
    (found,) = read(tmp_path, table([row]), context=context)
    assert found.title == {"en": "AB"}
    assert len(found.description["en"]) == 20_000
    assert found.images == []
    assert {warning.reason.split(":")[0] for warning in context.warnings if warning.row_id} == {
        "picture",
        "description",
    }


def test_orders_are_not_products(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="holds orders"):
        read(tmp_path, table([{"Name": "#1", "Lineitem quantity": "1", "Lineitem name": "x", "Created at": "-1d"}]))
