"""One product: its facts, its price, where it is, its choices, and beside others."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from bot.db.models import CatalogueVersion, OptionValue, Product, Variant
from bot.db.session import writing
from tests.actions.talk import Reply, Talk, entity

pytestmark = pytest.mark.usefixtures("shop")

LANGUAGES = pytest.mark.parametrize("language", ["en", "ar"])


def info(talk: Talk, text: str, *entities: dict[str, object]) -> Reply:
    return talk("action_product_info", "product_info", text, *entities)


def price(talk: Talk, text: str, *entities: dict[str, object]) -> Reply:
    return talk("action_ask_price", "ask_price", text, *entities)


def stock(talk: Talk, text: str, *entities: dict[str, object]) -> Reply:
    return talk("action_check_availability", "check_availability", text, *entities)


def options(talk: Talk, text: str, *entities: dict[str, object]) -> Reply:
    return talk("action_customization_options", "customization_options", text, *entities)


def viewing(code: str, language: str = "en") -> Talk:
    return Talk(language, slots={"product": code})


CLOUD = entity("product", "cloud-plus", "cloud plus")


def test_a_product_as_a_whole() -> None:
    talk = Talk()
    reply = info(talk, "tell me about the cloud plus", dict(CLOUD))
    assert reply.text.startswith("Noura Cloud Plus: A soft mattress of memory foam")
    assert reply.cards[0]["facts"] == ["Firmness: Soft", "Material: Memory foam", "Weight: 24 kg", "Warranty: 10 years"]
    assert '/customization_options{"product":"cloud-plus"}' in reply.payloads
    assert talk.slots["product"] == "cloud-plus"


@LANGUAGES
def test_a_property_is_answered_with_its_value(language: str) -> None:
    reply = info(viewing("rock-firm", language), {"en": "how heavy is it", "ar": "كم وزنها"}[language])
    assert reply.response == "utter_property"
    assert "30 kg" in reply.text


def test_several_facts_come_as_a_table() -> None:
    reply = info(viewing("cloud-plus"), "firmness and weight?")
    assert reply.rows == [["Firmness", "Soft"], ["Weight", "24 kg"]]


def test_the_description_is_quoted() -> None:
    reply = info(viewing("cloud-plus"), "can the cover be washed?")
    assert reply.text.endswith("“The cover comes off and can be washed at 60 degrees.”")


@LANGUAGES
def test_what_is_not_known_is_said_and_a_colleague_offered(language: str) -> None:
    talk = viewing("feather-pillow", language)
    reply = info(talk, {"en": "is it machine washable?", "ar": "تنغسل في الغسالة؟"}[language])
    assert reply.response == "utter_property_unknown"
    assert "/talk_to_sales{}" in reply.payloads
    taken = talk("action_affirm", "affirm", "yes")
    assert taken.response == "utter_handoff"


def test_which_one_is_asked_when_several_fit() -> None:
    talk = Talk()
    reply = price(
        talk, "how much is the noura", entity("product", "cloud-plus", "noura", candidates=["cloud-plus", "latex-air"])
    )
    assert reply.response == "utter_which_product"
    assert reply.payloads == ['/ask_price{"product":"cloud-plus"}', '/ask_price{"product":"latex-air"}']
    answered = price(talk, "the second", entity("ordinal", 2, "second"))
    assert "AED 2,600" in answered.text


def test_which_one_is_asked_when_nothing_was_shown() -> None:
    reply = price(Talk(), "how much is it?")
    assert reply.response == "utter_which_product_open"


def test_counting_past_the_end_of_the_list() -> None:
    talk = Talk(slots={"shown": ["cloud-plus", "rock-firm"]})
    reply = info(talk, "the fifth one", entity("ordinal", 5, "fifth"))
    assert reply.text == "Only 2 products on the list. Which one do you mean?"


def test_a_product_the_shop_has_not() -> None:
    reply = price(
        viewing("rock-firm"),
        "how much is the QRS-77 pillow?",
    )
    assert reply.response == "utter_product_unknown_nearest"
    assert {card["title"] for card in reply.cards} <= {"Dormir side sleeper pillow X200", "Feather pillow"}


def test_a_whole_kind_is_shown_with_its_prices() -> None:
    reply = price(Talk(), "how much are mattresses?", entity("category", "mattresses", "mattresses"))
    assert reply.response == "utter_search_many"
    assert reply.cards[0]["price"] == "from AED 1,200"


def test_prices_of_variants_and_what_choices_add() -> None:
    talk = viewing("cloud-plus")
    spread = price(talk, "how much?")
    assert spread.text == "Noura Cloud Plus runs from AED 1,200 to AED 1,900, VAT included, depending on the version:"
    assert spread.rows == [["90 cm", "AED 1,200"], ["160 cm", "AED 1,900"]]
    wide = price(
        talk,
        "in 160 cm with wool",
        entity("attribute", {"code": "size", "value": "160 cm"}, "160 cm"),
        entity("attribute", {"code": "cover", "value": "Wool"}, "wool"),
    )
    assert "AED 2,050" in wide.text


def test_a_reduced_price_names_the_earlier_one() -> None:
    assert price(viewing("side-pillow"), "price?").text == (
        "Dormir side sleeper pillow X200 is AED 85.50 now, down from AED 99, VAT included."
    )


def test_a_number_of_pieces() -> None:
    reply = price(viewing("feather-pillow"), "how much for 3?", entity("quantity", 3, "3"))
    assert "3 pieces" in reply.text and "AED 360" in reply.text and "AED 120" in reply.text


@LANGUAGES
def test_a_missing_price_is_said(language: str) -> None:
    talk = viewing("made-frame", language)
    reply = price(talk, {"en": "what does it cost", "ar": "بكم"}[language])
    assert reply.response == "utter_price_unknown"
    assert talk.slots["question"] == {"kind": "handoff", "team": "sales", "reason": "unknown_price"}


def test_stock_by_branch() -> None:
    reply = stock(viewing("cloud-plus"), "is it in stock?")
    assert reply.text == "Yes, Noura Cloud Plus is in stock in Dubai. By branch:"
    assert reply.rows == [["Marina", "3 left"], ["Al Qasba", "in stock"]]


def test_the_city_asked_for_comes_first() -> None:
    there = stock(viewing("cloud-plus"), "in Sharjah?", entity("city", "Sharjah", "Sharjah"))
    assert there.text == "Noura Cloud Plus at Al Qasba: in stock."
    assert there.rows[0][0] == "Al Qasba"
    gone = stock(viewing("rock-firm"), "in Dubai?", entity("city", "dubai-city", "Dubai"))
    assert gone.text == "Dormir Rock is sold out at Marina. Elsewhere:"
    branch = stock(viewing("cloud-plus"), "at marina", entity("branch", "marina", "marina"))
    assert "3 left" in branch.text
    nowhere = stock(viewing("cloud-plus"), "in Muscat?", entity("city", "Muscat", "Muscat"))
    assert nowhere.response == "utter_available_no_branch_there"


def test_stock_of_a_version() -> None:
    wide = stock(
        viewing("cloud-plus"),
        "the 160 in dubai",
        entity("attribute", {"code": "size", "value": "160 cm"}, "160"),
        entity("city", "dubai-city", "dubai"),
    )
    assert wide.text == "Noura Cloud Plus (160 cm) is sold out at Marina. Elsewhere:"


def test_few_pieces_are_counted_in_arabic() -> None:
    reply = stock(viewing("cloud-plus", "ar"), "متوفر؟")
    assert reply.rows[0] == ["Marina", "بقيت 3 قطع"]


def test_sold_out_everywhere_shows_the_nearest() -> None:
    talk = viewing("budget-rest")
    reply = stock(talk, "available?")
    assert reply.response == "utter_sold_out_alternative"
    assert [card["title"] for card in reply.cards] == ["Dormir Rock"]


def test_made_to_order() -> None:
    assert (
        stock(viewing("made-frame"), "available?").text == "Yes, Linen headboard is made to order and ready in 14 days."
    )


def test_choices_with_prices_days_and_exclusions() -> None:
    reply = options(viewing("cloud-plus"), "what options are there?")
    assert reply.rows == [["Size", "90 cm, 160 cm"], ["Cover", "Cotton, Wool (+AED 150), 4 days"]]
    assert reply.text == "Noura Cloud Plus comes like this. Not together: 90 cm with Wool."


def test_a_choice_asked_for_by_name() -> None:
    reply = options(
        viewing("cloud-plus", "ar"), "فيه صوف؟", entity("attribute", {"code": "cover", "value": "Wool"}, "صوف")
    )
    assert "صوف (بزيادة 150 درهمًا)" in reply.text


def test_choices_that_are_none_of_the_product_s() -> None:
    assert options(viewing("rock-firm"), "any options?").response == "utter_no_options"
    colours = options(viewing("cloud-plus"), "what colours does it come in?")
    assert colours.response == "utter_property_unknown"


def test_compare_what_was_shown() -> None:
    talk = Talk(slots={"shown": ["cloud-plus", "rock-firm"]})
    reply = talk("action_product_compare", "product_compare", "compare them")
    assert reply.text == "Dormir Rock costs AED 300 less. Side by side, only what differs:"
    assert reply.rows[0] == ["Price", "from AED 1,200", "AED 900"]
    assert ["Firmness", "Soft", "Firm"] in reply.rows


def test_compare_the_one_in_view_with_a_named_one() -> None:
    talk = viewing("cloud-plus")
    reply = talk(
        "action_product_compare",
        "product_compare",
        "compare with latex air",
        entity("product", "latex-air", "latex air"),
    )
    assert reply.rows[0][1:] == ["from AED 1,200", "AED 2,600"]
    assert talk.slots["shown"] == ["cloud-plus", "latex-air"]


def test_compare_counted_ones() -> None:
    talk = Talk(slots={"shown": ["cloud-plus", "rock-firm", "latex-air"]})
    reply = talk(
        "action_product_compare",
        "product_compare",
        "the first and the last",
        entity("ordinal", 1, "first"),
        entity("ordinal", -1, "last"),
    )
    assert talk.slots["shown"] == ["cloud-plus", "latex-air"]
    assert reply.response == "utter_compare_cheaper"


def test_compare_with_what() -> None:
    reply = viewing("cloud-plus")("action_product_compare", "product_compare", "compare it")
    assert reply.response == "utter_compare_with_what"
    assert reply.payloads[0].startswith("/product_compare{")
    assert Talk()("action_product_compare", "product_compare", "compare").response == "utter_which_product_open"


def test_advice_asks_one_question_then_names_one() -> None:
    talk = Talk()
    asked = talk(
        "action_product_recommendation",
        "product_recommendation",
        "which mattress suits me",
        entity("category", "mattresses", "mattress"),
    )
    assert asked.response.startswith("utter_recommend_ask_")
    assert len(asked.cards) == 3, "what fits so far is shown"
    chosen = talk(
        "action_product_recommendation", "product_recommendation", "Noura", entity("brand", "noura"), button=True
    )
    assert chosen.response == "utter_recommend"
    assert chosen.text.startswith("I'd take Noura Cloud Plus: ")
    again = talk("action_product_recommendation", "product_recommendation", "so which one?")
    assert again.response == "utter_recommend", "one question is enough"


def test_advice_by_price_button() -> None:
    talk = Talk(slots={"search": {"categories": ["mattresses"], "asked": ["price"]}})
    reply = talk(
        "action_product_recommendation",
        "product_recommendation",
        "500 to 1,000",
        entity("price", {"min": 500, "max": 1000}),
        button=True,
    )
    assert [card["title"] for card in reply.cards] == ["Dormir Rock"]


def test_advice_without_a_need_asks_for_it() -> None:
    reply = Talk()("action_product_recommendation", "product_recommendation", "what do you recommend?")
    assert reply.response == "utter_recommend_what"
    assert reply.payloads[0].startswith("/product_recommendation{")


@pytest.mark.parametrize(
    "action", ["product_info", "ask_price", "check_availability", "customization_options", "product_compare"]
)
def test_a_product_taken_off_sale_breaks_nothing(action: str) -> None:
    talk = Talk(slots={"product": "hidden", "shown": ["hidden", "gone"]})
    reply = talk(f"action_{action}", action, "and that one?", entity("product", "hidden", "that one"))
    assert reply.response == "utter_which_product_open"


@LANGUAGES
def test_the_warranty_of_the_product_talked_about_comes_first(language: str) -> None:
    replies = viewing("cloud-plus", language).turn("action_policy", "warranty_info", "what about the warranty?")
    assert replies[0].response == "utter_warranty"
    assert {"en": "10 years", "ar": "10 سنوات"}[language] in replies[0].text
    assert len(replies) == 1, "the sample shop has no policy to quote"


def test_a_product_without_a_warranty_leaves_it_to_the_policy() -> None:
    reply = viewing("rock-firm")("action_policy", "warranty_info", "warranty?")
    assert reply.response == "utter_policy_unknown"


@LANGUAGES
def test_a_choice_that_is_not_made_is_a_no_with_what_there_is(language: str) -> None:
    text, word = {"en": ("can i get it in blue?", "blue"), "ar": ("فيه لون أزرق؟", "أزرق")}[language]
    reply = options(viewing("knit-throw", language), text)
    assert reply.response == "utter_choice_missing" and word in reply.text and "Sand" in reply.text
    silk = entity("attribute", {"code": "cover", "value": "Silk"}, "silk")
    for asked in (options, info, stock):
        reply = asked(viewing("cloud-plus"), "does it come in silk?", dict(silk))
        assert reply.response == "utter_choice_missing" and "Cotton" in reply.text and "Silk" in reply.text


def test_who_comes_that_way_instead_is_shown() -> None:
    firm = entity("attribute", {"code": "firmness", "value": "Firm"}, "firm")
    reply = options(viewing("cloud-plus"), "can i have it firm?", firm)
    assert reply.response == "utter_choice_missing_others"
    assert [card["title"] for card in reply.cards] == ["Dormir Rock"], "what is sold out is not offered"


def test_a_question_about_all_that_is_shown_is_answered_for_each() -> None:
    talk = Talk(slots={"shown": ["rock-firm", "latex-air", "budget-rest"]})
    reply = info(talk, "how heavy are they?")
    assert reply.response == "utter_property_each"
    assert [row[1] for row in reply.rows] == ["Weight: 30 kg", "Weight: 19 kg", "not stated"]
    unknown = info(talk, "can I put them in the microwave?")
    assert unknown.response == "utter_property_unknown_of_all" and "/talk_to_sales{}" in unknown.payloads


def test_which_of_those_shown_come_as_asked() -> None:
    talk = Talk(slots={"shown": ["cloud-plus", "rock-firm"]})
    wool = entity("attribute", {"code": "cover", "value": "Wool"}, "wool")
    assert options(talk, "is there one with wool?", wool).response in ("utter_choice_of_these", "utter_option_offered")
    talk = Talk(slots={"shown": ["knit-throw", "cloud-plus"]})
    none = options(talk, "do they come in blue?")
    assert none.response == "utter_choice_of_none" and none.rows == [["Knitted throw", "Sand"]]


def test_a_question_about_the_one_in_view_is_no_search_though_it_names_a_kind() -> None:
    talk = viewing("oak-frame")
    reply = talk(
        "action_product_search",
        "product_search",
        "does it come with a mattress?",
        entity("category", "mattresses", "mattress"),
    )
    assert reply.response.startswith("utter_property") and not reply.cards


@pytest.mark.parametrize(
    ("text", "named"), [("which is lighter?", [entity("comparison", "lighter", "lighter")]), ("what weighs less", [])]
)
def test_what_is_asked_about_decides_a_comparison(text: str, named: list[dict[str, object]]) -> None:
    talk = Talk(slots={"shown": ["rock-firm", "latex-air", "cloud-plus"]})
    reply = talk("action_product_compare", "product_compare", text, *named)
    assert reply.response == "utter_compare_best" and "Noura Latex Air" in reply.text and "19 kg" in reply.text


@pytest.mark.parametrize("text", ["compare the first two", "قارن بين أول اثنين"])
def test_compare_the_first_two_of_three(text: str) -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))
    shown = talk.slots["shown"]
    assert len(shown) == 3
    talk("action_product_compare", "product_compare", text, entity("ordinal", 1))
    assert talk.slots["shown"] == shown[:2]


def test_the_number_that_is_compared_is_no_wish() -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))
    taken = entity("attribute", {"code": "firmness", "value": "firm"}, "two")
    reply = talk("action_product_compare", "product_compare", "compare the first two", entity("ordinal", 1), taken)
    assert reply.response != "utter_compare_recommend"


@pytest.mark.parametrize("text", ["how much are the first two?", "كم سعر أول اثنين؟"])
def test_prices_of_several_come_together(text: str) -> None:
    talk = Talk(slots={"shown": ["feather-pillow", "side-pillow", "cloud-plus"]})
    reply = price(talk, text, entity("ordinal", 1))
    assert reply.response == "utter_prices_of_several" and "AED 205.50" in reply.text
    assert [row[1] for row in reply.rows] == ["AED 120", "AED 85.50"]
    assert price(talk, "and both together?").response == "utter_prices_of_several"
    third = price(talk, "and the first and the second?", entity("ordinal", 1), entity("ordinal", 2))
    assert third.response == "utter_prices_of_several"


def test_two_versions_of_one_option_are_the_only_ones_told() -> None:
    with writing() as session:
        cloud = session.execute(select(Product).where(Product.code == "cloud-plus")).scalar_one()
        cloud.options[0].values.append(OptionValue(code="180", name={"en": "180 cm"}, position=2))
        cloud.variants.append(
            Variant(sku="CP-180", price=Decimal(2200), title={"en": "180 cm"}, options={"size": "180"}, position=2)
        )
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    talk = viewing("cloud-plus")
    assert len(price(talk, "how much is it?").rows) == 3
    assert [row[0] for row in price(talk, "how much is 90 and 180?").rows] == ["90 cm", "180 cm"]


def test_a_number_after_a_price_asks_for_so_many() -> None:
    talk = viewing("feather-pillow")
    price(talk, "how much is it?")
    more = talk("action_default_fallback", "nlu_fallback", "and 5?", confidence=0.2)
    assert "5 pieces" in more.text and "AED 600" in more.text
    assert talk("action_default_fallback", "nlu_fallback", "and 5 more days?", confidence=0.2).response != more.response


@pytest.mark.parametrize(
    ("language", "text"), [("en", "I want the Director Cloud Plus"), ("ar", "ابي مرتبة المدير Cloud Plus")]
)
def test_a_product_that_sounds_like_a_person_is_no_wish_for_one(language: str, text: str) -> None:
    named = text[text.index("Director") :] if language == "en" else text[4:]
    ranking = [{"name": "talk_to_agent", "confidence": 0.75}, {"name": "product_search", "confidence": 0.05}]
    talk = Talk(language)
    shown = talk(
        "action_handoff",
        "talk_to_agent",
        text,
        entity("product", "cloud-plus", named),
        confidence=0.75,
        ranking=ranking,
    )
    assert shown.cards and talk.slots["product"] == "cloud-plus"
    asked = {"en": "a manager about the Cloud Plus", "ar": "ابي المدير بخصوص Cloud Plus"}[language]
    wanted = talk("action_handoff", "talk_to_agent", asked, entity("product", "cloud-plus", "Cloud Plus"))
    assert wanted.response.startswith("utter_handoff")
