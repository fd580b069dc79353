"""The running gateway answers as `openapi.yaml` says: in a plain day's work, and whatever else it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from bot.clock import new_id
from bot.desk import accounts
from bot.settings import ROOT, settings
from tests.running import API_KEY, Customer, System

DESK = "/api/v1/desk"
STREAMS = ["streamMessages", "streamDesk"]  # without an end
OPEN_TO_ALL = ["signIn", "setUp", "choosePassword"]
WORK = "desk work"  # calls whose answer hangs on what is there; `tests/desk` tells which
WAIT = 60.0  # seconds for one answer of a busy machine
EMAIL, PASSWORD = "openapi@shop.example", "correct horse battery"

# What data of the stated shape may be answered with besides 2xx: more than the shape counts there.
REFUSALS = {
    "createConversation": [401],  # an identity that nobody signed
    "postMessage": [422],  # nothing visible, or a payload of no button
    "sendFileToAgent": [409],  # no person was asked for
    "restWebhook": [422],
    "helpdeskRings": [404],  # no outside help desk is set
    "postAnswer": [422],
    "markRead": [422],  # a whole number written as a fraction
    "setUp": [410],
    "signOut": [401],  # the first example has ended the session
    "returnConversation": [403],  # the first example has given the conversation away
    "resolveConversation": [403],
}
REJECTIONS = [400, 401, 403, 404, 405, 410, 413, 415, 422]


def _schema(*, forged_credentials: bool) -> OpenApiSchema:
    """The document, with the same examples at every run: boundary values, and a few by chance."""
    operations: list[dict[str, Any]] = [
        {
            "include-operation-id": operation,
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", *statuses]},
                "negative_data_rejection": {"expected-statuses": [*REJECTIONS, *statuses]},
            },
        }
        for operation, statuses in REFUSALS.items()
    ]
    # Names and passwords by chance would lock this machine's address out of the desk.
    operations.append({"include-operation-id": "signIn", "generation": {"mode": "negative"}})
    config = {
        "generation": {"mode": "all", "with-security-parameters": forged_credentials},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx"]},
            "negative_data_rejection": {"expected-statuses": REJECTIONS},
        },
        "operations": operations,
    }
    return schemathesis.openapi.from_path(ROOT / "openapi.yaml", config=SchemathesisConfig.from_dict(config))


API = _schema(forged_credentials=False)
FORGED = _schema(forged_credentials=True)
few_examples = hypothesis.settings(
    max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)

fewer_examples = hypothesis.settings(few_examples, max_examples=4)
AS_STATED = [schemathesis.checks.not_a_server_error, status_code_conformance, response_schema_conformance]


def _aim(case: schemathesis.Case, conversation_id: str) -> None:
    """Have a case name a conversation that is there, unless an impossible id is what it tries."""
    assert case.meta is not None
    path = case.meta.components.get(ParameterLocation.PATH)
    if path is not None and path.mode.is_positive and "conversation_id" in case.path_parameters:
        case.path_parameters["conversation_id"] = conversation_id


class Client:
    """Makes single calls by their names in the document, and holds the answers to it."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url
        self.headers = headers or {}

    def call(self, operation: str, status: int, conversation_id: str | None = None, **parts: Any) -> Response:
        """Call an operation; the answer has that status and is as stated."""
        path = {"conversation_id": conversation_id} if conversation_id else {}
        sent = {**self.headers, **parts.pop("headers", {})}
        body = {"media_type": "application/json"} if "body" in parts else {}
        case = API.find_operation_by_id(operation).Case(path_parameters=path, **body, **parts)
        answer = case.call_and_validate(base_url=self.url, headers=sent, timeout=WAIT)
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture(scope="module")
def account(running: System) -> dict[str, str]:
    """How a supervisor signs in."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        settings.cache_clear()
        accounts.create_agent(EMAIL, "Mona", PASSWORD, role="supervisor")
    settings.cache_clear()
    return {"email": EMAIL, "password": PASSWORD}


@pytest.fixture
def desk(running: System, account: dict[str, str]) -> Client:
    """The desk, with a session of its own."""
    answer = httpx.post(f"{running.url}{DESK}/session", json=account)
    headers = {
        "Cookie": f"dukan_desk={answer.cookies['dukan_desk']}",
        "X-CSRF-Token": answer.json()["csrf_token"],
    }
    return Client(running.url, headers)


@pytest.fixture
def waiting(running: System) -> Callable[[], str]:
    """Has a customer wait for a person; gives the conversation's id."""

    def wait() -> str:
        customer = running.customer("en")
        assert customer.say("Talk to a person", "/talk_to_agent{}")
        assert customer.owner == "queue"
        return customer.conversation_id

    return wait


@pytest.fixture(scope="module")
def customer(running: System) -> Customer:
    """A customer who has been answered."""
    customer = running.customer("en")
    assert customer.say("hello")
    return customer


def test_a_customers_visit_is_as_stated(running: System) -> None:
    client = Client(running.url)
    client.call("health", 200)
    opened = client.call("createConversation", 201, body={"locale": "en", "identity": None}).json()
    mine, client.headers = opened["conversation_id"], {"Authorization": f"Bearer {opened['token']}"}
    shown: set[str] = set()
    for text in ("hello", "do you have laptops?", "where are your shops?", "compare the first two laptops"):
        body = {"client_message_id": new_id(), "text": text}
        sent = client.call("postMessage", 202, mine, body=body)
        assert client.call("postMessage", 200, mine, body=body).json() == sent.json()
        query = {"after": sent.json()["message_id"], "wait": 30}
        messages = client.call("readMessages", 200, mine, query=query).json()["messages"]
        shown |= {part["type"] for message in messages for part in message["parts"]}
    assert {"text", "buttons", "cards", "table"} <= shown
    client.call("postMessage", 401, new_id(), body={"client_message_id": "1", "text": "hello"})
    client.call("postMessage", 413, mine, body={"client_message_id": "1", "text": "x" * 4001})
    client.call("postMessage", 422, mine, body={"client_message_id": "1", "text": "\u200b"})
    client.call("readMessages", 422, mine, query={"after": "newest"})


