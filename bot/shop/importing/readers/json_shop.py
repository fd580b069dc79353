"""The shop itself in Dukan's JSON: the shop, its branches with hours, where it delivers, its policies."""

from __future__ import annotations

import re
from typing import Any

from bot.db.types import LANGUAGES
from bot.language.normalise import fold_digits
from bot.shop import selling
from bot.shop.importing.context import Context
from bot.shop.importing.fields import Fields
from bot.shop.importing.moments import zone_named
from bot.shop.importing.numbers import is_currency
from bot.shop.importing.records import BranchRecord, CouponRecord, PolicyRecord, SellingRecord, ShopRecord, ZoneRecord
from bot.shop.importing.report import RowProblem
from bot.shop.importing.text import clean

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")
_MIDNIGHT = 24 * 60
SHOP_FIELDS = [
    "name",
    "about",
    "currency",
    "timezone",
    "country",
    "language",
    "email",
    "phone",
    "url",
    "tax_percent",
    "prices_include_tax",
    "payment_methods",
]
BRANCH_FIELDS = [
    "code",
    "kind",
    "name",
    "city",
    "address",
    "directions",
    "phone",
    "email",
    "map_url",
    "latitude",
    "longitude",
    "hours",
    "closures",
]

COUPON_FIELDS = [
    "code",
    "name",
    "percent",
    "amount",
    "minimum",
    "products",
    "categories",
    "starts_on",
    "ends_on",
    "max_uses",
    "public",
]


def shop(value: Any, line: int, context: Context) -> ShopRecord:
    """The shop of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    fields.only(*SHOP_FIELDS)
    currency, country = fields.string("currency", 20).upper(), fields.string("country", 20).upper()
    if currency and not is_currency(currency):
        raise RowProblem(f"currency: {currency!r} is not a code such as SAR", line)
    if country and not re.fullmatch("[A-Z]{2}", country):
        raise RowProblem(f"country: {country!r} is not a two-letter code such as SA", line)
    timezone = fields.string("timezone") or "UTC"
    try:
        zone_named(timezone)
    except ValueError as error:
        raise RowProblem(f"timezone: {error}", line) from None
    tax = fields.number("tax_percent") or 0.0
    if not 0 <= tax < 100:
        raise RowProblem(f"tax_percent: {tax:g} is not between 0 and 100", line)
    methods = []
    for item in fields.objects("payment_methods"):
        item.only("code", "name")
        if not item.string("code"):
            raise RowProblem(f"{item.what} needs a code", line)
        methods.append({"code": item.string("code"), "name": item.text("name") or {"en": item.string("code")}})
    return ShopRecord(
        line=line,
        silent=[name for name in SHOP_FIELDS if name not in fields],
        name=fields.text("name"),
        about=fields.text("about", block=True),
        currency=currency or "USD",
        timezone=timezone,
        country=country,
        language=fields.choice("language", LANGUAGES, "en"),
        email=context.email(fields.string("email", 300), line),
        phone=context.phone(fields.string("phone"), line, country=country),
        url=context.url(fields.string("url", 2000), "url", line, limit=500),
        tax_percent=tax,
        prices_include_tax=fields.flag("prices_include_tax", True),
        payment_methods=methods,
    )


def branch(value: Any, line: int, context: Context) -> BranchRecord:
    """A branch of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    code = fields.row_id = _code(fields)
    fields.only(*BRANCH_FIELDS)
    name = fields.text("name")
    if not name:
        raise RowProblem("a branch needs a name")
    return BranchRecord(
        line=line,
        silent=[name for name in BRANCH_FIELDS if name not in fields],
        code=code,
        kind=fields.choice("kind", ("store", "warehouse"), "store"),
        name=name,
        city=fields.text("city"),
        address=fields.text("address"),
        directions=fields.text("directions", block=True),
        phone=context.phone(fields.string("phone"), line, code),
        email=context.email(fields.string("email", 300), line, code),
        map_url=context.url(fields.string("map_url", 2000), "map_url", line, code, limit=500),
        latitude=_degrees(fields, "latitude", 90),
        longitude=_degrees(fields, "longitude", 180),
        hours=_hours(fields),
        closures=[_closure(item) for item in fields.objects("closures")],
    )


