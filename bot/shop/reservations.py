"""Stock kept for a customer for a while, sold, and given back. Nothing is reserved twice, no branch gives more than it has.

Reserving and selling lock the stock rows of a variant, in the order of their ids, so that buyers of the same
thing queue and the last piece goes to one of them. What ran out is simply no longer counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Allocation, Branch, Reservation, Stock, Variant


class SoldOut(LookupError):
    """Others were quicker: of a variant only so many pieces are left."""

    def __init__(self, variant_id: int, left: int) -> None:
        super().__init__(f"{left} left")
        self.variant_id = variant_id
        self.left = left


def free(session: Session, variant_id: int, basket_id: int | None = None) -> int | None:
    """Pieces of a variant that a basket can have: not reserved for others. None where nobody counts them."""
    if not session.execute(select(Variant.track_stock).where(Variant.id == variant_id)).scalar():
        return None
    in_stock = session.execute(select(func.sum(Stock.quantity)).where(Stock.variant_id == variant_id)).scalar()
    taken = session.execute(
        select(func.sum(Reservation.quantity)).where(
            Reservation.variant_id == variant_id,
            Reservation.expires_at > now(),
            Reservation.basket_id != (basket_id or 0),
        )
    ).scalar()
    return max(int(in_stock or 0) - int(taken or 0), 0)


def at_branch(session: Session, variant_id: int, branch_id: int, basket_id: int | None = None) -> int | None:
    """Pieces of a variant that a basket can have at one branch. None where nobody counts them."""
    if not session.execute(select(Variant.track_stock).where(Variant.id == variant_id)).scalar():
        return None
    here = select(Stock.quantity).where(Stock.variant_id == variant_id, Stock.branch_id == branch_id)
    taken = session.execute(
        select(func.sum(Reservation.quantity)).where(
            Reservation.variant_id == variant_id,
            Reservation.branch_id == branch_id,
            Reservation.expires_at > now(),
            Reservation.basket_id != (basket_id or 0),
        )
    ).scalar()
    return max(int(session.execute(here).scalar() or 0) - int(taken or 0), 0)


def reserve(
    session: Session, basket_id: int, wanted: Mapping[int, int], until: datetime, branch_id: int | None = None
) -> None:
    """Keep pieces for a basket, all of them or none; what it had before is given back.

    Args:
        session: a writing one; roll it back when this raises.
        wanted: pieces by variant id; of those that nobody counts nothing needs to be kept.
        branch_id: where they are picked up; None takes them from wherever they are.

    Raises:
        SoldOut: there are not enough of a variant.
    """
    counted = _lock(session, wanted, branch_id)
    release(session, basket_id)
    for variant_id, rows in counted.items():
        _keep(session, basket_id, variant_id, wanted[variant_id], rows, until)


def sell(
    session: Session, basket_id: int, wanted: Mapping[int, int], order_id: int, branch_id: int | None = None
) -> None:
    """Take the pieces of an order out of stock for good, those reserved for its basket first.

    Raises:
        SoldOut: there are not enough of a variant.
    """
    counted = _lock(session, wanted, branch_id)
    release(session, basket_id)
    _take(session, order_id, wanted, counted)


def take(session: Session, order_id: int, variant_id: int, pieces: int) -> None:
    """Take more pieces out of stock for an order.

    Raises:
        SoldOut: there are not enough of the variant.
    """
    wanted = {variant_id: pieces}
    _take(session, order_id, wanted, _lock(session, wanted))


def give_back(session: Session, order_id: int, variant_id: int | None = None, pieces: int | None = None) -> None:
    """Put pieces that were taken for an order back where they came from: of one variant, or everything.

    What was never counted here, or has been counted anew by a file since, is left alone.
    """
    query = select(Allocation).where(Allocation.order_id == order_id)
    if variant_id is not None:
        query = query.where(Allocation.variant_id == variant_id)
    rows = session.execute(query.order_by(Allocation.quantity, Allocation.id)).scalars().all()
    stocks = _lock(session, {row.variant_id: 0 for row in rows})
    left = pieces
    for row in rows:
        count = row.quantity if left is None else min(row.quantity, left)
        stock = next((x for x in stocks.get(row.variant_id, ()) if x.branch_id == row.branch_id), None)
        if stock is not None:
            stock.quantity += count
        left = None if left is None else left - count
        if count == row.quantity:
            session.delete(row)
        else:
            row.quantity -= count
        if left == 0:
            break
    session.flush()


def _take(session: Session, order_id: int, wanted: Mapping[int, int], counted: dict[int, list[Stock]]) -> None:
    known = {
        (row.variant_id, row.branch_id): row
        for row in session.execute(select(Allocation).where(Allocation.order_id == order_id)).scalars()
    }
    for variant_id, rows in counted.items():
        for stock, pieces in _places(session, variant_id, wanted[variant_id], rows):
            stock.quantity -= pieces
            row = known.get((variant_id, stock.branch_id))
            if row is not None:
                row.quantity += pieces
            else:
                session.add(
                    Allocation(order_id=order_id, variant_id=variant_id, branch_id=stock.branch_id, quantity=pieces)
                )
    session.flush()


def release(session: Session, basket_id: int) -> None:
    """Give back what is reserved for a basket."""
    session.execute(
        delete(Reservation).where(Reservation.basket_id == basket_id).execution_options(synchronize_session=False)
    )


def _lock(session: Session, wanted: Mapping[int, int], branch_id: int | None = None) -> dict[int, list[Stock]]:
    """The stock rows of the counted variants, of one branch or all, locked in the order of their ids."""
    counted = session.execute(
        select(Variant.id).where(Variant.id.in_(list(wanted)), Variant.track_stock.is_(True)).order_by(Variant.id)
    ).scalars()
    rows: dict[int, list[Stock]] = {variant_id: [] for variant_id in counted}
    locked = session.execute(
        select(Stock)
        .where(Stock.variant_id.in_(list(rows)))
        .order_by(Stock.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalars()
    for stock in locked:
        if branch_id in (None, stock.branch_id):
            rows[stock.variant_id].append(stock)
    return rows


def _keep(session: Session, basket_id: int, variant_id: int, pieces: int, rows: list[Stock], until: datetime) -> None:
    for stock, count in _places(session, variant_id, pieces, rows):
        session.add(
            Reservation(
                basket_id=basket_id,
                variant_id=variant_id,
                branch_id=stock.branch_id,
                quantity=count,
                expires_at=until,
            )
        )
    session.flush()


def _places(session: Session, variant_id: int, pieces: int, rows: list[Stock]) -> list[tuple[Stock, int]]:
    """Which branches give how many: warehouses before stores, then where most lies."""
    session.execute(
        delete(Reservation)
        .where(Reservation.variant_id == variant_id, Reservation.expires_at <= now())
        .execution_options(synchronize_session=False)
    )
    taken = dict(
        session.execute(
            select(Reservation.branch_id, func.sum(Reservation.quantity))
            .where(Reservation.variant_id == variant_id)
            .group_by(Reservation.branch_id)
        ).all()
    )
    stores = set(session.execute(select(Branch.id).where(Branch.kind == "store")).scalars())
    left = {stock.id: max(stock.quantity - int(taken.get(stock.branch_id, 0)), 0) for stock in rows}
    if sum(left.values()) < pieces:
        raise SoldOut(variant_id, sum(left.values()))
    given = []
    for stock in sorted(rows, key=lambda stock: (stock.branch_id in stores, -left[stock.id], stock.id)):
        count = min(left[stock.id], pieces)
        if count:
            given.append((stock, count))
        pieces -= count
    return given
