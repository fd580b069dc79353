"""Rules for what is written in fixed ways, in both languages, with normalised values and exact places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.patterns import Surroundings, find_all
from bot.nlu.patterns.found import Text
from bot.nlu.patterns.numbers import find as find_numbers


def _quantity(number: float, unit: str, _text: str) -> dict[str, str] | None:
    known = {(16.0, "gb"): "memory", (27.0, "inch"): "screen", (42.0, "cm"): "width"}
    code = known.get((number, unit))
    return {"code": code, "value": f"{number:g} {unit}"} if code else None


SHOP = Surroundings(
    country="SA",
    currency="SAR",
    order_prefixes={"K"},
    order_digits=(5, 5),
    order_exists=lambda key: key == "10050",
    quantity=_quantity,
    measured=lambda unit, _text: {"gb": "memory", "ah": "capacity", "kg": "weight"}.get(unit),
)


def found(text: str, kind: str, around: Surroundings = SHOP) -> list[Any]:
    return [item.value for item in find_all(text, around) if item.entity == kind]


@pytest.mark.parametrize(
    ("text", "value", "role"),
    [
        ("under 2k", 2000, "max"),
        ("less than 1,500", 1500, "max"),
        ("cheaper than 500", 500, "max"),
        ("budget of 900", 900, "max"),
        ("my budget is around 1500 sar", 1500, "max"),
        ("500$ max", 500, "max"),
        ("not more than 300", 300, "max"),
        ("i don't want to pay more than 300 dollars", 300, "max"),
        ("تحت الألفين", 2000, "max"),
        ("ما يزيد عن ٥٠٠", 500, "max"),
        ("اقل من ثلاثة آلاف", 3000, "max"),
        ("ميزانيتي خمسمية ريال", 500, "max"),
        ("مش عايز ادفع اكتر من 5000 جنيه", 5000, "max"),
        ("مو أكثر من ٢٠٠٠", 2000, "max"),
        ("at least 1000 riyals", 1000, "min"),
        ("فوق ٣٠٠٠", 3000, "min"),
        ("3 thousand", 3000, "about"),
        ("حدود ٢٠٠٠", 2000, "about"),
        ("لابتوب بريال واحد", 1, "about"),
        ("شاحن بريالين", 2, "about"),
        ("عندكم شاحن بريال؟", 1, "about"),
        ("a charger for a riyal", 1, "about"),
        ("do you have a lamp for one riyal?", 1, "about"),
        ("a bag for three hundred", 300, "about"),
        ("a bag for 300?", 300, "about"),
        ("ابغى لابتوب بألفين وخمسمية", 2500, "about"),
        ("٣٠٠٠ ريال", 3000, "about"),
        ("الفين وخمسمية ريال", 2500, "about"),
        ("٣ آلاف وخمسمية", 3500, "about"),
        ("two hundred dollars", 200, "about"),
        ("99.90 sar", 99.9, "about"),
        ("500ish", 500, "about"),
        ("20 KD", 20, "about"),
        ("2000", 2000, "about"),
    ],
)
def test_prices(text: str, value: float, role: str) -> None:
    (price,) = (item for item in find_all(text, SHOP) if item.entity == "price")
    assert (price.value, price.extra) == (value, {"role": role})


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("between 1000 and 2000", 1000, 2000),
        ("بين ألف وألفين", 1000, 2000),
        ("laptops from 1000 to 2000", 1000, 2000),
        ("1-2k", 1000, 2000),
        ("300 to 500", 300, 500),
        ("from 50 up to 80 dollars", 50, 80),
        ("٢٠٠ - ٣٠٠ ريال", 200, 300),
        ("من ٥٠٠ ل ٨٠٠ ريال", 500, 800),
    ],
)
def test_price_ranges(text: str, low: float, high: float) -> None:
    prices = [(item.value, item.extra["role"]) for item in find_all(text, SHOP) if item.entity == "price"]
    assert prices == [(low, "min"), (high, "max")]


@pytest.mark.parametrize(
    "text",
    ["under 10 kg", "less than 3 days", "open from 9 to 5", "order 4471", "iphone 15 pro max 256", "wh-1000xm5",
     "27 inch", "16 gb ram", "اقل من ٣ ايام", "0551234567", "the first 2", "a quote for 100", "a case for 2020", "كم بريال"],
)  # fmt: skip
def test_numbers_that_are_no_price(text: str) -> None:
    assert found(text, "price") == []


@pytest.mark.parametrize("text", ["what sweets are under 5", "حلويات تحت ٥", "anything cheaper than 9?"])
def test_a_small_limit_at_the_end_is_a_price(text: str) -> None:
    found_in = [item for item in find_all(text, SHOP) if item.entity == "price"]
    assert [item.extra["role"] for item in found_in] == ["max"]


@pytest.mark.parametrize("text", ["toys for kids under 5", "العاب لطفل تحت ٥", "under 3", "a bag under 5 kg"])
def test_a_small_limit_of_something_else(text: str) -> None:
    assert found(text, "price") == []


def test_a_currency_in_thousandths_has_smaller_limits() -> None:
    assert found("sweets under 2", "price", Surroundings(currency="KWD")) == [2]


def test_prices_of_currencies_with_three_decimals() -> None:
    assert found("12.500 dinar", "price", Surroundings(currency="KWD")) == [12.5]
    assert found("12.500 riyal", "price", SHOP) == [12500]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my order K-10021", "K10021"),
        ("k10021", "K10021"),
        ("#1001", "1001"),
        ("order 4471", "4471"),
        ("order number is 4471", "4471"),
        ("طلب رقم ٤٤١٧", "4417"),
        ("رقم طلبي 1001", "1001"),
        ("الطلب رقم ٤٤١٧ والايميل a@example.com", "4417"),
        ("where is order #K-10021?", "K10021"),
        ("SO-2210", "SO2210"),
        ("order no. SO/2026/118", "SO2026118"),
        ("SO/2026/118", "SO2026118"),
        ("طلبي رقم SO/2026/118", "SO2026118"),
        ("#A-10023", "A10023"),
        ("order INV-2026-00045", "INV202600045"),
        ("10021", "10021"),
        ("10050", "10050"),
    ],
)
def test_order_numbers(text: str, value: str) -> None:
    assert found(text, "order_number") == [value]


@pytest.mark.parametrize(
    "text",
    [
        "order 2 chairs",
        "10100",
        "2000 ريال",
        "my order is late",
        "i have 3 orders",
        "0551234567",
        "my order of 2026/11/23",
    ],
)
def test_numbers_that_are_no_order(text: str) -> None:
    assert found(text, "order_number") == []


@pytest.mark.parametrize("text", ["رقمي 0511223344 والطلب د-١٠٠٧١", "طلبي دي 10071"])
def test_letters_of_a_number_in_arabic_writing(text: str) -> None:
    assert found(text, "order_number") == ["10071"]


def test_two_orders_in_one_message() -> None:
    assert found("orders 4471 and 4472", "order_number") == ["4471", "4472"]


def test_contacts() -> None:
    assert found("ايميلي Huda.Ali@Example.comشكرا", "email") == ["huda.ali@example.com"]
    assert found("٠٥٥١٢٣٤٥٦٧", "phone") == ["+966551234567"]
    assert found("call me on +20 100 123 4567", "phone") == ["+201001234567"]
    assert found("call 0100 123 4567", "phone", Surroundings(country="EG")) == ["+201001234567"]
    assert found("me@localhost and @name", "email") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("the second one", 2), ("second", 2), ("2nd", 2), ("الثاني", 2), ("التاني", 2), ("last one", -1), ("no. 3", 3), ("رقم ٣", 3),
     ("i want the first", 1), ("اخر واحد", -1), ("الأخير", -1), ("option 2", 2), ("والثالث", 3)],
)  # fmt: skip
def test_ordinals(text: str, value: int) -> None:
    assert found(text, "ordinal") == [value]


@pytest.mark.parametrize(
    "text", ["the first time i ordered", "last week", "في أول طلب", "اول مرة", "order no 3", "second hand"]
)
def test_what_counts_nothing_off(text: str) -> None:
    assert found(text, "ordinal") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("something cheaper", "cheaper"), ("أرخص", "cheaper"), ("ارخص شي", "cheaper"), ("bigger one", "bigger"), ("أخف", "lighter"),
     ("more expensive", "pricier"), ("احدث", "newer"), ("a quieter one", "quieter"), ("شي احسن", "better")],
)  # fmt: skip
def test_comparisons(text: str, value: str) -> None:
    assert found(text, "comparison") == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 pieces", 2),
        ("x3", 3),
        ("قطعتين", 2),
        ("٣ حبات", 3),
        ("two of them", 2),
        ("عدد ٢", 2),
        ("quantity: 4", 4),
        ("a dozen", 12),
        ("half a dozen", 6),
        ("3 dozen", 36),
        ("درزن", 12),
    ],
)
def test_quantities(text: str, value: int) -> None:
    assert found(text, "quantity") == [value]


def test_a_number_before_a_name_counts_it() -> None:
    text = "3 laptops please"
    assert found(text, "quantity") == []
    assert found(text, "quantity", Surroundings(names=frozenset({2}))) == [3]


@pytest.mark.parametrize(("text", "count"), [("I need about 30 desks", 30), ("حوالي ٢٠ مكتب", 20)])
def test_about_so_many_of_a_thing_is_no_price(text: str, count: int) -> None:
    start = max(text.find("desk"), text.find("مكتب"))
    around = Surroundings(names=frozenset({start}))
    assert (found(text, "price", around), found(text, "quantity", around)) == ([], [count])
    assert found("a desk for about 300", "price", Surroundings(names=frozenset({2}))) == [300]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("speak Arabic", "ar"),
        ("بالانجليزي لو سمحت", "en"),
        ("English please", "en"),
        ("can you reply in arabic", "ar"),
        ("كلمني عربي", "ar"),
    ],
)
def test_languages_asked_for(text: str, value: str) -> None:
    assert found(text, "language") == [value]


def test_a_language_that_is_not_asked_for() -> None:
    assert found("does the keyboard have arabic letters", "language") == []


@pytest.mark.parametrize("text", ["16GB ram", "16 gb", "١٦ جيجا", "27-inch", "شاشة ٢٧ بوصة", '27"', "42 cm"])
def test_measures_that_the_catalogue_has(text: str) -> None:
    (value,) = found(text, "attribute")
    assert set(value) == {"code", "value"}


@pytest.mark.parametrize("text", ["the second one in black", "17 gb", "16", "gb"])
def test_measures_that_it_has_not(text: str) -> None:
    assert found(text, "attribute") == []


def test_places_are_those_of_the_original() -> None:
    text = "بـــكم؟ تحت ٣٬٠٠٠ ريال، ايميل a@example.com"
    places = {item.entity: text[item.start : item.end] for item in find_all(text, SHOP)}
    assert places == {"price": "تحت ٣٬٠٠٠ ريال", "email": "a@example.com"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("twenty five", [25]),
        ("خمسة وعشرين", [25]),
        ("1,500.50", [1500.5]),
        ("1 500", [1500]),
        ("مية", [100]),
        ("ثلاث مئة", [300]),
    ],
)
def test_numbers(text: str, values: list[float]) -> None:
    assert [number.plain for number in find_numbers(Text(text).folded)] == values


@given(st.text(alphabet=st.sampled_from("0123456789٠٣ ,.-#@xكالفوبين طلبرقمorder$k\n\ud800😀"), max_size=120))
def test_any_text_is_read_without_overlaps(text: str) -> None:
    kept = find_all(text, SHOP)
    assert all(first.end <= second.start for first, second in zip(kept, kept[1:], strict=False))
    assert all(0 <= item.start < item.end <= len(text) for item in kept)


@pytest.mark.parametrize(
    "text",
    ["1 " * 2000, "+966" * 1000, "order " * 600, "٣" * 4000, "between " * 500, "a@" * 2000, "الف و" * 800, "#" * 4000],
)
def test_long_odd_texts_find_nothing_of_length(text: str) -> None:
    assert len(find_all(text, SHOP)) <= 40


@pytest.mark.parametrize(
    ("text", "code", "number", "role"),
    [
        ("a battery of at least 80 Ah", "capacity", 80, "min"),
        ("over 20 gb please", "memory", 20, "min"),
        ("16 GB or more", "memory", 16, "min"),
        ("lighter than 2.5 kg", "weight", 2.5, "max"),
        ("بطارية أكثر من ٧٠ أمبير", "capacity", 70, "min"),
        ("وزنه أقل من ٢ كيلو", "weight", 2, "max"),
        ("٣ كيلو أو أقل", "weight", 3, "max"),
    ],
)
def test_limits_on_what_is_measured(text: str, code: str, number: float, role: str) -> None:
    limits = [item for item in find_all(text, SHOP) if item.entity == "attribute"]
    assert [(item.value["code"], item.extra["number"], item.extra["role"]) for item in limits] == [(code, number, role)]
    assert not found(text, "price")


def test_a_measure_without_a_limit_is_a_value() -> None:
    for text in ("16 gb", "the pro max 16 gb", "i have 16 gb"):
        assert found(text, "attribute") == [{"code": "memory", "value": "16 gb"}]
