"""Names of a catalogue in customers' texts: forms, slips, both scripts, parts of names, changes, size."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from bot.clock import now
from bot.db.models import (
    Branch,
    Brand,
    CatalogueVersion,
    Category,
    DeliveryZone,
    OptionValue,
    Order,
    Product,
    ProductAttribute,
    ProductOption,
    Shop,
    Variant,
)
from bot.db.session import writing
from bot.language.normalise import fold
from bot.shop import gazetteer
from bot.shop.gazetteer import Gazetteer
from bot.shop.gazetteer.forms import key, skeleton, sound
from bot.shop.gazetteer.names import Label, Names, ProductName


def _attribute(code: str, name: str, value: str, arabic: str = "", **more: object) -> ProductAttribute:
    return ProductAttribute(code=code, name={"en": name}, value={"en": value, "ar": arabic}, **more)


def garden_shop() -> None:
    """A garden shop: both languages, except that lawn mowers and the brands are named in English only."""
    with writing() as session:
        session.add(Shop(name={"en": "Greenhand"}, currency="KWD", timezone="Asia/Kuwait", country="KW"))
        session.add(
            Branch(code="salmiya", name={"en": "Salmiya showroom", "ar": "معرض السالمية"}, city={"en": "Salmiya"})
        )
        session.add(DeliveryZone(code="hawalli", name={"en": "Hawalli", "ar": "حولي"}, cost=1, min_days=1, max_days=2))
        pots = Category(code="pots", name={"en": "Plant pots", "ar": "أصص نباتات"}, aliases=["planter"])
        mowers = Category(code="mowers", name={"en": "Lawn mowers"})
        chairs = Category(code="chairs", name={"en": "Garden chairs", "ar": "كراسي الحديقة"}, aliases=["كرسي"])
        bosko = Brand(code="bosko", name={"en": "Bosko"})
        session.add_all([pots, mowers, chairs, bosko])
        for code, title, arabic in (
            ("turvo-300", "Bosko Turvo 300 Lawn Mower", ""),
            ("turvo-500", "Bosko Turvo 500 Lawn Mower", ""),
            ("cloud", "Star Chair", "كرسي سحاب"),
            ("zarqa", "Zarqa Terracotta Pot", "أصيص زرقا"),
        ):
            category = {"t": mowers, "c": chairs, "z": pots}[code[0]]
            product = Product(
                code=code,
                title={"en": title, "ar": arabic},
                description={"en": "A sturdy thing with quiet wheels for any terrace."},
                category=category,
                brand=bosko if code[0] == "t" else None,
                aliases=[],
                popularity=5 if code == "turvo-500" else 1,
            )
            product.variants.append(Variant(sku=f"GH-{code.upper()}-X1"))
            product.attributes.append(_attribute("width", "Cutting width", "42 cm", number=42, unit="cm"))
            session.add(product)
            session.flush()
            colour = ProductOption(product_id=product.id, code="colour", name={"en": "Colour", "ar": "اللون"})
            colour.values += [
                OptionValue(code="black", name={"en": "Black", "ar": "أسود"}),
                OptionValue(code="blue", name={"en": "Blue", "ar": "أزرق"}),
            ]
            size = ProductOption(product_id=product.id, code="size", name={"en": "Size", "ar": "المقاس"})
            size.values += [OptionValue(code="m", name={"en": "M"}), OptionValue(code="42", name={"en": "42"})]
            session.add_all([colour, size])


@pytest.fixture
def garden(database: str) -> Iterator[Gazetteer]:
    garden_shop()
    yield gazetteer.current()


def found(garden: Gazetteer, text: str) -> list[tuple[str, object, str]]:
    return [(span.kind, span.value, text[span.start : span.end]) for span in garden.find(text)]


def test_names_in_both_languages(garden: Gazetteer) -> None:
    assert found(garden, "do you have lawn mowers") == [("category", "mowers", "lawn mowers")]
    assert found(garden, "Plant pot by Bosko?") == [("category", "pots", "Plant pot"), ("brand", "bosko", "Bosko")]
    assert found(garden, "عندكم كراسي الحديقة؟") == [("category", "chairs", "كراسي الحديقة")]
    assert found(garden, "توصلون حولي؟") == [("city", "hawalli", "حولي")]
    assert found(garden, "معرض السالمية") == [("branch", "salmiya", "معرض السالمية")]
    assert found(garden, "a planter please") == [("category", "pots", "planter")]


@pytest.mark.parametrize("text", ["والكرسي", "بالكراسي", "كراسي", "الكرسيين", "كـــرسي"])
def test_forms_of_an_arabic_word(garden: Gazetteer, text: str) -> None:
    assert found(garden, text) == [("category", "chairs", text)]


@pytest.mark.parametrize("said", ["أسود", "اسود", "سوداء", "سودا", "الأسود", "black", "BLACK"])
def test_forms_of_a_colour(garden: Gazetteer, said: str) -> None:
    assert found(garden, f"ابي كرسي {said}")[1] == ("attribute", {"code": "colour", "value": "Black"}, said)


@pytest.mark.parametrize("text", ["lawn moewr", "lawm mower", "terracota pot"])
def test_slips_of_the_pen(garden: Gazetteer, text: str) -> None:
    assert len(found(garden, text)) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("how much is the turvo 300", "turvo-300"),
        ("Turvo300 in stock?", "turvo-300"),
        ("the bosko turvo-500 lawn mower", "turvo-500"),
        ("GH-TURVO-300-X1", "turvo-300"),
        ("سعر تورفو 300", "turvo-300"),
        ("is the star chair comfortable", "cloud"),
        ("كم كرسي سحاب", "cloud"),
    ],
)
def test_products_by_parts_of_their_names(garden: Gazetteer, text: str, code: str) -> None:
    spans = [span for span in garden.find(text) if span.kind == "product"]
    assert [(span.value, span.candidates) for span in spans] == [(code, ())]


def test_a_name_that_several_products_have_gives_candidates(garden: Gazetteer) -> None:
    (span,) = garden.find("tell me about the turvo")
    assert span.candidates == ("turvo-500", "turvo-300")


def test_two_products_in_one_message(garden: Gazetteer) -> None:
    assert [value for _, value, _ in found(garden, "compare turvo 300 and turvo 500")] == ["turvo-300", "turvo-500"]


@pytest.mark.parametrize(
    "text",
    ["المنتج", "the product is good", "where is my order", "i want a quiet one", "sturdy wheels", "a five star service",
     "ابغى ارجع الطلب", "washing machine", "ok", "", "😀" * 200, "\ud800 \x00"],
)  # fmt: skip
def test_ordinary_words_name_nothing(garden: Gazetteer, text: str) -> None:
    assert found(garden, text) == []


def test_yes_and_no_are_no_values(database: str) -> None:
    with writing() as session:
        product = Product(code="x", title={"en": "Quarlo"})
        product.attributes.append(_attribute("app", "App", "Yes", "نعم"))
        session.add(product)
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    assert gazetteer.current().find("yes") == gazetteer.current().find("نعم") == []


def test_what_one_does_is_no_form_of_a_name() -> None:
    names = Names(products=[ProductName("nadif", "نظيف 3"), ProductName("other", "مكنسة 2")])
    assert Gazetteer(names).find("كيف انظف المكان") == []


def test_short_sizes_count_only_beside_their_option(garden: Gazetteer) -> None:
    assert ("attribute", {"code": "size", "value": "M"}, "m") in found(garden, "do you have size m")
    assert ("attribute", {"code": "size", "value": "42"}, "٤٢") in found(garden, "المقاس ٤٢ موجود؟")
    assert found(garden, "i'm 42 years old") == []


def test_measures_of_the_catalogue(garden: Gazetteer) -> None:
    assert garden.quantity(42, "cm", "42 cm wide") == {"code": "width", "value": "42 cm"}
    assert garden.quantity(43, "cm", "43 cm wide") is None


def test_a_category_named_in_the_other_language_only_is_found_by_meaning(garden: Gazetteer) -> None:
    (span,) = garden.find("جزازة العشب")
    assert (span.kind, span.value, span.extractor) == ("category", "mowers", "encoder")
    assert garden.find("قصة الأطفال") == []


def test_the_noun_of_a_category_is_enough_unless_described_as_something_else(garden: Gazetteer) -> None:
    assert found(garden, "any mower") == [("category", "mowers", "mower")]


def test_a_noun_that_several_categories_share_names_them_all(database: str) -> None:
    kinds = [
        ("city", "City bikes", "دراجات المدينة"),
        ("kids", "Kids' bikes", "دراجات أطفال"),
        ("racks", "Bike racks", "حوامل"),
        ("locks", "Locks", "أقفال"),
    ]
    names = Names(labels=[Label("category", code, text) for code, *texts in kinds for text in texts])
    shop = Gazetteer(names)
    (span,) = shop.find("دراجة لابني")
    assert (span.kind, span.candidates) == ("category", ("city", "kids"))
    assert shop.find("something to carry my bike") == [], "it also describes the racks"
    without_racks = Gazetteer(Names(labels=[label for label in names.labels if label.value != "racks"]))
    (span,) = without_racks.find("a bike for work")
    assert (span.value, span.candidates) == ("city", ("city", "kids"))
    (one,) = without_racks.find("a city bike")
    assert (one.value, one.candidates) == ("city", ())


def test_a_change_is_understood_at_the_next_message(garden: Gazetteer) -> None:
    assert gazetteer.current().find("any hammocks?") == []
    with writing() as session:
        session.add(Category(code="hammocks", name={"en": "Hammocks"}))
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    (span,) = gazetteer.current().find("any hammocks?")
    assert span.value == "hammocks"
    assert gazetteer.current() is gazetteer.current()


def test_shapes_of_order_numbers_are_learned(database: str) -> None:
    with writing() as session:
        for number in ("GH-20114", "GH-20115"):
            key_ = number.replace("-", "")
            session.add(Order(number=number, number_key=key_, placed_at=now(), state="pending", currency="KWD"))
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    names = gazetteer.current().names
    assert (names.order_prefixes, names.order_digits) == ({"GH"}, (5, 5))
    assert gazetteer.order_exists("GH20114")
    assert not gazetteer.order_exists("GH20116")


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("كرسي", "كراسي"),
        ("هاتف", "هواتف"),
        ("جهاز", "أجهزة"),
        ("حقيبة", "حقائب"),
        ("قميص", "قمصان"),
        ("فستان", "فساتين"),
    ],
)
def test_broken_plurals_share_their_consonants(one: str, many: str) -> None:
    assert skeleton(fold(one)) == skeleton(fold(many)) != ""


@pytest.mark.parametrize(
    ("word", "same"), [("سماعات", "السماعة"), ("طابعات", "بالطابعة"), ("boxes", "box"), ("batteries", "battery")]
)
def test_keys(word: str, same: str) -> None:
    assert key(fold(word)) == key(fold(same))


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [("samsung", "سامسونج"), ("lenovo", "لينوفو"), ("philips", "فيليبس"), ("bosch", "بوش"), ("nokia", "نوكيا")],
)
def test_names_sound_alike_in_both_scripts(latin: str, arabic: str) -> None:
    assert sound(latin) == sound(fold(arabic))


def test_a_hundred_thousand_names_are_searched_quickly() -> None:
    dice = random.Random(5)
    syllables = [
        "ka",
        "lo",
        "mi",
        "ne",
        "ru",
        "ta",
        "vo",
        "xi",
        "za",
        "be",
        "do",
        "fu",
        "gi",
        "ha",
        "jo",
        "pe",
        "tri",
        "ner",
        "mon",
        "del",
        "far",
        "gul",
        "wes",
        "lin",
        "mar",
        "tex",
    ]
    word = lambda count: "".join(dice.choices(syllables, k=count)).title()  # noqa: E731
    brands = [word(3) for _ in range(300)]
    names = Names(labels=[Label("category", "lamps", "Lamps")], category_texts={"lamps": ["Lamps"]})
    for number in range(100_000):
        names.products.append(ProductName(f"p{number}", f"{dice.choice(brands)} {word(3)} {number % 60} Lamp Black"))
    big = Gazetteer(names)
    texts = [f"how much is the {' '.join(name.text.split()[:3])} please" for name in dice.sample(names.products, 60)]
    texts += [
        "where is my order, i have been waiting for two weeks and nobody answers",
        "unknwon wrds evrywhre plase",
    ] * 5
    spent = []
    hits = 0
    for text in texts:
        began = time.thread_time()
        hits += bool(big.find(text))
        spent.append(time.thread_time() - began)
    assert hits >= 58
    assert sorted(spent)[len(spent) // 2] < 0.025


def test_an_ordinary_word_joined_to_an_and_is_no_place_that_sounds_alike(database: str) -> None:
    garden_shop()
    with writing() as session:
        session.add(
            DeliveryZone(
                code="khobar",
                name={"en": "Al Khobar", "ar": "الخبر"},
                aliases=["Khobar", "Khubar"],
                cost=1,
                min_days=1,
                max_days=2,
            )
        )
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    known = gazetteer.current()
    assert [span.value for span in known.find("طب والكبيرة؟")] == []
    assert [span.value for span in known.find("توصلون للخبر والدمام؟")] == ["khobar"]


def test_values_that_are_said_of_anything_name_a_property_only_beside_its_name(database: str) -> None:
    garden_shop()
    with writing() as session:
        pot = session.execute(select(Product).order_by(Product.id).limit(1)).scalar_one()
        pot.attributes.append(_attribute("drip_tray", "Drip tray", "Without", "بدون"))
        pot.attributes.append(_attribute("drainage_holes", "Drainage holes", "Two"))
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    known = gazetteer.current()

    def values(text: str) -> list[object]:
        return [span.value for span in known.find(text) if span.kind == "attribute"]

    assert values("a spade and two rakes without a scratch") == values("شي بدون كلام") == []
    assert values("something without drip tray") == [{"code": "drip_tray", "value": "Without"}]
    assert values("with two drainage holes") == [{"code": "drainage_holes", "value": "Two"}]
