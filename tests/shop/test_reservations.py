"""The last piece goes to one buyer, the other is told, and stock never falls below zero."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import moved_by
from bot.db.models import Order, Reservation, Stock, Variant
from bot.db.session import engine, reading, writing
from bot.shop import basket, catalogue, reservations
from bot.shop.basket import NotEnough
from bot.shop.orders import checkout
from tests.shop.selling_samples import conversation, fill, ready, selling, total

BUYERS = 50


@pytest.fixture(autouse=True)
def rules(bedding: Session) -> None:
    selling()


def _free(code: str) -> int:
    with reading() as session:
        product = catalogue.product(session, code)
    assert product is not None
    return sum(sum(variant.stock.values()) for variant in product.variants)


def _reserve(talk: str) -> None:
    with writing() as session:
        basket.reserve(session, talk)


def test_the_last_piece_is_kept_for_one_and_the_other_is_told_at_once() -> None:
    first, second = conversation(), conversation()
    fill(first, "feather-pillow")
    fill(second, "feather-pillow")
    _reserve(first)
    with pytest.raises(reservations.SoldOut) as caught:
        _reserve(second)
    assert caught.value.left == 0 and _free("feather-pillow") == 0
    third = conversation()
    with pytest.raises(NotEnough):
        fill(third, "feather-pillow")
    _reserve(first)  # again, for as long once more
    with moved_by(timedelta(minutes=31)):
        assert _free("feather-pillow") == 1
        _reserve(second)
        with pytest.raises(reservations.SoldOut):
            _reserve(first)


def test_a_failed_reservation_leaves_what_was_there() -> None:
    mine, other = conversation(), conversation()
    fill(mine, "knit-throw", 3, 1)
    _reserve(mine)
    fill(mine, "feather-pillow", 1, 2)
    fill(other, "feather-pillow")
    _reserve(other)
    with pytest.raises(reservations.SoldOut):
        _reserve(mine)
    assert _free("feather-pillow") == 0 and _free("knit-throw") == 30


def test_pieces_come_from_where_most_lies_and_several_places_when_needed() -> None:
    talk = conversation()
    with writing() as session:
        session.execute(update(Stock).where(Stock.quantity == 12).values(quantity=2))
        marina = select(Stock.id).join(Variant).where(Variant.sku == "CP-160", Stock.quantity == 0).scalar_subquery()
        session.execute(
            update(Stock).where(Stock.id == marina).values(quantity=1).execution_options(synchronize_session=False)
        )
    fill(talk, "cloud-plus", 3, size="160")
    _reserve(talk)
    with reading() as session:
        kept = session.execute(select(Reservation.quantity).order_by(Reservation.id)).scalars().all()
    assert sorted(kept) == [1, 2]


def test_fifty_buyers_at_once_never_sell_what_is_not_there(database: str) -> None:
    """On SQLite writers queue; on PostgreSQL they really run at once, which is what this is about."""
    count = BUYERS if engine().dialect.name == "postgresql" else 8
    with writing() as session:
        session.execute(update(Stock).where(Stock.quantity == 30).values(quantity=7))
    talks = [conversation() for _ in range(count)]
    for talk in talks:
        fill(talk, "knit-throw", 2)
        fill(talk, "side-pillow", 1, 2)
        ready(talk)

    def buy(talk: str) -> str:
        try:
            _reserve(talk)
            agreed = total(talk)
            assert agreed is not None
            with writing() as session:
                return checkout.place(session, talk, agreed).number
        except reservations.SoldOut as problem:
            assert problem.left < 2
            return ""

    with ThreadPoolExecutor(count) as pool:
        numbers = [number for number in pool.map(buy, talks) if number]
    assert len(numbers) == len(set(numbers)) == 3, "seven throws are three pairs"
    with reading() as session:
        left = dict(
            session.execute(select(Variant.sku, func.sum(Stock.quantity)).join(Stock).group_by(Variant.sku)).all()
        )
        assert session.execute(select(func.min(Stock.quantity))).scalar() >= 0
        assert session.execute(select(func.count()).select_from(Order)).scalar() == 3
        assert session.execute(select(func.count()).select_from(Reservation)).scalar() == 0
    assert (left["KT-1"], left["SP-1"]) == (1, 6)
