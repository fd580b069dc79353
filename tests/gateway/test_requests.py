"""Reading bodies: clear problems for what cannot be read, and mercy for half a character."""

from __future__ import annotations

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.gateway.problems import Problem, answer_problem
from bot.gateway.requests import body_of, json_answer, whole_number


class Said(msgspec.Struct):
    """A body."""

    text: str


async def _echo(request: Request) -> Response:
    return json_answer({"text": (await body_of(request, Said)).text, "after": whole_number(request, "after", 7)})


CLIENT = TestClient(
    Starlette(routes=[Route("/", _echo, methods=["POST"])], exception_handlers={Problem: answer_problem})
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'{"text": "\ud83d"}', "\ufffd"),
        (rb'{"text": "a\udc00b"}', "a\ufffdb"),
        (rb'{"text": "\ud83d\ude00"}', "😀"),
        (rb'{"text": "\uD83D\uD83D\uDE00"}', "\ufffd😀"),
        ('{"text": "مرحبا"}'.encode(), "مرحبا"),
    ],
)
def test_texts_arrive_whole(body: bytes, text: str) -> None:
    assert CLIENT.post("/", content=body).json()["text"] == text


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"\xff", 400), (b'{"text": "\xff"}', 400), (b"{}", 422), (b'{"text": 1}', 422)],
)
def test_what_cannot_be_read_is_a_problem(body: bytes, status: int) -> None:
    answer = CLIENT.post("/", content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_past_the_limit_is_too_large() -> None:
    assert CLIENT.post("/", content=b" " * 600_000).status_code == 413


@pytest.mark.parametrize(
    ("raw", "status"), [("5", 200), ("", 200), ("-1", 422), ("x", 422), ("٣", 422), ("9" * 40, 422)]
)
def test_whole_numbers(raw: str, status: int) -> None:
    assert CLIENT.post("/", content=b'{"text": ""}', params={"after": raw}).status_code == status
