"""Google Merchant feeds: XML of both kinds, and tables."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot import clock
from bot.shop.importing.context import Context
from bot.shop.importing.report import ImportFileError, Refusal
from tests.shop.importing.files import read, table

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title><link>https://shop.example</link>
%s
</channel></rss>"""


def _item(**fields: str) -> str:
    return "<item>" + "".join(f"<g:{name}>{value}</g:{name}>" for name, value in fields.items()) + "</item>"


def _one(folder: Path, **fields: str) -> object:
    (found,) = read(folder, RSS % _item(id="a", title="A", **fields))
    return found


def test_items_of_a_group_are_variants(tmp_path: Path) -> None:
    common = {
        "item_group_id": "lamp",
        "description": "&lt;p&gt;Warm light&lt;/p&gt;",
        "brand": "Qandil",
        "product_type": "Home &gt; Lamps",
        "google_product_category": "594",
        "link": "https://shop.example/lamp",
        "image_link": "https://shop.example/lamp.jpg",
        "availability": "in_stock",
        "material": "Steel",
        "custom_label_0": "Best",
    }
    items = [
        _item(id="lamp-r-s", title="Lamp - Red - S", color="Red", size="S", price="1,299.00 SAR", **common),
        _item(id="other", title="Other", price="5 SAR", availability="out of stock"),
        _item(
            id="lamp-b-s",
            title="Lamp - Blue - S",
            color="Blue",
            size="S",
            price="99 SAR",
            sale_price="89 SAR",
            **common,
        ),
    ]
    lamp, other = read(tmp_path, RSS % "\n".join(items))
    assert (lamp.code, lamp.title, lamp.description) == ("lamp", {"en": "Lamp"}, {"en": "Warm light"})
    assert [(o.code, o.name["ar"], [v.code for v in o.values]) for o in lamp.options] == [
        ("color", "اللون", ["red", "blue"])
    ]
    assert [(v.sku, v.price, v.compare_at_price, v.options) for v in lamp.variants] == [
        ("lamp-r-s", Decimal(1299), None, {"color": "red"}),
        ("lamp-b-s", Decimal(89), Decimal(99), {"color": "blue"}),
    ]
    assert [part.name["en"] for part in lamp.category] == ["Home", "Lamps"]
    assert {item.code: item.value["en"] for item in lamp.attributes} == {"size": "S", "material": "Steel"}
    assert lamp.tags == ["Best"]
    assert [v.track_stock for v in lamp.variants] == [False, False]
    assert (other.variants[0].track_stock, other.variants[0].stock) == (True, {"online": 0})


