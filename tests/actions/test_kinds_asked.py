"""Questions for a thing of a kind that sound like questions about the one in view, and what sells best."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.db.models import CatalogueVersion, Product, Stock, Variant
from bot.db.session import writing
from tests.actions.talk import Talk, entity

pytestmark = pytest.mark.usefixtures("shop")

MATTRESS = entity("category", "mattresses", "mattress")


def viewing(code: str) -> Talk:
    return Talk("en", slots={"product": code})


def test_which_of_a_kind_is_no_question_about_the_one_in_view() -> None:
    talk = viewing("rock-firm")
    reply = talk("action_product_info", "product_info", "which mattress is made of latex?", dict(MATTRESS))
    assert [card["title"] for card in reply.cards] == ["Noura Latex Air"]
    about_it = viewing("rock-firm")("action_product_info", "product_info", "is the mattress heavy?", dict(MATTRESS))
    assert about_it.response == "utter_property"


def test_the_cheapest_of_a_kind_is_looked_for() -> None:
    cheapest = entity("comparison", "cheaper", "cheapest")
    reply = viewing("cloud-plus")(
        "action_ask_price", "ask_price", "which mattress is the cheapest?", dict(MATTRESS), dict(cheapest)
    )
    assert reply.cards[0]["title"] == "Dormir Rock"


def test_goods_taken_for_a_wish_for_service_are_shown() -> None:
    reply = Talk()("action_maintenance", "maintenance_service", "latex mattress", dict(MATTRESS))
    assert [card["title"] for card in reply.cards] == ["Noura Latex Air"]
    mine = Talk()("action_maintenance", "maintenance_service", "repair my latex mattress", dict(MATTRESS))
    assert not mine.cards


def test_what_sells_best_is_what_was_bought_most() -> None:
    with writing() as session:
        session.execute(update(Product).values(popularity=0))
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    unknown = Talk()("action_handoff", "talk_to_sales", "what is your best seller?")
    assert unknown.response == "utter_best_sellers_unknown"
    with writing() as session:
        session.execute(update(Product).where(Product.code == "oak-frame").values(popularity=9))
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    best = Talk()("action_handoff", "talk_to_sales", "what is your best seller?")
    assert (best.response, [card["title"] for card in best.cards]) == ("utter_best_sellers", ["Oak frame Tilal"])


def test_versions_of_which_some_are_sold_out_are_told() -> None:
    with writing() as session:
        large = select(Variant.id).where(Variant.sku == "CP-160").scalar_subquery()
        held = update(Stock).where(Stock.variant_id == large).values(quantity=0)
        session.execute(held, execution_options={"synchronize_session": False})
    reply = viewing("cloud-plus")("action_check_availability", "check_availability", "is it in stock?")
    assert reply.response == "utter_available_in_part"
    assert reply.parts[0]["rows"] == [["90 cm", "3 left"], ["160 cm", "sold out"]]


def test_a_question_taken_for_a_comparison_is_answered() -> None:
    cloud = entity("product", "cloud-plus", "cloud plus")
    reply = Talk()("action_product_compare", "product_compare", "is the cloud plus good for a tired back?", cloud)
    assert reply.response == "utter_property_passage"


def test_a_product_without_options_is_asked_about_all_the_same() -> None:
    pillow = viewing("side-pillow")
    reply = pillow("action_customization_options", "customization_options", "does it keep the neck straight?")
    assert "keeps the neck straight" in reply.text


def test_who_asks_whether_it_is_reduced_is_told_so() -> None:
    reply = viewing("side-pillow")("action_ask_discount", "ask_discount", "is it on sale?")
    assert reply.response == "utter_price_reduced"
