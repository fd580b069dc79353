"""An order is shown to who placed it, and to nobody else however often, from wherever and however slowly they guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot import clock
from bot.db.models import Conversation, Order
from bot.db.session import reading, writing
from bot.settings import settings
from bot.support import verification
from bot.support.verification import CHANGE, READ, Locked, NotMatched, TooSoon
from tests.support.samples import conversation, order_of_huda


def _access(conversation_id: str) -> int:
    with reading() as session:
        return verification.access(session, conversation_id).level(1, 1)


@pytest.mark.parametrize("number", ["1001", "#1001", " 1001 ", "#10-01"])
@pytest.mark.parametrize("contact", ["huda@example.com", "HUDA@example.com ", "+966512345678"])
def test_number_and_contact_together_open_the_order_for_reading(database: str, number: str, contact: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    assert _access(talk) == 0
    assert verification.prove(talk, 1, number, contact) == 1
    assert _access(talk) == READ


@pytest.mark.parametrize("number", ["1001", "د-1001", "دي 1001"])
def test_the_letters_of_a_number_may_be_left_out_or_written_in_arabic(database: str, number: str) -> None:
    order_of_huda()
    with writing() as session:
        session.execute(update(Order).values(number="D-1001", number_key="D1001"))
    talk = conversation("c" * 32)
    for message, (wrong, contact) in enumerate([(number, "other@example.com"), ("100", "huda@example.com")]):
        with pytest.raises(NotMatched):
            verification.prove(talk, message, wrong, contact)
    assert verification.prove(talk, 3, number, "huda@example.com") == 1


def test_a_wrong_number_and_a_wrong_contact_look_the_same(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    with pytest.raises(NotMatched) as wrong_contact:
        verification.prove(talk, 1, "1001", "other@example.com")
    with pytest.raises(NotMatched) as wrong_number:
        verification.prove(talk, 2, "9999", "huda@example.com")
    assert wrong_contact.value.args == wrong_number.value.args
    assert _access(talk) == 0


def test_three_misses_lock_the_conversation_even_for_the_right_answer(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    for message in (1, 2):
        with pytest.raises(NotMatched):
            verification.prove(talk, message, "1001", f"guess{message}@example.com")
    for message, contact in ((3, "guess3@example.com"), (4, "huda@example.com")):
        with pytest.raises(Locked):
            verification.prove(talk, message, "1001", contact)
    assert verification.is_locked(talk)
    assert verification.prove(conversation("d" * 32), 5, "1001", "huda@example.com") == 1


def test_a_turn_that_is_run_again_counts_as_one_try(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    for _ in range(5):
        with pytest.raises(NotMatched):
            verification.prove(talk, 1, "1001", "x@example.com")
    assert not verification.is_locked(talk)


@pytest.mark.parametrize("by", ["number", "contact"])
def test_guessing_from_many_conversations_is_stopped_for_a_day(database: str, by: str) -> None:
    order_of_huda()
    for place in range(verification.GUESSES_ALLOWED):
        number, contact = ("1001", f"x{place}@example.com") if by == "number" else (f"20{place}", "huda@example.com")
        with pytest.raises(NotMatched):
            verification.prove(conversation(f"{place:032x}"), 1, number, contact)
    with pytest.raises(NotMatched):
        verification.prove(conversation("e" * 32), 1, "1001", "huda@example.com")
    with clock.moved_by(verification.GUESSES_REMEMBERED + timedelta(minutes=1)):
        assert verification.prove(conversation("f" * 32), 1, "1001", "huda@example.com") == 1


def _from(place: int, caller: str) -> str:
    with writing() as session:
        session.add(Conversation(id=f"{place:032x}", channel="web", channel_user=f"{place:032x}", caller=caller))
    return f"{place:032x}"


def test_one_caller_is_slowed_and_then_stopped_whatever_is_guessed(database: str) -> None:
    order_of_huda()
    outcomes: list[str] = []
    waited = timedelta(0)
    for place in range(60):
        with clock.moved_by(waited):
            try:
                verification.prove(_from(place, "one address"), 1, f"{3000 + place}", f"x{place}@example.com")
            except TooSoon as soon:
                outcomes.append("wait")
                waited += timedelta(seconds=soon.seconds)
            except Locked:
                outcomes.append("stop")
            except NotMatched:
                outcomes.append("miss")
    assert outcomes.count("miss") == settings().caller_misses
    assert outcomes.index("wait") == int(settings().caller_misses * verification.FREE_SHARE)
    assert set(outcomes[-10:]) == {"stop"}
    assert waited > timedelta(hours=1)
    with clock.moved_by(waited), pytest.raises(Locked):
        verification.prove(_from(100, "one address"), 1, "1001", "huda@example.com")
    with clock.moved_by(waited):
        assert verification.prove(_from(101, "another address"), 1, "1001", "huda@example.com") == 1


def test_ten_thousand_guesses_learn_nothing(database: str) -> None:
    """The right pair is among them: it is refused like the others, and nothing is looked up any more."""
    if not database.startswith("sqlite"):
        pytest.skip("the same rules; once is enough for so many")
    order_of_huda()
    talks = [f"{place:032x}" for place in range(3334)]
    rows = [{"id": talk, "channel": "web", "channel_user": talk, "caller": "one address"} for talk in talks]
    with writing() as session:
        session.execute(insert(Conversation), rows)
    learnt = evaluated = 0
    for place in range(10_000):
        number, contact = (1001, "huda@example.com") if place == 9_000 else (place + 5000, f"guess{place}@example.com")
        talk = talks[place // 3]
        try:
            verification.prove(talk, place, str(number), contact)
            learnt += 1
        except NotMatched:
            evaluated += 1
        except (Locked, TooSoon):
            continue
    assert learnt == 0
    assert evaluated <= settings().caller_misses


@pytest.mark.parametrize("contact", ["", " ", "%", "' OR 1=1 --", "huda"])
def test_nothing_empty_or_partial_proves_anything(database: str, contact: str) -> None:
    order_of_huda(phone=None)
    with pytest.raises(NotMatched):
        verification.prove(conversation("c" * 32), 1, "1001", contact)


def test_a_signed_identity_may_change_own_orders_and_no_others(database: str) -> None:
    order_of_huda()
    assert _access(conversation("c" * 32, "c-1")) == CHANGE
    assert _access(conversation("d" * 32)) == 0


def test_a_proof_ends_with_the_session(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    verification.prove(talk, 1, "1001", "huda@example.com")
    with clock.moved_by(timedelta(minutes=50)):
        verification.keep_alive(talk)
    with clock.moved_by(timedelta(minutes=100)):
        assert _access(talk) == READ
    with clock.moved_by(timedelta(minutes=120)):
        assert _access(talk) == 0
        verification.keep_alive(talk)
        assert _access(talk) == 0


def test_both_contacts_prove_an_order_for_changing(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    verification.prove(talk, 1, "1001", "huda@example.com")
    with pytest.raises(NotMatched):
        verification.prove_second_contact(talk, 2, 1, ["huda@example.com", "+966500000000"])
    with pytest.raises(NotMatched):  # the same one again is no second one
        verification.prove_second_contact(talk, 3, 1, ["huda@example.com", "huda@example.com"])
    assert _access(talk) == READ
    other = conversation("d" * 32)
    verification.prove_second_contact(other, 4, 1, ["huda@example.com", "+966512345678"])
    assert _access(other) == CHANGE
