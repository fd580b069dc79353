"""Refusals, corrections and matters in between while an order is taken. Every step said by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from bot.db.models import Order
from bot.db.session import reading
from bot.shop import basket
from bot.shop.basket import View
from bot.shop.selling_words import told_of
from tests.actions.talk import Reply, Talk, entity
from tests.actions.test_selling import _order as say
from tests.shop.selling_samples import coupon, selling

FALLBACK = "nlu_fallback"


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling()


def _view(talk: Talk) -> View:
    with reading() as session:
        found = basket.view(session, talk.id)
    assert found is not None
    return found


def _ordering(language: str = "en") -> Talk:
    """A talk in which the street of an order is asked for."""
    talk = Talk(language)
    say(talk, "I want the throw", entity("product", "knit-throw", "throw"))
    say(talk, "Dubai", entity("city", "dubai-city", "Dubai"), intent="delivery_options")
    return talk


def _whole(talk: Talk) -> Reply:
    """Everything told, so that only the yes is missing."""
    say(talk, "Marina Walk 5", intent=FALLBACK)
    say(talk, "Sara K", intent=FALLBACK)
    say(talk, "0501234567", entity("phone", "+971501234567", "0501234567"), intent=FALLBACK)
    return say(talk, "cash", intent="payment_methods")


@pytest.mark.parametrize(
    ("language", "why", "refusal"),
    [("en", "why do you need my address", "I'd rather not"), ("ar", "ليش تحتاج عنواني؟", "ما ابغى اعطيك عنواني")],
)
def test_who_asks_why_or_refuses_is_told_why_once_and_then_left(language: str, why: str, refusal: str) -> None:
    talk = _ordering(language)
    assert say(talk, why, intent="store_info").response == "utter_why_address"
    assert "address" not in _view(talk).buyer and talk.slots["checkout"]["asking"] == "address"
    assert say(talk, refusal, intent=FALLBACK).response == "utter_checkout_left"
    assert say(talk, "checkout").response == "utter_ask_address_in"
    assert say(talk, refusal, intent=FALLBACK).response == "utter_why_address"
    assert say(talk, "Marina Walk 5", intent=FALLBACK).response == "utter_ask_parcel_name"
    assert say(talk, "no", intent="deny").response == "utter_why_name"
    assert say(talk, "Sara K", intent=FALLBACK).response == "utter_ask_courier_phone"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("sorry the name is Mona Ali", "name", "Mona Ali"),
        ("الاسم غلط، الصحيح منى علي", "name", "منى علي"),
        ("wait, my address is wrong, it should be Creek Street 9", "address", "Creek Street 9"),
        ("لا، غير العنوان الى شارع الخليج ٩", "address", "شارع الخليج ٩"),
        ("Creek Road 9, building 2", "address", "Creek Road 9, building 2"),
    ],
)
def test_what_was_told_is_put_right_at_the_end(text: str, field: str, value: str) -> None:
    talk = _ordering()
    assert _whole(talk).response == "utter_ask_confirm"
    before = _view(talk).buyer
    assert say(talk, text, intent="change_address").response == "utter_ask_confirm"
    after = _view(talk).buyer
    assert after[field] == value
    assert {**after, field: ""} == {**before, field: ""}
    assert say(talk, "yes", intent="affirm").response == "utter_order_placed"
    with reading() as session:
        assert len(session.execute(select(Order)).scalars().all()) == 1


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("can I change the name?", "utter_ask_parcel_name"),
        ("غير العنوان", "utter_ask_address_in"),
        ("my phone number is wrong", "utter_ask_courier_phone"),
        ("I want to change the payment method", "utter_ask_payment"),
    ],
)
def test_what_is_only_called_wrong_is_asked_anew(text: str, asked: str) -> None:
    talk = _ordering()
    _whole(talk)
    assert say(talk, text, intent=FALLBACK).response == asked
    assert say(talk, "yes", intent="affirm").response == asked  # nothing is ordered by a yes to something else


def test_everything_in_one_message_is_taken_apart() -> None:
    talk = Talk()
    say(talk, "I want the throw", entity("product", "knit-throw", "throw"))
    text = "Sara K, Makkah Road 12, Marina, Dubai, 0501234567, cash"
    said = say(
        talk,
        text,
        entity("city", "makkah", "Makkah"),
        entity("city", "dubai-city", "Dubai"),
        entity("phone", "+971501234567", "0501234567"),
        intent="leave_contact",
    )
    assert said.response == "utter_ask_confirm"
    buyer = _view(talk).buyer
    assert (buyer["name"], buyer["address"], buyer["city"]) == ("Sara K", "Makkah Road 12, Marina", "dubai-city")


def test_a_name_is_no_address_and_ok_is_no_name() -> None:
    talk = _ordering()
    assert say(talk, "Sara Ahmed", intent=FALLBACK).response == "utter_address_short"
    say(talk, "Marina Walk 5", intent=FALLBACK)
    said = talk.turn("action_place_order", "place_order", "ok order", confidence=0.6)
    assert "name" not in _view(talk).buyer and said[-1].response == "utter_ask_parcel_name"


def test_a_city_nobody_delivers_to_changes_nothing() -> None:
    talk = _ordering()
    _whole(talk)
    assert say(talk, "change the city to London", intent="out_of_scope").response == "utter_city_not_served"
    assert _view(talk).buyer["city"] == "dubai-city" and _view(talk).buyer["address"] == "Marina Walk 5"


def test_a_coupon_is_used_and_taken_off_in_the_middle() -> None:
    coupon("TEN", percent=Decimal(10))
    talk = _ordering()
    full = _view(talk).totals.total
    used = talk.turn("action_default_fallback", FALLBACK, "TEN", confidence=0.3)
    assert [reply.response for reply in used] == ["utter_coupon_used", "utter_ask_address_in"]
    assert _view(talk).totals.total < full
    off = talk.turn("action_ask_discount", "ask_discount", "actually cancel the coupon")
    assert [reply.response for reply in off] == ["utter_coupon_taken_off", "utter_ask_address_in"]
    assert _view(talk).totals.total == full and talk.slots["checkout"]["asking"] == "address"


def test_a_coupon_is_taken_off_a_basket() -> None:
    coupon("TEN", percent=Decimal(10))
    talk = Talk("ar")
    say(talk, "add the throw", entity("product", "knit-throw", "throw"))
    say(talk, "TEN", intent=FALLBACK)
    talk.slots["checkout"] = None
    assert _view(talk).coupon == "TEN"
    assert talk("action_ask_discount", "ask_discount", "شيل الكوبون").response == "utter_coupon_taken_off"
    assert _view(talk).coupon is None


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("name", "the name's wrong", ""),
        ("address", "what is the address of your shop", None),
        ("name", "show me chairs", None),
        ("city", "غير المدينة", ""),
    ],
)
def test_what_a_message_tells_of_a_field(field: str, text: str, told: str | None) -> None:
    assert told_of(field, text) == told


def test_choices_made_are_kept_when_fewer_are_left_than_wished() -> None:
    talk = Talk()
    size = entity("attribute", {"code": "size", "value": "160"}, "160")
    cloud = entity("product", "cloud-plus", "cloud")
    offer = talk("action_place_order", "place_order", "15 of the cloud in 160", cloud, size, entity("quantity", 15))
    assert offer.response == "utter_only_left"
    again = talk("action_place_order", "place_order", "then I'll take it", entity("quantity", 2))
    assert again.response == "utter_ask_city", "the size is not asked again"
    assert _view(talk).pieces == 2 and talk.slots["configuration"] is None


@pytest.mark.parametrize("text", ["no wait make it two", "خليها حبتين"])
def test_another_number_of_pieces_is_heard_at_the_last_question(text: str) -> None:
    talk = _ordering()
    _whole(talk)
    assert say(talk, text, intent="delivery_time").response.startswith("utter_ask_confirm")
    assert [entry.quantity for entry in _view(talk).entries] == [2]


def test_yes_orders_nothing_right_after_matters_in_between() -> None:
    talk = _ordering()
    _whole(talk)
    for _ in range(2):  # the first time it is said that the order only needs a yes
        talk("action_store_info", "store_info", "when do you open")
    assert say(talk, "yes", intent="affirm").response == "utter_ask_confirm"
    assert say(talk, "yes", intent="affirm").response.startswith("utter_order")
    with reading() as session:
        assert len(session.scalars(select(Order.number).where(Order.number.like("W-%"))).all()) == 1


@pytest.mark.parametrize("intent", ["change_address", FALLBACK])
def test_an_address_told_after_the_order_was_left_takes_it_up_again(intent: str) -> None:
    talk = _ordering()
    assert say(talk, "not now", intent="deny").response == "utter_checkout_left"
    told = say(talk, "12 Marina street, flat 3", intent=intent)
    assert told.response == "utter_ask_parcel_name" and _view(talk).buyer["address"] == "12 Marina street, flat 3"


def test_an_address_with_an_empty_basket_is_no_order() -> None:
    talk = Talk()
    say(talk, "12 Marina street, flat 3", intent="change_address")
    assert not talk.slots.get("checkout")
