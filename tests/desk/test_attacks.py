"""Attacks on the desk: other people's conversations on every call of the API document, by every role; forged calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from starlette.testclient import TestClient

from bot.conversation import transcript
from bot.db.models import Conversation, ConversationLabel, Handoff, Note, Quote, ReadMark, Transfer, Upload
from bot.db.session import reading
from bot.desk import tokens
from bot.desk.app import api_routes
from bot.desk.web import SAFE_METHODS
from bot.settings import ROOT
from tests.desk.conftest import PASSWORD, on_sqlite

API = "/api/v1/desk"
SECRET = "the customer's private words"
AtDesk = Callable[..., TestClient]
Waits = Callable[..., str]
# A body that its owner could send. A call of the document without a line here fails the tests.
BODIES: dict[str, Any] = {
    "accept": None,
    "cards": {"client_message_id": "1", "products": ["lamp"]},
    "decline": None,
    "files": b"a file",
    "labels": {"labels": ["mine"]},
    "messages": {"client_message_id": "1", "text": "hello"},
    "notes": {"text": "a note"},
    "photo-requests": {"client_message_id": "1"},
    "quotes": {"client_message_id": "1", "products": []},
    "read": {"message_id": 1},
    "reassign": {"team": "sales"},
    "resolve": {"outcome": "solved"},
    "return": None,
    "snooze": {"until": None},
    "take-over": None,
    "transfer": {"team": "sales"},
    "typing": None,
}
SUPERVISORS_CALLS = {"take-over", "reassign"}
# What a supervisor may write beside another's conversation; everything else is its owner's.
SUPERVISORS_WORDS = {"notes", "labels"}


def _calls() -> Iterator[tuple[str, str, str]]:
    """Every call on one conversation: method, address, and its last word ('' for the conversation itself)."""
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    for path, methods in document["paths"].items():
        if path.startswith(f"{API}/conversations/{{conversation_id}}"):
            word = path.removeprefix(f"{API}/conversations/{{conversation_id}}").split("/")[1:2]
            for method in methods:
                if method != "parameters":
                    yield method.upper(), re.sub(r"{(photo|document)_id}", "x", path), "".join(word)


CALLS = sorted(_calls())


def _send(client: TestClient, method: str, path: str, word: str, conversation_id: str) -> Any:
    address = path.replace("{conversation_id}", conversation_id)
    if method == "GET" or method == "DELETE":
        return client.request(method, address)
    body = BODIES[word]
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    return client.request(method, address, **({} if body is None else sent))


def _state(conversation_id: str) -> Any:
    """Everything about a conversation that a call could change."""
    with reading() as session:
        conversation = session.get(Conversation, conversation_id)
        counts = [
            session.scalar(select(func.count()).where(model.conversation_id == conversation_id))
            for model in (ConversationLabel, Note, Transfer, Quote, ReadMark, Upload)
        ]
        states = session.execute(select(Handoff.state, Handoff.agent_id, Handoff.snoozed_until)).all()
        owner = (conversation.owner, conversation.agent_id, conversation.owner_version)
    return owner, counts, states, len(transcript.read(conversation_id))


def _by_key(client: TestClient, app: Any) -> TestClient:
    """The same agent as a program with an API key."""
    agent_id = client.get(f"{API}/me").json()["agent"]["id"]
    key = tokens.create(agent_id, "attack")
    return TestClient(app, base_url="http://localhost:8000", headers={"Authorization": f"Bearer {key}"})


def test_the_document_has_the_calls_that_are_attacked() -> None:
    assert len(CALLS) >= 24
    assert {word for method, _, word in CALLS if method not in ("GET", "DELETE")} == set(BODIES)


@on_sqlite
@pytest.mark.parametrize("team", ["sales", "service"], ids=["same team", "another team"])
@pytest.mark.parametrize("way", ["session", "key"])
def test_a_colleagues_conversation_is_out_of_reach_on_every_call(
    at_desk: AtDesk, customer_waits: Waits, app: Any, team: str, way: str
) -> None:
    owner, thief = at_desk("Mona", teams=("sales",)), at_desk("Thief", teams=(team,))
    conversation_id = customer_waits(SECRET, team="sales")
    owner.post(f"{API}/conversations/{conversation_id}/accept")
    caller = thief if way == "session" else _by_key(thief, app)
    before = _state(conversation_id)
    for method, path, word in CALLS:
        answer = _send(caller, method, path, word, conversation_id)
        late = word == "accept" and team == "sales"  # who was too late is told so
        expected = 403 if word in SUPERVISORS_CALLS else 409 if late else 404
        assert answer.status_code == expected, (method, path, answer.text)
        assert SECRET not in answer.text
    assert _state(conversation_id) == before


@on_sqlite
@pytest.mark.parametrize("ended", ["bot", "closed"])
def test_what_is_over_or_the_bots_is_out_of_reach_too(at_desk: AtDesk, customer_waits: Waits, ended: str) -> None:
    owner, thief = at_desk("Mona"), at_desk("Thief")
    conversation_id = customer_waits(SECRET)
    owner.post(f"{API}/conversations/{conversation_id}/accept")
    if ended == "bot":
        owner.post(f"{API}/conversations/{conversation_id}/return")
    else:
        owner.post(f"{API}/conversations/{conversation_id}/resolve", json={"outcome": "solved"})
    before = _state(conversation_id)
    for method, path, word in CALLS:
        answer = _send(thief, method, path, word, conversation_id)
        assert answer.status_code == (403 if word in SUPERVISORS_CALLS else 404), (method, path, answer.text)
    assert _state(conversation_id) == before


@on_sqlite
@pytest.mark.parametrize("role", ["supervisor", "admin"])
def test_supervisors_read_but_do_not_speak_for_the_owner(at_desk: AtDesk, customer_waits: Waits, role: str) -> None:
    owner, chief = at_desk("Mona"), at_desk("Rana", role=role)
    conversation_id = customer_waits(SECRET)
    owner.post(f"{API}/conversations/{conversation_id}/accept")
    before = _state(conversation_id)
    for method, path, word in CALLS:
        if word in SUPERVISORS_CALLS or (word in SUPERVISORS_WORDS and method != "GET"):
            continue
        answer = _send(chief, method, path, word, conversation_id)
        nothing_there = {"photos": 404, "documents": 404, "accept": 409, "decline": 409}
        expected = 200 if method == "GET" else 409 if method == "DELETE" else 403
        assert answer.status_code == nothing_there.get(word, expected), (method, path, answer.text)
    assert _state(conversation_id) == before


@on_sqlite
def test_every_call_that_changes_anything_needs_the_token_and_the_own_site(at_desk: AtDesk) -> None:
    admin = at_desk("Huda", role="admin")
    tried = 0
    for route in api_routes:
        for method in sorted((route.methods or set()) - SAFE_METHODS):  # type: ignore[attr-defined]
            address = re.sub(r"{\w+}", "1", route.path)  # type: ignore[attr-defined]
            if address in (f"{API}/session", f"{API}/setup", f"{API}/password-link") and method == "POST":
                continue
            forged = admin.request(method, address, headers={"X-CSRF-Token": "x" * 43}, json={})
            assert (forged.status_code, forged.json()["code"]) == (403, "csrf"), (method, address)
            foreign = admin.request(method, address, headers={"Sec-Fetch-Site": "cross-site"}, json={})
            assert (foreign.status_code, foreign.json()["code"]) == (403, "origin"), (method, address)
            tried += 1
    assert tried > 40


@on_sqlite
def test_a_session_given_before_sign_in_never_becomes_the_agents(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    visitor.cookies.set("dukan_desk", "planted-by-somebody")
    body = {"email": "mona@shop.example", "password": PASSWORD}
    answer = visitor.post(f"{API}/session", json=body)
    assert answer.status_code == 200 and "planted" not in answer.headers["set-cookie"]
    visitor.cookies.clear()
    visitor.cookies.set("dukan_desk", "planted-by-somebody")
    assert visitor.get(f"{API}/me").status_code == 401
