"""What the gateway answers before any conversation is touched: methods and names that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from bot.gateway.app import create_app
from bot.settings import settings

KEY = "key-of-the-tests"


@pytest.fixture
def client(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The gateway, called without its runner: nothing here gets as far as a turn."""
    monkeypatch.setenv("DUKAN_API_KEY", KEY)
    settings.cache_clear()
    yield TestClient(create_app())
    settings.cache_clear()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/conversations", "POST"),
        ("PUT", "/api/v1/conversations/x/messages", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/conversations/x/stream", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("POST", "/static/widget.js", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_all_the_right_ones(client: TestClient, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.json() == {"type": "about:blank", "title": "Method Not Allowed", "status": 405}


def test_a_browser_is_told_on_a_page_that_there_is_none(client: TestClient) -> None:
    seen = client.get("/nowhere?lang=ar", headers={"Accept": "text/html,*/*"})
    assert seen.status_code == 404 and 'lang="ar"' in seen.text and "<h1" in seen.text
    called = client.get("/nowhere")
    assert called.status_code == 404 and called.json()["title"] == "Not Found"


@pytest.mark.parametrize("name", ["", "x" * 300, "a\0b"])
def test_a_name_that_no_database_keeps_is_refused(client: TestClient, name: str) -> None:
    opened = client.post("/api/v1/conversations").json()
    calls = [
        (f"/api/v1/conversations/{opened['conversation_id']}/messages", opened["token"], "client_message_id", "text"),
        ("/webhooks/rest/webhook", KEY, "sender", "message"),
    ]
    for path, token, field, text in calls:
        answer = client.post(path, json={field: name, text: "hello"}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 422
        assert field in answer.json()["title"]
