"""The demonstration shop holds together: its files parse, refer to each other, add up and speak both languages."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import phonenumbers
import pytest
from defusedxml import ElementTree
from sqlalchemy import select

from bot.db.models import OrderLine, Product
from bot.db.models.orders import ORDER_STATES, PAYMENT_STATES, SHIPMENT_STATES
from bot.db.session import reading
from bot.settings import ROOT
from bot.shop.importing.command import import_any

FOLDER = ROOT / "data" / "shop"
BRANCHES = {"riyadh", "jeddah", "dammam"}
ARABIC = re.compile("[\u0621-\u064a]")
OFFSET = re.compile(r"([+-])(\d+)d(?: (\d{2}):(\d{2}))?")
GOOGLE = "{http://base.google.com/ns/1.0}"


@cache
def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def shop() -> dict[str, Any]:
    return read("shop.json")


def products() -> list[dict[str, Any]]:
    return read("products.json")["products"]


def orders() -> list[dict[str, Any]]:
    return read("orders.json")["orders"]


def customers() -> list[dict[str, Any]]:
    return read("customers.json")["customers"]


def rows(language: str) -> list[dict[str, str]]:
    with open(FOLDER / f"products-shopify{language}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def items(language: str) -> list[Any]:
    return list(ElementTree.parse(FOLDER / f"products-google{language}.xml").iter("item"))


def cell(item: Any, name: str) -> str:
    found = item.find(GOOGLE + name)
    return "" if found is None else found.text


def codes(section: str) -> set[str]:
    return {entry["code"] for entry in shop()[section]}


@cache
def category_of_product() -> dict[str, str]:
    """The category of every product of all three files."""
    named = {entry["name"]["en"]: entry["code"] for entry in shop()["categories"]}
    found = {product["code"]: product["category"] for product in products()}
    found |= {row["Handle"]: named[row["Type"]] for row in rows("") if row["Title"]}
    found |= {cell(item, "item_group_id"): named[cell(item, "product_type").split(" > ")[-1]] for item in items("")}
    return found


@cache
def price_of_sku() -> dict[str, Decimal]:
    """The price of every variant of all three files."""
    found = [(v["sku"], Decimal(v["price"])) for product in products() for v in product["variants"]]
    found += [(row["Variant SKU"], Decimal(row["Variant Price"])) for row in rows("") if row["Variant SKU"]]
    for item in items(""):
        price = cell(item, "sale_price") or cell(item, "price")
        found.append((cell(item, "id"), Decimal(price.removesuffix(" SAR"))))
    assert len(found) == len(dict(found)), "an SKU is used twice"
    return dict(found)


def texts(value: Any, where: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every localised text of a document, with its place."""
    if isinstance(value, dict):
        if value and value.keys() <= {"en", "ar"}:
            yield where, value
            return
        for name, inner in value.items():
            yield from texts(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{where}[{index}]")


def minutes(moment: str) -> int:
    """Minutes after the midnight that begins today; what lies before is negative."""
    match = OFFSET.fullmatch(moment)
    assert match, moment
    sign, days, hour, minute = match.groups()
    return int(f"{sign}{days}") * 1440 + int(hour or 0) * 60 + int(minute or 0)


def choices(product: dict[str, Any]) -> list[dict[str, Any]]:
    """The options with values to choose from; words and sizes have none."""
    return [option for option in product["options"] if "values" in option]


def money(amount: str) -> Decimal:
    assert re.fullmatch(r"\d+\.\d\d", amount), amount
    return Decimal(amount)


def test_the_manifest_names_every_file_in_an_order_that_can_be_imported() -> None:
    manifest = read("manifest.json")
    listed = [entry["path"] for entry in manifest]
    assert set(listed) == {path.name for path in FOLDER.iterdir()} - {"manifest.json", "images"}
    kinds = list(dict.fromkeys(entry["kind"] for entry in manifest))
    assert kinds == [
        "shop",
        "branches",
        "delivery",
        "policies",
        "products",
        "selling",
        "coupons",
        "customers",
        "orders",
        "guides",
    ]
    assert {entry["format"] for entry in manifest} == {"json", "shopify", "google", "markdown"}


def test_it_is_as_large_as_a_shop_that_can_be_shown() -> None:
    used = category_of_product()
    assert len(used) >= 84
    assert len(set(used.values())) >= 10
    assert len(customers()) == 40
    assert len(orders()) == 150
    assert codes("branches") == BRANCHES
    assert len(shop()["delivery_zones"]) >= 12


@pytest.mark.parametrize("name", ["shop.json", "products.json", "orders.json"])
def test_every_text_is_in_both_languages(name: str) -> None:
    found = list(texts(read(name)))
    assert found
    for where, text in found:
        assert text.get("en", "").strip() and text.get("ar", "").strip(), where
        assert not ARABIC.search(text["en"]), where
        # A value may be the same sign everywhere ("OLED"), a name or a sentence may not.
        if re.search(r"\.(name|title|description|body|reason|address|about|alt)$", where) and ".values[" not in where:
            assert ARABIC.search(text["ar"]), where


def test_categories_brands_and_cities_answer_to_many_words_and_no_word_is_claimed_twice() -> None:
    for section in ("categories", "brands", "delivery_zones"):
        claimed: Counter[str] = Counter()
        for entry in shop()[section]:
            claimed.update({word.casefold() for word in [*entry["aliases"], *entry["name"].values()]})
        assert [word for word, times in claimed.items() if times > 1] == []
    for entry in shop()["categories"]:
        arabic = [word for word in entry["aliases"] if ARABIC.search(word)]
        parent = entry["parent"] is None
        assert len(arabic) >= (2 if parent else 3) and len(entry["aliases"]) > len(arabic), entry["code"]


def test_references_of_the_catalogue_resolve() -> None:
    categories = codes("categories")
    assert {entry["parent"] for entry in shop()["categories"]} - {None} <= categories
    assert set(category_of_product().values()) <= categories
    assert {product["brand"] for product in products()} <= codes("brands")
    brands = {entry["name"]["en"] for entry in shop()["brands"]}
    assert {row["Vendor"] for row in rows("") if row["Title"]} | {cell(item, "brand") for item in items("")} <= brands
    for product in products():
        for variant in product["variants"]:
            assert set(variant["stock"]) == BRANCHES
            assert all(pieces >= 0 for pieces in variant["stock"].values())


def test_options_variants_and_exclusions_of_a_product_agree() -> None:
    excluded = 0
    for product in products():
        values = {option["code"]: {value["code"] for value in option["values"]} for option in choices(product)}
        variants = [variant["options"] for variant in product["variants"]]
        assert len({json.dumps(chosen, sort_keys=True) for chosen in variants}) == len(variants)
        assert len({frozenset(chosen) for chosen in variants}) == 1, product["code"]
        for chosen in variants:
            assert all(code in values[option] for option, code in chosen.items()), product["code"]
        for option in choices(product):
            extra = option["code"] not in variants[0]
            deltas = [money(value["price_delta"]) for value in option["values"]]
            assert deltas[0] == 0 and (extra or not any(deltas)), (product["code"], option["code"])
        for exclusion in product["exclusions"]:
            excluded += 1
            first, second = exclusion["values"]
            assert first["option"] != second["option"]
            for choice in (first, second):
                assert choice["value"] in values[choice["option"]], (product["code"], choice)
            # The pair that cannot be had leaves both values to be had otherwise.
            assert all(len(values[choice["option"]]) > 1 for choice in (first, second))
    assert excluded >= 8


def test_attributes_of_a_category_can_be_compared() -> None:
    kinds: dict[tuple[str, str], set[tuple[str, str | None]]] = defaultdict(set)
    for product in products():
        found = product["attributes"]
        assert 6 <= len(found) <= 10, product["code"]
        assert len({item["code"] for item in found}) == len(found)
        for item in found:
            kinds[product["category"], item["code"]].add((item["name"]["en"], item.get("unit")))
            assert "unit" not in item or "number" in item, (product["code"], item["code"])
    for (category, code), spellings in kinds.items():
        assert len({name for name, _ in spellings}) == 1, (category, code)
        assert len({unit for _, unit in spellings if unit}) <= 1, (category, code)


def test_prices_are_spread_and_reductions_are_real() -> None:
    prices: dict[str, list[Decimal]] = defaultdict(list)
    for product in products():
        prices[product["category"]].append(min(money(variant["price"]) for variant in product["variants"]))
        for variant in product["variants"]:
            assert money(variant["price"]) > 0
            if "compare_at_price" in variant:
                assert money(variant["compare_at_price"]) > money(variant["price"]), variant["sku"]
    for category, found in prices.items():
        assert max(found) >= 3 * min(found), category


def test_stock_knows_plenty_one_branch_only_and_sold_out() -> None:
    patterns = [tuple(bool(n) for n in v["stock"].values()) for product in products() for v in product["variants"]]
    counted = Counter(sum(pattern) for pattern in patterns)
    assert all(counted[branches] >= 4 for branches in range(4)), counted
    assert any(not any(sum(v["stock"].values()) for v in product["variants"]) for product in products())
    assert {row["Variant Inventory Qty"] == "0" for row in rows("") if row["Variant SKU"]} == {True, False}
    assert {cell(item, "availability") for item in items("")} == {"in_stock", "out_of_stock"}


def test_the_arabic_exports_describe_the_same_pieces() -> None:
    same = ["Handle", "Vendor", "Variant SKU", "Variant Price", "Variant Inventory Qty", "Image Src"]
    english, arabic = rows(""), rows("-ar")
    assert [[row[name] for name in same] for row in english] == [[row[name] for name in same] for row in arabic]
    keys = [[re.sub(r".*\(", "(", name) for name in table[0]] for table in (english, arabic)]
    assert keys[0] == keys[1]
    for row in arabic:
        if row["Title"]:
            assert all(ARABIC.search(row[name]) for name in ("Title", "Body (HTML)", "Type", "Tags")), row["Handle"]
    same = ["id", "item_group_id", "price", "availability", "brand", "image_link", "link"]
    for first, second in zip(items(""), items("-ar"), strict=True):
        assert [cell(first, name) for name in same] == [cell(second, name) for name in same]
        assert all(ARABIC.search(cell(second, name)) for name in ("title", "description", "product_type"))
        assert [part.tag for part in first] == [part.tag for part in second]


def test_pictures_exist_and_carry_nothing_but_shapes() -> None:
    wanted = {image["url"] for product in products() for image in product["images"]}
    wanted |= {row["Image Src"] for row in rows("") if row["Image Src"]}
    wanted |= {cell(item, name) for item in items("") for name in ("image_link", "additional_image_link")}
    pages = [path.read_text(encoding="utf-8") for path in (FOLDER / "guides").rglob("*.md")]
    wanted |= {found for page in pages for found in re.findall(r"!\[\]\(([^)]+)\)", page)}
    pictures = sorted((FOLDER / "images").rglob("*.svg"))
    assert wanted == {f"/shop/images/{path.relative_to(FOLDER / 'images').as_posix()}" for path in pictures}
    for path in pictures:
        root = ElementTree.parse(path).getroot()
        assert root.get("viewBox") == "0 0 320 240"
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "rect", "circle", "ellipse", "path"}, path.name
        names = {name for element in root.iter() for name in element.attrib}
        assert not any(name.startswith("on") or "href" in name or name == "style" for name in names), path.name


