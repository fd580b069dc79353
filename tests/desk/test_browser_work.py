"""The desk beside the customers' own chats, in real browsers: two agents and two customers at once, and the managing pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import WebChannel
from bot.clock import now
from bot.conversation import assignment, handoffs, inbox
from bot.conversation.turns import Result
from bot.db.models import Agent, Handoff, Team
from bot.db.session import reading, writing
from bot.desk import answers, pages
from bot.desk.app import routes
from bot.gateway.files import folder
from bot.settings import ROOT
from tests.browser.chat import Chat
from tests.desk.conftest import on_sqlite
from tests.desk.screens import PASSWORD, PHONE, check, open_row, row

pytestmark = [pytest.mark.browser, on_sqlite]

STATIC = ROOT / "bot" / "gateway" / "static"
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


async def _shop(_request: Request) -> Response:
    page = '<!doctype html><html lang="en"><title>Shop</title><script type="module" src="/static/widget.js"></script>'
    return HTMLResponse(page + "<main><h1>Shop</h1></main><dukan-chat></dukan-chat>")


@pytest.fixture
def app(database: str) -> Starlette:
    """The desk, the customers' API and a shop page with the chat; the bot is played by the tests."""
    channel = WebChannel(lambda _conversation, _job: None)
    shop = [Route("/shop", _shop), folder("/static", STATIC)]
    return Starlette(routes=[*channel.routes(), *shop, *routes])


class Customer:
    """A customer's chat in a browser of its own."""

    def __init__(self, page: Page, served: str) -> None:
        self.page = page
        self.chat = Chat(page, f"{served}/shop")
        self.chat.visit()
        self.chat.open()

    def wants_a_person(self, text: str, team: str = "sales") -> str:
        """Write, and have the bot hand over; the conversation's id."""
        self.chat.say(text)
        expect(self.page.locator("dukan-chat .customer .bubble")).to_have_count(1)
        key = "Object.keys(localStorage).find((key) => key.endsWith(':talk'))"
        talk = f"JSON.parse(localStorage.getItem({key}) ?? 'null')?.id"
        # Waiting in the page itself is forbidden by its content security policy.
        while not (conversation_id := self.page.evaluate(talk)):
            self.page.wait_for_timeout(50)
        for _ in range(50):
            job = inbox.next_job(conversation_id)
            if job is not None:
                break
            inbox.release_claims()
            self.page.wait_for_timeout(50)
        assert job is not None
        handoffs.request(conversation_id, job.message_id, team, "asked", {"need": text})
        inbox.finish(job, Result(replies=[[{"type": "text", "text": "Someone comes."}]], intent="talk_to_agent"))
        return conversation_id


@pytest.fixture
def visit(screen: Callable[..., Page], served: str) -> Callable[..., Customer]:
    """Opens a customer's browser."""
    return lambda **options: Customer(screen(**options), served)


