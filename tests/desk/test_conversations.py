"""Who may see and do what with a conversation, from waiting to resolved, and that exactly one agent gets it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from operator import methodcaller

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from bot import clock
from bot.clock import new_id
from bot.conversation import conversations as customers
from bot.conversation import handoffs, inbox, transcript
from bot.db.models import Conversation, Customer, Handoff
from bot.db.session import reading, writing
from bot.desk.conversations import PREVIEW_LENGTH, preview

API = "/api/v1/desk/conversations"
Waits = Callable[..., str]
AtDesk = Callable[..., TestClient]


def _ids(client: TestClient, view: str) -> list[str]:
    return [entry["conversation_id"] for entry in client.get(API, params={"view": view}).json()["conversations"]]


def _say(client: TestClient, conversation_id: str, text: str, message: str = "m1") -> tuple[int, dict]:
    answer = client.post(f"{API}/{conversation_id}/messages", json={"client_message_id": message, "text": text})
    return answer.status_code, answer.json()


def test_a_waiting_conversation_shows_what_an_agent_needs_to_choose(at_desk: AtDesk, customer_waits: Waits) -> None:
    summary = {"need": "a laptop for school", "products": ["Aero 14"]}
    conversation_id = customer_waits("أريد التحدث مع موظف", locale="ar", summary=summary)
    with writing() as session:
        customer = Customer(code="c1", name="ليلى")
        session.add(customer)
        session.flush()
        session.execute(update(Conversation).values(customer_id=customer.id))
    entry = at_desk("Mona", language="ar").get(API, params={"view": "waiting"}).json()["conversations"][0]
    assert entry["conversation_id"] == conversation_id
    assert (entry["place"], entry["owner"], entry["channel"], entry["language"]) == ("waiting", "queue", "web", "ar")
    assert entry["team"] == {"code": "sales", "name": "المبيعات"}
    lines = [{"key": "need", "values": ["a laptop for school"]}, {"key": "products", "values": ["Aero 14"]}]
    assert (entry["reason"], entry["summary"], entry["customer_name"]) == ("asked", lines, "ليلى")
    assert entry["waiting_since"].endswith("Z") and entry["last_message_id"] > 0 and entry["last_text"]


def test_those_who_wait_are_in_order_of_urgency_then_of_time(at_desk: AtDesk, customer_waits: Waits) -> None:
    first, second, urgent = customer_waits(), customer_waits(), customer_waits()
    with writing() as session:
        rank = handoffs.rank(clock.now(), 5)
        session.execute(update(Handoff).where(Handoff.conversation_id == urgent).values(priority=5, ranked_at=rank))
        earlier = clock.now() - timedelta(hours=1)
        session.execute(update(Handoff).where(Handoff.conversation_id == second).values(ranked_at=earlier))
    assert _ids(at_desk("Mona"), "waiting") == [urgent, second, first]


def test_agents_see_their_teams_customers_and_those_without_a_team(at_desk: AtDesk, customer_waits: Waits) -> None:
    sales, service, nobodys = customer_waits(team="sales"), customer_waits(team="service"), customer_waits(team="gone")
    assert set(_ids(at_desk("Sami", teams=("sales",)), "waiting")) == {sales, nobodys}
    assert set(_ids(at_desk("Omar"), "waiting")) == {sales, service, nobodys}
    assert set(_ids(at_desk("Rana", teams=("sales",), role="supervisor"), "waiting")) == {sales, service, nobodys}


def test_a_foreign_conversation_does_not_exist_for_an_agent(at_desk: AtDesk, customer_waits: Waits) -> None:
    owner, colleague = at_desk("Mona", teams=("sales",)), at_desk("Sara", teams=("sales",))
    stranger = at_desk("Sami", teams=("service",))
    taken, waiting = customer_waits("private words"), customer_waits("private words")
    with_bot = customers.create("web")
    assert owner.post(f"{API}/{taken}/accept").status_code == 200
    for client, forbidden in [(colleague, taken), (stranger, taken), (stranger, waiting), (owner, with_bot)]:
        assert forbidden not in _ids(client, "all")
        for suffix in ("", "/messages", "/messages?after=0"):
            answer = client.get(f"{API}/{forbidden}{suffix}")
            assert answer.status_code == 404 and "private words" not in answer.text
        for action, body in [("return", None), ("resolve", {"outcome": "solved"}), ("typing", None)]:
            assert client.post(f"{API}/{forbidden}/{action}", json=body).status_code == 404
        assert client.post(f"{API}/{forbidden}/read", json={"message_id": 1}).status_code == 404
        assert _say(client, forbidden, "let me in")[0] == 404
        assert client.get(f"/desk/conversations/{forbidden}").status_code == 404
    assert stranger.post(f"{API}/{waiting}/accept").status_code == 404
    assert owner.get(f"/desk/conversations/{taken}").status_code == 200


@pytest.mark.parametrize("role", ["supervisor", "admin"])
def test_supervisors_read_everything_but_answer_only_their_own(
    at_desk: AtDesk, customer_waits: Waits, role: str
) -> None:
    mona, rana = at_desk("Mona"), at_desk("Rana", role=role)
    taken, with_bot = customer_waits(), customers.create("web")
    mona.post(f"{API}/{taken}/accept")
    entry = rana.get(f"{API}/{taken}").json()
    assert (entry["place"], entry["agent_name"]) == ("others", "Mona")
    assert _ids(rana, "all") == [taken]
    assert rana.get(f"{API}/{with_bot}").json()["owner"] == "bot"
    assert rana.get(f"{API}/{taken}/messages").status_code == 200
    status, problem = _say(rana, taken, "I take over")
    assert (status, problem["code"]) == (403, "not_owner")
    assert rana.post(f"{API}/{taken}/resolve", json={"outcome": "spam"}).status_code == 403


def test_reading_before_accepting_is_allowed_and_answering_is_not(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, waiting = at_desk("Mona"), customer_waits("hello there")
    authors = [message["author"] for message in mona.get(f"{API}/{waiting}/messages").json()["messages"]]
    assert authors[:2] == ["customer", "bot"]
    assert _say(mona, waiting, "hi")[0] == 403
    assert mona.post(f"{API}/{waiting}/return").status_code == 403


def test_from_accepted_to_resolved(at_desk: AtDesk, customer_waits: Waits, customer_says: Callable) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    accepted = mona.post(f"{API}/{conversation_id}/accept").json()
    assert (accepted["place"], accepted["owner"], accepted["agent_name"]) == ("mine", "agent", "Mona")
    assert mona.post(f"{API}/{conversation_id}/accept").status_code == 200  # once more changes nothing
    assert (_ids(mona, "mine"), _ids(mona, "waiting")) == ([conversation_id], [])

    status, said = _say(mona, conversation_id, "  How can I help?\x00\u2028\r\nTell me. ")
    assert status == 201
    last = transcript.read(conversation_id)[-1]
    assert (last["id"], last["author"], last["agent_name"]) == (said["message_id"], "agent", "Mona")
    assert last["parts"] == [{"type": "text", "text": "How can I help?\nTell me."}]

    answer_id = customer_says(conversation_id, "My order is late")
    after = mona.get(f"{API}/{conversation_id}/messages", params={"after": said["message_id"]}).json()["messages"]
    assert [message["id"] for message in after] == [answer_id]

    assert mona.post(f"{API}/{conversation_id}/resolve", json={"outcome": "solved"}).status_code == 204
    assert _ids(mona, "all") == []
    assert mona.get(f"{API}/{conversation_id}").json()["owner"] == "closed"  # to look it up later
    assert _say(mona, conversation_id, "One more thing", "m2")[0] == 403
    with reading() as session:
        handoff = session.scalars(select(Handoff)).one()
        assert (handoff.state, handoff.outcome) == ("resolved", "solved")
        assert session.scalar(select(Conversation.owner)) == "closed"


def test_given_back_the_bot_answers_again(at_desk: AtDesk, customer_waits: Waits, customer_says: Callable) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    assert mona.post(f"{API}/{conversation_id}/return").status_code == 204
    assert mona.post(f"{API}/{conversation_id}/return").status_code == 404
    message_id = customer_says(conversation_id, "And what about delivery?")
    job = inbox.next_job(conversation_id)
    assert job is not None and job.message_id == message_id


def test_sending_again_says_nothing_new(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: _say(mona, conversation_id, "Once only", "same"), range(6)))
    assert len({said["message_id"] for _, said in answers}) == 1
    texts = [message["parts"][0].get("text") for message in transcript.read(conversation_id)]
    assert texts.count("Once only") == 1
    # Also when the conversation went on to somebody else before the answer to the first try arrived.
    mona.post(f"{API}/{conversation_id}/return")
    assert _say(mona, conversation_id, "Once only", "same")[1] == answers[0][1]


def test_messages_that_cannot_be_sent(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")
    assert _say(mona, conversation_id, " \n\t ")[0] == 422
    assert _say(mona, conversation_id, "x" * 4001)[0] == 413
    assert _say(mona, conversation_id, "x" * 4000)[0] == 201
    for wrong in ("", "a b", "x" * 65, "<id>"):
        assert _say(mona, conversation_id, "hello", wrong)[0] == 422
    body = {"client_message_id": "m9", "text": ["hello"]}
    assert mona.post(f"{API}/{conversation_id}/messages", json=body).status_code == 422
    assert mona.post(f"{API}/{conversation_id}/resolve", json={"outcome": "eaten"}).status_code == 422


def test_of_many_agents_who_accept_exactly_one_wins(at_desk: AtDesk, customer_waits: Waits) -> None:
    agents = [at_desk(f"Agent{number}", teams=("sales",)) for number in range(8)]
    for conversation_id in [customer_waits() for _ in range(3)]:
        accept = methodcaller("post", f"{API}/{conversation_id}/accept")
        with ThreadPoolExecutor(len(agents)) as pool:
            answers = list(pool.map(accept, agents))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"taken"}
        winner = next(client for client, answer in zip(agents, answers, strict=True) if answer.status_code == 200)
        for client in agents:
            assert (conversation_id in _ids(client, "all")) is (client is winner)
            assert client.get(f"{API}/{conversation_id}").status_code == (200 if client is winner else 404)
        with reading() as session:
            query = select(Handoff).where(Handoff.conversation_id == conversation_id)
            assert [handoff.state for handoff in session.scalars(query)] == ["accepted"]


def test_unread_messages_count_until_read_and_marks_never_move_back(
    at_desk: AtDesk, customer_waits: Waits, customer_says: Callable
) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    mona.post(f"{API}/{conversation_id}/accept")

    def unread() -> int:
        return mona.get(f"{API}/{conversation_id}").json()["unread"]

    assert unread() == 1
    first = customer_says(conversation_id, "one")
    second = customer_says(conversation_id, "two")
    for up_to, left in [(first, 1), (second + 1000, 0), (first, 0)]:
        assert mona.post(f"{API}/{conversation_id}/read", json={"message_id": up_to}).status_code == 204
        assert unread() == left
    customer_says(conversation_id, "three")
    assert unread() == 1


@pytest.mark.parametrize("query", ["view=nobodys", "view="])
def test_unknown_views_are_refused(at_desk: AtDesk, query: str) -> None:
    assert at_desk("Mona").get(f"{API}?{query}").status_code == 422


def test_a_cursor_is_a_number(at_desk: AtDesk, customer_waits: Waits) -> None:
    mona, conversation_id = at_desk("Mona"), customer_waits()
    for wrong in ("-1", "x", "1.5", "9" * 30, "٣"):
        assert mona.get(f"{API}/{conversation_id}/messages", params={"after": wrong}).status_code == 422


def test_odd_ids_are_simply_not_there(at_desk: AtDesk) -> None:
    mona = at_desk("Mona")
    for odd in (new_id(), "x", "0" * 500, "%00", "'; DROP TABLE agents; --", "%F0%9F%99%82"):
        assert mona.get(f"{API}/{odd}").status_code == 404
        assert mona.post(f"{API}/{odd}/accept").status_code == 404


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ([{"type": "text", "text": "two\n lines"}], "two lines"),
        ([{"type": "text", "text": "x" * 500}], "x" * (PREVIEW_LENGTH - 1) + "…"),
        ([{"type": "cards", "cards": [{"title": "Aero 14"}, {"title": "Aero 16"}]}], "Aero 14, Aero 16"),
        ([{"type": "buttons", "buttons": [{"label": "Yes"}]}], "Yes"),
        ([{"type": "steps", "title": "Reset it", "steps": []}], "Reset it"),
        ([{"type": "link", "label": "Track", "url": "https://x.example"}], "Track"),
        ([{"type": "table", "columns": ["a"], "rows": []}], ""),
        ([], ""),
    ],
)
def test_the_gist_of_a_message(parts: list, line: str) -> None:
    assert preview(parts) == line
