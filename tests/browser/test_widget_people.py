"""The widget when a person of the shop answers: who it is, what is in sight, what is new, files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat import Chat, accessibility_faults
from tests.browser.scripted import Script

pytestmark = pytest.mark.browser


def test_a_person_takes_over(chat: Chat, script: Script) -> None:
    chat.ask("a person please", "You said")
    script.talk.state.update(owner="queue", queue_position=3)
    expect(chat.notice).to_contain_text("Your place in line: 3.")
    script.talk.state.update(owner="agent", queue_position=None, agent_name="Sara")
    script.text("system", "Sara has joined.")
    script.text("agent", "Hi, which order is it?", agent_name="Sara")
    expect(chat.panel.locator(".subtitle")).to_have_text("You are talking with Sara")
    expect(chat.log.locator(".row.agent .name")).to_contain_text("Sara")
    expect(chat.said_by("system")).to_have_text("Sara has joined.")
    expect(chat.notice).to_be_hidden()
    chat.say("17")
    expect(chat.said_by("customer").last).to_have_text("17")
    expect(chat.typing).to_be_hidden()  # a person need not answer at once
    script.talk.state["agent_typing"] = True
    expect(chat.typing).to_be_visible()
    script.talk.state.update(owner="closed", agent_typing=False)
    expect(chat.notice).to_contain_text("This conversation has ended.")


def test_news_is_counted_while_it_is_closed(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said")
    title = chat.page.title()
    chat.page.keyboard.press("Escape")
    script.text("bot", "One more thing")
    script.text("bot", "And another")
    expect(chat.launcher).to_have_attribute("aria-label", "Chat with us, 2 new messages")
    expect(chat.launcher.locator(".badge")).to_have_text("2")
    chat.page.reload()
    expect(chat.launcher.locator(".badge")).to_have_text("2")
    assert chat.page.title() == title
    chat.open()
    chat.page.keyboard.press("Escape")
    expect(chat.launcher.locator(".badge")).to_be_hidden()


def test_sound_is_off_until_it_is_turned_on(chat: Chat) -> None:
    chat.panel.get_by_role("button", name="Turn sound on").click()
    expect(chat.panel.get_by_role("button", name="Turn sound off")).to_be_visible()
    chat.page.reload()
    expect(chat.panel.get_by_role("button", name="Turn sound off")).to_be_visible()


def test_files_go_to_a_person_and_say_what_became_of_them(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    clip = chat.panel.get_by_role("button", name="Send a photo or PDF")
    expect(clip).to_be_hidden()
    script.talk.state.update(owner="agent", agent_name="Mona")
    expect(clip).to_be_visible()
    assert accessibility_faults(chat.page) == []
    told = chat.panel.locator("p.count", has_text=re.compile("."))
    for refusal, words in ((415, "only photos and PDFs"), (409, "could not be sent"), (503, "Not sent.")):
        script.refusals = [(refusal, {})]
        _choose(chat, clip, "a.pdf")
        expect(told).to_contain_text(words)
    _choose(chat, clip, "b.pdf")
    expect(chat.said_by("customer").last).to_have_text("Photo sent")
    expect(told).to_have_count(0)
    assert [name for name, _ in script.files] == ["a.pdf"] * 3 + ["b.pdf"] and script.files[-1][1] == b"%PDF-1.4"


def test_what_a_person_says_is_in_sight_as_it_comes(chat: Chat, script: Script) -> None:
    chat.ask("a person please", "You said")
    script.talk.state.update(owner="agent", agent_name="Sara")
    for number in range(12):
        script.text("agent", f"Line {number} of what there is to say about it.", agent_name="Sara")
        expect(chat.said_by("agent").last).to_be_in_viewport()
    chat.panel.locator(".view").evaluate("view => { view.scrollTop = 0; }")
    expect(chat.said_by("agent").first).to_be_in_viewport()
    script.text("agent", "One more thing", agent_name="Sara")
    below = chat.panel.get_by_role("button", name="New messages below")
    expect(below).to_be_visible()  # who reads further up is not torn away
    expect(chat.said_by("agent").last).not_to_be_in_viewport()
    below.click()
    expect(chat.said_by("agent").last).to_be_in_viewport()


def _choose(chat: Chat, button: Locator, name: str) -> None:
    expect(button).to_be_enabled()
    with chat.page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files({"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
