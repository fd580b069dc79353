"""Help pages on the web: what was quoted can be read whole, as text only."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.gateway.app import create_app
from bot.support.guides.importing import import_guides


@pytest.fixture
def client(database: str, tmp_path: Path) -> TestClient:
    """A gateway with two pages."""
    (tmp_path / "gifts.en.md").write_text(
        "# Gifts & cards\n\nWe wrap &lt;b&gt; things.\n\n## Cards\n\nUp to 200 letters."
    )
    (tmp_path / "gifts.ar.md").write_text("# الهدايا\n\nنغلّف الهدايا.", encoding="utf-8")
    assert import_guides(tmp_path).applied
    return TestClient(create_app())


def test_a_page_is_read_in_its_language(client: TestClient) -> None:
    english = client.get("/help/gifts?lang=en")
    assert english.status_code == 200 and "<h1>Gifts &amp; cards</h1>" in english.text
    assert "Up to 200 letters." in english.text and "<b>" not in english.text
    assert "نغلّف الهدايا." in client.get("/help/gifts?lang=ar").text


def test_a_page_that_is_not_there_is_missing(client: TestClient) -> None:
    assert client.get("/help/nowhere").status_code == 404
    assert client.get("/help/%00").status_code == 404
