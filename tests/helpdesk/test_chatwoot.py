"""Chatwoot as the outside desk, against a server made from its published OpenAPI document; attacks on its webhook."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import clock
from bot.conversation import assignment, ownership
from bot.db.models import Agent, Conversation, HelpdeskDelivery, HelpdeskTicket, Note, Team, Transfer
from bot.db.session import reading, writing
from bot.gateway.problems import Problem, answer_problem
from bot.helpdesk import liaison
from bot.helpdesk.bell import routes
from bot.helpdesk.desks import desk_in_use
from bot.helpdesk.liaison import Liaison
from tests.helpdesk import chatwoot_server as published
from tests.helpdesk.chatwoot_server import ACCOUNT, INBOX, TOKEN, Chatwoot, Unavailable
from tests.helpdesk.conftest import Configure, hand_over, heard, no_pauses, owner, says, ticket

SECRET = "webhook-secret"
both_shapes = pytest.mark.parametrize("as_documented", [True, False], ids=["as documented", "as the product"])
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Chatwoot's own description of its API."""
    try:
        return published.fetch_document(tmp_path_factory.mktemp("chatwoot"))
    except Unavailable as reason:
        pytest.skip(f"Chatwoot's OpenAPI document is not at hand: {reason}")


@pytest.fixture
def as_documented() -> bool:
    """Whether Chatwoot answers in the shapes of its document; in those of the product, where they differ, if not."""
    return False


@pytest.fixture
def chatwoot(as_documented: bool, document: dict[str, Any], configure: Configure) -> Iterator[Chatwoot]:
    """A Chatwoot that is set to answer Service's customers."""
    server = Chatwoot(document, as_documented=as_documented)
    configure(
        helpdesk="chatwoot",
        helpdesk_teams="service",
        helpdesk_url=server.url,
        helpdesk_account=ACCOUNT,
        helpdesk_inbox=INBOX,
        helpdesk_token=TOKEN,
        helpdesk_secret=SECRET,
    )
    yield server
    server.stop()
    assert server.complaints == []


@pytest.fixture
def ring(chatwoot: Chatwoot) -> Iterator[Callable[..., int]]:
    """Chatwoot's webhook calls, signed as Chatwoot does unless told otherwise; the status of the answer."""
    app = Starlette(routes=routes, exception_handlers={Problem: answer_problem})
    with TestClient(app) as client:

        def call(event: dict[str, Any] | bytes, *, secret: str = SECRET, age: int = 0, key: str = "") -> int:
            body = event if isinstance(event, bytes) else json.dumps(event).encode()
            stamp = str(int(clock.now().timestamp()) - age)
            digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            signed = {"X-Chatwoot-Timestamp": stamp, "X-Chatwoot-Signature": f"sha256={digest}"}
            address = f"/webhooks/helpdesk?key={key}" if key else "/webhooks/helpdesk"
            return client.post(address, content=body, headers={} if key else signed).status_code

        yield call


def _run(work: Callable[[Any], Any]) -> Any:
    async def with_desk() -> Any:
        desk = desk_in_use()
        assert desk is not None
        try:
            return await work(desk)
        finally:
            await desk.close()

    return asyncio.run(with_desk())


def send() -> int:
    """Send all that is due."""
    sent = 0
    while tried := _run(liaison.send_due):
        sent += tried
    return sent


def collect() -> int:
    """Bring in what is to be looked at now."""
    return int(_run(liaison.collect))


def _written(chatwoot: Chatwoot, conversation: int = 1) -> list[str]:
    return [each["content"] for each in chatwoot.messages(conversation) if each["message_type"] == "incoming"]


@both_shapes
def test_a_conversation_is_answered_there_and_ends_there(chatwoot: Chatwoot, ring: Callable[..., int]) -> None:
    talk = hand_over("Where is my sofa?", "A person please", summary={"need": "late sofa", "topic": "order_status"})
    assert owner(talk) == "agent" and "goes to them too" in heard(talk, "system")[-1]
    assert assignment.sweep() == 0
    says(talk, "It was due on Monday")
    assert send() == 2
    (about, first, later) = chatwoot.messages(1)
    assert about["private"] and "late sofa" in about["content"] and "Where is my sofa?" in about["content"]
    assert "Customer: A person please" in about["content"] and "Topic: Where is the order" in about["content"]
    assert (first["content"], later["content"]) == ("A person please", "It was due on Monday")

    chatwoot.agent_writes(1, "Only for us", private=True)
    chatwoot.agent_writes(1, "It arrives <b>tomorrow</b>.")
    event = {"event": "message_created", "id": 5, "conversation": {"id": 1}, "content": "forged words"}
    assert ring(event) == 204 and collect() == 1
    assert ring(event) == 204 and collect() == 0, "rung again, nothing is new"
    assert heard(talk) == ["It arrives <b>tomorrow</b>."]

    says(talk, "Thanks")
    chatwoot.set_status(1, "resolved")
    assert ring({"event": "conversation_status_changed", "id": 1}) == 204 and collect() == 1
    assert owner(talk) == "closed" and "How was it?" in heard(talk, "system")[-1]
    assert ticket(talk).state == "closed"


