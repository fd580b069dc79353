"""Conversations of customers with the running system, in both languages, out of the demonstration shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, text

from tests.journeys.following import follow
from tests.running import System

DIALOGUES = [
    pytest.param(dialogue, id=f"{path.stem}: {dialogue['name']}")
    for path in sorted((Path(__file__).parent / "dialogues").glob("*.yml"))
    for dialogue in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_talk(running: System, dialogue: dict[str, Any]) -> None:
    with create_engine(f"sqlite:///{running.state_dir / 'dukan.db'}").begin() as connection:
        # Whoever comes back to an order is told the ticket there is; a talk begins without those of the talks before.
        connection.execute(text("UPDATE tickets SET state = 'solved'"))
    follow(running, dialogue)


def test_every_turn_is_written_down(running: System) -> None:
    customer = running.customer("en")
    customer.say("do you have laptops under 4000")
    customer.say("where is my order")
    customer.say("thanks")
    with create_engine(f"sqlite:///{running.state_dir / 'dukan.db'}").connect() as connection:
        parameters = {"id": customer.conversation_id}
        messages = connection.execute(
            text("SELECT author, language, intent, confidence, latency_ms FROM messages WHERE conversation_id = :id"),
            parameters,
        ).all()
        topics = connection.execute(
            text("SELECT topic, side, outcome, turns FROM interactions WHERE conversation_id = :id ORDER BY id"),
            parameters,
        ).all()
    asked = [row for row in messages if row.author == "customer"]
    assert [row.intent for row in asked] == ["product_search", "order_status", "thanks"]
    assert all(row.language == "en" and 0 < row.confidence <= 1 and row.latency_ms >= 0 for row in asked)
    assert [(row.topic, row.side) for row in topics] == [("product_search", "sales"), ("order_status", "service")]


def test_a_catalogue_imported_now_is_understood_at_the_next_message(running: System, tmp_path: Path) -> None:
    customer = running.customer("en")
    before = customer.say("do you have the Zephyrling garden hammock?")
    assert "Zephyrling" not in before
    path = tmp_path / "hammocks.csv"
    path.write_text(
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
        "Variant Inventory Qty,Variant Price,Status\n"
        "zephyrling,Zephyrling Garden Hammock,<p>Holds two grown-ups.</p>,Swayworks,Hammocks,,TRUE,Title,"
        "Default Title,ZEP-1,7,349.00,active\n",
        encoding="utf-8",
    )
    imported = running.command("import", "products", str(path), "--format", "shopify")
    assert imported.returncode == 0, imported.stdout + imported.stderr
    assert "created 1" in imported.stdout
    answer = customer.say("do you have the Zephyrling garden hammock?")
    assert "Zephyrling Garden Hammock" in answer
    assert "349" in customer.say("how much is it?")
    assert "349" in running.customer("ar").say("كم سعر Zephyrling؟")
    again = running.command("import", "products", str(path))
    assert "unchanged 1" in again.stdout


def test_asking_for_a_person_waiting_and_going_back(running: System) -> None:
    customer = running.customer("ar")
    customer.say("ممكن أتكلم مع موظف لو سمحت")
    assert customer.owner == "queue" and customer.queue_position
    assert customer.say("عندي سؤال عن الضمان كمان")
    assert customer.owner == "queue"
    assert customer.press("العودة")
    assert customer.owner == "bot"
    assert "وعليكم" in customer.say("السلام عليكم")


def test_two_hundred_messages_cost_no_more_each(running: System) -> None:
    customer = running.customer("en")
    for number in range(60):
        answer = customer.say("hello" if number % 2 else "thanks")
        assert answer
    assert len(customer.client.get(customer.root).json()["messages"]) >= 120
