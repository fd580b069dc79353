"""Products as answers need them, and who the shop is."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from bot.db.models import CatalogueVersion, Shop
from bot.db.session import reading, writing
from bot.shop import catalogue, profile


def test_a_product_with_all_that_is_known_of_it(bedding: Session) -> None:
    cloud = catalogue.product(bedding, "cloud-plus")
    assert cloud is not None
    assert (cloud.price_from, cloud.price_to) == (1200, 1900)
    assert cloud.category is not None and cloud.category.code == "mattresses"
    assert [variant.sku for variant in cloud.variants] == ["CP-90", "CP-160"]
    wool = cloud.choice("cover", "Wool")
    assert wool is not None and (wool.price_delta, wool.lead_time_days) == (Decimal(150), 4)
    assert cloud.choice("cover", "silk") is None
    assert [(e.first["en"], e.second["en"]) for e in cloud.exclusions] == [("90 cm", "Wool")]
    assert cloud.attribute("weight") is not None and cloud.attribute("colour") is None


def test_products_come_in_the_order_asked_for(bedding: Session) -> None:
    found = catalogue.products(bedding, ["rock-firm", "no such", "cloud-plus", "hidden", "rock-firm"])
    assert [product.code for product in found] == ["rock-firm", "cloud-plus"]
    assert catalogue.products(bedding, []) == []


def test_stores_come_before_warehouses(bedding: Session) -> None:
    assert [place.code for place in catalogue.places(bedding)] == ["marina", "qasba", "depot"]


def test_the_biggest_categories(bedding: Session) -> None:
    assert [kind.code for kind in catalogue.biggest_categories(bedding, 2)] == ["mattresses", "frames"]


def test_the_shop_as_imported(bedding: Session) -> None:
    shop = profile.read(bedding)
    assert (shop.currency, shop.timezone, shop.name.get_for("ar")) == ("AED", "Asia/Dubai", "نوم")
    assert shop.now().utcoffset() is not None


def _imported(session: Session) -> None:
    """As every import ends: what is remembered of the catalogue is read anew."""
    session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))


def test_a_shop_that_was_not_imported_or_has_an_odd_time_zone(bedding: Session) -> None:
    with writing() as session:
        session.execute(update(Shop).values(timezone="Mars/Olympus"))
        _imported(session)
    with reading() as session:
        assert profile.read(session).zone.key == profile.DEFAULT_TIMEZONE
    with writing() as session:
        session.execute(delete(Shop))
        _imported(session)
    with reading() as session:
        assert profile.read(session).currency == profile.DEFAULT_CURRENCY
