"""Any process may die at any point: what is stored is answered, once, in order."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import Customer, System


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of its own, to be killed in parts."""
    system = System(tmp_path_factory.mktemp("mortal")).start()
    yield system
    assert system.stop() == 0
    assert system.leaks() == []


def _until(customer: Customer, message_id: int, seconds: float = 60) -> list[dict[str, object]]:
    """All messages, once the customer's newest is answered."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = customer.client.get(customer.root, params={"wait": 5}).json()
            if found["answered_up_to"] >= message_id:
                return found["messages"]
        except (httpx.HTTPError, KeyError):
            time.sleep(0.2)
    raise AssertionError(f"message {message_id} was not answered in {seconds:.0f} s")


def _send(customer: Customer, text: str, key: str) -> int:
    """Send until the shop says it is stored, as a client does that lost its connection."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            sent = customer.post(text, key=key)
            if sent.status_code in (200, 202):
                return int(sent.json()["message_id"])
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("the gateway did not come back")


def _until_up(system: System, name: str, seconds: float = 60) -> None:
    """Once the supervisor has started it again."""
    end = time.monotonic() + seconds
    while name not in system.children():
        assert time.monotonic() < end, f"{name} did not come back"
        time.sleep(0.2)


def _check(messages: list[dict[str, object]], count: int) -> None:
    ids = [message["id"] for message in messages]
    assert ids == sorted(set(ids))
    asked = [message for message in messages if message["author"] == "customer"]
    assert len(asked) == count
    replies = [message for message in messages if message["author"] == "bot"]
    assert len(replies) == count, [message["parts"] for message in messages]


@pytest.mark.parametrize("victims", [["rasa"], ["gateway"], ["actions"], ["rasa", "gateway", "actions"]])
def test_killed_in_the_middle_of_a_talk(mortal: System, victims: list[str]) -> None:
    customers = [mortal.customer("en") for _ in range(4)]
    newest: dict[int, int] = {}
    for turn in range(6):
        for number, customer in enumerate(customers):
            newest[number] = _send(customer, "thanks" if turn % 2 else "hello", f"{number}-{turn}")
        if turn == 2:
            time.sleep(random.uniform(0, 0.05))
            for victim in victims:
                mortal.kill(victim)
    for number, customer in enumerate(customers):
        _check(_until(customer, newest[number]), 6)


# Each closes the topic of the one before it.
TOPICS = ("what are your opening hours?", "do you have printers?", "where is my order?")


@pytest.mark.parametrize("victim", ["rasa", "actions", "gateway"])
def test_topics_add_up_with_messages_whatever_dies_while_one_closes(mortal: System, victim: str) -> None:
    customers = [mortal.customer("en") for _ in range(3)]
    newest: dict[int, int] = {}
    for turn in range(6):
        for number, customer in enumerate(customers):
            newest[number] = _send(customer, TOPICS[turn % len(TOPICS)], f"{number}-{turn}")
        if turn in (1, 4):
            _until_up(mortal, victim)
            time.sleep(random.uniform(0, 0.04))  # somewhere in a turn
            mortal.kill(victim)
    for number, customer in enumerate(customers):
        _until(customer, newest[number])
        _topics_add_up(mortal.state_dir / "dukan.db", customer.conversation_id)


def _topics_add_up(database: Path, talk: str) -> None:
    """Every message was one turn, and every turn belongs to one topic; none but the last one is open."""
    with closing(sqlite3.connect(database)) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query, (talk,)).fetchall()

        said = [row[0] for row in rows("SELECT id FROM messages WHERE conversation_id = ? AND author = 'customer'")]
        ran = rows("SELECT message_id FROM dialogue_events WHERE conversation_id = ? ORDER BY id")
        assert [row[0] for row in ran] == sorted(said)
        topics = rows(
            "SELECT opened_by, last_message_id, turns, outcome FROM interactions WHERE conversation_id = ? ORDER BY id"
        )
    assert sum(turns for _, _, turns, _ in topics) == len(said)
    assert {opened for opened, *_ in topics} <= set(said)
    assert all(before[0] < after[0] for before, after in pairwise(topics))
    assert all(opened <= last for opened, last, *_ in topics)
    *ended, _ = sorted(topics, key=lambda topic: topic[1])  # a matter put aside is taken up again
    assert "open" not in {outcome for *_, outcome in ended}


def test_the_supervisor_killed_leaves_no_process_and_nothing_lost(tmp_path: Path) -> None:
    system = System(tmp_path).start()
    customer = system.customer("ar")
    children = system.children()
    message_id = customer.post("مرحبا", key="1").json()["message_id"]
    system.die()
    end = time.monotonic() + 15
    while time.monotonic() < end and any(Path(f"/proc/{pid}").exists() for pid in children.values()):
        time.sleep(0.1)
    assert not [name for name, pid in children.items() if Path(f"/proc/{pid}").exists()]
    system.start()
    try:
        _check(_until(customer, message_id), 1)
    finally:
        system.stop()


def test_ctrl_c_stops_everything_and_a_second_start_is_quick(tmp_path: Path) -> None:
    system = System(tmp_path).start()
    children = system.children()
    assert set(children) == {"gateway", "rasa", "actions"}
    assert system.stop() == 0
    assert not [name for name, pid in children.items() if Path(f"/proc/{pid}").exists()]
    system.lines.clear()
    system.start()
    try:
        assert system.customer("en").say("hello")
        assert not [line for line in system.lines if "loading" in line or "trained" in line]
    finally:
        system.stop()


def test_a_taken_port_is_one_line(mortal: System, tmp_path: Path) -> None:
    second = System(tmp_path, DUKAN_PORT=str(mortal.port))
    answer = second.command("run")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1 and f"Port {mortal.port} is taken" in answer.stderr


def test_unusable_settings_are_one_line(mortal: System, tmp_path: Path) -> None:
    for name, value in (("DUKAN_PORT", "x"), ("DUKAN_PORT", "99999")):
        answer = System(tmp_path, **{name: value}).command("run")
        assert answer.returncode == 2 and answer.stderr.count("\n") == 1 and name in answer.stderr
    folder = tmp_path / "file"
    folder.write_text("")
    answer = System(folder / "state").command("run")
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    unreachable = System(tmp_path, DUKAN_DATABASE_URL="postgresql+psycopg2://dukan@127.0.0.1:1/dukan")
    answer = unreachable.command("migrate")
    assert answer.returncode == 1 and "Traceback" not in answer.stderr and "database" in answer.stderr


def test_a_broken_model_and_a_missing_table_are_one_line(mortal: System, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    system = System(tmp_path / "state", DUKAN_MODEL_DIR=str(models))
    answer = system.command("serve")
    assert answer.returncode == 1
    assert "python -m bot migrate" in answer.stderr and "Traceback" not in answer.stderr
    assert system.command("migrate").returncode == 0
    (models / "broken.tar.gz").write_bytes(b"not a model")
    answer = system.command("serve")
    assert answer.returncode == 1
    assert "python -m bot train" in answer.stderr and "Traceback" not in answer.stderr
