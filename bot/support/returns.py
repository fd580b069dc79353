"""What comes back: whether a line may, at whose cost, and for its money, another variant or a new piece.

Eligibility is worked out line by line from the policy, with the reason why not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Order, OrderLine, ReturnCase, Variant
from bot.db.session import reading, writing
from bot.shop import catalogue, profile, reservations
from bot.shop.catalogue import BuyableVariant
from bot.support import policies
from bot.support.order_changes import NotAllowed, NotPossible, paid, refund, take_stock, working_day
from bot.support.orders import CustomersOrder, Line
from bot.support.policies import ReturnRules

FIRST_NUMBER = 1000
OUR_FAULT = frozenset({"damaged", "faulty", "wrong_item", "missing_part"})
Why = Literal["ok", "not_arrived", "too_late", "excluded", "excluded_opened", "opened", "already", "no_rule"]


@dataclass(frozen=True)
class Eligibility:
    """Whether a line may come back, until when, why not, and what its collection costs."""

    why: Why
    until: date | None = None
    cost: Decimal = Decimal(0)

    @property
    def ok(self) -> bool:
        """Whether it may."""
        return self.why == "ok"


@dataclass(frozen=True)
class Opened:
    """A return that was opened: what it is called, what goes back (negative: is to be paid) and when."""

    number: str
    id: int
    amount: Decimal
    currency: str
    cost: Decimal
    due_on: date
    kind: str


def in_return(session: Session, order_id: int) -> dict[int, int]:
    """Pieces of each order line that are on their way back or were returned."""
    rows = session.execute(
        select(ReturnCase.order_line_id, func.sum(ReturnCase.quantity))
        .where(ReturnCase.order_id == order_id, ReturnCase.state != "refused")
        .group_by(ReturnCase.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in rows if line_id is not None}


def eligibility(
    session: Session, order: CustomersOrder, line: Line, kind: str, *, reason: str = "", condition: str = ""
) -> Eligibility:
    """Whether a line of an order may come back.

    Args:
        kind: `return`, `exchange` or `report_damage`.
        reason, condition: as far as the customer has told them; what is not told yet is not held against them.
    """
    rules = policies.return_rules(session)
    days = {"return": rules.days, "exchange": rules.exchange_days, "report_damage": rules.damage_days}[kind]
    if policies.verdict(session, kind, order.state) != "allowed":
        return Eligibility("already" if order.state in ("returned", "refunded") else "not_arrived")
    if days is None:
        return Eligibility("no_rule")
    arrived = order.arrived_at(line.id)
    if arrived is None:
        return Eligibility("not_arrived")
    until = arrived.astimezone(profile.read(session).zone).date() + timedelta(days=days)
    if in_return(session, order.id).get(line.id, 0) >= line.quantity:
        return Eligibility("already", until)
    if profile.read(session).today() > until:
        return Eligibility("too_late", until)
    faulty = kind == "report_damage" or reason in OUR_FAULT
    if not faulty:
        refused = _refused(session, rules, line, kind, condition)
        if refused is not None:
            return Eligibility(refused, until)
    return Eligibility("ok", until, _cost(session, rules, order, kind, faulty))


def _refused(session: Session, rules: ReturnRules, line: Line, kind: str, condition: str) -> Why | None:
    product = catalogue.product(session, line.product_code) if line.product_code else None
    category = product.category.code if product and product.category else None
    tags = frozenset(product.tags) if product else frozenset()
    if rules.never.holds(category, line.product_code, tags):
        return "excluded"
    if condition == "opened":
        if rules.not_opened.holds(category, line.product_code, tags):
            return "excluded_opened"
        if not (rules.exchange_opened if kind == "exchange" else rules.opened_accepted):
            return "opened"
    return None


def _cost(session: Session, rules: ReturnRules, order: CustomersOrder, kind: str, faulty: bool) -> Decimal:
    if faulty and rules.free_when_faulty:
        return Decimal(0)
    if kind == "exchange":
        before = session.execute(
            select(func.count())
            .select_from(ReturnCase)
            .where(ReturnCase.order_id == order.id, ReturnCase.kind == "exchange")
        ).scalar()
        if int(before or 0) < rules.free_exchanges:
            return Decimal(0)
    return rules.collection_cost


def depends_on_condition(session: Session, line: Line, kind: str) -> bool:
    """Whether it matters if the box was opened."""
    rules = policies.return_rules(session)
    return _refused(session, rules, line, kind, "opened") is not None


def others(session: Session, line: Line) -> list[BuyableVariant]:
    """The other variants of a line's product that can be had now."""
    product = catalogue.product(session, line.product_code) if line.product_code else None
    return [variant for variant in product.variants if variant.sku != line.sku and variant.available] if product else []


def same_available(session: Session, line: Line) -> bool:
    """Whether another piece of the very same can be sent."""
    product = catalogue.product(session, line.product_code) if line.product_code else None
    return any(variant.sku == line.sku and variant.available for variant in product.variants) if product else False


