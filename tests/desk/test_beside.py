"""What the agent gets beside a conversation, and sends from it: dealings, photos, suggestions, quotes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select, update
from starlette.testclient import TestClient

from bot import clock
from bot.clock import new_id
from bot.conversation import inbox, ownership, transcript
from bot.db.models import (
    AuditEntry,
    Conversation,
    Customer,
    DiscountGrant,
    Interaction,
    Lead,
    Order,
    OrderLine,
    Proof,
    Quote,
    Ticket,
    Variant,
    WarrantyClaim,
)
from bot.db.session import reading, writing
from bot.desk import suggestions
from bot.dialogue.actions_server import create_app
from bot.settings import settings
from bot.support import uploads
from bot.support.guides import embeddings
from bot.support.guides.importing import import_guides
from tests.desk.conftest import on_sqlite
from tests.shop.samples import bedding_shop
from tests.shop.selling_samples import fill, selling
from tests.support.test_photos import picture
from tests.support.test_uploads import PDF

API = "/api/v1/desk/conversations"
SCRIPT = "<script>alert(1)</script>"
Waits = Callable[..., str]
AtDesk = Callable[..., TestClient]


@pytest.fixture
def shop(database: str) -> None:
    """A shop that sells."""
    bedding_shop()
    selling()


def _customer(name: str = "Layla", **columns: Any) -> int:
    with writing() as session:
        customer = Customer(code=name, name=name, email=f"{name.lower()}@example.com", **columns)
        session.add(customer)
        session.flush()
        return int(customer.id)


def _signed(conversation_id: str, customer_id: int) -> None:
    with writing() as session:
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(customer_id=customer_id))


def _order(number: str, customer_id: int | None) -> int:
    with writing() as session:
        order = Order(number=number, number_key=number, customer_id=customer_id, state="delivered", currency="AED")
        order.placed_at, order.total = clock.now(), Decimal(60)
        order.lines = [OrderLine(position=1, title={"en": "Throw", "ar": "غطاء"}, quantity=1)]
        session.add(order)
        session.flush()
        return int(order.id)


@pytest.mark.usefixtures("shop")
def test_what_is_on_the_table_stands_beside_in_the_agents_language(at_desk: AtDesk, customer_waits: Waits) -> None:
    conversation_id, customer_id = customer_waits("two throws please"), _customer()
    _signed(conversation_id, customer_id)
    fill(conversation_id, "knit-throw", 2)
    order_id = _order("N1", customer_id)
    with writing() as session:
        variant_id = session.scalar(select(Variant.id).where(Variant.sku == "KT-1"))
        grant = {"message_id": 1, "variant_id": variant_id, "role": "bot", "quantity": 1, "list_price": 60}
        limits = {"unit_price": 57, "percent": 5, "max_percent": 5, "answer": "granted"}
        until = clock.now() + timedelta(hours=3)
        session.add(DiscountGrant(conversation_id=conversation_id, **grant, **limits, expires_at=until))
        lead = Lead(conversation_id=conversation_id, score=45, reasons=[["phone", 15], ["basket", 10]], need=SCRIPT)
        lead.next_step, lead.budget = "call", Decimal(500)
        session.add(lead)
        due = clock.now() + timedelta(hours=8)
        ticket = {"topic": "complaint", "severity": 3, "cause": "late_delivery", "story": SCRIPT, "due_at": due}
        session.add(Ticket(number="4001", conversation_id=conversation_id, message_id=1, **ticket))
        claim = {"order_id": order_id, "title": {"en": "Throw", "ar": "غطاء"}, "message_id": 1}
        claim |= {"description": "torn", "covered_until": clock.now().date(), "due_on": clock.now().date()}
        session.add(WarrantyClaim(number="W1", **claim))
    sara = at_desk("Sara", language="ar")
    context = sara.get(f"{API}/{conversation_id}/context").json()
    assert context["offer"]["lines"][0]["quantity"] == 2 and "١١٤" in context["offer"]["total"]
    assert [(each["quantity"], each["answer"]) for each in context["offer"]["agreed"]] == [(1, "granted")]
    assert (context["lead"]["score"], context["lead"]["next_step"], context["lead"]["need"]) == (45, "call", SCRIPT)
    assert context["lead"]["reasons"] == [{"reason": "phone", "points": 15}, {"reason": "basket", "points": 10}]
    assert [(each["number"], each["severity"], each["story"]) for each in context["tickets"]] == [("4001", 3, SCRIPT)]
    assert [(each["number"], each["kind"], each["title"]) for each in context["cases"]] == [("W1", "warranty", "غطاء")]
    with clock.moved_by(timedelta(hours=4)):
        assert sara.get(f"{API}/{conversation_id}/context").json()["offer"]["agreed"] == []


@on_sqlite
def test_who_proved_an_order_is_known_by_it_and_strangers_have_none(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    customer_id = _customer()
    proven = _order("N1", customer_id)
    _order("N2", customer_id)
    _order("N3", _customer("Sami"))
    assert mona.get(f"{API}/{conversation_id}/context").json()["orders"] == []
    for level, shown in ((1, "order"), (2, "change")):
        with writing() as session:
            session.add(Proof(conversation_id=conversation_id, order_id=proven, level=level))
        context = mona.get(f"{API}/{conversation_id}/context").json()
        assert (context["customer"]["name"], context["customer"]["verified"]) == ("Layla", shown)
        assert {each["number"] for each in context["orders"]} == {"N1", "N2"}


def test_earlier_talks_may_be_read_while_one_answers_their_customer(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, omar = at_desk("Mona"), at_desk("Omar")
    customer_id, stranger = _customer(), _customer("Sami")
    earlier, other, now_open = customer_waits("my old matter"), customer_waits("mine alone"), customer_waits("again")
    for conversation_id, owner in ((earlier, customer_id), (other, stranger), (now_open, customer_id)):
        _signed(conversation_id, owner)
    for conversation_id in (earlier, other):
        omar.post(f"{API}/{conversation_id}/accept")
        omar.post(f"{API}/{conversation_id}/resolve", json={"outcome": "solved"})
    with writing() as session:
        about = {"opened_by": 1, "last_message_id": 1, "channel": "web", "language": "en", "side": "service"}
        session.add(Interaction(conversation_id=earlier, topic="complaint", **about))
    assert mona.get(f"{API}/{earlier}/messages").status_code == 404
    (talk,) = mona.get(f"{API}/{now_open}/context").json()["earlier"]
    assert (talk["conversation_id"], talk["outcome"], talk["topics"]) == (earlier, "solved", ["complaint"])
    assert not talk["readable"]
    mona.post(f"{API}/{now_open}/accept")
    assert mona.get(f"{API}/{now_open}/context").json()["earlier"][0]["readable"]
    assert mona.get(f"{API}/{earlier}/messages").json()["messages"][0]["parts"][0]["text"] == "my old matter"
    assert mona.get(f"{API}/{other}/messages").status_code == 404
    assert mona.post(f"{API}/{earlier}/accept").status_code == 409
    assert mona.post(f"{API}/{earlier}/messages", json={"client_message_id": "1", "text": "x"}).status_code == 403
    mona.post(f"{API}/{now_open}/resolve", json={"outcome": "solved"})
    assert mona.get(f"{API}/{earlier}/messages").status_code == 404


def test_a_photo_is_shown_to_who_may_see_its_conversation(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, sami = at_desk("Mona", teams=("sales",)), at_desk("Sami", teams=("service",))
    conversation_id, other = customer_waits("broken"), customer_waits("other", team="sales")
    photo_id = new_id()
    kept = uploads.keep(photo_id, conversation_id, None, "", picture())
    inbox.receive(conversation_id, f"upload-{photo_id}", "I've sent a photo", '/answer{"pick":"uploaded"}')
    inbox.receive(other, f"upload-{photo_id}", "a name that is not a photo of mine")
    (shown,) = mona.get(f"{API}/{conversation_id}/context").json()["photos"]
    assert shown["url"] == f"{API}/{conversation_id}/photos/{photo_id}"

    def written(talk: str) -> list[dict[str, Any]]:
        messages = mona.get(f"{API}/{talk}/messages").json()["messages"]
        return [message["parts"] for message in messages if message["author"] == "customer"][-1]

    sent = written(conversation_id)
    assert [(part["type"], part.get("url")) for part in sent] == [("text", None), ("photo", shown["url"])]
    assert "photo" not in [part["type"] for message in transcript.read(conversation_id) for part in message["parts"]]
    assert [part["type"] for part in written(other)] == ["text"]
    got = mona.get(shown["url"])
    assert got.content == kept.content and got.headers["content-type"] == "image/jpeg"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (got.headers["x-content-type-options"], got.headers["cache-control"]) == ("nosniff", "no-store")
    assert sami.get(shown["url"]).status_code == 404
    assert mona.get(f"{API}/{other}/photos/{photo_id}").status_code == 404
    assert mona.get(f"{API}/{conversation_id}/photos/x").status_code == 404
    with reading() as session:
        seen = session.execute(select(AuditEntry.agent_id).where(AuditEntry.action == "read_photo")).all()
    assert len(seen) == 1


def test_a_pdf_is_saved_by_who_may_see_its_conversation(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, sami = at_desk("Mona", teams=("sales",)), at_desk("Sami", teams=("service",))
    conversation_id = customer_waits("my invoice", team="sales")
    kept = uploads.keep(new_id(), conversation_id, None, f"{SCRIPT}.pdf", PDF)
    inbox.receive(conversation_id, f"upload-{kept.id}", "File sent", '/answer{"pick":"uploaded"}')
    context = mona.get(f"{API}/{conversation_id}/context").json()
    (shown,) = context["documents"]
    assert not context["photos"] and shown["name"] == "script alert(1) script.pdf"
    newest = mona.get(f"{API}/{conversation_id}/messages").json()["messages"]
    part = next(part for message in newest for part in message["parts"] if part["type"] == "document")
    assert (part["url"], part["name"]) == (shown["url"], shown["name"])
    got = mona.get(shown["url"])
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert mona.get(shown["url"].replace("documents", "photos")).status_code == 404
    assert sami.get(shown["url"]).status_code == 404


@on_sqlite
def test_a_photo_is_asked_for_with_a_link_of_the_customers_own(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits("مكسور", locale="ar")
    assert mona.post(f"{API}/{conversation_id}/photo-requests", json={"client_message_id": "1"}).status_code == 403
    mona.post(f"{API}/{conversation_id}/accept")
    for _ in range(2):
        sent = mona.post(f"{API}/{conversation_id}/photo-requests", json={"client_message_id": "1"})
        assert sent.status_code == 201
    (link,) = (message["parts"] for message in transcript.read(conversation_id) if message["author"] == "agent")
    assert link[0]["label"] == "إرسال صورة" and "/service/photos/" in link[0]["url"]


@pytest.mark.usefixtures("shop")
def test_a_quote_is_written_and_sent_together(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits("a quote please")
    address = f"{API}/{conversation_id}/quotes"
    wanted: dict[str, Any] = {"client_message_id": "q1", "products": [{"product": "knit-throw", "quantity": 2}]}
    assert mona.post(address, json=wanted).status_code == 403
    mona.post(f"{API}/{conversation_id}/accept")
    for products, reason in (
        ([], "empty"),
        ([{"product": "nothing"}], "unknown"),
        ([{"product": "knit-throw"}, {"product": "cloud-plus"}], "incomplete"),
        ([{"product": "knit-throw", "quantity": 5000}], "quantity"),
        ([{"product": "cloud-plus", "variant": "nothing"}], "unknown"),
    ):
        refused = mona.post(address, json={"client_message_id": "q1", "products": products})
        assert (refused.status_code, refused.json()["reason"]) == (422, reason)
    first, again = (mona.post(address, json=wanted) for _ in range(2))
    assert first.status_code == 201 and first.json() == again.json()
    with reading() as session:
        (quote,) = session.scalars(select(Quote)).all()
    assert (quote.total, quote.conversation_id) == (Decimal(120), conversation_id)
    text, page, document = transcript.read(conversation_id)[-1]["parts"]
    assert quote.number in text["text"] and quote.number in page["url"] and "quote.pdf" in document["url"]
    second = mona.post(address, json={"client_message_id": "q2", "products": [{"product": "knit-throw"}]})
    assert second.json()["message_id"] > first.json()["message_id"]
    (found,) = mona.get("/api/v1/desk/products?q=cloud").json()["products"]
    assert found["variants"][0] == {"sku": "CP-90", "title": "90 cm · AED 1,200"}
    chosen = [{"product": "cloud-plus", "variant": "CP-160", "price": "1900"}]
    assert mona.post(address, json={"client_message_id": "q3", "products": chosen}).status_code == 201
    listed = mona.get(f"{API}/{conversation_id}/context").json()["quotes"]
    assert len({each["number"] for each in listed}) == 3 and {each["state"] for each in listed} == {"open"}
    ownership.reassign(conversation_id, None, 1)
    with reading() as session:
        assert mona.post(address, json={**wanted, "client_message_id": "q4"}).status_code == 403
        assert len(session.scalars(select(Quote)).all()) == 3


@pytest.fixture
def help_pages(database: str, tmp_path: Path) -> None:
    """Two help pages with their vectors."""
    for name, text in {
        "wrapping.en": "# Gift wrapping\n\nWe wrap small things as gifts for SAR 15, with a card.",
        "wrapping.ar": "# تغليف الهدايا\n\nنغلّف القطع الصغيرة هدايا بـ15 ريالًا مع بطاقة.",
        "parking.en": "# Parking at our branches\n\nAll branches have free parking for two hours.",
    }.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    assert import_guides(tmp_path).applied
    with writing() as session:
        embeddings.refresh(session)


@pytest.fixture
def action_server(help_pages: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real action server on a free port, known to the desk."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        monkeypatch.setenv("DUKAN_ACTIONS_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        settings.cache_clear()
        config = uvicorn.Config(create_app(settings().secret("internal_token")), log_level="warning", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield
        server.should_exit = True
        thread.join(10)
    settings.cache_clear()


@on_sqlite
@pytest.mark.usefixtures("action_server")
def test_answers_are_suggested_from_the_shops_pages(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona = at_desk("Mona", teams=("sales",))
    english = customer_waits("can you wrap it as a gift?", "thanks")
    arabic = customer_waits("هل تغلفون الهدايا", locale="ar")
    foreign = customer_waits("who won the football match yesterday evening")
    (found, *_) = mona.get(f"{API}/{english}/suggestions").json()["suggestions"]
    assert found["title"] == "Gift wrapping" and "SAR 15" in found["text"]
    assert found["url"] == f"{settings().url}/help/wrapping?lang=en"
    assert mona.get(f"{API}/{arabic}/suggestions").json()["suggestions"][0]["language"] == "ar"
    assert mona.get(f"{API}/{foreign}/suggestions").json() == {"suggestions": []}
    hidden = customer_waits("can you wrap it as a gift?", team="service")
    assert mona.get(f"{API}/{hidden}/suggestions").status_code == 404


@on_sqlite
def test_without_an_action_server_nothing_is_suggested(
    at_desk: AtDesk, customer_waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits("can you wrap it as a gift?", "ok", "مرحبا")
    assert suggestions.asked(conversation_id) == ["can you wrap it as a gift?"]
    for url in ("", "http://127.0.0.1:9"):
        monkeypatch.setenv("DUKAN_ACTIONS_URL", url)
        settings.cache_clear()
        assert mona.get(f"{API}/{conversation_id}/suggestions").json() == {"suggestions": []}
    settings.cache_clear()
