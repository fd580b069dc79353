"""The work on a conversation: transfer, notes, later, labels, what is sent, search, and what supervisors may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from bot import clock
from bot.conversation import assignment, inbox, marks, ownership, transcript, waiting
from bot.db.models import Agent, AuditEntry, Conversation, Customer, Handoff, Order, OrderLine, Product, Variant
from bot.db.session import reading, writing
from bot.desk import answers, presence
from tests.desk.conftest import on_sqlite

API = "/api/v1/desk/conversations"
Waits = Callable[..., str]
AtDesk = Callable[..., TestClient]


def _me(client: TestClient) -> int:
    return int(client.get("/api/v1/desk/me").json()["agent"]["id"])


def _place(client: TestClient, conversation_id: str) -> str | None:
    answer = client.get(f"{API}/{conversation_id}")
    return answer.json()["place"] if answer.status_code == 200 else None


def _texts(conversation_id: str) -> list[str]:
    return [part.get("text", "") for message in transcript.read(conversation_id) for part in message["parts"]]


def test_a_transfer_is_accepted_by_the_other_side_before_anything_moves(
    at_desk: AtDesk, customer_waits: Waits, customer_says: Callable
) -> None:
    mona, omar, sara = at_desk("Mona"), at_desk("Omar", teams=("service",)), at_desk("Sara", teams=("service",))
    conversation_id = customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    offer = {"agent_id": _me(omar), "note": "knows printers"}
    assert omar.post(f"{API}/{conversation_id}/transfer", json=offer).status_code == 404
    answer = mona.post(f"{API}/{conversation_id}/transfer", json=offer)
    assert answer.status_code == 201 and answer.json()["transfer"]["is_mine"]
    assert (_place(omar, conversation_id), _place(sara, conversation_id)) == ("waiting", None)
    assert omar.get(f"{API}/{conversation_id}").json()["transfer"]["note"] == "knows printers"
    customer_says(conversation_id, "still there?")
    assert _place(mona, conversation_id) == "mine"
    assert omar.delete(f"{API}/{conversation_id}/transfer").status_code == 204  # declined
    assert _place(omar, conversation_id) is None
    assert mona.post(f"{API}/{conversation_id}/transfer", json={"team": "service"}).status_code == 201
    assert {_place(client, conversation_id) for client in (omar, sara)} == {"waiting"}
    assert sara.post(f"{API}/{conversation_id}/accept").json()["place"] == "mine"
    assert omar.post(f"{API}/{conversation_id}/accept").status_code == 409
    assert _place(mona, conversation_id) is None  # who passed it on loses sight
    assert "knows printers" not in " ".join(_texts(conversation_id))
    for wrong in (
        {},
        {"agent_id": _me(sara)},
        {"agent_id": 999},
        {"team": "nobodys"},
        {"agent_id": 1, "team": "sales"},
    ):
        assert sara.post(f"{API}/{conversation_id}/transfer", json=wrong).status_code == 422, wrong


def test_notes_stay_among_colleagues_and_call_the_one_they_name(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, omar, sara = at_desk("Mona"), at_desk("Omar", teams=("service",)), at_desk("Sara", teams=("service",))
    conversation_id = customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    before = transcript.read(conversation_id)
    assert mona.post(f"{API}/{conversation_id}/notes", json={"text": "Ask @omar about this"}).status_code == 201
    assert transcript.read(conversation_id) == before
    assert _place(omar, conversation_id) == "others" and _place(sara, conversation_id) is None
    (note,) = omar.get(f"{API}/{conversation_id}/notes").json()["notes"]
    assert (note["text"], note["agent_name"], note["own"], note["kind"]) == (
        "Ask @omar about this",
        "Mona",
        False,
        "note",
    )
    assert omar.post(f"{API}/{conversation_id}/notes", json={"text": "Yes."}).status_code == 201
    assert (
        omar.post(f"{API}/{conversation_id}/messages", json={"client_message_id": "1", "text": "Hi"}).status_code == 403
    )
    whisper = {"text": "Offer 5 %", "kind": "whisper"}
    assert omar.post(f"{API}/{conversation_id}/notes", json=whisper).status_code == 403
    rana = at_desk("Rana", role="supervisor")
    assert rana.post(f"{API}/{conversation_id}/notes", json=whisper).status_code == 201
    assert [note["kind"] for note in mona.get(f"{API}/{conversation_id}/notes?after=1").json()["notes"]] == [
        "note",
        "whisper",
    ]
    mona.post(f"{API}/{conversation_id}/resolve", json={"outcome": "solved"})
    assert _place(omar, conversation_id) is None  # named for the time it was open


def test_a_conversation_is_put_off_until_a_time_or_the_customers_next_word(
    at_desk: AtDesk, customer_waits: Waits, customer_says: Callable
) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    until = (clock.now() + timedelta(hours=2)).isoformat()
    assert mona.post(f"{API}/{conversation_id}/snooze", json={"until": until}).status_code == 204
    assert mona.get(f"{API}/{conversation_id}").json()["snoozed_until"]
    customer_says(conversation_id, "any news?")
    assert mona.get(f"{API}/{conversation_id}").json()["snoozed_until"] is None
    for wrong in ("2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2026-12-01T00:00:00", "soon"):
        assert mona.post(f"{API}/{conversation_id}/snooze", json={"until": wrong}).status_code == 422


def test_labels_are_the_owners_to_set(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, rana, conversation_id = at_desk("Mona"), at_desk("Rana", role="supervisor"), customer_waits()
    assert mona.put(f"{API}/{conversation_id}/labels", json={"labels": ["VIP"]}).status_code == 403
    mona.post(f"{API}/{conversation_id}/accept")
    for client, labels in ((mona, ["VIP", " صيانة ", "VIP"]), (rana, ["later"])):
        assert client.put(f"{API}/{conversation_id}/labels", json={"labels": labels}).status_code == 204
        found = mona.get(f"{API}/{conversation_id}").json()["labels"]
        assert set(found) == {label.strip() for label in labels}
    assert mona.put(f"{API}/{conversation_id}/labels", json={"labels": ["x" * 41]}).status_code == 422


def test_canned_answers_come_in_the_customers_language_with_what_is_known(
    at_desk: AtDesk, customer_waits: Waits
) -> None:
    mona = at_desk("Mona", teams=("sales",))
    answers.save(None, "/Hello", {"en": "Hello {customer}, {agent} here.", "ar": "أهلًا {customer}، معك {agent}."}, None)
    answers.save(None, "order", {"en": "About {order}:"}, None)
    for text in ({"en": "{password}"}, {}, {"en": "x" * 4001}):
        with pytest.raises(answers.Unusable):
            answers.save(None, "other", text, None)
    with pytest.raises(answers.Unusable):
        answers.save(None, "hello", {"en": "again"}, None)
    conversation_id = customer_waits("أريد موظفًا", locale="ar", summary={"order": "D-1"})
    found = {each["code"]: each["text"] for each in mona.get(f"{API}/{conversation_id}/answers").json()["answers"]}
    assert found == {"hello": "أهلًا، معك Mona.", "order": "About D-1:"}
    without_order = customer_waits()
    found = {each["code"]: each["text"] for each in mona.get(f"{API}/{without_order}/answers").json()["answers"]}
    assert found == {"hello": "Hello, Mona here.", "order": "About ____:"}


def test_products_and_files_are_sent_from_the_desk(at_desk: AtDesk, customer_waits: Waits, visitor: TestClient) -> None:
    with writing() as session:
        product = Product(code="lamp", title={"en": "Desk lamp <b>", "ar": "مصباح"}, price_from=99, price_to=99)
        product.variants = [Variant(sku="lamp-1", price=99, position=0, title={"en": "Desk lamp"})]
        session.add(product)
    mona, conversation_id = at_desk("Mona"), customer_waits()
    cards = {"client_message_id": "c1", "products": ["lamp", "unknown"]}
    assert mona.post(f"{API}/{conversation_id}/cards", json=cards).status_code == 403
    mona.post(f"{API}/{conversation_id}/accept")
    assert [each["code"] for each in mona.get("/api/v1/desk/products?q=LAMP").json()["products"]] == ["lamp"]
    first, again = (mona.post(f"{API}/{conversation_id}/cards", json=cards) for _ in range(2))
    assert first.status_code == 201 and first.json() == again.json()
    (card,) = transcript.read(conversation_id)[-1]["parts"][0]["cards"]
    assert (card["title"], card["price"]) == ("Desk lamp <b>", "SAR 99")
    assert mona.post(f"{API}/{conversation_id}/cards", json={**cards, "products": ["no"]}).status_code == 422

    evil = "../../etc/<script>.html"
    sent = mona.post(f"{API}/{conversation_id}/files", params={"name": evil}, content=b"<script>1</script>")
    assert sent.status_code == 201
    (link,) = transcript.read(conversation_id)[-1]["parts"]
    assert link["type"] == "link" and "/" not in link["label"] and "<" not in link["label"]
    path = link["url"].partition("8000")[2] or link["url"].split("/", 3)[3]
    got = visitor.get("/" + path.lstrip("/"))
    assert got.content == b"<script>1</script>"
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert visitor.get("/files/" + "a" * 43 + "/x").status_code == 404
    assert mona.post(f"{API}/{conversation_id}/files", content=b"").status_code == 422
    assert mona.post(f"{API}/{conversation_id}/files", content=b"x" * (10 * 1024 * 1024 + 1)).status_code == 413


def test_search_finds_only_what_one_may_open(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, sami = at_desk("Mona", teams=("sales",)), at_desk("Sami", teams=("service",))
    rana = at_desk("Rana", role="supervisor")
    mine, theirs = customer_waits("a purple lamp_100%", team="sales"), customer_waits("مصباح purple", team="service")

    def found(client: TestClient, wanted: str) -> set[str]:
        listed = client.get("/api/v1/desk/search", params={"q": wanted}).json()["conversations"]
        return {entry["conversation_id"] for entry in listed}

    assert (found(mona, "PURPLE"), found(sami, "purple"), found(rana, "purple")) == ({mine}, {theirs}, {mine, theirs})
    assert found(rana, "مصباح") == {theirs} and found(rana, "lamp_1") == {mine} and found(rana, "100%") == {mine}
    assert found(rana, "%") == set() and found(rana, "l_mp") == set() and found(rana, mine) == {mine}


@on_sqlite
def test_the_context_tells_who_it_is_and_what_was_bought(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    context = mona.get(f"{API}/{conversation_id}/context").json()
    assert context["customer"]["verified"] is None and context["orders"] == []
    with writing() as session:
        customer = Customer(code="c", name="ليلى", phone="+966501234567")
        session.add(customer)
        session.flush()
        order = Order(number="D-1", number_key="D1", customer_id=customer.id, state="shipped", currency="SAR", total=5)
        order.placed_at = clock.now()
        order.lines = [OrderLine(position=1, title={"en": "Lamp"}, quantity=2)]
        session.add(order)
        session.execute(update(Conversation).values(customer_id=customer.id))
    mona.post(f"{API}/{conversation_id}/accept")
    mona.post(f"{API}/{conversation_id}/resolve", json={"outcome": "solved"})
    context = mona.get(f"{API}/{conversation_id}/context").json()
    assert (context["customer"]["name"], context["customer"]["verified"]) == ("ليلى", "identity")
    assert [(each["number"], each["lines"]) for each in context["orders"]] == [("D-1", ["2 × Lamp"])]
    assert [each["outcome"] for each in context["earlier"]] == ["solved"]


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_only_supervisors_take_over_and_reassign(at_desk: AtDesk, customer_waits: Waits, role: str) -> None:
    mona, other, conversation_id = at_desk("Mona"), at_desk("Other", role=role), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    taken = other.post(f"{API}/{conversation_id}/take-over")
    if role == "agent":
        assert taken.status_code == 403
        assert other.post(f"{API}/{conversation_id}/reassign", json={"team": "sales"}).status_code == 403
        assert other.get("/api/v1/desk/board").status_code == 403
        return
    assert taken.json()["place"] == "mine" and _place(mona, conversation_id) is None
    assert other.post(f"{API}/{conversation_id}/take-over").status_code == 409
    assert other.post(f"{API}/{conversation_id}/reassign", json={"agent_id": _me(mona)}).status_code == 200
    assert _place(mona, conversation_id) == "mine"
    assert other.post(f"{API}/{conversation_id}/reassign", json={"team": "service"}).json()["owner"] == "queue"
    board = other.get("/api/v1/desk/board").json()
    assert {team["code"]: team["waiting"] for team in board["teams"]} == {"sales": 0, "service": 1}


def test_an_offer_is_shown_and_can_be_passed_on(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    assert mona.post(f"{API}/{conversation_id}/decline").status_code == 409
    presence.renew(_me(mona))
    assignment.sweep()
    assert mona.get(f"{API}/{conversation_id}").json()["offered_until"]
    assert mona.post(f"{API}/{conversation_id}/decline").status_code == 204
    assert mona.get(f"{API}/{conversation_id}").json()["offered_until"] is None


def test_presence_is_what_the_page_says_and_ends_with_the_page(at_desk: AtDesk) -> None:
    mona, rana = at_desk("Mona"), at_desk("Rana", role="supervisor")

    def shown() -> str:
        agents = rana.get("/api/v1/desk/colleagues").json()["agents"]
        return next(agent["presence"] for agent in agents if agent["name"] == "Mona")

    agent_id = _me(mona)
    assert shown() == "gone"
    presence.renew(agent_id)
    for status in ("online", "idle", "away"):
        assert mona.put("/api/v1/desk/presence", json={"status": status}).status_code == 204
        assert shown() == status
    with clock.moved_by(presence.LASTS * 2):
        assert shown() == "gone"
    mona.delete("/api/v1/desk/session")
    assert shown() == "gone"


def test_delivered_read_and_typing_both_ways(at_desk: AtDesk, customer_waits: Waits, customer_says: Callable) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    said = ownership.agent_says(conversation_id, _me(mona), [{"type": "text", "text": "Hi"}])
    assert marks.of(conversation_id).delivered_up_to == 0
    marks.delivered(conversation_id, said)
    marks.read(conversation_id, said - 1)  # never backwards
    seen = marks.of(conversation_id)
    assert (seen.delivered_up_to, seen.read_up_to) == (said, said - 1)
    mona.post(f"{API}/{conversation_id}/typing")
    marks.customer_types(conversation_id)
    seen = marks.of(conversation_id)
    assert seen.agent_typing and seen.customer_typing
    with clock.moved_by(marks.TYPING_LASTS):
        assert not marks.of(conversation_id).agent_typing
    ownership.agent_says(conversation_id, _me(mona), [{"type": "text", "text": "Sent"}])
    assert not marks.of(conversation_id).agent_typing
    heard = customer_says(conversation_id, "ok")
    mona.post(f"{API}/{conversation_id}/read", json={"message_id": heard})
    assert marks.of(conversation_id).agent_read_up_to == heard


@on_sqlite
def test_two_agents_of_one_name_are_told_apart(at_desk: AtDesk, customer_waits: Waits, hire: Callable) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    other = hire("Noor")
    with writing() as session:
        session.execute(update(Agent).values(name="Mona"))
    ownership.accept(conversation_id, other)
    ownership.agent_says(conversation_id, other, [{"type": "text", "text": "first"}])
    ownership.reassign(conversation_id, _me(mona), None)
    ownership.agent_says(conversation_id, _me(mona), [{"type": "text", "text": "second"}])
    messages = mona.get(f"{API}/{conversation_id}/messages").json()["messages"]
    assert [(m["parts"][0]["text"], m.get("own", False)) for m in messages if m["author"] == "agent"] == [
        ("first", False),
        ("second", True),
    ]


@on_sqlite
def test_the_log_tells_who_saw_and_did_what(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits("private words")
    mona.get(f"{API}/{conversation_id}")
    mona.get(f"{API}/{conversation_id}")
    mona.post(f"{API}/{conversation_id}/accept")
    mona.post(f"{API}/{conversation_id}/typing")
    mona.post(f"{API}/{conversation_id}/resolve", json={"outcome": "solved"})
    mona.post(f"{API}/{conversation_id}/return")  # refused: not done
    with reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["sign_in", "read_conversation", "accept", "resolve"]
    assert {entry.conversation_id for entry in entries[1:]} == {conversation_id}
    assert "private words" not in "".join(str(entry.__dict__) for entry in entries)


def test_what_was_promised_is_taken_up_later(at_desk: AtDesk, customer_waits: Waits) -> None:

    mona, conversation_id = at_desk("Mona"), customer_waits()
    waiting.choose(conversation_id, "message")
    inbox.receive(conversation_id, "later", "Please call me about the lamp")
    entry: dict[str, Any] = mona.get(f"{API}/{conversation_id}").json()
    assert (entry["place"], entry["owner"], entry["wish"]) == ("waiting", "bot", "message")
    assert mona.post(f"{API}/{conversation_id}/accept").json()["place"] == "mine"
    with reading() as session:
        assert session.scalars(select(Handoff)).one().state == "accepted"