def test_pending_gives_it_back_and_a_later_answer_still_arrives(chatwoot: Chatwoot, ring: Callable[..., int]) -> None:
    talk = hand_over()
    send()
    chatwoot.set_status(1, "pending")
    ring({"event": "conversation_status_changed", "id": 1})
    assert collect() == 1 and owner(talk) == "bot"
    says(talk, "hello bot")
    assert send() == 0, "that was for the bot"
    chatwoot.agent_writes(1, "One more thing")
    ring({"event": "message_created", "conversation": {"id": 1}})
    assert collect() == 1 and heard(talk) == ["One more thing"] and owner(talk) == "agent"
    says(talk, "yes?")
    assert send() == 1 and _written(chatwoot)[-1] == "yes?"


@both_shapes
def test_whatever_answer_is_lost_everything_arrives_once_and_in_order(chatwoot: Chatwoot) -> None:
    chatwoot.lose = [
        "GET /contacts/search",
        "POST /contacts",
        "POST /conversations",
        *["POST /conversations/1/messages"] * 4,
    ]
    talk = hand_over("first")
    for text in ("second", "third"):
        says(talk, text)
    for _ in range(12):
        with pytest.MonkeyPatch.context() as patient:
            patient.setattr(liaison, "OPENED_WITHIN", 20)
            send()
        no_pauses()
    assert chatwoot.lose == [] and (len(chatwoot.contacts), len(chatwoot.conversations)) == (1, 1)
    assert _written(chatwoot) == ["first", "second", "third"] and len(chatwoot.messages(1)) == 4
    assert owner(talk) == "agent"


def test_a_process_that_dies_while_sending_leaves_it_to_the_next(chatwoot: Chatwoot) -> None:
    talk = hand_over("first")
    claimed = liaison._claim()
    assert len(claimed) == 1 and send() == 0, "another process has it in hand"
    _run(lambda desk: liaison._hand(desk, *claimed[0]))  # … took it there and died
    no_pauses()
    assert send() == 1 and len(chatwoot.messages(1)) == 2 and ticket(talk).reference == "1"


def test_while_it_is_down_our_own_people_take_over(chatwoot: Chatwoot) -> None:
    chatwoot.down = True
    talk = hand_over("help")
    for _ in range(liaison.OPENED_WITHIN + 1):
        assert liaison.rescue() == 0 and send() == 1
        no_pauses()
    assert ticket(talk).state == "failed" and liaison.rescue() == 1 and liaison.rescue() == 0
    assert owner(talk) == "queue"
    assignment.sweep()
    assert owner(talk) == "queue", "it is not tried there again"
    with writing() as session:
        session.add(mona := Agent(email="mona@shop.example", name="Mona", password_hash="x"))
        session.flush()
        agent_id = int(mona.id)
    assert ownership.accept(talk, agent_id)
    chatwoot.down = False
    assert send() == 0 and chatwoot.conversations == []


def test_a_conversation_deleted_there_comes_back(chatwoot: Chatwoot) -> None:
    talk = hand_over()
    send()
    with writing() as session:
        session.get(HelpdeskTicket, ticket(talk).id).reference = "99"
    chatwoot.lose, before = [], len(chatwoot.messages(1))
    chatwoot.conversations.append({"id": 99, "messages": []})  # there is none such to write in
    chatwoot.conversations.pop()
    with pytest.MonkeyPatch.context() as gone:
        gone.setattr(chatwoot, "answer", lambda *_: (404, {}))
        says(talk, "still there?")
        assert send() == 1
    assert liaison.rescue() == 1 and owner(talk) == "queue" and len(chatwoot.messages(1)) == before


def test_a_supervisor_takes_over_and_late_answers_become_notes(chatwoot: Chatwoot, ring: Callable[..., int]) -> None:
    talk = hand_over()
    send()
    with writing() as session:
        session.add(huda := Agent(email="huda@shop.example", name="Huda", password_hash="x", role="supervisor"))
        session.flush()
        agent_id = int(huda.id)
    assert ownership.take_over(talk, agent_id)
    says(talk, "for Huda only")
    assert send() == 1 and chatwoot.conversations[0]["status"] == "resolved"
    assert chatwoot.messages(1)[-1]["private"] and "for Huda only" not in _written(chatwoot)
    chatwoot.agent_writes(1, "I know the answer")
    for _ in range(2):
        ring({"event": "message_created", "conversation": {"id": 1}})
        collect()
    assert heard(talk) == [] and owner(talk) == "agent"
    with reading() as session:
        (note,) = session.scalars(select(Note.text).where(Note.conversation_id == talk))
    assert "I know the answer" in note


