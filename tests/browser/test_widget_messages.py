"""How the widget draws what is said, and how replies and forms are used, with a gateway that follows a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bot import clock
from tests.browser.chat import Chat
from tests.browser.parts import CARDS, CHOICES, FORM, STEPS, TABLE
from tests.browser.scripted import Script

pytestmark = pytest.mark.browser


def test_markup_in_messages_is_text(chat: Chat, script: Script) -> None:
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    script.answers[evil] = [
        {"type": "text", "text": evil},
        {"type": "cards", "cards": [{"title": evil, "subtitle": evil, "price": evil, "facts": [evil]}]},
        {"type": "table", "columns": [evil], "rows": [[evil]]},
        {"type": "steps", "title": evil, "steps": [{"text": evil}]},
        {"type": "buttons", "buttons": [{"label": evil, "payload": "/x"}]},
        {"type": "link", "label": evil, "url": "https://shop.example/"},
    ]
    chat.say(evil)
    expect(chat.log.get_by_text(evil)).to_have_count(12)
    assert chat.page.evaluate("window.hacked") is None
    assert chat.log.locator("img, script").count() == 0


def test_links_lead_only_to_safe_addresses(chat: Chat, script: Script) -> None:
    addresses = {
        "https://shop.example/a?b=c": "https://shop.example/a?b=c",
        "/terms": re.compile(r"^http://127\.0\.0\.1:\d+/terms$"),
        "mailto:care@shop.example": "mailto:care@shop.example",
        "tel:+966500000000": "tel:+966500000000",
        "javascript:alert(1)": None,
        " JaVaScript:alert(1)": None,
        "data:text/html,x": None,
        "blob:https://shop.example/x": None,
        "http://[": None,
        "": None,
    }
    script.answers["links"] = [{"type": "link", "label": f"link {url}", "url": url} for url in addresses]
    chat.say("links")
    for number, safe in enumerate(addresses.values()):
        element = chat.log.locator(".go > *").nth(number)
        expect(element).to_be_visible()
        if safe is None:
            assert element.evaluate("element => element.tagName") == "SPAN"
        else:
            expect(element).to_have_attribute("href", safe)
            expect(element).to_have_attribute("rel", "noopener noreferrer")


def test_addresses_in_text_become_links(chat: Chat, script: Script) -> None:
    script.answers["where"] = [{"type": "text", "text": "See https://shop.example/a, or (http://b.example)."}]
    chat.ask("where", "See")
    bubble = chat.said_by("bot").last
    assert bubble.locator("a").evaluate_all("links => links.map(link => link.href)") == [
        "https://shop.example/a",
        "http://b.example/",
    ]
    expect(bubble).to_contain_text("See https://shop.example/a")


def test_every_kind_of_part_is_drawn_and_unknown_ones_are_left_out(chat: Chat, script: Script) -> None:
    script.answers["all"] = [
        {"type": "hologram", "text": "not for you"},
        {"type": "constructor"},
        {"type": "text"},
        {"type": "cards", "cards": "nonsense"},
        {"type": "cards", "cards": [None, 7]},
        {"type": "form", "fields": [{"name": "a", "options": [None]}, "nonsense"]},
        {"type": "table", "rows": ["nonsense", None]},
        "nonsense",
        CARDS,
        TABLE,
        STEPS,
        FORM,
    ]
    chat.say("all")
    cards = chat.log.locator(".card")
    expect(cards).to_have_count(3)
    expect(cards.nth(0)).to_contain_text("SAR 3,299")
    expect(cards.nth(0).get_by_role("listitem")).to_have_text(["16 GB", "18 h"])
    expect(cards.nth(0).get_by_role("link")).to_have_attribute("href", re.compile("/products/air-14$"))
    assert cards.nth(2).locator("a, img").count() == 0
    expect(chat.log.locator("tbody td")).to_have_text(["Weight", "1.1 kg", "Battery", "18 h"])
    expect(chat.log.get_by_role("columnheader").last).to_have_text("Air")
    expect(chat.log.locator("ol li")).to_have_text(["Plug it in.", "Press <b>."])
    assert "not for you" not in chat.log.inner_text()


def test_cards_scroll_with_the_keyboard(chat: Chat, script: Script) -> None:
    script.answers["cards"] = [CARDS]
    chat.say("cards")
    row = chat.log.locator(".cards")
    expect(row.locator(".card").last).not_to_be_in_viewport()
    row.focus()
    for _ in range(20):
        row.press("ArrowRight")
    expect(row.locator(".card").last).to_be_in_viewport()


def test_a_reply_is_chosen_once(chat: Chat, script: Script) -> None:
    script.answers["laptops"] = [{"type": "text", "text": "Two:"}, CARDS, CHOICES]
    chat.ask("laptops", "Two:")
    chat.log.get_by_role("button", name="Lighter").click()
    expect(chat.said_by("customer").last).to_have_text("Lighter")
    expect(chat.said_by("bot").last).to_have_text("You said: /lighter")
    assert (script.posts[-1]["text"], script.posts[-1]["payload"]) == ("Lighter", "/lighter")
    expect(chat.input).to_be_focused()
    for label in ("Cheaper", "Lighter"):
        expect(chat.log.get_by_role("button", name=label)).to_be_disabled()
    expect(chat.log.locator(".chosen")).to_have_text("Lighter")
    # What a card offers stays of use.
    chat.log.get_by_role("button", name="Details").click()
    expect(chat.said_by("bot").last).to_have_text('You said: /product_info{"product":"air-14"}')
    chat.page.reload()
    expect(chat.log.get_by_role("button", name="Cheaper")).to_be_disabled()
    expect(chat.log.locator(".chosen")).to_have_text("Lighter")


def test_replies_go_out_of_use_when_something_else_was_said(chat: Chat, script: Script) -> None:
    script.answers["laptops"] = [{"type": "text", "text": "Two:"}, CHOICES]
    chat.ask("laptops", "Two:")
    expect(chat.log.get_by_role("button", name="Cheaper")).to_be_enabled()
    chat.ask("no, desks", "You said: no, desks")
    expect(chat.log.get_by_role("button", name="Cheaper")).to_be_disabled()
    assert chat.log.locator(".chosen").count() == 0


def test_a_form_is_answered_as_a_payload(chat: Chat, script: Script) -> None:
    script.answers["call me"] = [FORM]
    chat.say("call me")
    chat.log.get_by_role("button", name="Call me").click()
    assert len(script.posts) == 1  # the name is required
    chat.log.get_by_label("Your name").fill("Nour")
    chat.log.get_by_label("When").select_option("Evening")
    chat.log.get_by_role("button", name="Call me").click()
    expect(chat.said_by("customer").last).to_contain_text("Your name: Nour")
    expect(chat.said_by("bot").last).to_contain_text("You said")  # what was filled in has arrived
    assert script.posts[-1]["payload"] == '/leave_contact{"name":"Nour","when":"pm"}'
    expect(chat.log.get_by_label("Your name")).to_be_disabled()


def test_days_and_times_are_shown(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    with clock.moved_by(timedelta(days=-1)):
        yesterday = clock.now().isoformat()
    for message in script.talk.messages:
        message["created_at"] = yesterday
    chat.page.reload()
    expect(chat.log.locator(".day")).to_have_text(["yesterday"])
    chat.ask("again", "You said: again")
    expect(chat.log.locator(".day")).to_have_text(["yesterday", "today"])
    expect(chat.log.locator("time").last).to_have_text(re.compile(r"^\d{1,2}:\d\d$"))


def test_a_long_answer_is_read_from_its_beginning(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    script.answers["long"] = [{"type": "text", "text": f"Paragraph {number} " + "word " * 60} for number in range(12)]
    chat.ask("long", "Paragraph 11")
    expect(chat.said_by("customer").last).to_be_in_viewport()
    expect(chat.said_by("bot").last).not_to_be_in_viewport()
    chat.panel.get_by_role("button", name="New messages below").click()
    expect(chat.said_by("bot").last).to_be_in_viewport()
