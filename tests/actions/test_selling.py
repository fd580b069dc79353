"""Buying in the conversation: options, basket, order, prices talked about, quotes. Every step said by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from bot.db.models import (
    CatalogueVersion,
    Coupon,
    DiscountGrant,
    Interaction,
    OptionExclusion,
    OptionValue,
    Order,
    Product,
    ProductOption,
    Quote,
    Reservation,
    Stock,
    Variant,
)
from bot.db.session import reading, writing
from bot.shop.orders import checkout
from bot.shop.selling import PaymentMethod
from tests.actions.talk import Reply, Talk, entity
from tests.shop.selling_samples import coupon, fill, selling, total


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling()


def _order(talk: Talk, text: str, *entities: dict[str, object], intent: str = "place_order") -> Reply:
    actions = {"affirm": "action_affirm", "deny": "action_deny", "nlu_fallback": "action_default_fallback"}
    actions |= {"delivery_options": "action_delivery_options", "change_address": "action_change_address"}
    actions |= {"product_search": "action_product_search", "payment_methods": "action_policy"}
    confidence = 0.3 if intent == "nlu_fallback" else 0.9
    return talk(actions.get(intent, f"action_{intent}"), intent, text, *entities, confidence=confidence)


def _press(talk: Talk, reply: Reply, label: str) -> Reply:
    from bot.dialogue import payloads

    button = next(button for button in reply.buttons if label in button["label"])
    read = payloads.read(button["payload"])
    found = [entity(name, value) for name, value in read.entities.items()]
    actions = {"affirm": "action_affirm", "deny": "action_deny", "place_order": "action_place_order"}
    return talk(actions.get(read.intent, f"action_{read.intent}"), read.intent, button["label"], *found, button=True)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_order_from_the_first_wish_to_its_number(language: str) -> None:
    talk = Talk(language)
    asked = _order(
        talk, "I want the throw, two pieces", entity("product", "knit-throw", "throw"), entity("quantity", 2)
    )
    assert asked.response == "utter_ask_city" and total(talk.id) == 120
    with reading() as session:
        assert session.execute(select(Reservation.quantity)).scalar_one() == 2
    asked = _order(talk, "Dubai", entity("city", "dubai-city", "Dubai"), intent="delivery_options")
    assert asked.response == "utter_ask_address_in" and "20" in asked.text
    assert _order(talk, "Marina Walk 5", intent="nlu_fallback").response == "utter_ask_parcel_name"
    assert _order(talk, "my name is Sara K.", intent="nlu_fallback").response == "utter_ask_courier_phone"
    assert _order(talk, "0501", intent="nlu_fallback").response == "utter_phone_unclear"
    assert _order(talk, "x", entity("phone", "+971501234567", "x"), intent="store_info").response == "utter_ask_payment"
    confirm = _order(talk, "cash", intent="payment_methods")
    assert confirm.response == "utter_ask_confirm"
    for part in ("Sara K", "Marina Walk 5", "140"):
        assert part in confirm.text
    done = _order(talk, "yes", intent="affirm")
    assert done.response == "utter_order_placed" and talk.slots["checkout"] is None and not talk.slots["basket"]
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
        row = session.execute(select(Interaction).order_by(Interaction.id.desc()).limit(1)).scalar_one()
    assert order.number in done.text and order.total == 140
    assert (row.topic, row.outcome, row.order_number, row.value) == ("place_order", "sold", order.number, 140)


def test_a_digression_is_answered_and_the_order_brought_up_once() -> None:
    talk = Talk()
    _order(talk, "I want the throw", entity("product", "knit-throw", "throw"))
    said = talk.turn("action_store_info", "store_info", "when do you open?")
    assert said[-1].response == "utter_checkout_open"
    said = talk.turn("action_store_info", "store_info", "and on fridays?")
    assert said[-1].response != "utter_checkout_open"
    assert _order(talk, "Dubai", entity("city", "dubai-city", "Dubai")).response == "utter_ask_address_in"


def test_what_was_said_is_corrected_and_a_new_city_needs_a_new_street() -> None:
    with writing() as session:
        from bot.db.models import DeliveryZone

        session.add(DeliveryZone(code="shj", name={"en": "Sharjah"}, cost=Decimal(35), min_days=2, max_days=3))
    talk = Talk()
    fill(talk.id, "knit-throw")
    talk.slots["basket"] = 1
    _order(talk, "checkout")
    _order(talk, "Dubai", entity("city", "dubai-city", "Dubai"))
    _order(talk, "Marina Walk 5", intent="nlu_fallback")
    asked = _order(talk, "no, to Sharjah", entity("city", "shj", "Sharjah"), intent="change_address")
    assert asked.response == "utter_ask_address_in" and "35" in asked.text
    assert _order(talk, "Corniche 9", intent="nlu_fallback").response == "utter_ask_parcel_name"
    assert _order(talk, "make it 3 pieces", entity("quantity", 3, "3 pieces"), intent="change_order")
    assert total(talk.id) == 180 + 35


@pytest.mark.parametrize("text", ["no thanks, not now", "cancel it", "لا خلاص"])
def test_an_order_is_given_up_without_a_fuss(text: str) -> None:
    talk = Talk()
    _order(talk, "I want the throw", entity("product", "knit-throw", "throw"))
    left = _order(talk, text, intent="deny")
    assert left.response == "utter_checkout_left" and talk.slots["checkout"] is None
    with reading() as session:
        assert session.execute(select(Reservation)).first() is None
        assert session.execute(select(Order)).first() is None
    assert total(talk.id) == 60, "the basket stays"


def test_a_yes_belongs_to_the_question_asked_last() -> None:
    talk = Talk()
    fill(talk.id, "knit-throw")
    talk.slots |= {"basket": 1, "checkout": {"asking": "confirm", "total": "60"}}
    talk.slots["question"] = {"kind": "handoff", "team": "sales", "reason": "x"}
    assert _order(talk, "yes", intent="affirm").response == "utter_handoff"
    with reading() as session:
        assert session.execute(select(Order)).first() is None


def test_the_loser_of_the_last_piece_is_told_at_once() -> None:
    first, second = Talk(), Talk("ar")
    for talk in (first, second):
        fill(talk.id, "feather-pillow")
        talk.slots["basket"] = 1
    assert _order(first, "checkout").response == "utter_ask_city"
    told = _order(second, "أكمل الطلب")
    assert told.response == "utter_taken_by_others" and "product_recommendation" in told.payloads[0]
    assert _press(second, told, "إخراجه").response == "utter_removed_last"
    third = Talk()
    late = _order(third, "I want the pillow", entity("product", "feather-pillow", "pillow"))
    assert late.response == "utter_taken_by_others"


def test_fewer_than_wished_are_offered_and_taken() -> None:
    talk = Talk()
    offer = _order(talk, "add 12 of them", entity("product", "side-pillow", "them"), entity("quantity", 12, "12 of"))
    assert offer.response == "utter_only_left" and "9" in offer.text
    assert _order(talk, "yes", intent="affirm").response == "utter_added"
    assert total(talk.id) == Decimal("769.5") * Decimal("0.9")


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("give me -3 of the throw", "utter_quantity_none"),
        ("0 of the throw", "utter_quantity_none"),
        ("2.5 of the throw", "utter_quantity_none"),
        ("1000000000 pieces of the throw", "utter_quantity_many"),
        ("٩٩٩٩٩٩٩ قطعة the throw", "utter_quantity_many"),
    ],
)
def test_impossible_numbers_are_answered_kindly(text: str, response: str) -> None:
    talk = Talk()
    assert _order(talk, text, entity("product", "knit-throw", "the throw")).response == response
    assert total(talk.id) is None


def test_options_are_asked_in_any_order_and_minds_change() -> None:
    talk = Talk()
    table = talk(
        "action_customization_options", "customization_options", "what options?", entity("product", "cloud-plus")
    )
    asked = _press(talk, table, "Put mine together")
    assert asked.response == "utter_ask_option" and [b["label"] for b in asked.buttons] == ["90 cm", "160 cm"]
    done = _order(talk, "wool", intent="nlu_fallback")
    assert done.response == "utter_configured_days" and "2,050" in done.text, "wool leaves one size"
    changed = _order(talk, "no, 90 cm please", intent="product_search")
    assert changed.response == "utter_configured" and "1,200" in changed.text
    assert "not cut that small" in changed.text, "the shop's reason is told"
    added = _press(talk, changed, "Add to basket")
    assert added.response == "utter_added" and total(talk.id) == 1200


def test_a_choice_left_open_is_asked_before_it_goes_into_the_basket() -> None:
    talk = Talk("ar")
    asked = _order(talk, "ضيف الفراش للسلة", entity("product", "cloud-plus", "الفراش"))
    assert asked.response == "utter_ask_option" and total(talk.id) is None
    assert _order(talk, "الثاني", entity("ordinal", 2, "الثاني"), intent="product_info").response == "utter_added"
    assert total(talk.id) == 1900


def test_prices_are_talked_about_within_the_policy() -> None:
    talk = Talk()
    asked = talk(
        "action_ask_discount",
        "ask_discount",
        "2400 for it?",
        entity("product", "latex-air", "it"),
        entity("price", 2400, "2400", role="about"),
    )
    assert asked.response == "utter_haggle_lowest" and "2,470" in asked.text
    assert _order(talk, "ok", intent="affirm").response == "utter_added" and total(talk.id) == 2470
    final = talk("action_ask_discount", "ask_discount", "2300?", entity("price", 2300, "2300", role="about"))
    assert final.response == "utter_haggle_final" and talk.slots["question"]["team"] == "sales"
    assert (
        talk.slots["offer"] == {"product": "latex-air", "asked": "2300", "price": "2470.000"}
        or talk.slots["offer"]["asked"] == "2300"
    )
    with reading() as session:
        assert [grant.unit_price for grant in session.execute(select(DiscountGrant)).scalars()] == [2470]
    pillow = talk("action_ask_discount", "ask_discount", "discount?", entity("product", "side-pillow"))
    assert pillow.response == "utter_haggle_fixed"


def test_coupons_are_used_and_guessing_is_stopped() -> None:
    coupon("TEN", percent=Decimal(10), public=True)
    talk = Talk()
    fill(talk.id, "knit-throw")
    assert "TEN" in talk("action_ask_discount", "ask_discount", "any coupon codes?").text
    used = talk("action_ask_discount", "ask_discount", "my code is ten")
    assert used.response == "utter_coupon_used" and total(talk.id) == 54
    said = [talk("action_ask_discount", "ask_discount", f"code GUESS{n}").response for n in range(7)]
    assert said[0] == "utter_coupon_unknown" and said[-1] == "utter_coupon_enough"
    with reading() as session:
        assert session.execute(select(Coupon.used)).scalar_one() == 0


def test_a_quote_is_written_with_its_links() -> None:
    talk = Talk("ar")
    quote = talk(
        "action_request_quote", "request_quote", "عرض سعر", entity("product", "knit-throw"), entity("quantity", 5, None)
    )
    assert quote.response == "utter_quote" and "Q-1001" in quote.text
    urls = [part["url"] for part in quote.parts if part["type"] == "link"]
    assert "/quotes/Q-1001/" in urls[0] and urls[1].endswith("quote.pdf?lang=ar")
    assert quote.rows[-1][-1] == "270 درهمًا"
    assert Talk()("action_request_quote", "request_quote", "a quote please").response == "utter_which_product_open"


def test_instalments_are_exact_and_honest() -> None:
    talk = Talk()
    shown = talk("action_ask_financing", "ask_financing", "instalments?", entity("product", "rock-firm"))
    assert shown.response == "utter_instalments" and shown.rows == [["4 months", "AED 225", "none", "AED 900"]]
    cheap = talk("action_ask_financing", "ask_financing", "instalments?", entity("product", "knit-throw"))
    assert cheap.response == "utter_instalments_from" and "400" in cheap.text
    selling(instalments=[])
    assert talk("action_ask_financing", "ask_financing", "instalments?").response == "utter_no_instalments"


def test_a_shop_with_its_own_checkout_gets_a_link() -> None:
    selling(checkout={"kind": "shopify", "template": "https://shop.example/cart/{lines}?discount={coupon}"})
    with writing() as session:
        session.execute(update(Variant).where(Variant.sku == "KT-1").values(checkout_id="4411"))
    talk = Talk()
    sent = _order(talk, "I want the throw", entity("product", "knit-throw", "throw"))
    assert sent.response == "utter_checkout_link"
    assert [p["url"] for p in sent.parts if p["type"] == "link"] == ["https://shop.example/cart/4411:1?discount="]
    with reading() as session:
        assert session.execute(select(Stock.quantity).join(Variant).where(Variant.sku == "KT-1")).scalar_one() == 30


def test_the_basket_is_shown_and_emptied() -> None:
    talk = Talk()
    assert _order(talk, "what's in my basket").response == "utter_basket_empty"
    fill(talk.id, "knit-throw", 1, 1)
    fill(talk.id, "side-pillow", 2, 2)
    talk.slots["basket"] = 3
    talk.message_id = 5
    shown = _order(talk, "show my cart", intent="nlu_fallback")
    assert shown.response == "utter_basket" and len(shown.rows) == 4
    out = _order(
        talk, "remove the pillow from the cart", entity("product", "side-pillow", "pillow"), intent="return_item"
    )
    assert out.response == "utter_removed" and total(talk.id) == 60
    assert _order(talk, "empty the basket, remove all", intent="cancel_order").response == "utter_removed_last"


def test_a_button_made_up_by_hand_does_no_harm() -> None:
    talk = Talk()
    for said in (
        {"do": "confirm", "total": "1"},
        {"do": "city", "value": "x"},
        {"do": "set", "line": 99},
        {"do": "?"},
        {},
    ):
        reply = talk("action_place_order", "place_order", "x", entity("selling", said), button=True)
        assert reply.response != "utter_problem"
    with reading() as session:
        assert session.execute(select(Order)).first() is None


def test_what_understanding_made_nothing_of_is_still_sold() -> None:
    coupon("TEN", percent=Decimal(10))
    talk = Talk("ar", slots={"product": "cloud-plus"})
    assert _order(talk, "أبغى أصممه خطوة بخطوة", intent="nlu_fallback").response == "utter_ask_option"
    talk = Talk(slots={"product": "knit-throw"})
    assert _order(talk, "my code is TEN", intent="nlu_fallback").response == "utter_coupon_kept"
    assert _order(talk, "-3 of them", intent="nlu_fallback").response == "utter_quantity_none"
    many = _order(talk, "add 600 pieces to it", entity("quantity", 600, "600 pieces"), intent="nlu_fallback")
    assert many.response == "utter_quantity_many"
    assert _order(talk, "my cart", intent="nlu_fallback").response == "utter_basket_empty"


@pytest.mark.parametrize(
    ("language", "text", "pieces"), [("en", "actually make it 2", "2 pieces"), ("ar", "لا خليهم اثنين", "قطعتان")]
)
def test_another_number_while_options_are_open_is_no_search(language: str, text: str, pieces: str) -> None:
    talk = Talk(language)
    _order(talk, "I'll take it", entity("product", "cloud-plus", "it"))
    said = talk.turn("action_product_search", "product_search", text)
    assert [reply.response for reply in said] == ["utter_recounted", "utter_ask_option"] and pieces in said[0].text
    wide = entity("attribute", {"code": "size", "value": "160 cm"}, "160 cm")
    _order(talk, "160 cm", wide, intent="product_search")
    assert total(talk.id) == 3800


def test_another_number_of_what_is_in_view_or_in_the_basket() -> None:
    talk = Talk(slots={"product": "knit-throw"})
    assert (
        _order(talk, "i'll take 2 of them", intent="product_info").response == "utter_added" and total(talk.id) == 120
    )
    assert (
        _order(talk, "wait, make it three", intent="nlu_fallback").response == "utter_basket" and total(talk.id) == 180
    )
    assert _order(talk, "what's my total", intent="ask_price").response == "utter_basket"
    assert _order(talk, "make it 400", intent="ask_discount").response != "utter_basket" and total(talk.id) == 180


def test_a_version_that_is_sold_out_is_said_at_once_and_not_offered() -> None:
    with writing() as session:
        narrow = select(Variant.id).where(Variant.sku == "CP-90").scalar_subquery()
        gone = update(Stock).where(Stock.variant_id == narrow).values(quantity=0)
        session.execute(gone.execution_options(synchronize_session=False))
    talk = Talk()
    asked = _order(talk, "I want to buy it", entity("product", "cloud-plus", "it"))
    assert [button["label"] for button in asked.buttons] == ["160 cm"]
    refused = _order(
        talk, "90 cm", entity("attribute", {"code": "size", "value": "90 cm"}, "90 cm"), intent="product_search"
    )
    assert refused.response == "utter_version_sold_out" and [b["label"] for b in refused.buttons] == ["160 cm"]
    assert _press(talk, refused, "160 cm").response in ("utter_added", "utter_ask_city")
    assert total(talk.id) == 1900


def test_putting_the_first_one_in_is_a_wish_to_buy_however_unsure() -> None:
    talk = Talk("ar")
    talk.slots["shown"] = ["knit-throw", "side-pillow"]
    text = "ضيف ٦٠٠ قطعة من الأول للسلة"
    found = (entity("quantity", 600, "٦٠٠ قطعة"), entity("ordinal", 1, "الأول"))
    said = talk("action_place_order", "place_order", text, *found, confidence=0.55)
    assert said.response == "utter_quantity_many"


@pytest.mark.parametrize(("text", "name"), [("I need 3 metres of the throw", "throw"), ("ابي ٣ متر بطانية", "بطانية")])
def test_so_much_of_a_product_that_is_needed_is_ordered(text: str, name: str) -> None:
    talk = Talk()
    asked = _order(talk, text, entity("product", "knit-throw", name), intent="product_search")
    assert asked.response == "utter_ask_city" and total(talk.id) == 180


@pytest.mark.parametrize("text", ["I need the throw in 56", "do I need 2 of the throw?"])
def test_a_number_that_counts_no_pieces_orders_nothing(text: str) -> None:
    talk = Talk()
    _order(talk, text, entity("product", "knit-throw", "throw"), intent="product_search")
    assert not talk.slots.get("checkout")


def test_bargaining_never_offers_more_than_so_many_pieces_cost_already() -> None:
    talk = Talk()
    _order(talk, "five throws", entity("product", "knit-throw", "throws"), entity("quantity", 5))
    assert total(talk.id) == 270  # the price for many is a tenth off, and haggling goes to a twentieth
    said = talk("action_ask_discount", "ask_discount", "50 each?", entity("price", 50, "50", role="about"))
    assert said.response == "utter_haggle_final" and "54" in said.text
    assert total(talk.id) == 270


def _offer_scents() -> None:
    """The throw comes scented and dyed as the customer likes, at no extra cost, and not everything goes together."""
    with writing() as session:
        throw = session.execute(select(Product).where(Product.code == "knit-throw")).scalar_one()
        made: dict[str, OptionValue] = {}
        for position, (code, name, arabic, choices) in enumerate(
            (
                ("scent", "Scent", "العطر", (("rose", "Rose", "ورد"), ("oud", "Oud", "عود"))),
                (
                    "dye",
                    "Dye",
                    "الصبغة",
                    (("madder", "Madder", "فوّة"), ("indigo", "Indigo", "نيلة"), ("henna", "Henna", "حنّاء")),
                ),
            )
        ):
            values = [
                OptionValue(code=one, name={"en": english, "ar": other}, position=place)
                for place, (one, english, other) in enumerate(choices)
            ]
            made |= {value.code: value for value in values}
            option = ProductOption(code=code, name={"en": name, "ar": arabic}, position=position, values=values)
            throw.options.append(option)
        session.flush()
        apart = OptionExclusion(
            first_id=made["oud"].id, second_id=made["indigo"].id, reason={"en": "oud stains indigo"}
        )
        session.add(apart)
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))


def test_what_only_the_customer_can_decide_is_asked_and_a_yes_is_no_answer() -> None:
    _offer_scents()
    talk = Talk()
    asked = _order(talk, "I'll take it", entity("product", "knit-throw", "it"))
    assert asked.response == "utter_ask_option" and [b["label"] for b in asked.buttons] == ["Rose", "Oud"]
    assert _order(talk, "yes", intent="affirm").response == "utter_ask_option", "which one is still open"
    noted, again = talk.turn("action_store_info", "store_info", "Dubai", entity("city", "dubai-city", "Dubai"))
    assert noted.response == "utter_city_noted" and "20" in noted.text and again.response == "utter_ask_option"
    other = _order(talk, "madder", intent="nlu_fallback")
    assert other.response == "utter_ask_option" and other.text.startswith("Madder, noted")
    assert _order(talk, "rose", intent="nlu_fallback").response == "utter_ask_address_in", "the city is known"


@pytest.mark.parametrize(
    ("language", "text", "word"), [("en", "no no the first one", "first"), ("ar", "لا لا الاولى", "الاولى")]
)
def test_no_the_first_one_means_the_other_product_and_then_the_choice_before(
    language: str, text: str, word: str
) -> None:
    _offer_scents()
    talk = Talk(language, slots={"shown": ["knit-throw", "cloud-plus"]})
    _order(talk, "x", entity("product", "cloud-plus", "x"))
    first = entity("ordinal", 1, word)
    asked = _order(talk, text, first, intent="deny")
    assert asked.response == "utter_ask_option" and talk.slots["configuration"]["product"] == "knit-throw"
    _order(talk, "2", entity("ordinal", 2, "2"), intent="product_info")
    assert talk.slots["configuration"]["made"] == {"choices": {"scent": "oud"}}
    _order(talk, text, first, intent="deny")
    assert talk.slots["configuration"]["made"] == {"choices": {"scent": "rose"}}


def test_the_only_version_left_is_offered_and_taken_with_a_yes() -> None:
    with writing() as session:
        wide = select(Variant.id).where(Variant.sku == "CP-160").scalar_subquery()
        gone = update(Stock).where(Stock.variant_id == wide).values(quantity=0)
        session.execute(gone.execution_options(synchronize_session=False))
    talk = Talk()
    asked = _order(talk, "I'll take it", entity("product", "cloud-plus", "it"))
    assert asked.response == "utter_ask_only_choice" and "90 cm" in asked.text
    assert _order(talk, "yes", intent="affirm").response == "utter_ask_city" and total(talk.id) == 1200


def test_fewer_pieces_than_wished_still_end_in_the_quote() -> None:
    talk = Talk()
    asked = talk(
        "action_request_quote", "request_quote", "quote for 5", entity("product", "cloud-plus"), entity("quantity", 5)
    )
    assert [button["label"] for button in asked.buttons] == ["160 cm"], "of the other there are only three"
    narrow = entity("attribute", {"code": "size", "value": "90 cm"}, "90 cm")
    assert _order(talk, "90 cm", narrow, intent="product_search").response == "utter_only_left"
    assert _order(talk, "yes", intent="affirm").response == "utter_quote" and total(talk.id) == 3600


def test_choices_that_do_not_go_together_are_said_to_whoever_asks() -> None:
    _offer_scents()
    talk = Talk()
    oud = entity("attribute", {"code": "scent", "value": "Oud"}, "oud")
    indigo = entity("attribute", {"code": "dye", "value": "Indigo"}, "indigo")
    text = "how much with oud and indigo?"
    told = talk("action_ask_price", "ask_price", text, entity("product", "knit-throw"), oud, indigo)
    assert told.response == "utter_not_together" and "oud stains indigo" in told.text and "60" in told.text
    for part in ("Rose", "Madder"):
        assert part in told.text
    stock = talk("action_check_availability", "check_availability", "do you have it with oud and indigo?", oud, indigo)
    assert stock.response == "utter_not_together"


def test_a_wish_to_buy_taken_for_a_look_round_is_heard() -> None:
    talk = Talk()
    named = entity("product", "cloud-plus", "Cloud Plus")
    assert _order(talk, "i want to buy the Cloud Plus", named, intent="product_search").response == "utter_ask_option"
    fresh = Talk("ar", slots={"shown": ["cloud-plus"]})
    wide = entity("attribute", {"code": "size", "value": "160 cm"}, "١٦٠ سم")
    assert _order(fresh, "اخذ ١٦٠ سم", wide).response == "utter_ask_city" and total(fresh.id) == 1900
    look = Talk()
    shown = _order(look, "is the Cloud Plus worth buying?", named, intent="product_search")
    assert shown.response != "utter_ask_option"


@pytest.mark.parametrize(("language", "text"), [("en", "cancel"), ("ar", "الغاء")])
def test_cancelling_nothing_is_answered_kindly(language: str, text: str) -> None:
    talk = Talk(language)
    assert _order(talk, text, intent="cancel_order").response == "utter_nothing_to_cancel"
    assert _order(talk, "yes", intent="affirm").response == "utter_ask_order_number"
    other = Talk(language)
    fill(other.id, "knit-throw")
    _order(other, "basket", intent="place_order")
    other.slots["checkout"] = None
    assert _order(other, text, intent="cancel_order").response == "utter_nothing_to_cancel_basket"
    assert _order(other, "no", intent="deny").response == "utter_nothing_cancelled"


def test_an_address_after_leaving_asks_whether_to_order_after_all() -> None:
    talk = Talk()
    _order(talk, "I'll take it", entity("product", "cloud-plus", "it"))
    assert _order(talk, "forget it", intent="deny").response == "utter_configuration_left"
    offered = _order(talk, "Marina street 5, Dubai", entity("city", "dubai-city", "Dubai"), intent="change_address")
    assert offered.response == "utter_send_there"
    assert _order(talk, "yes", intent="affirm").response == "utter_ask_option"
    wide = entity("attribute", {"code": "size", "value": "160 cm"}, "160 cm")
    assert _order(talk, "160 cm", wide, intent="product_search").response == "utter_ask_parcel_name", (
        "the rest is known"
    )


def test_cheaper_alone_shows_what_costs_less_and_asking_to_come_down_bargains() -> None:
    talk = Talk(slots={"product": "cloud-plus"})
    alone = talk("action_ask_discount", "ask_discount", "cheaper?", entity("comparison", "cheaper", "cheaper"))
    assert alone.response.startswith("utter_search") and talk.slots.get("offer") is None
    talk.slots["product"] = "cloud-plus"
    asked = "can you make it cheaper?"
    down = talk("action_ask_discount", "ask_discount", asked, entity("comparison", "cheaper", "cheaper"))
    assert down.response.startswith("utter_haggle")


def test_cheaper_after_a_list_shows_what_costs_less_and_one_more_is_another() -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))
    assert talk.slots.get("product") is None
    for text in ("cheaper?", "any cheaper one?"):
        said = talk("action_ask_discount", "ask_discount", text, entity("comparison", "cheaper", "cheaper"))
        assert said.response.startswith("utter_search") and talk.slots.get("offer") is None, text


def test_codes_tried_one_after_another_are_codes_whatever_they_sound_like() -> None:
    talk = Talk()
    talk("action_ask_discount", "ask_discount", "any codes?")
    for guess in ("try FREE100", "and VIP20?", "طيب SAVE5", "how about WELCOME", "ok TEST20"):
        assert talk("action_book_demo", "book_demo", guess).response == "utter_coupon_unknown", guess
    assert talk("action_book_demo", "book_demo", "try FREE200").response == "utter_coupon_enough"


@pytest.mark.parametrize("text", ["ok deal", "اتفقنا"])
def test_a_deal_takes_the_price_offered_also_after_a_last_refusal(text: str) -> None:
    talk = Talk()
    talk("action_ask_discount", "ask_discount", "make it 2300", entity("product", "latex-air"), entity("price", 2300))
    taken = _order(talk, text, intent="nlu_fallback")
    assert taken.response == "utter_added" and talk.slots["basket"]


@pytest.mark.parametrize("text", ["configure it", "أصممها"])
def test_configuring_what_is_in_view_is_no_setting_up_at_home(text: str) -> None:
    talk = Talk(slots={"product": "cloud-plus"})
    begun = talk("action_setup_guide", "installation_help", text, confidence=0.6)
    assert talk.slots["configuration"]["product"] == "cloud-plus" and begun.response == "utter_ask_option"


def test_a_number_after_an_offer_bargains_on_whatever_it_was_taken_for() -> None:
    talk = Talk("ar")
    asked = talk("action_ask_price", "ask_price", "آخر سعر كم؟", entity("product", "latex-air"))
    assert asked.response in ("utter_haggle_offered", "utter_haggle_granted")
    again = _order(talk, "طب ٢٣٠٠؟", intent="nlu_fallback")
    assert again.response == "utter_haggle_lowest" and talk.slots["offer"]["asked"].startswith("2300")
    assert _order(talk, "٥", intent="nlu_fallback").response == "utter_fallback"


def test_a_bid_for_several_is_about_so_many_to_the_end() -> None:
    talk = Talk()
    bid = "I'll take 2 if you make it 2300 each"
    talk("action_ask_discount", "ask_discount", bid, entity("product", "latex-air"))
    assert talk.slots["offer"]["asked"].startswith("2300") and talk.slots["offer"]["quantity"] == "2"
    lower = _order(talk, "ok 2350 then", intent="affirm")
    assert lower.response == "utter_haggle_final" and talk.slots["offer"]["quantity"] == "2"
    assert _order(talk, "ok deal", intent="nlu_fallback").response == "utter_added"
    with reading() as session:
        granted = session.execute(select(DiscountGrant.unit_price)).scalars().first()
    assert total(talk.id) == 2 * granted


def test_what_a_product_is_put_together_from_is_told_at_the_price_agreed_on() -> None:
    talk = Talk()
    talk("action_ask_discount", "ask_discount", "can you do 1100?", entity("product", "cloud-plus"))
    offered = Decimal(talk.slots["offer"]["price"])
    asked = _order(talk, "yes please", intent="affirm")
    assert offered < 1200 and asked.response == "utter_ask_option" and f"{offered:,.0f}" in asked.text


@pytest.mark.parametrize(
    ("text", "response"),
    [("actually wool", "utter_option_offered"), ("make it leather", "utter_choice_missing")],
)
def test_a_choice_named_alone_is_about_the_product_in_view(text: str, response: str) -> None:
    talk = Talk(slots={"product": "cloud-plus"})
    value = text.split()[-1]
    wish = entity("attribute", {"code": "cover", "value": value}, value)
    assert _order(talk, text, wish, intent="product_search").response.startswith(response)


def test_nothing_sold_out_is_bargained_about() -> None:
    with writing() as session:
        session.execute(update(Stock).values(quantity=0).execution_options(synchronize_session=False))
    talk = Talk()
    said = talk("action_ask_discount", "ask_discount", "discount?", entity("product", "latex-air"))
    assert said.response.startswith("utter_sold_out") and not talk.slots.get("offer")


def test_bare_guesses_of_codes_count_whatever_they_are_taken_for() -> None:
    coupon("SECRET20", percent=Decimal(20))
    talk = Talk()
    talk("action_ask_discount", "ask_discount", "any codes?")
    assert talk("action_greet", "greet", "HELLO10").response == "utter_coupon_unknown"
    for guess in ("SAVE10", "ABC50", "TEST20", "WELCOME"):
        talk("action_out_of_scope", "out_of_scope", guess)
    assert talk("action_greet", "greet", "SECRET20").response == "utter_coupon_enough", "known ones are not told either"
    elsewhere = Talk()
    for number in range(6):
        _order(elsewhere, f"SAVE1{number}", intent="nlu_fallback")
    assert _order(elsewhere, "SECRET20", intent="nlu_fallback").response == "utter_coupon_enough"


@pytest.mark.parametrize("text", ["ابغى عرض سعر لبطانيتين", "أريد البطانيتين"])
def test_the_arabic_dual_counts_two(text: str) -> None:
    with writing() as session:
        throw = session.execute(select(Product).where(Product.code == "knit-throw")).scalar_one()
        throw.title = {"en": "Knit throw", "ar": "بطانية محبوكة"}
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    talk = Talk("ar")
    talk("action_request_quote", "request_quote", text, entity("product", "knit-throw"))
    assert total(talk.id) == 120


def test_a_quote_is_made_out_in_the_name_told() -> None:
    talk = Talk()
    fill(talk.id, "knit-throw")
    talk.slots["basket"] = True
    talk("action_request_quote", "request_quote", "a quote in the name of Palm Trading please")
    with reading() as session:
        assert session.execute(select(Quote.customer_name)).scalar_one().startswith("Palm Trading")


def test_the_word_that_tells_ways_to_pay_apart_is_enough() -> None:
    offered = (
        PaymentMethod("a", {"en": "Cash on delivery"}, "on_delivery"),
        PaymentMethod("b", {"en": "Bank transfer"}, "transfer"),
    )
    found = checkout.method_named("Transfer!", offered)
    assert found is offered[1] and checkout.method_named("on", offered) is None
    assert checkout.method_named("transfer it to my flat", offered) is None


@pytest.mark.parametrize(
    "text", ["a quote please, in the name of Frame Cloud Trading", "عرض سعر مكتوب باسم نورة تلال للتجارة"]
)
def test_the_name_a_quote_is_for_names_no_product(text: str) -> None:
    talk = Talk(slots={"product": "rock-firm", "shown": ["rock-firm"]})
    written = talk("action_request_quote", "request_quote", text)
    assert written.response == "utter_quote"
    assert written.rows[0][0].startswith("Dormir Rock")