def _says(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def test_two_agents_and_two_customers_at_once(
    visit: Callable[..., Customer], agent_screen: Callable[..., Page]
) -> None:
    mona, omar = agent_screen("Mona"), agent_screen("Omar")
    layla, sami = visit(), visit(viewport=PHONE)
    first, second = layla.wants_a_person("I need a lamp"), sami.wants_a_person("I need a desk")
    expect(layla.chat.notice).to_contain_text("line")

    # A race: both look at the same conversation, one gets it, the other is told and loses sight.
    for page in (mona, omar):
        open_row(page, first)
    mona.click("#accept")
    expect(mona.locator("#text")).to_be_focused()
    expect(row(omar, first)).to_have_count(0)
    expect(omar.locator("#open")).to_be_hidden()
    open_row(omar, second)
    omar.click("#accept")
    expect(layla.chat.panel).to_contain_text("Mona")
    expect(sami.chat.panel).to_contain_text("Omar")

    # Each word reaches its own side, with typing and read marks both ways.
    _says(mona, "Which lamp, Layla?")
    expect(layla.chat.said_by("agent")).to_have_text(["Which lamp, Layla?"])
    expect(sami.chat.said_by("agent")).to_have_count(0)
    expect(mona.locator(".state[data-mark]")).to_have_text("Read", timeout=15_000)
    layla.chat.input.press_sequentially("a red")
    expect(mona.locator("#typing")).to_be_visible()
    layla.chat.input.press("Enter")
    expect(mona.locator("article[data-author=customer]").last).to_contain_text("a red")
    expect(mona.locator("#typing")).to_be_hidden(timeout=10_000)
    mona.locator("#text").press_sequentially("Let me look")
    expect(layla.chat.typing).to_be_visible(timeout=10_000)
    expect(layla.chat.panel).to_contain_text("Read")

    # A transfer: the note is for the colleague, and what the customer writes meanwhile is not lost.
    mona.click("#more > summary")
    mona.click("#transfer")
    check(mona)
    mona.select_option("#transfer-to", label="Omar (Available)")
    mona.fill("#transfer-note", "Knows red lamps")
    mona.get_by_role("button", name="Offer").click()
    expect(mona.locator("#banner")).to_contain_text("Offered to Omar")
    layla.chat.say("Are you there?")
    expect(mona.locator("article[data-author=customer]").last).to_contain_text("Are you there?")
    expect(row(omar, first)).to_contain_text("from Mona")
    open_row(omar, first)
    expect(omar.locator("#banner")).to_contain_text("Knows red lamps")
    check(omar)
    omar.click("#accept")
    expect(row(mona, first)).to_have_count(0)
    expect(layla.chat.panel).to_contain_text("Omar takes over")
    assert "Knows red lamps" not in str(layla.chat.transcript())

    # Both sides reload: everything is there once.
    omar.reload()
    layla.page.reload()
    expect(omar.locator("#composer")).to_be_visible()
    _says(omar, "Red it is.")
    expect(layla.chat.said_by("agent")).to_have_text(["Which lamp, Layla?", "Red it is."])
    shown = [text for author, text in layla.chat.transcript() if author == "customer"]
    assert shown == ["I need a lamp", "a red", "Are you there?"]

    # Given back, the bot answers again; the other customer noticed nothing of all this.
    omar.click("#return")
    expect(layla.chat.panel).to_contain_text("back with the assistant")
    assert [author for author, _ in sami.chat.transcript()].count("agent") == 0


def test_a_supervisor_whispers_and_takes_over(
    visit: Callable[..., Customer], agent_screen: Callable[..., Page]
) -> None:
    mona, rana = agent_screen("Mona"), agent_screen("Rana", role="supervisor")
    layla = visit()
    conversation_id = layla.wants_a_person("I want a discount")
    open_row(mona, conversation_id)
    mona.click("#accept")
    expect(row(rana, conversation_id)).to_contain_text("with Mona")
    open_row(rana, conversation_id)
    _says(rana, "Offer five percent")
    expect(mona.locator("article[data-kind=whisper]")).to_contain_text("Offer five percent")
    expect(mona.locator("#toasts")).to_contain_text("Rana whispers")
    check(mona)
    mona.click("#note")
    _says(mona, "Will do, @Rana")
    expect(rana.locator("article[data-author=note]")).to_have_count(2)
    rana.click("#take-over")
    expect(mona.locator("#open")).to_be_hidden()
    expect(layla.chat.panel).to_contain_text("Rana has joined")
    assert "percent" not in str(layla.chat.transcript()) and "Will do" not in str(layla.chat.transcript())
    rana.goto("/desk/board")
    expect(rana.locator("#conversations")).to_contain_text("with Rana")
    expect(rana.locator("#agents")).to_contain_text("1 of 5")
    check(rana)


def test_a_customer_who_does_not_wait_it_out(visit: Callable[..., Customer], agent_screen: Callable[..., Page]) -> None:
    layla, sami = visit(), visit()
    first = layla.wants_a_person("Anyone?")
    expect(layla.chat.panel).to_contain_text("Nobody is free")
    layla.chat.panel.get_by_role("button", name="Call me back").click()
    layla.chat.panel.get_by_role("button", name=re.compile("[ap]m|noon|midnight")).first.click()
    expect(layla.chat.panel).to_contain_text("Which number")
    layla.chat.say("050 123 4567")
    expect(layla.chat.panel).to_contain_text("We'll call +966501234567")
    second = sami.wants_a_person("Hello?")
    sami.chat.panel.get_by_role("button", name="Back to the assistant").last.click()
    expect(sami.chat.panel).to_contain_text("out of the line")
    mona = agent_screen("Mona")
    expect(row(mona, first)).to_contain_text("Call back")
    expect(row(mona, second)).to_have_count(0)
    open_row(mona, first)
    expect(mona.locator("#banner")).to_contain_text("+966501234567")
    check(mona)
    mona.click("#accept")
    mona.click("#resolve")
    mona.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    layla.chat.panel.get_by_role("button", name="★★★★★").click()
    expect(layla.chat.panel).to_contain_text("Thank you, that helps us.")
    with reading() as session:
        assert session.scalar(select(Handoff.satisfaction).where(Handoff.conversation_id == first)) == 5


def test_offers_notes_labels_and_what_is_sent(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str]
) -> None:
    answers.save(None, "hello", {"en": "Hello from {agent}!"}, None)
    answers.save(None, "order", {"en": "About {order}: one moment."}, None)
    mona = agent_screen("Mona")
    conversation_id = customer_waits("help")
    expect(row(mona, conversation_id)).to_be_visible()
    assert assignment.sweep() == 1
    mona.reload()
    expect(row(mona, conversation_id)).to_contain_text("for you")
    mona.keyboard.press("j")
    expect(mona.locator("#decline")).to_be_visible()
    mona.keyboard.press("a")
    expect(mona.locator("#text")).to_be_focused()
    mona.keyboard.type("/")
    expect(mona.locator("#picker")).to_be_visible()
    check(mona)
    mona.keyboard.type("hel")
    expect(mona.locator("#picker-list button")).to_have_count(1)
    mona.keyboard.press("Enter")
    expect(mona.locator("#text")).to_have_value("Hello from Mona!")
    mona.keyboard.press("Enter")
    expect(mona.locator("article[data-own]:not(.pending)")).to_contain_text("Hello from Mona!")
    mona.keyboard.type("/")
    expect(mona.locator("#picker")).to_be_visible()
    mona.keyboard.type("order")
    expect(mona.locator("#picker-list button")).to_have_count(1)
    mona.keyboard.press("Enter")
    expect(mona.locator("#text")).to_have_value("About ____: one moment.")
    mona.keyboard.type("D-7")  # over the gap, which is marked
    expect(mona.locator("#text")).to_have_value("About D-7: one moment.")
    mona.fill("#text", "")
    mona.set_input_files(
        "#file-input", {"name": HOSTILE + ".html", "mimeType": "text/html", "buffer": HOSTILE.encode()}
    )
    expect(mona.locator("#transcript a.link")).to_have_attribute("href", re.compile(r"/files/"))
    mona.click("#more > summary")
    check(mona)
    mona.click("#labels")
    mona.fill("#labels-text", f"VIP, {HOSTILE[:30]}")
    mona.press("#labels-text", "Enter")
    expect(mona.locator("#facts .badge")).to_have_count(2)
    mona.click("#more > summary")
    mona.click("#labels")
    mona.fill("#labels-text", "never kept")
    mona.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(mona.locator("#facts .badge")).to_have_count(2)
    mona.click("#more > summary")
    mona.click("#snooze")
    check(mona)
    mona.get_by_role("dialog").get_by_role("button", name="Put off").click()
    expect(mona.locator("#banner")).to_contain_text("until")
    mona.locator("#who").focus()
    mona.keyboard.press("n")
    expect(mona.locator("#text")).to_be_focused()  # else the letters of the note would be taken for shortcuts
    _says(mona, HOSTILE)
    expect(mona.locator("article[data-author=note] .text")).to_have_text(HOSTILE)
    mona.fill("#wanted", "help")
    expect(mona.locator("#found li")).to_have_count(1)
    assert mona.evaluate("window.pwned") is None
    check(mona)
    mona.locator("#who").click()
    mona.keyboard.press("Escape")
    mona.keyboard.press("?")
    expect(mona.locator("#shortcuts-dialog")).to_be_visible()
    check(mona)
    mona.keyboard.press("Escape")
    _presses(mona, "؟", "Slash")
    expect(mona.locator("#shortcuts-dialog")).to_be_visible()
    mona.keyboard.press("Escape")
    _presses(mona, "ب", "KeyF")
    expect(mona.locator("#wanted")).to_be_focused()


