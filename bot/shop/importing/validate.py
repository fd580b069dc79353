"""The one place that decides whether a record may be kept, whatever file it came from."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.shop.importing.context import Context
from bot.shop.importing.numbers import LARGEST_AMOUNT
from bot.shop.importing.orders import total_mismatch
from bot.shop.importing.records import (
    BranchRecord,
    BrandRecord,
    CategoryRecord,
    CouponRecord,
    CustomerRecord,
    OrderRecord,
    PolicyRecord,
    ProductRecord,
    Record,
    Text,
    VariantRecord,
    ZoneRecord,
)
from bot.shop.importing.report import RowProblem
from bot.shop.importing.text import clean, shortened
from bot.shop.order_numbers import number_key

LONGEST_CODE = 200
LONGEST_NUMBER = 64
LONGEST_NAME = 300
LONGEST_DESCRIPTION = 20_000
MOST_VARIANTS = 2_000
DEFAULT_BRANCH = "online"
_SPOILT_BARCODE = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)
_CODED = (BranchRecord, ZoneRecord, PolicyRecord, CouponRecord, CategoryRecord, BrandRecord)


class Validator:
    """Checks records one by one and remembers what must not come twice in a file."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.lines: dict[str, int] = {}  # code or number → line where it first stands
        self._skus: dict[str, int] = {}

    def check(self, record: Record) -> None:
        """Tidy a record in place.

        Raises:
            RowProblem: it cannot be kept.
        """
        if isinstance(record, ProductRecord):
            self._product(record)
        elif isinstance(record, OrderRecord):
            self._order(record)
        elif isinstance(record, CustomerRecord):
            self._once(record.code or record.email or record.phone or "", "customer", record.line)
        elif isinstance(record, _CODED):
            if len(record.code) > LONGEST_CODE:
                raise RowProblem(f"the code is longer than {LONGEST_CODE} characters")
            self._once(f"{type(record).__name__} {record.code}", record.code, record.line)

    def _once(self, key: str, what: str, line: int) -> None:
        earlier = self.lines.setdefault(key, line)
        if earlier != line:
            raise RowProblem(f"{what} stands already on line {earlier}")

    def _product(self, product: ProductRecord) -> None:
        code = product.code = _code(product.code, "code")
        if not product.title:
            raise RowProblem("has no title")
        if not product.variants or len(product.variants) > MOST_VARIANTS:
            raise RowProblem(f"has {len(product.variants)} variants; 1 to {MOST_VARIANTS:,} can be kept")
        self._cut(product, "title", LONGEST_NAME)
        self._cut(product, "description", LONGEST_DESCRIPTION)
        product.tags = [shortened(tag, 100) for tag in product.tags[:100]]
        product.aliases = [shortened(alias, 200) for alias in product.aliases[:100]]
        for variant in product.variants:
            self._variant(product, variant)
        self._combinations(product)
        self._exclusions(product)
        self._once(f"product {code}", f"the product {code!r}", product.line)
        for variant in product.variants:
            earlier = self._skus.get(variant.sku)
            if earlier is not None:
                raise RowProblem(f"the SKU {variant.sku!r} stands already on line {earlier}", variant.line)
            self._skus[variant.sku] = variant.line or product.line

    def _cut(self, product: ProductRecord, name: str, limit: int) -> None:
        texts: Text = getattr(product, name)
        for language, text in texts.items():
            if len(text) > limit:
                texts[language] = shortened(text, limit)
                self.context.warn(product.line, f"{name}: cut to {limit:,} characters", product.code)

    def _variant(self, product: ProductRecord, variant: VariantRecord) -> None:
        line = variant.line or product.line
        known = {option.code: {value.code for value in option.values} for option in product.options}
        for option, value in variant.options.items():
            if "options" not in product.silent and value not in known.get(option, ()):
                raise RowProblem(f"a variant chooses {option!r} = {value!r}, which the options do not list", line)
        variant.sku = _code(variant.sku or self._made_sku(product, variant), "SKU", line)
        if variant.compare_at_price is not None and variant.compare_at_price <= (variant.price or 0):
            variant.compare_at_price = None
        if variant.barcode and (len(variant.barcode) > 64 or _SPOILT_BARCODE.fullmatch(variant.barcode)):
            self.context.warn(line, "the barcode was spoilt by a spreadsheet or is too long; left out", product.code)
            variant.barcode = None
        for branch in variant.stock:
            if branch != DEFAULT_BRANCH and branch not in self.context.branches:
                raise RowProblem(f"stock: there is no branch {branch[:64]!r}; import the branches first", line)

    @staticmethod
    def _made_sku(product: ProductRecord, variant: VariantRecord) -> str:
        parts = [product.code, *variant.options.values()]
        if len(product.variants) > 1 and not variant.options:
            parts.append(str(product.variants.index(variant) + 1))
        return "-".join(parts)[:LONGEST_CODE]

    @staticmethod
    def _combinations(product: ProductRecord) -> None:
        if "options" in product.silent:
            return
        seen: dict[tuple[tuple[str, str], ...], int] = {}
        for variant in product.variants:
            chosen = tuple(sorted(variant.options.items()))
            if chosen in seen:
                what = " / ".join(value for _, value in chosen)
                reason = f"two variants are the same choice ({what})" if what else "two variants, and no option"
                raise RowProblem(f"{reason}; the first is on line {seen[chosen]}", variant.line)
            seen[chosen] = variant.line

    @staticmethod
    def _exclusions(product: ProductRecord) -> None:
        known = {(option.code, value.code) for option in product.options for value in option.values}
        seen: set[frozenset[tuple[str, str]]] = set()
        kept = []
        for exclusion in product.exclusions:
            for option, value in (exclusion.first, exclusion.second):
                if (option, value) not in known:
                    raise RowProblem(f"an exclusion names {option!r} = {value!r}, which the options do not list")
            pair = frozenset((exclusion.first, exclusion.second))
            if len(pair) < 2:
                raise RowProblem("an exclusion names the same choice twice")
            if pair not in seen:
                kept.append(exclusion)
            seen.add(pair)
        product.exclusions = kept

    def _order(self, order: OrderRecord) -> None:
        key = number_key(order.number)
        if not key or len(key) > LONGEST_NUMBER:
            raise RowProblem("has no order number" if not key else f"the number is longer than {LONGEST_NUMBER}")
        if order.placed_at is None:
            raise RowProblem("does not say when it was placed")
        if not order.lines:
            raise RowProblem("has no lines")
        amount = Decimal(0)
        for line in order.lines:
            if line.quantity < 1:
                raise RowProblem(f"a line has the quantity {line.quantity}")
            if not line.sku and not line.title:
                raise RowProblem("a line has neither SKU nor title")
            amount += (line.unit_price or 0) * line.quantity + line.discount
            line.title = {language: shortened(text, LONGEST_NAME) for language, text in line.title.items()}
        if amount >= LARGEST_AMOUNT:
            raise RowProblem("its lines come to more than can be kept")
        if order.pickup_branch and order.pickup_branch not in self.context.branches:
            self.context.warn(order.line, f"there is no branch {order.pickup_branch!r}; left out", order.number)
            order.pickup_branch = None
        if order.state == "cancelled" and order.cancelled_at is None:
            order.cancelled_at = order.placed_at
        if remark := total_mismatch(order):
            self.context.warn(order.line, remark, order.number)
        self._once(f"order {key}", f"the order {order.number}", order.line)


def _code(text: str, what: str, line: int | None = None) -> str:
    code = clean(text)
    if not code:
        raise RowProblem(f"has no {what}", line)
    if len(code) > LONGEST_CODE:
        raise RowProblem(f"the {what} is longer than {LONGEST_CODE} characters", line)
    return code
