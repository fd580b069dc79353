"""Dukan's own JSON: products, the shop, customers, orders."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.shop.importing.context import Context
from bot.shop.importing.moments import zone_named
from bot.shop.importing.records import BrandRecord, CategoryRecord, ProductRecord
from bot.shop.importing.report import ImportFileError, Refusal
from tests.shop.importing.files import read

DESK: dict[str, Any] = {
    "code": "desk",
    "title": {"en": "Standing desk", "ar": "مكتب قائم"},
    "description": {"en": "Goes up.", "ar": "يرتفع."},
    "category": ["Furniture", "Desks"],
    "brand": "Sedili",
    "tags": ["work", "عمل"],
    "aliases": ["sit-stand"],
    "url": "https://shop.example/desk",
    "images": [{"url": "/images/desk.svg", "alt": {"en": "Desk"}}, "https://cdn.example/2.jpg"],
    "attributes": [
        {"code": "width", "name": {"en": "Width"}, "value": {"en": "140 cm"}},
        {"name": "الوزن", "value": "٢٨ كجم"},
        {"code": "motors", "name": "Motors", "number": 2},
        {"code": "height", "value": {"en": "62 to 127 cm"}, "number": 127, "unit": "cm"},
        {"code": "quiet", "name": "Quiet", "value": True},
    ],
    "options": [
        {"code": "top", "name": "Top", "values": [{"code": "oak", "name": {"en": "Oak"}}, "White"]},
        {
            "code": "tray",
            "name": "Tray",
            "values": [{"code": "no", "name": "No tray"}, {"code": "yes", "name": "Tray", "price_delta": "49.50"}],
        },
    ],
    "exclusions": [[[{"option": "top", "value": "white"}, {"option": "tray", "value": "yes"}], {"en": "Will not fit"}]],
    "variants": [
        {"sku": "D-O", "options": {"top": "oak"}, "price": 1499, "compare_at_price": 1699.5, "stock": {"riyadh": 3}},
        {"sku": "D-W", "options": {"top": "White"}, "price": "1,399 SAR", "stock": 5, "track_stock": False},
    ],
    "lead_time_days": 4,
    "warranty_months": 60,
    "published": True,
}


def test_a_product_with_everything(tmp_path: Path) -> None:
    context = Context(currency="SAR", branches={"riyadh": ["Riyadh"]})
    (desk,) = read(tmp_path, {"products": [DESK]}, context=context)
    assert isinstance(desk, ProductRecord)
    assert context.warnings == []
    assert desk.line == 3
    assert desk.languages == ["ar", "en"]
    assert [part.name for part in desk.category] == [{"en": "Furniture"}, {"en": "Desks"}]
    assert [image.url for image in desk.images] == ["/images/desk.svg", "https://cdn.example/2.jpg"]
    assert {item.code: (item.number, item.unit, item.value) for item in desk.attributes} == {
        "width": (140, "cm", {"en": "140 cm"}),
        "weight": (28, "kg", {"ar": "٢٨ كجم"}),
        "motors": (2, None, {"en": "2"}),
        "height": (127, "cm", {"en": "62 to 127 cm"}),
        "quiet": (None, None, {"en": "yes"}),
    }
    assert [v.price_delta for v in desk.options[1].values] == [0, Decimal("49.5")]
    assert (desk.exclusions[0].first, desk.exclusions[0].second) == (("top", "white"), ("tray", "yes"))
    oak, white = desk.variants
    assert (oak.price, oak.compare_at_price, oak.stock) == (Decimal(1499), Decimal("1699.5"), {"riyadh": 3})
    assert (white.price, white.stock, white.options) == (Decimal(1399), {"online": 5}, {"top": "white"})
    assert (desk.lead_time_days, desk.warranty_months) == (4, 60)


def test_the_least_product(tmp_path: Path) -> None:
    (pen,) = read(tmp_path, [{"code": "pen", "title": "قلم", "price": 3, "stock": {"online": 9}}])
    assert (pen.title, pen.languages) == ({"ar": "قلم"}, ["ar"])
    assert [(v.sku, v.price, v.stock) for v in pen.variants] == [("pen", Decimal(3), {"online": 9})]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": ""}, "no code"),
        ({"code": "x" * 201}, "longer than 200"),
        ({"title": None}, "no title"),
        ({"title": {"fr": "Bureau"}}, "not in 'fr'"),
        ({"title": ["Desk"]}, "title should be a text"),
        ({"variants": [{"sku": "a", "price": -1}]}, "below zero"),
        ({"variants": [{"sku": "a", "price": {"sar": 1}}]}, "single value"),
        ({"variants": [{"sku": "a", "options": {"top": "gold"}}]}, "'top' = 'gold'"),
        ({"variants": [{"sku": "a", "stock": {"mars": 1}}]}, "no branch 'mars'"),
        ({"variants": [{"sku": "a"}, {"sku": "b"}]}, "two variants, and no option"),
        ({"variants": "none"}, "list in square brackets"),
        ({"variants": [7]}, "not an object"),
        ({"exclusions": [["top"]]}, "two choices"),
        ({"exclusions": [[{"option": "top", "value": "x"}, {"option": "top", "value": "oak"}]]}, "'top' = 'x'"),
        ({"lead_time_days": -2}, "below 0"),
        ({"lead_time_days": "soon"}, "whole number"),
        ({"published": "perhaps"}, "neither"),
        ({"attributes": [{"code": "a", "number": "many"}]}, "should be a number"),
        ({"category": 7}, "category"),
    ],
)
def test_refused_products(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    (refusal,) = read(tmp_path, [{**DESK, **change}])
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_slips_of_the_pen_are_named(tmp_path: Path) -> None:
    context = Context(currency="SAR", branches={"riyadh": []})
    read(tmp_path, [{**DESK, "titel": "x", "variants": [{"sku": "a", "prise": 3}]}], context=context)
    assert [warning.reason for warning in context.warnings] == [
        "the field 'titel' is not known; left out",
        "the field 'variants[0].prise' is not known; left out",
    ]


def test_categories_and_brands_beside_products(tmp_path: Path) -> None:
    file = {
        "categories": [
            {"code": "desks", "name": {"en": "Desks"}, "parent": "furniture", "aliases": ["tables"]},
            {"code": "x"},
        ],
        "brands": [{"name": "Sedili", "aliases": ["سيديلي"]}],
        "products": [{"code": "a", "title": "A", "category": {"code": "desks", "name": "Desks"}}],
        "orders": [{"number": "not read here"}],
    }
    category, refusal, brand, product = read(tmp_path, file)
    assert isinstance(category, CategoryRecord) and category.aliases == ["tables"]
    assert isinstance(refusal, Refusal) and refusal.row_id == "x"
    assert isinstance(brand, BrandRecord) and brand.code == "sedili"
    assert product.category[0].code == "desks"


def test_a_file_without_the_section(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match='no section "products"; it has orders, shop'):
        read(tmp_path, {"orders": [{"number": "1"}], "shop": {"name": "x"}})


def test_the_shop(tmp_path: Path) -> None:
    shop = {
        "name": {"en": "Dar", "ar": "دار"},
        "currency": "sar",
        "timezone": "Asia/Riyadh",
        "country": "sa",
        "language": "ar",
        "phone": "0112345678",
        "tax_percent": 15,
        "prices_include_tax": False,
        "payment_methods": [{"code": "card", "name": {"en": "Card"}}],
    }
    (found,) = read(tmp_path, {"shop": shop}, "shop")
    assert (found.currency, found.country, found.language, found.phone) == ("SAR", "SA", "ar", "+966112345678")
    assert (found.tax_percent, found.prices_include_tax) == (15, False)
    for wrong in ({"currency": "RIYAL"}, {"country": "Saudi"}, {"timezone": "Riyadh"}, {"language": "fr"}):
        (refusal,) = read(tmp_path, {"shop": {**shop, **wrong}}, "shop")
        assert isinstance(refusal, Refusal) and next(iter(wrong)) in refusal.reason


def test_hours_of_a_branch(tmp_path: Path) -> None:
    branch = {
        "code": "olaya",
        "name": "Olaya",
        "hours": {
            "mon": ["09:00-13:00", "16:00-22:00"],
            "Tuesday": "٠٩:٠٠ – ٢٢:٠٠",
            "fri": ["18:00-02:00"],
            "sat": "00:00-24:00",
            "sun": [],
        },
        "closures": [{"day": "+2d", "reason": {"en": "Holiday"}}, {"day": "2026-09-23"}],
    }
    context = Context(today=date(2026, 3, 20))
    (found,) = read(tmp_path, {"branches": [branch]}, "branches", context)
    assert found.hours == [(0, 540, 780), (0, 960, 1320), (1, 540, 1320), (4, 1080, 1560), (5, 0, 1440)]
    assert found.closures == [(date(2026, 3, 22), {"en": "Holiday"}), (date(2026, 9, 23), {})]
    for hours in ({"mon": ["9-17"]}, {"mon": ["25:00-26:00"]}, {"noday": []}, {"mon": ["09:70-10:00"]}):
        (refusal,) = read(tmp_path, {"branches": [{**branch, "hours": hours}]}, "branches")
        assert isinstance(refusal, Refusal) and "hours" in refusal.reason


def test_delivery_zones_and_policies(tmp_path: Path) -> None:
    zones = [{"code": "r", "name": {"en": "Riyadh"}, "cost": "20 SAR", "free_from": 300, "min_days": 1, "max_days": 2}]
    (zone,) = read(tmp_path, {"delivery_zones": zones}, "delivery")
    assert (zone.cost, zone.free_from, zone.min_days, zone.max_days) == (20, 300, 1, 2)
    (refusal,) = read(tmp_path, {"delivery_zones": [{**zones[0], "min_days": 5}]}, "delivery")
    assert isinstance(refusal, Refusal) and "min_days" in refusal.reason
    policies = [{"code": "return", "title": "Returns", "body": {"en": "14 days."}, "data": {"days": 14, "fee": 9.5}}]
    (policy,) = read(tmp_path, {"policies": policies}, "policies")
    assert policy.data == {"days": 14, "fee": 9.5}


ORDER: dict[str, Any] = {
    "number": "DK-1001",
    "customer": "C-1",
    "email": "Sara@Example.com",
    "phone": "050 123 4567",
    "placed_at": "-3d 14:30",
    "state": "Partially shipped",
    "payment_state": "paid",
    "lines": [
        {
            "sku": "D-O",
            "title": {"en": "Desk"},
            "quantity": 2,
            "unit_price": 100,
            "discount": 10,
            "options": {"top": "oak"},
        },
        {"sku": "P", "unit_price": 5},
    ],
    "delivery_cost": 20,
    "total": 215,
    "expected_on": "+2d",
    "shipping_address": {"line1": "King Rd", "city": "Riyadh"},
    "shipments": [
        {"carrier": "Aramex", "state": "in transit", "shipped_at": "-1d", "lines": [{"sku": "D-O", "quantity": 1}]}
    ],
    "payments": [{"method": "card", "amount": 215, "state": "paid", "paid_at": "2026-03-17T12:00:00+03:00"}],
}


def _order_context() -> Context:
    return Context("SAR", "SA", zone_named("Asia/Riyadh"), today=date(2026, 3, 20))


def test_an_order(tmp_path: Path) -> None:
    context = _order_context()
    (order,) = read(tmp_path, {"orders": [ORDER]}, "orders", context)
    assert context.warnings == []
    assert (order.email, order.phone, order.state) == ("sara@example.com", "+966501234567", "partially_shipped")
    assert order.placed_at == datetime(2026, 3, 17, 11, 30, tzinfo=timezone.utc)
    assert (order.subtotal, order.total, order.expected_on) == (Decimal(195), Decimal(215), date(2026, 3, 22))
    assert [(line.sku, line.quantity) for line in order.lines] == [("D-O", 2), ("P", 1)]
    assert (order.shipments[0].state, order.shipments[0].lines) == ("in_transit", [(0, 1)])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": "#-"}, "no order number"),
        ({"state": "lost in space"}, "none of pending, confirmed"),
        ({"payment_state": "gold"}, "payment state"),
        ({"placed_at": None}, "when it was placed"),
        ({"placed_at": "tomorrow"}, "placed_at"),
        ({"lines": [], "shipments": []}, "no lines"),
        ({"lines": [{"sku": "a", "quantity": -1}]}, "below 0"),
        ({"lines": [{"sku": "a", "quantity": 0}], "shipments": []}, "quantity 0"),
        ({"lines": [{"quantity": 1}], "shipments": []}, "neither SKU nor title"),
        ({"currency": "GOLD"}, "currency"),
        ({"shipments": [{"state": "shipped", "lines": [{"sku": "nope"}]}]}, "no line of SKU 'nope'"),
        ({"payments": [{"method": "card", "state": "paid"}]}, "needs an amount"),
        ({"delivery_method": "drone"}, "delivery_method"),
    ],
)
def test_refused_orders(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    (refusal,) = read(tmp_path, [{**ORDER, **change}], "orders", _order_context())
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_what_is_doubtful_in_an_order_is_said(tmp_path: Path) -> None:
    context = _order_context()
    changes = {"total": 500, "phone": "12", "email": "none", "pickup_branch": "mars"}
    (order,) = read(tmp_path, [{**ORDER, **changes}], "orders", context)
    assert (order.total, order.phone, order.email, order.pickup_branch) == (500, None, None, None)
    reasons = " ".join(warning.reason for warning in context.warnings)
    for word in ("total", "phone", "e-mail", "branch"):
        assert word in reasons
    assert "12" not in reasons.replace("215", ""), "contact data stays out of reports"


def test_customers(tmp_path: Path) -> None:
    people = [
        {"code": "C-1", "name": "Sara", "email": "S@e.com", "city": {"en": "Riyadh"}, "address": "King Rd"},
        {"name": "Nobody"},
    ]
    sara, nobody = read(tmp_path, {"customers": people}, "customers")
    assert (sara.email, sara.city, sara.address) == ("s@e.com", "Riyadh", {"line1": "King Rd"})
    assert isinstance(nobody, Refusal) and "needs a code" in nobody.reason
