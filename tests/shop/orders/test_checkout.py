"""An order taken in the conversation: what is asked, what is stored, what is refused; and links to a shop's own checkout."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import moved_by
from bot.db.models import CatalogueVersion, Coupon, Customer, Order, Product, Quote, Variant, Webhook, WebhookDelivery
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop import basket, quotes
from bot.shop.money import coupons
from bot.shop.orders import checkout, links
from bot.shop.orders.checkout import Changed
from bot.shop.selling import Checkout
from bot.support import orders, verification
from tests.shop.selling_samples import conversation, coupon, fill, ready, selling, total


@pytest.fixture(autouse=True)
def rules(bedding: Session) -> None:
    selling()


def _steps(talk: str) -> str | None:
    with reading() as session:
        view = basket.view(session, talk)
        assert view is not None
        return checkout.next_step(session, view)


def test_each_thing_is_asked_until_it_is_known() -> None:
    talk = conversation()
    fill(talk, "knit-throw")
    asked = []
    for field, value in (
        ("city", "dubai-city"),
        ("address", "Marina Walk 5"),
        ("name", "Sara"),
        ("phone", "+971501234567"),
        ("payment", "cod"),
    ):
        asked.append(_steps(talk))
        with writing() as session:
            basket.know(session, talk, {field: value})
    assert asked == ["city", "address", "name", "phone", "payment"] and _steps(talk) is None


def test_an_order_is_stored_whole_and_its_customer_finds_it() -> None:
    talk = conversation()
    fill(talk, "cloud-plus", 2, size="160", cover="wool")
    agreed = ready(talk)
    assert agreed == 2 * 2050 + 20
    with writing() as session:
        placed = checkout.place(session, talk, agreed)
    assert placed.number.startswith("W-1") and placed.method.code == "cod"
    later = conversation()
    order_id = verification.prove(later, 9, placed.number.lower().replace("-", " "), "+971501234567")
    with reading() as session:
        found = orders.read(session, order_id)
        assert found is not None
        assert (found.state, found.total, found.lines[0].quantity) == ("confirmed", 4120, 2)
        assert found.expected_on == placed.expected_on is not None
        assert order_id in verification.access(session, talk).orders, "who placed it need not prove it"
        order = session.execute(select(Order)).scalar_one()
        assert order.lines[0].options == {"size": "160", "cover": "wool"}
        assert order.subtotal - order.discount + order.delivery_cost == order.total
        assert session.execute(select(Customer.phone)).scalar_one() == "+971501234567"
    assert total(talk) is None
    with pytest.raises(Changed), writing() as session:
        checkout.place(session, talk, agreed)


def test_other_systems_hear_of_an_order_and_only_of_one_that_was_placed() -> None:
    talk = conversation()
    fill(talk, "knit-throw")
    agreed = ready(talk)
    with writing() as session:
        session.add(Webhook(url="https://x.example/", secret="s", events=["order.created"]))
    with pytest.raises(RuntimeError), writing() as session:
        checkout.place(session, talk, agreed)
        raise RuntimeError
    with writing() as session:
        placed = checkout.place(session, talk, agreed)
    with reading() as session:
        (body,) = session.scalars(select(WebhookDelivery.body))
    told = msgspec.json.decode(body)
    expected = {"number": placed.number, "total": str(placed.total), "currency": placed.currency}
    assert told["event"] == "order.created" and told["data"] == {**expected, "conversation_id": talk}


def test_what_was_not_agreed_to_is_not_ordered() -> None:
    coupon("ONE", percent=Decimal(10), max_uses=1)
    first, second = conversation(), conversation()
    for talk in (first, second):
        fill(talk, "knit-throw")
        with writing() as session:
            basket.keep_coupon(session, talk, coupons.check(session, talk, 1, "ONE"))
    agreed = ready(first)
    assert ready(second) == agreed == 54 + 20
    with writing() as session:
        checkout.place(session, first, agreed)
    with reading() as session:
        assert session.execute(select(Coupon.used)).scalar_one() == 1
    with pytest.raises(Changed), writing() as session:
        checkout.place(session, second, agreed)
    assert total(second) == 80


def test_a_way_to_pay_that_does_not_take_the_total_is_not_offered() -> None:
    talk = conversation()
    fill(talk, "cloud-plus", 3, size="160")
    ready(talk)
    with reading() as session:
        view = basket.view(session, talk)
        assert view is not None
        method = checkout.method_of(session, view)
    assert method is not None and method.code == "bank"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("cash please", "cod"),
        ("I'll do a bank transfer", "bank"),
        ("كاش", "cod"),
        ("تحويل بنكي", "bank"),
        ("crypto", None),
    ],
)
def test_ways_to_pay_are_understood(text: str, code: str | None) -> None:
    with reading() as session:
        found = checkout.method_named(text, checkout.methods(session, Decimal(10)))
    assert (found.code if found else None) == code


def test_a_quote_holds_its_prices_and_its_link_opens_for_the_key_only() -> None:
    talk = conversation()
    fill(talk, "latex-air", 1)
    with writing() as session:
        number = quotes.write(session, talk, 5, "ar").number
        assert quotes.write(session, talk, 5, "ar").number == number, "the turn is run again"
    with writing() as session:
        session.execute(update(Variant).where(Variant.sku == "LA-1").values(price=Decimal(2900)))
        session.execute(update(Product).values(content_hash="new"))
    _import_happened()
    assert total(talk) == 2600
    with reading() as session:
        key = quotes.key_of(number)
        quote = quotes.opened(session, number, key)
        assert quote is not None and quote.total == 2600 and not quotes.lapsed(quote)
        assert quotes.opened(session, number, key[:-1] + ("A" if key[-1] != "A" else "B")) is None
        assert quotes.opened(session, "Q-1002", key) is None
        assert len(key) == 32 and settings().secret("secret_key") not in key
    with moved_by(timedelta(days=9)):
        assert total(talk) == 2900
        with reading() as session:
            assert quotes.lapsed(session.execute(select(Quote)).scalar_one())


def _import_happened() -> None:
    with writing() as session:
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))


def test_an_order_closes_its_quote() -> None:
    talk = conversation()
    fill(talk, "knit-throw")
    agreed = ready(talk)
    with writing() as session:
        quotes.write(session, talk, 5, "en")
    with writing() as session:
        checkout.place(session, talk, agreed)
    with reading() as session:
        assert session.execute(select(Quote.state)).scalar_one() == "ordered"


@pytest.mark.parametrize(
    ("kind", "template", "wanted"),
    [
        (
            "shopify",
            "https://shop.example/cart/{lines}?discount={coupon}&locale={language}",
            ["https://shop.example/cart/4411:2,4412:1?discount=&locale=ar"],
        ),
        (
            "woocommerce",
            "https://shop.example/?add-to-cart={id}&quantity={quantity}",
            ["https://shop.example/?add-to-cart=4411&quantity=2", "https://shop.example/?add-to-cart=4412&quantity=1"],
        ),
        (
            "woocommerce",
            "https://shop.example/checkout-link/?products={lines}",
            ["https://shop.example/checkout-link/?products=4411:2,4412:1"],
        ),
    ],
)
def test_links_into_a_shops_own_checkout(kind: str, template: str, wanted: list[str]) -> None:
    talk = conversation()
    fill(talk, "knit-throw", 2, 1)
    fill(talk, "feather-pillow", 1, 2)
    with writing() as session:
        session.execute(update(Variant).where(Variant.sku == "KT-1").values(checkout_id="4411"))
        session.execute(update(Variant).where(Variant.sku == "FP-1").values(checkout_id="4412"))
    _import_happened()
    with reading() as session:
        view = basket.view(session, talk)
    assert view is not None
    assert links.links(Checkout(kind, template), view, "ar") == wanted  # type: ignore[arg-type]


def test_no_link_carries_what_the_checkout_does_not_know_or_would_price_otherwise() -> None:
    shopify = Checkout("shopify", "https://shop.example/cart/{lines}")
    own = Checkout("link", "https://shop.example/buy?items={lines}")
    talk = conversation()
    fill(talk, "knit-throw", 2)
    with reading() as session:
        view = basket.view(session, talk)
    assert view is not None
    with pytest.raises(links.NoLink):
        links.links(shopify, view, "en")
    assert links.links(own, view, "en") == ["https://shop.example/buy?items=KT-1:2"]
    fill(talk, "knit-throw", 5, 2)  # a price for many is agreed on here
    with reading() as session:
        view = basket.view(session, talk)
    assert view is not None
    with pytest.raises(links.NoLink):
        links.links(own, view, "en")
