"""An order is shown to who placed it, and to nobody else however often they guess."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot import clock
from bot.clock import now
from bot.support import orders
from tests.support.samples import conversation, order_of_huda


@pytest.mark.parametrize("number", ["1001", "#1001", " 1001 ", "#10-01"])
@pytest.mark.parametrize("contact", ["huda@example.com", "HUDA@example.com ", "+966512345678"])
def test_number_and_contact_together_show_the_order(database: str, number: str, contact: str) -> None:
    order_of_huda()
    found = orders.look_up(conversation("c" * 32), 1, number, contact)
    assert found.number == "#1001"
    assert found.lines[0].quantity == 2
    assert found.parcels[0].tracking_url == "https://track.example/SW1"


def test_a_wrong_number_and_a_wrong_contact_look_the_same(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    with pytest.raises(orders.NotMatched) as wrong_contact:
        orders.look_up(talk, 1, "1001", "other@example.com")
    with pytest.raises(orders.NotMatched) as wrong_number:
        orders.look_up(talk, 2, "9999", "huda@example.com")
    assert type(wrong_contact.value) is type(wrong_number.value)
    assert (wrong_contact.value.tries_left, wrong_number.value.tries_left) == (2, 1)


def test_three_misses_lock_the_conversation_even_for_the_right_answer(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    for message in (1, 2):
        with pytest.raises(orders.NotMatched):
            orders.look_up(talk, message, "1001", f"guess{message}@example.com")
    with pytest.raises(orders.Locked):
        orders.look_up(talk, 3, "1001", "guess3@example.com")
    assert orders.is_locked(talk)
    with pytest.raises(orders.Locked):
        orders.look_up(talk, 4, "1001", "huda@example.com")
    assert orders.look_up(conversation("d" * 32), 5, "1001", "huda@example.com").number == "#1001"


def test_a_turn_that_is_run_again_counts_as_one_try(database: str) -> None:
    order_of_huda()
    talk = conversation("c" * 32)
    for _ in range(5):
        with pytest.raises(orders.NotMatched) as missed:
            orders.look_up(talk, 1, "1001", "x@example.com")
        assert missed.value.tries_left == 2


def test_guessing_one_number_from_many_conversations_is_stopped_for_a_day(database: str) -> None:
    order_of_huda()
    for number in range(orders.GUESSES_ALLOWED):
        with pytest.raises(orders.NotMatched):
            orders.look_up(conversation(f"{number:032x}"), 1, "1001", "x@example.com")
    with pytest.raises(orders.NotMatched):
        orders.look_up(conversation("e" * 32), 1, "1001", "huda@example.com")
    with clock.moved_by(orders.GUESSES_REMEMBERED + timedelta(minutes=1)):
        assert orders.look_up(conversation("f" * 32), 1, "1001", "huda@example.com").number == "#1001"


@pytest.mark.parametrize("contact", ["", " ", None, "%", "' OR 1=1 --", "huda"])
def test_nothing_empty_or_partial_proves_anything(database: str, contact: str | None) -> None:
    order_of_huda(phone=None)
    with pytest.raises(orders.NotMatched):
        orders.look_up(conversation("c" * 32), 1, "1001", contact)


def test_a_recognised_customer_needs_no_contact_for_own_orders(database: str) -> None:
    order_of_huda()
    assert orders.look_up(conversation("c" * 32, "c-1"), 1, "1001", None).number == "#1001"
    assert [order.number for order in orders.latest_of(1)] == ["#1001"]


def test_late_means_promised_before_today_and_not_arrived(database: str) -> None:
    order_of_huda(expected_on=now().date() - timedelta(days=1))
    order = orders.look_up(conversation("c" * 32), 1, "1001", "huda@example.com")
    assert order.is_late(now().date())
    assert not order.is_late(date(2000, 1, 1))
