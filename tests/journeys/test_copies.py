"""Two copies of the whole system on one PostgreSQL database: it does not matter which of them anybody comes to."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bot.clock import new_id
from tests import postgres
from tests.running import Customer, System, text_of

SECRETS = {"DUKAN_INTERNAL_TOKEN": "between the processes", "DUKAN_SECRET_KEY": "signs the tokens of both copies"}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, System]]:
    """Two systems that share a database, a state folder and secrets, started at the same moment on an empty database."""
    postgres.required()
    server = postgres.Server()
    folder = tmp_path_factory.mktemp("copies")
    both = [System(folder, DUKAN_DATABASE_URL=server.url("postgres"), **SECRETS) for _ in range(2)]
    try:
        with ThreadPoolExecutor(2) as starter:
            first, second = starter.map(System.start, both)
        yield first, second
    finally:
        for system in both:
            if system.process is not None and system.process.poll() is None:
                system.stop()
        server.stop()
    assert [line for system in both for line in system.leaks()] == []


def _elsewhere(customer: Customer, system: System) -> Customer:
    """The same customer, whose next calls another copy answers."""
    customer.client.base_url = httpx.URL(system.url)
    return customer


@contextmanager
def _first_admin(system: System, copies: tuple[System, System]) -> Iterator[httpx.Client]:
    """The desk at a copy, with whom its set-up link made the first admin; of two links the newer works."""
    account = {
        "name": "Mona",
        "email": "mona@shop.example",
        "password": "a long enough pass phrase 7",
        "language": "en",
    }
    tokens = [copy.setup_link().rpartition("/")[2] for copy in copies]
    with httpx.Client(base_url=f"{system.url}/api/v1/desk", timeout=30) as desk:
        answers = [desk.post("/setup", json={**account, "token": token}) for token in tokens]
        assert sorted(answer.status_code for answer in answers) == [201, 410]
        created = next(answer for answer in answers if answer.status_code == 201)
        desk.headers["X-CSRF-Token"] = created.json()["csrf_token"]
        yield desk


def _authors(messages: list[dict[str, Any]]) -> list[str]:
    return [message["author"] for message in messages]


def test_a_talk_goes_on_at_another_copy(copies: tuple[System, System]) -> None:
    first, second = copies
    customer = first.customer("en")
    assert "laptop" in customer.say("which laptops do you have?").casefold()
    # What "the second one" is, only the first copy's dialogue has in mind.
    told = _elsewhere(customer, second).say("how much is the second one?")
    assert "SAR" in told
    assert "SAR" in _elsewhere(customer, first).say("and the first one?")
    transcripts = []
    for system in copies:
        transcripts.append(
            _elsewhere(customer, system).client.get(customer.root, params={"wait": 0}).json()["messages"]
        )
    assert transcripts[0] == transcripts[1]
    assert _authors(transcripts[0]).count("customer") == _authors(transcripts[0]).count("bot") == 3


def test_an_agent_at_one_copy_answers_a_customer_of_the_other(copies: tuple[System, System]) -> None:
    first, second = copies
    customer = first.customer("ar")
    customer.say("ممكن أكلم موظف لو سمحت")
    assert customer.owner == "queue"
    with _first_admin(second, copies) as desk:
        mine = f"/conversations/{customer.conversation_id}"
        assert desk.post(f"{mine}/accept").status_code == 200
        written = desk.post(f"{mine}/messages", json={"client_message_id": new_id(), "text": "أهلًا، معك منى"})
        assert written.status_code == 201
        while "معك منى" not in (heard := text_of(customer.read(wait=10))):
            assert heard
        assert customer.owner == "agent"
        assert customer.post("شكرًا، وين طلبي؟").status_code == 202
        told = desk.get(f"{mine}/messages").json()["messages"]
        assert told[-1]["author"] == "customer" and "وين طلبي" in text_of(told[-1:])
        assert _authors(customer.read()) == ["customer"]  # nobody but the agent answers


def test_what_a_dead_copy_owed_the_other_answers_once(copies: tuple[System, System]) -> None:
    first, second = copies
    customer = first.customer("en")
    customer.say("hello")
    dialogue = first.children()["rasa"]
    os.kill(dialogue, signal.SIGSTOP)  # the turn is under way, and will never end
    sent = customer.post("what are your opening hours?")
    assert sent.status_code == 202
    first.die()
    os.kill(dialogue, signal.SIGKILL)  # one that stands still does not hear that its supervisor is gone
    _elsewhere(customer, second)
    told: list[dict[str, Any]] = []
    for _ in range(4):
        told += customer.read(wait=20)
        if "bot" in _authors(told):
            break
    assert _authors(told).count("bot") == 1
    assert customer.say("thanks")
