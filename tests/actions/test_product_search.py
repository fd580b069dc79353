"""Looking for products: what is shown, how it is said, and how the next message builds on it."""

from __future__ import annotations

import pytest

from tests.actions.talk import Reply, Talk, entity

pytestmark = pytest.mark.usefixtures("shop")

MATTRESSES = entity("category", "mattresses", "mattresses")


def search(talk: Talk, text: str, *entities: dict[str, object], **metadata: object) -> Reply:
    return talk("action_product_search", "product_search", text, *entities, **metadata)


def titles(reply: Reply) -> list[str]:
    return [card["title"] for card in reply.cards]


def mattresses(talk: Talk, text: str = "show me mattresses", *more: dict[str, object]) -> Reply:
    return search(talk, text, entity("category", "mattresses", "mattresses"), *more)


def test_the_first_sentence_says_how_many_of_what_and_where() -> None:
    talk = Talk()
    reply = mattresses(talk, "mattresses under 1300", entity("price", 1300, "under 1300", role="max"))
    assert reply.text == "Three mattresses under AED 1,300, the first is in stock in Dubai:"
    assert titles(reply) == ["Noura Cloud Plus", "Dormir Rock", "Dormir Budget Rest"]
    first, _, sold_out = reply.cards
    assert (first["price"], first["subtitle"], first["sku"]) == ("from AED 1,200", "in stock", "CP-90")
    assert first["facts"] == ["Why: AED 100 under your limit", "Firmness: Soft", "Material: Memory foam"]
    assert sold_out["subtitle"] == "sold out"
    assert first["buttons"] == [{"label": "Details", "payload": '/product_info{"product":"cloud-plus"}'}]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "I need mattresses and pillows under 2000"), ("ar", "mattresses و pillows تحت 2000")]
)
def test_two_kinds_in_one_message_are_shown_side_by_side(language: str, text: str) -> None:
    limit = entity("price", 2000, "2000", role="max")
    reply = search(Talk(language), text, MATTRESSES, entity("category", "pillows", "pillows"), limit)
    assert reply.response == "utter_search_one_of_each" and "2,000" in reply.text
    assert [card["sku"] for card in reply.cards] == ["CP-90", "SP-1"]
    assert [button["payload"] for button in reply.buttons] == [
        '/product_search{"category":"mattresses"}',
        '/product_search{"category":"pillows"}',
    ]
    least = entity("price", 100, "100", role="max")  # no mattress is that cheap
    text = text.replace("2000", "100")
    only = search(Talk(language), text, MATTRESSES, entity("category", "pillows", "pillows"), least)
    assert [card["sku"] for card in only.cards] == ["SP-1"]


def test_the_same_in_arabic_with_the_customers_digits() -> None:
    talk = Talk("ar", digits="arab")
    reply = search(
        talk, "مراتب تحت ١٣٠٠", entity("category", "mattresses", "مراتب"), entity("price", 1300, "تحت ١٣٠٠", role="max")
    )
    assert reply.text == "٣ خيارات في قسم مراتب بأقل من ١٬٣٠٠ درهم، والأول متوفّر في دبي:"
    assert reply.cards[0]["price"] == "من ١٬٢٠٠ درهم"
    assert reply.cards[0]["facts"][0] == "لماذا؟ أقل من ميزانيتك بمقدار ١٠٠ درهم"


def test_refinements_build_on_what_was_asked_before() -> None:
    talk = Talk()
    mattresses(talk)
    firm = search(talk, "only firm ones", entity("attribute", {"code": "firmness", "value": "Firm"}, "firm"))
    assert titles(firm) == ["Dormir Rock", "Dormir Budget Rest"]
    assert "(Firm)" in firm.text
    priced = search(talk, "under 500", entity("price", 500, "under 500", role="max"))
    assert titles(priced) == ["Dormir Budget Rest"]


def test_cheaper_means_than_what_was_shown() -> None:
    talk = Talk()
    mattresses(talk, "mattresses from Noura", entity("brand", "noura", "Noura"))
    cheaper = search(talk, "something cheaper", entity("comparison", "cheaper", "cheaper"))
    assert cheaper.response == "utter_search_cheaper_without", "what one wish less opens is said too"
    assert "Noura Cloud Plus" in cheaper.text and "Dormir Rock" in cheaper.text
    assert talk.slots["question"] == {"kind": "relax", "wish": "brand"}