def test_the_customer_goes_on_with_the_bot_and_the_answer_comes_all_the_same(chatwoot: Chatwoot) -> None:
    talk = hand_over()
    send()
    assert ownership.leave_queue(talk) and owner(talk) == "bot" and "Back with me" in heard(talk, "system")[-1]
    assert not ownership.leave_queue(talk)
    says(talk, "what are your hours?")
    assert send() == 1 and "assistant" in chatwoot.messages(1)[-1]["content"]
    chatwoot.agent_writes(1, "Here is your answer")
    no_pauses()
    assert collect() == 1 and heard(talk) == ["Here is your answer"] and owner(talk) == "agent"
    says(talk, "great")
    assert send() == 1 and _written(chatwoot)[-1] == "great"


def _offers_to_service(conversation_id: str) -> int:
    """One of our own people takes a conversation of Sales and offers it to Service, which answers there; who."""
    with writing() as session:
        session.add(mona := Agent(email="mona@shop.example", name="Mona", password_hash="x"))
        session.flush()
        agent_id = int(mona.id)
        service = session.execute(select(Team.id).where(Team.code == "service")).scalar_one()
    assert ownership.accept(conversation_id, agent_id)
    assert ownership.offer_transfer(conversation_id, agent_id, None, service, "knows about sofas")
    return agent_id


def _owner_id(conversation_id: str) -> int:
    with reading() as session:
        return int(
            session.execute(select(Conversation.agent_id).where(Conversation.id == conversation_id)).scalar_one()
        )


def test_what_is_offered_is_the_desks_once_it_answers(chatwoot: Chatwoot) -> None:
    talk = hand_over("My sofa?", team="sales")
    mona = _offers_to_service(talk)
    assert send() == 1 and _owner_id(talk) == mona
    about = chatwoot.messages(1)[0]["content"]
    assert "knows about sofas" in about and "My sofa?" in about
    says(talk, "said while it is offered")
    assert send() == 0 and "said while it is offered" not in _written(chatwoot)
    ownership.agent_says(talk, mona, [{"type": "text", "text": "One moment"}], "1")
    chatwoot.agent_writes(1, "I have it now")
    no_pauses()
    assert collect() == 1 and _owner_id(talk) == ticket(talk).agent_id != mona
    assert heard(talk) == ["One moment", "I have it now"]
    with pytest.raises(ownership.NotOwner):
        ownership.agent_says(talk, mona, [{"type": "text", "text": "too late"}], "2")
    says(talk, "thank you")
    assert send() == 2 and _written(chatwoot)[-2:] == ["said while it is offered", "thank you"]


@pytest.mark.parametrize("way", ["taken back", "ended there", "out of reach"])
def test_an_offer_that_is_not_accepted_stays_with_who_made_it(chatwoot: Chatwoot, way: str) -> None:
    talk = hand_over(team="sales")
    mona = _offers_to_service(talk)
    with reading() as session:
        transfer_id = int(session.execute(select(Transfer.id)).scalar_one())
    if way == "taken back":
        send()
        assert ownership.end_transfer(transfer_id, "cancelled")
        assert send() == 1 and chatwoot.conversations[0]["status"] == "resolved"
        chatwoot.agent_writes(1, "too late")
    elif way == "ended there":
        send()
        chatwoot.set_status(1, "resolved")
    else:
        with writing() as session:
            session.execute(update(HelpdeskTicket).values(state="failed"))
        liaison.rescue()
    no_pauses()
    collect()
    with reading() as session:
        state = session.execute(select(Transfer.state)).scalar_one()
    assert state == ("cancelled" if way == "taken back" else "declined")
    assert _owner_id(talk) == mona and heard(talk) == [] and ticket(talk).state != "open"


def test_what_was_taken_over_before_it_was_sent_is_not_sent(chatwoot: Chatwoot) -> None:
    talk = hand_over()
    assert ownership.leave_queue(talk)
    with writing() as session:
        session.add(mona := Agent(email="mona@shop.example", name="Mona", password_hash="x"))
        session.flush()
        agent_id = int(mona.id)
    assert ownership.take_over(talk, agent_id) and send() == 0 and chatwoot.contacts == []


