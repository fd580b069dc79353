"""The page for shop owners says what is true: its examples import, and it names every field and state."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.db.models.orders import ORDER_STATES, PAYMENT_STATES, SHIPMENT_STATES
from bot.settings import ROOT
from bot.shop import selling
from bot.shop.importing import FORMATS, KINDS, import_file
from bot.shop.importing.readers import json_orders, json_products, json_shop
from tests.shop.importing.files import order, product, written

PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
FIELDS = {
    "shop": json_shop.SHOP_FIELDS,
    "branches": json_shop.BRANCH_FIELDS,
    "delivery_zones": ["code", "name", "aliases", "cost", "free_from", "min_days", "max_days"],
    "policies": ["code", "title", "body", "data"],
    "selling": list(selling.Rules.__struct_fields__),
    "coupons": json_shop.COUPON_FIELDS,
    "products": [*json_products.PRODUCT_FIELDS, *json_products.VARIANT_FIELDS],
    "customers": json_orders.CUSTOMER_FIELDS,
    "orders": json_orders.ORDER_FIELDS,
}


def test_the_examples_make_a_shop(database: str, tmp_path: Path) -> None:
    path = written(tmp_path, {section: value for example in EXAMPLES for section, value in example.items()})
    for kind in KINDS:
        report = import_file(kind, path)
        assert (report.refused, report.warnings) == ([], []), kind
        assert report.created > 0
    assert product("noor-10")["variants"]["NOOR10-B"]["stock"] == {"olaya": 4, "online": 11}
    assert (order("DK1001")["customer"], order("DK1001")["lines"][0][4]) == ("C-100", True)
    assert all(import_file(kind, path).unchanged for kind in KINDS)


@pytest.mark.parametrize("section", FIELDS)
def test_every_field_is_described(section: str) -> None:
    chapter = PAGE.split(f"### `{section}`", 1)[1].split("\n### ", 1)[0]
    assert [name for name in FIELDS[section] if not re.search(rf"\b{name}\b", chapter)] == []


def test_every_kind_format_and_state_is_named() -> None:
    for word in (*KINDS, *ORDER_STATES, *PAYMENT_STATES, *SHIPMENT_STATES):
        assert f"`{word}`" in PAGE, word
    for name in FORMATS:
        assert name in PAGE.casefold()
