"""What the widget shows and how it is used, with a gateway that follows a script."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from bot import clock
from tests.browser.chat import Chat, accessibility_faults
from tests.browser.scripted import Script

pytestmark = pytest.mark.browser

CARDS = {
    "type": "cards",
    "cards": [
        {
            "title": "Air 14",
            "subtitle": "1.1 kg",
            "image": "/shop/images/none.svg",
            "price": "SAR 3,299",
            "sku": "A",
            "url": "/products/air-14",
            "facts": ["16 GB", "18 h"],
            "buttons": [{"label": "Details", "payload": '/product_info{"product":"air-14"}'}],
        },
        {"title": "Book 15", "subtitle": "", "image": None, "price": "SAR 2,499", "sku": "B", "url": None, "facts": []},
        {"title": "Trap", "image": "javascript:alert(1)", "url": "javascript:alert(1)", "buttons": None},
    ],
}
CHOICES = {
    "type": "buttons",
    "buttons": [{"label": "Cheaper", "payload": "/cheaper"}, {"label": "Lighter", "payload": "/lighter"}],
}
TABLE = {"type": "table", "columns": ["", "Air"], "rows": [["Weight", "1.1 kg"], ["Battery", "18 h"]]}
STEPS = {"type": "steps", "title": "Set up", "steps": [{"text": "Plug it in.", "image": None}, {"text": "Press <b>."}]}
FORM = {
    "type": "form",
    "title": "Call me back",
    "fields": [
        {"name": "name", "label": "Your name", "type": "text", "required": True},
        {"name": "when", "label": "When", "options": ["Morning", {"label": "Evening", "value": "pm"}]},
    ],
    "submit": "Call me",
    "payload": "/leave_contact",
}


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


def test_sound_is_off_until_it_is_turned_on(chat: Chat) -> None:
    chat.panel.get_by_role("button", name="Turn sound on").click()
    expect(chat.panel.get_by_role("button", name="Turn sound off")).to_be_visible()
    chat.page.reload()
    expect(chat.panel.get_by_role("button", name="Turn sound off")).to_be_visible()


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


def test_a_long_answer_is_read_from_its_beginning(chat: Chat, script: Script) -> None:
    chat.ask("Hi", "You said: Hi")
    script.answers["long"] = [{"type": "text", "text": f"Paragraph {number} " + "word " * 60} for number in range(12)]
    chat.ask("long", "Paragraph 11")
    expect(chat.said_by("customer").last).to_be_in_viewport()
    expect(chat.said_by("bot").last).not_to_be_in_viewport()
    chat.panel.get_by_role("button", name="New messages below").click()
    expect(chat.said_by("bot").last).to_be_in_viewport()


@pytest.mark.parametrize("source", ["/widget.js", "/static/widget.js", "/widget.js?v=3"])
def test_it_finds_its_parts_wherever_it_is_loaded_from(
    new_context: Callable[..., BrowserContext], elsewhere: str, source: str
) -> None:
    chat = Chat(new_context().new_page(), elsewhere)
    chat.visit(src=source)
    chat.open()
    chat.ask("Hi", "You said: Hi")


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


def _choose(chat: Chat, button: Locator, name: str) -> None:
    expect(button).to_be_enabled()
    with chat.page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files({"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
