"""What a customer is told of an order, and how it is asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import now
from bot.db.models.orders import ORDER_STATES
from tests.actions.talk import Reply, Talk, entity
from tests.support.samples import order_of_huda

NUMBER = entity("order_number", "1001")
EMAIL = entity("email", "huda@example.com")


def ask(talk: Talk, intent: str = "order_status", *entities: dict[str, object], text: str = "where is it") -> Reply:
    """Ask for an order."""
    return talk("action_order_status", intent, text, *entities)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_state_next_date_lines_and_tracking(database: str, language: str) -> None:
    order_of_huda()
    reply = ask(Talk(language), "order_status", NUMBER, EMAIL)
    assert reply.response == "utter_order_shipped"
    assert "1001" in reply.text
    assert len(reply.text.split(". ")) >= 2  # the state, and when it arrives
    assert reply.rows == [["Cloud pillow" if language == "en" else "وسادة كلاود", "2"]]
    assert [part["url"] for part in reply.parts if part["type"] == "link"] == ["https://track.example/SW1"]


@pytest.mark.parametrize("state", ORDER_STATES)
def test_every_state_has_its_words(database: str, state: str) -> None:
    order_of_huda(state)
    for language in ("en", "ar"):
        assert ask(Talk(language), "order_status", NUMBER, EMAIL).response.startswith(f"utter_order_{state}")


def test_a_late_order_is_owned_up_to_with_a_person_at_hand(database: str) -> None:
    order_of_huda(expected_on=now().date() - timedelta(days=2))
    reply = ask(Talk(), "order_status", NUMBER, EMAIL)
    assert "late" in reply.text
    assert reply.payloads == ["/talk_to_agent{}"]


def test_number_and_contact_are_asked_for_one_by_one(database: str) -> None:
    order_of_huda()
    talk = Talk("ar", "arab")
    assert ask(talk).response == "utter_ask_order_number"
    asked = talk("action_order_status", "order_status", "١٠٠١", entity("order_number", "1001", "١٠٠١"))
    assert asked.response == "utter_ask_order_contact" and "١٠٠١" in asked.text
    reply = talk("action_default_fallback", "nlu_fallback", "huda@example.com", EMAIL)
    assert reply.response == "utter_order_shipped"
    assert talk.slots["case"] is None


def test_a_miss_asks_again_and_the_third_locks(database: str) -> None:
    order_of_huda()
    talk = Talk()
    for miss in (1, 2, 3):
        replies = talk.turn(
            "action_order_status", "order_status", "1001 x", NUMBER, entity("email", f"guess{miss}@example.com")
        )
        assert all("huda" not in reply.text for reply in replies)
        if miss < 3:
            assert [reply.response for reply in replies] == ["utter_order_not_matched"]
    assert replies[-1].response == "utter_order_locked"
    assert talk.slots["question"]["kind"] == "handoff"
    assert ask(talk, "order_status", NUMBER, EMAIL).response == "utter_order_locked"


def test_something_else_in_between_is_answered_and_the_question_kept(database: str) -> None:
    order_of_huda()
    talk = Talk()
    ask(talk)
    replies = talk.turn("action_greet", "greet", "hello")
    assert [reply.response for reply in replies] == ["utter_welcome", "utter_case_reminder"]
    assert len(talk.turn("action_greet", "greet", "hello again")) == 1  # reminded once
    resumed = talk("action_answer", "answer", "Go on with it", entity("pick", "resume"), button=True)
    assert resumed.response == "utter_ask_order_number"
    assert talk("action_order_status", "order_status", "1001", NUMBER).response == "utter_ask_order_contact"


def test_who_does_not_want_to_say_it_is_told_why_and_offered_a_person(database: str) -> None:
    order_of_huda()
    talk = Talk()
    talk("action_order_status", "order_status", "1001", NUMBER)
    reply = talk("action_deny", "deny", "i'd rather not say")
    assert reply.response == "utter_proof_refused"
    assert "/talk_to_agent{}" in reply.payloads
    assert talk.slots["case"] is None


def test_who_has_no_number_is_offered_a_person_where_no_mail_is_sent(database: str) -> None:
    order_of_huda()
    talk = Talk()
    ask(talk)
    assert talk("action_default_fallback", "nlu_fallback", "I don't have it").response == "utter_number_unknown"


def test_what_is_no_number_is_said_and_after_two_a_person_is_offered(database: str) -> None:
    order_of_huda()
    talk = Talk()
    ask(talk)
    assert talk("action_default_fallback", "nlu_fallback", "blorp").response == "utter_order_number_unclear"
    assert talk("action_default_fallback", "nlu_fallback", "blorp").response == "utter_case_stuck"


def test_a_mistyped_phone_is_no_other_order_number(database: str) -> None:
    order_of_huda()
    talk = Talk()
    talk("action_order_status", "order_status", "#1001", NUMBER)
    reply = talk("action_order_status", "order_status", "05512345", entity("order_number", "05512345"))
    assert reply.response == "utter_order_contact_unclear"
    assert talk.slots["case"]["data"]["number"] == "1001"


def test_a_delivery_problem_is_told_and_taken_up_with_the_courier(database: str) -> None:
    order_of_huda("delivered")
    talk = Talk()
    replies = talk.turn("action_order_status", "delivery_problem", "it says delivered, i got nothing", NUMBER, EMAIL)
    assert [reply.response for reply in replies] == ["utter_order_delivered", "utter_missing_parcel"]
    replies = talk.turn("action_affirm", "affirm", "yes please")
    assert [reply.response for reply in replies] == ["utter_search_opened", "utter_offer_check_back"]
    assert talk("action_affirm", "affirm", "yes").response == "utter_check_back_agreed"


def test_no_order_is_asked_for_twice_in_a_conversation(database: str) -> None:
    order_of_huda()
    talk = Talk()
    ask(talk, "order_status", NUMBER, EMAIL)
    assert talk("action_invoice", "invoice_request", "and the invoice").response == "utter_invoice"


def test_asking_when_it_comes_is_no_new_question(database: str) -> None:
    order_of_huda()
    talk = Talk()
    talk("action_order_status", "order_status", "where is my order")
    asked = talk.turn("action_delivery_time", "delivery_time", "and when will it arrive?", confidence=0.9)
    assert [reply.response for reply in asked] == ["utter_ask_order_number"]
    assert ask(talk, "order_status", NUMBER, EMAIL).response == "utter_order_shipped"
    unsure = talk.turn("action_default_fallback", "nlu_fallback", "and when will it come?", confidence=0.3, ranking=[])
    assert [reply.response for reply in unsure] == ["utter_order_shipped"]
