"""The measures of the past week by e-mail, on Monday morning at the shop; one of the gateway's chores."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import select
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
        subject, text = written(report.measured(session, period), shop.name.get_for(language), language)
    try:
        with writing() as session:
            session.add(SummaryMail(week=period.first.isoformat()))
    except IntegrityError:
        return 0  # another gateway sends it
    return sum(_sent(address, subject, text) for address in addresses)


def _sent(address: str, subject: str, text: str) -> bool:
    try:
        mail.send(address, subject, text)
    except mail.NotSent:
        logger.warning("the weekly summary could not be sent")
        return False
    return True


def written(found: dict[str, Any], shop: str, language: str) -> tuple[str, str]:
    """Subject and text of the summary."""
    words = phrases(language)
    dates = {"from": found["from"], "to": found["to"]}
    lines = []
    for name in TOLD:
        details = found["details"][name]
        unit, currency = details["unit"], found["currency"]
        value, before = (
            _shown(one, unit, currency) or words["report.none"] for one in (found[name], details["before"])
        )
        lines.append(words["report.line"].format(name=words[f"measure.{name}"], value=value, before=before))
    address = f"{settings().url}/desk/reports"
    text = "\n".join([*lines, "", words["report.more"].format(url=address), ""])
    return words["report.subject"].format(shop=shop, **dates), text


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
