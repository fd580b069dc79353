"""Orders of a small shop."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.clock import now
from bot.db.models import Conversation, Customer, Order, OrderLine, Shipment, Shop
from bot.db.session import writing


def order_of_huda(state: str = "shipped", **columns: Any) -> None:
    """A shop in Riyadh with one order: 1001, placed by Huda."""
    with writing() as session:
        session.add(Shop(name={"en": "Noon Beds"}, currency="SAR", timezone="Asia/Riyadh", country="SA"))
        huda = Customer(code="c-1", name="Huda", email="huda@example.com", phone="+966512345678")
        session.add(huda)
        session.flush()
        today = now().date()
        session.add(
            Order(
                number="#1001",
                number_key="1001",
                customer_id=huda.id,
                email="huda@example.com",
                phone=columns.pop("phone", "+966512345678"),
                placed_at=now() - timedelta(days=3),
                state=state,
                currency="SAR",
                total=Decimal("900"),
                expected_on=columns.pop("expected_on", today + timedelta(days=2)),
                lines=[OrderLine(position=1, sku="B-1", title={"en": "Cloud pillow", "ar": "وسادة كلاود"}, quantity=2)],
                shipments=[
                    Shipment(
                        position=1,
                        state="in_transit",
                        carrier="Swift",
                        tracking_number="SW1",
                        tracking_url="https://track.example/SW1",
                    )
                ],
                **columns,
            )
        )


def conversation(conversation_id: str, customer: str | None = None) -> str:
    """A conversation, of a customer whose identity the shop signed if one is named by code."""
    with writing() as session:
        known = session.query(Customer.id).filter(Customer.code == customer).scalar() if customer else None
        session.add(Conversation(id=conversation_id, channel="web", channel_user=conversation_id, customer_id=known))
    return conversation_id
