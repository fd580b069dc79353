"""The shop's rules of selling: what Dukan may grant and promise. Imported as `selling`, read once a session.

The classes are the documented shape of that section of the import (docs/importing.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import SellingRules

RULES = "selling rules"  # key in the session's own notes
Text = dict[str, str]
_HUNDRED = Decimal(100)


def _share(value: Decimal, name: str) -> None:
    if not 0 <= value <= _HUNDRED:
        raise ValueError(f"{name} should be between 0 and 100")


def _check_template(template: str, *names: str) -> None:
    if not template.startswith("https://"):
        raise ValueError("template should be an address that begins with https://")
    try:
        template.format(**dict.fromkeys(names, ""))
    except (KeyError, IndexError, ValueError):
        *others, last = (f"{{{name}}}" for name in names)
        raise ValueError(f"template may hold {', '.join(others)} and {last} only") from None


class QuantityPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many per cent off each piece from so many pieces on, of a product, a category, or anything."""

    quantity: int
    percent: Decimal
    product: str | None = None
    category: str | None = None

    def __post_init__(self) -> None:
        _share(self.percent, "percent")
        if self.quantity < 2:
            raise ValueError("quantity should be 2 or more")


class HaggleLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that may come off the price of what matches.

    `role`: who may grant it, the bot or an agent; `agent`: only this one, by e-mail address.
    """

    max_percent: Decimal
    role: Literal["bot", "agent"] = "bot"
    agent: str = ""
    product: str | None = None
    category: str | None = None
    quantity: int = 1
    customer: Literal["any", "returning"] = "any"

    def __post_init__(self) -> None:
        _share(self.max_percent, "max_percent")
        if self.quantity < 1:
            raise ValueError("quantity should be 1 or more")
        if self.agent and self.role != "agent":
            raise ValueError("agent goes with the role agent")


class Haggling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far prices may be talked about; no limits: they are fixed. An agreed price holds `valid_hours`.

    `match` limits the same for another shop's price; without it a colleague looks at that.
    """

    limits: tuple[HaggleLimit, ...] = ()
    match: tuple[HaggleLimit, ...] = ()
    valid_hours: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.valid_hours <= 24 * 365:
            raise ValueError("valid_hours should be at least 1")


class InstalmentPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to pay month by month; `fee_percent` of the amount is added once."""

    code: str
    months: int
    name: Text = msgspec.field(default_factory=dict)
    fee_percent: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        _share(self.fee_percent, "fee_percent")
        if not 2 <= self.months <= 120:
            raise ValueError("months should be between 2 and 120")


class PaymentMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to pay for an order taken in the conversation; `words` are what else customers call it.

    `kind`: `on_delivery` to the courier, `at_branch` when it is collected, `transfer`, or `link`: on the page of the
    shop's payment service, whose address `template` makes from `{number}`, `{amount}`, `{currency}`, `{language}`.
    """

    code: str
    name: Text
    kind: Literal["on_delivery", "at_branch", "transfer", "link"]
    words: tuple[str, ...] = ()
    maximum: Decimal | None = None
    instructions: Text = msgspec.field(default_factory=dict)
    template: str = ""

    def __post_init__(self) -> None:
        if self.kind == "link":
            _check_template(self.template, "number", "amount", "currency", "language")
            if "{number}" not in self.template:
                raise ValueError("template needs {number}")
        elif self.template:
            raise ValueError("template belongs to the kind link")


class Pickup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That orders may be collected: at these branches (codes), or at every store when none is named."""

    branches: tuple[str, ...] = ()


class Checkout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where orders are closed: in the conversation, or in the shop's own checkout under a link.

    `template` holds `{lines}`, and may hold `{coupon}` and `{language}`; by kind, `{lines}` is
    `id:pieces,id:pieces` (shopify, woocommerce's checkout link, link).
    """

    kind: Literal["embedded", "shopify", "woocommerce", "link"] = "embedded"
    template: str = ""

    def __post_init__(self) -> None:
        if self.kind == "embedded":
            return
        _check_template(self.template, "lines", "coupon", "language", "id", "quantity")
        if "{lines}" not in self.template and "{id}" not in self.template:
            raise ValueError("template needs {lines}, or {id} for one link a line")


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a shop states about selling; a shop that states nothing sells at its prices, in the conversation."""

    checkout: Checkout = Checkout()
    payment: tuple[PaymentMethod, ...] = ()
    pickup: Pickup | None = None
    instalments: tuple[InstalmentPlan, ...] = ()
    quantity_prices: tuple[QuantityPrice, ...] = ()
    haggling: Haggling = Haggling()
    quote_days: int = 7
    reserve_minutes: int = 30
    most_pieces: int = 100
    order_prefix: str = "W-"
    quote_prefix: str = "Q-"

    def __post_init__(self) -> None:
        if not (1 <= self.quote_days <= 365 and 1 <= self.reserve_minutes <= 10_080):
            raise ValueError("quote_days should be between 1 and 365, reserve_minutes between 1 and 10080")
        if not 1 <= self.most_pieces <= 100_000:
            raise ValueError("most_pieces should be between 1 and 100000")
        if max(len(self.order_prefix), len(self.quote_prefix)) > 8:
            raise ValueError("order_prefix and quote_prefix have at most 8 characters")


def parse(data: dict[str, Any]) -> Rules:
    """The rules of a JSON object.

    Raises:
        ValueError: they make no sense; the message says where and why.
    """
    return msgspec.convert(data, Rules, strict=False)


def rules(session: Session) -> Rules:
    """The shop's rules, read once a session."""
    if RULES not in session.info:
        data = session.execute(select(SellingRules.data).order_by(SellingRules.id).limit(1)).scalar()
        session.info[RULES] = parse(data or {})
    found: Rules = session.info[RULES]
    return found
