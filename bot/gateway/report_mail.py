"""The measures of the past week by e-mail, on Monday morning at the shop; one of the gateway's chores."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from html import escape
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from bot.db.models import Shop, SummaryMail
from bot.db.session import reading, writing
from bot.desk.phrases import phrases
from bot.insight import report
from bot.insight.periods import Period
from bot.settings import settings
from bot.shop import profile
from bot.support import mail

logger = logging.getLogger(__name__)

FROM_HOUR = 7
TOLD = (
    *("sales_conversations", "leads", "orders", "revenue", "conversion_rate", "quota_attainment", "csat"),
    *("resolution_rate", "self_service_rate", "handover_rate", "waiting_time", "complaints", "service_level_breaches"),
    *("overdue_tickets", "unknown_share"),
)


def send_report() -> int:
    """Send the summary if it is Monday from seven on and it did not go out yet; to how many addresses it went."""
    addresses = [address.strip() for address in settings().report_to.split(",") if address.strip()]
    if not addresses or not mail.is_set_up():
        return 0
    with reading() as session:
        shop = profile.read(session)
        moment = shop.now()
        if moment.weekday() != 0 or moment.hour < FROM_HOUR:
            return 0
        last = moment.date() - timedelta(days=1)
        period = Period(last - timedelta(days=6), last, shop.zone)
        if session.get(SummaryMail, period.first.isoformat()) is not None:
            return 0
        language = session.execute(select(Shop.language).limit(1)).scalar() or "en"
        found, name = report.measured(session, period), shop.name.get_for(language)
    try:
        with writing() as session:
            session.add(SummaryMail(week=period.first.isoformat()))
    except IntegrityError:
        return 0  # another gateway sends it
    subject, text = written(found, name, language)
    sent = sum(_sent(address, subject, text, as_html(found, name, language)) for address in addresses)
    if not sent:  # the mail server is away: it is tried again
        with writing() as session:
            session.execute(delete(SummaryMail).where(SummaryMail.week == period.first.isoformat()))
    return sent


def _sent(address: str, subject: str, text: str, html: str) -> bool:
    try:
        mail.send(address, subject, text, html=html)
    except mail.NotSent:
        logger.warning("the weekly summary could not be sent")
        return False
    return True


def written(found: dict[str, Any], shop: str, language: str) -> tuple[str, str]:
    """Subject and text of the summary."""
    words = phrases(language)
    lines = [
        words["report.line"].format(name=name, value=value, before=before)
        for name, value, before in _rows(found, words)
    ]
    text = "\n".join([*lines, "", words["report.more"].format(url=_address()), ""])
    return _subject(found, shop, words), text


def as_html(found: dict[str, Any], shop: str, language: str) -> str:
    """The same as a table."""
    words, cell = phrases(language), 'style="padding:6px 12px;border-top:1px solid #d8dee4'
    rows = "".join(
        f'<tr><td {cell}">{escape(name)}</td><td {cell};font-weight:bold;white-space:nowrap"><bdi>{escape(value)}</bdi></td>'
        f'<td {cell};color:#57606a;white-space:nowrap">{escape(words["reports.was"].format(value=before))}</td></tr>'
        for name, value, before in _rows(found, words)
    )
    more = escape(words["report.more"].format(url="")).strip()
    link = f'<a href="{escape(_address())}">{escape(_address())}</a>'
    return (
        f'<!doctype html><html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head>'
        '<body style="font-family:sans-serif;color:#1f2328;background:#fff;margin:16px">'
        f'<h1 style="font-size:18px">{escape(_subject(found, shop, words))}</h1>'
        f'<table style="border-collapse:collapse">{rows}</table><p>{more} {link}</p></body></html>'
    )


def _subject(found: dict[str, Any], shop: str, words: Mapping[str, str]) -> str:
    return words["report.subject"].format(shop=shop, **{"from": found["from"], "to": found["to"]})


def _address() -> str:
    return f"{settings().url}/desk/reports"


def _rows(found: dict[str, Any], words: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, value and value before of each measure that is told."""
    for name in TOLD:
        details = found["details"][name]
        value, before = (
            _shown(one, details["unit"], found["currency"]) or words["report.none"]
            for one in (found[name], details["before"])
        )
        yield words[f"measure.{name}"], value, before


def _shown(value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return ""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "money":
        return f"{value:,.2f} {currency}"
    if unit == "seconds":
        return str(timedelta(seconds=round(value)))
    return f"{value:,g}"
