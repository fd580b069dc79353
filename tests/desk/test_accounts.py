"""Accounts of agents and the one-time set-up link."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from bot import clock
from bot.db.models import Agent, Invitation
from bot.db.session import reading
from bot.desk import accounts

GOOD = {"name": "Huda", "email": "huda@shop.example", "password": "a short sentence", "language": "ar"}


def _token(link: str | None) -> str:
    assert link is not None
    return link.rsplit("/", 1)[1]


def test_only_a_hash_of_the_password_is_stored(database: str) -> None:
    accounts.create_agent(" Huda@Shop.Example ", "Huda", "a short sentence", teams=["service"])
    with reading() as session:
        agent = session.scalars(select(Agent)).one()
        assert agent.email == "huda@shop.example"
        assert agent.password_hash.startswith("$argon2id$")
        assert [team.code for team in agent.teams] == ["service"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "huda"),
        ("email", "hu da@shop.example"),
        ("email", "a" * 250 + "@shop.example"),
        ("name", "  "),
        ("name", "x" * 101),
        ("name", "\u202e"),
        ("password", "short"),
        ("password", "aaaaaaaaaaaaaaaa"),
        ("password", "huda@shop.example"),
        ("password", "x1" * 200),
        ("role", "owner"),
        ("language", "fr"),
        ("teams", ["nobody"]),
    ],
)
def test_unusable_values_name_their_field(database: str, field: str, value: object) -> None:
    values: dict[str, object] = {**GOOD, "role": "agent", "teams": [], field: value}
    with pytest.raises(accounts.AccountError) as refused:
        accounts.create_agent(**values)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_an_address_belongs_to_one_account(database: str) -> None:
    accounts.create_agent("huda@shop.example", "Huda", "a short sentence")
    with pytest.raises(accounts.AccountError) as refused:
        accounts.create_agent("HUDA@shop.example", "Other", "another sentence")
    assert (refused.value.field, refused.value.reason) == ("email", "taken")


def test_direction_marks_do_not_survive_in_names(database: str) -> None:
    accounts.create_agent("huda@shop.example", "Hu\u202eda", "a short sentence")
    with reading() as session:
        assert session.scalar(select(Agent.name)) == "Huda"


def test_set_up_creates_the_first_administrator_and_signs_in(visitor: TestClient) -> None:
    link = accounts.create_setup_link()
    assert link is not None and link.startswith("http://localhost:8000/desk/setup/")
    page = visitor.get(link)
    assert page.status_code == 200 and page.headers["referrer-policy"] == "no-referrer"

    answer = visitor.post("/api/v1/desk/setup", json={"token": _token(link), **GOOD})
    assert answer.status_code == 201
    assert answer.json()["agent"] | {"id": 0} == {
        "id": 0,
        "name": "Huda",
        "email": "huda@shop.example",
        "role": "admin",
        "language": "ar",
        "teams": [],
    }
    assert visitor.get("/api/v1/desk/me").status_code == 200
    assert accounts.create_setup_link() is None


def test_the_set_up_link_works_once(visitor: TestClient) -> None:
    link = accounts.create_setup_link()
    assert visitor.post("/api/v1/desk/setup", json={"token": _token(link), **GOOD}).status_code == 201
    again = {"token": _token(link), **GOOD, "email": "second@shop.example"}
    assert visitor.post("/api/v1/desk/setup", json=again).status_code == 410
    assert visitor.get(f"/desk/setup/{_token(link)}").status_code == 410


def test_two_uses_at_the_same_time_make_one_administrator(database: str) -> None:
    token = _token(accounts.create_setup_link())

    def use(number: int) -> bool:
        try:
            accounts.create_first_admin(token, f"admin{number}@shop.example", "Admin", "a short sentence", "en")
        except accounts.SetupLinkInvalid:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1
    with reading() as session:
        assert len(session.scalars(select(Agent)).all()) == 1


def test_a_bad_value_leaves_the_link_usable(visitor: TestClient) -> None:
    token = _token(accounts.create_setup_link())
    refused = visitor.post("/api/v1/desk/setup", json={"token": token, **GOOD, "password": "short"})
    assert refused.status_code == 422 and refused.json()["field"] == "password"
    assert visitor.post("/api/v1/desk/setup", json={"token": token, **GOOD}).status_code == 201


def test_links_end_after_a_day_and_with_a_newer_one(visitor: TestClient) -> None:
    older, newer = accounts.create_setup_link(), accounts.create_setup_link()
    assert visitor.get(f"/desk/setup/{_token(older)}").status_code == 410
    assert visitor.get(f"/desk/setup/{_token(newer)}").status_code == 200
    with clock.moved_by(timedelta(hours=24, seconds=1)):
        assert visitor.get(f"/desk/setup/{_token(newer)}").status_code == 410
        assert visitor.post("/api/v1/desk/setup", json={"token": _token(newer), **GOOD}).status_code == 410


def test_the_token_itself_is_not_stored(database: str) -> None:
    token = _token(accounts.create_setup_link())
    with reading() as session:
        stored = session.scalars(select(Invitation.id)).one()
    assert token not in stored and len(stored) == 64


def test_an_agent_changes_the_language_of_the_desk(at_desk: Callable[..., TestClient]) -> None:
    mona = at_desk("Mona")
    assert mona.patch("/api/v1/desk/me", json={"language": "ar"}).json()["agent"]["language"] == "ar"
    assert 'lang="ar" dir="rtl"' in mona.get("/desk").text
    assert mona.patch("/api/v1/desk/me", json={"language": "fr"}).status_code == 422