def _presses(page: Page, key: str, code: str) -> None:
    """A key of an Arabic keyboard, which writes another letter where the Latin one stands."""
    shift = "true" if key == "؟" else "false"
    page.evaluate(
        f"document.body.dispatchEvent(new KeyboardEvent('keydown', "
        f"{{key: '{key}', code: '{code}', shiftKey: {shift}, bubbles: true}}))"
    )


@pytest.mark.parametrize(
    "options",
    [{"viewport": {"width": 1280, "height": 800}}, {"viewport": PHONE, "color_scheme": "dark"}],
    ids=["desktop", "phone"],
)
def test_every_managing_page_is_sound(
    agent_screen: Callable[..., Page], customer_waits: Callable[..., str], options: dict[str, Any]
) -> None:
    answers.save(None, "hello", {"en": HOSTILE, "ar": HOSTILE}, None)
    with writing() as session:
        session.execute(update(Team).values(name={"en": HOSTILE[:60], "ar": HOSTILE[:60]}))
    customer_waits("help")
    language = "ar" if options["viewport"] == PHONE else "en"
    huda = agent_screen("Huda", options, role="admin", language=language)
    with writing() as session:
        session.execute(update(Agent).values(name=HOSTILE[:90]))
    for name, _ in pages.PAGES:
        huda.goto("/desk" if name == "desk" else f"/desk/{name}")
        huda.evaluate("document.querySelectorAll('details.sheet').forEach((each) => (each.open = true))")
        if name == "board":
            expect(huda.locator("#teams section")).to_have_count(2)
        check(huda)
        huda.click("#menu > summary")
        expect(huda.locator("#menu > nav")).to_be_in_viewport(ratio=1)
        huda.keyboard.press("Escape")
        labels = huda.locator("table.stack tbody td").evaluate_all("cells => cells.map((cell) => cell.dataset.label)")
        assert all(labels) or name == "money", "on a phone every cell stands under its own heading"
    assert huda.evaluate("window.pwned") is None


