"""The catalogue: categories, brands, products with their variants, options, attributes, images and stock."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import relationship

from bot.clock import now
from bot.db.models.base import Base
from bot.db.types import Localised, Moment, Money


class CatalogueVersion(Base):
    """One row, raised by every import that changes what the gazetteer or search know."""

    __tablename__ = "catalogue_version"

    id = Column(Integer, primary_key=True)
    version = Column(Integer, nullable=False, default=0)


class Category(Base):
    """A kind of product; `aliases` are other words customers use for it, in any language."""

    __tablename__ = "categories"

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False, unique=True)
    name = Column(Localised, nullable=False)
    parent_id = Column(ForeignKey("categories.id", ondelete="SET NULL"), index=True)
    aliases = Column(JSON, nullable=False, default=list)
    embedding = Column(LargeBinary)  # float32 sentence vector of the names, written after an import


class Brand(Base):
    __tablename__ = "brands"

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False, unique=True)
    name = Column(Localised, nullable=False)
    aliases = Column(JSON, nullable=False, default=list)


class Product(Base):
    """Something the shop sells; what is bought is one of its variants (at least one)."""

    __tablename__ = "products"

    id = Column(Integer, primary_key=True)
    code = Column(String(200), nullable=False, unique=True)  # handle, parent SKU or feed id
    title = Column(Localised, nullable=False)
    description = Column(Localised, nullable=False, default=dict)  # plain text
    category_id = Column(ForeignKey("categories.id", ondelete="SET NULL"), index=True)
    brand_id = Column(ForeignKey("brands.id", ondelete="SET NULL"), index=True)
    aliases = Column(JSON, nullable=False, default=list)
    tags = Column(JSON, nullable=False, default=list)
    url = Column(String(1000))
    published = Column(Boolean, nullable=False, default=True)
    price_from = Column(Money, index=True)  # lowest variant price; null when the source gave none
    price_to = Column(Money)
    lead_time_days = Column(Integer, nullable=False, default=0)
    warranty_months = Column(Integer)
    popularity = Column(Integer, nullable=False, default=0)
    content_hash = Column(String(64), nullable=False, default="")  # of the imported row: unchanged rows are skipped
    embedding = Column(LargeBinary)  # float32 sentence vector of the titles, written after an import
    updated_at = Column(Moment, nullable=False, default=now)

    category = relationship("Category")
    brand = relationship("Brand")
    variants = relationship(
        "Variant", order_by="Variant.position", back_populates="product", cascade="all, delete-orphan"
    )
    options = relationship("ProductOption", order_by="ProductOption.position", cascade="all, delete-orphan")
    attributes = relationship("ProductAttribute", order_by="ProductAttribute.position", cascade="all, delete-orphan")
    images = relationship("ProductImage", order_by="ProductImage.position", cascade="all, delete-orphan")


class ProductImage(Base):
    __tablename__ = "product_images"

    id = Column(Integer, primary_key=True)
    product_id = Column(ForeignKey("products.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False, default=0)
    url = Column(String(1000), nullable=False)
    alt = Column(Localised, nullable=False, default=dict)


class ProductAttribute(Base):
    """A fact about a product, `battery_life = 18 h`; `number` and `unit` are set when the value is a quantity."""

    __tablename__ = "product_attributes"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        Index("ix_product_attributes_code_number", "code", "number"),
    )

    id = Column(Integer, primary_key=True)
    product_id = Column(ForeignKey("products.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False, default=0)
    code = Column(String(100), nullable=False)
    name = Column(Localised, nullable=False)
    value = Column(Localised, nullable=False)
    number = Column(Float)
    unit = Column(String(32))


class ProductOption(Base):
    """A choice a product offers, such as colour or size.

    `kind` is `choice` (one of its values), `text` (words to engrave or print) or `measure` (made to size); what
    may be written or measured, and what that costs, stands in `limits` (see `bot.shop.options.limits`).
    """

    __tablename__ = "product_options"
    __table_args__ = (UniqueConstraint("product_id", "code"),)

    id = Column(Integer, primary_key=True)
    product_id = Column(ForeignKey("products.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False, default=0)
    code = Column(String(100), nullable=False)
    name = Column(Localised, nullable=False)
    kind = Column(String(16), nullable=False, default="choice")
    limits = Column(JSON, nullable=False, default=dict)

    values = relationship("OptionValue", order_by="OptionValue.position", cascade="all, delete-orphan")


class OptionValue(Base):
    """One value of an option. `price_delta` adds to the variant's price where the value makes no variant of its own."""

    __tablename__ = "option_values"
    __table_args__ = (UniqueConstraint("option_id", "code"),)

    id = Column(Integer, primary_key=True)
    option_id = Column(ForeignKey("product_options.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False, default=0)
    code = Column(String(100), nullable=False)
    name = Column(Localised, nullable=False)
    price_delta = Column(Money, nullable=False, default=0)
    lead_time_days = Column(Integer, nullable=False, default=0)


class OptionExclusion(Base):
    """Two option values of one product that cannot be had together."""

    __tablename__ = "option_exclusions"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id = Column(Integer, primary_key=True)
    first_id = Column(ForeignKey("option_values.id", ondelete="CASCADE"), nullable=False)
    second_id = Column(ForeignKey("option_values.id", ondelete="CASCADE"), nullable=False, index=True)
    reason = Column(Localised, nullable=False, default=dict)


class Variant(Base):
    """What is actually bought: one combination of option values, with its own SKU, price and stock."""

    __tablename__ = "variants"

    id = Column(Integer, primary_key=True)
    product_id = Column(ForeignKey("products.id", ondelete="CASCADE"), nullable=False, index=True)
    position = Column(Integer, nullable=False, default=0)
    sku = Column(String(200), nullable=False, unique=True)
    title = Column(Localised, nullable=False, default=dict)  # '' when the product has one variant
    options = Column(JSON, nullable=False, default=dict)  # {option code: value code}
    price = Column(Money)  # null when the source gave none
    compare_at_price = Column(Money)
    barcode = Column(String(64))
    track_stock = Column(Boolean, nullable=False, default=True)  # False: always available
    checkout_id = Column(String(64))  # what the shop's own checkout calls it, as Shopify's variant id

    product = relationship("Product", back_populates="variants")
    stock = relationship("Stock", cascade="all, delete-orphan", back_populates="variant")


class Stock(Base):
    """Pieces of a variant a branch holds; never below zero."""

    __tablename__ = "stock"
    __table_args__ = (UniqueConstraint("variant_id", "branch_id"), CheckConstraint("quantity >= 0", name="quantity"))

    id = Column(Integer, primary_key=True)
    variant_id = Column(ForeignKey("variants.id", ondelete="CASCADE"), nullable=False)
    branch_id = Column(ForeignKey("branches.id", ondelete="CASCADE"), nullable=False, index=True)
    quantity = Column(Integer, nullable=False, default=0)

    variant = relationship("Variant", back_populates="stock")
    branch = relationship("Branch")
