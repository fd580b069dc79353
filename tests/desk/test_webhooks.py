"""Webhooks sent to a real server: signed so that a receiver can tell, tried again, told once to each."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from bot import clock
from bot.conversation import conversations, ownership
from bot.db.models import WebhookDelivery
from bot.db.session import reading, writing
from bot.desk import webhooks
from bot.insight import events
from bot.shop.leads import keeping
from bot.shop.leads.keeping import Told
from bot.support import tickets


class Receiver(HTTPServer):
    """Another system: keeps what it is sent, and answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((dict(self.headers), body))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def _send() -> int:
    async def send() -> int:
        async with httpx.AsyncClient(timeout=5) as client:
            return await webhooks.send_due(client)

    return asyncio.run(send())


def _deliveries() -> list[WebhookDelivery]:
    with reading() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def test_what_happens_to_a_conversation_is_told_signed(
    receiver: Receiver, customer_waits: Callable[..., str], hire: Callable[..., int]
) -> None:
    _, secret = webhooks.create(receiver.url, [])
    webhooks.create(receiver.url, ["lead.created"])  # hears nothing of this
    mona = hire("Mona")
    conversation_id = customer_waits("private words")
    ownership.accept(conversation_id, mona)
    ownership.resolve(conversation_id, mona, "sold")
    while _send():
        pass
    bodies = [json.loads(body) for _, body in receiver.got]
    assert sorted(body["event"] for body in bodies) == ["handoff.accepted", "handoff.requested", "handoff.resolved"]
    assert {body["data"]["conversation_id"] for body in bodies} == {conversation_id}
    assert next(body["data"]["outcome"] for body in bodies if body["event"] == "handoff.resolved") == "sold"
    for headers, raw in receiver.got:
        timestamp, given = (part.split("=")[1] for part in headers["Dukan-Signature"].split(","))
        expected = hmac.new(secret.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256).hexdigest()
        assert given == expected and b"private words" not in raw
        forged = raw.replace(b"handoff", b"payment")
        assert hmac.new(secret.encode(), f"{timestamp}.".encode() + forged, hashlib.sha256).hexdigest() != given


def test_leads_and_tickets_are_told_once_however_often_they_are_written(receiver: Receiver, database: str) -> None:
    webhooks.create(receiver.url, ["lead.created", "ticket.created"])
    talk = conversations.create("web", locale="en")
    for need in ("a sofa", "my secret words"):
        lead = keeping.keep(talk, Told(phone="+966551234567", need=need), "call", clock.now())
    for _ in range(2):  # the turn ran twice
        opened = tickets.open_ticket("complaint", talk, 1, story="my secret words")
    while _send():
        pass
    told = {body["event"]: body["data"] for body in map(json.loads, (body for _, body in receiver.got))}
    assert len(receiver.got) == 2 and b"secret" not in b"".join(body for _, body in receiver.got)
    assert told["lead.created"] == {"lead_id": lead.id, "conversation_id": talk, "next_step": "call"}
    ticket = {"number": opened.number, "topic": "complaint", "severity": opened.severity, "team": "service"}
    assert told["ticket.created"] == {**ticket, "conversation_id": talk}


def test_what_fails_is_tried_again_and_then_given_up(receiver: Receiver, database: str) -> None:
    webhook_id, _ = webhooks.create(receiver.url, [])
    with writing() as session:
        events.emit(session, "order.created", {"number": "D-1"})
    receiver.status = 500
    assert _send() == 1 and _send() == 0  # not at once
    for pause in webhooks.PAUSES:
        with writing() as session:
            session.execute(update(WebhookDelivery).values(due_at=clock.now() - pause))
        assert _send() == 1
    (given_up,) = _deliveries()
    assert (given_up.state, given_up.status, given_up.attempts) == ("failed", 500, len(webhooks.PAUSES) + 1)
    assert len({body for _, body in receiver.got}) == 1 and len(receiver.got) == given_up.attempts
    receiver.status = 204
    assert webhooks.send_again(int(given_up.id)) and _send() == 1
    assert [entry["state"] for entry in webhooks.log(webhook_id)] == ["sent"]
    assert not webhooks.send_again(999)


def test_who_cannot_be_reached_and_who_is_turned_off(receiver: Receiver, database: str) -> None:
    gone, _ = webhooks.create("http://127.0.0.1:9/", [])
    off, _ = webhooks.create(receiver.url, [])
    webhooks.set_active(off, False)
    with writing() as session:
        events.emit(session, "ticket.created", {"number": 1})
    _send()
    (delivery,) = _deliveries()
    assert (delivery.webhook_id, delivery.state, delivery.error) == (gone, "pending", "ConnectError")
    assert receiver.got == []
    assert webhooks.remove(gone) and not webhooks.remove(gone)
    assert _deliveries() == []


def test_nothing_is_told_that_was_not_done(receiver: Receiver, database: str) -> None:
    webhooks.create(receiver.url, [])
    with pytest.raises(RuntimeError), writing() as session:
        events.emit(session, "lead.created", {})
        raise RuntimeError
    with pytest.raises(ValueError, match="no such event"), writing() as session:
        events.emit(session, "lead.eaten", {})
    assert _send() == 0 and _deliveries() == []


@pytest.mark.parametrize(
    "url", ["ftp://x.example", "javascript:alert(1)", "https://", "http://a:b@c.example", "x", "http://[::"]
)
def test_only_web_addresses_are_told(database: str, url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        webhooks.create(url, [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_senders_do_not_send_the_same(receiver: Receiver, database: str) -> None:
    webhooks.create(receiver.url, [])
    for number in range(10):
        with writing() as session:
            events.emit(session, "order.created", {"number": number})

    async def both() -> None:
        async with httpx.AsyncClient(timeout=5) as one, httpx.AsyncClient(timeout=5) as other:
            await asyncio.gather(*(webhooks.send_due(client) for client in (one, other)))

    asyncio.run(both())
    assert len(receiver.got) == len({headers["Dukan-Delivery"] for headers, _ in receiver.got}) == 10