def test_branches_open_and_policies_carry_their_figures() -> None:
    for branch in shop()["branches"]:
        assert set(branch["hours"]) == {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
        for opening in (part for parts in branch["hours"].values() for part in parts):
            assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", opening)
        assert all(OFFSET.fullmatch(closure["day"]) for closure in branch["closures"])
    policies = {policy["code"]: policy for policy in shop()["policies"]}
    wanted = (
        "delivery pickup return exchange warranty payment price_match privacy installation "
        "account damage order_changes service"
    )
    assert set(policies) == set(wanted.split())
    # What a policy says and what code reckons with are the same figures.
    figures = {"return": "days", "exchange": "days", "pickup": "kept_days", "price_match": "days_after"}
    for code, name in figures.items():
        assert all(str(policies[code]["data"][name]) in body for body in policies[code]["body"].values()), code
    zones = shop()["delivery_zones"]
    assert policies["delivery"]["data"]["cities"] == len(zones)
    assert policies["delivery"]["data"]["max_days"] == max(zone["max_days"] for zone in zones)
    assert policies["delivery"]["data"]["cost_to"] == max(money(zone["cost"]) for zone in zones)
    months = [product["warranty_months"] for product in products()]
    limits = policies["warranty"]["data"]
    assert min(months) >= limits["min_months"] and max(months) <= limits["max_months"]


def test_customers_can_be_reached_and_never_are_real() -> None:
    phones = [entry["phone"] for entry in customers() if entry["phone"]]
    emails = [entry["email"] for entry in customers() if entry["email"]]
    assert len(set(phones)) == len(phones) >= 39 and len(set(emails)) == len(emails) >= 39
    assert {email.partition("@")[2] for email in emails} == {"example.com", "example.net", "example.org"}
    # Numbers that can be dialled, of a range that the large mobile networks do not use.
    assert all(phone.startswith("+96651") for phone in phones)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones)
    assert {entry["language"] for entry in customers()} == {"en", "ar", None}
    cities = {name for zone in shop()["delivery_zones"] for name in zone["name"].values()}
    assert {entry["city"] for entry in customers()} <= cities


