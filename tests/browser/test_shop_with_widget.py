"""The shop page with the widget on it, against the running system: what a customer sees of real products."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat, accessibility_faults
from tests.running import System

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("system")]

PATIENCE = 30_000  # milliseconds for the first answer on a busy machine
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def shop(new_context: Callable[..., BrowserContext], running: System) -> Callable[..., Chat]:
    """Opens the shop page in a language; gives the chat on it."""

    def visit(language: str, **options: Any) -> Chat:
        chat = Chat(
            new_context(locale=f"{language}-SA" if language == "ar" else "en-GB", **options).new_page(), running.url
        )
        chat.visit(lang=language)
        return chat

    return visit


def _answered(chat: Chat, answers: int) -> None:
    expect(chat.said_by("bot").nth(answers - 1)).to_be_visible(timeout=PATIENCE)
    expect(chat.typing).to_be_hidden(timeout=PATIENCE)


@pytest.mark.parametrize(("language", "question"), [("en", "show me laptops"), ("ar", "أبحث عن لابتوب")])
def test_products_of_the_shop_come_as_cards(shop: Callable[..., Chat], language: str, question: str) -> None:
    chat = shop(language)
    chat.open()
    chat.say(question)
    card = chat.log.locator(".card").first
    expect(card).to_be_visible(timeout=PATIENCE)
    _answered(chat, 1)
    expect(card.locator(".heading")).not_to_be_empty()
    expect(card.locator(".price")).to_have_text(re.compile(r"\d"))
    picture = card.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(chat.inside).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")


def test_a_button_of_the_bot_is_answered_and_goes_out_of_use(shop: Callable[..., Chat]) -> None:
    chat = shop("en")
    chat.open()
    chat.say("hello")
    choices = chat.log.locator(".row.bot > .choices").get_by_role("button")
    expect(choices.first).to_be_visible(timeout=PATIENCE)
    label = choices.first.inner_text()
    answers = chat.said_by("bot").count()
    choices.first.click()
    expect(chat.said_by("customer").last).to_have_text(label)
    _answered(chat, answers + 1)
    expect(choices.first).to_be_disabled()
    chat.page.reload()
    expect(chat.said_by("customer").last).to_have_text(label)
    expect(choices.first).to_be_disabled()


def test_the_conversation_goes_on_after_a_reload_and_on_another_page(shop: Callable[..., Chat]) -> None:
    chat = shop("en")
    chat.open()
    chat.say("hello")
    _answered(chat, 1)
    before = chat.transcript()
    chat.page.locator(".product h2 a").first.click()
    expect(chat.page).to_have_url(re.compile("/products/"))
    expect(chat.said_by("bot").first).to_be_visible()
    assert chat.transcript() == before
    chat.say("thanks")
    _answered(chat, len([author for author, _ in before if author == "bot"]) + 1)


def test_what_is_written_offline_is_answered_later(shop: Callable[..., Chat]) -> None:
    chat = shop("en")
    chat.open()
    chat.say("hello")
    _answered(chat, 1)
    chat.page.context.set_offline(True)
    chat.say("show me office chairs")
    expect(chat.log.locator(".unsent")).to_contain_text("Waiting for connection")
    chat.page.context.set_offline(False)
    expect(chat.log.locator(".card").first).to_be_visible(timeout=PATIENCE)
    assert [text for author, text in chat.transcript() if author == "customer"] == ["hello", "show me office chairs"]


def test_script_in_a_message_is_text(shop: Callable[..., Chat]) -> None:
    chat = shop("en")
    chat.open()
    evil = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
    chat.say(evil)
    _answered(chat, 1)
    expect(chat.said_by("customer")).to_have_text(evil)
    chat.page.reload()
    expect(chat.said_by("customer")).to_have_text(evil)
    assert chat.page.evaluate("window.hacked") is None


def test_a_product_is_asked_about_from_its_page(shop: Callable[..., Chat]) -> None:
    chat = shop("en")
    link = chat.page.locator(".product h2 a").first
    title = link.inner_text()
    link.click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(title)
    chat.page.get_by_role("button", name="Ask about it").click()
    expect(chat.input).to_have_value(re.compile(re.escape(title)))


def test_a_card_leads_to_the_page_of_its_product(shop: Callable[..., Chat]) -> None:
    chat = shop("en")
    chat.open()
    chat.say("show me printers")
    link = chat.log.locator(".card .heading a").first
    expect(link).to_be_visible(timeout=PATIENCE)
    title = link.inner_text()
    link.click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(chat.said_by("customer")).to_have_text("show me printers")


def test_the_shop_is_searched_filtered_and_switched_to_arabic(shop: Callable[..., Chat]) -> None:
    page = shop("en").page
    page.get_by_role("navigation", name="Categories").get_by_role("link").nth(1).click()
    category = page.get_by_role("heading", level=1).inner_text()
    assert category != "All products"
    product = page.locator(".product h2 a").first.inner_text()
    page.get_by_role("searchbox").fill(product)
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".product h2").first).to_have_text(product)
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("searchbox")).to_have_value(product)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_axe_finds_nothing_on_the_shop_page(shop: Callable[..., Chat], language: str, theme: str, screen: str) -> None:
    chat = shop(language, color_scheme=theme, **(PHONE if screen == "phone" else {}))
    page = chat.page
    assert accessibility_faults(page) == [], "shelves"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".product h2 a").first.click()
    expect(page.locator(".facts").first).to_be_visible()
    assert accessibility_faults(page) == [], "product"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    chat.launcher.click()
    chat.say("hello" if language == "en" else "مرحبا")
    _answered(chat, 1)
    assert accessibility_faults(page) == [], "chat"
