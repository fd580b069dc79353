"""A report: all measures of a period beside those of the period before, and what they are made of.

Read by the desk's page, by `python -m bot report`, and by the weekly e-mail.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.session import reading
from bot.insight import breakdowns, needs, sales, service, talks, topics, understanding
from bot.insight.figures import Figure, Measure, Rows, Scope
from bot.insight.periods import Period
from bot.shop import profile

Found = TypeVar("Found")

MEASURES: tuple[Measure, ...] = (*sales.MEASURES, *service.MEASURES, *understanding.MEASURES)


def scope_of(session: Session, period: Period) -> Scope:
    """What the queries of a period are asked about."""
    return Scope(period, profile.read(session).currency, now())


def figures(session: Session, period: Period, known: Rows | None = None) -> dict[str, Figure]:
    """Every measure of a period, by name; `known` keeps the rows they were made of."""
    scope, known = scope_of(session, period), Rows() if known is None else known
    return {measure.name: measure.take(session, scope, known) for measure in MEASURES}


def _apart(look: Callable[..., Found], *args: Any) -> Found:
    """What a look-up gives with a session of its own."""
    with reading() as session:
        return look(session, *args)


def measured(session: Session, period: Period) -> dict[str, Any]:
    """The object that `python -m bot report --json` writes.

    The measures stand in it by their names, as numbers or null. `details` says what each is made of, and what it
    was in the period before.
    """
    with ThreadPoolExecutor(1) as beside:  # both at once: a database answers as many as it has processors
        earlier = beside.submit(_apart, figures, period.before())
        return _compared(session, period, figures(session, period), earlier.result())


def _compared(
    session: Session, period: Period, present: dict[str, Figure], before: dict[str, Figure]
) -> dict[str, Any]:
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


def whole(session: Session, period: Period, language: str, mask: needs.Mask) -> dict[str, Any]:
    """Measures, breakdowns and lists of needs together, names in a language, customers' words through `mask`."""
    scope, known = scope_of(session, period), Rows()
    with ThreadPoolExecutor(2) as beside:
        earlier = beside.submit(_apart, figures, period.before())
        foreseen = beside.submit(_apart, needs.lists, scope, language, mask)
        times = beside.submit(_apart, breakdowns.by_time, scope)
        products = beside.submit(_apart, breakdowns.by_product, scope, language)
        teams = beside.submit(_apart, breakdowns.by_team, scope, language)
        reasons = beside.submit(_apart, breakdowns.reasons, scope)
        present = figures(session, period, known)
        kinds = breakdowns.by_kind(session, scope, known[service.solving])
        measures = _compared(session, period, present, earlier.result())
        trend, heat = times.result()
        return {
            **measures,
            "funnel": _funnel(known[talks.counted]),
            "trend": trend,
            "heat": heat,
            **{f"by_{name}": rows for name, rows in kinds.items()},
            "by_product": products.result(),
            "by_team": teams.result(),
            **reasons.result(),
            "drop_offs": breakdowns.drop_offs(known[topics.raised]),
            **foreseen.result(),
        }


STEPS = ("need", "lead", "qualified", "quoted", "ordered")  # each among the conversations of the step it follows


def _funnel(rows: list[Any]) -> list[dict[str, Any]]:
    (counted,) = rows
    return [{"step": step, "conversations": int(counted._mapping[step])} for step in STEPS]
