"""The stock that exchanges move: the new piece leaves when it is agreed, the old one is back when it is booked in."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Allocation, Order, OrderLine, Policy, ReturnCase, Shipment, Stock, Variant
from bot.db.session import reading, writing
from bot.shop.orders import checkout
from bot.support import returns
from bot.support.order_changes import NotAllowed, NotPossible
from bot.support.orders import read
from bot.support.returns import Opened
from tests.shop.selling_samples import conversation, fill, ready, selling

SKUS = ("CP-160", "CP-90")
SIZES = {"CP-160": "160", "CP-90": "90"}


@pytest.fixture(autouse=True)
def rules(bedding: Session) -> None:
    selling()
    with writing() as session:
        for code, data in {"return": {"days": 14}, "exchange": {"days": 14}, "damage": {"days": 14}}.items():
            session.merge(Policy(code=code, title={}, body={"en": "-"}, data=data))


def _delivered(sku: str, pieces: int) -> tuple[int, str]:
    """A delivered order of a variant: its id, and the conversation it was placed in."""
    talk = conversation()
    fill(talk, "cloud-plus", pieces, size=SIZES[sku])
    agreed = ready(talk)
    with writing() as session:
        number = checkout.place(session, talk, agreed).number
    with writing() as session:
        order_id = int(session.execute(select(Order.id).where(Order.number == number)).scalar_one())
        session.execute(update(Order).where(Order.id == order_id).values(state="delivered"))
        session.add(Shipment(order_id=order_id, position=0, state="delivered", delivered_at=now()))
    return order_id, talk


def _send_back(order_id: int, talk: str, kind: str, pieces: int, new_sku: str | None, message_id: int) -> Opened:
    with reading() as session:
        order = read(session, order_id)
        line = session.execute(select(OrderLine.id).where(OrderLine.order_id == order_id)).scalar_one()
    assert order is not None
    reason = "damaged" if kind == "replacement" else "wrong_size"
    return returns.open_return(
        order, line, kind, talk, message_id, quantity=pieces, reason=reason, condition="unopened", new_sku=new_sku
    )


def _pieces() -> dict[str, tuple[int, int]]:
    """By variant: pieces in stock, and pieces that orders took."""
    with reading() as session:
        held = dict(
            session.execute(
                select(Variant.sku, func.sum(Stock.quantity))
                .join(Stock, Stock.variant_id == Variant.id)
                .where(Variant.sku.in_(SKUS))
                .group_by(Variant.sku)
            ).all()
        )
        taken = dict(
            session.execute(
                select(Variant.sku, func.sum(Allocation.quantity))
                .join(Allocation, Allocation.variant_id == Variant.id)
                .group_by(Variant.sku)
            ).all()
        )
    return {sku: (int(held.get(sku) or 0), int(taken.get(sku) or 0)) for sku in SKUS}


def test_the_new_piece_leaves_at_once_and_the_old_one_comes_back_when_it_is_here() -> None:
    before = _pieces()
    order_id, talk = _delivered("CP-160", 2)
    opened = _send_back(order_id, talk, "exchange", 1, "CP-90", 50)
    assert _send_back(order_id, talk, "exchange", 1, "CP-90", 50).number == opened.number  # the turn is run again
    assert _pieces()["CP-90"][0] == before["CP-90"][0] - 1
    assert _pieces()["CP-160"][0] == before["CP-160"][0] - 2
    assert returns.book_in(opened.number) and not returns.book_in(opened.number)
    assert _pieces()["CP-160"][0] == before["CP-160"][0] - 1
    with reading() as session:
        assert session.execute(select(ReturnCase.state)).scalar_one() == "received"


def test_what_came_back_broken_is_never_sold_again() -> None:
    before = _pieces()
    order_id, talk = _delivered("CP-160", 1)
    opened = _send_back(order_id, talk, "replacement", 1, None, 50)
    assert _pieces()["CP-160"][0] == before["CP-160"][0] - 2  # the first, and the new one
    assert returns.book_in(opened.number)
    assert _pieces()["CP-160"][0] == before["CP-160"][0] - 2
    order_id, talk = _delivered("CP-90", 1)
    opened = _send_back(order_id, talk, "return", 1, None, 51)
    returns.book_in(opened.number, sellable=False)
    assert _pieces()["CP-90"][0] == before["CP-90"][0] - 1


def test_an_exchange_for_what_is_sold_out_opens_nothing() -> None:
    order_id, talk = _delivered("CP-160", 1)
    with writing() as session:
        variant = select(Variant.id).where(Variant.sku == "CP-90").scalar_subquery()
        session.execute(
            update(Stock)
            .where(Stock.variant_id == variant)
            .values(quantity=0)
            .execution_options(synchronize_session=False)
        )
    with pytest.raises(NotPossible):
        _send_back(order_id, talk, "exchange", 1, "CP-90", 50)
    with reading() as session:
        assert session.execute(select(func.count()).select_from(ReturnCase)).scalar() == 0


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_bought_exchanged_and_booked_in_no_piece_is_lost_or_made(seed: int) -> None:
    dice = random.Random(seed)
    whole = {sku: sum(pieces) for sku, pieces in _pieces().items()}
    orders: list[tuple[int, str]] = []
    on_their_way: list[str] = []
    for message_id in range(100, 114):
        step = dice.choice(("buy", "exchange", "return", "book in"))
        try:
            if step == "buy" or not orders:
                orders.append(_delivered(dice.choice(SKUS), dice.randint(1, 2)))
            elif step == "book in" and on_their_way:
                returns.book_in(on_their_way.pop(dice.randrange(len(on_their_way))))
            else:
                kind = "return" if step == "return" else "exchange"
                order_id, talk = dice.choice(orders)
                new = dice.choice(SKUS) if kind == "exchange" else None
                on_their_way.append(_send_back(order_id, talk, kind, 1, new, message_id).number)
        except (NotPossible, NotAllowed, LookupError):
            pass
        now_held = _pieces()
        assert {sku: sum(pieces) for sku, pieces in now_held.items()} == whole
        assert all(held >= 0 and taken >= 0 for held, taken in now_held.values())
    assert orders
