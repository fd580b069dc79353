"""To whom a waiting conversation goes, what the customer is told, and what becomes of those who rather not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.clock import new_id, now
from bot.conversation import assignment, conversations, handoffs, inbox, ownership, staff, transcript, waiting
from bot.conversation.assignment import Case, Crew, decide
from bot.conversation.staff import Hours, Member
from bot.conversation.turns import Result
from bot.db.models import Agent, Customer, Handoff, HandoffRule, Order, Team
from bot.db.session import reading, writing

RIYADH = ZoneInfo("Asia/Riyadh")
ALWAYS = Hours(RIYADH, {}, frozenset())
MONDAY_NOON = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)  # noon in Riyadh


@pytest.fixture
def agent(database: str) -> Callable[..., int]:
    """Puts an agent to work; gives the id."""

    def create(name: str, *teams: str, **columns: Any) -> int:
        with writing() as session:
            present = {"present_until": now() + timedelta(minutes=5), **columns}
            created = Agent(email=f"{name}@shop.example", name=name, password_hash="x", **present)
            created.teams = list(session.scalars(select(Team).where(Team.code.in_(teams))))
            session.add(created)
            session.flush()
            return int(created.id)

    return create


@pytest.fixture
def waits(database: str) -> Callable[..., str]:
    """Has a customer ask for a person; gives the conversation's id."""

    def ask(team: str = "sales", locale: str = "en", **request: Any) -> str:
        conversation_id = conversations.create("web", locale=locale)
        inbox.receive(conversation_id, new_id(), "a person please" if locale == "en" else "أريد موظفًا")
        job = inbox.next_job(conversation_id)
        assert job is not None
        handoffs.request(conversation_id, job.message_id, team, "asked", **request)
        inbox.finish(job, Result(replies=[[{"type": "text", "text": "Calling."}]], intent="talk_to_agent"))
        return conversation_id

    return ask


def _handoff(conversation_id: str) -> Any:
    with reading() as session:
        query = select(Handoff).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id.desc())
        return session.scalars(query).first()


def _team(code: str, **changes: Any) -> int:
    with writing() as session:
        if changes:
            session.execute(update(Team).where(Team.code == code).values(**changes))
        return int(session.scalar(select(Team.id).where(Team.code == code)) or 0)


def _last(conversation_id: str) -> tuple[str, list[dict[str, str]]]:
    parts = transcript.read(conversation_id)[-1]["parts"]
    return parts[0]["text"], parts[1]["buttons"] if len(parts) > 1 else []


def _status(agent_id: int, status: str) -> None:
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(status=status))


@contextmanager
def _later(**time: float) -> Iterator[None]:
    """A while later, with the same agents at work."""
    with clock.moved_by(timedelta(**time)):
        with writing() as session:
            session.execute(update(Agent).values(present_until=now() + timedelta(minutes=5)))
        yield


def test_the_least_loaded_agent_is_asked_and_no_offer_stands_twice(agent: Callable, waits: Callable) -> None:
    busy, idle = agent("Busy", "sales"), agent("Idle", "sales")
    first = waits()
    ownership.accept(first, busy)
    offered = waits()
    assert assignment.sweep() == 1
    assert _handoff(offered).offered_to == idle
    assert assignment.sweep() == 0
    assert ownership.accept(offered, busy)  # picked by hand all the same
    assert _handoff(offered).offered_to is None


def test_who_does_not_accept_in_time_makes_way_for_the_next_and_then_for_the_other_team(
    agent: Callable, waits: Callable
) -> None:
    first, second, helper = agent("First", "sales"), agent("Second", "sales"), agent("Helper", "service")
    conversation_id = waits()
    asked = []
    for minutes in (0, 2, 4):
        with _later(minutes=minutes):
            assignment.sweep()
            asked.append(_handoff(conversation_id).offered_to)
    assert sorted(asked[:2]) == [first, second] and asked[2] is None  # moved to the other team
    assert "Service" in _last(conversation_id)[0]
    with _later(minutes=4):
        assignment.sweep()
        assert _handoff(conversation_id).offered_to == helper
    with _later(minutes=6):
        assignment.sweep()
        said, buttons = _last(conversation_id)
        assert "Nobody is free" in said
        assert [button["payload"].split("{")[0] for button in buttons] == [
            "/call_me_back",
            "/answer_by_email",
            "/leave_message",
            "/return_to_bot",
        ]
        told = len(transcript.read(conversation_id))
        assignment.sweep()
        assert len(transcript.read(conversation_id)) == told  # said once
        assert conversations.state(conversation_id).owner == "queue"  # the turn is kept
    with _later(minutes=9):
        assignment.sweep()
        assignment.sweep()
        assert _handoff(conversation_id).offered_to == helper  # asked again


