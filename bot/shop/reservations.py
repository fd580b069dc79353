"""Stock kept for a customer for a while. Nothing is reserved twice, and no branch gives more than it has.

Reserving and selling lock the stock rows of a variant, in the order of their ids, so that buyers of the same
thing queue and the last piece goes to one of them. What ran out is simply no longer counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Branch, Reservation, Stock, Variant


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


def reserve(session: Session, basket_id: int, wanted: Mapping[int, int], until: datetime) -> None:
    """Keep pieces for a basket, all of them or none; what it had before is given back.

    Args:
        session: a writing one; roll it back when this raises.
        wanted: pieces by variant id; of those that nobody counts nothing needs to be kept.

    Raises:
        SoldOut: there are not enough of a variant.
    """
    counted = _lock(session, wanted)
    release(session, basket_id)
    for variant_id, rows in counted.items():
        _keep(session, basket_id, variant_id, wanted[variant_id], rows, until)


def sell(session: Session, basket_id: int, wanted: Mapping[int, int]) -> None:
    """Take pieces out of stock for good, those reserved for the basket first.

    Raises:
        SoldOut: there are not enough of a variant.
    """
    counted = _lock(session, wanted)
    release(session, basket_id)
    for variant_id, rows in counted.items():
        for stock, pieces in _places(session, variant_id, wanted[variant_id], rows):
            stock.quantity -= pieces
    session.flush()


def release(session: Session, basket_id: int) -> None:
    """Give back what is reserved for a basket."""
    session.execute(
        delete(Reservation).where(Reservation.basket_id == basket_id).execution_options(synchronize_session=False)
    )


def _lock(session: Session, wanted: Mapping[int, int]) -> dict[int, list[Stock]]:
    """The stock rows of the counted variants, locked in the order of their ids."""
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
