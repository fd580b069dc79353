"""What a basket costs, to the smallest coin. Pure: given items and figures, it always gives the same totals.

A total is the sum of its lines, each rounded by itself; delivery, and tax where prices come without it,
are lines of their own. Of several discounts a line gets the greatest one, so that none piles up on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from bot.shop.selling import QuantityPrice

ZERO = Decimal(0)
_HUNDRED = Decimal(100)


def coin(currency: str) -> Decimal:
    """The smallest coin of a currency: 0.01 for riyals, 0.001 for Kuwaiti dinars."""
    return Decimal(1).scaleb(-int(get_currency_precision(currency)))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount to the smallest coin, half a coin upward."""
    return amount.quantize(coin(currency), ROUND_HALF_UP)


def reduced(price: Decimal, percent: Decimal, currency: str) -> Decimal:
    """A price less a share, rounded up: never more off than the share."""
    return max((price * (_HUNDRED - percent) / _HUNDRED).quantize(coin(currency), ROUND_CEILING), ZERO)


@dataclass(frozen=True)
class Item:
    """Pieces of one thing to be priced. `agreed`: a price of one piece that was granted or quoted."""

    code: str  # of the product
    categories: frozenset[str]  # of the product, from its own up to the root
    price: Decimal  # of one piece, with its options
    quantity: int
    agreed: Decimal | None = None


@dataclass(frozen=True)
class Reduction:
    """What a coupon takes off: a share or an amount, of what it applies to from a minimum on."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    minimum: Decimal | None = None
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    def covers(self, item: Item) -> bool:
        """Whether it may be used for an item at all."""
        if not self.products and not self.categories:
            return True
        return item.code in self.products or bool(item.categories & self.categories)


@dataclass(frozen=True)
class Line:
    """A priced item. `why` names its discount: agreed, quantity, coupon, or '' for none."""

    item: Item
    discount: Decimal = ZERO
    why: str = ""

    @property
    def full(self) -> Decimal:
        return self.item.price * self.item.quantity

    @property
    def total(self) -> Decimal:
        return self.full - self.discount


@dataclass(frozen=True)
class Totals:
    """A priced basket. `delivery` None: the city is not known yet, and the total is without it."""

    lines: tuple[Line, ...]
    delivery: Decimal | None
    tax: Decimal
    tax_included: bool
    currency: str
    coupon_used: bool = field(default=False)

    @property
    def subtotal(self) -> Decimal:
        return sum((line.full for line in self.lines), ZERO)

    @property
    def discount(self) -> Decimal:
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def goods(self) -> Decimal:
        return self.subtotal - self.discount

    @property
    def total(self) -> Decimal:
        return self.goods + (self.delivery or ZERO) + (ZERO if self.tax_included else self.tax)


def quantity_percent(item: Item, prices: Sequence[QuantityPrice]) -> Decimal:
    """The share off a piece for the number of pieces: the greatest that applies."""
    fitting = (
        price.percent
        for price in prices
        if item.quantity >= price.quantity
        and price.product in (None, item.code)
        and (price.category is None or price.category in item.categories)
    )
    return max(fitting, default=ZERO)


def discounted(
    items: Sequence[Item], prices: Sequence[QuantityPrice], coupon: Reduction | None, currency: str
) -> tuple[Line, ...]:
    """The items with the discounts due."""
    lines = [_own_discount(item, prices, currency) for item in items]
    if coupon is None:
        return tuple(lines)
    covered = [index for index, line in enumerate(lines) if coupon.covers(line.item)]
    worth = sum((lines[index].full for index in covered), ZERO)
    if not covered or (coupon.minimum is not None and worth < coupon.minimum):
        return tuple(lines)
    for index, off in zip(covered, _coupon_shares([lines[i] for i in covered], coupon, currency), strict=True):
        if off > lines[index].discount:
            lines[index] = Line(lines[index].item, off, "coupon")
    return tuple(lines)


def _own_discount(item: Item, prices: Sequence[QuantityPrice], currency: str) -> Line:
    by_quantity = (item.price - reduced(item.price, quantity_percent(item, prices), currency)) * item.quantity
    by_word = (item.price - item.agreed) * item.quantity if item.agreed is not None else ZERO
    if by_word > 0 and by_word >= by_quantity:
        return Line(item, by_word, "agreed")
    return Line(item, by_quantity, "quantity") if by_quantity > 0 else Line(item)


def _coupon_shares(lines: Sequence[Line], coupon: Reduction, currency: str) -> list[Decimal]:
    """What a coupon takes off each line it covers; an amount is spread by worth, to the last coin."""
    if coupon.percent is not None:
        return [line.full - reduced(line.full, coupon.percent, currency) for line in lines]
    worth = sum((line.full for line in lines), ZERO)
    left = min(coupon.amount or ZERO, worth)
    shares = []
    for line in lines:
        share = (left * line.full / worth).quantize(coin(currency), ROUND_DOWN) if worth else ZERO
        if line is lines[-1]:
            share = left
        shares.append(min(share, line.full))
        left, worth = left - shares[-1], worth - line.full
    return shares


def totals(
    lines: Sequence[Line], *, delivery: Decimal | None, tax_percent: Decimal, tax_included: bool, currency: str
) -> Totals:
    """The lines with delivery and tax. Tax is worked out and rounded line by line, delivery being one."""
    amounts = [line.total for line in lines] + ([delivery] if delivery else [])
    base = _HUNDRED + tax_percent if tax_included else _HUNDRED
    tax = sum((rounded(amount * tax_percent / base, currency) for amount in amounts), ZERO)
    used = any(line.why == "coupon" for line in lines)
    return Totals(tuple(lines), delivery, tax, tax_included, currency, used)
