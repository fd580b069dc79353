"""Orders of a small shop."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.clock import now
from bot.db.models import (
    Brand,
    Category,
    Conversation,
    Customer,
    OptionValue,
    Order,
    OrderLine,
    Payment,
    Policy,
    Product,
    ProductOption,
    Shipment,
    Shop,
    Variant,
)
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


def _policies() -> list[Policy]:
    figures: dict[str, dict[str, Any]] = {
        "order_changes": {
            "allowed": {
                name: ["pending", "confirmed"]
                for name in ("cancel", "change_quantity", "remove_line", "change_variant", "change_address")
            },
            "colleague": {"cancel": ["processing"]},
        },
        "return": {
            "days": 14,
            "collection_cost": 20,
            "opened_accepted": True,
            "not_returnable_opened": {"products": ["duvet"]},
        },
        "exchange": {"days": 30, "free_exchanges": 1},
        "damage": {"days": 14},
        "service": {"goodwill_for": ["late_delivery"], "goodwill_limit": 50, "goodwill_a_year": 1},
        "account": {"reset": "https://beds.example/password", "details": "https://beds.example/account"},
    }
    return [Policy(code=code, title={"en": code}, body={"en": code}, data=data) for code, data in figures.items()]


def huda_buys_beds(state: str, *, arrived_days_ago: int = 2, expected_days: int = 2) -> None:
    """A shop with policies, two products, and Huda's order 1001: two pillows and a duvet, paid by card."""
    colour = ProductOption(
        code="color",
        name={"en": "Colour"},
        values=[OptionValue(code="white", name={"en": "White"}), OptionValue(code="sand", name={"en": "Sand"})],
    )
    pillow = Product(
        code="pillow",
        title={"en": "Cloud pillow", "ar": "وسادة كلاود"},
        options=[colour],
        warranty_months=24,
        variants=[
            Variant(sku="B-1", options={"color": "white"}, price=Decimal("450"), track_stock=False),
            Variant(sku="B-2", options={"color": "sand"}, price=Decimal("480"), track_stock=False),
        ],
    )
    duvet = Product(
        code="duvet",
        title={"en": "Down duvet", "ar": "لحاف ريش"},
        category=Category(code="bedding-duvets", name={"en": "Duvets", "ar": "لحف"}),
        brand=Brand(code="downy", name={"en": "Downy"}),
        variants=[Variant(sku="D-1", price=Decimal("0"), track_stock=False)],
    )
    sent = state not in ("pending", "confirmed", "processing", "cancelled")
    with writing() as session:
        session.add(Shop(name={"en": "Noon Beds"}, currency="SAR", timezone="Asia/Riyadh", country="SA"))
        session.add_all([pillow, duvet, *_policies()])
        huda = Customer(code="c-1", name="Huda", email="huda@example.com", phone="+966512345678")
        session.add(huda)
        session.flush()
        lines = [
            OrderLine(
                position=0,
                sku="B-1",
                variant_id=pillow.variants[0].id,
                title=pillow.title,
                quantity=2,
                unit_price=Decimal("450"),
            ),
            OrderLine(
                position=1, sku="D-1", variant_id=duvet.variants[0].id, title=duvet.title, quantity=1, unit_price=0
            ),
        ]
        arrived = state in ("delivered", "return_requested", "returned", "refunded")
        parcel = Shipment(
            position=0,
            state="delivered" if arrived else "in_transit",
            delivered_at=now() - timedelta(days=arrived_days_ago) if arrived else None,
        )
        session.add(
            Order(
                number="#1001",
                number_key="1001",
                customer_id=huda.id,
                email="huda@example.com",
                phone="+966512345678",
                placed_at=now() - timedelta(days=30),
                state=state,
                payment_state="paid",
                currency="SAR",
                subtotal=Decimal("900"),
                delivery_cost=Decimal("20"),
                total=Decimal("920"),
                shipping_address={"name": "Huda", "line1": "Old Street 1", "city": "Riyadh"},
                expected_on=now().date() + timedelta(days=expected_days),
                lines=lines,
                shipments=[parcel] if sent else [],
                payments=[Payment(method="card", amount=Decimal("920"), state="paid")],
            )
        )
