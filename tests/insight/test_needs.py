"""Lists of what customers will need: only what there is evidence for."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import now
from bot.db.models import Category, Customer, MaintenancePlan, Order, OrderLine, Product, Variant
from bot.db.session import reading, writing
from bot.insight import needs, report, tables
from bot.insight.periods import Period
from tests.insight.conftest import RIYADH, SEPTEMBER, Days, at


def lists(period: Period = SEPTEMBER) -> dict[str, list[needs.Row]]:
    with reading() as session:
        return needs.lists(session, report.scope_of(session, period), "en", str)


def search(days: Days, text: str, outcome: str, talk: str | None = None) -> str:
    talk = talk or days.conversation(at(2))
    opened = days.message(talk, "customer", at(2), text)
    days.topic(talk, at(2), "product_search", outcome, side="sales", opened_by=opened)
    return talk


def test_words_that_mostly_find_nothing(days: Days) -> None:
    for text in ("I want a trampoline", "Trampolines? a trampoline!", "أريد ترامبولين", "عندكم ترامبولين؟"):
        search(days, text, "unknown")
    for _ in range(3):
        search(days, "I want a laptop", "answered")
    search(days, "a laptop in purple", "unknown", search(days, "a sofa in purple", "unknown"))
    found = {row["name"]: (row["missed"], row["asked"]) for row in lists()["not_carried"]}
    # "want" finds something too often, and purple was asked for twice by one customer only.
    assert {name: count for name, count in found.items() if name != "عندكم"} == {
        "trampoline": (2, 2),
        next(name for name in found if name.startswith("ترامب")): (2, 2),
    }


def test_faults_must_rise(days: Days) -> None:
    august = at(1) - timedelta(days=10)
    for product, before, present in (("steady", 4, 4), ("rising", 2, 4), ("new", 0, 2), ("rare", 0, 1)):
        for when, count in ((august, before), (at(5), present)):
            for _ in range(count):
                days.topic(days.conversation(when), when, "troubleshoot_product", "answered", products=[product])
    found = lists()["rising_faults"]
    assert [(row["code"], row["faults"], row["before"]) for row in found] == [("new", 2, 0), ("rising", 4, 2)]


def test_who_needs_care_soon(days: Days) -> None:
    days.shop()
    wide = days.add(Category(code="kitchen", name={"en": "Kitchen"}))
    narrow = days.add(Category(code="kettles", name={"en": "Kettles"}, parent_id=wide))
    kettle = days.add(Product(code="kettle", title={"en": "Kettle"}, category_id=narrow))
    variant = days.add(Variant(product_id=kettle, sku="K1"))
    task = {"code": "descale", "name": {"en": "Descale"}, "months": None, "days": 90, "guide": None, "parts": []}
    days.add(
        MaintenancePlan(
            code="care", categories=["kitchen"], title={"en": "Care"}, tasks=[task], source="care.yml", content_hash=""
        )
    )
    customer = days.add(Customer(code="noor", name="Noor", accepts_marketing=True))
    for number, bought, state in (("soon", 80, "delivered"), ("later", 10, "delivered"), ("gone", 80, "returned")):
        when = now() - timedelta(days=bought)
        order = Order(number=number, number_key=number, placed_at=when, state=state, currency="SAR")
        order.customer_id = customer
        order.lines = [OrderLine(position=0, variant_id=variant, title={"en": "Kettle"}, quantity=1)]
        with writing() as session:
            session.add(order)
    (row,) = lists()["care_due"]
    due = (now().astimezone(RIYADH) - timedelta(days=80)).date() + timedelta(days=90)
    assert row == {
        "name": "Kettle",
        "task": "Descale",
        "due_on": due.isoformat(),
        "order": "soon",
        "customer": "Noor",
        "may_write": True,
    }


def test_a_spreadsheet_names_no_customer() -> None:
    row = {"name": "Kettle", "task": "Descale", "due_on": "2026-10-01", "order": "D-1", "customer": "Huda Saleh"}
    head = {"from": "", "to": "", "currency": "SAR", "timezone": "UTC", "details": {}}
    written = tables.as_csv({**head, "care_due": [row, {**row, "customer": ""}]})
    assert "Huda" not in written
    assert written.splitlines()[-2:] == ["Kettle,Descale,2026-10-01,D-1,[name]", "Kettle,Descale,2026-10-01,D-1,"]
