"""Fixtures of the desk's tests: the desk as an application, agents at work, customers in need of one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.clock import new_id
from bot.conversation import conversations, handoffs, inbox
from bot.conversation.turns import Result
from bot.desk import accounts, passwords
from bot.desk.app import routes
from bot.gateway.security import SecurityHeaders
from tests.desk.screens import DESKTOP, PASSWORD, fill_sign_in

ADDRESS = "http://localhost:8000"

# For what has nothing to do with the engine below: once is enough.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def app(database: str) -> Starlette:
    """The desk's routes alone."""
    return Starlette(routes=routes)


@pytest.fixture
def visitor(app: Starlette) -> Iterator[TestClient]:
    """A browser nobody has signed in with."""
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        yield client


@pytest.fixture
def served(app: Starlette) -> Iterator[str]:
    """The desk behind a real server, with the gateway's security headers; its address."""
    app.add_middleware(SecurityHeaders)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def hire(database: str) -> Callable[..., int]:
    """Creates an account: `hire("Mona", role="agent", teams=["sales"])` signs in as mona@shop.example."""
    hashed = passwords.hash_password(PASSWORD)

    def create(name: str, role: str = "agent", teams: tuple[str, ...] = (), language: str = "en") -> int:
        with pytest.MonkeyPatch.context() as patch:  # hashing the same password once is enough
            patch.setattr(passwords, "hash_password", lambda _password: hashed)
            return accounts.create_agent(f"{name.lower()}@shop.example", name, PASSWORD, role, teams, language)

    return create


@pytest.fixture
def at_desk(app: Starlette, hire: Callable[..., int]) -> Iterator[Callable[..., TestClient]]:
    """Creates an agent and gives the browser in which the agent has signed in."""
    with ExitStack() as stack:

        def sign_in(name: str, **account: Any) -> TestClient:
            hire(name, **account)
            client = stack.enter_context(TestClient(app, base_url=ADDRESS, follow_redirects=False))
            body = {"email": f"{name}@shop.example", "password": PASSWORD}
            answer = client.post("/api/v1/desk/session", json=body)
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            return client

        yield sign_in


@pytest.fixture
def customer_waits(database: str) -> Callable[..., str]:
    """Has a customer write and the bot hand the conversation over; gives its id."""

    def wait(
        *texts: str,
        team: str = "sales",
        reason: str = "asked",
        locale: str = "en",
        summary: dict[str, Any] | None = None,
    ) -> str:
        conversation_id = conversations.create("web", locale=locale)
        for text in texts or ("I want a person",):
            inbox.receive(conversation_id, new_id(), text)
        job = inbox.next_job(conversation_id)
        while job is not None:
            handoffs.request(conversation_id, job.message_id, team, reason, summary)
            job = inbox.finish(job, Result(replies=[[{"type": "text", "text": "Someone will be with you."}]]))
        return conversation_id

    return wait


@pytest.fixture
def customer_says() -> Callable[[str, str], int]:
    """Has a customer write once more; gives the message's id."""

    def say(conversation_id: str, text: str) -> int:
        message_id = inbox.receive(conversation_id, new_id(), text).message_id
        inbox.tell(conversation_id)
        return message_id

    return say


@pytest.fixture
def screen(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """Opens a window on the desk; what its page complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": served, "viewport": DESKTOP, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def agent_screen(screen: Callable[..., Page], hire: Callable[..., int]) -> Callable[..., Page]:
    """Opens a window in which a new agent has signed in."""

    def sign_in(name: str, options: dict[str, Any] | None = None, **account: Any) -> Page:
        hire(name, **account)
        page = screen(**(options or {}))
        page.goto("/desk")
        fill_sign_in(page, name)
        expect(page.locator("#connection")).to_have_attribute("data-state", "on")
        return page

    return sign_in
