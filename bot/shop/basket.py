"""The basket of a conversation: what is in it, what it costs now, and what is known for its order.

Each change names the customer's message it comes from, so that a turn that is run again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.clock import now
from bot.db.models import Basket, BasketLine, Category, Coupon, Product, Variant
from bot.db.types import LocalisedText
from bot.shop import catalogue, delivery, pickup, profile, reservations
from bot.shop.catalogue import BuyableVariant, ShopProduct
from bot.shop.delivery import Zone
from bot.shop.money import coupons, haggling, pricing
from bot.shop.money.pricing import Item, Line, Totals
from bot.shop.options import configuration as configuring
from bot.shop.options.configuration import Configuration
from bot.shop.pickup import Point
from bot.shop.selling import rules

MOST_LINES = 50
BUYER_FIELDS = ("name", "phone", "email", "city", "address", "pickup", "payment")


class BadQuantity(ValueError):
    """A number of pieces that nobody can sell: `reason` is `none` (zero or less) or `many`."""

    def __init__(self, reason: str, limit: int) -> None:
        super().__init__(reason)
        self.reason, self.limit = reason, limit


class NotEnough(LookupError):
    """Fewer pieces are free than wished."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} left")
        self.left = left


class Incomplete(ValueError):
    """Something about the product is not decided yet, or the shop gives no price for it."""


@dataclass(frozen=True)
class Entry:
    """A line of a basket with its price."""

    line_id: int
    variant_id: int
    product: ShopProduct
    variant: BuyableVariant
    configuration: Configuration
    quantity: int
    priced: Line

    @property
    def details(self) -> list[LocalisedText]:
        """The choices made, a text each."""
        return configuring.details(self.product, self.configuration)


@dataclass(frozen=True)
class View:
    """A basket as it stands: its lines, their totals, and the buyer as far as known."""

    basket_id: int
    entries: tuple[Entry, ...]
    totals: Totals
    coupon: str | None  # its code, when one is kept
    zone: Zone | None  # where it goes to; None when that is not known, or it is collected
    pickup: Point | None  # where it is collected
    buyer: dict[str, str]

    @property
    def pieces(self) -> int:
        return sum(entry.quantity for entry in self.entries)

    @property
    def lead_time_days(self) -> int:
        return max(
            (configuring.lead_time_days(entry.product, entry.configuration) for entry in self.entries), default=0
        )

    @property
    def wanted(self) -> dict[int, int]:
        """Pieces by variant id."""
        pieces: dict[int, int] = {}
        for entry in self.entries:
            pieces[entry.variant_id] = pieces.get(entry.variant_id, 0) + entry.quantity
        return pieces


def open_basket(session: Session, conversation_id: str, *, lock: bool = False) -> Basket | None:
    """The open basket of a conversation, if it has one."""
    query = select(Basket).where(Basket.conversation_id == conversation_id, Basket.state == "open")
    query = query.order_by(Basket.id.desc()).limit(1)
    found: Basket | None = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    return found


@contextmanager
def changing(session: Session, conversation_id: str, message_id: int) -> Iterator[Basket | None]:
    """The open basket to change, made when there is none; None when this message has changed it already."""
    found = open_basket(session, conversation_id, lock=True)
    if found is None:
        found = Basket(conversation_id=conversation_id, created_at=now(), updated_at=now())
        session.add(found)
        session.flush()
    elif message_id and found.message_id >= message_id:
        yield None
        return
    yield found
    found.message_id = max(message_id, found.message_id)
    found.updated_at = now()


def check_quantity(session: Session, quantity: int) -> int:
    """A number of pieces that can be sold.

    Raises:
        BadQuantity: it cannot.
    """
    limit = rules(session).most_pieces
    if quantity < 1:
        raise BadQuantity("none", limit)
    if quantity > limit:
        raise BadQuantity("many", limit)
    return quantity


