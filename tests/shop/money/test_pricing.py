"""Totals are the sum of their lines, and no discount goes beyond what the policy allows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.money import instalments, pricing
from bot.shop.money.haggling import limit_for
from bot.shop.money.pricing import Item, Reduction
from bot.shop.selling import HaggleLimit, InstalmentPlan, QuantityPrice

CURRENCIES = st.sampled_from(["SAR", "KWD", "JPY"])
PERCENTS = st.decimals(0, 100, places=2)


def _amounts(currency: str) -> st.SearchStrategy[Decimal]:
    places = -int(pricing.coin(currency).as_tuple().exponent)
    return st.decimals(Decimal(1).scaleb(-places), 9_000, places=places)


@st.composite
def baskets(draw: st.DrawFn) -> tuple[str, list[Item], list[QuantityPrice], Reduction | None]:
    currency = draw(CURRENCIES)
    items = []
    for _ in range(draw(st.integers(1, 6))):
        price = draw(_amounts(currency))
        agreed = draw(st.none() | st.decimals(0, price, places=3).map(lambda a: a.quantize(pricing.coin(currency))))
        code = draw(st.sampled_from("abc"))
        categories = frozenset(draw(st.sets(st.sampled_from("xyz"))))
        items.append(Item(code, categories, price, draw(st.integers(1, 1000)), agreed))
    tiers = draw(
        st.lists(
            st.builds(
                QuantityPrice,
                quantity=st.integers(2, 100),
                percent=PERCENTS,
                product=st.none() | st.sampled_from("abc"),
                category=st.none() | st.sampled_from("xyz"),
            ),
            max_size=4,
        )
    )
    coupon = draw(
        st.none()
        | st.builds(Reduction, percent=PERCENTS, products=st.frozensets(st.sampled_from("abc"), max_size=2))
        | st.builds(Reduction, amount=_amounts(currency), categories=st.frozensets(st.sampled_from("xyz"), max_size=2))
    )
    return currency, items, tiers, coupon


@given(baskets(), st.none() | st.integers(0, 60), st.decimals(0, 30, places=1), st.booleans())
def test_a_total_is_the_sum_of_its_lines(
    basket: tuple[str, list[Item], list[QuantityPrice], Reduction | None],
    delivery: int | None,
    tax: Decimal,
    included: bool,
) -> None:
    currency, items, tiers, coupon = basket
    lines = pricing.discounted(items, tiers, coupon, currency)
    totals = pricing.totals(
        lines,
        delivery=None if delivery is None else Decimal(delivery),
        tax_percent=tax,
        tax_included=included,
        currency=currency,
    )
    parts = [line.total for line in lines] + [totals.delivery or Decimal(0)] + ([] if included else [totals.tax])
    assert totals.total == sum(parts)
    assert totals.subtotal - totals.discount == totals.goods == sum(line.total for line in lines)
    for amount in [*parts, totals.tax, totals.total]:
        assert amount == amount.quantize(pricing.coin(currency)), "every line is in whole coins"
    assert totals.tax >= 0 and (not included or totals.tax <= totals.total)


@given(baskets())
def test_a_discount_never_exceeds_what_allows_it(
    basket: tuple[str, list[Item], list[QuantityPrice], Reduction | None],
) -> None:
    currency, items, tiers, coupon = basket
    for line in pricing.discounted(items, tiers, coupon, currency):
        assert 0 <= line.total <= line.full
        by_tier = line.full * pricing.quantity_percent(line.item, tiers) / 100
        by_word = (line.item.price - line.item.agreed) * line.item.quantity if line.item.agreed is not None else 0
        by_coupon: Decimal | int = 0
        if coupon is not None and coupon.covers(line.item):
            by_coupon = line.full * coupon.percent / 100 if coupon.percent is not None else coupon.amount or 0
        assert line.discount <= max(by_tier, by_word, by_coupon), "the greatest one, and never two of them"


@given(baskets())
def test_a_coupon_of_an_amount_takes_off_no_more_than_that(
    basket: tuple[str, list[Item], list[QuantityPrice], Reduction | None],
) -> None:
    currency, items, _tiers, coupon = basket
    if coupon is None or coupon.amount is None:
        return
    plain = [Item(item.code, item.categories, item.price, item.quantity) for item in items]
    lines = pricing.discounted(plain, [], coupon, currency)
    covered = sum(line.full for line in lines if coupon.covers(line.item))
    assert sum(line.discount for line in lines) == min(coupon.amount, covered)


@given(st.integers(2, 60), PERCENTS, st.data(), CURRENCIES)
def test_instalments_add_up_to_the_coin(months: int, fee: Decimal, data: st.DataObject, currency: str) -> None:
    amount = data.draw(_amounts(currency))
    found = instalments.schedule(InstalmentPlan("p", months, fee_percent=fee), amount, currency)
    assert found.total == amount + found.fee
    assert 0 <= found.first - found.monthly < pricing.coin(currency) * months
    assert found.monthly == found.monthly.quantize(pricing.coin(currency))


def test_plans_are_offered_within_their_limits() -> None:
    plans = [
        InstalmentPlan("year", 12, minimum=Decimal(1000)),
        InstalmentPlan("four", 4, minimum=Decimal(400), maximum=Decimal(2000)),
    ]
    offered = {
        amount: [s.plan.code for s in instalments.schedules(plans, Decimal(amount), "SAR")]
        for amount in (-5, 0, 399, 400, 1500, 2001)
    }
    assert offered == {-5: [], 0: [], 399: [], 400: ["four"], 1500: ["four", "year"], 2001: ["year"]}


LIMITS = (
    HaggleLimit(Decimal(3)),
    HaggleLimit(Decimal(10), quantity=5),
    HaggleLimit(Decimal(6), category="beds"),
    HaggleLimit(Decimal(0), product="rare"),
    HaggleLimit(Decimal(5), customer="returning"),
    HaggleLimit(Decimal(50), role="agent"),
)


@pytest.mark.parametrize(
    ("code", "category", "quantity", "returning", "role", "percent"),
    [
        ("any", "", 1, False, "bot", 3),
        ("any", "", 1, True, "bot", 5),
        ("any", "", 5, False, "bot", 10),
        ("any", "beds", 5, False, "bot", 6),
        ("rare", "beds", 9, True, "bot", 0),
        ("any", "", 1, False, "agent", 50),
    ],
)
def test_the_closest_limit_decides(
    code: str, category: str, quantity: int, returning: bool, role: str, percent: int
) -> None:
    found = limit_for(LIMITS, Item(code, frozenset({category}), Decimal(100), quantity), role, returning)
    assert found is not None and found.max_percent == percent
