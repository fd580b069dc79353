"""Paying month by month: which plans an amount allows, and what each month comes to, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from bot.shop.money.pricing import coin, rounded
from bot.shop.selling import InstalmentPlan


@dataclass(frozen=True)
class Schedule:
    """A plan for an amount: the first payment, then the same every month. Together they are the total."""

    plan: InstalmentPlan
    first: Decimal
    monthly: Decimal
    fee: Decimal

    @property
    def total(self) -> Decimal:
        return self.first + self.monthly * (self.plan.months - 1)


def schedule(plan: InstalmentPlan, amount: Decimal, currency: str) -> Schedule:
    """What a plan asks for an amount; the coins that do not divide are paid first."""
    fee = rounded(amount * plan.fee_percent / 100, currency)
    monthly = ((amount + fee) / plan.months).quantize(coin(currency), ROUND_DOWN)
    return Schedule(plan, amount + fee - monthly * (plan.months - 1), monthly, fee)


def schedules(plans: Sequence[InstalmentPlan], amount: Decimal, currency: str) -> list[Schedule]:
    """The plans open to an amount, the shortest first."""
    fitting = [p for p in plans if amount > 0 and p.minimum <= amount and (p.maximum is None or amount <= p.maximum)]
    return [schedule(plan, amount, currency) for plan in sorted(fitting, key=lambda plan: plan.months)]


def least(plans: Sequence[InstalmentPlan]) -> Decimal | None:
    """The smallest amount that any plan takes; None without plans."""
    return min((plan.minimum for plan in plans), default=None)