def test_every_state_of_an_order_occurs() -> None:
    assert {order["state"] for order in orders()} == set(ORDER_STATES)
    assert {order["payment_state"] for order in orders()} == set(PAYMENT_STATES)
    assert {parcel["state"] for order in orders() for parcel in order["shipments"]} == set(SHIPMENT_STATES)
    assert [order["number"] for order in orders()] == [f"D-{number}" for number in range(10001, 10151)]
    moments = [minutes(order["placed_at"]) for order in orders()]
    assert moments == sorted(moments)


def test_orders_add_up() -> None:
    zones = {name: zone for zone in shop()["delivery_zones"] for name in zone["name"].values()}
    for order in orders():
        lines = sum(money(line["unit_price"]) * line["quantity"] - money(line["discount"]) for line in order["lines"])
        goods, total = lines - money(order["discount"]), money(order["total"])
        assert goods + money(order["delivery_cost"]) == total, order["number"]
        assert money(order["tax"]) == (total * 15 / 115).quantize(Decimal("0.01"), ROUND_HALF_UP), order["number"]
        if order["delivery_method"] == "pickup":
            assert order["pickup_branch"] in BRANCHES and money(order["delivery_cost"]) == 0
        else:
            zone = zones[order["shipping_address"]["city"]]
            free = goods >= money(zone["free_from"])
            assert money(order["delivery_cost"]) == (0 if free else money(zone["cost"])), order["number"]
        paid = sum(money(part["amount"]) for part in order["payments"] if part["state"] != "refunded")
        assert paid == total, order["number"]
        back = sum(money(part["amount"]) for part in order["payments"] if part["state"] == "refunded")
        assert (back == total) == (order["payment_state"] == "refunded"), order["number"]
        assert (0 < back < total) == (order["payment_state"] == "partially_refunded"), order["number"]


