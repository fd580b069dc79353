"""When the network, the gateway or the conversation fails the widget, nothing is lost, doubled or swapped."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.chat import Chat
from tests.browser.scripted import Script

pytestmark = pytest.mark.browser


def test_history_is_there_after_a_reload(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    chat.ask("How much?", "You said: How much?")
    before = chat.transcript()
    chat.page.reload()
    expect(chat.said_by("bot")).to_have_count(2)
    assert chat.transcript() == before
    assert len(script.talks) == 1


def test_what_is_being_written_survives_a_reload(chat: Chat) -> None:
    chat.input.press_sequentially("A long thou")
    chat.page.reload()
    expect(chat.input).to_have_value("A long thou")


def test_an_ended_conversation_is_replaced_silently(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    chat.type("My next question")
    script.talks.clear()
    chat.page.reload()
    expect(chat.panel.get_by_text("Hello! How can I help?")).to_be_visible()
    expect(chat.input).to_have_value("My next question")
    chat.input.press("Enter")
    expect(chat.said_by("bot")).to_have_text("You said: My next question")
    assert len(script.talks) == 1


def test_a_conversation_that_ends_under_way_loses_no_message(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    script.talks.clear()
    chat.say("Still there?")
    expect(chat.said_by("bot")).to_have_text("You said: Still there?")
    assert chat.transcript() == [("customer", "Still there?"), ("bot", "You said: Still there?")]


def test_messages_written_offline_are_sent_in_order_later(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    chat.page.context.set_offline(True)
    expect(chat.notice).to_contain_text("No connection.")
    for text in ("one", "two", "three"):
        chat.say(text)
    expect(chat.log.locator(".unsent .meta")).to_have_text([re.compile("Waiting for connection")] * 3)
    expect(chat.typing).to_be_hidden()
    chat.page.context.set_offline(False)
    expect(chat.said_by("bot").last).to_have_text("You said: three")
    expect(chat.notice).to_be_hidden()
    assert script.heard() == ["Hi", "one", "two", "three"]
    assert [text for author, text in chat.transcript() if author == "customer"] == ["Hi", "one", "two", "three"]
    assert not [name for name in chat.kept() if name.startswith("queue")]


def test_messages_written_offline_survive_closing_the_page(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    context = new_context()
    chat = Chat(context.new_page(), elsewhere)
    chat.visit()
    chat.open()
    chat.ask("Hi", "You said: Hi")
    context.set_offline(True)
    chat.say("late one")
    chat.say("late two")
    expect(chat.log.locator(".unsent")).to_have_count(2)
    chat.page.close()
    context.set_offline(False)
    chat = Chat(context.new_page(), elsewhere)
    chat.visit()
    chat.open()
    expect(chat.said_by("bot").last).to_have_text("You said: late two")
    assert script.heard() == ["Hi", "late one", "late two"]


def test_a_message_whose_receipt_was_lost_is_not_said_twice(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")

    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    chat.page.route("**/messages", lose_the_receipt, times=1)
    chat.say("Once")
    expect(chat.log.locator(".unsent")).to_have_count(0)
    expect(chat.said_by("bot").last).to_have_text("You said: Once")
    chat.page.wait_for_timeout(1500)
    keys = [post["client_message_id"] for post in script.posts if post["text"] == "Once"]
    assert len(keys) == 2 and len(set(keys)) == 1
    assert [text for _, text in chat.transcript()] == ["Hi", "You said: Hi", "Once", "You said: Once"]


def test_too_fast_waits_as_long_as_it_is_told(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    script.refusals = [(429, {"retry-after": "2"})]
    began = time.monotonic()
    chat.say("quick")
    expect(chat.notice).to_contain_text("That was fast.")
    chat.say("brown")
    expect(chat.said_by("bot").last).to_have_text("You said: brown")
    assert time.monotonic() - began >= 2
    assert [post["text"] for post in script.posts] == ["Hi", "quick", "quick", "brown"]
    expect(chat.notice).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "words"), [(413, "Too long to send: 4,000 characters at most."), (422, "This could not be sent.")]
)
def test_a_message_that_is_refused_can_be_mended(chat: Chat, script: Script, status: int, words: str) -> None:
    script.refusals = [(status, {})]
    chat.say("not this")
    row = chat.log.locator(".row.unsent")
    expect(row).to_contain_text(words)
    chat.ask("but this", "You said: but this")  # what follows is not held up
    row.get_by_role("button", name="Edit").click()
    expect(chat.input).to_have_value("not this")
    expect(row).to_have_count(0)


def test_a_gateway_in_trouble_is_tried_again(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    script.refusals = [(503, {})] * 50
    chat.say("hello?")
    chat.say("anyone?")
    again = chat.log.get_by_role("button", name="Try again").first
    expect(again).to_be_visible(timeout=20_000)
    script.refusals = []
    again.click()
    expect(chat.said_by("bot").last).to_have_text("You said: anyone?")
    assert [text for author, text in chat.transcript() if author == "customer"] == ["Hi", "hello?", "anyone?"]


def test_a_cut_stream_is_taken_up_where_it_ended(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    for number in range(3):
        script.cut += 1
        script.text("bot", f"news {number}")
        expect(chat.said_by("bot").last).to_have_text(f"news {number}", timeout=15_000)
    assert [text for _, text in chat.transcript()] == ["Hi", "You said: Hi", "news 0", "news 1", "news 2"]


@pytest.mark.parametrize("streams", ["refuse", "mute"])
def test_without_streams_it_polls(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script, streams: str
) -> None:
    script.streams = streams
    chat = Chat(new_context().new_page(), elsewhere)
    ended = []
    chat.page.on("requestfailed", lambda request: ended.append(request) if request.url.endswith("/stream") else None)
    chat.page.on("response", lambda answer: ended.append(answer) if answer.status == 503 else None)
    chat.visit()
    chat.open()
    chat.say("Hi")
    expect(chat.said_by("bot").last).to_have_text("You said: Hi", timeout=20_000)
    expect(chat.typing).to_be_hidden()
    while len(ended) < 2:  # then streams are given up
        chat.page.wait_for_timeout(100)
    began = time.monotonic()
    chat.ask("Faster?", "You said: Faster?")
    assert time.monotonic() - began < 2
    script.talk.state["owner"] = "agent"
    script.text("agent", "I am here", agent_name="Sara")
    expect(chat.said_by("agent")).to_have_text("I am here", timeout=10_000)
    assert [text for _, text in chat.transcript()][-3:] == ["Faster?", "You said: Faster?", "I am here"]


def test_two_tabs_show_one_conversation(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    context = new_context()
    first, second = (Chat(context.new_page(), elsewhere) for _ in range(2))
    for chat in (first, second):
        chat.visit()
        chat.page.bring_to_front()
        chat.open()
    first.say("from the first")
    expect(second.said_by("bot")).to_have_text("You said: from the first")
    second.say("from the second")
    expect(first.said_by("bot").last).to_have_text("You said: from the second")
    expect(second.said_by("bot").last).to_have_text("You said: from the second")
    assert first.transcript() == second.transcript()
    assert len(script.talks) == 1
    assert script.heard() == ["from the first", "from the second"]
    second.panel.get_by_role("button", name="New conversation").click()
    second.panel.get_by_role("button", name="Start afresh").click()
    expect(first.panel.get_by_text("Hello! How can I help?")).to_be_visible()


def test_it_works_where_the_browser_keeps_nothing(
    new_context: Callable[..., BrowserContext], elsewhere: str, script: Script
) -> None:
    context = new_context()
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });"
        "Object.defineProperty(navigator, 'locks', { value: undefined });"
    )
    chat = Chat(context.new_page(), elsewhere)
    chat.visit()
    chat.open()
    chat.ask("Hi", "You said: Hi")
    chat.ask("And again", "You said: And again")
    assert len(script.talks) == 1


def test_events_are_read_however_they_are_cut(chat: Chat) -> None:
    stream = ': ping\r\n\r\nid: 7\r\nevent: message\r\ndata: {"a":\r\ndata:  "\u2028ü"}\r\n\r\n'
    stream += "data:x\n\nevent: state\ndata\n\n"
    read = chat.page.evaluate(
        """async ([stream, base]) => {
        const { EventParser } = await import(`${base}/widget/api.js`);
        const read = (size) => {
            const parser = new EventParser();
            const found = [];
            for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
            return JSON.stringify(found);
        };
        return [...new Set([1, 2, 3, 5, 7, 1000].map(read))].map((text) => JSON.parse(text));
    }""",
        [stream, chat.page.locator("script").get_attribute("src").removesuffix("/widget.js")],
    )
    assert read == [
        [
            {"id": "7", "event": "message", "data": '{"a":\n "\u2028ü"}'},
            {"data": "x"},
            {"event": "state", "data": ""},
        ]
    ]