def add(
    session: Session,
    conversation_id: str,
    message_id: int,
    product: ShopProduct,
    configuration: Configuration,
    quantity: int = 1,
) -> None:
    """Put pieces of a configured product into the basket, beside what is there of it already.

    Raises:
        BadQuantity, NotEnough, Incomplete: it cannot be done.
    """
    check_quantity(session, quantity)
    configuration = configuring.settled(product, configuration)
    variant = configuring.variant_of(product, configuration)
    if variant is None or variant.price is None or not configuring.complete(product, configuration):
        raise Incomplete
    variant_id = session.execute(select(Variant.id).where(Variant.sku == variant.sku)).scalar_one()
    with changing(session, conversation_id, message_id) as basket:
        if basket is None:
            return
        data = configuration.to_data()
        same = next((x for x in basket.lines if x.variant_id == variant_id and x.configuration == data), None)
        others = sum(x.quantity for x in basket.lines if x.variant_id == variant_id and x is not same)
        total = quantity + (same.quantity if same else 0)
        check_quantity(session, total + others)
        _check_stock(session, basket, variant_id, total + others)
        if same is not None:
            same.quantity = total
        elif len(basket.lines) >= MOST_LINES:
            raise BadQuantity("many", MOST_LINES)
        else:
            basket.lines.append(BasketLine(variant_id=variant_id, configuration=data, quantity=quantity))
        reservations.release(session, basket.id)


def _check_stock(session: Session, basket: Basket, variant_id: int, quantity: int) -> None:
    left = reservations.free(session, variant_id, basket.id)
    if left is not None and left < quantity:
        raise NotEnough(left)


def set_quantity(session: Session, conversation_id: str, message_id: int, line_id: int, quantity: int) -> None:
    """Change how many pieces of a line are wanted.

    Raises:
        BadQuantity, NotEnough: it cannot be done.
    """
    check_quantity(session, quantity)
    with changing(session, conversation_id, message_id) as basket:
        line = next((x for x in basket.lines if x.id == line_id), None) if basket else None
        if basket is None or line is None:
            return
        others = sum(x.quantity for x in basket.lines if x.variant_id == line.variant_id and x is not line)
        _check_stock(session, basket, line.variant_id, quantity + others)
        line.quantity = quantity
        reservations.release(session, basket.id)


def rechoose(
    session: Session,
    conversation_id: str,
    message_id: int,
    line_id: int,
    product: ShopProduct,
    configuration: Configuration,
) -> None:
    """Make other choices for a line, its number of pieces kept; a line that is then like another joins it.

    Raises:
        NotEnough, BadQuantity, Incomplete: it cannot be done.
    """
    variant = configuring.variant_of(product, configuration)
    if variant is None or variant.price is None or not configuring.complete(product, configuration):
        raise Incomplete
    variant_id = session.execute(select(Variant.id).where(Variant.sku == variant.sku)).scalar_one()
    with changing(session, conversation_id, message_id) as basket:
        line = next((x for x in basket.lines if x.id == line_id), None) if basket else None
        if basket is None or line is None:
            return
        others = [x for x in basket.lines if x is not line and x.variant_id == variant_id]
        wished = line.quantity + sum(x.quantity for x in others)
        check_quantity(session, wished)
        _check_stock(session, basket, variant_id, wished)
        data = configuration.to_data()
        same = next((x for x in others if x.configuration == data), None)
        if same is not None:
            same.quantity += line.quantity
            basket.lines.remove(line)
        else:
            line.variant_id, line.configuration = variant_id, data
        line.quoted_price = line.quoted_until = line.quoted_quantity = None
        reservations.release(session, basket.id)


def remove(session: Session, conversation_id: str, message_id: int, line_ids: set[int]) -> None:
    """Take lines out."""
    with changing(session, conversation_id, message_id) as basket:
        if basket is not None:
            basket.lines = [line for line in basket.lines if line.id not in line_ids]
            reservations.release(session, basket.id)


def know(session: Session, conversation_id: str, facts: Mapping[str, str]) -> None:
    """Note facts for the order (`BUYER_FIELDS`)."""
    with changing(session, conversation_id, 0) as basket:
        assert basket is not None
        for name, value in facts.items():
            if name not in BUYER_FIELDS:
                raise KeyError(name)
            setattr(basket, name, value)


def keep_coupon(session: Session, conversation_id: str, coupon: Coupon) -> None:
    """Use a coupon for what is in the basket, now and later."""
    with changing(session, conversation_id, 0) as basket:
        assert basket is not None
        basket.coupon_id = coupon.id


def drop_coupon(session: Session, conversation_id: str) -> None:
    """Use no coupon after all."""
    with changing(session, conversation_id, 0) as basket:
        assert basket is not None
        basket.coupon_id = None


