"""What readers hand over, the same for every format: one record a product, order, customer, branch …

A text is `{"en": …, "ar": …}` with either or both. `line` is where the record starts in the file.
`silent` names the fields that the file has no column for: what the database holds of them stays.
Records never refer to each other in a circle, so that the garbage collector need not track them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

Text = dict[str, str]


class Record(Struct, gc=False):
    """What every record carries."""

    line: int = 0
    silent: list[str] = field(default_factory=list)


class CategoryRecord(Record, gc=False):
    """A category; `parent` is the code of another. A path of a CSV file has names and no codes."""

    code: str = ""
    name: Text = field(default_factory=dict)
    parent: str | None = None
    aliases: list[str] = field(default_factory=list)


class BrandRecord(Record, gc=False):
    """A brand; a CSV file gives a name and no code."""

    code: str = ""
    name: Text = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)


class ImageRecord(Struct, gc=False):
    """A picture of a product."""

    url: str
    alt: Text = field(default_factory=dict)


class AttributeRecord(Struct, gc=False):
    """A fact about a product; number and unit where the value is a quantity."""

    code: str
    name: Text
    value: Text
    number: float | None = None
    unit: str | None = None


class OptionValueRecord(Struct, gc=False):
    """A value one may choose, with what it adds to price and days."""

    code: str
    name: Text
    price_delta: Decimal = Decimal(0)
    lead_time_days: int = 0


class OptionRecord(Struct, gc=False):
    """A choice a product offers; `limits` where the customer writes words or a size instead of choosing."""

    code: str
    name: Text
    values: list[OptionValueRecord] = field(default_factory=list)
    kind: str = "choice"
    limits: dict[str, Any] = field(default_factory=dict)


class ExclusionRecord(Struct, gc=False):
    """Two choices, each (option code, value code), that cannot be had together."""

    first: tuple[str, str]
    second: tuple[str, str]
    reason: Text = field(default_factory=dict)


class VariantRecord(Struct, gc=False):
    """One combination that is bought; an empty SKU is made from the product's code."""

    sku: str = ""
    options: dict[str, str] = field(default_factory=dict)
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    barcode: str | None = None
    track_stock: bool = True
    checkout_id: str | None = None
    stock: dict[str, int] = field(default_factory=dict)  # {branch code: pieces}; a branch not named keeps its own
    line: int = 0


class ProductRecord(Record, gc=False):
    """A product with all that belongs to it."""

    code: str = ""
    languages: list[str] = field(default_factory=list)  # the ones this record is written in
    title: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    category: list[CategoryRecord] = field(default_factory=list)  # from the root down, until it is resolved …
    category_code: str | None = None  # … to one of the database
    brand: BrandRecord | None = None
    brand_code: str | None = None
    tags: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    url: str | None = None
    images: list[ImageRecord] = field(default_factory=list)
    attributes: list[AttributeRecord] = field(default_factory=list)
    options: list[OptionRecord] = field(default_factory=list)
    exclusions: list[ExclusionRecord] = field(default_factory=list)
    variants: list[VariantRecord] = field(default_factory=list)
    lead_time_days: int = 0
    warranty_months: int | None = None
    published: bool = True


class CustomerRecord(Record, gc=False):
    """A customer; without a code of the shop's own, the e-mail or phone stands for it."""

    code: str = ""
    name: str = ""
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    city: str | None = None
    address: dict[str, Any] = field(default_factory=dict)
    accepts_marketing: bool = False


class OrderLineRecord(Struct, gc=False):
    """Pieces of one thing in an order."""

    sku: str = ""
    title: Text = field(default_factory=dict)
    quantity: int = 1
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    options: dict[str, Any] = field(default_factory=dict)


class ShipmentRecord(Struct, gc=False):
    """A parcel of an order; `lines` are (index of the order line, pieces)."""

    state: str = "preparing"
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    shipped_at: datetime | None = None
    expected_on: date | None = None
    delivered_at: datetime | None = None
    lines: list[tuple[int, int]] = field(default_factory=list)


class PaymentRecord(Struct, gc=False):
    """Money that came in or went back."""

    method: str
    amount: Decimal
    state: str
    reference: str | None = None
    paid_at: datetime | None = None


class OrderRecord(Record, gc=False):
    """An order with its lines, shipments and payments."""

    number: str = ""
    customer: CustomerRecord | None = None
    email: str | None = None
    phone: str | None = None
    placed_at: datetime | None = None
    state: str = ""
    payment_state: str = "pending"
    currency: str = ""
    subtotal: Decimal | None = None
    discount: Decimal = Decimal(0)
    delivery_cost: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal | None = None
    delivery_method: str = "delivery"
    pickup_branch: str | None = None
    shipping_address: dict[str, Any] = field(default_factory=dict)
    expected_on: date | None = None
    cancelled_at: datetime | None = None
    note: str = ""
    lines: list[OrderLineRecord] = field(default_factory=list)
    shipments: list[ShipmentRecord] = field(default_factory=list)
    payments: list[PaymentRecord] = field(default_factory=list)


class ShopRecord(Record, gc=False):
    """The shop itself."""

    name: Text = field(default_factory=dict)
    about: Text = field(default_factory=dict)
    currency: str = "USD"
    timezone: str = "UTC"
    country: str = ""
    language: str = "en"
    email: str | None = None
    phone: str | None = None
    url: str | None = None
    tax_percent: float = 0.0
    prices_include_tax: bool = True
    payment_methods: list[dict[str, Any]] = field(default_factory=list)


class BranchRecord(Record, gc=False):
    """A branch; hours are (weekday from Monday 0, opens, closes) in minutes after midnight."""

    code: str = ""
    kind: str = "store"
    name: Text = field(default_factory=dict)
    city: Text = field(default_factory=dict)
    address: Text = field(default_factory=dict)
    directions: Text = field(default_factory=dict)
    phone: str | None = None
    email: str | None = None
    map_url: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    position: int = 0
    hours: list[tuple[int, int, int]] = field(default_factory=list)
    closures: list[tuple[date, Text]] = field(default_factory=list)


class ZoneRecord(Record, gc=False):
    """A place the shop delivers to."""

    code: str = ""
    name: Text = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    cost: Decimal = Decimal(0)
    free_from: Decimal | None = None
    min_days: int = 0
    max_days: int = 0
    position: int = 0


class SellingRecord(Record, gc=False):
    """The rules of selling, in the shape of `bot.shop.selling.Rules`."""

    data: dict[str, Any] = field(default_factory=dict)


class CouponRecord(Record, gc=False):
    """A code that takes a share or an amount off."""

    code: str = ""
    name: Text = field(default_factory=dict)
    percent: Decimal | None = None
    amount: Decimal | None = None
    minimum: Decimal | None = None
    products: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    starts_on: date | None = None
    ends_on: date | None = None
    max_uses: int | None = None
    public: bool = False


class PolicyRecord(Record, gc=False):
    """A rule of the shop."""

    code: str = ""
    title: Text = field(default_factory=dict)
    body: Text = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
