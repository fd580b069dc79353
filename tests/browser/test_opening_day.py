"""The main job, as people see it: two customers in two languages on the shop page, a person asked for, an agent answering.

Screenshots of the way are kept in `var/screenshots`.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from bot.settings import ROOT
from tests.browser.chat import Chat, accessibility_faults
from tests.running import System

SCREENSHOTS = ROOT / "var" / "screenshots"
PHONE = {"width": 390, "height": 844}


def _keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def _customer(context: BrowserContext, url: str, language: str) -> Chat:
    chat = Chat(context.new_page(), url)
    chat.visit(lang=language)
    chat.open()
    return chat


def test_two_customers_and_an_agent(running: System, new_context: Callable[..., BrowserContext]) -> None:
    english = _customer(new_context(), running.url, "en")
    arabic = _customer(new_context(viewport=PHONE, locale="ar", color_scheme="dark"), running.url, "ar")

    english.ask("do you have laptops under 3000?", "aptops under SAR 3,000")
    expect(english.log).to_contain_text("Tarvix Dars 14 Laptop")
    arabic.ask("عندكم كراسي مكتب؟", "كراسي")
    english.ask("is the second one in stock in jeddah?", "Tarvix Dars 15")
    arabic.ask("وين طلبي D-10006 ؟ ايميلي meshari.f@example.net", "D-10006")
    for chat, name in ((english, "customer-english"), (arabic, "customer-arabic-phone")):
        expect(chat.typing).to_be_hidden()
        _keep(chat.page, name)
        assert accessibility_faults(chat.page) == []

    arabic.say("ممكن أكلم موظف لو سمحت")
    expect(arabic.said_by("system").last).to_be_visible()

    agent = new_context().new_page()
    agent.goto(running.setup_link())
    agent.fill("#name", "Mona")
    agent.fill("#email", "mona@shop.example")
    agent.fill("#password", "a long enough pass phrase 7")
    agent.click("button.primary")
    expect(agent.locator("a[data-conversation]").first).to_be_visible()
    _keep(agent, "desk-waiting")
    agent.locator("a[data-conversation]").filter(has_text="ممكن أكلم موظف").first.click()
    expect(agent.locator("#transcript article").first).to_be_visible()
    expect(agent.locator("#transcript")).to_contain_text("D-10006")
    agent.click("#accept")
    expect(agent.locator("#text")).to_be_focused()
    agent.keyboard.type("أهلًا، معك منى من خدمة العملاء. كيف أساعدك؟")
    agent.keyboard.press("Enter")
    expect(arabic.said_by("agent").filter(has_text="معك منى")).to_be_visible()

    arabic.say("شكرًا يا منى، وصل الطلب")
    expect(agent.locator("#transcript article").last).to_contain_text("وصل الطلب")
    assert not [text for author, text in arabic.transcript()[-1:] if author == "bot"]
    _keep(agent, "desk-conversation")
    _keep(arabic.page, "customer-arabic-with-agent")
    assert accessibility_faults(agent) == []

    agent.click("#return")
    expect(agent.locator("#nothing")).to_be_visible()
    arabic.ask("متى تفتحون في جدة؟", "جدة")

    arabic.page.reload()
    if arabic.launcher.is_visible():
        arabic.open()
    expect(arabic.said_by("agent").filter(has_text="معك منى")).to_be_visible()
    assert arabic.transcript()[-1][0] in ("bot", "system")
