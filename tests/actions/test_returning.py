"""What comes back: returns, exchanges, refunds, damaged pieces, and the warranty."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.clock import moved_by, now
from bot.db.models import (
    CatalogueVersion,
    Order,
    OrderLine,
    Payment,
    Refund,
    ReturnCase,
    Stock,
    Ticket,
    Variant,
    WarrantyClaim,
)
from bot.db.session import writing
from bot.support import returns
from tests.actions.service import PHONE, PROOF, count, line_of, one, pressed, prove_more, said
from tests.actions.talk import Talk, entity
from tests.support.samples import huda_buys_beds


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_return_from_reason_to_label(database: str, language: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk(language)
    reply = talk("action_return_item", "return_item", "i want to return it", *PROOF)
    assert reply.response == "utter_return_which"
    assert [reply.response for reply in pressed(talk, str(line_of("Cloud pillow")))] == ["utter_return_why"]
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


def test_a_message_sent_twice_opens_one_return(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "return the duvet, i changed my mind", *PROOF)
    pressed(talk, str(line_of("Down duvet")))
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
        pressed(talk, str(line_of("Down duvet")))
        assert said(talk, condition)[0] == response


def test_an_exchange_names_the_difference(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "exchange_item", "exchange the pillow, wrong size", *PROOF)
    pressed(talk, str(line_of("Cloud pillow")))
    assert said(talk, "sealed") == ["utter_exchange_for_which"]
    assert [r.response for r in pressed(talk, "B-2")] == ["utter_return_how_many"]
    said(talk, "1")
    replies = talk.turn("action_default_fallback", "nlu_fallback", "0512345678", PHONE)
    assert replies[-1].response == "utter_exchange_confirm" and "30" in replies[-1].text
    assert said(talk, "yes", "affirm")[0] == "utter_exchange_opened"
    assert one(ReturnCase.amount) == Decimal("-30")


@pytest.mark.parametrize(
    ("language", "kind", "text"),
    [
        ("en", "return", "what's happening with my return?"),
        ("ar", "return", "وش صار على المرتجع"),
        ("en", "exchange", "where is my exchange"),
        ("ar", "exchange", "وين وصل الاستبدال؟"),
    ],
)
def test_what_became_of_a_return_is_told_and_no_second_one_begun(
    database: str, language: str, kind: str, text: str
) -> None:
    huda_buys_beds("delivered")
    intent = "exchange_item" if kind == "exchange" else "return_item"
    talk = Talk(language)
    assert talk("action_return_item", intent, text, *PROOF).response == "utter_return_which"  # there is none yet
    _send_back(kind)
    assert Talk(language)("action_return_item", intent, text, *PROOF).response == f"utter_{kind}_awaited"
    assert returns.book_in(str(one(ReturnCase.number)))
    here = Talk(language)("action_return_item", intent, text, *PROOF).response
    assert here == ("utter_exchange_came" if kind == "exchange" else "utter_refund_pending")
    assert count(ReturnCase) == 1


def _send_back(kind: str) -> None:
    talk = Talk()
    if kind == "exchange":
        talk("action_return_item", "exchange_item", "exchange the pillow, wrong size", *PROOF)
    else:
        talk("action_return_item", "return_item", "i want to return it, i changed my mind", *PROOF)
    pressed(talk, str(line_of("Cloud pillow")))
    said(talk, "sealed")
    if kind == "exchange":
        pressed(talk, "B-2")
    said(talk, "1")
    prove_more(talk)
    said(talk, "yes", "affirm")


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
    reply = pressed(talk, str(line_of("Cloud pillow")))[-1]
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
    reply = pressed(talk, str(line_of("Cloud pillow")))[0]  # there is nothing to take a photo of
    assert reply.response == "utter_damage_ticket" and str(one(Ticket.number)) in reply.text
    assert one(Ticket.due_at) > now()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_warranty_claim_and_its_state_afterwards(database: str, language: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk(language)
    talk("action_warranty", "warranty_info", "is my pillow still under warranty", *PROOF)
    assert [r.response for r in pressed(talk, str(line_of("Cloud pillow")))] == ["utter_warranty_covered"]
    assert said(talk, "yes", "affirm") == ["utter_ask_serial"]
    assert said(talk, "don't know") == ["utter_ask_fault"]
    answer = talk.turn("action_troubleshoot", "troubleshoot_product", "the seam has come open", confidence=0.9)
    assert answer[0].response == "utter_claim_opened"
    assert one(WarrantyClaim.description) == "the seam has come open"
    assert one(WarrantyClaim.serial_number) == ""
    talk.slots["case"] = None
    told = talk("action_warranty", "warranty_info", "what about my claim", entity("order_number", "1001"))
    assert told.response == "utter_claim_open"  # of its pieces, the one with the claim is meant
    # Asked after in words that sound like another need.
    talk.slots["case"] = None
    again = "وش صار على المطالبة؟" if language == "ar" else "any news on the claim?"
    assert talk("action_refund_status", "refund_status", again).response == "utter_claim_open"


def test_after_the_terms_ones_own_purchase_is_looked_up(database: str) -> None:
    for text, intent, told in (("I bought it, order 1001", "order_status", PROOF[:1]), ("yes", "affirm", ())):
        if told:
            huda_buys_beds("delivered")
        talk = Talk()
        talk("action_warranty", "warranty_info", "do pillows have a warranty")
        action = "action_affirm" if intent == "affirm" else "action_order_status"
        response = talk(action, intent, text, *told).response
        assert response == ("utter_ask_order_contact" if told else "utter_ask_order_number")
        assert talk.slots["case"]["kind"] == "warranty_info"


def test_another_colour_wanted_is_an_exchange_and_no_fault(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk("ar")
    talk("action_return_item", "exchange_item", "ابغى ابدل المخدة بلون ثاني", *PROOF)
    assert [r.response for r in pressed(talk, str(line_of("Cloud pillow")))] == ["utter_return_condition"]
    assert said(talk, "لا", "deny") == ["utter_exchange_for_which"]
    # An attribute of one of the choices is that choice, whatever the words sound like.
    sand = entity("attribute", {"code": "color", "value": "Sand"})
    assert said(talk, "الرملي", "product_search", sand) == ["utter_return_how_many"]
    assert said(talk, "حبة وحدة") == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_exchange_confirm"]
    assert said(talk, "ايه", "affirm")[0] == "utter_exchange_opened"
    assert one(ReturnCase.new_sku) == "B-2" and one(ReturnCase.our_fault) is False


@pytest.mark.parametrize(("text", "reason"), [("yes", "utter_return_excluded_opened"), ("no", "utter_ask_other_phone")])
def test_yes_and_no_say_whether_it_was_opened(database: str, text: str, reason: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "return the duvet, i changed my mind", *PROOF)
    assert [r.response for r in pressed(talk, str(line_of("Down duvet")))] == ["utter_return_condition"]
    assert said(talk, text, "affirm" if text == "yes" else "deny")[0] == reason


@pytest.mark.parametrize("text", ["I ordered two, got only one", "العلبة وصلت فاضية", "انا طالب اتنين وجالي واحد بس"])
def test_less_than_was_ordered_is_told_to_a_colleague(database: str, text: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk("ar")
    talk.turn("action_default_fallback", "nlu_fallback", text, *PROOF, confidence=0.3)
    assert pressed(talk, str(line_of("Cloud pillow")))[0].response == "utter_damage_ticket"


def test_the_one_that_was_ordered_is_wanted_instead_of_a_photo(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_damaged_or_wrong_item", "damaged_or_wrong_item", "wrong colour came", *PROOF)
    assert [r.response for r in pressed(talk, str(line_of("Cloud pillow")))] == ["utter_damage_photo"]
    assert said(talk, "I want the right one", "product_search") == ["utter_ask_other_phone"]
    assert prove_more(talk) == ["utter_damage_confirm_new"]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_money_that_went_back_and_does_not_show_is_traced(database: str, language: str) -> None:
    huda_buys_beds("refunded")
    with writing() as session:
        order_id = session.execute(select(Order.id)).scalar_one()
        paid_at = now() - timedelta(days=3)
        session.add(Payment(order_id=order_id, method="card", amount=Decimal("920"), state="refunded", paid_at=paid_at))
    talk = Talk(language)
    text = "it says refunded but i see no money" if language == "en" else "مكتوب تم الاسترداد وما وصلني شي"
    replies = talk.turn("action_refund_status", "refund_status", text, *PROOF)
    assert [reply.response for reply in replies] == ["utter_refund_went", "utter_refund_trace"]
    assert "920" in replies[0].text
    again = "still nothing after two weeks" if language == "en" else "لسه ما وصل"
    assert said(talk, again, "order_status")[0] == "utter_refund_traced"
    assert one(Ticket.topic) == "refund_status"


def test_money_that_went_back_is_waited_for(database: str) -> None:
    huda_buys_beds("refunded")
    with writing() as session:
        order_id = session.execute(select(Order.id)).scalar_one()
        session.add(Payment(order_id=order_id, method="card", amount=Decimal("920"), state="refunded"))
    talk = Talk()
    replies = talk.turn("action_refund_status", "refund_status", "where is my refund", *PROOF)
    assert [reply.response for reply in replies] == ["utter_refund_sent", "utter_refund_trace"]
    assert said(talk, "no", "deny") == ["utter_refund_wait"]
    assert count(Ticket) == 0


def test_a_refund_asked_after_again_is_the_ticket_there_is(database: str) -> None:
    huda_buys_beds("refunded")
    with writing() as session:
        order_id = session.execute(select(Order.id)).scalar_one()
        session.add(Payment(order_id=order_id, method="card", amount=Decimal("920"), state="refunded"))
    talk = Talk()
    talk.slots["judged"] = True
    talk("action_refund_status", "refund_status", "where is my refund", *PROOF)
    assert said(talk, "yes", "affirm")[0] == "utter_refund_traced"
    again = talk.turn("action_refund_status", "refund_status", "the refund still has not arrived!!")
    assert [reply.response for reply in again] == ["utter_ticket_open"]
    assert talk.slots["question"]["kind"] == "handoff" and count(Ticket) == 1
    with moved_by(timedelta(days=9)):
        late = Talk().turn("action_refund_status", "refund_status", "still no refund", *PROOF)
    assert [reply.response for reply in late] == ["utter_refund_sent", "utter_ticket_overdue"]
    assert count(Ticket) == 1


@pytest.mark.parametrize("text", ["no wait I want to keep it", "لا خلاص بخليه عندي"])
def test_what_is_kept_after_all_is_not_returned(database: str, text: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "return_item", "return the duvet", *PROOF, entity("product", "duvet"))
    replies = talk.turn("action_default_fallback", "sales_objection", text, confidence=0.8)
    assert [reply.response for reply in replies] == ["utter_case_left"]
    assert not talk.slots.get("case") and count(ReturnCase) == 0


def test_a_chosen_variant_that_sold_out_is_not_replaced_by_another(database: str) -> None:
    huda_buys_beds("delivered")
    talk = Talk()
    talk("action_return_item", "exchange_item", "exchange the pillow, wrong size", *PROOF)
    pressed(talk, str(line_of("Cloud pillow")))
    said(talk, "sealed")
    pressed(talk, "B-2")
    said(talk, "1")
    assert prove_more(talk) == ["utter_exchange_confirm"]
    with writing() as session:
        sold_out = session.execute(select(Variant).where(Variant.sku == "B-2")).scalar_one()
        sold_out.track_stock = True
        session.execute(delete(Stock).where(Stock.variant_id == sold_out.id))
        third = Variant(sku="B-3", options={"color": "green"}, price=Decimal("480"), track_stock=False)
        third.product_id = sold_out.product_id
        session.add(third)
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    assert said(talk, "yes", "affirm")[0] == "utter_variant_gone"
    assert count(ReturnCase) == 0
