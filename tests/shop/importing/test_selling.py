"""Rules of selling, coupons, words and sizes in a shop's file: kept when they make sense, refused with the reason when not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.db.models import Coupon, ProductOption
from bot.db.session import reading
from bot.shop import selling
from bot.shop.importing import import_file
from tests.shop.importing.files import written


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"haggling": {"limits": [{"max_percent": 130}]}}, "max_percent should be between 0 and 100"),
        ({"quantity_prices": [{"quantity": 1, "percent": 5}]}, "quantity should be 2 or more"),
        ({"checkout": {"kind": "shopify"}}, "https://"),
        ({"checkout": {"kind": "link", "template": "https://a.example/{secret}"}}, "may hold {lines}"),
        ({"instalments": [{"code": "x", "months": 1}]}, "months"),
        ({"reserve_minuts": 5}, "reserve_minuts"),
    ],
)
def test_rules_that_make_no_sense_are_refused(
    database: str, tmp_path: Path, rules: dict[str, Any], reason: str
) -> None:
    report = import_file("selling", written(tmp_path, {"selling": rules}))
    assert not report.applied and reason in report.refused[0].reason


def test_rules_are_replaced_as_a_whole_and_coupons_one_by_one(database: str, tmp_path: Path) -> None:
    path = written(tmp_path, {"selling": {"quote_days": 3}, "coupons": [{"code": "ten-10", "percent": "10%"[:2]}]})
    assert import_file("selling", path).created == import_file("coupons", path).created == 1
    assert import_file("selling", path).unchanged == import_file("coupons", path).unchanged == 1
    path = written(tmp_path, {"selling": {"most_pieces": 9}, "coupons": [{"code": "ten-10", "percent": 12.5}]})
    assert import_file("selling", path).updated == import_file("coupons", path).updated == 1
    with reading() as session:
        found = selling.rules(session)
        coupon = session.execute(select(Coupon)).scalar_one()
    assert (found.quote_days, found.most_pieces) == (7, 9)
    assert (coupon.code_key, str(coupon.percent.normalize()), coupon.used) == ("TEN10", "12.5", 0)


@pytest.mark.parametrize(
    "coupon",
    [
        {"code": "A"},
        {"code": "A", "percent": 5, "amount": 5},
        {"code": "A", "percent": 101},
        {"code": "؟؟", "amount": 1},
    ],
)
def test_coupons_that_make_no_sense_are_refused(database: str, tmp_path: Path, coupon: dict[str, Any]) -> None:
    assert import_file("coupons", written(tmp_path, {"coupons": [coupon]})).refused


def test_words_and_sizes_survive_an_import_that_knows_nothing_of_them(database: str, tmp_path: Path) -> None:
    option = {"code": "name", "name": "Name", "kind": "text", "limits": {"longest": 8}}
    product = {"code": "mug", "title": "Mug", "price": 9, "options": [option], "checkout_id": "77"}
    assert import_file("products", written(tmp_path, {"products": [product]})).applied
    csv = tmp_path / "export.csv"
    csv.write_text("Handle,Title,Variant SKU,Variant Price\nmug,Mug,mug,10\n", encoding="utf-8")
    assert import_file("products", csv).updated == 1
    with reading() as session:
        row = session.execute(select(ProductOption)).scalar_one()
    assert (row.kind, row.limits) == ("text", {"longest": 8})
    bad = {**product, "options": [{**option, "limits": {"longest": 0}}]}
    assert "longest" in import_file("products", written(tmp_path, {"products": [bad]})).refused[0].reason
