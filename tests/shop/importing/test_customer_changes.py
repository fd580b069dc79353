"""What customers changed through Dukan, when the shop's file brings their orders again."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.db.models import Conversation, Order, OrderLine, Payment, ReturnCase, Stock
from bot.db.session import reading, writing
from bot.shop.importing import import_file
from bot.support import order_changes
from tests.shop.importing.files import written

TALK = "c" * 32
POLICY = {
    "code": "order_changes",
    "body": {"en": "Until it leaves."},
    "data": {
        "allowed": {
            request: ["pending", "confirmed", "processing"]
            for request in ("cancel", "change_quantity", "remove_line", "change_variant", "change_address")
        }
    },
}
ORDER: dict[str, Any] = {
    "number": "A-1",
    "email": "sara@example.com",
    "placed_at": "2026-03-17",
    "state": "confirmed",
    "lines": [
        {"sku": "LAMP", "quantity": 3, "unit_price": 100},
        {"sku": "BULB", "quantity": 1, "unit_price": 10},
    ],
    "delivery_cost": 20,
    "total": 330,
    "shipping_address": {"name": "Sara", "line1": "King Road 5", "city": "Riyadh"},
    "payments": [{"method": "cash", "amount": 330, "state": "pending"}],
}
LAMPS = [{"code": "lamp", "title": {"en": "Lamp"}, "price": 100, "sku": "LAMP", "stock": {"main": 9}}]


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Path:
    """A shop with an order of three lamps and a bulb; the folder for further files."""
    everything = {
        "shop": {"name": {"en": "Dar"}, "currency": "SAR", "timezone": "Asia/Riyadh", "country": "SA"},
        "branches": [{"code": "main", "name": {"en": "Main"}}],
        "policies": [POLICY],
        "products": LAMPS,
        "orders": [ORDER],
    }
    path = written(tmp_path, everything)
    for kind in ("shop", "branches", "policies", "products", "orders"):
        assert not import_file(kind, path).refused
    with writing() as session:
        session.add(Conversation(id=TALK, channel="web", channel_user=TALK))
    return tmp_path


def _again(folder: Path, **changed: Any) -> list[str]:
    """Import the order as the shop has it now; the notes."""
    report = import_file("orders", written(folder, {"orders": [{**copy.deepcopy(ORDER), **changed}]}))
    assert not report.refused
    return [note.reason for note in report.warnings if "here" in note.reason]


def _order() -> tuple[int, str, dict[str, Any], Decimal, list[tuple[str, int]], list[tuple[Decimal, str]]]:
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
        lines = [(line.sku, line.quantity) for line in order.lines]
        payments = [(payment.amount, payment.state) for payment in order.payments]
        return order.id, order.state, dict(order.shipping_address), order.total, lines, payments


def _line(sku: str) -> int:
    with reading() as session:
        return int(session.execute(select(OrderLine.id).where(OrderLine.sku == sku)).scalar_one())


def test_a_new_address_stands_until_the_file_has_a_newer_one(shop: Path) -> None:
    number = _order()[0]
    order_changes.set_address(number, "Olaya 7", "Jeddah", TALK, 1)
    (note,) = _again(shop, state="processing")
    assert "another address" in note and "stays" in note
    assert _order()[1:3] == ("processing", {"name": "Sara", "line1": "Olaya 7", "city": "Jeddah"})
    assert _again(shop, state="shipped") == [note], "it is said at every import"
    newer = {"line1": "Tahlia 9", "city": "Riyadh"}
    (note,) = _again(shop, state="shipped", shipping_address=newer)
    assert "newer" in note and _order()[2] == newer
    assert _again(shop, state="delivered", shipping_address=newer) == []


def test_a_cancelled_order_stays_so_unless_it_has_left(shop: Path) -> None:
    order_changes.cancel(_order()[0], TALK, 1)
    (note,) = _again(shop, note="gift")
    assert "cancel it in your shop too" in note
    assert _again(shop, state="processing") == [note], "the shop's own system merely went on"
    assert _order()[1] == "cancelled" and _order()[5] == [(Decimal(330), "voided")]
    with reading() as session:
        assert session.execute(select(Order.cancelled_at, Order.payment_state)).one().payment_state == "voided"
    assert _again(shop, state="cancelled", payment_state="voided") == []
    assert _order()[1] == "cancelled"


def test_what_has_left_has_left(shop: Path) -> None:
    order_changes.cancel(_order()[0], TALK, 1)
    (note,) = _again(shop, state="shipped")
    assert "went on" in note and _order()[1] == "shipped"


def test_changed_lines_stand_with_their_sums_and_give_way_to_newer_ones(shop: Path) -> None:
    number = _order()[0]
    order_changes.set_quantity(number, _line("LAMP"), 1, TALK, 1)
    order_changes.set_quantity(number, _line("BULB"), 0, TALK, 2)
    (note,) = _again(shop, state="processing")
    assert "changed its lines here" in note
    assert _order()[1:] == (
        "processing",
        ORDER["shipping_address"],
        Decimal(120),
        [("LAMP", 1)],
        [(Decimal(120), "pending")],
    )
    newer = [{"sku": "LAMP", "quantity": 2, "unit_price": 100}]
    (note,) = _again(shop, state="processing", lines=newer, total=220)
    assert "newer ones" in note and _order()[3:5] == (Decimal(220), [("LAMP", 2)])


def test_an_order_taken_here_keeps_its_changes_when_a_file_first_brings_it(shop: Path) -> None:
    with writing() as session:
        session.execute(update(Order).values(imported={}, content_hash=""))
    order_changes.set_address(_order()[0], "Olaya 7", None, TALK, 1)
    _again(shop)
    assert _order()[2]["line1"] == "Olaya 7"


def test_lines_keep_their_returns_when_the_file_tells_something_new(shop: Path) -> None:
    with writing() as session:
        session.add(
            ReturnCase(
                kind="return",
                order_id=_order()[0],
                order_line_id=_line("BULB"),
                title={"en": "Bulb"},
                reason="unwanted",
                currency="SAR",
                conversation_id=TALK,
                message_id=1,
            )
        )
        session.execute(update(Order).values(state="return_requested"))
    _again(shop, state="delivered", note="left at the door")
    assert _order()[1] == "return_requested", "the file does not know of it yet"
    with reading() as session:
        line = session.execute(select(ReturnCase.order_line_id)).scalar_one()
        assert session.execute(select(OrderLine.sku).where(OrderLine.id == line)).scalar_one() == "BULB"
        assert len(session.execute(select(Payment)).all()) == 1
    _again(shop, state="returned")
    assert _order()[1] == "returned"


def test_stock_that_a_file_states_is_not_given_back_on_top(shop: Path) -> None:
    number = _order()[0]
    order_changes.set_quantity(number, _line("LAMP"), 5, TALK, 1)
    assert _stock() == 7
    import_file("products", written(shop, [{**LAMPS[0], "stock": {"main": 20}}]))
    order_changes.cancel(number, TALK, 2)
    assert _stock() == 20


def _stock() -> int:
    with reading() as session:
        return int(session.execute(select(Stock.quantity)).scalar_one())
