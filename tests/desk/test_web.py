"""What every call passes first: sign-in, CSRF token, origin, role, and the shape of the body."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route
from starlette.testclient import TestClient

from bot.desk.app import routes
from tests.desk.conftest import PASSWORD, on_sqlite

API = "/api/v1/desk"
ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND"]
OPEN_TO_ALL = {("/desk/sign-in", "GET"), ("/desk/setup/{token}", "GET"), (f"{API}/session", "POST")}
OPEN_TO_ALL |= {(f"{API}/setup", "POST"), (f"{API}/password-link", "POST"), ("/desk/", "GET")}
OPEN_TO_ALL |= {("/files/{file_id}/{name}", "GET")}  # the address of a file is its key
CHANGES = [
    ("DELETE", f"{API}/session", None),
    ("PATCH", f"{API}/me", {"language": "ar"}),
    *(("POST", f"{API}/conversations/CONVERSATION/{action}", None) for action in ("accept", "return", "typing")),
    ("POST", f"{API}/conversations/CONVERSATION/resolve", {"outcome": "solved"}),
    ("POST", f"{API}/conversations/CONVERSATION/read", {"message_id": 1}),
    ("POST", f"{API}/conversations/CONVERSATION/messages", {"client_message_id": "a", "text": "hello"}),
]
BAD_BODIES = [
    (b'{"email": "a@b.example", "password": 5}', 422),
    (b'{"email": ["a"], "password": "b"}', 422),
    (b'{"email": "a@b.example"}', 422),
    (b"[]", 422),
    (b"null", 422),
    (b'{"email": "' + b"x" * 2000 + b'", "password": "b"}', 422),
    (b"{", 400),
    (b"", 400),
    (b'{"email": "\xff\xfe", "password": "b"}', 400),
    (b'{"email": "\\ud800", "password": "b"}', 400),
    (b'{"more": ' + b"[" * 50_000, 400),
    (b'{"more": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400),
    (b'{"email": "' + b"x" * 70_000 + b'"}', 413),
]


def _every_call() -> list[tuple[str, str]]:
    found = []
    for route in routes:
        if isinstance(route, Route):
            path = route.path.replace("{rest:path}", "anything/at/all")
            found += [(path, method) for method in sorted(route.methods or ALL_METHODS)]
    extra = [
        f"{API}/me",
        f"{API}/session",
        f"{API}/conversations/x/messages",
        f"{API}/agents",
        "/desk/x",
        "/desk/conversations/x/y",
    ]
    return found + [(path, method) for path in extra for method in ALL_METHODS]


@on_sqlite
def test_nothing_answers_anyone_who_is_not_signed_in(visitor: TestClient, customer_waits: Callable[..., str]) -> None:
    secret = "the customer's secret words"
    conversation_id = customer_waits(secret)
    visitor.cookies.set("dukan_desk", "made-up")
    calls = [call for call in _every_call() if (call[0], call[1].replace("HEAD", "GET")) not in OPEN_TO_ALL]
    assert len(calls) > 50
    for path, method in calls:
        address = path.replace("{conversation_id}", conversation_id)
        answer = visitor.request(method, address, headers={"X-CSRF-Token": "made-up"})
        assert secret not in answer.text, (method, path)
        if path.startswith("/api"):
            assert answer.status_code == 401, (method, path, answer.status_code)
            if method != "HEAD":
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["status"] == 401
        else:
            assert answer.status_code == 303, (method, path, answer.status_code)
            assert answer.headers["location"].startswith("/desk/sign-in?next=/desk")


@on_sqlite
def test_every_change_needs_the_csrf_token(
    at_desk: Callable[..., TestClient], customer_waits: Callable[..., str]
) -> None:
    mona, sara = at_desk("Mona"), at_desk("Sara")
    conversation_id = customer_waits()
    for method, path, body in CHANGES:
        for wrong in ("", "made-up", sara.headers["X-CSRF-Token"], "caf\u00e9"):
            headers = {"X-CSRF-Token": wrong.encode()}
            answer = mona.request(method, path.replace("CONVERSATION", conversation_id), json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), (method, path)
    assert mona.get(f"{API}/conversations?view=waiting").json()["conversations"][0]["owner"] == "queue"


@on_sqlite
def test_pages_of_other_sites_can_neither_act_nor_sign_in(
    at_desk: Callable[..., TestClient], visitor: TestClient
) -> None:
    mona = at_desk("Mona")
    body = {"email": "mona@shop.example", "password": PASSWORD}
    for header, value in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ]:
        assert mona.patch(f"{API}/me", json={"language": "ar"}, headers={header: value}).json()["code"] == "origin"
        assert visitor.post(f"{API}/session", json=body, headers={header: value}).status_code == 403
    for header, value in [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:8000")]:
        assert mona.patch(f"{API}/me", json={"language": "ar"}, headers={header: value}).status_code == 200


@on_sqlite
def test_a_form_of_another_site_cannot_post_json(visitor: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = visitor.post(f"{API}/session", content=b'{"email":"a","password":"b"}', headers={"Content-Type": kind})
        assert answer.status_code == 415


@on_sqlite
def test_bad_bodies_are_refused_politely(visitor: TestClient) -> None:
    for content, status in BAD_BODIES:
        answer = visitor.post(f"{API}/session", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, content[:60]
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Traceback" not in answer.text


@on_sqlite
def test_unknown_calls_and_methods_say_so_to_agents(at_desk: Callable[..., TestClient]) -> None:
    mona = at_desk("Mona")
    for address in (f"{API}/nobody", f"{API}/", f"{API}", f"{API}/conversations/x/y/z"):
        assert mona.get(address).status_code == 404
    refused = mona.put(f"{API}/me", json={})
    assert refused.status_code == 405 and set(refused.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH"}
    assert mona.get("/desk/nowhere").status_code == 404
    assert mona.get("/desk/").headers["location"] == "/desk"


@on_sqlite
def test_answers_with_data_are_not_kept_by_caches(at_desk: Callable[..., TestClient]) -> None:
    mona = at_desk("Mona")
    for address in ("/desk", f"{API}/me", f"{API}/conversations", f"{API}/conversations/x"):
        assert mona.get(address).headers["cache-control"] == "no-store"
