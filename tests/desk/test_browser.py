"""The desk in a real browser: two agents and a customer, hostile texts, lost connections, keyboards and phones."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from bot import clock
from bot.conversation import ownership, transcript
from bot.db.models import Conversation, Customer, Message
from bot.db.session import writing
from bot.desk import accounts
from tests.desk.conftest import PASSWORD, on_sqlite
from tests.desk.screens import PHONE, check, fill_sign_in, open_row, row, texts

pytestmark = [pytest.mark.browser, on_sqlite]

HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\'"</textarea>'
HOSTILE_PARTS = [
    {"type": "text", "text": HOSTILE},
    {"type": "buttons", "buttons": [{"label": HOSTILE, "payload": "/x"}]},
    {
        "type": "cards",
        "cards": [
            {
                "title": HOSTILE,
                "subtitle": HOSTILE,
                "image": "javascript:window.pwned=1",
                "price": HOSTILE,
                "sku": HOSTILE,
                "url": "javascript:window.pwned=1",
                "facts": [HOSTILE],
                "buttons": [{"label": HOSTILE, "payload": "/x"}],
            }
        ],
    },
    {"type": "table", "columns": ["", HOSTILE], "rows": [[HOSTILE, HOSTILE]]},
    {"type": "steps", "title": HOSTILE, "steps": [{"text": HOSTILE, "image": "data:text/html,<script>1</script>"}]},
    {"type": "link", "label": HOSTILE, "url": "javascript:window.pwned=1"},
    {"type": "link", "label": "Track", "url": "https://carrier.example/1"},
    {"type": "form", "title": HOSTILE, "fields": [{"label": HOSTILE}]},
    {"type": HOSTILE},
    {"type": "constructor"},
    None,
]


def test_two_agents_and_a_customer(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str], customer_says: Callable[[str, str], int]
) -> None:
    conversation_id = customer_waits("I need help choosing", summary={"need": "A quiet printer", "verified": False})
    mona = agent_screen("Mona")
    sara = agent_screen("Sara", {"viewport": PHONE, "color_scheme": "dark", "locale": "ar"}, language="ar")
    for page in (mona, sara):
        check(page)
        expect(page).to_have_title(re.compile(r"^\([1١]\) "))
        open_row(page, conversation_id)
        check(page)
    expect(mona.locator("#summary")).to_contain_text("A quiet printer")
    expect(mona.locator("#summary")).to_contain_text("Identity proven")

    mona.click("#accept")
    expect(mona.locator("#text")).to_be_focused()
    expect(row(sara, conversation_id)).to_have_count(0)
    expect(sara.locator("#open")).to_be_hidden()
    expect(sara.locator("#toasts")).to_contain_text("لم تعد في الانتظار")

    mona.keyboard.type("Two lines:")
    mona.keyboard.press("Shift+Enter")
    mona.keyboard.type("here is the second")
    mona.keyboard.press("Enter")
    expect(mona.locator("article[data-own]:not(.pending) .text")).to_have_text("Two lines:\nhere is the second")
    customer_says(conversation_id, "شكرًا، that helps")
    expect(mona.locator("#transcript article").last).to_contain_text("that helps")
    check(mona)

    mona.click("#resolve")
    check(mona)
    mona.get_by_label("Sold").check()
    mona.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(row(mona, conversation_id)).to_have_count(0)
    expect(mona.locator("#nothing")).to_be_visible()
    assert mona.url.endswith("/desk")


def test_two_agents_who_press_accept_together(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str], hire: Callable[..., int]
) -> None:
    other = hire("Omar")
    conversation_id = customer_waits()
    mona = agent_screen("Mona")
    open_row(mona, conversation_id)
    # The colleague's acceptance is in the database; this browser has not heard of it when it presses.
    mona.route("**/api/v1/desk/stream*", lambda route: route.abort())
    mona.reload()
    expect(mona.locator("#who")).to_be_focused()
    ownership.accept(conversation_id, other)
    mona.click("#accept")
    expect(mona.locator("#toasts")).to_contain_text("A colleague was faster")
    expect(row(mona, conversation_id)).to_have_count(0)


def test_what_people_write_is_only_ever_text(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str], customer_says: Callable[[str, str], int]
) -> None:
    conversation_id = customer_waits("hello", summary={HOSTILE: [HOSTILE, {"a": HOSTILE}]}, reason=HOSTILE[:60])
    with writing() as session:
        customer = Customer(code="c", name=HOSTILE)
        session.add(customer)
        session.flush()
        session.execute(update(Conversation).values(customer_id=customer.id, channel="<b>web"))
        session.execute(update(Message).where(Message.author == "bot").values(parts=HOSTILE_PARTS))
    mona = agent_screen("Mona")
    open_row(mona, conversation_id)
    mona.click("#accept")
    mona.fill("#text", HOSTILE)
    mona.press("#text", "Enter")
    customer_says(conversation_id, HOSTILE)
    expect(mona.locator("#transcript article").last).to_contain_text("window.pwned=1")
    mona.wait_for_timeout(300)
    assert mona.evaluate("window.pwned") is None
    assert mona.locator("#who").inner_text() == HOSTILE
    addresses = mona.locator("#transcript a").evaluate_all("links => links.map((link) => [link.href, link.rel])")
    assert addresses == [["https://carrier.example/1", "noopener noreferrer nofollow"]]
    assert mona.locator("#transcript img").count() == 0
    check(mona)


def test_what_is_written_without_a_connection_arrives_once(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str], hire: Callable[..., int]
) -> None:
    conversation_id = customer_waits()
    mona = agent_screen("Mona")
    open_row(mona, conversation_id)
    mona.click("#accept")
    expect(mona.locator("#text")).to_be_focused()
    lost = {"requests": 0}

    def lose_the_answer(route: Any) -> None:
        lost["requests"] += 1
        if lost["requests"] == 1:
            route.fetch()  # it reaches the server, but the answer never comes back
        route.abort() if lost["requests"] < 3 else route.continue_()

    mona.route("**/messages", lose_the_answer)
    mona.keyboard.type("first")
    mona.keyboard.press("Enter")
    mona.keyboard.type("second")
    mona.keyboard.press("Enter")
    mona.keyboard.type("a draft")
    mona.reload()
    expect(mona.locator("#text")).to_have_value("a draft")
    expect(mona.locator("article[data-own]:not(.pending)")).to_have_count(2, timeout=15_000)
    expect(mona.locator(".pending")).to_have_count(0)
    assert texts(mona)[-2:] == ["first", "second"]
    stored = [message["parts"][0]["text"] for message in transcript.read(conversation_id)]
    assert (stored.count("first"), stored.count("second")) == (1, 1)


def test_a_refused_message_can_be_discarded(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str]
) -> None:
    conversation_id = customer_waits()
    mona = agent_screen("Mona")
    open_row(mona, conversation_id)
    mona.click("#accept")
    expect(mona.locator("#text")).to_be_focused()
    mona.route("**/messages", lambda route: route.fulfill(status=422, json={"title": "no"}))
    mona.keyboard.type("refused")
    mona.keyboard.press("Enter")
    expect(mona.locator(".failed")).to_contain_text("Not sent")
    check(mona)
    mona.get_by_role("button", name="Discard").click()
    expect(mona.locator(".pending")).to_have_count(0)


def test_unread_messages_are_marked_until_seen(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str], customer_says: Callable[[str, str], int]
) -> None:
    one, other = customer_waits("one"), customer_waits("other")
    mona = agent_screen("Mona")
    for conversation_id in (one, other):
        open_row(mona, conversation_id)
        mona.click("#accept")
        expect(mona.locator("#text")).to_be_focused()
    expect(mona).to_have_title(re.compile("^Desk"))
    customer_says(one, "are you there?")
    customer_says(one, "hello?")
    expect(row(mona, one).locator(".unread")).to_have_text("2")
    expect(row(mona, one).locator(".last")).to_have_text("hello?")
    expect(mona).to_have_title(re.compile(r"^\(1\) "))
    mona.reload()
    expect(row(mona, one).locator(".unread")).to_have_text("2")
    open_row(mona, one)
    expect(row(mona, one).locator(".unread")).to_be_hidden()
    mona.reload()
    expect(mona.locator("#transcript article").last).to_contain_text("hello?")
    expect(row(mona, one).locator(".unread")).to_be_hidden()


def test_waiting_time_ticks(agent_screen: Callable[..., Page], customer_waits: Callable[..., str]) -> None:
    with clock.moved_by(timedelta(minutes=-62)):
        conversation_id = customer_waits()
    mona = agent_screen("Mona")
    shown = row(mona, conversation_id).locator(".clock")
    expect(shown).to_have_text(re.compile(r"^1:02:\d\d$"))
    before = shown.inner_text()
    expect(shown).not_to_have_text(before, timeout=3000)


def test_by_keyboard_alone(agent_screen: Callable[..., Page], customer_waits: Callable[..., str]) -> None:
    first, second = customer_waits("first"), customer_waits("second")
    mona = agent_screen("Mona")
    row(mona, first).focus()
    mona.keyboard.press("ArrowDown")
    expect(row(mona, second)).to_be_focused()
    mona.keyboard.press("Enter")
    expect(mona.locator("#who")).to_be_focused()
    mona.keyboard.press("Tab")
    expect(mona.locator("#accept")).to_be_focused()
    mona.keyboard.press("Enter")
    expect(mona.locator("#text")).to_be_focused()
    mona.keyboard.press("Escape")
    expect(row(mona, second)).to_be_focused()
    expect(mona.locator("#nothing")).to_be_visible()
    mona.go_back()
    expect(mona.locator("#composer")).to_be_visible()


def test_when_the_session_ends_the_agent_signs_in_and_is_back(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str]
) -> None:
    conversation_id = customer_waits()
    mona = agent_screen("Mona")
    open_row(mona, conversation_id)
    # Whatever the page asks next sends it away: the click must not be awaited once the session has ended.
    mona.evaluate("setTimeout(() => document.querySelector('#accept').click(), 500)")
    mona.context.clear_cookies()
    mona.wait_for_url(re.compile("/desk/sign-in"))
    fill_sign_in(mona, "Mona")
    mona.wait_for_url(f"**/desk/conversations/{conversation_id}")
    expect(mona.locator("#accept")).to_be_visible()


def test_setting_up_signing_out_and_changing_the_language(screen: Callable[..., Page], served: str) -> None:
    link = accounts.create_setup_link()
    assert link is not None
    page = screen(viewport={"width": 320, "height": 640})
    page.goto(re.sub(r"^http://[^/]+", served, link))
    check(page)
    page.fill("#name", "Huda")
    page.fill("#email", "huda@shop.example")
    page.fill("#password", "aaaaaaaaaaaa")
    page.click("button[type=submit]")
    expect(page.locator("#error")).to_contain_text("longer password")
    check(page)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("#others-title")).to_be_visible()  # an administrator sees colleagues' conversations
    check(page)
    page.click("#menu > summary")
    check(page)
    page.click("#language")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    check(page)
    page.click("#menu > summary")
    page.click("#sign-out")
    page.wait_for_url(re.compile("/desk/sign-in"))
    check(page)
    page.fill("#email", "huda@shop.example")
    page.fill("#password", "not the password")
    page.press("#password", "Enter")
    expect(page.locator("#error")).to_be_visible()
    page.goto("/desk")
    page.wait_for_url(re.compile("/desk/sign-in"))
