"""Matters of service, question by question: changes, returns, damage, warranty, complaints, accounts, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from bot.clock import now
from bot.db.models import (
    CheckBack,
    Customer,
    Feedback,
    Handoff,
    Order,
    OrderChange,
    OrderLine,
    Refund,
    ReturnCase,
    Satisfaction,
    Ticket,
    WarrantyClaim,
)
from bot.db.session import reading, writing
from bot.settings import settings
from bot.support import satisfaction
from tests.actions.talk import Reply, Talk, entity
from tests.smtp import MailServer
from tests.support.samples import huda_buys_beds

PROOF = (entity("order_number", "1001"), entity("email", "huda@example.com"))
PHONE = entity("phone", "+966512345678")


def said(talk: Talk, text: str, intent: str = "nlu_fallback", *entities: dict[str, Any]) -> list[str]:
    """Say something while a case is open; the responses."""
    action = {"affirm": "action_affirm", "deny": "action_deny"}.get(intent, "action_default_fallback")
    return [reply.response for reply in talk.turn(action, intent, text, *entities)]


def pressed(talk: Talk, value: str) -> list[Reply]:
    """Press a button that answers the open question."""
    return talk.turn("action_answer", "answer", value, entity("pick", value), button=True)


def one(column: Any) -> Any:
    """A single value of the database."""
    with reading() as session:
        return session.execute(select(column)).scalar()


def count(model: Any) -> int:
    """Rows of a table."""
    with reading() as session:
        return int(session.execute(select(func.count()).select_from(model)).scalar() or 0)


def prove_more(talk: Talk) -> list[str]:
    """Answer the question for the order's phone."""
    return said(talk, "0512345678", "nlu_fallback", PHONE)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_cancelling_needs_more_proof_is_confirmed_and_done_once(database: str, language: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk(language)
    reply = talk("action_cancel_order", "cancel_order", "cancel my order", *PROOF)
    assert reply.response == "utter_ask_other_phone"
    assert prove_more(talk) == ["utter_cancel_confirm_paid"]
    assert one(Order.state) == "confirmed"
    assert said(talk, "yes", "affirm") == ["utter_cancelled", "utter_ask_solved"]
    assert one(Order.state) == "cancelled"
    assert one(Refund.amount) == Decimal("920")
    assert said(talk, "yes", "affirm") == ["utter_ask_rating"]
    assert count(OrderChange) == count(Refund) == 1
    assert talk("action_cancel_order", "cancel_order", "cancel my order").response == "utter_change_cancelled"


def test_both_contacts_at_once_are_not_asked_for_again(database: str) -> None:
    huda_buys_beds("confirmed")
    reply = Talk()("action_cancel_order", "cancel_order", "cancel 1001, huda@example.com, 0512345678", *PROOF, PHONE)
    assert reply.response == "utter_cancel_confirm_paid"
    wrong = entity("phone", "+966500000001")
    reply = Talk()("action_cancel_order", "cancel_order", "cancel it", *PROOF, wrong)
    assert reply.response == "utter_other_contact_wrong"


def test_no_means_nothing_is_done(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    assert said(talk, "no", "deny") == ["utter_cancel_kept"]
    assert one(Order.state) == "confirmed" and count(OrderChange) == 0


@pytest.mark.parametrize(
    ("state", "response"),
    [
        ("processing", "utter_change_by_colleague"),
        ("shipped", "utter_change_sent"),
        ("delivered", "utter_change_delivered"),
        ("cancelled", "utter_change_cancelled"),
        ("returned", "utter_change_returned"),
    ],
)
def test_what_the_policy_does_not_allow_is_said_before_any_further_proof(
    database: str, state: str, response: str
) -> None:
    huda_buys_beds(state)
    assert Talk()("action_cancel_order", "cancel_order", "cancel it", *PROOF).response == response


def test_quantity_variant_removal_and_the_rest(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    reply = talk("action_change_order", "change_order", "i want to change the quantity", *PROOF)
    assert reply.response == "utter_change_which_line"
    assert said(talk, "the cloud pillow") == ["utter_change_how_many"]
    assert said(talk, "just one") == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_change_quantity_confirm"]
    assert said(talk, "ok", "affirm")[0] == "utter_changed"
    assert one(Order.total) == Decimal("470")
    talk.slots["case"] = None
    talk("action_change_order", "change_order", "another colour please")
    pressed(talk, str(_line("Cloud pillow")))
    assert [reply.response for reply in pressed(talk, "B-2")] == ["utter_change_variant_confirm"]
    assert said(talk, "yes", "affirm")[0] == "utter_change_dearer"  # it is paid: the rest must be collected
    assert one(Order.total) == Decimal("470")
    assert talk("action_change_order", "change_order", "postpone it to another day").response == "utter_change_other"


def _line(title: str) -> int:
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
        return int(next(line.id for line in order.lines if line.title["en"] == title))


def test_a_new_address_is_read_back_before_it_counts(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_change_address", "change_address", "wrong address", *PROOF)
    assert prove_more(talk) == ["utter_ask_address"]
    replies = talk.turn("action_store_info", "store_info", "12 Palm Street, Al Olaya, Riyadh", confidence=0.7)
    assert replies[-1].response == "utter_address_confirm" and "12 Palm Street" in replies[-1].text
    assert said(talk, "yes", "affirm")[0] == "utter_address_changed"
    assert one(Order.shipping_address)["line1"] == "12 Palm Street, Al Olaya, Riyadh"
    assert one(Order.shipping_address)["name"] == "Huda"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_return_from_reason_to_label(database: str, language: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk(language)
    reply = talk("action_return_item", "return_item", "i want to return it", *PROOF)
    assert reply.response == "utter_return_which"
    assert [reply.response for reply in pressed(talk, str(_line("Cloud pillow")))] == ["utter_return_why"]
    assert said(talk, "it is too small" if language == "en" else "صغيرة علي") == ["utter_return_how_many"]
    assert said(talk, "1" if language == "en" else "واحدة") == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_return_confirm"]
    replies = talk.turn("action_affirm", "affirm", "yes")
    assert [reply.response for reply in replies] == ["utter_return_opened", "utter_ask_solved"]
    assert "/service/label/" in replies[0].parts[0]["url"]
    assert one(ReturnCase.amount) == Decimal("430")  # 450 less the collection
    assert one(Refund.state) == "pending"
    assert talk("action_refund_status", "refund_status", "where is my money").response == "utter_refund_pending"


@pytest.mark.parametrize(
    "named", [entity("product", "duvet"), entity("category", "bedding-duvets"), entity("brand", "downy")]
)
def test_a_piece_is_named_by_product_category_or_brand(database: str, named: dict[str, Any]) -> None:
    huda_buys_beds("delivered")
    talk = Talk("ar")
    talk("action_return_item", "return_item", "أبي أرجع قطعة", *PROOF)
    assert said(talk, "اللحاف", "troubleshoot_product", named)[0] == "utter_return_why"
    # Or at once, with the need.
    talk = Talk("ar")
    replies = talk.turn("action_return_item", "return_item", "أبي أرجع اللحاف", *PROOF, named)
    assert replies[-1].response == "utter_return_why"


@pytest.mark.parametrize("text", ["you know what, forget it", "خلاص انسى الموضوع"])
def test_a_matter_is_dropped_when_the_customer_drops_it(database: str, text: str) -> None:
    talk = Talk()
    talk("action_complaint", "complaint", "I have a complaint")
    assert said(talk, text) == ["utter_case_left"]
    talk("action_order_status", "order_status", "where is my order")
    assert said(talk, text) == ["utter_case_left"]


def test_a_message_sent_twice_opens_one_return(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "return the duvet, i changed my mind", *PROOF)
    pressed(talk, str(_line("Down duvet")))
    assert said(talk, "still sealed") == ["utter_ask_other_phone"]
    prove_more(talk)
    kept = dict(talk.slots)
    assert said(talk, "yes", "affirm")[0] == "utter_return_opened"
    talk.slots, talk.message_id = kept, talk.message_id - 1  # the gateway died: the turn is run again
    assert said(talk, "yes", "affirm")[0] == "utter_return_opened"
    talk.slots["judged"] = True
    said(talk, "yes", "affirm")  # and the customer says it once more
    assert count(ReturnCase) == 1


def test_what_may_not_come_back_is_told_with_the_reason(database: str) -> None:
    huda_buys_beds("delivered", arrived_days_ago=20)
    talk = Talk()
    replies = talk.turn("action_return_item", "return_item", "return it", *PROOF)
    assert [reply.response for reply in replies] == ["utter_return_lines", "utter_return_exception"]
    assert all("time is up" in row[1] for row in replies[0].rows)
    assert talk.slots["question"]["kind"] == "handoff" and not talk.slots.get("case")
    with writing() as session:
        session.execute(delete(OrderLine).where(OrderLine.sku == "D-1"))
    replies = Talk().turn("action_return_item", "return_item", "return it", *PROOF)
    assert [reply.response for reply in replies] == ["utter_return_too_late", "utter_return_exception"]


def test_an_opened_duvet_is_excluded_and_a_closed_one_is_not(database: str) -> None:
    huda_buys_beds("delivered")
    for condition, response in (("it is opened", "utter_return_excluded_opened"), ("sealed", "utter_ask_other_phone")):
        talk = Talk()
        talk("action_return_item", "return_item", "return the duvet, i changed my mind", *PROOF)
        pressed(talk, str(_line("Down duvet")))
        assert said(talk, condition)[0] == response


def test_an_exchange_names_the_difference(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "exchange_item", "exchange the pillow, wrong size", *PROOF)
    pressed(talk, str(_line("Cloud pillow")))
    assert said(talk, "sealed") == ["utter_exchange_for_which"]
    assert [r.response for r in pressed(talk, "B-2")] == ["utter_return_how_many"]
    said(talk, "1")
    replies = talk.turn("action_default_fallback", "nlu_fallback", "0512345678", PHONE)
    assert replies[-1].response == "utter_exchange_confirm" and "30" in replies[-1].text
    assert said(talk, "yes", "affirm")[0] == "utter_exchange_opened"
    assert one(ReturnCase.amount) == Decimal("-30")


def test_money_back_for_what_has_not_left_is_a_cancellation(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    replies = talk.turn("action_return_item", "refund_request", "i want my money back", *PROOF)
    assert [reply.response for reply in replies] == ["utter_refund_by_cancelling", "utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_cancel_confirm_paid"]


def test_a_damaged_piece_is_replaced(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_damaged_or_wrong_item", "damaged_or_wrong_item", "the pillow arrived torn", *PROOF)
    reply = pressed(talk, str(_line("Cloud pillow")))[-1]
    assert reply.response == "utter_damage_photo"
    assert "/service/photos/" in reply.parts[0]["url"]
    assert said(talk, "no", "deny") == ["utter_damage_offer"]
    assert said(talk, "a new one please") == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_damage_confirm_new"]
    assert said(talk, "yes", "affirm")[0] == "utter_damage_new_on_its_way"
    assert one(ReturnCase.kind) == "replacement"


def test_a_missing_part_goes_to_a_colleague_with_number_and_time(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_damaged_or_wrong_item", "damaged_or_wrong_item", "a part is missing", *PROOF)
    pressed(talk, str(_line("Cloud pillow")))
    reply = talk.turn("action_deny", "deny", "no photo")[0]
    assert reply.response == "utter_damage_ticket" and str(one(Ticket.number)) in reply.text
    assert one(Ticket.due_at) > now()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_warranty_claim_and_its_state_afterwards(database: str, language: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk(language)
    talk("action_warranty", "warranty_info", "is my pillow still under warranty", *PROOF)
    assert [r.response for r in pressed(talk, str(_line("Cloud pillow")))] == ["utter_warranty_covered"]
    assert said(talk, "yes", "affirm") == ["utter_ask_serial"]
    assert said(talk, "don't know") == ["utter_ask_fault"]
    answer = talk.turn("action_troubleshoot", "troubleshoot_product", "the seam has come open", confidence=0.9)
    assert answer[0].response == "utter_claim_opened"
    assert one(WarrantyClaim.description) == "the seam has come open"
    assert one(WarrantyClaim.serial_number) == ""
    talk.slots["case"] = None
    talk("action_warranty", "warranty_info", "what about my claim", entity("order_number", "1001"))
    assert [r.response for r in pressed(talk, str(_line("Cloud pillow")))] == ["utter_claim_open"]


def test_a_complaint_is_heard_first(database: str) -> None:
    huda_buys_beds("shipped", expected_days=-3)
    talk = Talk()
    talk("action_order_status", "order_status", "where is it", *PROOF)
    assert talk("action_complaint", "complaint", "I have a complaint").response == "utter_complaint_listen"
    replies = talk.turn("action_order_status", "order_status", "my order is three days late and nobody calls back")
    assert [reply.response for reply in replies] == ["utter_heard_late", "utter_complaint_wish"]
    replies = talk.turn("action_default_fallback", "nlu_fallback", "an answer, and something for the trouble")
    told = [reply.response for reply in replies]
    assert told == ["utter_complaint_ticket", "utter_goodwill_delivery", "utter_offer_check_back"]
    with reading() as session:
        ticket = session.execute(select(Ticket)).scalar_one()
        assert (ticket.cause, ticket.goodwill) == ("late_delivery", Decimal("20"))
        assert ticket.wish == "an answer, and something for the trouble" and ticket.reasons
        assert session.execute(select(Refund.reason)).scalar_one() == "goodwill"


@pytest.mark.parametrize(
    ("text", "response", "reason"),
    [
        ("your kettle burned my hand", "utter_urgent_injury", "injury"),
        ("you will hear from my lawyer", "utter_urgent_legal", "legal"),
        ("راح افضحكم في تويتر", "utter_urgent_public", "public"),
        ("you are liars and thieves, worst shop ever", "utter_urgent_anger", "anger"),
    ],
)
def test_what_is_urgent_goes_to_a_person_at_once(database: str, text: str, response: str, reason: str) -> None:
    talk = Talk()
    replies = talk.turn("action_product_search", "product_search", text, confidence=0.5)
    assert [reply.response for reply in replies] == [response, "utter_handoff"]
    with reading() as session:
        handoff = session.execute(select(Handoff)).scalar_one()
        ticket = session.execute(select(Ticket)).scalar_one()
    assert handoff.reason == reason and ticket.severity >= 3 and ticket.due_at < now() + timedelta(hours=9)
    assert str(ticket.number) in replies[0].text


def test_urgent_matters_pass_an_open_question(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    assert said(talk, "I am talking to my lawyer now")[0] == "utter_urgent_legal"


def test_anger_grows_and_cools(database: str) -> None:
    talk = Talk()
    talk("action_thanks", "complaint", "this is annoying")
    talk("action_greet", "greet", "hello")
    assert not talk.slots.get("mood")
    talk("action_greet", "greet", "this is the worst service")
    assert talk.turn("action_greet", "greet", "you liars")[0].response == "utter_urgent_anger"


def test_a_chair_after_an_injury_is_no_emergency(database: str) -> None:
    reply = Talk().turn("action_affirm", "product_recommendation", "a chair, i got injured at work", confidence=0.9)
    assert all(not one.response.startswith("utter_urgent") for one in reply)


def test_not_solved_is_reopened_with_a_person(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    said(talk, "yes", "affirm")
    assert said(talk, "no", "deny") == ["utter_not_solved"]
    assert one(Satisfaction.solved) is False
    assert said(talk, "yes", "affirm") == ["utter_handoff"]


def test_no_thanks_is_no_complaint(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    said(talk, "yes", "affirm")
    assert said(talk, "no thanks", "deny") == ["utter_no_check_back"]
    assert count(Satisfaction) == 0


def test_a_ticket_is_reopened_when_it_was_not_solved(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_payment_problem", "payment_problem", "charged twice", *PROOF)
    said(talk, "yes", "affirm")
    talk.slots["case"] = None
    with reading() as session:
        due = session.execute(select(Ticket.due_at)).scalar_one()
    talk("action_cancel_order", "cancel_order", "cancel it then")
    prove_more(talk)
    said(talk, "yes", "affirm")
    assert said(talk, "no", "deny") == ["utter_ticket_reopened", "utter_not_solved"]
    assert one(Ticket.state) == "reopened" and one(Ticket.due_at) < due


def test_stars_and_a_word_are_kept(database: str) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    said(talk, "yes", "affirm")
    said(talk, "yes", "affirm")
    assert said(talk, "٤") == ["utter_ask_word"]
    assert said(talk, "quick and painless") == ["utter_rated"]
    with reading() as session:
        row = session.execute(select(Satisfaction)).scalar_one()
    assert (row.solved, row.rating, row.word) == (True, 4, "quick and painless")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("you should add gift wrapping to the site", "idea"), ("خدمتكم ممتازة وأنصح فيكم الكل", "praise")],
)
def test_feedback_is_kept_by_kind(database: str, text: str, kind: str) -> None:
    Talk()("action_give_feedback", "give_feedback", text)
    assert one(Feedback.kind) == kind
    with reading() as session:
        assert satisfaction.counted(session) == {kind: 1}


def test_two_matters_one_after_the_other(database: str) -> None:
    """A second need puts the first aside, and the first is taken up when the second is done."""
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "i want to send something back", *PROOF)
    assert talk.slots["case"]["asked"] == "line"
    replies = talk.turn("action_invoice", "invoice_request", "first i need the invoice")
    assert [reply.response for reply in replies] == ["utter_invoice", "utter_back_to", "utter_return_which"]


def test_the_language_changed_in_the_middle_asks_again(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "i want to send something back", *PROOF)
    replies = talk.turn("action_change_language", "change_language", "عربي لو سمحت", entity("language", "ar"))
    assert [reply.response for reply in replies] == ["utter_language_changed_on", "utter_return_which"]
    assert "قطعة" in replies[-1].text


@pytest.mark.parametrize(
    ("text", "intent", "done"),
    [
        ("yes but leave the chair", "change_order", False),
        ("no wait, i want to keep it", "return_item", False),
        ("yes", "nlu_fallback", True),
    ],
)
def test_only_a_plain_yes_has_things_done(database: str, text: str, intent: str, done: bool) -> None:
    huda_buys_beds("confirmed")
    talk = Talk()
    talk("action_cancel_order", "cancel_order", "cancel it", *PROOF)
    prove_more(talk)
    talk.turn("action_default_fallback", intent, text, confidence=0.9)
    assert (one(Order.state) == "cancelled") == done


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


def test_a_button_of_a_matter_that_is_over_does_nothing(database: str) -> None:
    assert [reply.response for reply in pressed(Talk(), "quantity")] == ["utter_nothing_open"]


@pytest.mark.parametrize(
    ("state", "response"),
    [("paid", "utter_payment_paid"), ("pending", "utter_payment_pending"), ("failed", "utter_payment_failed")],
)
def test_a_payment_is_explained_and_looked_into(database: str, state: str, response: str) -> None:
    huda_buys_beds("confirmed")
    with writing() as session:
        session.execute(update(Order).values(payment_state=state))
    talk = Talk()
    replies = talk.turn("action_payment_problem", "payment_problem", "charged twice", *PROOF)
    assert [reply.response for reply in replies] == [response, "utter_payment_look"]
    assert said(talk, "yes", "affirm")[0] == "utter_payment_ticket"


def test_account_pages_and_their_absence(database: str) -> None:
    reply = Talk()("action_account_access", "account_access", "forgot my password")
    assert reply.response == "utter_account_by_colleague"
    huda_buys_beds("confirmed")
    reply = Talk()("action_account_access", "account_access", "forgot my password")
    assert reply.response == "utter_account_reset" and reply.parts[0]["url"].startswith("https://")
    hacked = Talk().turn("action_account_access", "account_access", "somebody hacked my account")
    assert [reply.response for reply in hacked] == ["utter_account_hacked", "utter_handoff"]


def test_my_data_takes_proof_and_comes_as_a_link(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    replies = talk.turn("action_account_manage", "account_manage", "send me a copy of my data", *PROOF)
    assert [reply.response for reply in replies] == ["utter_account_prove", "utter_ask_other_phone"]
    replies = talk.turn("action_default_fallback", "nlu_fallback", "0512345678", PHONE)
    assert "/service/data/" in replies[0].parts[0]["url"]


def test_erasing_is_confirmed_and_has_a_receipt(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk("ar")
    talk("action_account_manage", "account_manage", "احذفوا بياناتي", *PROOF)
    assert prove_more(talk) == ["utter_erase_confirm"]
    assert count(Customer) == 1
    reply = talk.turn("action_affirm", "affirm", "نعم")[0]
    assert reply.response == "utter_erased" and "E-1001" in reply.text
    assert count(Customer) == 0
    assert one(Order.email) is None and one(Order.shipping_address) == {}


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


def test_the_check_back_is_kept(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_order_status", "delivery_problem", "not here", *PROOF)
    said(talk, "yes", "affirm")
    said(talk, "yes", "affirm")
    assert one(CheckBack.due_at) > now() + timedelta(days=2)
