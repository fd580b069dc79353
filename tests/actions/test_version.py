"""Once a size was named, what is asked next is about it; and something cheaper than the one product in view."""

from __future__ import annotations

import pytest

from tests.actions.talk import Reply, Talk, entity
from tests.shop.selling_samples import selling


def _size(size: str, text: str) -> dict[str, object]:
    return entity("attribute", {"code": "size", "value": size}, text)


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling()


def _large(talk: Talk) -> Reply:
    """The price of the large version, asked for by the product's name."""
    text = "how much is the cloud in 160?"
    return talk("action_ask_price", "ask_price", text, entity("product", "cloud-plus", "cloud"), _size("160", "160"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_stock_asked_after_the_price_of_a_size_is_that_sizes(language: str) -> None:
    talk = Talk(language)
    priced = _large(talk)
    assert priced.response == "utter_price" and "160" in priced.text
    stock = talk("action_check_availability", "check_availability", "is it in stock?")
    assert "160" in stock.text
    assert stock.rows[0][1] in ("sold out", "نفدت الكمية"), "the three of the small one in Dubai do not count"
    whole = talk("action_check_availability", "check_availability", "the cloud?", entity("product", "cloud-plus"))
    assert "160" not in whole.text, "named anew, it is asked for as a whole"


@pytest.mark.parametrize("text", ["and in 90?", "90?", "what about 90?"])
def test_another_size_is_answered_as_the_one_before(text: str) -> None:
    talk = Talk()
    _large(talk)
    said = talk("action_product_info", "product_info", text, _size("90", "90"))
    assert said.response == "utter_price" and "1,200" in said.text
    again = talk("action_ask_price", "ask_price", "so how much is it?")
    assert again.response == "utter_price" and "1,200" in again.text


def test_what_is_bought_then_is_the_version_talked_about() -> None:
    talk = Talk()
    _large(talk)
    bought = talk("action_place_order", "place_order", "I'll take it")
    assert bought.response == "utter_ask_city"


@pytest.mark.parametrize("text", ["whats cheaper", "anything cheaper?"])
def test_cheaper_after_one_product_shows_cheaper_ones_of_its_kind(text: str) -> None:
    talk = Talk()
    talk("action_product_info", "product_info", "tell me about the cloud", entity("product", "cloud-plus", "cloud"))
    said = talk("action_product_compare", "product_compare", text, entity("comparison", "cheaper", "cheaper"))
    assert said.cards and "Noura Cloud Plus" not in [card["title"] for card in said.cards]
    assert "less" in said.cards[0]["facts"][0] and "limit" not in said.cards[0]["facts"][0]
    assert talk.slots["search"]["categories"] == ["mattresses"]


def test_a_size_that_was_looked_for_is_not_asked_again_of_the_one_taken() -> None:
    talk = Talk()
    kind = entity("category", "mattresses", "mattresses")
    talk("action_product_search", "product_search", "mattresses in 160", kind, _size("160", "160"))
    place = talk.slots["shown"].index("cloud-plus") + 1
    talk("action_product_info", "product_info", "that one", entity("ordinal", place, "that one"))
    assert talk("action_place_order", "place_order", "I'll take it").response == "utter_ask_city"


@pytest.mark.parametrize("text", ["whats cheaper", "cheaper?"])
def test_cheaper_heard_as_a_question_of_price_is_no_price_of_the_product_in_view(text: str) -> None:
    talk = Talk()
    talk("action_product_info", "product_info", "tell me about the cloud", entity("product", "cloud-plus", "cloud"))
    said = talk("action_ask_price", "ask_price", text, entity("comparison", "cheaper", "cheaper"))
    assert said.cards and "Noura Cloud Plus" not in [card["title"] for card in said.cards]
    talk = Talk()
    talk("action_product_info", "product_info", "tell me about the cloud", entity("product", "cloud-plus", "cloud"))
    own = talk("action_ask_price", "ask_price", "is it cheaper now?", entity("comparison", "cheaper", "cheaper"))
    assert own.response == "utter_price_range"