def test_atom_and_plain_fields(tmp_path: Path) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
    <entry><id>9</id><g:id>A-9</g:id><title>Plain</title><g:title>Better</g:title><link href="https://shop.example/9"/>
    <summary>no</summary><g:product_detail><g:section_name>General</g:section_name>
    <g:attribute_name>Noise</g:attribute_name><g:attribute_value>24 dB</g:attribute_value></g:product_detail>
    <g:product_highlight>Silent</g:product_highlight><g:product_highlight>Small</g:product_highlight>
    <g:shipping><g:country>SA</g:country><g:price>20 SAR</g:price></g:shipping>
    <g:price>12.5 SAR</g:price></entry></feed>"""
    (found,) = read(tmp_path, feed)
    assert (found.code, found.title, found.url) == ("A-9", {"en": "Better"}, "https://shop.example/9")
    assert found.description == {"en": "- Silent\n- Small"}
    assert [(item.code, item.number, item.unit) for item in found.attributes] == [("noise", 24, "dB")]
    assert found.variants[0].price == Decimal("12.5")


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_tables(tmp_path: Path, delimiter: str) -> None:
    rows = [
        {
            "id": "ك-1",
            "title": "كرسي مكتب",
            "description": "مريح",
            "link": "https://shop.example/1",
            "image link": "https://shop.example/1.jpg",
            "additional_image_link": "https://shop.example/2.jpg,https://shop.example/3.jpg",
            "price": "٧٥٠ SAR",
            "availability": "in stock",
            "product_type": "أثاث > كراسي",
            "product_detail": "عام:الوزن:١٢ كجم,عام:الضمان:سنتان",
            "quantity": "3",
        }
    ]
    (chair,) = read(tmp_path, table(rows, delimiter))
    assert (chair.code, chair.languages, chair.title) == ("ك-1", ["ar"], {"ar": "كرسي مكتب"})
    assert [part.name["ar"] for part in chair.category] == ["أثاث", "كراسي"]
    assert len(chair.images) == 3
    assert chair.variants[0].price == 750
    assert (chair.variants[0].track_stock, chair.variants[0].stock) == (True, {"online": 3})
    assert {item.code: item.number for item in chair.attributes} == {"weight": 12, "warranty": 2}
    assert chair.warranty_months == 24


def test_availability(tmp_path: Path) -> None:
    later = (clock.now() + timedelta(days=10)).date().isoformat()
    context = Context(currency="SAR", today=clock.now().date())
    items = [
        _item(id="1", title="A", availability="preorder", availability_date=later),
        _item(id="2", title="B", availability="backorder"),
    ]
    ordered, unknown = read(tmp_path, RSS % "".join(items), context=context)
    assert (ordered.variants[0].track_stock, ordered.lead_time_days) == (False, 10)
    assert (unknown.variants[0].track_stock, unknown.variants[0].stock) == (True, {"online": 0})


def test_a_sale_counts_in_its_time_only(tmp_path: Path) -> None:
    past, coming = "2020-01-01T00:00Z/2020-02-01T00:00Z", "2020-01-01T00:00+0300/2100-02-01T00:00+0300"
    sale = {"price": "10 SAR", "sale_price": "8 SAR"}
    assert _one(tmp_path, **sale, sale_price_effective_date=past).variants[0].price == 10  # type: ignore[attr-defined]
    assert _one(tmp_path, **sale, sale_price_effective_date=coming).variants[0].price == 8  # type: ignore[attr-defined]


def test_untidy_xml_is_mended(tmp_path: Path) -> None:
    untidy = _item(
        id="a&#0;b", title="Black & Decker&nbsp;caf&eacute; \x0bdrill&#x1F;", description="<![CDATA[<p>A &amp; B</p>]]>"
    )
    (found,) = read(tmp_path, "\n\n" + RSS % untidy)
    assert (found.code, found.title, found.description) == ("ab", {"en": "Black & Decker café drill"}, {"en": "A & B"})


def test_a_long_line_is_read_in_pieces(tmp_path: Path) -> None:
    items = "".join(_item(id=str(number), title=f"A &amp; B {number}", price="1 SAR") for number in range(5000))
    found = read(tmp_path, (RSS % items).replace("\n", " "))
    assert [item.code for item in found] == [str(number) for number in range(5000)]
    assert {item.title["en"][:5] for item in found} == {"A & B"}


def test_declared_encodings(tmp_path: Path) -> None:
    feed = (RSS % _item(id="1", title="كرسي")).replace("UTF-8", "windows-1256").encode("cp1256")
    (found,) = read(tmp_path, feed)
    assert found.title == {"ar": "كرسي"}


ENTITIES = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        (RSS.replace("<rss", ENTITIES + "<rss") % _item(id="1", title="&b;"), "entities"),
        (
            RSS.replace("<rss", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss')
            % _item(id="1", title="&x;"),
            "entities",
        ),
        (RSS % "<item><g:id>1</g:id>", "not sound XML: line"),
        (RSS % "", "without items"),
        ("<html><body>Sign in</body></html>", "without items"),
        ("<", "not sound XML"),
    ],
)
def test_what_is_no_feed_is_said(tmp_path: Path, feed: str, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason) as caught:
        read(tmp_path, feed)
    assert "\n" not in str(caught.value)


def test_refused_items(tmp_path: Path) -> None:
    found = read(tmp_path, RSS % f"{_item(id='1')}\n{_item(title='x')}\n{_item(id='3', title='y', price='1 - 2')}")
    assert all(isinstance(item, Refusal) for item in found)
    assert sorted((item.line, item.reason.split(":")[0]) for item in found) == [
        (3, "has no title"),
        (4, "has no id"),
        (5, "price"),
    ]
