"""The chat as a person uses it: what they see and do, by role and label."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import axe_playwright_python
from playwright.sync_api import Locator, Page, expect

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"


class Chat:
    """A chat on one page.

    Args:
        page: the page it is on.
        url: address of the page.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.element = page.locator("dukan-chat")
        self.launcher = self.element.locator(".launcher")
        self.panel = self.element.locator("dialog")
        self.inside = self.panel.locator(".inside")
        self.input = self.panel.locator("textarea#message")
        self.log = self.panel.get_by_role("log")
        self.notice = self.panel.locator(".notice")
        self.typing = self.panel.locator(".dots")

    def visit(self, **query: str) -> None:
        """Load the page and wait for the widget on it."""
        self.page.goto(f"{self.url}/?{urlencode(query)}" if query else self.url)
        expect(self.element.locator(".launcher:visible, dialog[open]")).to_be_visible()

    def open(self) -> None:
        """Press the launcher."""
        self.launcher.click()
        expect(self.input).to_be_focused()

    def type(self, text: str) -> None:
        """Write without sending."""
        self.input.fill(text)

    def say(self, text: str) -> None:
        """Write and press Enter."""
        self.input.fill(text)
        self.input.press("Enter")

    def ask(self, text: str, answer: str) -> None:
        """Say something and wait for the answer."""
        self.say(text)
        expect(self.said_by("bot").filter(has_text=answer).last).to_be_visible()

    def said_by(self, author: str) -> Locator:
        """The bubbles of an author."""
        return self.log.locator(f".row.{author} .bubble")

    def transcript(self) -> list[tuple[str, str]]:
        """Who said what, in the order shown."""
        rows = self.log.locator(".row").evaluate_all(
            "rows => rows.flatMap(row => [...row.querySelectorAll('.bubble')].map("
            "bubble => [row.className.split(' ')[1], bubble.textContent]))"
        )
        return [(author, text) for author, text in rows]

    def kept(self) -> list[str]:
        """The names of what the widget keeps in the browser."""
        names: list[str] = self.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('dukan:'))")
        return [name.rsplit(":", 1)[1] for name in names]


@lru_cache(maxsize=1)
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def accessibility_faults(page: Page) -> list[str]:
    """What axe-core finds on a page, shadow roots included."""
    page.evaluate(_axe())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