def test_a_colleague_is_invited_and_signs_in_with_codes(
    agent_screen: Callable[..., Page], screen: Callable[..., Page]
) -> None:
    huda = agent_screen("Huda", role="admin")
    huda.goto("/desk/agents")
    huda.get_by_text("New colleague").click()
    huda.fill("#new-name", "Noor")
    huda.fill("#new-email", "noor@shop.example")
    huda.get_by_role("button", name="Create").click()
    link = huda.locator("#new-link code")
    expect(link).to_contain_text("/desk/setup/")
    noor = screen(viewport=PHONE)
    noor.goto(re.sub(r"^http://[^/]+", "", link.inner_text()))
    check(noor)
    noor.fill("#password", PASSWORD)
    noor.click("button[type=submit]")
    noor.wait_for_url(re.compile("/desk/sign-in"))
    noor.fill("#email", "noor@shop.example")
    noor.fill("#password", PASSWORD)
    noor.press("#password", "Enter")
    noor.wait_for_url(re.compile("/desk$"))
    noor.goto("/desk/account")
    noor.get_by_role("button", name="Set up codes").click()
    secret = noor.locator("[data-result=secret]")
    expect(secret).to_have_text(re.compile("[A-Z2-7]{20}"))
    check(noor)
    code = pyotp.TOTP(secret.inner_text())
    noor.fill("#code", code.at(now() - timedelta(seconds=30)))
    noor.get_by_role("button", name="Turn on").click()
    expect(noor.get_by_text("Signing in asks for a code")).to_be_visible()
    noor.click("#menu > summary")
    noor.click("#sign-out")
    noor.wait_for_url(re.compile("/desk/sign-in"))
    noor.fill("#email", "noor@shop.example")
    noor.fill("#password", PASSWORD)
    noor.press("#password", "Enter")
    expect(noor.locator("#code")).to_be_focused()
    check(noor)
    noor.fill("#code", "000000")
    noor.press("#code", "Enter")
    expect(noor.locator("#error")).to_contain_text("code is wrong")
    expect(noor.locator("#code")).to_be_focused()
    noor.fill("#code", code.at(now()))
    noor.press("#code", "Enter")
    expect(noor.get_by_role("heading", name="My account")).to_be_visible()  # back where one was


def test_teams_are_changed_on_their_page(agent_screen: Callable[..., Page]) -> None:
    huda = agent_screen("Huda", role="admin")
    huda.goto("/desk/teams")
    sheet = huda.locator("details.sheet").first
    sheet.locator("summary").click()
    sheet.get_by_label("Monday").fill("9 to 5")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.locator(".alert")).to_contain_text("Hours are written like")
    sheet.get_by_label("Monday").fill("09:00-13:00, 16:00-01:00")
    sheet.get_by_label("Holidays").fill("2026-09-23")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).not_to_have_attribute("open", "")
    with reading() as session:
        team = session.scalars(select(Team).order_by(Team.id)).first()
        assert team is not None
        assert (team.hours, team.holidays) == ({"0": [[540, 780], [960, 1500]]}, ["2026-09-23"])
