"""The shop page: products in both languages, filters, the page of one product, and what has no page."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import yaml
from bs4 import BeautifulSoup
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.db.models import (
    Branch,
    Brand,
    Category,
    OptionExclusion,
    OptionValue,
    Product,
    ProductAttribute,
    ProductImage,
    ProductOption,
    Shop,
    Stock,
    Variant,
)
from bot.db.session import writing
from bot.gateway.shop_page import WORDS, picture, routes

SCRIPT = "<script>alert(1)</script>"


def _lamp(lamps: Category, riyadh: Branch, jeddah: Branch) -> Product:
    white = OptionValue(code="white", name={"en": "White", "ar": "أبيض"})
    black = OptionValue(code="black", name={"en": "Black", "ar": "أسود"}, position=1)
    dimmer = OptionValue(code="dimmer", name={"en": "Dimmer", "ar": "مخفت"}, price_delta=Decimal("25.5"))
    return Product(
        code="noor/mini 1",
        title={"en": "Noor Mini Lamp", "ar": "مصباح Noor Mini"},
        description={"en": "Warm light.\nFor a desk."},
        category=lamps,
        brand=Brand(code="noor", name={"en": "Noor"}),
        price_from=Decimal("99"),
        price_to=Decimal("120"),
        warranty_months=24,
        popularity=9,
        images=[ProductImage(url="/shop/images/lamp.svg")],
        attributes=[ProductAttribute(code="power", name={"en": "Power", "ar": "القدرة"}, value={"en": "5 W"})],
        options=[
            ProductOption(code="colour", name={"en": "Colour", "ar": "اللون"}, values=[white, black]),
            ProductOption(code="extra", name={"en": "Extra", "ar": "إضافة"}, values=[dimmer], position=1),
        ],
        variants=[
            Variant(
                sku="N-W",
                options={"colour": "white"},
                price=Decimal("99"),
                compare_at_price=Decimal("140"),
                stock=[Stock(branch=riyadh, quantity=40), Stock(branch=jeddah, quantity=2)],
            ),
            Variant(sku="N-B", options={"colour": "black"}, price=Decimal("120"), position=1),
        ],
    )


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    with writing() as session:
        session.add(
            Shop(id=1, name={"en": "Lamps & Co", "ar": "مصابيح"}, currency="SAR", timezone="Asia/Riyadh", country="SA")
        )
        lamps = Category(code="lamps", name={"en": "Lamps", "ar": "مصابيح مكتبية"})
        riyadh = Branch(code="riyadh", name={"en": "Riyadh", "ar": "الرياض"})
        jeddah = Branch(code="jeddah", name={"en": "Jeddah", "ar": "جدة"}, position=1)
        lamp = _lamp(lamps, riyadh, jeddah)
        nasty = Product(
            code="nasty",
            title={"en": f"Evil {SCRIPT}"},
            description={"en": SCRIPT},
            url="javascript:alert(1)",
            images=[ProductImage(url="javascript:alert(1)")],
            variants=[Variant(sku="X")],
        )
        session.add_all([lamp, nasty, Product(code="draft", title={"en": "Draft"}, published=False)])
        session.flush()
        white, dimmer = lamp.options[0].values[0], lamp.options[1].values[0]
        session.add(OptionExclusion(first_id=white.id, second_id=dimmer.id, reason={"en": "No room"}))
    with TestClient(Starlette(routes=routes)) as client:
        yield client


def _page(client: TestClient, path: str, status: int = 200, **headers: str) -> BeautifulSoup:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def _text(page: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(element.get_text(" ").split()) for element in page.select(selector)]


def test_products_stand_on_the_page_with_price_and_stock(client: TestClient) -> None:
    page = _page(client, "/?lang=en")
    assert page.html["lang"] == "en" and page.html["dir"] == "ltr"
    assert page.title.get_text() == "Lamps & Co"
    assert _text(page, ".product h2") == ["Noor Mini Lamp", f"Evil {SCRIPT}"]
    assert _text(page, ".price") == ["from SAR 99", "Price on request"]
    assert _text(page, ".stock") == ["In stock", "Sold out"]
    assert page.select_one("dukan-chat")["locale"] == "en"


def test_arabic_runs_from_right_to_left_in_arabic_words(client: TestClient) -> None:
    page = _page(client, "/?lang=ar")
    assert page.html["lang"] == "ar" and page.html["dir"] == "rtl"
    assert _text(page, ".product h2")[0] == "مصباح Noor Mini"
    assert _text(page, ".price")[0] == "من 99 ريالًا"
    assert page.select_one("dukan-chat")["locale"] == "ar"
    # A title that is there in English only keeps its direction.
    assert [link["dir"] for link in page.select(".product h2 a")] == ["rtl", "ltr"]


def test_language_is_the_one_asked_for_else_the_browsers(client: TestClient) -> None:
    for path, accepted, language in (
        ("/", "ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("/", "fr, en;q=0.4, ar;q=0.7", "ar"),
        ("/", "fr", "en"),
        ("/", "ar;q=nonsense, en", "en"),
        ("/?lang=en", "ar", "en"),
        ("/?lang=<b>", "ar", "ar"),
    ):
        assert _page(client, path, **{"accept-language": accepted}).html["lang"] == language, (path, accepted)


def test_category_and_search_narrow_the_page_and_survive_the_switch_of_language(client: TestClient) -> None:
    page = _page(client, "/?lang=en&category=lamps&q=mini")
    assert _text(page, ".product h2") == ["Noor Mini Lamp"]
    assert page.select_one("#q")["value"] == "mini"
    assert page.select_one(".language")["href"] == "/?lang=ar&category=lamps&q=mini"
    assert _text(_page(client, "/?lang=en&q=nothing+like+it"), ".nothing .big") == ["Nothing here matches that."]


def test_product_page_tells_everything(client: TestClient) -> None:
    page = _page(client, "/products/noor/mini%201?lang=en")
    assert _text(page, "h1") == ["Noor Mini Lamp"]
    assert _text(page, ".facts tr") == ["Brand Noor", "Power 5 W", "Warranty 24 months"]
    assert _text(page, ".options li") == ["White", "Black", "Dimmer +SAR 25.50"]
    assert "White + Dimmer : No room" in _text(page, ".options dd")
    assert _text(page, ".wide th") == ["Version", "Price", "Riyadh", "Jeddah", "White", "Black"]
    assert _text(page, ".wide td") == [
        *("SAR 140 SAR 99", "In stock", "2 left"),
        *("SAR 120", "Sold out", "Sold out"),
    ]


def test_what_was_imported_is_text_and_never_markup(client: TestClient) -> None:
    for path in ("/", "/products/nasty", "/?q=<script>alert(1)</script>"):
        html = client.get(path).text
        assert SCRIPT not in html
        assert "javascript:" not in html


def test_what_is_not_there_says_so_kindly(client: TestClient) -> None:
    for path in (
        "/products/unknown",
        "/products/draft",
        "/?category=none",
        "/products/a%00b",
        f"/products/{'x' * 3000}",
    ):
        assert _text(_page(client, path, 404), "h1") == ["We don't have that page."]


def test_odd_page_numbers_show_a_page(client: TestClient) -> None:
    for number in ("0", "-1", "99999999999999999999", "two", "٣", "1e3"):
        assert len(_page(client, f"/?page={number}").select(".product")) == 2


def test_an_empty_shop_has_a_page(database: str) -> None:
    with TestClient(Starlette(routes=routes)) as client:
        assert _text(_page(client, "/"), ".nothing .big") == ["The shelves are still empty."]


def test_page_has_no_inline_script_or_style(client: TestClient) -> None:
    for path in ("/", "/products/noor/mini%201"):
        page = _page(client, path)
        assert all(script.get("src") and not script.get_text() for script in page.select("script"))
        assert not page.select("style, [style]")
        assert not [name for element in page.select("*") for name in element.attrs if name.startswith("on")]


def test_parts_of_the_widget_travel_packed_and_are_checked_for_newer_ones(client: TestClient) -> None:
    answer = client.get("/widget/conversation.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get("/widget/conversation.js", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert client.get("/widget/nothing.js").status_code == 404


def test_pictures_come_from_here_or_over_https_only() -> None:
    assert picture("/shop/images/a.svg") and picture("https://cdn.example/a.jpg")
    for url in (None, "", "http://cdn.example/a.jpg", "//cdn.example/a.jpg", "data:image/png,x", "javascript:alert(1)"):
        assert picture(url) is None


def test_both_languages_say_the_same_things() -> None:
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    assert words["en"].keys() == words["ar"].keys()
    assert all(text.strip() for language in words.values() for text in language.values())
