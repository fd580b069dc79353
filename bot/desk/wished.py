"""What customers wished of a product, in the words of the shop's own catalogue; for the summary an agent reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import ProductAttribute, ProductOption
from bot.desk.phrases import phrases
from bot.shop import wanted
from bot.shop.wishes import Wishes
from bot.words.formatting import Locale

_NUMBER = re.compile(r"[\d٠-٩][\d٠-٩.,٫٬]*")
_LONGEST_UNIT = 16
_DIGITS = 2  # after the point of a limit


class Wished:
    """Names of the properties that some searches speak of, in one language.

    Args:
        searches: as the slot `search` keeps them (`bot.shop.wishes.Wishes.to_slot`).
    """

    def __init__(self, session: Session, searches: Iterable[Mapping[str, Any]], locale: Locale) -> None:
        self._locale = locale
        self._phrases = phrases(locale.language)
        self._values: dict[tuple[str, str], str] = {}
        codes: set[str] = set()
        for search in searches:
            wishes = Wishes.from_slot(search)
            both = (*wishes.attributes, *wishes.not_attributes)
            codes |= {wish.code for wish in both} | {bound.code for bound in wishes.bounds}
            for wish, name in zip(both, wanted.value_names(session, both)):
                self._values[wish.code, wish.value] = locale.digits_of(name.get_for(locale.language))
        self._names: dict[str, str] = {}
        self._units: dict[str, str] = {}
        for code in codes:
            self._look_up(session, code)

    def _look_up(self, session: Session, code: str) -> None:
        language = self._locale.language
        columns = (ProductAttribute.name, ProductAttribute.value, ProductAttribute.number)
        row = session.execute(select(*columns).where(ProductAttribute.code == code).limit(1)).first()
        name = row.name if row else None
        if row is None:
            name = session.execute(select(ProductOption.name).where(ProductOption.code == code).limit(1)).scalar()
        self._names[code] = name.get_for(language) if name else code.replace("_", " ")
        if row is not None and row.number is not None:  # the unit as the shop writes it: what is left of "120 cm"
            unit = _NUMBER.sub("", row.value.get_for(language)).strip()
            self._units[code] = unit if len(unit) <= _LONGEST_UNIT else ""

    def lines(self, search: Mapping[str, Any]) -> list[str]:
        """The wishes of one of the searches, a text each: "Colour: Warm white", "Height: 120 cm or more"."""
        wishes = Wishes.from_slot(search)
        found = [self._told(wish.code, self._values[wish.code, wish.value]) for wish in wishes.attributes]
        for wish in wishes.not_attributes:
            value = self._values[wish.code, wish.value]
            found.append(self._told(wish.code, self._phrases["wish.not"].format(value=value)))
        for bound in wishes.bounds:
            number = self._locale.number(Decimal(str(round(bound.limit, _DIGITS))))
            value = f"{number} {self._units.get(bound.code, '')}".strip()
            limit = "wish.least" if bound.direction > 0 else "wish.most"
            found.append(self._told(bound.code, self._phrases[limit].format(value=value)))
        return found

    def _told(self, code: str, value: str) -> str:
        return f"{self._names[code]}: {value}"
