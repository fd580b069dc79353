"""Calls, visits, messages for later, and a returning customer: every step said by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.db.models import Appointment, Branch, BranchHours, Consent, Customer, FollowUp, Handoff, Lead, Team
from bot.db.session import reading, writing
from bot.dialogue import payloads
from bot.shop import profile
from tests.actions.talk import Reply, Talk, entity
from tests.shop.selling_samples import fill, selling

PHONE = "+971501234567"


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling()
    with writing() as session:
        if session.execute(select(Team).where(Team.code == "sales")).first() is None:
            session.add(Team(code="sales", name={"en": "Sales"}))
        session.flush()
        session.execute(update(Team).values(hours={str(day): [[540, 1020]] for day in range(5)}))
        session.execute(BranchHours.__table__.delete())
        for (branch,) in session.execute(select(Branch.id)).all():
            session.add_all(
                BranchHours(branch_id=branch, weekday=day, opens=600, closes=1200) for day in range(7) if day != 4
            )


def _on(weekday: int, weeks: int = 1) -> date:
    with reading() as session:
        today = profile.read(session).today()
    return today + timedelta((weekday - today.weekday()) % 7 + 7 * weeks)


def _day(day: date, **more: str) -> dict[str, object]:
    return entity("date", day.isoformat(), **more)


def _press(talk: Talk, reply: Reply, label: str) -> Reply:
    button = next(button for button in reply.buttons if label in button["label"])
    read = payloads.read(button["payload"])
    found = [entity(name, value) for name, value in read.entities.items()]
    return talk(f"action_{read.intent}", read.intent, button["label"], *found, button=True)


def _one(model: type) -> object:
    with reading() as session:
        return session.execute(select(model)).scalar_one()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_call_from_the_wish_to_the_calendar(language: str) -> None:
    talk = Talk(language)
    assert talk("action_leave_contact", "leave_contact", "call me").response == "utter_lead_ask_phone"
    unclear = talk("action_default_fallback", "nlu_fallback", "12345", confidence=0.3)
    assert unclear.response == "utter_lead_contact_unclear"
    offered = talk("action_leave_contact", "leave_contact", "0501234567", entity("phone", PHONE, "0501234567"))
    assert offered.response == "utter_lead_ask_call_time" and len(offered.buttons) == 4
    monday = _on(0)
    booked = talk("action_delivery_time", "delivery_time", "monday 10 am", _day(monday, time="10:00"))
    assert booked.response == "utter_lead_call_booked" and "/service/appointment/" in booked.parts[0]["url"]
    row, lead, promise, agreed = _one(Appointment), _one(Lead), _one(Handoff), _one(Consent)
    assert (row.starts_at.astimezone().date(), row.kind) == (monday, "call")  # type: ignore[attr-defined]
    assert (lead.phone, lead.next_step, lead.score >= 35) == (PHONE, "call", True)  # type: ignore[attr-defined]
    assert (promise.state, promise.wish, promise.contact) == ("scheduled", "callback", PHONE)  # type: ignore[attr-defined]
    assert agreed.wording == talk_words(language)  # type: ignore[attr-defined]
    moved = talk("action_change_order", "change_order", "change my appointment to 11 am", confidence=0.5)
    assert moved.response in ("utter_lead_ask_call_time", "utter_lead_call_booked")
    gone = talk("action_cancel_order", "cancel_order", "cancel my appointment")
    assert gone.response == "utter_lead_cancelled"
    assert _one(Handoff).state == "cancelled" and _one(Appointment).seat is None  # type: ignore[attr-defined]


def talk_words(language: str) -> str:
    from bot.words.responses import responses

    return responses().render("phrase_consent_contact", language, {}).text


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (lambda: _on(0, -2), "utter_lead_past"),
        (lambda: _on(5), "utter_lead_closed"),
        (lambda: _on(0, 30), "utter_lead_too_far"),
    ],
)
def test_a_day_that_cannot_be_is_said_so_and_others_are_offered(day, said: str) -> None:  # type: ignore[no-untyped-def]
    talk = Talk()
    number = entity("phone", PHONE, "0501234567")
    replies = talk.turn("action_leave_contact", "leave_contact", "call me then on 0501234567", number, _day(day()))
    assert [reply.response for reply in replies] == [said, "utter_lead_ask_call_time"]
    booked = _press(talk, replies[-1], replies[-1].buttons[1]["label"])
    assert booked.response == "utter_lead_call_booked"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_past_day_is_noticed_before_anything_is_asked(language: str) -> None:
    talk = Talk(language)
    said = talk.turn("action_book_demo", "book_demo", "can I come and try it then?", _day(_on(0, -2)))
    assert said[0].response == "utter_lead_past" and len(said) == 2
    talk = Talk(language)
    said = talk.turn("action_leave_contact", "leave_contact", "call me then", _day(_on(0, -2)))
    assert [reply.response for reply in said] == ["utter_lead_past", "utter_lead_ask_phone"]


def test_an_hour_that_has_passed_today_is_noticed_too() -> None:
    talk = Talk()
    with reading() as session:
        shop = profile.read(session)
    early = _day(shop.today(), time="00:00")
    said = talk.turn("action_book_demo", "book_demo", "can I come today at midnight?", early)
    assert said[0].response == "utter_lead_hour_past" and len(said) == 2


def test_a_visit_asks_for_the_branch_then_the_time_then_the_contact() -> None:
    talk = Talk()
    which = talk("action_book_demo", "book_demo", "can I come and try it?")
    if which.response == "utter_lead_which_branch":
        which = _press(talk, which, which.buttons[0]["label"])
    assert which.response == "utter_lead_ask_visit_time"
    digression = talk.turn("action_store_info", "store_info", "where are you and when do you open?")
    assert [reply.response for reply in digression][-1] == "utter_lead_open"
    which = _press(talk, digression[-1], digression[-1].buttons[0]["label"])
    contact = _press(talk, which, which.buttons[0]["label"])
    assert contact.response == "utter_lead_ask_contact"
    booked = talk("action_leave_contact", "leave_contact", "a@b.co", entity("email", "a@b.co", "a@b.co"))
    assert booked.response == "utter_lead_visit_booked"
    assert _one(Lead).next_step == "visit"  # type: ignore[attr-defined]


def test_who_rather_gives_no_number_is_left_in_peace() -> None:
    talk = Talk()
    talk("action_leave_contact", "leave_contact", "call me")
    assert talk("action_deny", "deny", "no").response == "utter_lead_left_call"
    with reading() as session:
        assert session.execute(select(Lead)).first() is None
    assert talk.slots["lead"] is None


def test_none_of_the_times_suits() -> None:
    talk = Talk()
    talk("action_leave_contact", "leave_contact", "call 0501234567", entity("phone", PHONE, "0501234567"))
    assert talk("action_deny", "deny", "no").response == "utter_lead_which_day"
    assert talk("action_deny", "deny", "no").response == "utter_lead_left_call"


def test_an_answer_by_e_mail_is_promised_to_the_team() -> None:
    talk = Talk()
    reply = talk("action_leave_contact", "leave_contact", "mail me: a@b.co", entity("email", "a@b.co", "a@b.co"))
    assert reply.response == "utter_lead_letter"
    promise = _one(Handoff)
    assert (promise.state, promise.wish, promise.contact) == ("scheduled", "email", "a@b.co")  # type: ignore[attr-defined]


def test_asking_for_sales_is_a_lead_with_what_was_said_in_passing() -> None:
    talk = Talk()
    talk("action_store_info", "store_info", "my name is Sara, I decide for my own company")
    talk("action_handoff", "talk_to_sales", "a salesperson please")
    lead, handoff = _one(Lead), _one(Handoff)
    assert (lead.name, lead.authority, lead.next_step) == ("Sara", "decides", "colleague")  # type: ignore[attr-defined]
    assert handoff.summary["who decides"] == "decides" and "score" in handoff.summary  # type: ignore[attr-defined]


def test_a_reminder_is_agreed_to_moved_and_stopped_with_a_word() -> None:
    talk = Talk()
    fill(talk.id, _simple())
    reminder = {"do": "agree", "kind": "basket", "subject": ""}
    agreed = talk("action_leave_contact", "leave_contact", "x", entity("lead", reminder), button=True)
    assert agreed.response == "utter_follow_up_agreed"
    later = talk(
        "action_delivery_time", "delivery_time", "monday evening", _day(_on(0, 0) + timedelta(0), part="evening")
    )
    assert later.response in ("utter_follow_up_agreed", "utter_follow_up_bad_time")
    assert talk("action_default_fallback", "nlu_fallback", "وقف", confidence=0.2).response == "utter_follow_up_stopped"
    assert _one(FollowUp).state == "stopped"  # type: ignore[attr-defined]


def test_stop_means_what_is_open_first() -> None:
    talk = Talk()
    talk("action_leave_contact", "leave_contact", "call me")
    assert talk("action_default_fallback", "nlu_fallback", "stop", confidence=0.2).response == "utter_lead_left_call"


def _simple() -> str:
    from sqlalchemy import func

    from bot.db.models import Product, Stock, Variant

    with writing() as session:
        session.execute(update(Stock).values(quantity=100))
        rows = session.execute(
            select(Product.code).join(Variant).group_by(Product.code).having(func.count() == 1).order_by(Product.code)
        ).scalars()
        return str(next(iter(rows)))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_returning_customer_is_met_shown_and_erased(language: str) -> None:
    with writing() as session:
        session.add(Customer(code="c-1", name="Sara Karam", email="sara@example.com", phone=PHONE, city="Dubai"))
    talk = Talk(language, customer="c-1")
    hello = talk("action_greet", "greet", "hi")
    assert hello.response == "utter_welcome_back" and "Sara" in hello.text
    asked = "what do you know about me?" if language == "en" else "وش تعرف عني؟"
    told = talk("action_default_fallback", "nlu_fallback", asked, confidence=0.2)
    assert told.response == "utter_about_me" and any("sara@example.com" in cell for row in told.rows for cell in row)
    sure = _press(talk, told, told.buttons[0]["label"])
    assert sure.response == "utter_erase_me_confirm"
    assert talk("action_deny", "deny", "no").response == "utter_erase_kept"
    _press(talk, told, told.buttons[0]["label"])
    assert talk("action_affirm", "affirm", "yes").response == "utter_erased"
    with reading() as session:
        assert session.execute(select(Customer)).first() is None
    assert talk("action_default_fallback", "nlu_fallback", asked, confidence=0.2).response == "utter_about_me_nothing"


def test_a_stranger_is_greeted_as_ever() -> None:
    assert Talk()("action_greet", "greet", "hi").response == "utter_welcome"


def test_a_known_number_is_asked_about_not_asked_for() -> None:
    with writing() as session:
        session.add(Customer(code="c-1", name="Sara", phone=PHONE))
    talk = Talk(customer="c-1")
    assert talk("action_leave_contact", "leave_contact", "call me").response == "utter_lead_confirm_phone"
    assert talk("action_affirm", "affirm", "yes").response == "utter_lead_ask_call_time"
    at = datetime.fromisoformat(talk.slots["lead"]["offered"][0])
    first = entity("ordinal", 1, "first")
    assert talk("action_product_info", "product_info", "the first", first).response == "utter_lead_call_booked"
    assert _one(Appointment).starts_at == at  # type: ignore[attr-defined]


@pytest.mark.parametrize(("language", "name"), [("en", "Sara Ahmed"), ("ar", "نورة القحطاني")])
def test_a_name_instead_of_a_number_is_noted_and_the_number_asked_for(language: str, name: str) -> None:
    talk = Talk(language)
    talk("action_leave_contact", "leave_contact", "call me")
    noted = talk("action_default_fallback", "nlu_fallback", name, confidence=0.3)
    assert noted.response == "utter_lead_name_noted" and name in noted.text
    talk("action_leave_contact", "leave_contact", "0501234567", entity("phone", PHONE, "0501234567"))
    talk("action_delivery_time", "delivery_time", "monday 10 am", _day(_on(0), time="10:00"))
    assert _one(Lead).name == name  # type: ignore[attr-defined]
