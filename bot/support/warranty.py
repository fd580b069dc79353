"""Warranty: until when a bought piece is covered, and claims for it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Product, WarrantyClaim
from bot.db.session import writing
from bot.shop import profile
from bot.support import policies
from bot.support.order_changes import working_day
from bot.support.orders import CustomersOrder, Line

FIRST_NUMBER = 1000


@dataclass(frozen=True)
class Cover:
    """Until when a piece is covered. None: its warranty is stated nowhere."""

    until: date | None
    covered: bool


@dataclass(frozen=True)
class Claimed:
    """A claim: what it is called and when the piece should be mended."""

    number: str
    due_on: date


def cover(session: Session, order: CustomersOrder, line: Line) -> Cover:
    """Whether a line is covered: from the day it arrived, else from the day it was ordered."""
    months = None
    if line.product_code:
        months = session.execute(select(Product.warranty_months).where(Product.code == line.product_code)).scalar()
    months = months or policies.warranty_rules(session).months
    if months is None or order.state in ("cancelled", "returned", "refunded"):
        return Cover(None, False)
    shop = profile.read(session)
    begins = (order.arrived_at(line.id) or order.placed_at).astimezone(shop.zone).date()
    until = _later(begins, months)
    return Cover(until, shop.today() <= until)


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def claim(
    order: CustomersOrder, line: Line, conversation_id: str, message_id: int, *, serial_number: str, description: str
) -> Claimed:
    """Open a claim; once a message.

    Raises:
        ValueError: the piece is not covered.
    """
    with writing() as session:
        found = session.execute(
            select(WarrantyClaim).where(
                WarrantyClaim.conversation_id == conversation_id, WarrantyClaim.message_id == message_id
            )
        ).scalar_one_or_none()
        if found is not None:  # the turn ran before
            return Claimed(found.number, found.due_on)
        covered = cover(session, order, line)
        if not covered.covered or covered.until is None:
            raise ValueError("not covered")
        row = WarrantyClaim(
            order_id=order.id,
            order_line_id=line.id,
            title=line.title,
            serial_number=serial_number[:100],
            description=description,
            covered_until=covered.until,
            due_on=working_day(session, policies.warranty_rules(session).repair_days),
            conversation_id=conversation_id,
            message_id=message_id,
            at=now(),
        )
        session.add(row)
        session.flush()
        row.number = f"W-{FIRST_NUMBER + row.id}"
        session.flush()
        return Claimed(row.number, row.due_on)


def of_order(session: Session, order_id: int) -> list[WarrantyClaim]:
    """The claims of an order, the newest first."""
    rows = select(WarrantyClaim).where(WarrantyClaim.order_id == order_id).order_by(WarrantyClaim.id.desc())
    return list(session.execute(rows).scalars())
