"""Callers that pretend to be others: forged proxy entries, addresses in plenty, identities no database keeps."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from starlette.requests import Request

from bot import clock
from bot.conversation import conversations
from bot.db.models import Conversation, Customer
from bot.db.session import reading, writing
from bot.gateway.requests import caller_of, client_address
from bot.settings import settings

SECRET = "a-secret-of-the-shop-that-is-long-enough"


def _request(address: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": (address, 1)})


@pytest.mark.parametrize("lines", [("9.9.9.9, 1.2.3.4",), ("9.9.9.9", "1.2.3.4"), ("9.9.9.9", "8.8.8.8", "1.2.3.4")])
def test_the_nearest_proxys_entry_counts(monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]) -> None:
    monkeypatch.setenv("DUKAN_TRUSTED_PROXIES", "1")
    settings.cache_clear()
    try:
        assert client_address(_request("127.0.0.1", *lines)) == "1.2.3.4"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_one_network_is_one_caller(address: str, caller: str) -> None:
    assert caller_of(_request(address)) == caller


@pytest.mark.parametrize("name", ["c-\0001", "c-\ud8001"])
def test_an_identity_that_no_database_keeps_is_nobodys(
    database: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DUKAN_IDENTITY_SECRET", SECRET)
    settings.cache_clear()
    with writing() as session:
        session.add(Customer(code="c-1", name="Huda", email="huda@example.com"))
    claims = {"exp": clock.now() + timedelta(minutes=5), "sub": name}
    opened = conversations.create("web", identity=jwt.encode(claims, SECRET, algorithm="HS256"))
    with reading() as session:
        assert session.get(Conversation, opened).customer_id is None
