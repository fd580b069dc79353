"""What comes closest to a product that cannot be had: of its category, in stock, at the nearest price."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import Product, Variant
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct

_LOOKED_AT = 20  # nearest prices


def closest(session: Session, product: ShopProduct) -> ShopProduct | None:
    """Another product in place of one; None when the category holds nothing that is in stock."""
    if product.category is None:
        return None
    price = lowest_price(product)
    lowest = func.min(Variant.price)
    nearest = lowest if price is None else func.abs(lowest - price)
    codes = session.execute(
        select(Product.code)
        .join(Variant, Variant.product_id == Product.id)
        .where(
            Product.category.has(code=product.category.code),
            Product.code != product.code,
            Product.published.is_(True),
            Variant.price.is_not(None),
        )
        .group_by(Product.id, Product.code)
        .order_by(nearest, Product.id)
        .limit(_LOOKED_AT)
    ).scalars()
    return next((found for found in catalogue.products(session, list(codes)) if found.available), None)


def lowest_price(product: ShopProduct) -> Decimal | None:
    """What the cheapest variant costs; None when no price is known."""
    return min((variant.price for variant in product.variants if variant.price is not None), default=None)
