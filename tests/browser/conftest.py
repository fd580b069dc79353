"""A browser, pages that are watched for what must not happen, and a gateway that follows a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chat import Chat
from tests.browser.scripted import Script, application, foreign_page, serving

# Tells the page's own violations apart from what a test does to it.
WATCH = """
window.violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} ${blockedURI}`);
});
"""


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts whose pages must neither throw nor break their content security policy."""
    opened: list[tuple[BrowserContext, list[str]]] = []

    def watch(page: Page, faults: list[str]) -> None:
        page.on("pageerror", lambda error: faults.append(f"thrown: {error}"))
        page.on(
            "console",
            lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
        )

    def create(**options: Any) -> BrowserContext:
        settings = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"}
        context = browser.new_context(**{**settings, **options})
        context.set_default_timeout(10_000)
        faults: list[str] = []
        context.add_init_script(WATCH)
        context.on("page", lambda page: watch(page, faults))
        opened.append((context, faults))
        return context

    yield create
    for context, faults in opened:
        for page in context.pages:
            faults += page.evaluate("window.violations ?? []")
        context.close()
        assert not faults


@pytest.fixture
def script() -> Script:
    """What the scripted gateway does."""
    return Script()


@pytest.fixture
def gateway(script: Script) -> Iterator[str]:
    """Address of the scripted gateway."""
    with serving(application(script)) as url:
        yield url
        script.ended = True


@pytest.fixture
def elsewhere(gateway: str) -> Iterator[str]:
    """Address of somebody else's page that embeds the scripted gateway's widget."""
    with serving(foreign_page(gateway)) as url:
        yield url


@pytest.fixture
def chat(new_context: Callable[..., BrowserContext], elsewhere: str) -> Chat:
    """An English chat on somebody else's page, opened."""
    chat = Chat(new_context().new_page(), elsewhere)
    chat.visit()
    chat.open()
    return chat