def test_who_waits_with_a_team_that_helped_out_goes_home_when_its_own_team_returns(
    agent: Callable, waits: Callable
) -> None:
    helper = agent("Helper", "service")
    conversation_id = waits("sales")
    assignment.sweep()
    _status(helper, "away")
    assignment.sweep()
    assert _handoff(conversation_id).team_id == _team("service"), "nobody of sales is there either"
    seller = agent("Seller", "sales")
    for _ in range(2):
        assignment.sweep()
    assert (_handoff(conversation_id).team_id, _handoff(conversation_id).offered_to) == (_team("sales"), seller)
    _status(seller, "away")
    _status(helper, "online")
    for _ in range(2):
        assignment.sweep()
    assert _handoff(conversation_id).team_id == _team("sales"), "it does not go to and fro"


def test_an_agent_who_passes_or_leaves_is_not_waited_for(agent: Callable, waits: Callable) -> None:
    first = agent("First", "sales", assigned_at=now() - timedelta(hours=1))
    second = agent("Second", "sales", assigned_at=now())
    conversation_id = waits()
    assignment.sweep()
    assert not assignment.decline(conversation_id, second)
    assert assignment.decline(conversation_id, first)
    assignment.sweep()
    assert _handoff(conversation_id).offered_to == second
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == second).values(present_until=now()))
    _status(first, "away")
    assignment.sweep()
    assert _handoff(conversation_id).offered_to is None


def test_those_who_wait_are_taken_up_when_agents_return(agent: Callable, waits: Callable) -> None:
    early, late = waits(), waits()
    assert "Nobody is free" in _last(early)[0]
    returned = agent("Returned", "sales", capacity=1)
    assignment.sweep()
    assert (_handoff(early).offered_to, _handoff(late).offered_to) == (returned, None)
    ownership.accept(early, returned)
    assignment.sweep()
    assert _handoff(late).offered_to is None  # the agent's hands are full
    ownership.resolve(early, returned, "solved")
    assignment.sweep()
    assert _handoff(late).offered_to == returned


def test_languages_of_agents_and_teams_are_kept(agent: Callable, waits: Callable) -> None:
    agent("English", "sales", languages=["en"])
    arabic = agent("Arabic", "service", languages=["ar"])
    _team("service", languages=["ar"])
    in_arabic, in_english = waits(locale="ar"), waits()
    assignment.sweep()
    assignment.sweep()
    assert _handoff(in_arabic).offered_to == arabic
    assert _handoff(in_english).offered_to != arabic


def test_a_team_that_picks_by_hand_is_not_asked_one_by_one(agent: Callable, waits: Callable) -> None:
    _team("sales", assignment="pick", takes_overflow=False)
    agent("Sami", "sales")
    conversation_id = waits()
    assignment.sweep()
    assert _handoff(conversation_id).offered_to is None
    with _later(minutes=2):
        assignment.sweep()
        assert "Nobody is free" in _last(conversation_id)[0]


def test_severity_and_value_go_before_waiting(agent: Callable, waits: Callable) -> None:
    with writing() as session:
        total = {"currency": "SAR", "state": "delivered", "placed_at": now()}
        session.add_all(Order(number=str(n), number_key=str(n), total=100, **total) for n in range(3))
    usual = waits()
    big, angry, hurt = waits(value=1200), waits(severity=2), waits(severity=3)
    with reading() as session:
        assert [handoffs.position(session, each) for each in (hurt, angry, big, usual)] == [1, 2, 3, 4]
        assert [handoffs.rank(now(), 1) < now(), _handoff(big).priority] == [True, 4]
    with writing() as session:  # who has waited long enough is not passed by for ever
        since = now() - timedelta(hours=3)
        session.execute(update(Handoff).where(Handoff.conversation_id == usual).values(ranked_at=since))
    with reading() as session:
        assert handoffs.position(session, usual) == 2


