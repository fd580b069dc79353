"""What an order says of itself once it may be told: its lines, its parcels, and whether it is late."""

from __future__ import annotations

from datetime import date, timedelta

from bot.clock import now
from bot.db.session import reading
from bot.support import orders
from bot.support.orders import CustomersOrder
from tests.support.samples import huda_buys_beds, order_of_huda


def _order() -> CustomersOrder:
    with reading() as session:
        order = orders.read(session, 1)
    assert order is not None
    return order


def test_lines_parcels_and_products_are_told(database: str) -> None:
    huda_buys_beds("delivered")
    order = _order()
    assert [(line.sku, line.product_code, line.quantity) for line in order.lines] == [
        ("B-1", "pillow", 2),
        ("D-1", "duvet", 1),
    ]
    assert order.arrived_at(order.lines[0].id) == order.delivered_at
    assert order.lines[0].total == 900 and order.payment_method == "card"


def test_late_means_promised_before_today_and_not_arrived(database: str) -> None:
    order_of_huda(expected_on=now().date() - timedelta(days=1))
    assert _order().is_late(now().date())
    assert not _order().is_late(date(2000, 1, 1))


def test_a_customers_newest_orders_come_first(database: str) -> None:
    order_of_huda()
    with reading() as session:
        assert [order.number for order in orders.of_customer(session, 1)] == ["#1001"]
        assert orders.of_customer(session, 2) == []
        assert orders.read(session, 99) is None
