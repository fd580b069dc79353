"""Whatever limits a shop sets and whatever customers and agents wish for: no price goes below the policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Agent, DiscountGrant, Variant
from bot.db.session import reading, writing
from bot.shop import basket, catalogue
from bot.shop.money import haggling
from bot.shop.money.haggling import BeyondLimit, Granting, Wish
from tests.shop.selling_samples import conversation, fill, selling, total

SEVERAL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MONA, OMAR = "mona@shop.example", "omar@shop.example"
PRICE = Decimal(2600)

percents = st.decimals(0, 40, places=1).map(str)
limits = st.lists(
    st.fixed_dictionaries(
        {"max_percent": percents},
        optional={
            "product": st.sampled_from(["latex-air", "knit-throw"]),
            "category": st.sampled_from(["beds", "mattresses", "throws"]),
            "quantity": st.integers(1, 6),
            "customer": st.sampled_from(["any", "returning"]),
        },
    ).flatmap(
        lambda limit: st.one_of(
            st.just(limit),
            st.just({**limit, "role": "agent"}),
            st.sampled_from([MONA, OMAR]).map(lambda email: {**limit, "role": "agent", "agent": email}),
        )
    ),
    max_size=5,
)
wishes = st.lists(
    st.tuples(
        st.sampled_from(["haggle", "match", "agent"]),
        st.none() | st.decimals(0, 3000, places=2),
        st.integers(1, 6),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def agents(bedding: Session) -> list[int]:
    """Two agents; their ids."""
    with writing() as session:
        rows = [Agent(email=email, name=email, password_hash="-") for email in (MONA, OMAR)]
        session.add_all(rows)
        session.flush()
        return [int(row.id) for row in rows]


def _most(stated: list[dict[str, Any]], role: str, quantity: int, email: str = "") -> Decimal:
    """The greatest share that any limit which fits at all would allow: nothing may ever go beyond it."""
    fitting = [
        Decimal(limit["max_percent"])
        for limit in stated
        if limit.get("role", "bot") == role
        and limit.get("agent", email) == email
        and limit.get("product", "latex-air") == "latex-air"
        and limit.get("category", "mattresses") in ("beds", "mattresses")
        and limit.get("quantity", 1) <= quantity
        and limit.get("customer", "any") == "any"
    ]
    return max(fitting, default=Decimal(0))


@SEVERAL
@given(stated=limits, matching=limits, wished=wishes)
def test_no_price_goes_below_the_policy(
    agents: list[int],
    stated: list[dict[str, Any]],
    matching: list[dict[str, Any]],
    wished: list[tuple[str, Decimal | None, int]],
) -> None:
    selling(haggling={"limits": stated, "match": matching}, quantity_prices=[])
    talk = conversation()
    lowest = PRICE
    with reading() as session:
        product = catalogue.product(session, "latex-air")
        assert product is not None
        variant = session.execute(select(Variant).where(Variant.sku == product.variants[0].sku)).scalar_one()
    for message_id, (way, price, quantity) in enumerate(wished, 1):
        with writing() as session:
            item = basket.item_of(session, product, PRICE, quantity)
            if way == "agent":
                by = Granting(agents[message_id % 2], (MONA, OMAR)[message_id % 2])
                floor = PRICE * (100 - _most(stated, "agent", quantity, by.email)) / 100
                try:
                    haggling.grant(session, talk, message_id, variant.id, item, min(price or PRICE, PRICE), "AED", by)
                except BeyondLimit as beyond:
                    assert floor <= beyond.lowest <= PRICE
                    continue
            else:
                policy = matching if way == "match" else stated
                floor = PRICE * (100 - _most(policy, "bot", quantity)) / 100
                answer = haggling.ask(session, talk, message_id, variant, item, Wish(price, way), "AED")
                floor = min(floor, lowest)  # what stands already stays
                assert floor <= answer.price <= PRICE
        lowest = min(lowest, floor)
    with reading() as session:
        for grant in session.execute(select(DiscountGrant).where(DiscountGrant.conversation_id == talk)).scalars():
            assert grant.list_price * (100 - grant.max_percent) / 100 <= grant.unit_price <= grant.list_price
            assert grant.percent <= grant.max_percent
            assert (grant.agent_id is not None) == (grant.role == "agent")
    fill(talk, "latex-air", 2, message_id=99)
    assert (total(talk) or 0) >= 2 * lowest