def test_topics_go_to_the_team_that_knows_them(waits: Callable) -> None:
    knows = _team("sales", skills=["warranty_info"])
    conversation_id = waits(team="service", summary={"topic": "warranty_info"})
    assert _handoff(conversation_id).team_id == knows


def test_the_wait_that_is_told_comes_from_the_waits_before(agent: Callable, waits: Callable) -> None:
    mona = agent("Mona", "sales", capacity=9)
    first = waits()
    assert "You're number 1" in _last(first)[0] and "usually" not in _last(first)[0]
    past = [waits() for _ in range(3)]
    for conversation_id, minutes in zip(past, (2, 4, 9)):
        with writing() as session:
            since = now() - timedelta(minutes=minutes)
            session.execute(
                update(Handoff)
                .where(Handoff.conversation_id == conversation_id)
                .values(requested_at=since, place_at_entry=1)
            )
        ownership.accept(conversation_id, mona)
    assert "You're number 2 in line, usually about 8 minutes" in _last(waits())[0]
    inbox_ar = waits(locale="ar")
    assert "دقيقة" in _last(inbox_ar)[0]


def test_outside_its_hours_a_team_says_when_it_is_back(agent: Callable, waits: Callable) -> None:
    agent("Mona", "sales")
    with clock.moved_by(MONDAY_NOON - now()):
        _team("sales", hours={"1": [[540, 1020]]}, timezone="Asia/Riyadh")  # Tuesdays from nine
        conversation_id = waits()
        assert "back tomorrow at 9 am" in _last(conversation_id)[0]
        _team("sales", holidays=["2026-11-24"])
        assert "Tuesday 1 December at 9 am" in _last(waits())[0]


def test_a_call_back_is_booked_in_the_teams_hours(agent: Callable, waits: Callable) -> None:
    with clock.moved_by(MONDAY_NOON - now()):
        _team("sales", hours={"1": [[540, 1020]]}, timezone="Asia/Riyadh")
        conversation_id = waits()
        assert waiting.choose(conversation_id, "callback")
        slots = _last(conversation_id)[1]
        assert [slot["label"] for slot in slots][:2] == ["tomorrow 9 am", "tomorrow 11 am"]
        night = "2026-11-24T02:00:00+03:00"
        assert waiting.choose(conversation_id, "callback", night)  # not one of ours: asked again
        assert _last(conversation_id)[1] == slots
        assert waiting.choose(conversation_id, "callback", "2026-11-24T09:00:00+03:00")
        assert "Which number" in _last(conversation_id)[0]
        inbox.receive(conversation_id, new_id(), "call me")
        assert "doesn't look like" in _last(conversation_id)[0]
        inbox.receive(conversation_id, new_id(), "it is 050 123 4567")
        assert "We'll call +966501234567 tomorrow at 9 am" in _last(conversation_id)[0]
        handoff = _handoff(conversation_id)
        assert (handoff.state, handoff.wish, handoff.contact) == ("scheduled", "callback", "+966501234567")
        assert conversations.state(conversation_id).owner == "bot"
        mona = agent("Mona", "sales")
        assert ownership.accept(conversation_id, mona)
        assert conversations.state(conversation_id).agent_name == "Mona"


@pytest.mark.parametrize(
    ("wish", "text", "contact"),
    [("email", "write to Sara@Example.com.", "sara@example.com"), ("message", "call!", None)],
)
def test_an_answer_later_is_promised(waits: Callable, wish: Any, text: str, contact: str | None) -> None:
    conversation_id = waits()
    assert waiting.choose(conversation_id, wish)
    inbox.receive(conversation_id, new_id(), text)
    handoff = _handoff(conversation_id)
    assert (handoff.state, handoff.wish, handoff.contact) == ("scheduled", wish, contact)
    assert conversations.state(conversation_id).owner == "bot"
    assert not waiting.choose(conversation_id, wish)
    with reading() as session:
        assert waiting.scheduled(session, conversation_id) is not None


