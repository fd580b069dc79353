"""Products into the database: created, updated, left alone, merged across languages; all or nothing."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.db.models import (
    Branch,
    Brand,
    CatalogueVersion,
    Category,
    OptionExclusion,
    OptionValue,
    Product,
    ProductAttribute,
    Shop,
    Stock,
    Variant,
)
from bot.db.session import reading, writing
from bot.shop.importing import ImportFileError, import_file
from tests.shop.importing.files import product, table, written
from tests.shop.importing.test_json import DESK
from tests.shop.importing.test_shopify_products import CHAIR, PICTURE, WHITE


def _count(model: Any) -> int:
    with reading() as session:
        return int(session.execute(select(func.count()).select_from(model)).scalar())


def _version() -> int:
    """How often the catalogue changed since the test began: each begins at a multiple of a thousand."""
    with reading() as session:
        return int(session.execute(select(CatalogueVersion.version)).scalar() or 0) % 1000


def _counts(path: Path, **options: Any) -> tuple[int, int, int]:
    report = import_file("products", path, **options)
    assert report.refused == []
    return report.created, report.updated, report.unchanged


@pytest.fixture
def riyadh(database: str) -> None:
    with writing() as session:
        session.add(Branch(code="riyadh", name={"en": "Riyadh"}))


def test_into_an_empty_database(database: str, tmp_path: Path) -> None:
    path = written(tmp_path, table([CHAIR, WHITE, PICTURE]))
    assert _counts(path) == (1, 0, 0)
    chair = product("chair")
    assert chair["variants"] == {
        "CH-1": {
            "title": {"en": "Black / S/M"},
            "options": {"color": "black", "size": "s-m"},
            "price": Decimal(1299),
            "compare_at_price": Decimal(1499),
            "track_stock": True,
            "stock": {"online": 7},
        },
        "chair-white-s-m": {
            "title": {"en": "White / S/M"},
            "options": {"color": "white", "size": "s-m"},
            "price": None,
            "compare_at_price": None,
            "track_stock": False,
            "stock": {"online": 0},
        },
    }
    assert (chair["price_from"], chair["price_to"]) == (1299, 1299)
    assert chair["category"] == "office-chairs"
    with reading() as session:
        shop = session.execute(select(Shop)).scalar_one()
        assert (shop.currency, shop.timezone) == ("USD", "UTC")
        parents = {c.code: c.parent_id for c in session.execute(select(Category)).scalars()}
        assert [code for code, parent in parents.items() if parent is None] == ["furniture"]
        assert session.execute(select(Branch.code)).scalars().all() == ["online"]
    assert _version() == 1


def test_the_second_time_nothing_changes(riyadh: None, tmp_path: Path) -> None:
    files = [
        written(tmp_path, table([CHAIR, WHITE]), "chair.csv"),
        written(tmp_path, {"products": [DESK]}, "desk.json"),
    ]
    assert [_counts(path) for path in files] == [(1, 0, 0), (1, 0, 0)]
    before, version = (product("chair"), product("desk")), _version()
    assert [_counts(path) for path in files] == [(0, 0, 1), (0, 0, 1)]
    assert (product("chair"), product("desk"), _version()) == (*before, version)


def test_what_is_stored_reads_back_as_it_was_imported(riyadh: None, tmp_path: Path) -> None:
    """With the digests gone every product is compared field by field, and still nothing changes."""
    files = [
        written(tmp_path, table([CHAIR, WHITE]), "chair.csv"),
        written(tmp_path, {"products": [DESK]}, "desk.json"),
    ]
    for path in files:
        import_file("products", path)
    with writing() as session:
        session.execute(update(Product).values(content_hash=""))
    assert [_counts(path) for path in files] == [(0, 0, 1), (0, 0, 1)]
    with reading() as session:
        assert "" not in session.execute(select(Product.content_hash)).scalars().all()


def test_changes_are_written_and_keys_stay(riyadh: None, tmp_path: Path) -> None:
    import_file("products", written(tmp_path, [DESK]))
    with writing() as session:
        keys = dict(session.execute(select(Variant.sku, Variant.id)).all())
        session.execute(update(Product).values(embedding=b"vector"))
    changed = copy.deepcopy(DESK)
    changed["variants"][0]["price"] = 1555
    changed["variants"][1] = {"sku": "D-NEW", "options": {"top": "white"}, "price": 1}
    assert _counts(written(tmp_path, [changed])) == (0, 1, 0)
    desk = product("desk")
    assert {sku: variant["price"] for sku, variant in desk["variants"].items()} == {"D-O": 1555, "D-NEW": 1}
    assert (desk["price_from"], desk["price_to"], desk["embedding"]) == (1, 1555, b"vector")
    with reading() as session:
        assert session.execute(select(Variant.id).where(Variant.sku == "D-O")).scalar() == keys["D-O"]
    assert (_count(OptionExclusion), _count(OptionValue), _count(ProductAttribute)) == (1, 4, 5)
    assert _version() == 2
    changed["title"]["en"] = "Rising desk"
    assert _counts(written(tmp_path, [changed])) == (0, 1, 0)
    assert product("desk")["embedding"] is None, "the title's vector is out of date"


def test_fresh_stock_alone_is_an_update(riyadh: None, tmp_path: Path) -> None:
    path = written(tmp_path, [DESK])
    import_file("products", path)
    with writing() as session:  # three were sold since
        session.execute(update(Stock).values(quantity=0))
    assert _counts(path) == (0, 1, 0)
    assert product("desk")["variants"]["D-O"]["stock"] == {"riyadh": 3}


def test_stock_of_branches_that_a_file_does_not_name_stays(riyadh: None, tmp_path: Path) -> None:
    import_file("products", written(tmp_path, [{"code": "a", "title": "A", "stock": {"riyadh": 4, "online": 1}}]))
    assert _counts(written(tmp_path, [{"code": "a", "title": "A", "stock": {"online": 2}}])) == (0, 1, 0)
    assert product("a")["variants"]["a"]["stock"] == {"riyadh": 4, "online": 2}


def test_columns_that_a_file_lacks_stay(database: str, tmp_path: Path) -> None:
    import_file("products", written(tmp_path, table([CHAIR, WHITE]), "a.csv"))
    before = product("chair")
    prices = [{"Handle": "chair", "Title": "Desk & dining chair", "Variant SKU": "CH-1", "Variant Price": "1"}]
    prices.append({"Handle": "chair", "Variant SKU": "chair-white-s-m", "Variant Price": "2"})
    assert _counts(written(tmp_path, table(prices), "b.csv")) == (0, 1, 0)
    after = product("chair")
    assert [variant["price"] for variant in after["variants"].values()] == [1, 2]
    for name in ("description", "category", "brand", "tags", "images", "attributes", "options", "published"):
        assert after[name] == before[name], name
    assert after["variants"]["CH-1"]["options"] == before["variants"]["CH-1"]["options"]


def test_refused_rows_stop_the_whole_file(database: str, tmp_path: Path) -> None:
    rows = [{"Handle": "a", "Title": "A", "Variant Price": "1"}, {"Handle": "b", "Title": "B", "Variant Price": "x1-2"}]
    path = written(tmp_path, table(rows))
    report = import_file("products", path)
    assert (report.applied, report.created, _count(Product)) == (False, 1, 0)
    assert [(refusal.line, refusal.row_id) for refusal in report.refused] == [(3, "b")]
    report = import_file("products", path, skip_invalid=True)
    assert (report.applied, report.created, len(report.refused), _count(Product)) == (True, 1, 1, 1)


def test_a_dry_run_counts_and_changes_nothing(riyadh: None, tmp_path: Path) -> None:
    report = import_file("products", written(tmp_path, [DESK]), dry_run=True)
    assert (report.applied, report.created) == (False, 1)
    assert (_count(Product), _count(Category), _count(Shop), _version()) == (0, 0, 0, 0)


def test_skus_belong_to_one_product(database: str, tmp_path: Path) -> None:
    a = {"code": "a", "title": "A", "sku": "S-1"}
    b = {"code": "b", "title": "B", "sku": "S-1"}
    twice = import_file("products", written(tmp_path, [a, b]))
    assert [(note.row_id, note.reason) for note in twice.refused] == [("b", "the SKU 'S-1' stands already on line 2")]
    import_file("products", written(tmp_path, [a]))
    taken = import_file("products", written(tmp_path, [b]))
    assert not taken.applied
    assert [note.reason for note in taken.refused] == ["the SKU 'S-1' belongs to the product 'a'"]
    with reading() as session:
        key = session.execute(select(Variant.id)).scalar_one()
    moved = import_file("products", written(tmp_path, [{**b}, {**a, "sku": "S-2"}]))
    assert (moved.created, moved.updated) == (1, 1)
    assert list(product("b")["variants"]) == ["S-1"] and list(product("a")["variants"]) == ["S-2"]
    with reading() as session:
        assert session.execute(select(Variant.id).where(Variant.sku == "S-1")).scalar_one() == key


def test_categories_and_brands_are_found_again(database: str, tmp_path: Path) -> None:
    file = {
        "categories": [
            {"code": "audio", "name": {"en": "Audio"}},
            {"code": "cans", "name": {"en": "Headphones", "ar": "سماعات"}, "parent": "audio", "aliases": ["earphones"]},
        ],
        "brands": [{"code": "sony", "name": {"en": "Sony", "ar": "سوني"}}],
        "products": [
            {"code": "a", "title": "A", "category": "cans", "brand": "sony"},
            {"code": "b", "title": "B", "category": "Headphones", "brand": "SONY"},
            {"code": "c", "title": "C", "category": ["Audio", "Headphones"], "brand": "سوني"},
            {"code": "d", "title": "D", "category": "سماعات"},
            {"code": "e", "title": "E", "category": "air-purifiers", "brand": "other"},
        ],
    }
    import_file("products", written(tmp_path, file))
    assert [product(code)["category"] for code in "abcde"] == [*["cans"] * 4, "air-purifiers"]
    assert _count(Brand) == 2
    with reading() as session:
        found = {c.code: dict(c.name) for c in session.execute(select(Category)).scalars()}
    assert found["air-purifiers"] == {"en": "Air purifiers"}
    version = _version()
    file["categories"][1]["name"]["en"] = "Cans"  # type: ignore[index]
    assert _counts(written(tmp_path, file)) == (0, 0, 5)
    assert _version() == version + 1, "names of categories matter to the gazetteer"


def test_parents_that_are_missing_or_go_round_are_cut(database: str, tmp_path: Path) -> None:
    categories = [
        {"code": "a", "name": "A", "parent": "b"},
        {"code": "b", "name": "B", "parent": "a"},
        {"code": "c", "name": "C", "parent": "gone"},
    ]
    report = import_file("products", written(tmp_path, {"categories": categories}))
    assert len(report.warnings) == 2
    with reading() as session:
        parents = dict(session.execute(select(Category.code, Category.parent_id)).all())
    assert parents["c"] is None and None in (parents["a"], parents["b"])


ENGLISH = {
    "Handle": "lamp",
    "Title": "Desk lamp",
    "Body (HTML)": "<p>Bright.</p><ul><li>Cable length: 2 m</li><li>Dimmable: Yes</li></ul>",
    "Type": "Lamps",
    "Vendor": "Qandil",
    "Tags": "light, office",
    "Option1 Name": "Finish",
    "Option1 Value": "Black",
    "Variant SKU": "L-B",
    "Variant Price": "59",
    "Image Src": "https://cdn.example/lamp.jpg",
    "Image Alt Text": "On a desk",
}
ENGLISH_2 = {"Handle": "lamp", "Option1 Value": "Sand", "Variant SKU": "L-S", "Variant Price": "69"}
ARABIC = {
    **ENGLISH,
    "Title": "مصباح مكتب",
    "Body (HTML)": "<p>ساطع.</p><ul><li>طول السلك: ٢ م</li><li>قابل للتعتيم: نعم</li></ul>",
    "Type": "مصابيح",
    "Vendor": "قنديل",
    "Tags": "إضاءة, مكتب",
    "Option1 Name": "التشطيب",
    "Option1 Value": "أسود",
    "Image Alt Text": "على مكتب",
}
ARABIC_2 = {**ENGLISH_2, "Option1 Value": "رملي"}


def test_a_second_language_is_merged(database: str, tmp_path: Path) -> None:
    english = written(tmp_path, table([ENGLISH, ENGLISH_2]), "en.csv")
    arabic = written(tmp_path, table([ARABIC, ARABIC_2]), "ar.csv")
    assert _counts(english) == (1, 0, 0)
    assert _counts(arabic) == (0, 1, 0)
    lamp = product("lamp")
    assert lamp["title"] == {"en": "Desk lamp", "ar": "مصباح مكتب"}
    assert lamp["description"]["en"].startswith("Bright.") and lamp["description"]["ar"].startswith("ساطع.")
    assert lamp["brand"] == {"en": "Qandil", "ar": "قنديل"}
    assert lamp["tags"] == ["light", "office", "إضاءة", "مكتب"]
    assert lamp["options"] == {"finish": {"black": {"en": "Black", "ar": "أسود"}, "sand": {"en": "Sand", "ar": "رملي"}}}
    assert {code: item["name"] for code, item in lamp["attributes"].items()} == {
        "cable_length": {"en": "Cable length", "ar": "طول السلك"},
        "dimmable": {"en": "Dimmable", "ar": "قابل للتعتيم"},
    }
    assert lamp["attributes"]["cable_length"]["value"] == {"en": "2 m", "ar": "٢ م"}
    assert lamp["variants"]["L-S"]["title"] == {"en": "Sand", "ar": "رملي"}
    assert lamp["images"] == {"https://cdn.example/lamp.jpg": {"en": "On a desk", "ar": "على مكتب"}}
    with reading() as session:
        assert [dict(c.name) for c in session.execute(select(Category)).scalars()] == [{"en": "Lamps", "ar": "مصابيح"}]
    # Whichever file comes next, it says nothing new.
    assert [_counts(path) for path in (english, arabic, english, arabic)] == [(0, 0, 1)] * 4


def test_one_language_changes_without_the_other(database: str, tmp_path: Path) -> None:
    import_file("products", written(tmp_path, table([ENGLISH, ENGLISH_2]), "en.csv"))
    import_file("products", written(tmp_path, table([ARABIC, ARABIC_2]), "ar.csv"))
    changed = {**ENGLISH, "Title": "Table lamp", "Body (HTML)": "", "Variant Price": "49"}
    assert _counts(written(tmp_path, table([changed, ENGLISH_2]), "en.csv")) == (0, 1, 0)
    lamp = product("lamp")
    assert lamp["title"] == {"en": "Table lamp", "ar": "مصباح مكتب"}
    assert list(lamp["description"]) == ["ar"]
    assert lamp["attributes"]["cable_length"]["value"] == {"ar": "٢ م"}
    assert lamp["variants"]["L-B"]["price"] == 49


def test_without_skus_variants_meet_by_their_place(database: str, tmp_path: Path) -> None:
    def without(*rows: dict[str, str]) -> str:
        return table([{key: value for key, value in row.items() if key != "Variant SKU"} for row in rows])

    import_file("products", written(tmp_path, without(ENGLISH, ENGLISH_2), "en.csv"))
    assert _counts(written(tmp_path, without(ARABIC, ARABIC_2), "ar.csv")) == (0, 1, 0)
    assert {sku: item["title"] for sku, item in product("lamp")["variants"].items()} == {
        "lamp-black": {"en": "Black", "ar": "أسود"},
        "lamp-sand": {"en": "Sand", "ar": "رملي"},
    }


def test_an_arabic_shop_keeps_latin_names_and_may_change_them(database: str, tmp_path: Path) -> None:
    row = {"Handle": "x", "Title": "Xenon 5", "Body (HTML)": "سماعة لاسلكية", "Type": "سماعات", "Image Src": "/1.jpg"}
    import_file("products", written(tmp_path, table([row])))
    changed = {**row, "Title": "Xenon 6", "Type": "Gaming", "Image Src": "/2.jpg"}
    assert _counts(written(tmp_path, table([changed]))) == (0, 1, 0)
    found = product("x")
    assert (found["title"], found["category"], list(found["images"])) == ({"en": "Xenon 6"}, "gaming", ["/2.jpg"])


def test_choices_that_only_our_json_knows_survive_an_export(database: str, tmp_path: Path) -> None:
    json_file = {
        "code": "lamp",
        "title": "Desk lamp",
        "options": [
            {"code": "finish", "name": "Finish", "values": ["Black", "Sand"]},
            {"code": "engraving", "name": "Engraving", "values": ["None", {"name": "Name", "price_delta": 15}]},
        ],
        "exclusions": [[{"option": "finish", "value": "sand"}, {"option": "engraving", "value": "name"}, "Too soft"]],
        "variants": [
            {"sku": "L-B", "options": {"finish": "black"}, "price": 59},
            {"sku": "L-S", "options": {"finish": "sand"}, "price": 69},
        ],
    }
    import_file("products", written(tmp_path, [json_file]))
    import_file("products", written(tmp_path, table([ENGLISH, ENGLISH_2]), "en.csv"))
    assert list(product("lamp")["options"]) == ["finish", "engraving"]
    with reading() as session:
        assert session.execute(select(func.max(OptionValue.price_delta))).scalar() == 15
    assert _count(OptionExclusion) == 1


def test_the_currency_of_a_shop_that_has_none_comes_from_the_file(database: str, tmp_path: Path) -> None:
    import_file("products", written(tmp_path, [{"code": "a", "title": "A", "price": "5 KWD"}]))
    with reading() as session:
        assert session.execute(select(Shop.currency, Shop.country)).one() == ("KWD", "KW")
    import_file("products", written(tmp_path, [{"code": "b", "title": "B", "price": "5 BHD"}]))
    with reading() as session:
        assert session.execute(select(Shop.currency)).scalar_one() == "BHD", "still nobody has said what the shop is"
    import_file("shop", written(tmp_path, {"shop": {"name": "Dar", "currency": "SAR"}}))
    report = import_file("products", written(tmp_path, [{"code": "c", "title": "C", "price": "5 BHD"}]))
    assert product("c")["price_from"] is None and len(report.warnings) == 1


@pytest.mark.parametrize(
    ("kind", "format", "content", "reason"),
    [
        ("guides", None, "[]", "cannot be imported"),
        ("products", "excel", "[]", "format 'excel' is not known"),
        ("products", None, "[]", "holds no products"),
        ("products", "json", "Handle,Title\na,A\n", "not valid JSON"),
        ("products", "shopify", '[{"code": "a"}]', "lacks the column"),
        ("customers", None, "Handle,Title\na,A\n", "customers cannot be imported from the format shopify"),
        ("orders", None, "Handle,Title\na,A\n", "holds products"),
    ],
)
def test_unusable_files(
    database: str, tmp_path: Path, kind: str, format: str | None, content: str, reason: str
) -> None:
    with pytest.raises(ImportFileError, match=reason):
        import_file(kind, written(tmp_path, content), format)


def test_progress_grows_to_its_end(database: str, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    rows = [{"Handle": f"p{n}", "Title": f"P {n}"} for n in range(3000)]
    import_file("products", written(tmp_path, table(rows)), progress=lambda done, total: told.append((done, total)))
    done = [number for number, _ in told]
    assert done == sorted(done) and done[-1] == 1000 and len(done) > 5
    assert {total for _, total in told} == {1000}