def open_return(
    order: CustomersOrder,
    line_id: int,
    kind: str,
    conversation_id: str,
    message_id: int,
    *,
    quantity: int = 1,
    reason: str,
    condition: str = "",
    new_sku: str | None = None,
) -> Opened:
    """Open a return, an exchange or a replacement, checked anew under a lock on the order; once a message.

    Raises:
        NotAllowed: the policy does not allow it (any more).
        NotPossible: not so many pieces are left, or the other variant cannot be had.
    """
    asked = {"return": "return", "exchange": "exchange", "replacement": "report_damage"}[kind]
    if reason in OUR_FAULT and kind == "return":
        asked = "report_damage"
    with writing() as session:
        row = session.execute(select(Order).where(Order.id == order.id).with_for_update()).scalar_one()
        before = session.execute(
            select(ReturnCase).where(ReturnCase.conversation_id == conversation_id, ReturnCase.message_id == message_id)
        ).scalar_one_or_none()
        if before is not None:  # the turn ran before
            return _opened(session, before)
        line = order.line(line_id)
        if line is None or session.get(OrderLine, line_id) is None:
            raise NotPossible("no such line")
        found = eligibility(session, order, line, asked, reason=reason, condition=condition)
        if not found.ok or row.state != order.state:
            raise NotAllowed(found.why)
        if not 1 <= quantity <= line.quantity - in_return(session, order.id).get(line_id, 0):
            raise NotPossible("too many")
        amount = _amount(session, order, line, kind, quantity, new_sku, found.cost)
        sent = line.sku if kind == "replacement" else new_sku
        if kind != "return":  # the new piece leaves the stock now, the old one is counted when it is here
            take_stock(session, row, _variant_id(session, sent), quantity)
        case = ReturnCase(
            kind=kind,
            order_id=order.id,
            order_line_id=line_id,
            sku=line.sku,
            title=line.title,
            quantity=quantity,
            reason=reason,
            condition=condition,
            our_fault=reason in OUR_FAULT,
            collection_cost=found.cost,
            amount=amount,
            currency=order.currency,
            new_sku=sent,
            conversation_id=conversation_id,
            message_id=message_id,
            at=now(),
        )
        session.add(case)
        session.flush()
        case.number = f"R-{FIRST_NUMBER + case.id}"
        _owe(session, row, case)
        everything = sum(in_return(session, order.id).values()) >= sum(item.quantity for item in order.lines)
        if kind == "return" and everything and row.state == "delivered":
            row.state = "return_requested"
        session.flush()
        return _opened(session, case)


def _variant_id(session: Session, sku: str | None) -> int | None:
    found: int | None = session.execute(select(Variant.id).where(Variant.sku == sku)).scalar()
    return found


def book_in(number: str, *, sellable: bool = True) -> bool:
    """Note that what was sent back has arrived; once. Whether there was such a return on its way.

    Args:
        sellable: its pieces go back into the stock they were taken from; what came back broken never does.
    """
    with writing() as session:
        case = session.execute(
            select(ReturnCase).where(ReturnCase.number == number, ReturnCase.state == "requested").with_for_update()
        ).scalar_one_or_none()
        if case is None:
            return False
        case.state = "received"
        variant_id = _variant_id(session, case.sku)
        if sellable and not case.our_fault and variant_id is not None:
            reservations.give_back(session, case.order_id, variant_id, case.quantity)
        return True


def opened_by(conversation_id: str, message_id: int) -> Opened | None:
    """What a message had opened already, when its turn is run again."""
    with reading() as session:
        case = session.execute(
            select(ReturnCase).where(ReturnCase.conversation_id == conversation_id, ReturnCase.message_id == message_id)
        ).scalar_one_or_none()
        return _opened(session, case) if case is not None else None


def _amount(
    session: Session, order: CustomersOrder, line: Line, kind: str, quantity: int, new_sku: str | None, cost: Decimal
) -> Decimal:
    if kind == "replacement":
        if not same_available(session, line):
            raise NotPossible("sold out")
        return Decimal(0)
    back = order.paid_for(line, quantity)
    if kind == "return":
        return max(Decimal(0), back - cost)
    new = next((variant for variant in others(session, line) if variant.sku == new_sku), None)
    if new is None:
        raise NotPossible("sold out")
    each = order.paid_for(line, 1)
    return ((each - (new.price if new.price is not None else each)) * quantity - cost).quantize(Decimal("0.01"))


def _owe(session: Session, order: Order, case: ReturnCase) -> None:
    """Note the money that is to go back once the piece is here, the way it was paid."""
    if case.amount <= 0 or paid(order) <= 0:
        return
    refund(session, order, case.amount, "returned", return_id=case.id)


def _opened(session: Session, case: ReturnCase) -> Opened:
    due = working_day(session, policies.return_rules(session).refund_days)
    return Opened(case.number, case.id, case.amount, case.currency, case.collection_cost, due, case.kind)


def of_order(session: Session, order_id: int) -> list[ReturnCase]:
    """The returns of an order, the newest first."""
    rows = select(ReturnCase).where(ReturnCase.order_id == order_id).order_by(ReturnCase.id.desc())
    return list(session.execute(rows).scalars())


def label(session: Session, return_id: int) -> dict[str, Any] | None:
    """What a return label shows."""
    case = session.get(ReturnCase, return_id)
    if case is None:
        return None
    order = session.get(Order, case.order_id)
    return {
        "number": case.number,
        "order": order.number if order else "",
        "title": case.title,
        "quantity": case.quantity,
        "sku": case.sku,
        "at": case.at,
        "sender": dict(order.shipping_address or {}) if order else {},
    }
