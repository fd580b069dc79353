"""One row a person, with what they agreed to; and appointments in seats that are taken once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from bot.clock import now
from bot.db.models import Appointment, Consent, Customer, Lead, Team
from bot.db.session import reading, writing
from bot.insight.privacy import emptying, person
from bot.shop.leads import appointments, keeping
from bot.shop.leads.appointments import Diary, Taken
from bot.shop.leads.keeping import Agreed, Told
from tests.shop.selling_samples import conversation

AGREED = Agreed(7, "contact", "phone", "For this only.")


def _keep(conversation_id: str, **told: object) -> int:
    return keeping.keep(conversation_id, Told(**told), "call", now(), AGREED).id  # type: ignore[arg-type]


def _leads() -> list[Lead]:
    with reading() as session:
        return list(session.execute(select(Lead).order_by(Lead.id)).scalars())


@pytest.mark.usefixtures("database")
def test_the_same_phone_is_the_same_lead_and_the_newest_word_stands() -> None:
    first = _keep(conversation(), phone="+966551234567", need="a sofa", timeline=date(2026, 12, 1))
    assert _keep(conversation(), phone="+966551234567", authority="decides") == first
    (lead,) = _leads()
    assert (lead.need, lead.timeline, lead.authority, lead.next_step) == ("a sofa", "2026-12-01", "decides", "call")


@pytest.mark.usefixtures("database")
def test_two_leads_that_turn_out_to_be_one_person_are_merged() -> None:
    older = _keep(conversation(), email="sara@example.com", products=["a"])
    _keep(conversation(), phone="+966551234567", name="Sara", products=["b"])
    assert _keep(conversation(), email="sara@example.com", phone="+966551234567") == older
    (lead,) = _leads()
    assert (lead.name, lead.email, lead.phone, lead.products) == (
        "Sara",
        "sara@example.com",
        "+966551234567",
        ["a", "b"],
    )
    with reading() as session:
        assert session.execute(select(func.count()).where(Consent.lead_id == older)).scalar() == 3


@pytest.mark.usefixtures("database")
def test_a_contact_left_in_many_conversations_at_once_is_one_lead() -> None:
    talks = [conversation() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda talk: _keep(talk, phone="+966551234567"), talks))) == 1
    assert len(_leads()) == 1


@pytest.mark.usefixtures("database")
def test_consent_is_kept_in_its_own_words_and_once_a_message() -> None:
    talk = conversation()
    _keep(talk, phone="+966551234567")
    _keep(talk, phone="+966551234567")
    with reading() as session:
        (row,) = session.execute(select(Consent)).scalars()
    assert (row.wording, row.channel, row.purpose, row.message_id) == ("For this only.", "phone", "contact", 7)
    assert now() - row.given_at < timedelta(minutes=1)


@pytest.mark.usefixtures("database")
def test_who_types_another_persons_number_is_told_nothing_of_them() -> None:
    _keep(conversation(), phone="+966551234567", email="sara@example.com", name="Sara")
    stranger = conversation()
    _keep(stranger, phone="+966551234567")
    with reading() as session:
        assert keeping.reach(session, stranger) == keeping.Reach()


@pytest.mark.usefixtures("database")
def test_what_is_erased_is_gone_and_what_others_know_stays() -> None:
    mine, other = conversation(), conversation()
    _keep(mine, phone="+966551234567")
    _keep(other, phone="+966551234567")
    with writing() as session:
        keeping.forget_conversation(session, mine)
    assert len(_leads()) == 1
    with writing() as session:
        sara = Customer(code="s", name="Sara", phone="+966551234567")
        session.add(sara)
        session.flush()
        emptying.empty(session, person.of_customer(session, sara.id))
        assert session.execute(select(func.count()).select_from(Consent)).scalar() == 0
    assert not _leads()


@pytest.fixture
def team(database: str) -> str:
    """A team that calls from Monday to Thursday, 9 to 12."""
    with writing() as session:
        found = session.execute(select(Team).where(Team.code == "sales")).scalar_one_or_none() or Team(
            code="sales", name={"en": "Sales"}
        )
        found.hours = {str(day): [[540, 720]] for day in range(4)}
        session.add(found)
    return "team:sales"


def _monday(diary: Diary) -> date:
    return diary.today() + timedelta((7 - diary.today().weekday()) or 7)


def test_only_whole_slots_of_working_hours_are_free(team: str) -> None:
    with reading() as session:
        diary = Diary(session, team)
        monday = _monday(diary)
        slots = appointments.free(session, diary, monday, monday, 50)
        assert [slot.strftime("%H:%M") for slot in slots] == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
        assert not appointments.free(session, diary, monday + timedelta(4), monday + timedelta(6), 50)
        assert not diary.is_slot(slots[0] + timedelta(minutes=10))
        assert not diary.is_slot(slots[0] - timedelta(days=7 * 20))
        assert not diary.is_slot(slots[0] + timedelta(days=7 * 20))


def test_the_last_free_slot_goes_to_one_of_many(team: str) -> None:
    with reading() as session:
        diary = Diary(session, team)
        at = datetime.combine(_monday(diary), time(9), diary.zone)
    asked = [(talk := conversation(), _keep(talk, phone=f"+9665512345{number:02}")) for number in range(12)]

    def book(one: tuple[str, int]) -> str:
        try:
            appointments.book(one[1], one[0], "call", team, at, "en")
        except Taken:
            return "taken"
        return "booked"

    with ThreadPoolExecutor(12) as pool:
        assert Counter(pool.map(book, asked)) == {"booked": 1, "taken": 11}
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Appointment)).scalar() == 1
        assert at not in appointments.free(session, Diary(session, team), at.date(), at.date(), 50)


def test_an_appointment_moves_and_gives_its_slot_back(team: str) -> None:
    talk, other = conversation(), conversation()
    lead, rival = _keep(talk, phone="+966551234567"), _keep(other, phone="+966551234568")
    with reading() as session:
        diary = Diary(session, team)
        at = datetime.combine(_monday(diary), time(9), diary.zone)
    first = appointments.book(lead, talk, "call", team, at, "en")
    moved = appointments.book(lead, talk, "call", team, at + timedelta(hours=1), "en")
    assert first.id == moved.id
    assert appointments.book(rival, other, "call", team, at, "en").id != first.id
    assert not appointments.cancel(other, moved.id)
    assert appointments.cancel(talk, moved.id)
    with reading() as session:
        row = session.get(Appointment, moved.id)
        assert row is not None and (row.seat, row.sequence) == (None, 2)
        assert appointments.of_conversation(session, talk) is None
