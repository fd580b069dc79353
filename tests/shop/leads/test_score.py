"""How promising a lead is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.shop.leads.score import HOT, MOST, POINTS, Facts, is_big, score

TODAY = date(2026, 11, 23)
MONEY = st.none() | st.decimals(0, 10_000, places=2)
FACTS = st.builds(
    Facts,
    **{name: st.booleans() for name in ("phone", "email", "asked_to_talk", "product", "quote", "basket", "returning")},
    budget=MONEY,
    needed_by=st.none() | st.dates(TODAY - timedelta(60), TODAY + timedelta(60)),
    authority=st.sampled_from([None, "decides", "others"]),
    value=MONEY,
    usual=MONEY,
)


@given(FACTS)
def test_the_score_is_the_sum_of_its_reasons_and_never_over_the_most(facts: Facts) -> None:
    found = score(facts, TODAY)
    assert found.points == min(MOST, sum(points for _, points in found.reasons))
    assert all(POINTS[name] == points for name, points in found.reasons)
    assert len({name for name, _ in found.reasons}) == len(found.reasons)


@given(FACTS)
def test_a_contact_more_never_makes_a_lead_worse(facts: Facts) -> None:
    assert score(replace(facts, phone=True), TODAY).points >= score(replace(facts, phone=False), TODAY).points


def test_who_asks_for_a_call_with_a_budget_this_week_is_hot() -> None:
    facts = Facts(phone=True, asked_to_talk=True, product=True, budget=Decimal(900), needed_by=TODAY + timedelta(3))
    found = score(facts, TODAY)
    assert found.points == 70 >= HOT and found.hot
    assert found.reasons[0] == ("asked_to_talk", 20)
    assert not score(Facts(phone=True), TODAY).hot


def test_a_day_that_is_over_says_nothing_of_urgency() -> None:
    assert score(Facts(needed_by=TODAY - timedelta(1)), TODAY).points == 0


def test_a_basket_is_big_by_the_shops_own_measure() -> None:
    assert is_big(Decimal(300), Decimal(100)) and not is_big(Decimal(299), Decimal(100))
    assert not is_big(Decimal(300), None)
