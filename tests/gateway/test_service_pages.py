"""Pages behind signed links: each opens for its own link alone, says what it should, and runs no script of others."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from bot import clock
from bot.conversation import follow_ups
from bot.conversation.inbox import Job
from bot.db.models import Conversation, FollowUp, Message
from bot.db.session import reading, writing
from bot.gateway.problems import Problem, answer_problem
from bot.gateway.security import SecurityHeaders
from bot.gateway.service_pages import routes
from bot.support import links, orders, returns, satisfaction, uploads
from tests.support.samples import conversation, huda_buys_beds
from tests.support.test_photos import SVG, picture
from tests.support.test_uploads import PDF

TALK = "c" * 32
woken: list[tuple[str, Job | None]] = []


@pytest.fixture
def pages(database: str) -> Iterator[TestClient]:
    """The pages, of a shop where Huda's order has arrived."""
    huda_buys_beds("delivered")
    conversation(TALK)
    woken.clear()
    app = Starlette(
        routes=routes(lambda talk, job: woken.append((talk, job))),
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={Problem: answer_problem},
    )
    with TestClient(app) as client:
        yield client


def path(address: str) -> str:
    """The part of an address after the host."""
    return "/service/" + address.split("/service/")[1]


@pytest.mark.parametrize(("language", "word"), [("en", "Invoice"), ("ar", "فاتورة")])
def test_the_invoice_shows_what_was_bought_and_paid(pages: TestClient, language: str, word: str) -> None:
    answer = pages.get(path(links.address("invoice", "1", lang=language)))
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 200
    assert word in page.h1.get_text()  # type: ignore[union-attr]
    assert "920" in page.get_text() and "Old Street 1" in page.get_text()
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"


def test_a_link_opens_its_own_page_only_and_for_its_time(pages: TestClient) -> None:
    token = links.address("label", "1").rsplit("/", 1)[1]
    for address in (
        f"/service/invoice/{token}",
        "/service/invoice/x.y.z",
        f"/service/data/{token}",
        "/service/photo/1",
    ):
        assert pages.get(address).status_code == 404
    invoice = path(links.address("invoice", "1"))
    with clock.moved_by(timedelta(days=8)):
        assert pages.get(invoice).status_code == 404
    assert pages.get(path(links.address("invoice", "99"))).status_code == 404


def test_the_label_names_the_return_and_no_contact(pages: TestClient) -> None:
    with reading() as session:
        order = orders.read(session, 1)
    assert order is not None
    opened = returns.open_return(order, order.lines[0].id, "return", TALK, 1, reason="changed_mind")
    text = pages.get(path(links.address("label", str(opened.id)))).text
    assert opened.number in text and "#1001" in text
    assert "huda@example.com" not in text and "+9665" not in text


def test_the_copy_of_ones_data_is_a_file(pages: TestClient) -> None:
    address = path(links.address("data", "1"))
    answer = pages.get(address)
    assert answer.json()["customers"][0]["name"] == "Huda"
    assert answer.headers["content-disposition"].startswith("attachment")
    with clock.moved_by(timedelta(hours=2)):
        assert pages.get(address).status_code == 404


def test_a_photo_is_kept_and_the_talk_goes_on(pages: TestClient) -> None:
    address = path(links.address("photos", TALK, line=1, lang="ar"))
    assert "إرسال صورة" in pages.get(address).text
    assert pages.post(address, content=picture()).status_code == 201
    assert [talk for talk, _ in woken] == [TALK]
    assert woken[0][1] is not None and woken[0][1].payload == '/answer{"pick":"uploaded"}'
    (photo,) = uploads.of_line(TALK, 1)
    shown = pages.get(path(links.address("photo", photo)))
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["content-disposition"].startswith("attachment")


def test_a_pdf_is_taken_too_and_only_saved(pages: TestClient) -> None:
    address = path(links.address("photos", TALK, line=1))
    assert pages.post(address + "?name=فاتورة.pdf", content=PDF).status_code == 201
    (job,) = (job for _, job in woken)
    assert job is not None and job.text == "File sent: فاتورة.pdf"
    (document,) = uploads.of_line(TALK, 1)
    saved = pages.get(path(links.address("photo", document)))
    assert (saved.content, saved.headers["content-type"]) == (PDF, "application/pdf")
    assert saved.headers["content-disposition"].startswith("attachment; filename*=UTF-8")
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("body", "status"),
    [(SVG, 415), (b"<html><script>1</script>", 415), (b"", 415), (b"\0" * (50 * 1024 * 1024), 413)],
    ids=["svg", "html", "nothing", "50 MB"],
)
def test_what_is_no_photo_leaves_nothing_behind(pages: TestClient, body: bytes, status: int) -> None:
    answer = pages.post(path(links.address("photos", TALK)), content=io.BytesIO(body))
    assert answer.status_code == status
    assert not woken
    with reading() as session:
        assert session.execute(select(Message.id)).first() is None


def _sent_by_day() -> int:
    """Follow-ups sent on the fourth day from now, looked for twice a day: one of the times it is no night."""
    sent = 0
    for hours in (0, 12, 12):
        with clock.moved_by(timedelta(days=4, hours=hours)):
            sent += follow_ups.send_due()
    return sent


def test_a_check_back_is_asked_once_when_its_time_has_come(pages: TestClient) -> None:
    satisfaction.agree_to_check_back(TALK, "delivery_problem")
    satisfaction.agree_to_check_back(TALK, "delivery_problem")
    assert follow_ups.send_due() == 0
    assert _sent_by_day() == 1
    with reading() as session:
        assert session.execute(select(FollowUp.state)).scalars().all() == ["sent"]
        assert session.execute(select(Message.author)).scalars().all() == ["system"]


def test_no_check_back_interrupts_a_person(pages: TestClient) -> None:
    satisfaction.agree_to_check_back(TALK, "delivery_problem")
    with writing() as session:
        row = session.get(Conversation, TALK)
        assert row is not None
        row.owner = "agent"
    assert _sent_by_day() == 0