def test_order_lines_are_things_the_shop_sells_at_its_price() -> None:
    catalogue = {variant["sku"]: (product, variant) for product in products() for variant in product["variants"]}
    extras = 0
    for line in (line for order in orders() for line in order["lines"]):
        price = price_of_sku()[line["sku"]]
        if line["sku"] in catalogue:
            product, variant = catalogue[line["sku"]]
            assert line["title"] == product["title"]
            assert line["options"].items() >= variant["options"].items()
            for option in choices(product):
                [value] = [value for value in option["values"] if value["code"] == line["options"][option["code"]]]
                price += money(value["price_delta"])
                extras += money(value["price_delta"]) > 0
            for exclusion in product["exclusions"]:
                chosen = [line["options"][choice["option"]] == choice["value"] for choice in exclusion["values"]]
                assert not all(chosen), line["sku"]
        assert money(line["unit_price"]) == price, line["sku"]
    assert extras >= 20


def test_orders_belong_to_their_customers_and_guests_occur() -> None:
    known = {entry["code"]: entry for entry in customers()}
    for order in orders():
        assert order["email"] or order["phone"]
        if order["customer"] is not None:
            owner = known[order["customer"]]
            assert (order["email"], order["phone"]) == (owner["email"], owner["phone"]), order["number"]
    assert any(order["customer"] is None for order in orders())
    methods = {method["code"] for method in shop()["shop"]["payment_methods"]}
    assert {part["method"] for order in orders() for part in order["payments"]} == methods


