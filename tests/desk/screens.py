"""How the desk's browser tests look at its pages and work them."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PASSWORD = "correct horse battery"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def fill_sign_in(page: Page, name: str) -> None:
    page.fill("#email", f"{name.lower()}@shop.example")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")


def row(page: Page, conversation_id: str) -> Any:
    return page.locator(f'a[data-conversation="{conversation_id}"]')


def open_row(page: Page, conversation_id: str) -> None:
    row(page, conversation_id).click()
    expect(page.locator("#transcript article").first).to_be_visible()


def texts(page: Page) -> list[str]:
    return page.locator("#transcript article .text").all_inner_texts()


def check(page: Page) -> None:
    """Nothing for axe to find, nothing sticking out sideways, everything large enough for a finger."""
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    small = page.evaluate(
        """(operable) => [...document.querySelectorAll(operable)].filter((each) => each.checkVisibility())
            .map((each) => [each.id || each.className || each.tagName, each.getBoundingClientRect()])
            .filter(([, box]) => box.height < 43.9 || box.width < 43.9).map(([name]) => name)""",
        "button, input:not([type=hidden], [type=radio], [type=checkbox], .unseen), select, textarea, summary, .choice, .lists a, .card a, .menu a",
    )
    assert small == []