def test_the_gateways_loops_carry_it_both_ways_over_a_restart(chatwoot: Chatwoot) -> None:
    async def until(true: Callable[[], Any]) -> None:
        for _ in range(600):
            if true():
                return
            await asyncio.sleep(0.1)
        raise AssertionError("it did not come")

    async def run(work: Callable[[], Any]) -> None:
        running = Liaison(desk_in_use())
        running.start()
        try:
            await work()
        finally:
            await running.stop()

    async def before() -> None:
        await until(lambda: chatwoot.conversations and len(chatwoot.messages(1)) == 2 and ticket(talk).reference)
        chatwoot.agent_writes(1, "Good morning")
        liaison.look_now("chatwoot", "1")
        await until(lambda: heard(talk) == ["Good morning"])

    async def after() -> None:
        await until(lambda: _written(chatwoot)[-1] == "written while nothing ran")
        liaison.look_now("chatwoot", "1")
        await until(lambda: heard(talk) == ["Good morning", "answered while nothing ran"])

    talk = hand_over()
    asyncio.run(run(before))
    says(talk, "written while nothing ran")
    chatwoot.agent_writes(1, "answered while nothing ran")
    asyncio.run(run(after))


def test_other_teams_customers_wait_for_our_own_people(chatwoot: Chatwoot) -> None:
    talk = hand_over(team="sales")
    assert owner(talk) == "queue" and send() == 0


@on_sqlite
def test_more_answers_than_one_page_come_in_order(chatwoot: Chatwoot) -> None:
    talk = hand_over()
    send()
    for number in range(53):
        chatwoot.agent_writes(1, f"line {number}")
    no_pauses()
    assert collect() == 53 and heard(talk) == [f"line {number}" for number in range(53)]


@on_sqlite
def test_a_file_is_a_link_and_nothing_else_is(chatwoot: Chatwoot) -> None:
    talk = hand_over()
    send()
    files = ["https://files.example/a%2Fb/invoice.pdf?x=1", "javascript:alert(1)", "data:text/html,x", "https://"]
    chatwoot.agent_writes(1, "\u202ecod.exe", attachments=[{"data_url": file} for file in files])
    no_pauses()
    collect()
    assert heard(talk) == ["cod.exe", files[0]]


@on_sqlite
def test_forged_stale_replayed_and_huge_calls(chatwoot: Chatwoot, ring: Callable[..., int]) -> None:
    talk = hand_over()
    send()
    event = {"event": "message_created", "conversation": {"id": 1}, "content": "pay to another account"}
    assert ring(event, secret="guessed") == 401
    assert ring(event, age=301) == 401 and ring(event, age=-301) == 401
    assert ring(event, key="guessed") == 401 and ring(event, key=SECRET[:-1]) == 401
    assert ring(b"[" * 600_000) == 413
    with reading() as session:
        assert session.get(HelpdeskTicket, ticket(talk).id).look_at > clock.now(), "none of these rang"
    for body in (b"", b"[]", b"{", b'{"event":7}', b"\xff", b"[" * 100_000, b'{"event":"message_created","id":"1"}'):
        assert ring(body) == 204
    assert [ring(event) for _ in range(5)] == [204] * 5 and ring(event, key=SECRET) == 204
    assert collect() == 0 and heard(talk) == [], "what a call says is never shown"
    assert ring({"event": "message_created", "conversation": {"id": 2**70}}) == 204


@on_sqlite
def test_there_is_no_bell_without_a_desk(database: str) -> None:
    app = Starlette(routes=routes, exception_handlers={Problem: answer_problem})
    with TestClient(app) as client:
        assert client.post("/webhooks/helpdesk", content=b"{}").status_code == 404


@on_sqlite
def test_nothing_a_customer_wrote_stays_with_what_was_sent(chatwoot: Chatwoot) -> None:
    hand_over("my secret words")
    send()
    with reading() as session:
        for model in (HelpdeskTicket, HelpdeskDelivery):
            for row in session.scalars(select(model)):
                assert "secret" not in str(vars(row))


def test_the_document_was_met(document: dict[str, Any], tmp_path: Path) -> None:
    contract = published.Contract(document)
    for method, path, body in (
        ("POST", "/api/v1/accounts/3/contacts", {"name": "no inbox"}),
        ("POST", "/api/v1/accounts/3/conversations", {"inbox_id": 7, "source_id": "x"}),
        ("POST", "/api/v1/accounts/3/conversations/1/messages", {"content": "x", "message_type": "sideways"}),
        ("POST", "/api/v1/accounts/3/conversations/1/messages", {"content": "x", "colour": "red"}),
        ("POST", "/api/v1/accounts/3/conversations/one/messages", {"content": "x"}),
        ("GET", "/api/v1/accounts/3/tickets", None),
    ):
        with pytest.raises((AssertionError, ValueError)):
            contract.check_request(method, path, {}, {"api_access_token": TOKEN}, body)
