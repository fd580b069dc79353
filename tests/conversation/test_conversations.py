"""Tokens open one conversation; identities are believed only when the shop signed them."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select

from bot import clock
from bot.conversation import conversations
from bot.db.models import Conversation, Customer
from bot.db.session import reading, writing
from bot.settings import settings

SECRET = "a-secret-of-the-shop-that-is-long-enough"


def test_a_token_opens_its_own_conversation_only(database: str) -> None:
    mine, other = conversations.create("web"), conversations.create("web")
    conversations.check_token(conversations.token_for(mine), mine)
    with pytest.raises(conversations.InvalidToken):
        conversations.check_token(conversations.token_for(mine), other)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\u00e9", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_forged_tokens_open_nothing(database: str, token: str) -> None:
    mine = conversations.create("web")
    with pytest.raises(conversations.InvalidToken):
        conversations.check_token(token, mine)
    forged = jwt.encode({"sub": mine, "aud": "dukan:conversation"}, "x" * 32, algorithm="HS256")
    with pytest.raises(conversations.InvalidToken):
        conversations.check_token(forged, mine)


def _identity(**claims: object) -> str:
    return jwt.encode({"exp": clock.now() + timedelta(minutes=5), **claims}, SECRET, algorithm="HS256")


def test_a_signed_identity_finds_the_customer(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUKAN_IDENTITY_SECRET", SECRET)
    settings.cache_clear()
    with writing() as session:
        session.add(Customer(code="c-1", name="Huda", email="huda@example.com"))
    conversation = conversations.create("web", identity=_identity(email="Huda@example.com"))
    with reading() as session:
        found = session.execute(
            select(Customer.code)
            .join(Conversation, Conversation.customer_id == Customer.id)
            .where(Conversation.id == conversation)
        ).scalar_one()
    assert found == "c-1"


def test_identities_are_refused_when_unsigned_expired_or_off(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(conversations.InvalidIdentity):  # off
        conversations.create("web", identity=_identity(sub="c-1"))
    monkeypatch.setenv("DUKAN_IDENTITY_SECRET", SECRET)
    settings.cache_clear()
    expired = jwt.encode({"sub": "c-1", "exp": clock.now() - timedelta(minutes=1)}, SECRET, algorithm="HS256")
    endless = jwt.encode({"sub": "c-1"}, SECRET, algorithm="HS256")
    forged = jwt.encode({"sub": "c-1", "exp": clock.now() + timedelta(hours=1)}, "y" * 40, algorithm="HS256")
    for identity in (expired, endless, forged, "nonsense"):
        with pytest.raises(conversations.InvalidIdentity):
            conversations.create("web", identity=identity)


def test_a_platforms_user_has_one_conversation(database: str) -> None:
    assert conversations.of_user("rest", "amal") == conversations.of_user("rest", "amal")
    assert conversations.of_user("rest", "amal") != conversations.of_user("rest", "badr")
