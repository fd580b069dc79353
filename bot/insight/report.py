"""A report: all measures of a period beside those of the period before, and what they are made of.

Read by the desk's page, by `python -m bot report`, and by the weekly e-mail.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.session import reading
from bot.insight import breakdowns, sales, service, understanding
from bot.insight.figures import Figure, Measure, Rows, Scope
from bot.insight.periods import Period
from bot.shop import profile

MEASURES: tuple[Measure, ...] = (*sales.MEASURES, *service.MEASURES, *understanding.MEASURES)


def scope_of(session: Session, period: Period) -> Scope:
    """What the queries of a period are asked about."""
    return Scope(period, profile.read(session).currency, now())


def figures(session: Session, period: Period, known: Rows | None = None) -> dict[str, Figure]:
    """Every measure of a period, by name; `known` keeps the rows they were made of."""
    scope, known = scope_of(session, period), Rows() if known is None else known
    return {measure.name: measure.take(session, scope, known) for measure in MEASURES}


def _figures_before(period: Period) -> dict[str, Figure]:
    with reading() as session:
        return figures(session, period.before())


def measured(session: Session, period: Period, known: Rows | None = None) -> dict[str, Any]:
    """The object that `python -m bot report --json` writes.

    The measures stand in it by their names, as numbers or null. `details` says what each is made of, and what it
    was in the period before.
    """
    with ThreadPoolExecutor(1) as beside:  # both at once: a database answers as many as it has processors
        earlier = beside.submit(_figures_before, period)
        present, before = figures(session, period, known), earlier.result()
    return {
        **_head(session, period),
        **{name: figure.value for name, figure in present.items()},
        "details": {
            measure.name: {
                "group": measure.group,
                "unit": measure.unit,
                "numerator": present[measure.name].numerator,
                "denominator": present[measure.name].denominator,
                "before": before[measure.name].value,
            }
            for measure in MEASURES
        },
    }


def _head(session: Session, period: Period) -> dict[str, Any]:
    earlier, shop = period.before(), profile.read(session)
    return {
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "before": {"from": earlier.first.isoformat(), "to": earlier.last.isoformat()},
        "currency": shop.currency,
        "timezone": period.zone.key,
    }


def whole(session: Session, period: Period, language: str) -> dict[str, Any]:
    """Measures and breakdowns together, names in a language."""
    scope, known = scope_of(session, period), Rows()
    measures = measured(session, period, known)
    trend, heat = breakdowns.by_time(session, scope)
    (steps,) = known[sales.funnel]
    return {
        **measures,
        "funnel": [{"step": step, "conversations": int(count)} for step, count in steps._mapping.items()],
        "trend": trend,
        "heat": heat,
        **{f"by_{name}": rows for name, rows in breakdowns.by_kind(session, scope, known[service.solving]).items()},
        "by_product": breakdowns.by_product(session, scope, language),
        "by_team": breakdowns.by_team(session, scope, language),
        **breakdowns.reasons(session, scope),
        "drop_offs": breakdowns.drop_offs(session, scope),
    }
