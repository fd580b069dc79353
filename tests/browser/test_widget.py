"""How the widget opens, speaks and takes words, with a gateway that follows a script."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat
from tests.browser.parts import CARDS, TABLE
from tests.browser.scripted import Script

pytestmark = pytest.mark.browser


pytestmark = pytest.mark.browser


def test_it_waits_closed_until_it_is_asked_for(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    chat = Chat(new_context().new_page(), elsewhere)
    chat.visit()
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_have_attribute("aria-label", "Chat with us")
    chat.open()
    expect(chat.panel.get_by_text("Hello! How can I help?")).to_be_visible()
    assert not script.talks  # nobody has said anything yet


def test_text_is_said_and_answered(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    assert chat.transcript() == [("customer", "Hi"), ("bot", "You said: Hi")]
    assert script.talk.opened_with == {"locale": "en", "identity": None}
    expect(chat.log.locator(".row.customer .meta")).to_contain_text("Sent")
    expect(chat.input).to_have_value("")
    expect(chat.input).to_be_focused()


def test_the_first_words_may_be_a_suggestion(chat: Chat) -> None:
    chat.panel.get_by_role("button", name="Where is my order?").click()
    expect(chat.said_by("bot")).to_have_text("You said: Where is my order?")
    expect(chat.panel.get_by_text("Hello! How can I help?")).to_be_hidden()


def test_dots_show_while_an_answer_is_owed(chat: Chat, script: Script) -> None:
    script.silent = True
    chat.say("Hm?")
    expect(chat.typing).to_be_visible()
    number = script.stored()["id"]
    script.text("bot", "First part")
    expect(chat.said_by("bot")).to_have_count(1)
    expect(chat.typing).to_be_visible()
    script.talk.state["answered_up_to"] = number
    expect(chat.typing).to_be_hidden()


def test_arabic_turns_the_chat_and_each_text_keeps_its_direction(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    script.language = "ar"
    chat = Chat(new_context(locale="ar-EG").new_page(), elsewhere)
    chat.visit(lang="ar")
    assert chat.launcher.bounding_box()["x"] < 100
    chat.open()
    expect(chat.inside).to_have_attribute("dir", "rtl")
    expect(chat.panel.get_by_role("heading")).to_have_text("مساعد المتجر")
    script.answers["أريد Nordlake Air 14"] = [
        {"type": "text", "text": "Nordlake Air 14 متوفر"},
        {"type": "text", "text": "تم"},
    ]
    chat.ask("أريد Nordlake Air 14", "تم")
    assert script.talk.opened_with["locale"] == "ar"
    directions = chat.log.locator(".bubble").evaluate_all(
        "bubbles => bubbles.map(bubble => [bubble.dir, bubble.matches(':dir(rtl)')])"
    )
    assert directions == [["auto", True], ["auto", False], ["auto", True]]
    own, answer = chat.said_by("customer").bounding_box(), chat.said_by("bot").first.bounding_box()
    assert own["x"] < answer["x"]


def test_words_of_the_chat_follow_the_language_spoken(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said")
    script.language = "ar"
    chat.ask("بالعربية من فضلك", "You said: بالعربية")
    expect(chat.inside).to_have_attribute("dir", "rtl")
    expect(chat.input).to_have_attribute("placeholder", "رسالتك هنا…")
    assert chat.panel.bounding_box()["x"] > 600  # it does not jump to the other side of an English page
    assert len(chat.transcript()) == 4
    chat.page.reload()
    expect(chat.inside).to_have_attribute("lang", "ar")


def test_attributes_can_change_at_any_time(chat: Chat) -> None:
    chat.page.evaluate(
        """() => {
        const chat = document.querySelector('dukan-chat');
        chat.setAttribute('locale', 'ar');
        chat.setAttribute('title', 'نور');
        chat.setAttribute('theme', 'dark');
        chat.setAttribute('accent', '#ffcc00');
    }"""
    )
    expect(chat.panel.get_by_role("heading")).to_have_text("نور")
    colours = chat.panel.locator(".face").evaluate(
        "face => { const style = getComputedStyle(face); return [style.backgroundColor, style.color]; }"
    )
    assert colours[0] == "rgb(255, 204, 0)"
    assert re.match(r"color\(xyz(-d65)? 0 0 0\)|rgb\(0, 0, 0\)", colours[1])  # black can be read on it, white could not
    assert chat.panel.evaluate("panel => getComputedStyle(panel).backgroundColor") == "rgb(21, 25, 28)"
    chat.page.evaluate("document.querySelector('dukan-chat').open = false")
    expect(chat.panel).to_be_hidden()


def test_a_script_can_open_it_with_a_question(chat: Chat) -> None:
    chat.page.keyboard.press("Escape")
    chat.page.evaluate("document.querySelector('dukan-chat').ask('About the lamp')")
    expect(chat.input).to_have_value("About the lamp")
    expect(chat.input).to_be_focused()


def test_focus_goes_in_and_comes_back(chat: Chat) -> None:
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    chat.panel.get_by_role("button", name="Close chat").click()
    expect(chat.launcher).to_be_focused()


def test_it_stays_open_from_page_to_page_without_taking_the_focus(chat: Chat) -> None:
    chat.ask("Hi", "You said: Hi")
    chat.page.reload()
    expect(chat.said_by("bot")).to_have_text("You said: Hi")
    assert chat.page.evaluate("document.activeElement.tagName") == "BODY"


def test_enter_sends_and_shift_enter_does_not(chat: Chat) -> None:
    chat.type("first")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("second")
    height = chat.input.bounding_box()["height"]
    chat.input.press("Enter")
    expect(chat.said_by("customer")).to_have_text("first\nsecond", use_inner_text=True)
    assert height > chat.input.bounding_box()["height"]


def test_enter_that_ends_a_composition_does_not_send(chat: Chat) -> None:
    chat.type("に")
    for extra in ({"isComposing": True}, {"keyCode": 229}):
        chat.input.dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, **extra})
    expect(chat.input).to_have_value("に")
    chat.input.press("Enter")
    expect(chat.said_by("customer")).to_have_text("に")


def test_length_is_counted_in_characters_near_the_limit(chat: Chat, script: Script) -> None:
    send = chat.panel.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    chat.type("😀" * 3700)
    expect(chat.panel.locator(".count")).to_be_hidden()
    chat.type("😀" * 3990)
    expect(chat.panel.locator(".count")).to_have_text("10 characters left")
    chat.type("😀" * 4001)
    expect(chat.panel.locator(".count")).to_have_text("1 character too many")
    expect(send).to_be_disabled()
    chat.input.press("Enter")
    chat.type("😀" * 4000)
    send.click()
    expect(chat.said_by("customer")).to_have_text("😀" * 4000)
    expect(chat.said_by("bot")).to_have_count(1)
    assert [len(post["text"]) for post in script.posts] == [4000]
    chat.say("   \n ")
    assert len(script.posts) == 1


def test_a_new_conversation_is_started_after_a_question(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    chat.panel.get_by_role("button", name="New conversation").click()
    chat.panel.get_by_role("button", name="Keep it").click()
    assert len(chat.transcript()) == 2
    chat.panel.get_by_role("button", name="New conversation").click()
    chat.panel.get_by_role("button", name="Start afresh").click()
    expect(chat.panel.get_by_text("Hello! How can I help?")).to_be_visible()
    chat.ask("Hi again", "You said: Hi again")
    assert len(script.talks) == 2


def test_a_signed_identity_opens_the_conversation_and_leaving_ends_it(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    def identity(subject: str) -> str:
        body = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
        return f"e30.{body}.signature"

    chat = Chat(new_context().new_page(), elsewhere)
    chat.visit(identity=identity("customer-1"))
    chat.open()
    chat.ask("Hi", "You said: Hi")
    assert script.talk.opened_with["identity"] == identity("customer-1")
    chat.visit(identity=identity("customer-1"))
    expect(chat.said_by("bot")).to_have_text("You said: Hi")
    chat.visit()  # signed out: the next person at this computer must not read it
    expect(chat.panel.get_by_text("Hello! How can I help?")).to_be_visible()
    assert chat.transcript() == []
    chat.visit(identity=identity("customer-2"))
    chat.ask("Hello", "You said: Hello")
    assert len(script.talks) == 2


def test_on_a_phone_it_fills_the_screen(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    chat = Chat(
        new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page(), elsewhere
    )
    chat.visit()
    chat.launcher.tap()
    expect(chat.panel).to_be_visible()
    assert chat.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert chat.panel.evaluate("panel => panel.matches(':modal')")
    script.answers["cards"] = [CARDS, TABLE]
    chat.say("cards")
    expect(chat.log.locator(".card")).to_have_count(3)
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 390
    chat.panel.get_by_role("button", name="Close chat").tap()
    expect(chat.launcher).to_be_visible()
    chat.page.reload()
    expect(chat.panel).to_be_hidden()  # a page one opens is not hidden behind the chat


@pytest.mark.parametrize("source", ["/widget.js", "/static/widget.js", "/widget.js?v=3"])
def test_it_finds_its_parts_wherever_it_is_loaded_from(
    new_context: Callable[..., BrowserContext], elsewhere: str, source: str
) -> None:
    chat = Chat(new_context().new_page(), elsewhere)
    chat.visit(src=source)
    chat.open()
    chat.ask("Hi", "You said: Hi")


@pytest.mark.parametrize(("digits", "place"), [("latn", "ترتيبك في الانتظار: 3."), ("arab", "ترتيبك في الانتظار: ٣.")])
def test_arabic_counts_in_the_digits_the_customer_writes(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script, digits: str, place: str
) -> None:
    script.language = "ar"
    chat = Chat(new_context(locale="ar-SA").new_page(), elsewhere)
    chat.visit(lang="ar")
    chat.open()
    chat.ask("مرحبا", "You said")
    script.talk.state.update(owner="queue", queue_position=3, digits=digits)
    expect(chat.notice).to_contain_text(place)
    expect(chat.log.locator("time").last).to_have_text(re.compile(r"^[0-9]+:" if digits == "latn" else r"^[٠-٩]+:"))
