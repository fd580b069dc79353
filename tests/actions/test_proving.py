"""Who is asking: identities, several orders, and codes by mail through a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot.clock import now
from bot.db.models import Customer, Order
from bot.db.session import writing
from bot.settings import settings
from tests.actions.service import PHONE, PROOF, one, pressed, said
from tests.actions.talk import Talk, entity
from tests.smtp import MailServer
from tests.support.samples import huda_buys_beds


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch, database: str) -> Iterator[MailServer]:
    """A mail server that the settings name."""
    server = MailServer().start()
    monkeypatch.setenv("DUKAN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("DUKAN_SMTP_PORT", str(server.port))
    settings.cache_clear()
    yield server
    server.stop()


def _code(mail: MailServer) -> str:
    return next(word.strip(".") for word in mail.last_text().split() if word.strip(".،").isdigit())


def test_a_known_customer_with_several_orders_chooses(database: str) -> None:
    huda_buys_beds("confirmed")
    with writing() as session:
        session.add(
            Order(
                number="#1002",
                number_key="1002",
                customer_id=1,
                placed_at=now(),
                state="shipped",
                currency="SAR",
                total=Decimal("90"),
            )
        )
    talk = Talk(customer="c-1")
    reply = talk("action_invoice", "invoice_request", "i need an invoice")
    assert reply.response == "utter_which_order"
    assert [button["label"][:5] for button in reply.buttons] == ["#1002", "#1001"]
    assert [reply.response for reply in pressed(talk, "1")] == ["utter_invoice"]
    # What can be cancelled is but one of them; the shop's signature is proof enough to change it.
    assert (
        Talk(customer="c-1")("action_cancel_order", "cancel_order", "cancel it").response == "utter_cancel_confirm_paid"
    )


def test_another_customers_number_is_not_opened_by_an_identity(database: str) -> None:
    huda_buys_beds("confirmed")
    with writing() as session:
        session.add(Customer(code="c-2", name="Omar", email="omar@example.com"))
    talk = Talk(customer="c-2")
    reply = talk("action_order_status", "order_status", "where is 1001", entity("order_number", "1001"))
    assert reply.response == "utter_ask_order_contact"


def test_a_code_by_mail_proves_enough_to_change(mail: MailServer) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    assert talk("action_cancel_order", "cancel_order", "cancel it", *PROOF).response == "utter_ask_code"
    assert mail.messages[-1]["To"] == "huda@example.com"
    code = _code(mail)
    wrong = "000000" if code != "000000" else "111111"
    assert said(talk, wrong) == ["utter_code_wrong"]
    assert said(talk, "send it again") == ["utter_ask_code"]
    assert len(mail.messages) == 2
    # Said in other words, which sound like a lost password.
    replies = talk.turn("action_account_access", "account_access", "ما وصلني الكود")
    assert [reply.response for reply in replies] == ["utter_ask_code"] and len(mail.messages) == 3
    assert said(talk, f"it's {_code(mail)}") == ["utter_cancel_confirm_paid"]


def test_three_wrong_codes_lock(mail: MailServer) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    wrong = "000000" if _code(mail) != "000000" else "111111"
    told = [said(talk, wrong)[-1] for _ in range(3)]
    assert told == ["utter_code_wrong", "utter_code_wrong", "utter_order_locked"]
    assert one(Order.state) == "confirmed"


def test_who_has_no_number_gets_in_by_mail(mail: MailServer) -> None:
    huda_buys_beds("shipped")
    talk = Talk("ar")
    talk("action_order_status", "order_status", "وين طلبي")
    assert said(talk, "ما عندي الرقم") == ["utter_ask_email_for_code"]
    assert said(talk, "huda@example.com", "nlu_fallback", PROOF[1]) == ["utter_ask_code_if_known"]
    assert said(talk, _code(mail)) == ["utter_order_shipped"]


def test_a_strange_address_gets_the_same_answer_and_no_mail(mail: MailServer) -> None:
    huda_buys_beds("shipped")
    talk = Talk()
    talk("action_order_status", "order_status", "where is my order")
    said(talk, "i don't have it")
    strange = entity("email", "nobody@example.com")
    assert said(talk, "nobody@example.com", "nlu_fallback", strange) == ["utter_ask_code_if_known"]
    assert not mail.messages
    assert said(talk, "123456") == ["utter_code_wrong"]


def test_a_mail_server_that_refuses_leads_to_a_person(mail: MailServer) -> None:
    huda_buys_beds("confirmed")
    mail.refuse = True
    assert Talk()("action_cancel_order", "cancel_order", "cancel it", *PROOF).response == "utter_code_not_sent"


def test_a_code_is_no_order_number(mail: MailServer) -> None:
    """Where order numbers have six digits, understanding takes a code for one."""
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    code = _code(mail)
    taken = entity("order_number", code)
    assert said(talk, code, "order_status", taken) == ["utter_cancel_confirm_paid"]


def test_a_contact_is_taken_for_proof_whatever_it_sounds_like(database: str) -> None:
    huda_buys_beds("shipped")
    talk = Talk("ar")
    talk("action_order_status", "order_status", "وين طلبي 1001", PROOF[0])
    text = "مش فاكر الايميل بس رقم تليفوني 0512345678"
    replies = talk.turn("action_leave_contact", "leave_contact", text, PHONE)
    assert replies[-1].response == "utter_order_shipped"


def test_the_latest_of_several_orders_is_the_newest(mail: MailServer) -> None:
    huda_buys_beds("shipped")
    with writing() as session:
        again = {"number": "#1002", "number_key": "1002", "customer_id": 1, "state": "shipped", "currency": "SAR"}
        session.add(Order(**again, placed_at=now(), total=Decimal("90")))
    talk = Talk()
    talk("action_order_status", "order_status", "where is my order, I lost the number")
    said(talk, "huda@example.com", "leave_contact", PROOF[1])
    assert said(talk, _code(mail)) == ["utter_which_order"]
    replies = talk.turn("action_default_fallback", "nlu_fallback", "the last one", entity("ordinal", -1))
    assert replies[-1].response == "utter_order_shipped" and "1002" in replies[-1].text


def test_after_a_miss_one_half_put_right_is_enough(database: str) -> None:
    huda_buys_beds("shipped")
    talk = Talk()
    wrong = entity("email", "hud@example.com")
    first = talk("action_order_status", "order_status", "where is 1001, hud@example.com", PROOF[0], wrong)
    assert first.response == "utter_order_not_matched"
    replies = talk.turn("action_leave_contact", "leave_contact", "ok it's huda@example.com", PROOF[1])
    assert replies[-1].response == "utter_order_shipped"
    talk = Talk()
    number = entity("order_number", "1010")
    talk("action_order_status", "order_status", "where is 1010, huda@example.com", number, PROOF[1])
    assert said(talk, "sorry, 1001", "order_status", PROOF[0]) == ["utter_order_shipped"]


@pytest.mark.parametrize("text", ["which one was wrong, the number or the email?", "ليش؟ وش الغلط، الرقم ولا الايميل؟"])
def test_which_half_was_wrong_is_never_told(database: str, text: str) -> None:
    huda_buys_beds("shipped")
    for number, contact in (("1001", "nobody@example.com"), ("9999", "huda@example.com")):
        talk = Talk()
        told = (entity("order_number", number), entity("email", contact))
        assert talk("action_order_status", "order_status", "where is it", *told).response == "utter_order_not_matched"
        replies = talk.turn("action_product_info", "product_info", text)
        assert [reply.response for reply in replies] == ["utter_order_which_half"]
        assert number not in replies[0].text and contact not in replies[0].text
