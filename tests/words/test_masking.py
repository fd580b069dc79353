"""Personal data is found and masked in both languages; what only looks like it stays."""

from __future__ import annotations

import time

import pytest

from bot.words.masking import CARD, kind_of_column, mask, mask_row, without_cards

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111\u00a01111\u200b1111 \u200f1111",
        "5555555555554444",
        "2223003122003222",
        "3782 822463 10005",
        "3056 9309 0259 04",
        "3530111333300000",
        "6011 1111 1111 1117",
        "9682 0100 0000 0005",
    ],
)
@pytest.mark.parametrize("before, after", [("my card is ", ""), ("بطاقتي", " تنتهي 12/27"), ("10006 ", " 123")])
def test_a_card_number_is_masked_in_any_digits(number: str, before: str, after: str) -> None:
    assert without_cards(before + number + after) == before + CARD + after
    arabic = number.translate(ARABIC)
    assert without_cards(before + arabic + after) == before + CARD + after


def test_a_card_number_beside_an_id_is_masked() -> None:
    token = "5dfd25f23e0a4766842149312481aaba"
    assert without_cards(f"{token} 4111111111111111") == f"{token} {CARD}"
    assert without_cards("abc4111111111111111def") == f"abc{CARD}def"


@pytest.mark.parametrize("text", ["0 " * 2000, "4 1 " * 1000, "4111 1111 " * 400, "2-" * 2000, "1023 456 " * 400])
def test_a_long_message_of_numbers_is_read_in_no_time(text: str) -> None:
    began = time.perf_counter()
    without_cards(text)
    mask(text)
    assert time.perf_counter() - began < 1


def test_many_cards_in_a_row() -> None:
    assert without_cards("4111111111111111 " * 200) == f"{CARD} " * 200


def test_two_cards_and_their_codes() -> None:
    said = without_cards("4111 1111 1111 1111 or 5555 5555 5555 4444, cvv: 123, CVC is 4567, رمز الأمان ٩٨٧")
    assert said == f"{CARD} or {CARD}, cvv: •••, CVC is •••, رمز الأمان •••"


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # check digit is wrong
        "+966 50 123 4567",
        "00966501234567",
        "my order D-10006 of 2026-11-23 14:50",
        "barcode 4006381333931",
        "IMEI 490154203237518",
        "between 1000 2000 3000 4000 riyals",
        "cvv",
        "the code 123456",
        "/o/5dfd25f23e0a4766842149312481aaba",  # an id with digits inside that would make a card number
        "7f3e0a41-1111-1111-4111-111111111111",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert without_cards(text) == text


@pytest.mark.parametrize(
    "text, masked",
    [
        ("write to huda.k+shop@example.com please", "write to [email] please"),
        ("call +966 50 123 4567 or 0501234567", "call [phone] or [phone]"),
        ("جوالي ٠٥٠١٢٣٤٥٦٧", "جوالي [phone]"),
        ("رقم الهوية 1023456789", "رقم الهوية [id]"),
        ("iqama number is 2345678901", "iqama number is [id]"),
        ("784-1990-1234567-1", "[id]"),
        ("passport: A1234567", "passport: [id]"),
        ("IBAN SA44 2000 0001 2345 6789 1234", "IBAN [account]"),
        ("4111111111111111", CARD),
    ],
)
def test_masking_of_free_text(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *((phone, "[phone]") for phone in ("050 123 4567", "050-123-4567", "0 5 0 1 2 3 4 5 6 7", "(050) 1234567")),
        *(
            (phone, "[phone]")
            for phone in ("05 01 23 45 67", "00966 50 123 4567", "+966 50 123 4567", "+20 100 123 4567")
        ),
        *((number, "[id]") for number in ("1 0 2 3 4 5 6 7 8 9", "1023 456 789", "10 2345 6789", "102-345-6789")),
        *((number, "[id]") for number in ("784-1990-1234567-1", "784 1990 1234567 1", "2 980512 1234567")),
        ("SA44 2000 0001 2345 6789 1234", "[account]"),
        ("sa4420000001234567891234", "[account]"),
    ],
)
def test_numbers_are_masked_however_they_are_written(written: str, kind: str) -> None:
    for digits in (written, written.translate(ARABIC)):
        assert mask(f"see {digits} there") == f"see {kind} there"
        assert mask(f"رقمي {digits}، شكرا") == f"رقمي {kind}، شكرا"


@pytest.mark.parametrize(
    "written", ["huda [at] example.com", "huda @ example . com", "huda(at)example(dot)com", "huda at example dot com"]
)
def test_addresses_are_masked_however_they_are_written(written: str) -> None:
    assert mask(f"write to {written} please") == "write to [email] please"


def test_an_id_that_is_named_as_such() -> None:
    assert mask("هويتي ١ ٠ ٢ ٣ ٤ ٥ ٦ ٧ ٨ ٩") == "هويتي [id]"
    assert mask("national id: 10 2345 67") == "national id: [id]"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 14:50:01, 3 of 12",
        "meet me at the shop. Thanks",
        "sizes 10 20 30 40 50, 1 500 000 SAR",
        "turn 1234567 of conversation 0123456789abcdef0123456789abcdef broke",
        "2026-11-23T14:50:01.123456+00:00",
        "order D-10006, 3 pieces, 1,234.50 SAR, 12.5 %",
        "reset in 86400 s",
    ],
)
def test_what_is_nobodys_own_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "name, kind",
    [
        ("Email", "[email]"),
        ("billing_phone", "[phone]"),
        ("رقم الجوال", "[phone]"),
        ("البريد الإلكتروني", "[email]"),
        ("shippingAddress", "[address]"),
        ("عنوان التوصيل", "[address]"),
        ("National ID", "[id]"),
        ("رقم الهوية", "[id]"),
        ("card_number", "[card]"),
        ("رقم البطاقة", "[card]"),
        ("Customer Name", "[name]"),
        ("اسم العميل", "[name]"),
        ("date of birth", "[birthday]"),
        ("topic", None),
        ("name", None),
        ("order", None),
    ],
)
def test_columns_are_known_by_their_names(name: str, kind: str | None) -> None:
    assert kind_of_column(name) == kind


def test_a_row_is_masked_by_names_and_by_texts() -> None:
    row = {"customer": "Huda", "phone": "123", "email": None, "words": ["at a@b.co", 5], "may_write": True, "at": 7}
    masked = {"customer": "[name]", "phone": "[phone]", "email": None, "words": ["at [email]", 5], "may_write": True}
    assert mask_row(row) == {**masked, "at": 7}
