"""Orders, customers and the shop itself into the database."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import clock
from bot.db.models import Branch, BranchHours, CatalogueVersion, Customer, DeliveryZone, Order, OrderLine, Policy, Shop
from bot.db.session import reading
from bot.shop.importing import import_file
from tests.shop.importing.files import order, table, written
from tests.shop.importing.test_json import DESK, ORDER
from tests.shop.importing.test_shopify_orders import FIRST, SECOND

SHOP = {"shop": {"name": {"en": "Dar"}, "currency": "SAR", "timezone": "Asia/Riyadh", "country": "SA"}}
BRANCHES = {
    "branches": [
        {"code": "riyadh", "name": {"en": "Riyadh"}, "hours": {"mon": ["09:00-17:00"]}, "closures": [{"day": "+1d"}]},
        {"code": "depot", "kind": "warehouse", "name": "Depot"},
    ]
}
CUSTOMERS = {"customers": [{"code": "C-1", "name": "Sara", "email": "sara@example.com", "phone": "0501234567"}]}


def _count(model: Any) -> int:
    with reading() as session:
        return int(session.execute(select(func.count()).select_from(model)).scalar())


def _counts(kind: str, path: Path, **options: Any) -> tuple[int, int, int]:
    report = import_file(kind, path, **options)
    assert report.refused == []
    return report.created, report.updated, report.unchanged


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Path:
    """A shop with branches and a customer; the folder for further files."""
    import_file("shop", written(tmp_path, SHOP))
    import_file("branches", written(tmp_path, BRANCHES))
    import_file("customers", written(tmp_path, CUSTOMERS))
    return tmp_path


def test_an_order_with_all_that_belongs_to_it(shop: Path) -> None:
    import_file("products", written(shop, [DESK]))
    path = written(shop, {"orders": [{**ORDER, "pickup_branch": "riyadh"}]})
    assert _counts("orders", path) == (1, 0, 0)
    found = order("DK1001")
    today = clock.now().astimezone(_zone()).date()
    assert found["placed_at"].astimezone(_zone()).date() == today - timedelta(days=3)
    assert found["expected_on"] == today + timedelta(days=2)
    assert (found["customer"], found["currency"], found["pickup_branch"]) == ("C-1", "SAR", "riyadh")
    assert found["lines"] == [("D-O", {"en": "Desk", "ar": "مكتب قائم"}, 2, 100, True), ("P", {"en": "P"}, 1, 5, False)]
    assert found["shipments"] == [("in_transit", "Aramex", [1])]
    assert found["payments"] == [("card", 215, "paid")]
    assert _counts("orders", path) == (0, 0, 1)


def _zone() -> Any:
    from bot.shop.importing.moments import zone_named

    return zone_named("Asia/Riyadh")


def test_a_changed_order_is_written_anew(shop: Path) -> None:
    import_file("orders", written(shop, [ORDER]))
    changed = copy.deepcopy(ORDER)
    changed |= {"number": "dk 1001", "state": "delivered", "lines": ORDER["lines"][:1]}
    assert _counts("orders", written(shop, [changed])) == (0, 1, 0)
    found = order("DK1001")
    assert (found["number"], found["state"], len(found["lines"]), len(found["shipments"])) == (
        "dk 1001",
        "delivered",
        1,
        1,
    )
    assert (_count(Order), _count(OrderLine)) == (1, 1)


def test_customers_of_orders(shop: Path) -> None:
    orders = [
        {**ORDER, "number": "1", "customer": None},  # known by e-mail
        {**ORDER, "number": "2", "customer": None, "email": None},  # known by phone
        {**ORDER, "number": "3", "customer": "C-9"},  # unknown code: by e-mail
        {**ORDER, "number": "4", "customer": None, "email": "new@example.com", "phone": None},
        {**ORDER, "number": "5", "customer": None, "email": "new@example.com", "phone": "0555555555"},
        {**ORDER, "number": "6", "customer": None, "email": None, "phone": None},
    ]
    report = import_file("orders", written(shop, orders))
    assert [warning.row_id for warning in report.warnings] == ["3"]
    assert [order(str(number))["customer"] for number in range(1, 7)] == [
        "C-1",
        "C-1",
        "C-1",
        "new@example.com",
        "new@example.com",
        None,
    ]
    with reading() as session:
        assert (
            session.execute(select(Customer.phone).where(Customer.code == "new@example.com")).scalar()
            == "+966555555555"
        )
    # The shop's own code takes the place of the e-mail address as soon as it is known.
    people = [{"code": "C-2", "email": "new@example.com", "name": "Nour"}]
    assert _counts("customers", written(shop, {"customers": people})) == (0, 1, 0)
    assert (order("5")["customer"], _count(Customer)) == ("C-2", 2)
    assert _counts("customers", written(shop, {"customers": people})) == (0, 0, 1)


def test_lines_find_products_that_come_later(shop: Path) -> None:
    import_file("orders", written(shop, [ORDER]))
    assert order("DK1001")["lines"][0][4] is False
    import_file("products", written(shop, [DESK]))
    assert [line[4] for line in order("DK1001")["lines"]] == [True, False]
    desk = {**DESK, "variants": DESK["variants"][1:]}
    import_file("products", written(shop, [desk]))
    assert order("DK1001")["lines"][0][4] is False, "the variant is gone, the line stays"


def test_shopifys_orders(shop: Path) -> None:
    path = written(shop, table([FIRST, SECOND, {**FIRST, "Name": "#1002", "Email": ""}]))
    assert _counts("orders", path) == (2, 0, 0)
    assert (order("1001")["customer"], order("1002")["customer"]) == ("C-1", "C-1")
    assert order("1001")["payments"] == [("Card", 270, "paid")]
    assert _counts("orders", path) == (0, 0, 2)


def test_a_number_that_comes_twice_is_refused(shop: Path) -> None:
    report = import_file("orders", written(shop, table([FIRST, {**FIRST, "Name": "#1002"}, {**FIRST, "Name": "1001"}])))
    assert not report.applied and _count(Order) == 0
    assert [(note.line, note.reason) for note in report.refused] == [(4, "the order 1001 stands already on line 2")]


def test_a_dry_run_of_orders(shop: Path) -> None:
    customers = _count(Customer)
    other = {**ORDER, "customer": None, "email": "x@example.com", "phone": None}
    report = import_file("orders", written(shop, [other]), dry_run=True)
    assert (report.created, report.applied, _count(Order), _count(Customer)) == (1, False, 0, customers)


def test_orders_of_a_database_without_a_shop(database: str, tmp_path: Path) -> None:
    assert _counts("orders", written(tmp_path, [{**ORDER, "phone": "+966501234567"}])) == (1, 0, 0)
    assert order("DK1001")["currency"] == "USD"


def test_the_currency_of_orders_is_a_new_shops(database: str, tmp_path: Path) -> None:
    import_file("orders", written(tmp_path, table([FIRST, SECOND])))
    with reading() as session:
        assert session.execute(select(Shop.currency, Shop.country)).one() == ("SAR", "SA")


def test_the_shop_and_its_branches(shop: Path) -> None:
    with reading() as session:
        row = session.execute(select(Shop)).scalar_one()
        assert (dict(row.name), row.currency, row.country, row.prices_include_tax) == ({"en": "Dar"}, "SAR", "SA", 1)
        riyadh = session.execute(select(Branch).where(Branch.code == "riyadh")).scalar_one()
        assert [(h.weekday, h.opens, h.closes) for h in riyadh.hours] == [(0, 540, 1020)]
        assert len(riyadh.closures) == 1
        version = session.execute(select(CatalogueVersion.version)).scalar()
    assert _counts("shop", written(shop, SHOP)) == (0, 0, 1)
    assert _counts("branches", written(shop, BRANCHES)) == (0, 0, 2)
    changed = {"branches": [{"code": "riyadh", "name": {"en": "Riyadh"}, "hours": {"tue": ["10:00-12:00"]}}]}
    assert _counts("branches", written(shop, changed)) == (0, 1, 0)
    assert _count(BranchHours) == 1
    with reading() as session:
        assert session.execute(select(CatalogueVersion.version)).scalar() == version + 1
        riyadh = session.execute(select(Branch).where(Branch.code == "riyadh")).scalar_one()
        assert len(riyadh.closures) == 1, "the file is silent of closures"


def test_the_shop_takes_the_place_of_the_placeholder(database: str, tmp_path: Path) -> None:
    import_file("products", written(tmp_path, [{"code": "a", "title": "A"}]))
    assert _counts("shop", written(tmp_path, SHOP)) == (0, 1, 0)
    with reading() as session:
        assert [dict(row.name) for row in session.execute(select(Shop)).scalars()] == [{"en": "Dar"}]


def test_zones_and_policies(shop: Path) -> None:
    zones = {
        "delivery_zones": [
            {"code": "riyadh", "name": {"en": "Riyadh", "ar": "الرياض"}, "cost": 20, "min_days": 1, "max_days": 2},
            {"code": "jeddah", "name": "Jeddah", "cost": 30, "free_from": 500, "min_days": 2, "max_days": 4},
        ]
    }
    assert _counts("delivery", written(shop, zones)) == (2, 0, 0)
    assert _counts("delivery", written(shop, zones)) == (0, 0, 2)
    policies = {"policies": [{"code": "return", "title": "Returns", "body": "14 days.", "data": {"days": 14}}]}
    assert _counts("policies", written(shop, policies)) == (1, 0, 0)
    policies["policies"][0]["data"] = {"days": 30}
    assert _counts("policies", written(shop, policies)) == (0, 1, 0)
    with reading() as session:
        assert session.execute(select(Policy.data)).scalar() == {"days": 30}
        assert [zone.position for zone in session.execute(select(DeliveryZone)).scalars()] == [0, 1]


def test_days_that_are_told_from_today_move_with_it(shop: Path) -> None:
    path = written(shop, [ORDER])
    import_file("orders", path)
    before = order("DK1001")["expected_on"]
    assert isinstance(before, date)
    with clock.moved_by(timedelta(days=2)):
        assert _counts("orders", path) == (0, 1, 0)
    assert order("DK1001")["expected_on"] == before + timedelta(days=2)
