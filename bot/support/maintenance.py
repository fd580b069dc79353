"""Maintenance plans: what a product needs, when each task is due, the parts for it, and reminders on request."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.db.models import Category, Order, OrderLine, Product, Variant
from bot.db.session import writing
from bot.db.types import LocalisedText
from bot.shop import follow_ups, profile
from bot.support.guides.stored import Library, Plan, Subject
from bot.support.verification import Access

MORNING = time(9)
REMINDER_OF_USE = timedelta(days=30)
NEVER_ARRIVED = ("cancelled", "returned", "refunded")  # states of orders whose pieces need no care


@dataclass(frozen=True)
class Part:
    """A spare part: sold here under a SKU or as a product, or only known by name."""

    name: LocalisedText
    sku: str | None
    product: str | None


@dataclass(frozen=True)
class Task:
    """Something to be done every so many months or days."""

    code: str
    name: LocalisedText
    months: int | None
    days: int | None
    guide: str | None  # code of the guide that says how
    parts: tuple[Part, ...]

    def due(self, bought: date, today: date) -> date:
        """The next day from `today` on, counted from the day of purchase."""
        if self.days:
            passed = max(0, (today - bought).days - 1) // self.days
            return bought + timedelta(days=self.days * (passed + 1))
        assert self.months
        count = 1
        while (day := months_after(bought, self.months * count)) < today:
            count += 1
        return day


def tasks_of(plan: Plan) -> list[Task]:
    """The tasks of a plan, in the shop's order."""
    return [_task(entry) for entry in plan.tasks]


def task_of(plan: Plan, code: str) -> Task | None:
    """The task of a code."""
    return next((task for task in tasks_of(plan) if task.code == code), None)


def _task(entry: dict[str, Any]) -> Task:
    parts = tuple(Part(LocalisedText(part["name"]), part["sku"], part["product"]) for part in entry["parts"])
    return Task(entry["code"], LocalisedText(entry["name"]), entry["months"], entry["days"], entry["guide"], parts)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, else the last of that month; months before when negative."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def products_of(session: Session, parts: list[Part]) -> list[str]:
    """Codes of the products that are, or hold, the parts sold here; in order, without doubles."""
    skus = [part.sku for part in parts if part.sku]
    rows = session.execute(
        select(Variant.sku, Product.code).join(Product, Product.id == Variant.product_id).where(Variant.sku.in_(skus))
    )
    by_sku = {row.sku: row.code for row in rows}
    found = [part.product or by_sku.get(part.sku or "") for part in parts]
    return list(dict.fromkeys(code for code in found if code))


def remind(conversation_id: str, plan: str, task: str, due_on: date) -> None:
    """Keep the wish to be reminded; asked again, the newer day stands."""
    with writing() as session:
        shop = profile.read(session)
        due = follow_ups.awake(datetime.combine(due_on, MORNING, shop.zone), shop)
        follow_ups.keep(session, conversation_id, "care", f"{plan} {task}", due, due + REMINDER_OF_USE)


def reminded_of(library: Library, subject: str) -> tuple[Plan, Task] | None:
    """Plan and task of a reminder; None when the shop has taken them away."""
    for code, plan in library.plans.items():
        task = task_of(plan, subject.removeprefix(f"{code} ")) if subject.startswith(f"{code} ") else None
        if task is not None:
            return plan, task
    return None


def bought_on(session: Session, seen: Access, subject: Subject) -> tuple[str, datetime] | None:
    """Code of the product and moment of the newest purchase of a subject, among orders that were proven.

    Args:
        seen: what the conversation may see (`verification.access`).
    """
    mine = or_(Order.id.in_(list(seen.orders)), Order.customer_id.in_(list(seen.customers)))
    wanted = Product.code == subject.product if subject.product else Category.code.in_(subject.categories[:1])
    row = session.execute(
        select(Product.code, Order.placed_at)
        .select_from(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(mine, wanted, Order.state.not_in(NEVER_ARRIVED))
        .order_by(Order.placed_at.desc())
        .limit(1)
    ).first()
    return (row.code, row.placed_at) if row else None
