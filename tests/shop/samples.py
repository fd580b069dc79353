"""A small shop of another trade than the demonstration shop's: beds and bedding in Dubai and Sharjah."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import update

from bot.db.models import (
    Branch,
    Brand,
    CatalogueVersion,
    Category,
    DeliveryZone,
    OptionExclusion,
    OptionValue,
    Product,
    ProductAttribute,
    ProductOption,
    Shop,
    Stock,
    Variant,
)
from bot.db.session import writing


def attribute(
    code: str, english: str, value: str, *, arabic: str = "", number: float | None = None
) -> ProductAttribute:
    """A fact of a product, in English and, where given, with its Arabic name."""
    return ProductAttribute(
        code=code, name={"en": english, "ar": arabic}, value={"en": value}, number=number, unit="kg" if number else None
    )


def variant(sku: str, price: str | None, stock: dict[Branch, int], **more: Any) -> Variant:
    """A variant with its pieces by branch."""
    return Variant(
        sku=sku,
        price=Decimal(price) if price else None,
        stock=[Stock(branch=branch, quantity=quantity) for branch, quantity in stock.items()],
        **more,
    )


def product(code: str, title: str, variants: list[Variant], **more: Any) -> Product:
    """A product whose price span is that of its variants."""
    prices = [variant.price for variant in variants if variant.price is not None]
    for position, one in enumerate(variants):
        one.position = position
    for position, fact in enumerate(more.get("attributes", [])):
        fact.position = position
    return Product(
        code=code,
        title={"en": title, "ar": more.pop("arabic", "")},
        description={"en": more.pop("about", "")},
        price_from=min(prices, default=None),
        price_to=max(prices, default=None),
        variants=variants,
        **more,
    )


def bedding_shop() -> None:
    """Fill the empty database."""
    with writing() as session:
        session.add(
            Shop(
                name={"en": "Nawm", "ar": "نوم"},
                currency="AED",
                timezone="Asia/Dubai",
                country="AE",
                tax_percent=5,
                prices_include_tax=1,
            )
        )
        marina = Branch(code="marina", name={"en": "Marina"}, city={"en": "Dubai", "ar": "دبي"}, position=0)
        sharjah = Branch(code="qasba", name={"en": "Al Qasba"}, city={"en": "Sharjah", "ar": "الشارقة"}, position=1)
        depot = Branch(code="depot", kind="warehouse", name={"en": "Depot"}, city={"en": "Ajman"}, position=2)
        session.add(
            DeliveryZone(
                code="dubai-city",
                name={"en": "Dubai", "ar": "دبي"},
                aliases=["dxb"],
                cost=Decimal(20),
                min_days=1,
                max_days=2,
            )
        )
        beds = Category(code="beds", name={"en": "Beds", "ar": "أسرّة"})
        session.add(beds)
        session.flush()
        mattresses = Category(code="mattresses", name={"en": "Mattresses", "ar": "مراتب"}, parent_id=beds.id)
        frames = Category(code="frames", name={"en": "Bed frames", "ar": "هياكل أسرّة"}, parent_id=beds.id)
        pillows = Category(code="pillows", name={"en": "Pillows", "ar": "وسائد"})
        throws = Category(code="throws", name={"en": "Throws & Blankets"})
        noura = Brand(code="noura", name={"en": "Noura", "ar": "نورة"})
        dormir = Brand(code="dormir", name={"en": "Dormir"})
        session.add_all([marina, sharjah, depot, mattresses, frames, pillows, throws, noura, dormir])
        cloud = product(
            "cloud-plus",
            "Noura Cloud Plus",
            [
                variant("CP-90", "1200", {marina: 3, sharjah: 0}, title={"en": "90 cm"}, options={"size": "90"}),
                variant("CP-160", "1900", {marina: 0, sharjah: 12}, title={"en": "160 cm"}, options={"size": "160"}),
            ],
            category=mattresses,
            brand=noura,
            popularity=50,
            warranty_months=120,
            about="A soft mattress of memory foam that follows the body. "
            "It eases pressure on shoulders and a tired back. The cover comes off and can be washed at 60 degrees.",
            attributes=[
                attribute("firmness", "Firmness", "Soft", arabic="الصلابة"),
                attribute("material", "Material", "Memory foam", arabic="الخامة"),
                attribute("weight", "Weight", "24 kg", arabic="الوزن", number=24.0),
            ],
            options=[
                ProductOption(
                    code="size",
                    name={"en": "Size", "ar": "المقاس"},
                    position=0,
                    values=[
                        OptionValue(code="90", name={"en": "90 cm"}, position=0),
                        OptionValue(code="160", name={"en": "160 cm"}, position=1),
                    ],
                ),
                ProductOption(
                    code="cover",
                    name={"en": "Cover", "ar": "الغطاء"},
                    position=1,
                    values=[
                        OptionValue(code="cotton", name={"en": "Cotton", "ar": "قطن"}, position=0),
                        OptionValue(
                            code="wool",
                            name={"en": "Wool", "ar": "صوف"},
                            position=1,
                            price_delta=Decimal(150),
                            lead_time_days=4,
                        ),
                    ],
                ),
            ],
        )
        session.add(cloud)
        session.flush()
        session.add(
            OptionExclusion(
                first_id=cloud.options[0].values[0].id,
                second_id=cloud.options[1].values[1].id,
                reason={"en": "the wool cover is not cut that small"},
            )
        )
        session.add_all(
            [
                product(
                    "rock-firm",
                    "Dormir Rock",
                    [variant("RK-1", "900", {marina: 0, sharjah: 7})],
                    category=mattresses,
                    brand=dormir,
                    popularity=20,
                    attributes=[
                        attribute("firmness", "Firmness", "Firm", arabic="الصلابة"),
                        attribute("material", "Material", "Springs", arabic="الخامة"),
                        attribute("weight", "Weight", "30 kg", arabic="الوزن", number=30.0),
                    ],
                ),
                product(
                    "latex-air",
                    "Noura Latex Air",
                    [variant("LA-1", "2600", {marina: 2})],
                    category=mattresses,
                    brand=noura,
                    popularity=5,
                    attributes=[
                        attribute("firmness", "Firmness", "Medium", arabic="الصلابة"),
                        attribute("material", "Material", "Latex", arabic="الخامة"),
                        attribute("weight", "Weight", "19 kg", arabic="الوزن", number=19.0),
                    ],
                ),
                product(
                    "budget-rest",
                    "Dormir Budget Rest",
                    [variant("BR-1", "450", {marina: 0, sharjah: 0})],
                    category=mattresses,
                    brand=dormir,
                    popularity=90,
                    attributes=[
                        attribute("firmness", "Firmness", "Firm", arabic="الصلابة"),
                        attribute("material", "Material", "Springs", arabic="الخامة"),
                    ],
                ),
                product(
                    "oak-frame",
                    "Oak frame Tilal",
                    [variant("OF-1", "1500", {depot: 4})],
                    category=frames,
                    arabic="هيكل سرير تلال",
                    about="A frame of solid oak, made to order.",
                    attributes=[attribute("load", "Maximum load", "300 kg", number=300.0)],
                ),
                product(
                    "made-frame",
                    "Linen headboard",
                    [variant("LH-1", None, {}, track_stock=False)],
                    category=frames,
                    lead_time_days=14,
                ),
                product(
                    "side-pillow",
                    "Dormir side sleeper pillow X200",
                    [variant("SP-1", "85.50", {marina: 9}, compare_at_price=Decimal("99"))],
                    category=pillows,
                    brand=dormir,
                    about="For those who sleep on their side; keeps the neck straight.",
                ),
                product(
                    "feather-pillow",
                    "Feather pillow",
                    [variant("FP-1", "120", {marina: 1})],
                    category=pillows,
                    tags=["hypoallergenic"],
                ),
                product(
                    "knit-throw",
                    "Knitted throw",
                    [variant("KT-1", "60", {marina: 30})],
                    category=throws,
                    attributes=[attribute("colour", "Colour", "Sand", arabic="اللون")],
                ),
                product(
                    "hidden",
                    "Hidden mattress",
                    [variant("H-1", "1", {marina: 1})],
                    category=mattresses,
                    published=False,
                ),
            ]
        )
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
