"""Column types shared by all tables: localised text, exact money, aware times."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer
from sqlalchemy.types import TypeDecorator

LANGUAGES = ("en", "ar")

# Autoincrementing 64-bit keys; SQLite only autoincrements a column typed INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class LocalisedText(dict):
    """A text in one or both languages, `{"en": …, "ar": …}`; either may be missing."""

    def get_for(self, language: str) -> str:
        """The text in `language`, else in another one, else ''."""
        return self.get(language) or next((text for text in self.values() if text), "")


class Localised(TypeDecorator):
    """Stores a `LocalisedText` as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> dict[str, str]:
        if value is None:
            return {}
        if isinstance(value, str):
            raise TypeError("localised text needs its language: use {'en': …} or {'ar': …}")
        return {language: text for language, text in value.items() if text}

    def process_result_value(self, value: Any, dialect: Any) -> LocalisedText:
        return LocalisedText(value or {})


class Money(TypeDecorator):
    """An amount in a currency that the row or the shop names: a `Decimal`, exact to a thousandth.

    Three places cover every currency of ISO 4217 a shop sells in (Kuwaiti, Bahraini and Omani
    money have three). Stored as whole thousandths, so that both databases add and compare exactly.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        if value is None:
            return None
        thousandths = Decimal(value) * 1000
        if thousandths != int(thousandths):
            raise ValueError(f"{value} is finer than a thousandth")
        return int(thousandths)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value) / 1000


class Moment(TypeDecorator):
    """An aware time, stored as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        moment = value.astimezone(timezone.utc)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