def test_an_order_s_times_follow_each_other() -> None:
    for order in orders():
        assert minutes(order["placed_at"]) < 0 and OFFSET.fullmatch(order["expected_on"]), order["number"]
        assert (order["state"] == "cancelled") == (order["cancelled_at"] is not None), order["number"]
        pieces: Counter[str] = Counter()
        for parcel in order["shipments"]:
            path = [order["placed_at"], parcel["shipped_at"], parcel["delivered_at"]]
            moments = [minutes(moment) for moment in path if moment]
            assert moments == sorted(moments) and moments[-1] < 0, order["number"]
            assert (parcel["tracking_number"] is None) == (parcel["shipped_at"] is None), order["number"]
            pieces.update({line["sku"]: line["quantity"] for line in parcel["lines"]})
        assert pieces <= Counter({line["sku"]: line["quantity"] for line in order["lines"]}), order["number"]
        for moment in [order["cancelled_at"], *(part["paid_at"] for part in order["payments"])]:
            assert moment is None or minutes(order["placed_at"]) <= minutes(moment) < 0, order["number"]


def test_the_situations_that_customers_ask_about_occur() -> None:
    seen: Counter[str] = Counter()
    for order in orders():
        states = [parcel["state"] for parcel in order["shipments"]]
        late = minutes(order["expected_on"]) < 0
        seen["half shipped"] += order["state"] == "partially_shipped"
        seen["late, on its way"] += late and order["state"] in ("shipped", "out_for_delivery")
        seen["late, not even shipped"] += late and order["state"] == "processing"
        seen["nobody at home"] += order["state"] == "shipped" and "failed" in states
        seen["to collect"] += order["state"] == "ready_for_pickup"
        seen["collected"] += order["state"] == "delivered" and order["delivery_method"] == "pickup"
        arrived = [minutes(parcel["delivered_at"]) // 1440 for parcel in order["shipments"] if parcel["delivered_at"]]
        seen["delivered yesterday"] += order["state"] == "delivered" and -1 in arrived
        seen["may still be returned"] += order["state"] == "delivered" and max(arrived, default=-99) >= -14
        seen["too old to be returned"] += order["state"] == "delivered" and max(arrived, default=0) < -14
    assert min(seen.values()) >= 1, seen
    assert seen["half shipped"] >= 5 and seen["delivered yesterday"] >= 4 and seen["late, on its way"] >= 4


@pytest.mark.usefixtures("database")
def test_it_is_imported_whole_and_a_second_time_changes_nothing() -> None:
    def load() -> int:
        changed = 0
        for entry in read("manifest.json"):
            report = import_any(entry["kind"], FOLDER / entry["path"], entry["format"])
            assert report.applied and not report.refused and not report.warnings, entry
            changed += report.created + report.updated
        return changed

    assert load() > 300
    assert load() == 0
    with reading() as session:
        found = list(session.execute(select(Product)).scalars())
        assert {product.code: product.category.code for product in found} == category_of_product()
        for product in found:
            named = [product.title, product.description, *(item.name for item in product.attributes)]
            named += [entry.name for option in product.options for entry in (option, *option.values)]
            assert all(text["en"] and text["ar"] for text in named), product.code
            assert product.brand_id and product.price_from and product.warranty_months
        assert session.execute(select(OrderLine).where(OrderLine.variant_id.is_(None))).first() is None


def test_the_orders_that_the_documentation_offers_to_try_are_as_it_says() -> None:
    known = {order["number"]: order for order in orders()}
    page = (ROOT / "docs" / "demonstration-shop.md").read_text(encoding="utf-8")
    offered = re.findall(r"^\| (D-\d+) \| `([^`]+)` \| `([^`]+)` \|", page, re.MULTILINE)
    assert {state for _, _, state in offered} == set(ORDER_STATES)
    for number, contact, state in offered:
        order = known[number]
        assert contact in (order["email"], order["phone"]) and state == order["state"], number
