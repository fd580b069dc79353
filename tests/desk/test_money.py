"""The policies of money at the desk: seen and changed by administrators, and what an agent may grant under them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from bot.db.models import Agent, DiscountGrant, Quote
from bot.db.session import reading
from bot.shop import selling as policy
from tests.desk.conftest import on_sqlite
from tests.shop.samples import bedding_shop
from tests.shop.selling_samples import selling, total

API = "/api/v1/desk"
pytestmark = on_sqlite
AtDesk = Callable[..., TestClient]
Waits = Callable[..., str]


@pytest.fixture(autouse=True)
def shop(database: str) -> None:
    """A shop that sells."""
    bedding_shop()
    selling()


def _limits() -> list[tuple[Decimal, str, str | None, int]]:
    with reading() as session:
        limits = policy.rules(session).haggling.limits
    return [(limit.max_percent, limit.agent or limit.role, limit.category, limit.quantity) for limit in limits]


def test_limits_are_added_changed_and_taken_away(at_desk: AtDesk) -> None:
    admin = at_desk("Amal", role="admin")
    before = admin.get(f"{API}/money").json()
    assert [limit["category"] for limit in before["limits"]] == [None, "pillows"] and before["valid_hours"] == 24
    body = {"max_percent": 12.5, "category": "frames", "quantity": 4}
    first = admin.post(f"{API}/money/limits", json=body)
    again = admin.post(f"{API}/money/limits", json={**body, "max_percent": 9})
    assert (first.status_code, again.json()) == (201, first.json()), "the same conditions are the same limit"
    assert _limits()[-1] == (Decimal(9), "bot", "frames", 4) and len(_limits()) == 3
    assert admin.post(f"{API}/money/limits", json={"max_percent": 3, "policy": "match"}).status_code == 201
    with reading() as session:
        assert [limit.max_percent for limit in policy.rules(session).haggling.match] == [3]
        assert policy.rules(session).most_pieces == 20, "what is not changed stays"
    assert admin.delete(f"{API}/money/limits/{first.json()['id']}").status_code == 204
    assert admin.delete(f"{API}/money/limits/{first.json()['id']}").status_code == 404
    assert len(_limits()) == 2
    assert admin.put(f"{API}/money", json={"valid_hours": 48}).status_code == 204
    assert admin.get(f"{API}/money").json()["valid_hours"] == 48


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_percent": 5, "product": "no-such"}, "product"),
        ({"max_percent": 5, "category": "no-such"}, "category"),
        ({"max_percent": 5, "role": "agent", "agent": "nobody@example.com"}, "agent"),
        ({"max_percent": 101}, None),
        ({"max_percent": -1}, None),
        ({"max_percent": 5, "quantity": 0}, None),
        ({"max_percent": "a lot"}, None),
    ],
)
def test_what_makes_no_sense_is_refused(at_desk: AtDesk, body: dict[str, object], field: str | None) -> None:
    before = _limits()
    answer = at_desk("Amal", role="admin").post(f"{API}/money/limits", json=body)
    assert answer.status_code in (400, 422) and (field is None or answer.json()["field"] == field)
    assert _limits() == before


def test_the_page_shows_the_limits(at_desk: AtDesk) -> None:
    page = at_desk("Amal", role="admin", language="ar").get("/desk/money")
    assert page.status_code == 200 and "وسائد" in page.text and "المساومة" in page.text


def test_an_agent_grants_within_the_own_limit(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits("what's your best price?")
    assert mona.post(f"{API}/conversations/{conversation_id}/accept").status_code in (200, 204)
    with reading() as session:
        email = session.execute(select(Agent.email).where(Agent.name == "Mona")).scalar_one()
    limits = [{"max_percent": 5}, {"max_percent": 10, "role": "agent"}]

    def quote(price: str, number: str) -> int:
        wanted = [{"product": "latex-air", "price": price}]
        body = {"client_message_id": number, "products": wanted}
        answer = mona.post(f"{API}/conversations/{conversation_id}/quotes", json=body)
        assert answer.status_code == 201 or answer.json()["reason"] == "limit"
        return int(answer.status_code)

    selling(haggling={"limits": limits})
    assert quote("2200", "q1") == 422 and total(conversation_id) is None
    selling(haggling={"limits": [*limits, {"max_percent": 20, "role": "agent", "agent": email}]})
    assert quote("2200", "q2") == 201 and total(conversation_id) == 2200
    with reading() as session:
        grant = session.execute(select(DiscountGrant)).scalar_one()
        assert (grant.role, grant.unit_price, grant.max_percent) == ("agent", 2200, 20)
        assert grant.agent_id is not None
        assert session.execute(select(Quote.total)).scalar_one() == 2200
    assert quote("2079", "q3") == 422, "2080 is as low as it goes"