def test_rasas_webhook_is_as_stated(running: System) -> None:
    client = Client(running.url, {"Authorization": f"Bearer {API_KEY}"})
    replies = client.call("restWebhook", 200, body={"sender": new_id(), "message": "do you have laptops?"}).json()
    assert any("custom" in reply for reply in replies)
    client.call("restWebhook", 401, body={"sender": "a", "message": "b"}, headers={"Authorization": "Bearer wrong"})


def test_a_day_at_the_desk_is_as_stated(running: System, account: dict[str, str], waiting: Callable[[], str]) -> None:
    client, mine = Client(running.url), waiting()
    wrong = client.call("signIn", 401, body={**account, "password": "wrong"}).json()
    assert wrong["code"] == "credentials"
    client.call("readMe", 401)
    signed_in = client.call("signIn", 200, body=account)
    cookie = signed_in.headers["set-cookie"][0].partition(";")[0]
    client.headers = {"Cookie": cookie, "X-CSRF-Token": signed_in.json()["csrf_token"]}
    assert client.call("readMe", 200).json() == signed_in.json()
    assert client.call("changeMe", 200, body={"language": "ar"}).json()["agent"]["language"] == "ar"

    listed = client.call("listConversations", 200, query={"view": "waiting"}).json()["conversations"]
    assert mine in [entry["conversation_id"] for entry in listed]
    assert client.call("showTyping", 403, mine).json()["code"] == "not_owner"
    assert client.call("acceptConversation", 200, mine).json()["place"] == "mine"
    assert client.call("readConversation", 200, mine).json()["owner"] == "agent"
    answer = {"client_message_id": "1", "text": "How can I help?"}
    said = client.call("postAnswer", 201, mine, body=answer).json()
    assert client.call("postAnswer", 201, mine, body=answer).json() == said
    transcript = client.call("readTranscript", 200, mine, query={"after": 0}).json()["messages"]
    assert {"customer", "bot", "system", "agent"} == {message["author"] for message in transcript}
    client.call("markRead", 204, mine, body=said)
    client.call("showTyping", 204, mine)
    client.call("resolveConversation", 204, mine, body={"outcome": "solved"})
    assert client.call("acceptConversation", 409, mine).json()["code"] == "taken"
    other = waiting()
    client.call("acceptConversation", 200, other)
    client.call("returnConversation", 204, other)
    client.call("readConversation", 404, new_id())
    client.call("signOut", 204)
    client.call("readMe", 401)


def test_what_the_desk_refuses_is_as_stated(desk: Client) -> None:
    body = {"language": "en"}
    assert desk.call("changeMe", 403, body=body, headers={"X-CSRF-Token": "made-up"}).json()["code"] == "csrf"
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert desk.call("changeMe", 403, body=body, headers=elsewhere).json()["code"] == "origin"
    set_up = {"token": "made-up", "name": "A", "email": "a@b.example", "password": PASSWORD, "language": "en"}
    assert desk.call("setUp", 410, body=set_up).json()["code"] == "link"
    assert desk.call("setUp", 403, body=set_up, headers=elsewhere).json()["code"] == "origin"


@API.exclude(path_regex=f"^{DESK}").exclude(operation_id=STREAMS).parametrize()
@few_examples
def test_customers_calls_answer_whatever_is_sent(case: schemathesis.Case, running: System, customer: Customer) -> None:
    _aim(case, customer.conversation_id)
    key = API_KEY if case.operation.path.startswith("/webhooks") else customer.token
    case.call_and_validate(base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=WAIT)


@pytest.fixture
def at_hand(request: pytest.FixtureRequest, desk: Client, waiting: Callable[[], str]) -> str:
    """A conversation of the agent's own, or one that waits for the call that accepts it."""
    conversation_id = waiting()
    if not request.node.name.endswith("accept]"):
        desk.call("acceptConversation", 200, conversation_id)
    return conversation_id


@API.include(tag=WORK).exclude(operation_id=STREAMS).parametrize()
@fewer_examples
def test_work_calls_answer_as_stated_whatever_is_sent(
    case: schemathesis.Case, desk: Client, customer: Customer
) -> None:
    _aim(case, customer.conversation_id)
    answer = case.call(base_url=desk.url, headers=desk.headers, timeout=WAIT)
    case.validate_response(answer, checks=AS_STATED, headers=desk.headers)


@API.exclude(path_regex=f"^(?!{DESK})").exclude(operation_id=STREAMS).exclude(tag=WORK).parametrize()
@few_examples
def test_desk_calls_answer_whatever_is_sent(case: schemathesis.Case, desk: Client, at_hand: str) -> None:
    _aim(case, at_hand)
    case.call_and_validate(base_url=desk.url, headers=desk.headers, timeout=WAIT)


@FORGED.exclude(path_regex=f"^(?!{DESK})").exclude(operation_id=OPEN_TO_ALL).parametrize()
@few_examples
def test_nobody_is_answered_who_is_not_signed_in(case: schemathesis.Case, running: System, customer: Customer) -> None:
    _aim(case, customer.conversation_id)
    answer = case.call(base_url=running.url, timeout=WAIT)
    assert answer.status_code in (401, 403), answer.text
    assert answer.headers["content-type"] == ["application/problem+json"]
    assert answer.json()["status"] == answer.status_code
