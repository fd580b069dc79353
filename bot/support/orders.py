"""Orders as their customers may see them. Who may see which is decided in `bot/support/verification.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.db.models import Branch, Order, OrderLine, Product, Shipment, Variant
from bot.db.types import LocalisedText
from bot.support.verification import Access

UNDER_WAY = frozenset({"pending", "confirmed", "processing", "partially_shipped", "shipped", "out_for_delivery"})


@dataclass(frozen=True)
class Line:
    """A line of an order."""

    id: int
    title: LocalisedText
    quantity: int
    unit_price: Decimal | None
    discount: Decimal
    sku: str
    options: dict[str, Any]
    product_code: str | None  # None when it is not in the catalogue any more

    @property
    def total(self) -> Decimal:
        """What was paid for it."""
        return (self.unit_price or Decimal(0)) * self.quantity - self.discount


@dataclass(frozen=True)
class Parcel:
    """A shipment on its way."""

    state: str
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: datetime | None
    expected_on: date | None
    delivered_at: datetime | None
    titles: list[LocalisedText] = field(default_factory=list)
    line_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class CustomersOrder:
    """An order with what its customer may know."""

    id: int
    number: str
    customer_id: int | None
    state: str
    payment_state: str
    payment_method: str | None
    placed_at: datetime
    expected_on: date | None
    delivery_method: str
    pickup_place: LocalisedText | None
    shipping_address: dict[str, Any]
    currency: str
    delivery_cost: Decimal
    total: Decimal | None
    lines: list[Line]
    parcels: list[Parcel]

    @property
    def share(self) -> Decimal:
        """What part of its lines' prices was paid: less than one with a discount on the whole, more with tax on top."""
        return share_of(self.total, self.delivery_cost, sum((line.total for line in self.lines), Decimal(0)))

    def paid_for(self, line: Line, quantity: int) -> Decimal:
        """What was paid for some pieces of a line."""
        return (line.total * self.share * quantity / line.quantity).quantize(Decimal("0.01"))

    def is_late(self, today: date) -> bool:
        """Whether the promised day has passed and it has not arrived."""
        return self.state in UNDER_WAY and self.expected_on is not None and self.expected_on < today

    def line(self, line_id: int) -> Line | None:
        """The line of an id."""
        return next((line for line in self.lines if line.id == line_id), None)

    def arrived_at(self, line_id: int) -> datetime | None:
        """When a line was delivered; of an order without parcels, when it was delivered as far as is known."""
        of_line = [parcel for parcel in self.parcels if line_id in parcel.line_ids or not parcel.line_ids]
        arrived = [parcel.delivered_at for parcel in of_line if parcel.delivered_at is not None]
        return max(arrived) if arrived and len(arrived) == len(of_line) else None

    @property
    def delivered_at(self) -> datetime | None:
        """When its last parcel arrived."""
        return max((parcel.delivered_at for parcel in self.parcels if parcel.delivered_at), default=None)


MOST_SEEN = 20  # orders of one customer


def open_to(session: Session, access: Access) -> list[CustomersOrder]:
    """The orders a conversation may see by what it has proven, newest first."""
    found = {order.id: order for customer in access.customers for order in of_customer(session, customer, MOST_SEEN)}
    for order_id in access.orders:
        order = read(session, order_id)
        if order is not None:
            found[order.id] = order
    return sorted(found.values(), key=lambda order: order.placed_at, reverse=True)


def share_of(total: Decimal | None, delivery_cost: Decimal, lines: Decimal) -> Decimal:
    """What part of the prices of its lines an order's total comes to, apart from delivery."""
    return (total - delivery_cost) / lines if total is not None and lines > 0 else Decimal(1)


def _query() -> Any:
    return select(Order).options(
        selectinload(Order.lines),
        selectinload(Order.payments),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.pickup_branch),
    )


def read(session: Session, order_id: int) -> CustomersOrder | None:
    """The order of an id. Call it for those who may see it only."""
    row = session.execute(_query().where(Order.id == order_id)).scalar_one_or_none()
    return _seen(session, row) if row is not None else None


def of_customer(session: Session, customer_id: int, limit: int = 5) -> list[CustomersOrder]:
    """A customer's newest orders."""
    rows = session.execute(
        _query().where(Order.customer_id == customer_id).order_by(Order.placed_at.desc()).limit(limit)
    ).scalars()
    return [_seen(session, row) for row in rows]


def _codes(session: Session, lines: list[OrderLine]) -> dict[int, str]:
    """Product codes by variant id."""
    variants = [line.variant_id for line in lines if line.variant_id is not None]
    if not variants:
        return {}
    rows = session.execute(
        select(Variant.id, Product.code).join(Product, Product.id == Variant.product_id).where(Variant.id.in_(variants))
    )
    return dict(rows.all())


def _seen(session: Session, order: Order) -> CustomersOrder:
    titles = {line.id: line.title for line in order.lines}
    codes = _codes(session, order.lines)
    place: Branch | None = order.pickup_branch
    return CustomersOrder(
        id=order.id,
        number=order.number,
        customer_id=order.customer_id,
        state=order.state,
        payment_state=order.payment_state,
        payment_method=order.payments[0].method if order.payments else None,
        placed_at=order.placed_at,
        expected_on=order.expected_on,
        delivery_method=order.delivery_method,
        pickup_place=place.name if place else None,
        shipping_address=dict(order.shipping_address or {}),
        currency=order.currency,
        delivery_cost=order.delivery_cost or Decimal(0),
        total=order.total,
        lines=[
            Line(
                id=line.id,
                title=line.title,
                quantity=line.quantity,
                unit_price=line.unit_price,
                discount=line.discount or Decimal(0),
                sku=line.sku,
                options=dict(line.options or {}),
                product_code=codes.get(line.variant_id),
            )
            for line in order.lines
        ],
        parcels=[
            Parcel(
                shipment.state,
                shipment.carrier,
                shipment.tracking_number,
                shipment.tracking_url,
                shipment.shipped_at,
                shipment.expected_on,
                shipment.delivered_at,
                [titles[line.order_line_id] for line in shipment.lines if line.order_line_id in titles],
                frozenset(line.order_line_id for line in shipment.lines),
            )
            for shipment in order.shipments
        ],
    )