def test_cheaper_than_the_cheapest_leaves_the_list_as_it_was() -> None:
    talk = Talk()
    search(talk, "pillows", entity("category", "pillows", "pillows"))
    cheaper = search(talk, "something cheaper", entity("comparison", "cheaper", "cheaper"))
    assert cheaper.response == "utter_search_already_cheapest"
    assert talk.slots["shown"] == ["side-pillow", "feather-pillow"], "what was shown can still be counted off"
    assert "price_below" not in talk.slots["search"]


def test_another_brand() -> None:
    talk = Talk()
    mattresses(talk, "noura mattresses", entity("brand", "noura", "noura"))
    assert titles(search(talk, "do you have another brand?")) == ["Dormir Rock", "Dormir Budget Rest"]


def test_another_kind_starts_anew() -> None:
    talk = Talk()
    mattresses(talk, "mattresses under 500", entity("price", 500, "under 500", role="max"))
    pillows = search(talk, "and pillows", entity("category", "pillows", "pillows"))
    assert titles(pillows) == ["Dormir side sleeper pillow X200", "Feather pillow"]
    assert "under" not in pillows.text


def test_more_of_the_same_by_word_and_by_button() -> None:
    talk = Talk()
    first = mattresses(talk)
    assert first.response == "utter_search_many"
    assert '/product_search{"page":"next"}' in first.payloads
    assert titles(search(talk, "show me more")) == ["Dormir Budget Rest"]
    assert search(talk, "more").response == "utter_search_no_more"
    again = Talk()
    mattresses(again)
    more = search(again, "Show more", entity("page", "next"), button=True)
    assert titles(more) == ["Dormir Budget Rest"]


def test_no_limit_any_more() -> None:
    talk = Talk()
    mattresses(talk, "mattresses under 500", entity("price", 500, "under 500", role="max"))
    assert len(search(talk, "actually the price doesn't matter").cards) == 3


def test_nothing_fits_names_the_wish_to_give_up() -> None:
    talk = Talk()
    reply = mattresses(
        talk,
        "mattresses under 800 from Noura",
        entity("price", 800, "under 800", role="max"),
        entity("brand", "noura", "Noura"),
    )
    assert (
        reply.text
        == (
            "Nothing has all of that. Leaving out Noura opens more (1 option), "
            "and the closest is Dormir Budget Rest (AED 450):"
        )
        or reply.response == "utter_search_relax_price"
    )
    assert talk.slots["question"]["kind"] == "relax"


def test_a_price_a_little_over_the_limit_is_offered_first() -> None:
    talk = Talk()
    reply = mattresses(
        talk,
        "noura mattresses under 1000",
        entity("brand", "noura", "noura"),
        entity("price", 1000, "under 1000", role="max"),
    )
    assert reply.text == (
        "Nothing from Noura under AED 1,000. Without the price limit there's more (2 options), "
        "and the closest is Noura Cloud Plus (from AED 1,200):"
    )
    shown = talk("action_affirm", "affirm", "yes")
    assert titles(shown) == ["Noura Cloud Plus", "Noura Latex Air"]
    assert talk.slots["question"] is None


def test_the_button_that_gives_up_a_wish() -> None:
    talk = Talk()
    reply = mattresses(
        talk,
        "noura mattresses under 1000",
        entity("brand", "noura", "noura"),
        entity("price", 1000, "under 1000", role="max"),
    )
    assert reply.payloads == ['/product_search{"relax":"price"}']
    shown = search(talk, "Show those", entity("relax", "price"), button=True)
    assert titles(shown) == ["Noura Cloud Plus", "Noura Latex Air"]


def test_what_the_shop_has_not_is_said() -> None:
    reply = search(Talk(), "spaceship engines")
    assert reply.response == "utter_search_nothing"
    assert '/product_search{"category":"mattresses"}' in reply.payloads


def test_free_words() -> None:
    talk = Talk()
    assert titles(search(talk, "something for my neck")) == ["Dormir side sleeper pillow X200"]
    assert talk.slots["product"] == "side-pillow", "the only one shown is in view"


def test_nothing_said_asks_what() -> None:
    reply = search(Talk(), "what do you sell?")
    assert reply.response == "utter_search_what"
    assert len(reply.buttons) == 4


