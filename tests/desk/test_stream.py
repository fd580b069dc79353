"""The live stream over a real server: what arrives, for whom, how soon, and that nothing comes twice."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from bot.conversation import ownership
from bot.db.models import Agent
from bot.db.session import writing
from bot.desk import sessions, stream
from tests.desk.conftest import PASSWORD

Event = tuple[str, dict[str, Any]]


class Listener:
    """Reads an agent's stream in a thread of its own."""

    def __init__(self, response: httpx.Response) -> None:
        self._events: queue.Queue[Event | None] = queue.Queue()
        self.last_id = ""
        self._response = response
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        name, data = "", ""
        try:
            for line in self._response.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif field == "id":
                    self.last_id = value
                elif not line and data:
                    self._events.put((name, json.loads(data)))
                    name, data = "", ""
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self._events.put(None)

    def next(self, name: str, timeout: float = 5) -> dict[str, Any]:
        """The next event of a name; others before it are passed over."""
        until = time.monotonic() + timeout
        while True:
            event = self._events.get(timeout=max(0.01, until - time.monotonic()))
            assert event is not None, "the stream ended"
            if event[0] == name:
                return event[1]

    def texts(self, expected: int) -> list[str]:
        """Texts of the messages that arrive: those expected, and any that come on top of them."""
        found: list[str] = []
        until = time.monotonic() + 8
        while (left := until - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left if len(found) < expected else min(left, 0.5))
            except queue.Empty:
                break
            if event is not None and event[0] == "message":
                found.append(event[1]["message"]["parts"][0]["text"])
        return found

    def ended(self, timeout: float) -> bool:
        """Whether the server ends the stream within some seconds."""
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            try:
                if self._events.get(timeout=left) is None:
                    return True
            except queue.Empty:
                break
        return False


@pytest.fixture
def listen(served: str, hire: Callable[..., int]) -> Iterator[Callable[..., Any]]:
    """Opens the stream of an agent, by name."""

    @contextmanager
    def open_stream(name: str, watch: str | None = None, last_event_id: str | None = None) -> Iterator[Listener]:
        cookie = sessions.sign_in(f"{name}@shop.example", PASSWORD, "192.0.2.1").cookie
        headers = {"Cookie": f"dukan_desk={cookie}", **({"Last-Event-ID": last_event_id} if last_event_id else {})}
        with (
            httpx.Client(base_url=served, timeout=20, headers=headers) as client,
            client.stream("GET", "/api/v1/desk/stream", params={"watch": watch} if watch else {}) as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            yield Listener(response)

    yield open_stream


def test_lists_come_first_and_then_what_changed(
    listen: Any, hire: Callable[..., int], customer_waits: Callable[..., str]
) -> None:
    mona = hire("Mona", teams=("sales",))
    first = customer_waits(team="sales")
    customer_waits(team="service")
    with listen("Mona") as stream_of_mona:
        lists = stream_of_mona.next("lists")
        assert [entry["conversation_id"] for entry in lists["conversations"]] == [first]
        assert lists["now"].endswith("Z")
        second = customer_waits(team="sales")
        assert [entry["conversation_id"] for entry in stream_of_mona.next("changed")["changed"]] == [second]
        assert ownership.accept(first, mona)
        changed = stream_of_mona.next("changed")
        assert [(entry["conversation_id"], entry["place"]) for entry in changed["changed"]] == [(first, "mine")]


def test_a_conversation_taken_by_a_colleague_leaves_the_list_and_its_words_stay_private(
    listen: Any, hire: Callable[..., int], customer_waits: Callable[..., str], customer_says: Callable
) -> None:
    hire("Mona")
    sara = hire("Sara")
    conversation_id = customer_waits()
    with listen("Mona", watch=conversation_id) as stream_of_mona:
        stream_of_mona.next("lists")
        customer_says(conversation_id, "before")
        assert stream_of_mona.next("message")["message"]["parts"][0]["text"] == "before"
        ownership.accept(conversation_id, sara)
        customer_says(conversation_id, "for Sara only")
        while not (removed := stream_of_mona.next("changed")["removed"]):
            pass  # the new last words were told first
        assert removed == [conversation_id]
        assert stream_of_mona.texts(0) == []


def test_messages_arrive_at_once(
    listen: Any, hire: Callable[..., int], customer_waits: Callable[..., str], customer_says: Callable
) -> None:
    mona = hire("Mona")
    conversation_id = customer_waits()
    ownership.accept(conversation_id, mona)
    with listen("Mona") as stream_of_mona:
        stream_of_mona.next("lists")
        time.sleep(1)
        began = time.monotonic()
        message_id = customer_says(conversation_id, "quick?")
        told = stream_of_mona.next("message")
        assert time.monotonic() - began < 1  # pushed, not found at the next look
        assert (told["conversation_id"], told["message"]["id"]) == (conversation_id, message_id)


def test_after_a_break_the_stream_goes_on_without_a_gap_or_a_double(
    listen: Any, hire: Callable[..., int], customer_waits: Callable[..., str], customer_says: Callable
) -> None:
    mona = hire("Mona")
    one, other = customer_waits(), customer_waits()
    ownership.accept(one, mona)
    ownership.accept(other, mona)
    with listen("Mona") as first_stream:
        first_stream.next("lists")
        time.sleep(0.2)
        for number in range(3):
            customer_says(one, f"one {number}")
        assert first_stream.texts(3) == ["one 0", "one 1", "one 2"]
    customer_says(other, "missed by the other")
    customer_says(one, "missed by the one")
    with listen("Mona", last_event_id=first_stream.last_id) as second_stream:
        second_stream.next("lists")
        assert sorted(second_stream.texts(2)) == ["missed by the one", "missed by the other"]
        customer_says(one, "after")
        assert second_stream.texts(1) == ["after"]


def test_a_conversation_accepted_while_listening_is_followed_from_then_on(
    listen: Any, hire: Callable[..., int], customer_waits: Callable[..., str], customer_says: Callable
) -> None:
    mona = hire("Mona")
    with listen("Mona") as stream_of_mona:
        stream_of_mona.next("lists")
        conversation_id = customer_waits("said before")
        ownership.accept(conversation_id, mona)
        stream_of_mona.next("changed")
        customer_says(conversation_id, "said after")
        texts = stream_of_mona.texts(1)
        assert texts[-1] == "said after" and "said before" not in texts


def test_the_stream_ends_with_the_session(
    listen: Any, hire: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_EVERY", 0.3)
    hire("Mona")
    with listen("Mona") as stream_of_mona:
        stream_of_mona.next("lists")
        with writing() as session:
            session.execute(update(Agent).values(active=False))
        assert stream_of_mona.ended(5)
