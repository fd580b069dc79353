"""The basket: what goes in, what it costs, what a turn that is run again does to it: nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import moved_by
from bot.db.models import Conversation, DiscountGrant, Product, Variant
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop import basket
from bot.shop.basket import BadQuantity, Incomplete, NotEnough
from bot.shop.money import coupons, haggling
from bot.shop.money.haggling import Answer
from bot.shop.selling_words import pieces_written
from tests.shop.selling_samples import conversation, coupon, fill, selling, total


@pytest.fixture(autouse=True)
def rules(bedding: Session) -> None:
    selling()


def test_lines_add_up_and_are_merged() -> None:
    talk = conversation()
    fill(talk, "cloud-plus", 1, 1, size="160", cover="wool")
    fill(talk, "knit-throw", 2, 2)
    fill(talk, "cloud-plus", 1, 3, size="160", cover="wool")
    with reading() as session:
        view = basket.view(session, talk)
    assert view is not None
    assert [(entry.variant.sku, entry.quantity, entry.priced.total) for entry in view.entries] == [
        ("CP-160", 2, Decimal(4100)),
        ("KT-1", 2, Decimal(120)),
    ]
    assert view.totals.total == 4220 and view.totals.tax == Decimal("195.24") + Decimal("5.71")
    assert view.lead_time_days == 4


def test_a_turn_that_is_run_again_changes_nothing() -> None:
    talk = conversation()
    for _ in range(3):
        fill(talk, "knit-throw", 2, message_id=7)
    assert total(talk) == 120


@pytest.mark.parametrize(("quantity", "reason"), [(0, "none"), (-3, "none"), (21, "many"), (10**9, "many")])
def test_impossible_numbers_of_pieces_are_refused(quantity: int, reason: str) -> None:
    talk = conversation()
    with pytest.raises(BadQuantity) as caught:
        fill(talk, "knit-throw", quantity)
    assert (caught.value.reason, caught.value.limit) == (reason, 20)
    assert total(talk) is None


@pytest.mark.parametrize(
    ("text", "count", "whole"),
    [
        ("give me -3 of them", -3, True),
        ("minus 2 please", -2, True),
        ("1,000,000,000 pieces", 10**9, True),
        ("٢٥ قطعة", 25, True),
        ("2.5 of these", 2, False),
        ("0", 0, True),
    ],
)
def test_numbers_of_pieces_are_read_however_impossible(text: str, count: int, whole: bool) -> None:
    found = pieces_written(text)
    assert found is not None and (found.count, found.whole) == (count, whole)
    assert pieces_written("in two days, or 14 days") is None


def test_more_than_there_is_cannot_be_put_in() -> None:
    talk = conversation()
    fill(talk, "side-pillow", 6)
    with pytest.raises(NotEnough) as caught:
        fill(talk, "side-pillow", 4, 2)
    assert caught.value.left == 9


def test_what_is_not_decided_or_has_no_price_cannot_be_bought() -> None:
    talk = conversation()
    with pytest.raises(Incomplete):
        fill(talk, "cloud-plus")
    with pytest.raises(Incomplete):
        fill(talk, "made-frame")


def test_what_is_taken_off_sale_is_left_out() -> None:
    talk = conversation()
    fill(talk, "knit-throw", 1, 1)
    fill(talk, "feather-pillow", 1, 2)
    with writing() as session:
        session.execute(select(Product).where(Product.code == "feather-pillow")).scalar_one().published = False
    assert total(talk) == 60


def test_prices_for_many_and_coupons_do_not_pile_up() -> None:
    coupon("TEN", percent=Decimal(10))
    coupon("HALF", percent=Decimal(50), minimum=Decimal(1000))
    talk = conversation()
    fill(talk, "knit-throw", 5)
    assert total(talk) == 270
    for code, wanted in (("TEN", 270), ("HALF", 270)):
        with writing() as session:
            basket.keep_coupon(session, talk, coupons.check(session, talk, 1, code))
        assert total(talk) == wanted
    fill(talk, "latex-air", 1, 2)
    assert total(talk) == 150 + 1300


def test_a_coupon_is_good_on_its_days_only_and_guessing_ends() -> None:
    with reading() as session:
        today = basket.profile.read(session).today()
    coupon("SOON", percent=Decimal(5), starts_on=today + timedelta(days=2))
    coupon("GONE", percent=Decimal(5), ends_on=today - timedelta(days=1))
    coupon("ONCE", percent=Decimal(5), max_uses=1, used=1)
    talk = conversation()
    for number, (code, reason) in enumerate([("soon", "early"), ("Gone", "over"), ("on-ce", "used_up")], 1):
        with pytest.raises(coupons.Refused) as caught, writing() as session:
            coupons.check(session, talk, number, code)
        assert caught.value.reason == reason
    for number in range(10, 10 + coupons.TRIES_ALLOWED):
        with pytest.raises(LookupError), writing() as session:
            coupons.check(session, talk, number, f"GUESS{number}")
        with writing() as session:
            coupons.note(session, talk, number, known=False)
            coupons.note(session, talk, number, known=False)  # the turn is run again
    with pytest.raises(coupons.TooManyTries), writing() as session:
        coupons.check(session, talk, 50, "SOON")
    with moved_by(timedelta(hours=25)), pytest.raises(coupons.Refused), writing() as session:
        coupons.check(session, talk, 51, "gone")


def test_guessing_in_one_conversation_after_the_other_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    coupon("REAL", percent=Decimal(5))
    monkeypatch.setenv("DUKAN_CALLER_MISSES", "8")
    settings.cache_clear()
    talks = [conversation() for _ in range(4)]
    with writing() as session:
        session.execute(update(Conversation).where(Conversation.id.in_(talks)).values(caller="one"))
    for talk in talks[:2]:
        for number in range(4):
            with writing() as session:
                coupons.note(session, talk, number + 1, known=False)
    with pytest.raises(coupons.TooManyTries), writing() as session:
        coupons.check(session, talks[3], 1, "REAL")
    with writing() as session:
        assert coupons.check(session, conversation(), 1, "REAL").code == "REAL", "others are not concerned"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I have a code WELCOME15", "WELCOME15"),
        ("كود الخصم عندي ten10", "ten10"),
        ("do you have a coupon code", None),
        ("is ten-10 still valid?", "ten-10"),
        ("any discount on this?", None),
    ],
)
def test_codes_are_found_in_messages(text: str, code: str | None) -> None:
    coupon("TEN10", percent=Decimal(10))
    with reading() as session:
        assert coupons.named(session, text) == code


def _ask(talk: str, message_id: int, code: str, wished: int | None, quantity: int = 1) -> Answer:
    with writing() as session:
        product = basket.catalogue.product(session, code)
        assert product is not None and product.variants[0].price is not None
        row = session.execute(select(Variant).where(Variant.sku == product.variants[0].sku)).scalar_one()
        item = basket.item_of(session, product, product.variants[0].price, quantity)
        price = None if wished is None else Decimal(wished)
        return haggling.ask(session, talk, message_id, row, item, haggling.Wish(price), "AED")


def test_haggling_comes_down_by_steps_and_ends_at_the_limit() -> None:
    talk = conversation()
    said = [_ask(talk, number, "latex-air", None) for number in (1, 2, 3)]
    assert [(answer.kind, answer.price) for answer in said] == [("offered", 2535), ("lowest", 2470), ("final", 2470)]
    assert _ask(talk, 2, "latex-air", None).kind == "lowest", "the same message gets the same answer"
    with reading() as session:
        grants = session.execute(select(DiscountGrant).order_by(DiscountGrant.id)).scalars().all()
    assert [(g.message_id, g.unit_price, g.max_percent, g.role) for g in grants] == [
        (1, 2535, 5, "bot"),
        (2, 2470, 5, "bot"),
    ]


def test_a_wish_within_the_limit_is_granted_and_one_beyond_is_not() -> None:
    talk = conversation()
    assert _ask(talk, 1, "latex-air", 2500) == _ask(talk, 1, "latex-air", 2500)
    answers = [_ask(talk, 2, "latex-air", 2000), _ask(talk, 3, "latex-air", 2900), _ask(talk, 4, "side-pillow", 50)]
    assert [(answer.kind, answer.price) for answer in answers] == [
        ("lowest", 2470),
        ("enough", 2470),
        ("fixed", Decimal("85.50")),
    ]


def test_an_agreed_price_is_in_the_basket_until_it_lapses() -> None:
    talk, other = conversation(), conversation()
    _ask(talk, 1, "latex-air", 2500)
    fill(talk, "latex-air", 1, 2)
    fill(other, "latex-air", 1, 1)
    assert (total(talk), total(other)) == (2500, 2600)
    with moved_by(timedelta(hours=25)):
        assert total(talk) == 2600