def test_pointing_at_one_shown_shows_it_whole() -> None:
    talk = Talk()
    mattresses(talk)
    reply = search(talk, "the second one", entity("ordinal", 2, "second"))
    assert reply.response == "utter_product_card"
    assert titles(reply) == ["Dormir Rock"]
    assert talk.slots["product"] == "rock-firm"


def test_a_category_that_cannot_be_counted_is_named_as_it_is() -> None:
    talk = Talk()
    reply = search(talk, "pillows or throws", entity("category", "throws", "throws"))
    assert reply.response == "utter_search_one"
    kinds = search(talk, "all beds", entity("category", "beds", "beds"))
    assert kinds.text.startswith("Six beds")


def test_the_stock_shown_is_that_of_the_wished_choice() -> None:
    talk = Talk()
    reply = search(talk, "160 cm", entity("attribute", {"code": "size", "value": "160 cm"}, "160 cm"))
    assert "in stock in Sharjah" in reply.text


def test_the_topic_is_written_down() -> None:
    from sqlalchemy import select

    from bot.db.models import Interaction
    from bot.db.session import reading

    talk = Talk("ar")
    search(talk, "مراتب", entity("category", "mattresses", "مراتب"))
    search(talk, "spaceship engines")
    with reading() as session:
        row = session.execute(select(Interaction).where(Interaction.conversation_id == talk.id)).scalar_one()
    assert (row.topic, row.side, row.turns, row.outcome, row.language) == (
        "product_search",
        "sales",
        2,
        "unknown",
        "ar",
    )
    assert row.products == ["cloud-plus", "rock-firm", "latex-air"]


@pytest.mark.parametrize(("language", "text"), [("en", "anything under 100"), ("ar", "اي شي تحت 100")])
def test_anything_leaves_the_kind_when_none_of_it_is_at_that_price(language: str, text: str) -> None:
    talk = Talk(language)
    mattresses(talk)
    said = talk.turn("action_product_search", "product_search", text, entity("price", 100, "100", role="max"))
    assert said[0].response == "utter_search_other_kinds"
    assert said[-1].cards and not talk.slots["search"].get("categories")


def test_anything_stays_with_the_kind_that_has_it() -> None:
    talk = Talk()
    mattresses(talk)
    said = search(talk, "anything under 500", entity("price", 500, "500", role="max"))
    assert titles(said) == ["Dormir Budget Rest"]


def test_a_price_about_which_nothing_is_found_is_said_as_it_was_named() -> None:
    talk = Talk()
    mattresses(talk)
    said = talk("action_ask_price", "ask_price", "for 3?", entity("price", 3, "3", role="about"))
    assert said.response == "utter_search_relax_price" and "around AED 3" in said.text


def test_light_before_a_kind_is_how_it_should_be_and_no_lamp() -> None:
    talk = Talk()
    said = [entity("category", "pillows", "light"), entity("category", "mattresses", "mattress")]
    talk("action_product_search", "product_search", "I want a light mattress", *said)
    assert talk.slots["search"]["categories"] == ["mattresses"] and talk.slots["search"]["sort"] == "@weight"


def test_what_it_should_be_without_is_no_kind_and_no_word_looked_for() -> None:
    talk = Talk()
    text = "mattresses without pillows"
    said = [entity("category", "mattresses", "mattresses"), entity("category", "pillows", "pillows")]
    shown = talk("action_product_search", "product_search", text, *said)
    assert talk.slots["search"] == {"categories": ["mattresses"], "without": "pillows", "phrase": text}
    assert "with no mention of pillows" in shown.text, "what is not written of a product is not promised"


def test_being_without_something_narrows_what_is_looked_for_and_is_no_search_of_its_own() -> None:
    talk = Talk()
    alone = talk("action_product_search", "product_search", "without memory foam")
    assert alone.response == "utter_search_what"
    strange = talk("action_product_search", "product_search", "a spaceship without memory foam")
    assert not strange.cards
    talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))
    assert "cloud-plus" in talk.slots["shown"]
    talk("action_product_search", "product_search", "without memory foam")
    assert talk.slots["search"]["without"] == "memory foam" and "cloud-plus" not in talk.slots["shown"]