def reserve(session: Session, conversation_id: str) -> int:
    """Keep the basket's pieces for the time the shop allows; the minutes.

    Raises:
        reservations.SoldOut: others were quicker.
    """
    minutes = rules(session).reserve_minutes
    found = view(session, conversation_id)
    if found is not None:
        until = now() + timedelta(minutes=minutes)
        branch = found.pickup.branch_id if found.pickup else None
        reservations.reserve(session, found.basket_id, found.wanted, until, branch)
    return minutes


def view(session: Session, conversation_id: str) -> View | None:
    """The open basket with its prices; None when it is empty. What is no longer sold is left out."""
    basket = open_basket(session, conversation_id)
    return _view(session, basket) if basket is not None and basket.lines else None


def _view(session: Session, basket: Basket) -> View | None:
    lines = session.execute(
        select(BasketLine)
        .where(BasketLine.basket_id == basket.id)
        .options(joinedload(BasketLine.variant).joinedload(Variant.product).load_only(Product.code))
        .order_by(BasketLine.id)
    ).scalars()
    found = [entry for line in lines if (entry := _entry(session, basket, line)) is not None]
    if not found:
        return None
    shop = profile.read(session)
    coupon = session.get(Coupon, basket.coupon_id) if basket.coupon_id else None
    priced = pricing.discounted(
        [item for _, item in found],
        rules(session).quantity_prices,
        coupons.reduction(session, coupon),
        shop.currency,
    )
    entries = tuple(Entry(**values, priced=line) for (values, _), line in zip(found, priced, strict=True))
    point = pickup.point(session, basket.pickup) if basket.pickup else None
    zone = delivery.zone(session, basket.city) if basket.city and point is None else None
    goods = sum((line.total for line in priced), pricing.ZERO)
    totals = pricing.totals(
        priced,
        delivery=zone.cost_of(goods) if zone else None,
        tax_percent=Decimal(str(shop.tax_percent)),
        tax_included=shop.prices_include_tax,
        currency=shop.currency,
    )
    buyer = {name: getattr(basket, name) for name in BUYER_FIELDS if getattr(basket, name)}
    return View(basket.id, entries, totals, coupon.code if coupon else None, zone, point, buyer)


def _entry(session: Session, basket: Basket, line: BasketLine) -> tuple[dict[str, Any], Item] | None:
    product = catalogue.product(session, line.variant.product.code)
    variant = next((v for v in product.variants if v.sku == line.variant.sku), None) if product else None
    made = Configuration.from_data(line.configuration)
    if product is None or variant is None or variant.price is None or not configuring.valid(product, made):
        return None
    values = {
        "line_id": line.id,
        "variant_id": line.variant_id,
        "product": product,
        "variant": variant,
        "configuration": made,
        "quantity": line.quantity,
    }
    price = max(variant.price + configuring.extras_price(product, made), pricing.ZERO)
    item = item_of(session, product, price, line.quantity)
    return values, Item(item.code, item.categories, price, line.quantity, _agreed(session, basket, line, price))


def _agreed(session: Session, basket: Basket, line: BasketLine, price: Decimal) -> Decimal | None:
    """The lower of what was quoted and what was granted, while they hold."""
    currency = profile.read(session).currency
    grant = haggling.standing(session, basket.conversation_id, line.variant_id, line.quantity)
    prices = [haggling.agreed_price(grant, price, currency)]
    if line.quoted_until is not None and line.quoted_until > now() and line.quantity >= (line.quoted_quantity or 1):
        prices.append(line.quoted_price)
    return min((agreed for agreed in prices if agreed is not None and agreed <= price), default=None)


def item_of(session: Session, product: ShopProduct, price: Decimal, quantity: int) -> Item:
    """A product as pricing and policies see it."""
    return Item(product.code, categories_of(session, product), price, quantity)


def categories_of(session: Session, product: ShopProduct) -> frozenset[str]:
    """Codes of the product's category and all above it."""
    codes: set[str] = set()
    code = product.category.code if product.category else None
    while code is not None and code not in codes:
        codes.add(code)
        parent = select(Category.parent_id).where(Category.code == code).scalar_subquery()
        code = session.execute(select(Category.code).where(Category.id == parent)).scalar()
    return frozenset(codes)
