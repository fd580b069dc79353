"""The widget is usable by everyone: axe-core finds nothing, whatever it shows; targets are large enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat, accessibility_faults
from tests.browser.parts import CARDS, CHOICES, FORM, STEPS, TABLE
from tests.browser.scripted import Script

pytestmark = pytest.mark.browser

LINK = {"type": "link", "label": "Terms", "url": "https://shop.example/terms"}
ALL = [{"type": "text", "text": "All of it, see https://shop.example/"}, CARDS, TABLE, STEPS, LINK, FORM, CHOICES]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_axe_finds_nothing_in_any_state(
    new_context: Callable[..., BrowserContext], gateway: str, script: Script, language: str, theme: str, screen: str
) -> None:
    script.language = language
    script.answers["all"] = ALL
    context = new_context(color_scheme=theme, **(PHONE if screen == "phone" else {}))
    chat = Chat(context.new_page(), gateway)
    chat.visit(lang=language)
    assert accessibility_faults(chat.page) == [], "closed"
    chat.launcher.click()
    expect(chat.input).to_be_visible()
    assert accessibility_faults(chat.page) == [], "welcome"
    chat.say("all")
    expect(chat.log.locator(".card")).to_have_count(3)
    assert accessibility_faults(chat.page) == [], "every part"
    chat.ask("next", "You said: next")  # with replies out of use
    script.text("agent", "Hello", agent_name="Sara")
    script.text("system", "Sara has joined.")
    script.talk.state.update(owner="agent", agent_name="Sara", agent_typing=True)
    expect(chat.typing).to_be_visible()
    assert accessibility_faults(chat.page) == [], "with a person"
    context.set_offline(True)
    chat.say("offline")
    chat.type("x" * 4001)
    expect(chat.log.locator(".unsent")).to_have_count(1)
    assert accessibility_faults(chat.page) == [], "offline"
    chat.panel.locator(".tool").first.click()
    expect(chat.notice.get_by_role("button")).to_have_count(2)
    assert accessibility_faults(chat.page) == [], "question"


@pytest.mark.parametrize("accent", ["#ffe08a", "#7d7d7d", "#111111", "oklch(70% 0.2 330)"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_any_accent_colour_stays_readable(
    new_context: Callable[..., BrowserContext], gateway: str, script: Script, accent: str, theme: str
) -> None:
    script.answers["all"] = ALL
    chat = Chat(new_context().new_page(), gateway)
    chat.visit(accent=accent, theme=theme)
    chat.open()
    chat.say("all")
    expect(chat.log.locator(".card")).to_have_count(3)
    assert accessibility_faults(chat.page) == []


def test_everything_to_press_is_large_enough(chat: Chat, script: Script) -> None:
    script.answers["all"] = ALL
    chat.ask("all", "All of it")
    for target in chat.panel.locator("button:visible, .go a, select, input:visible").all():
        box = target.bounding_box()
        assert box and box["width"] >= 44 and box["height"] >= 44, target.evaluate("element => element.outerHTML")


def test_a_screen_reader_is_told_what_arrives_and_not_what_was_there(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    expect(chat.log).to_have_attribute("aria-live", "polite")
    expect(chat.log).to_have_attribute("aria-label", "Conversation")
    assert chat.log.locator(".row").last.text_content().startswith("Assistant: ")
    seen = """() => new Promise((resolve) => {
        const log = document.querySelector('dukan-chat').shadowRoot.querySelector('.log');
        resolve(log.getAttribute('aria-live'));
    })"""
    chat.page.route("**/messages?after=0", lambda route: None)  # the history never comes
    chat.page.reload()
    expect(chat.input).to_be_visible()
    assert chat.page.evaluate(seen) == "off"


def test_the_keyboard_reaches_everything_in_order(chat: Chat, script: Script) -> None:
    script.answers["laptops"] = [{"type": "text", "text": "Two:"}, CARDS, CHOICES]
    chat.ask("laptops", "Two:")
    chat.panel.get_by_role("button", name="New conversation").focus()
    names = []
    for _ in range(10):
        names.append(
            chat.page.evaluate(
                """() => {
                const focused = document.querySelector('dukan-chat').shadowRoot.activeElement;
                return focused?.getAttribute('aria-label') || focused?.textContent || focused?.id;
            }"""
            )
        )
        chat.page.keyboard.press("Tab")
    assert names == [
        "New conversation",
        "Turn sound on",
        "Close chat",
        "Conversation",
        "Products",
        "Air 14 (opens in a new tab)",
        "Details",
        "Cheaper",
        "Lighter",
        "message",
    ]


def test_it_can_be_seen_in_forced_colours(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    chat = Chat(new_context(forced_colors="active").new_page(), elsewhere)
    chat.visit()
    chat.open()
    chat.ask("Hi", "You said: Hi")
    for place in (chat.said_by("customer"), chat.said_by("bot"), chat.panel.locator("button.send"), chat.panel):
        border = place.evaluate(
            "element => { const s = getComputedStyle(element); return [s.borderTopWidth, s.borderTopColor]; }"
        )
        assert border[0] == "1px" and border[1] != "rgba(0, 0, 0, 0)"


def test_nothing_moves_for_those_who_asked_for_that(chat: Chat, script: Script) -> None:
    script.silent = True
    chat.say("Hi")
    expect(chat.typing).to_be_visible()
    moving = "document.querySelector('dukan-chat').shadowRoot.getAnimations().length"
    assert chat.page.evaluate(moving) == 0
    chat.page.emulate_media(reduced_motion="no-preference")
    assert chat.page.evaluate(moving) > 0


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_wide_table_scrolls_and_its_words_stay_whole(
    new_context: Callable[..., BrowserContext], gateway: str, script: Script, language: str
) -> None:
    rows = [["Screen", "14 inches", "15.6 inches", "13 inches"]]
    columns = ["", "A laptop with a name", "Another laptop's name", "A third laptop's name"]
    script.answers["compare"] = [{"type": "table", "columns": columns, "rows": rows}]
    chat = Chat(new_context(**PHONE).new_page(), gateway)
    chat.visit(lang=language)
    chat.launcher.click()
    chat.say("compare")
    cell = chat.log.locator("tbody td").first
    expect(cell).to_have_text("Screen")
    box = cell.bounding_box()
    assert box and box["height"] < 60, "one line"
    assert chat.log.locator(".table").evaluate("table => table.scrollWidth > table.clientWidth")
