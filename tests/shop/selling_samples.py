"""Rules of selling for the bedding shop, and short ways to fill a basket in a conversation of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.clock import new_id
from bot.db.models import Conversation, Coupon, SellingRules
from bot.db.session import reading, writing
from bot.shop import basket, catalogue
from bot.shop.money.coupons import code_key
from bot.shop.options.configuration import Configuration

RULES: dict[str, Any] = {
    "payment": [
        {
            "code": "cod",
            "name": {"en": "Cash on delivery", "ar": "نقدًا عند الاستلام"},
            "kind": "on_delivery",
            "words": ["cash", "كاش"],
            "maximum": 5000,
        },
        {
            "code": "bank",
            "name": {"en": "Bank transfer", "ar": "تحويل بنكي"},
            "kind": "transfer",
            "words": ["transfer", "تحويل"],
            "instructions": {"en": "The account comes by message.", "ar": "يصلك الحساب في رسالة."},
        },
    ],
    "instalments": [{"code": "four", "months": 4, "minimum": 400}],
    "quantity_prices": [{"quantity": 5, "percent": 10}],
    "haggling": {"limits": [{"max_percent": 5}, {"max_percent": 0, "category": "pillows"}]},
    "most_pieces": 20,
}


def selling(**more: Any) -> None:
    """Have the shop sell by these rules."""
    with writing() as session:
        session.merge(SellingRules(id=1, data={**RULES, **more}))


def coupon(code: str, **values: Any) -> None:
    """Give out a coupon."""
    with writing() as session:
        session.add(Coupon(code=code, code_key=code_key(code), **values))


def conversation() -> str:
    """Open a conversation; its id."""
    number = new_id()
    with writing() as session:
        session.add(Conversation(id=number, channel="web", channel_user=number))
    return number


def fill(conversation_id: str, code: str, quantity: int = 1, message_id: int = 1, **choices: str) -> None:
    """Put pieces of a product into the basket of a conversation."""
    with writing() as session:
        product = catalogue.product(session, code)
        assert product is not None
        basket.add(session, conversation_id, message_id, product, Configuration(choices=choices), quantity)


def total(conversation_id: str) -> Decimal | None:
    """What the basket comes to; None when it is empty."""
    with reading() as session:
        view = basket.view(session, conversation_id)
    return view.totals.total if view else None


BUYER = {
    "city": "dubai-city",
    "address": "Marina Walk 5",
    "name": "Sara K.",
    "phone": "+971501234567",
    "payment": "cod",
}


def ready(conversation_id: str, **more: str) -> Decimal:
    """Say all an order needs; its total."""
    with writing() as session:
        basket.know(session, conversation_id, {**BUYER, **more})
    found = total(conversation_id)
    assert found is not None
    return found
