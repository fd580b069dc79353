"""How promising a lead is, 0 to 100, with the reasons: a pure function of what is known. docs/follow-up.md tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

HOT = 60  # from here on Sales hears of it at once
MOST = 100
POINTS = {
    "asked_to_talk": 20,
    "phone": 15,
    "email": 10,
    "product": 10,
    "budget": 10,
    "this_week": 15,
    "this_month": 10,
    "decides": 10,
    "quote": 15,
    "basket": 10,
    "returning": 10,
    "ten_orders": 30,
    "three_orders": 20,
    "one_order": 10,
}
VALUE = ((10, "ten_orders"), (3, "three_orders"), (1, "one_order"))  # from so many of the shop's usual orders on
BIG = 3  # a basket worth so many usual orders is big


@dataclass(frozen=True)
class Facts:
    """What is known of a lead. `usual` is what an order of the shop's is worth on average."""

    phone: bool = False
    email: bool = False
    asked_to_talk: bool = False  # a call or a visit
    product: bool = False
    budget: Decimal | None = None
    needed_by: date | None = None
    authority: str | None = None  # decides | others
    quote: bool = False
    basket: bool = False
    returning: bool = False
    value: Decimal | None = None
    usual: Decimal | None = None


@dataclass(frozen=True)
class Score:
    """Points and what they are for, the weightiest first."""

    points: int
    reasons: list[tuple[str, int]] = field(default_factory=list)

    @property
    def hot(self) -> bool:
        return self.points >= HOT


def is_big(value: Decimal | None, usual: Decimal | None) -> bool:
    """Whether a basket is worth a word with Sales."""
    return bool(value and usual and value >= BIG * usual)


def score(facts: Facts, today: date) -> Score:
    """Points of each fact that speaks for a sale, added up."""
    days = (facts.needed_by - today).days if facts.needed_by else None
    held = {
        "asked_to_talk": facts.asked_to_talk,
        "phone": facts.phone,
        "email": facts.email,
        "product": facts.product,
        "budget": facts.budget is not None,
        "this_week": days is not None and 0 <= days <= 7,
        "this_month": days is not None and 7 < days <= 31,
        "decides": facts.authority == "decides",
        "quote": facts.quote,
        "basket": facts.basket and not facts.quote,
        "returning": facts.returning,
    }
    reasons = [(name, POINTS[name]) for name, holds in held.items() if holds]
    if facts.value and facts.usual:
        worth = next((name for times, name in VALUE if facts.value >= times * facts.usual), None)
        reasons += [(worth, POINTS[worth])] if worth else []
    reasons.sort(key=lambda reason: -reason[1])
    return Score(min(MOST, sum(points for _, points in reasons)), reasons)