def zone(value: Any, line: int, context: Context) -> ZoneRecord:
    """A delivery zone of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    code = fields.row_id = _code(fields)
    fields.only("code", "name", "aliases", "cost", "free_from", "min_days", "max_days")
    cost, name = fields.price("cost"), fields.text("name")
    if cost is None or not name:
        raise RowProblem("a delivery zone needs a name and a cost (0 for free)")
    least, most = fields.whole("min_days"), fields.whole("max_days")
    least = most if least is None else least
    most = least if most is None else most
    if least is None or most is None or least > most:
        raise RowProblem("a delivery zone needs min_days and max_days, the first not above the second")
    aliases, free_from = fields.strings("aliases"), fields.price("free_from")
    return ZoneRecord(
        line=line, code=code, name=name, aliases=aliases, cost=cost, free_from=free_from, min_days=least, max_days=most
    )


def policy(value: Any, line: int, context: Context) -> PolicyRecord:
    """A policy of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    code = fields.row_id = _code(fields)
    fields.only("code", "title", "body", "data")
    body, data = fields.text("body", block=True), fields.data("data")
    if not body:
        raise RowProblem("a policy needs a body")
    if not isinstance(data, dict):
        raise RowProblem("data should be an object in braces")
    return PolicyRecord(line=line, code=code, title=fields.text("title") or {"en": code}, body=body, data=data)


def selling_rules(value: Any, line: int, context: Context) -> SellingRecord:
    """The rules of selling of their JSON object.

    Raises:
        RowProblem: they make no sense.
    """
    data = Fields({"selling": value}, line, context).data("selling")
    try:
        selling.parse(data)
    except ValueError as error:
        raise RowProblem(str(error), line) from None
    return SellingRecord(line=line, data=data)


def coupon(value: Any, line: int, context: Context) -> CouponRecord:
    """A coupon of its JSON object.

    Raises:
        RowProblem: it is none.
    """
    fields = Fields(value, line, context)
    code = fields.row_id = _code(fields)
    fields.only(*COUPON_FIELDS)
    percent, amount = fields.price("percent"), fields.price("amount")
    if (percent is None) == (amount is None) or (percent is not None and not 0 < percent <= 100):
        raise RowProblem("a coupon needs either a percent between 0 and 100 or an amount")
    if not re.search("[A-Za-z0-9]", code):
        raise RowProblem("the code of a coupon needs letters or digits")
    return CouponRecord(
        line=line,
        code=code,
        name=fields.text("name"),
        percent=percent,
        amount=amount,
        minimum=fields.price("minimum"),
        products=fields.strings("products"),
        categories=fields.strings("categories"),
        starts_on=fields.day("starts_on"),
        ends_on=fields.day("ends_on"),
        max_uses=fields.whole("max_uses"),
        public=fields.flag("public", False),
    )


def _code(fields: Fields) -> str:
    code = fields.string("code", 64)
    if not code:
        raise RowProblem("has no code")
    return code


def _degrees(fields: Fields, name: str, limit: int) -> float | None:
    number = fields.number(name)
    if number is not None and abs(number) > limit:
        raise RowProblem(f"{name}: {number:g} is beyond {limit} degrees")
    return number


def _hours(fields: Fields) -> list[tuple[int, int, int]]:
    value = fields.value.get("hours") or {}
    days = fields.inner(value, "hours").value
    hours = []
    for name, openings in days.items():
        day = clean(name).casefold()[:3]
        if day not in DAYS:
            raise RowProblem(f"hours: {clean(name)[:20]!r} is none of {', '.join(DAYS)}")
        for opening in [openings] if isinstance(openings, str) else openings or []:
            for part in filter(None, (part.strip() for part in re.split("[,;،]", fold_digits(str(opening))))):
                hours.append((DAYS.index(day), *_opening(part, day)))
    return sorted(hours)


def _opening(text: str, day: str) -> tuple[int, int]:
    """Minutes after midnight of "18:00-02:00"; a closing before the opening is on the next day."""
    match = _HOURS.fullmatch(text)
    opens, closes = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, -1)
    if not match or opens >= _MIDNIGHT or closes > _MIDNIGHT or int(match[2]) > 59 or int(match[4]) > 59:
        raise RowProblem(f"hours of {day}: {text[:30]!r} is not written like 09:00-22:00")
    return opens, closes if closes > opens else closes + _MIDNIGHT


def _closure(fields: Fields) -> tuple[Any, dict[str, str]]:
    fields.only("day", "reason")
    day = fields.day("day")
    if day is None:
        raise RowProblem(f"{fields.what} needs a day")
    return day, fields.text("reason")
