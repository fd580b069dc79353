"""The topics raised in a period, counted once for all measures and tables that tell them apart by kind and outcome."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.sql import Select

from bot.db.models import Interaction
from bot.insight.figures import Scope


def raised(scope: Scope) -> Select:
    """Topics by `topic` and `place`: how many, and how many of them were complaints, not known, left."""
    kinds = Interaction.topic, Interaction.place
    return (
        select(
            *kinds,
            func.count().label("topics"),
            func.sum(case((Interaction.topic == "complaint", 1), else_=0)).label("complaints"),
            func.sum(case((Interaction.outcome == "unknown", 1), else_=0)).label("unknown"),
            func.sum(case((Interaction.outcome == "abandoned", 1), else_=0)).label("abandoned"),
        )
        .where(scope.period.holds(Interaction.started_at))
        .group_by(*kinds)
    )
