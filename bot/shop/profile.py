"""Who the shop is: its name, money and clock, with defaults for a shop that was not imported yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.db.models import Shop
from bot.db.types import LocalisedText
from bot.shop.remembered import remembered

DEFAULT_CURRENCY = "SAR"
DEFAULT_TIMEZONE = "Asia/Riyadh"


@dataclass(frozen=True)
class Profile:
    """The shop this copy works for."""

    name: LocalisedText = field(default_factory=lambda: LocalisedText(en="our shop", ar="متجرنا"))
    about: LocalisedText = field(default_factory=LocalisedText)
    currency: str = DEFAULT_CURRENCY
    timezone: str = DEFAULT_TIMEZONE
    country: str = "SA"
    email: str | None = None
    phone: str | None = None
    url: str | None = None
    tax_percent: float = 0.0
    prices_include_tax: bool = True
    payment_methods: tuple[dict[str, Any], ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(DEFAULT_TIMEZONE)

    def now(self) -> datetime:
        """The present moment on the shop's clock."""
        return clock.now().astimezone(self.zone)

    def today(self) -> date:
        """The day it is at the shop."""
        return self.now().date()


def read(session: Session) -> Profile:
    """The shop's profile."""
    return remembered(session, "profile", _read)


def _read(session: Session) -> Profile:
    row = session.execute(select(Shop).order_by(Shop.id).limit(1)).scalar_one_or_none()
    if row is None:
        return Profile()
    return Profile(
        name=row.name,
        about=row.about,
        currency=row.currency,
        timezone=row.timezone,
        country=row.country,
        email=row.email,
        phone=row.phone,
        url=row.url,
        tax_percent=float(row.tax_percent or 0),
        prices_include_tax=bool(row.prices_include_tax),
        payment_methods=tuple(row.payment_methods or ()),
    )