def test_a_known_customer_is_not_asked_for_the_address(waits: Callable) -> None:
    conversation_id = waits()
    with writing() as session:
        customer = Customer(code="c", name="Sara", email="sara@example.com")
        session.add(customer)
        session.flush()
        session.execute(update(conversations.Conversation).values(customer_id=customer.id))
    waiting.choose(conversation_id, "email")
    assert "sara@example.com" in _last(conversation_id)[0]


def test_a_resolved_conversation_comes_back_to_the_same_agent(agent: Callable, waits: Callable) -> None:
    agent("Other", "sales")
    mona = agent("Mona", "sales")
    conversation_id = waits()
    ownership.accept(conversation_id, mona)
    ownership.resolve(conversation_id, mona, "solved")

    def says(text: str, intent: str) -> str:
        inbox.receive(conversation_id, new_id(), text)
        job = inbox.next_job(conversation_id)
        assert job is not None
        inbox.finish(job, Result(replies=[[{"type": "text", "text": "The bot says."}]], intent=intent))
        return conversations.state(conversation_id).owner

    assert says("thanks!", "thanks") == "bot"
    assert says("it broke again", "troubleshoot_product") == "queue"
    assert _handoff(conversation_id).preferred_agent_id == mona
    assignment.sweep()
    assert _handoff(conversation_id).offered_to == mona
    ownership.accept(conversation_id, mona)
    ownership.resolve(conversation_id, mona, "solved")
    with _later(hours=2):
        assert says("do you sell lamps?", "product_search") == "bot"
        assert says("and now?", "product_search") == "bot"


def test_rules_of_the_shop_hand_over(database: str) -> None:
    team_id = _team("service")
    with writing() as session:
        session.add(HandoffRule(kind="words", value="lawyer, المحامي", team_id=team_id, severity=3))
        session.add(HandoffRule(kind="topic", value="book_demo", team_id=team_id))
    for text, intent, owner in [
        ("my Lawyer will call you", "complaint", "queue"),
        ("سأكلم المحامى", "complaint", "queue"),
        ("can I see it?", "book_demo", "queue"),
        ("a lawyerly chair", "product_search", "bot"),
    ]:
        conversation_id = conversations.create("web", locale="en")
        inbox.receive(conversation_id, new_id(), text)
        job = inbox.next_job(conversation_id)
        assert job is not None
        inbox.finish(job, Result(replies=[[{"type": "text", "text": "Hm."}]], intent=intent))
        assert conversations.state(conversation_id).owner == owner, text


def test_the_hours_of_a_team() -> None:
    hours = Hours(RIYADH, {0: ((540, 780), (960, 1500))}, frozenset({date(2026, 11, 30)}))
    assert hours.is_open(MONDAY_NOON)
    assert not hours.is_open(MONDAY_NOON + timedelta(hours=2))
    assert hours.is_open(MONDAY_NOON + timedelta(hours=12, minutes=30))  # half past midnight, still Monday's
    assert hours.next_opening(MONDAY_NOON + timedelta(hours=10)) == datetime(2026, 12, 7, 9, tzinfo=RIYADH)
    assert ALWAYS.is_open(MONDAY_NOON)
    slots = hours.call_slots(MONDAY_NOON + timedelta(minutes=5))
    assert [slot.strftime("%a %H:%M") for slot in slots] == ["Mon 16:00", "Mon 18:00", "Mon 09:00"]
    assert Hours(RIYADH, {}, frozenset({date(2026, 11, 23)})).next_opening(MONDAY_NOON) is not None
    assert staff.zone_of("Not/AZone", RIYADH) is RIYADH


def test_deciding_is_told_apart_from_doing() -> None:
    crew = Crew(1, frozenset(), ALWAYS, True, timedelta(seconds=60), True)
    case = Case(1, "c", "en", 1, None, None, (), (), None, MONDAY_NOON, None)
    full = Member(7, frozenset(), frozenset(), capacity=1, load=1, assigned_at=None)
    assert decide(case, {1: crew}, [full], MONDAY_NOON) is None  # somebody is there, only busy
    late = decide(case, {1: crew}, [full], MONDAY_NOON + timedelta(minutes=11))
    assert late is not None and late.kind == "tell"
    free = Member(8, frozenset({1}), frozenset(), capacity=1, load=0, assigned_at=None)
    step = decide(case, {1: crew}, [full, free], MONDAY_NOON)
    assert step is not None and (step.kind, step.agent_id) == ("offer", 8)
