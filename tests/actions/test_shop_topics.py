"""Delivery, branches and policies, as customers hear of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.db.models import Branch, BranchHours, DeliveryZone, Policy, Shop
from bot.db.session import writing
from tests.actions.talk import Talk, entity


@pytest.fixture
def shop(database: str) -> None:
    """A shop with two branches, one delivery zone and a return policy."""
    always = [BranchHours(weekday=day, opens=0, closes=1440) for day in range(7)]
    with writing() as session:
        session.add(Shop(name={"en": "Nile Books"}, currency="EGP", timezone="Africa/Cairo", country="EG"))
        session.add(
            Branch(
                code="zamalek",
                name={"en": "Zamalek", "ar": "فرع الزمالك"},
                city={"en": "Cairo", "ar": "القاهرة"},
                address={"en": "5 Brazil Street", "ar": "٥ شارع البرازيل"},
                phone="+20221234567",
                hours=always,
            )
        )
        session.add(Branch(code="smouha", name={"en": "Smouha", "ar": "فرع سموحة"}, city={"en": "Alexandria"}))
        session.add(
            DeliveryZone(code="cairo", name={"en": "Cairo", "ar": "القاهرة"}, cost=Decimal(40), min_days=1, max_days=1)
        )
        session.add(
            Policy(code="return", title={"en": "Returns"}, body={"en": "14 days, unused.", "ar": "خلال ١٤ يومًا."})
        )


def test_cost_and_day_of_delivery_to_a_city(shop: None) -> None:
    talk = Talk()
    reply = talk("action_delivery_options", "delivery_options", "to cairo?", entity("city", "cairo", "cairo"))
    assert "EGP 40" in reply.text or reply.response == "utter_pickup_possible"
    assert talk.slots["city"] == "cairo"
    again = talk.turn("action_delivery_options", "delivery_options", "and how much was it")
    assert again[0].response == "utter_delivery_to" and "tomorrow" in again[0].text


def test_without_a_city_the_customer_is_asked(shop: None) -> None:
    reply = Talk("ar")("action_delivery_options", "delivery_options", "توصلون؟")
    assert reply.response == "utter_delivery_overview"
    assert reply.payloads == ['/delivery_options{"city":"cairo"}']


def test_an_unknown_city_is_said_to_be_unknown(shop: None) -> None:
    reply = Talk()("action_delivery_options", "delivery_options", "to abha", entity("city", "Abha", "abha"))
    assert reply.response == "utter_delivery_not_there"


def test_a_branch_with_hours_address_and_phone(shop: None) -> None:
    reply = Talk()("action_store_info", "store_info", "zamalek hours", entity("branch", "zamalek", "zamalek"))
    assert "open now" in reply.text and "5 Brazil Street" in reply.text and "+20221234567" in reply.text
    assert reply.rows == [["Monday to Sunday", "around the clock"]]


def test_all_branches_in_arabic(shop: None) -> None:
    reply = Talk("ar")("action_store_info", "store_info", "وين فروعكم")
    assert "فرعان" in reply.text or "فرعين" in reply.text
    assert len(reply.rows) == 2
    assert reply.payloads[0] == '/store_info{"branch":"zamalek"}'


def test_a_city_without_a_branch(shop: None) -> None:
    reply = Talk()("action_store_info", "store_info", "branch in aswan?", entity("city", "Aswan", "aswan"))
    assert reply.response == "utter_no_branch_there"


def test_a_policy_is_answered_in_the_shops_words(shop: None) -> None:
    assert Talk("ar")("action_policy", "return_policy", "كيف الارجاع").text == "خلال ١٤ يومًا."
    unknown = Talk()("action_policy", "warranty_info", "is there a warranty")
    assert unknown.response == "utter_policy_unknown" and unknown.payloads == ["/talk_to_agent{}"]
