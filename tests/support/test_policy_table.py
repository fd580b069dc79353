"""Every state of an order × every request, against the policy: done exactly when it says so, seen in the database, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.db.models import Customer, Order, OrderChange, Product, Refund, ReturnCase
from bot.db.models.orders import ORDER_STATES
from bot.db.session import reading, writing
from bot.shop.importing import import_file
from bot.support import order_changes, orders, policies, returns
from bot.support.order_changes import NotAllowed
from bot.support.orders import CustomersOrder
from bot.support.policies import REQUESTS
from tests.support import order_book
from tests.support.samples import conversation

TALK = "c" * 32
Do = Callable[[CustomersOrder, int], Any]


def _first(order: CustomersOrder) -> int:
    return order.lines[0].id


DOING: dict[str, Do] = {
    "cancel": lambda order, message: order_changes.cancel(order.id, TALK, message),
    "change_quantity": lambda order, message: order_changes.set_quantity(order.id, _first(order), 1, TALK, message),
    "remove_line": lambda order, message: order_changes.set_quantity(order.id, _first(order), 0, TALK, message),
    "change_variant": lambda order, message: order_changes.set_variant(
        order.id, _first(order), order.lines[0].sku.replace("sand", "slate"), TALK, message
    ),
    "change_address": lambda order, message: order_changes.set_address(order.id, "New Road 1", "Jeddah", TALK, message),
    "return": lambda order, message: returns.open_return(
        order, _first(order), "return", TALK, message, reason="changed_mind"
    ),
    "exchange": lambda order, message: returns.open_return(
        order,
        _first(order),
        "exchange",
        TALK,
        message,
        reason="does_not_fit",
        new_sku=order.lines[0].sku.replace("sand", "slate"),
    ),
    "report_damage": lambda order, message: returns.open_return(
        order, _first(order), "replacement", TALK, message, reason="damaged"
    ),
}
CHANGES = set(order_book.TABLE["allowed"])


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The imported order book, once for all the requests of an engine."""
    from tests import conftest

    folder: Path = tmp_path_factory.mktemp("book")
    with pytest.MonkeyPatch.context() as patch:
        make = conftest._sqlite if request.param == "sqlite" else conftest._postgresql
        url = make(request, folder)
        conftest._point_at(patch, folder, url)
        conftest.schema.seed()
        shop, order_file = order_book.write(folder)
        for kind, path in (
            ("shop", shop), ("policies", shop), ("products", shop), ("customers", shop), ("orders", order_file)
        ):  # fmt: skip
            assert import_file(kind, path, "json").applied
        conversation(TALK)
        yield
        conftest.engine_for(url).dispose()
    conftest.settings.cache_clear()


def _allowed(request: str, state: str) -> bool:
    """What the tables of tests/support/order_book.py say, worked out apart from the code under test."""
    if request in CHANGES:
        return state in order_book.TABLE["allowed"].get(request, [])
    return state in ("delivered", "return_requested")


def _snapshot(order_id: int) -> dict[str, Any]:
    with reading() as session:
        order = session.get(Order, order_id)
        assert order is not None
        counts = {
            model.__name__: session.execute(
                select(func.count()).select_from(model).where(model.order_id == order_id)
            ).scalar()
            for model in (OrderChange, Refund, ReturnCase)
        }
        return {
            "state": order.state,
            "total": order.total,
            "address": order.shipping_address["line1"],
            "lines": [(line.sku, line.quantity) for line in order.lines],
            **counts,
        }


def test_the_book_is_all_there(book: None) -> None:
    with reading() as session:
        counts = [
            session.execute(select(func.count()).select_from(model)).scalar() for model in (Product, Customer, Order)
        ]
    assert counts == [order_book.PRODUCTS, order_book.CUSTOMERS, order_book.ORDERS]


@pytest.mark.parametrize("request_name", [name for name in REQUESTS if name != "invoice"])
@pytest.mark.parametrize("state", ORDER_STATES)
def test_allowed_exactly_when_the_policy_says_so_and_done_once(book: None, state: str, request_name: str) -> None:
    place = list(REQUESTS).index(request_name) * len(ORDER_STATES) + ORDER_STATES.index(state)
    with reading() as session:
        order_id = session.execute(select(Order.id).where(Order.number_key == f"BK{10_000 + place}")).scalar_one()
        order = orders.read(session, order_id)
        assert order is not None and order.state == state
        verdict = policies.verdict(session, request_name, state)
    before, message = _snapshot(order_id), 1000 + place
    if not _allowed(request_name, state):
        assert verdict != "allowed" or request_name not in CHANGES
        with pytest.raises(NotAllowed):
            DOING[request_name](order, message)
        assert _snapshot(order_id) == before
        return
    assert verdict == "allowed"
    first = DOING[request_name](order, message)
    after = _snapshot(order_id)
    assert after != before
    _check(request_name, before, after)
    assert DOING[request_name](order, message) == first  # the same message once more
    assert _snapshot(order_id) == after


def _check(request: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """That the database shows what was asked for, and nothing else."""
    changed = {key for key in before if before[key] != after[key]}
    if request == "cancel":
        assert after["state"] == "cancelled" and changed <= {"state", "OrderChange", "Refund"}
    elif request in ("change_quantity", "remove_line"):
        assert changed <= {"lines", "total", "OrderChange", "Refund"}
        assert after["total"] < before["total"]
    elif request == "change_variant":
        assert after["lines"][0][0].endswith("slate") and changed <= {"lines", "OrderChange"}
    elif request == "change_address":
        assert after["address"] == "New Road 1" and changed <= {"address", "OrderChange"}
    else:
        assert after["ReturnCase"] == before["ReturnCase"] + 1
        assert changed <= {"ReturnCase", "Refund", "state"}


@pytest.mark.parametrize("state", ["pending", "confirmed"])
def test_what_was_paid_goes_back_and_nothing_else(book: None, state: str) -> None:
    number = f"BK{10_000 + 240 + ORDER_STATES.index(state)}"
    with reading() as session:
        row = session.execute(select(Order).where(Order.number_key == number)).scalar_one()
        total = row.total
    assert row.state == state
    done = order_changes.cancel(row.id, TALK, 9000 + row.id)
    assert done.refund == (total if state == "confirmed" else Decimal(0))
    with reading() as session:
        refunds = order_changes.refunds_of(session, row.id)
    assert [refund.amount for refund in refunds] == ([total] if state == "confirmed" else [])
    with pytest.raises(NotAllowed):
        order_changes.cancel(row.id, TALK, 9500 + row.id)


@pytest.mark.parametrize("state", ORDER_STATES)
def test_an_invoice_is_there_for_every_order_that_stands(book: None, state: str) -> None:
    with reading() as session:
        assert policies.verdict(session, "invoice", state) == ("refused" if state == "pending" else "allowed")


def test_without_a_policy_a_colleague_decides(database: str) -> None:
    with reading() as session:
        for request in CHANGES:
            for state in ORDER_STATES:
                expected = "colleague" if state in policies.POSSIBLE[request] else "refused"
                assert policies.verdict(session, request, state) == expected


def test_a_policy_cannot_allow_what_makes_no_sense(database: str) -> None:
    from bot.db.models import Policy

    everything = {request: list(ORDER_STATES) for request in CHANGES}
    with writing() as session:
        session.add(Policy(code="order_changes", title={}, body={"en": "x"}, data={"allowed": everything}))
    with reading() as session:
        for request in CHANGES:
            assert policies.verdict(session, request, "delivered") == "refused"
            assert policies.verdict(session, request, "cancelled") == "refused"
