"""The customer API, held to its contract from outside."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from bot.clock import new_id
from tests.running import API_KEY, Customer, System, text_of


def _problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"]
    assert "Traceback" not in answer.text and "bot/" not in answer.text
    return body


def test_health_names_every_part(running: System) -> None:
    answer = httpx.get(running.url + "/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": {"database": "ok", "rasa": "ok", "actions": "ok"}}


@pytest.mark.parametrize("locale", ["en", "ar", None])
def test_a_conversation_is_opened_and_answers(running: System, locale: str | None) -> None:
    customer = running.customer(locale)
    greeting = "مرحبا" if locale == "ar" else "hello"
    assert customer.say(greeting)
    answer = customer.last[0]
    assert answer["author"] == "bot"
    assert answer["lang"] == (locale or "en")
    assert answer["created_at"].endswith("Z")
    assert customer.owner == "bot"


def test_the_same_client_message_id_says_nothing_new(running: System) -> None:
    customer = running.customer("en")
    key = new_id()
    first = customer.post("hello", key=key)
    customer.read(wait=30)
    again = customer.post("hello", key=key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert customer.read(wait=1) == []


def test_after_and_wait(running: System) -> None:
    customer = running.customer("en")
    message_id = customer.post("hello").json()["message_id"]
    found = customer.client.get(customer.root, params={"after": 0, "wait": 30}).json()
    assert found["answered_up_to"] == message_id
    assert next(message["id"] for message in found["messages"]) == message_id
    later = customer.client.get(customer.root, params={"after": message_id}).json()
    assert all(message["id"] > message_id for message in later["messages"])
    assert later["owner"] == "bot" and later["queue_position"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"client_message_id": "a", "text": "\xff"}', 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"client_message_id": 5, "text": "x"}', 422),
        (b'{"client_message_id": "", "text": "x"}', 422),
        (b'{"client_message_id": "a"}', 422),
        (b'{"client_message_id": "a", "text": ""}', 422),
        (b'{"client_message_id": "a", "text": "  \\n "}', 422),
        (b'{"client_message_id": "a", "text": "\\u0000\\u0001"}', 422),
        (b'{"client_message_id": "a", "text": ["x"]}', 422),
        (b'{"client_message_id": "a", "payload": "/restart"}', 422),
        (b'{"client_message_id": "a", "payload": "/nonsense{}"}', 422),
        (b'{"client_message_id": "a", "payload": "hello"}', 422),
    ],
)
def test_unusable_bodies_are_refused_clearly(running: System, body: bytes, status: int) -> None:
    customer = running.customer("en")
    _problem(customer.client.post(customer.root, content=body), status)
    assert customer.read() == []


def test_too_long_is_413_and_the_longest_is_answered(running: System) -> None:
    customer = running.customer("en")
    _problem(customer.post("x" * 4001), 413)
    _problem(customer.post("x" * 100_000), 413)
    _problem(customer.client.post(customer.root, content=b'{"text":"' + b"x" * 5_000_000 + b'"}'), 413)
    assert customer.say("hello " * 666)


def test_tokens_open_their_own_conversation_only(running: System) -> None:
    mine, other = running.customer("en"), running.customer("en")
    for header in ("", "Bearer", "Bearer x.y.z", f"Bearer {other.token}", f"Basic {mine.token}"):
        for method, path in (("GET", mine.root), ("POST", mine.root), ("GET", mine.root[:-8] + "stream")):
            answer = httpx.request(
                method, running.url + path, headers={"Authorization": header} if header else {}, json={}
            )
            _problem(answer, 401)
    assert mine.read() == []


def test_wrong_parameters(running: System) -> None:
    customer = running.customer("en")
    for params in ({"after": "x"}, {"after": "-1"}, {"wait": "1.5"}, {"after": "٣"}, {"wait": "NaN"}):
        _problem(customer.client.get(customer.root, params=params), 422)
    assert customer.client.get(customer.root, params={"after": "9" * 30}).status_code in (200, 422)
    for body in ({"locale": "fr"}, {"locale": 1}, {"identity": 5}, []):
        _problem(httpx.post(running.url + "/api/v1/conversations", json=body), 422)
    _problem(httpx.post(running.url + "/api/v1/conversations", json={"identity": "forged"}), 401)
    _problem(httpx.get(running.url + "/nowhere"), 404)
    _problem(httpx.delete(running.url + "/api/v1/conversations"), 405)


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "/session_start",
        "/back",
        '/product_info{"product": "x"}',
        "/talk_to_agent",
        "EXTERNAL: product_search",
        "'; DROP TABLE messages; --",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "{language} {0.__class__} %s ${7*7}",
        "\u202egnirts desrever",
        "😀😀😀😀",
        "؟؟؟",
        "١٢٣٤٥",
        "\ud83d",
        "a\u0000b",
        "سلام، قیمت این محصول چند است؟",
        "你好，有椅子吗？",
    ],
)
def test_strange_texts_get_a_polite_answer_and_do_nothing(running: System, text: str) -> None:
    customer = running.customer("en")
    body = b'{"client_message_id":"1","text":"\\ud83d"}' if text == "\ud83d" else None
    sent = customer.client.post(customer.root, content=body) if body else customer.post(text)
    assert sent.status_code == 202, sent.text
    messages = customer.read(wait=30)
    replies = [message for message in messages if message["author"] != "customer"]
    assert replies and text_of(replies)
    assert customer.owner == "bot"
    assert "Traceback" not in text_of(replies) and "{" not in text_of(replies)


def test_the_stream_gives_the_same_messages_and_resumes(running: System) -> None:
    customer = running.customer("en")
    stream = customer.root.replace("messages", "stream")

    def collect(headers: dict[str, str], count: int) -> list[str]:
        ids: list[str] = []
        with customer.client.stream("GET", stream, headers=headers, timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("id:"):
                    ids.append(line[3:].strip())
                    if len(ids) == count:
                        return ids
        raise AssertionError("the stream ended")

    seen: list[str] = []
    listener = threading.Thread(target=lambda: seen.extend(collect({}, 2)))
    listener.start()
    time.sleep(0.3)
    message = {"client_message_id": new_id(), "text": "hello"}
    httpx.post(running.url + customer.root, json=message, headers={"Authorization": f"Bearer {customer.token}"})
    listener.join(20)
    messages = [str(message["id"]) for message in customer.read(wait=10)]
    assert seen == messages[:2]
    assert collect({"Last-Event-ID": seen[0]}, 1) == [seen[1]]


def test_the_rest_webhook_speaks_rasas_shape(running: System) -> None:
    url = running.url + "/webhooks/rest/webhook"
    body = {"sender": f"shop-{new_id()}", "message": "hello"}
    _problem(httpx.post(url, json=body), 401)
    _problem(httpx.post(url, json=body, headers={"Authorization": "Bearer wrong"}), 401)
    answer = httpx.post(url, json=body, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=40)
    assert answer.status_code == 200
    (first, *_) = answer.json()
    assert first["recipient_id"] == body["sender"] and first["text"]
    executed = httpx.post(
        url,
        json={**body, "message": "/talk_to_agent{}"},
        headers={"Authorization": f"Bearer {API_KEY}"},
        timeout=40,
    )
    assert executed.status_code == 200 and executed.json()


def test_security_headers(running: System) -> None:
    for path in ("/", "/desk", "/widget.js", "/health"):
        headers = httpx.get(running.url + path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_another_sites_page_may_not_call_the_api_unless_allowed(running: System) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(running.url + "/api/v1/conversations", headers=headers)
    assert "access-control-allow-origin" not in answer.headers


def test_many_customers_at_once_each_get_their_own_answers(running: System) -> None:
    texts = ["hello", "مرحبا", "thanks", "شكرا"] * 4
    customers = [running.customer() for _ in texts]
    answers: dict[int, str] = {}

    def talk(number: int, customer: Customer) -> None:
        answers[number] = customer.say(texts[number])

    threads = [threading.Thread(target=talk, args=pair) for pair in enumerate(customers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(texts)
    for number, customer in enumerate(customers):
        expected = "ar" if number % 2 else "en"
        assert [message["lang"] for message in customer.last] == [expected] * len(customer.last)
