"""Collecting an order at a branch, and paying for one on the page of the shop's payment service."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.db.models import Allocation, Branch, Order, Reservation, Stock, Variant
from bot.db.session import reading, writing
from bot.dialogue import payloads
from tests.actions.talk import Reply, Talk, entity
from tests.shop.selling_samples import RULES, fill, selling

LINK = {
    "code": "online",
    "name": {"en": "Card, online", "ar": "بطاقة عبر الإنترنت"},
    "kind": "link",
    "words": ["online", "رابط"],
    "template": "https://pay.example/{number}?amount={amount}&currency={currency}&lang={language}",
}
DESK = {"code": "desk", "name": {"en": "Pay at the branch", "ar": "الدفع في الفرع"}, "kind": "at_branch"}


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling(payment=[*RULES["payment"], LINK, DESK], pickup={})


def _stock(branch: str) -> int:
    with reading() as session:
        query = select(Stock.quantity).join(Variant).join(Branch, Branch.id == Stock.branch_id)
        return int(session.execute(query.where(Variant.sku == "KT-1", Branch.code == branch)).scalar() or 0)


def _put(branch: str, pieces: int) -> None:
    with writing() as session:
        throw = session.execute(select(Variant.id).where(Variant.sku == "KT-1")).scalar_one()
        place = session.execute(select(Branch.id).where(Branch.code == branch)).scalar_one()
        row = session.execute(select(Stock).where(Stock.variant_id == throw, Stock.branch_id == place)).scalar()
        if row is None:
            session.add(Stock(variant_id=throw, branch_id=place, quantity=pieces))
        else:
            row.quantity = pieces


def _say(talk: Talk, text: str, intent: str = "nlu_fallback", *entities: dict[str, Any]) -> Reply:
    actions = {"affirm": "action_affirm", "deny": "action_deny", "nlu_fallback": "action_default_fallback"}
    confidence = 0.3 if intent == "nlu_fallback" else 0.9
    action = actions.get(intent, {"payment_methods": "action_policy"}.get(intent, f"action_{intent}"))
    return talk(action, intent, text, *entities, confidence=confidence)


def _press(talk: Talk, reply: Reply, label: str) -> Reply:
    button = next(button for button in reply.buttons if label in button["label"])
    read = payloads.read(button["payload"])
    found = [entity(name, value) for name, value in read.entities.items()]
    return talk(f"action_{read.intent}", read.intent, button["label"], *found, button=True)


def _start(language: str = "en", pieces: int = 2) -> tuple[Talk, Reply]:
    talk = Talk(language)
    fill(talk.id, "knit-throw", pieces)
    talk.slots["basket"] = pieces
    return talk, _say(talk, "checkout", "place_order")


@pytest.mark.parametrize(
    ("language", "wish", "collect"),
    [("en", "can I pick it up?", "Marina"), ("ar", "أستلمه بنفسي من الفرع", "Marina")],
)
def test_an_order_is_collected_where_its_pieces_are_kept(language: str, wish: str, collect: str) -> None:
    for branch, pieces in (("marina", 3), ("qasba", 5)):
        _put(branch, pieces)
    talk, asked = _start(language)
    assert asked.response == "utter_ask_city"
    asked = _say(talk, wish, "delivery_options")
    assert asked.response == "utter_ask_branch" and len(asked.buttons) == 2
    asked = _say(talk, "marina", "store_info", entity("branch", "marina", "marina"))
    assert asked.response == "utter_ask_pickup_name", "neither city nor street is asked for"
    with reading() as session:
        kept = session.execute(select(Branch.code, Reservation.quantity).join(Reservation)).one()
    assert tuple(kept) == ("marina", 2)
    _say(talk, "Sara K.")
    asked = _say(talk, "0501234567", "nlu_fallback", entity("phone", "+971501234567", "0501234567"))
    assert asked.response == "utter_ask_payment"
    assert len(asked.buttons) == 3, "no courier is paid"
    asked = _press(talk, asked, {"en": "branch", "ar": "الفرع"}[language])
    assert asked.response == "utter_ask_confirm_pickup" and collect in asked.text
    assert any(collect in row[2] for row in asked.rows)
    assert _say(talk, "yes", "affirm").response == "utter_order_placed"
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
        assert (order.delivery_method, order.pickup_branch.code, order.state) == ("pickup", "marina", "confirmed")
        assert order.delivery_cost == 0 and order.total == 120
        assert session.execute(select(Allocation.quantity)).scalar_one() == 2
    assert (_stock("marina"), _stock("qasba")) == (1, 5)


def test_a_branch_that_lacks_pieces_is_not_offered_and_delivery_is() -> None:
    for branch, pieces in (("marina", 1), ("qasba", 5)):
        _put(branch, pieces)
    talk, _ = _start()
    asked = _say(talk, "I'd rather pick it up at Marina", "delivery_options", entity("branch", "marina", "Marina"))
    assert asked.response == "utter_not_at_branch_but" and "Qasba" in asked.text
    assert _press(talk, asked, "Qasba").response == "utter_ask_pickup_name"
    asked = _say(talk, "no wait, deliver it please", "delivery_options")
    assert asked.response == "utter_ask_city"
    _put("marina", 5)
    assert _say(talk, "or no, I'll collect it", "delivery_options").response == "utter_ask_branch"
    assert _say(talk, "ok deliver it", "delivery_options").response == "utter_ask_city"
    assert _say(talk, "pick up", "delivery_options").response == "utter_ask_branch"
    assert _say(talk, "the one in qasba").response == "utter_ask_pickup_name"
    with reading() as session:
        assert session.execute(select(Reservation.quantity)).scalars().all()


def test_a_wish_to_collect_nothing_can_fulfil_is_said_at_once() -> None:
    for branch in ("marina", "qasba"):
        _put(branch, 1)
    talk, _ = _start()
    asked = _say(talk, "pick it up", "delivery_options")
    assert asked.response == "utter_no_branch_has_all"
    assert _press(talk, asked, "Deliver").response == "utter_ask_city"
    selling()
    _put("marina", 9)
    talk, _ = _start()
    assert _say(talk, "can I collect it?", "delivery_options").response == "utter_no_pickup"


@pytest.mark.parametrize(("language", "words"), [("en", "online please"), ("ar", "رابط دفع")])
def test_an_order_is_paid_on_the_page_of_the_payment_service(language: str, words: str) -> None:
    talk, _ = _start(language)
    _say(talk, "Dubai", "delivery_options", entity("city", "dubai-city", "Dubai"))
    _say(talk, "Marina Walk 5")
    _say(talk, "Sara K.")
    _say(talk, "0501234567", "nlu_fallback", entity("phone", "+971501234567", "0501234567"))
    assert _say(talk, words, "payment_methods").response == "utter_ask_confirm"
    done = _say(talk, "yes", "affirm")
    assert done.response == "utter_order_placed_to_pay"
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
    (link,) = (part["url"] for part in done.parts if part["type"] == "link")
    assert link == f"https://pay.example/{order.number}?amount=140.00&currency=AED&lang={language}"
    assert (order.state, order.payment_state) == ("pending", "pending")
