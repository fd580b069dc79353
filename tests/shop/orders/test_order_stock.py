"""The stock that orders taken here take, and give back when they are cancelled or get smaller."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.db.models import Allocation, Branch, FollowUp, Order, OrderLine, Policy, Stock, Variant
from bot.db.session import engine, reading, writing
from bot.shop import reservations
from bot.shop.orders import checkout
from bot.support import order_changes
from bot.support.order_changes import NotPossible
from tests.shop.selling_samples import conversation, fill, ready, selling

REQUESTS = ("cancel", "change_quantity", "remove_line", "change_variant")


@pytest.fixture(autouse=True)
def rules(bedding: Session) -> None:
    selling()
    allowed = {request: ["pending", "confirmed"] for request in REQUESTS}
    with writing() as session:
        session.merge(Policy(code="order_changes", title={}, body={"en": "-"}, data={"allowed": allowed}))


def _order(talk: str, code: str, pieces: int, **choices: str) -> int:
    """Order pieces of a product; id of the order."""
    fill(talk, code, pieces, **choices)
    agreed = ready(talk)
    with writing() as session:
        number = checkout.place(session, talk, agreed).number
    with reading() as session:
        return int(session.execute(select(Order.id).where(Order.number == number)).scalar_one())


def _stock(sku: str) -> dict[str, int]:
    with reading() as session:
        query = select(Branch.code, Stock.quantity).join(Branch, Branch.id == Stock.branch_id).join(Variant)
        return dict(session.execute(query.where(Variant.sku == sku)).all())


def _line(order_id: int) -> int:
    with reading() as session:
        return int(session.execute(select(OrderLine.id).where(OrderLine.order_id == order_id)).scalars().one())


def test_a_cancelled_order_gives_its_pieces_back_once() -> None:
    before, talk = _stock("KT-1"), conversation()
    order_id = _order(talk, "knit-throw", 4)
    assert sum(_stock("KT-1").values()) == sum(before.values()) - 4
    for _ in range(2):  # the turn is run again
        order_changes.cancel(order_id, talk, 9)
    assert _stock("KT-1") == before
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Allocation)).scalar() == 0


def test_fewer_pieces_give_the_rest_back_and_more_take_more() -> None:
    before, talk = sum(_stock("KT-1").values()), conversation()
    order_id = _order(talk, "knit-throw", 4)
    for message_id, pieces in enumerate((1, 6, 2), 10):
        order_changes.set_quantity(order_id, _line(order_id), pieces, talk, message_id)
        assert sum(_stock("KT-1").values()) == before - pieces
    with pytest.raises(NotPossible):
        order_changes.set_quantity(order_id, _line(order_id), 1000, talk, 20)
    assert sum(_stock("KT-1").values()) == before - 2
    order_changes.cancel(order_id, talk, 21)
    assert sum(_stock("KT-1").values()) == before


def test_another_variant_takes_its_own_and_gives_the_old_one_back() -> None:
    before, talk = {sku: sum(_stock(sku).values()) for sku in ("CP-160", "CP-90")}, conversation()
    order_id = _order(talk, "cloud-plus", 2, size="160")
    order_changes.set_variant(order_id, _line(order_id), "CP-90", talk, 9)
    assert sum(_stock("CP-160").values()) == before["CP-160"]
    assert sum(_stock("CP-90").values()) == before["CP-90"] - 2


def test_what_has_left_comes_back_by_the_file_only() -> None:
    talk = conversation()
    order_id = _order(talk, "knit-throw", 4)
    with writing() as session:
        session.execute(update(Order).values(state="shipped"))
        session.execute(update(Policy).values(data={"allowed": {"cancel": ["shipped"]}}))
    before = _stock("KT-1")
    order_changes.cancel(order_id, talk, 9)
    assert _stock("KT-1") == before


def test_buying_and_cancelling_at_once_loses_and_makes_no_piece() -> None:
    """Fifty buyers of the last pieces on PostgreSQL, many of whom cancel or take fewer."""
    count = 50 if engine().dialect.name == "postgresql" else 8
    with writing() as session:
        session.execute(update(Stock).where(Stock.quantity == 30).values(quantity=9))
    talks = [conversation() for _ in range(count)]
    agreed = {}
    for talk in talks:
        fill(talk, "knit-throw", 2)
        agreed[talk] = ready(talk)

    def buy(talk: str) -> None:
        dice = random.Random(talk)
        for attempt in range(2):
            try:
                with writing() as session:
                    number = checkout.place(session, talk, agreed[talk]).number
            except (reservations.SoldOut, checkout.Changed):
                continue
            with reading() as session:
                order_id = session.execute(select(Order.id).where(Order.number == number)).scalar_one()
            wish = dice.randrange(3)
            if wish == 0:
                order_changes.cancel(order_id, talk, 20 + attempt)
            elif wish == 1:
                order_changes.set_quantity(order_id, _line(order_id), 1, talk, 20 + attempt)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(buy, talks))
    with reading() as session:
        sold = session.execute(
            select(func.sum(OrderLine.quantity)).join(Order).where(Order.state != "cancelled")
        ).scalar()
        taken = session.execute(select(func.sum(Allocation.quantity))).scalar()
        assert session.execute(select(func.min(Stock.quantity))).scalar() >= 0
    assert int(sold or 0) == int(taken or 0)
    assert sum(_stock("KT-1").values()) == 9 - int(sold or 0)


def test_whoever_else_holds_the_last_piece_is_told_and_nobody_else() -> None:
    winner, loser, other, later = (conversation() for _ in range(4))
    for talk in (winner, loser):
        fill(talk, "feather-pillow")
    fill(other, "knit-throw")
    agreed = ready(winner)
    with writing() as session:
        checkout.place(session, winner, agreed)
    with reading() as session:
        told = session.execute(select(FollowUp.conversation_id, FollowUp.kind)).all()
    assert [tuple(row) for row in told] == [(loser, "taken")]
    fill(later, "knit-throw")
    agreed = ready(other)
    with writing() as session:
        checkout.place(session, other, agreed)
    with reading() as session:
        assert session.execute(select(func.count()).select_from(FollowUp)).scalar() == 1, "there are more of these"
