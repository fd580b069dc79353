"""The shop, its branches, delivery zones and policies into the database: few rows, compared field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import (
    Branch,
    BranchClosure,
    BranchHours,
    CatalogueVersion,
    Coupon,
    DeliveryZone,
    Policy,
    SellingRules,
    Shop,
)
from bot.shop.importing.records import (
    BranchRecord,
    CouponRecord,
    PolicyRecord,
    Record,
    SellingRecord,
    ShopRecord,
    Text,
    ZoneRecord,
)
from bot.shop.money.coupons import code_key

DEFAULT_SHOP_NAME: Text = {"en": "Our shop", "ar": "متجرنا"}
DEFAULT_CURRENCY = "USD"


def country_of(currency: str) -> str:
    """The country that a currency of one country belongs to; the United States for shared ones."""
    return "US" if currency.startswith(("X", "EU")) else currency[:2]


def the_shop(session: Session) -> Shop | None:
    """The shop's row."""
    found: Shop | None = session.execute(select(Shop).order_by(Shop.id).limit(1)).scalar_one_or_none()
    return found


def is_placeholder(shop: Shop) -> bool:
    """Whether a row was only made because an import needed one."""
    return dict(shop.name) == DEFAULT_SHOP_NAME


def ensure_shop(session: Session, currency: str | None) -> None:
    """Make a shop's row if there is none. A placeholder takes the currency that a file names."""
    shop = the_shop(session)
    if shop is None:
        named = currency or DEFAULT_CURRENCY
        session.add(
            Shop(name=DEFAULT_SHOP_NAME, currency=named, timezone="UTC", country=country_of(named), language="en")
        )
    elif currency and is_placeholder(shop) and shop.currency != currency:
        shop.currency, shop.country = currency, country_of(currency)
    session.flush()


def raise_version(session: Session) -> None:
    """Tell the running processes that what they know of the catalogue is out of date."""
    version = session.get(CatalogueVersion, 1)
    if version is None:
        session.add(CatalogueVersion(id=1, version=1))
    else:
        version.version = CatalogueVersion.version + 1
    session.flush()


class ShopWriter:
    """Writes the shop and what it states of itself."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.created = self.updated = self.unchanged = 0
        self._write: dict[type[Record], Callable[[Any], bool | None]] = {
            ShopRecord: self._shop,
            BranchRecord: self._branch,
            ZoneRecord: self._zone,
            PolicyRecord: self._policy,
            SellingRecord: self._selling,
            CouponRecord: self._coupon,
        }

    def take(self, batch: list[Record]) -> None:
        """Create or update; the session decides whether that stays."""
        for record in batch:
            changed = self._write[type(record)](record)
            self.created += changed is None
            self.updated += changed is True
            self.unchanged += changed is False
        self.session.flush()

    def _shop(self, record: ShopRecord) -> bool | None:
        shop = the_shop(self.session)
        values = _said(record)
        if "prices_include_tax" in values:
            values["prices_include_tax"] = int(values["prices_include_tax"])
        if not values.get("country") and "currency" in values and (shop is None or is_placeholder(shop)):
            values["country"] = country_of(values["currency"])
        if shop is None:
            currency = values.get("currency") or DEFAULT_CURRENCY
            basis = {
                "name": DEFAULT_SHOP_NAME,
                "timezone": "UTC",
                "currency": currency,
                "country": country_of(currency),
            }
            self.session.add(Shop(**{**basis, **{name: value for name, value in values.items() if value != ""}}))
            return None
        return _set(shop, {name: value for name, value in values.items() if value not in ("", {})})

    def _branch(self, record: BranchRecord) -> bool | None:
        branch = self.session.execute(select(Branch).where(Branch.code == record.code)).scalar_one_or_none()
        values = _said(record)
        hours, closures = values.pop("hours", None), values.pop("closures", None)
        created = branch is None
        if branch is None:
            values["position"] = self._next_position(Branch)
            branch = Branch(**values)
            self.session.add(branch)
        else:
            values.pop("position", None)
        changed = _set(branch, values)
        if hours is not None and [(h.weekday, h.opens, h.closes) for h in branch.hours] != hours:
            branch.hours = [BranchHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in hours]
            changed = True
        if closures is not None:
            wanted = sorted(closures, key=lambda closure: closure[0])
            if [(c.day, dict(c.reason)) for c in branch.closures] != wanted:
                branch.closures = [BranchClosure(day=day, reason=reason) for day, reason in wanted]
                changed = True
        self.session.flush()
        return None if created else changed

    def _zone(self, record: ZoneRecord) -> bool | None:
        zone = self.session.execute(select(DeliveryZone).where(DeliveryZone.code == record.code)).scalar_one_or_none()
        values = _said(record)
        values.pop("position")
        if zone is None:
            self.session.add(DeliveryZone(**values, position=self._next_position(DeliveryZone)))
            self.session.flush()
            return None
        return _set(zone, values)

    def _policy(self, record: PolicyRecord) -> bool | None:
        policy = self.session.get(Policy, record.code)
        if policy is None:
            self.session.add(Policy(**_said(record)))
            return None
        return _set(policy, _said(record))

    def _selling(self, record: SellingRecord) -> bool | None:
        rules = self.session.get(SellingRules, 1)
        if rules is None:
            self.session.add(SellingRules(id=1, data=record.data))
            return None
        return _set(rules, {"data": record.data})

    def _coupon(self, record: CouponRecord) -> bool | None:
        key = code_key(record.code)
        coupon = self.session.execute(select(Coupon).where(Coupon.code_key == key)).scalar_one_or_none()
        if coupon is None:
            self.session.add(Coupon(code_key=key, **_said(record)))
            self.session.flush()
            return None
        return _set(coupon, _said(record))

    def _next_position(self, model: Any) -> int:
        # The default branch stands behind all others.
        last = self.session.execute(select(func.max(model.position)).where(model.position < 1000)).scalar()
        return 0 if last is None else int(last) + 1


def _said(record: Any) -> dict[str, Any]:
    """The fields that a record's file states."""
    return {
        name: getattr(record, name)
        for name in record.__struct_fields__
        if name not in ("line", "silent") and name not in record.silent
    }


def _set(row: Any, values: dict[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
