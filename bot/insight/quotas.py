"""What teams are to sell in a month, as supervisors set it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.db.models import Quota, Team
from bot.db.session import writing

MONTH = re.compile(r"(20|21)\d\d-(0[1-9]|1[0-2])")
MOST = Decimal(10) ** 12


class BadQuota(ValueError):
    """Not a quota that can be kept; the message names the field."""


def listed(session: Session) -> list[dict[str, Any]]:
    """All quotas, the newest month first."""
    query = (
        select(Quota.month, Team.code, Quota.amount)
        .join(Team, Team.id == Quota.team_id)
        .order_by(Quota.month.desc(), Team.id)
    )
    return [{"month": row.month, "team": row.code, "amount": float(row.amount)} for row in session.execute(query)]


def keep(month: str, team: str, amount: Decimal | None) -> None:
    """Set the quota of a team's month in the shop's currency; None takes it away.

    Raises:
        BadQuota: no such month or team, or no such amount.
    """
    if not MONTH.fullmatch(month):
        raise BadQuota("month")
    if amount is not None and (not amount.is_finite() or not 0 <= amount <= MOST or amount * 1000 % 1):
        raise BadQuota("amount")
    with writing() as session:
        team_id = session.execute(select(Team.id).where(Team.code == team)).scalar()
        if team_id is None:
            raise BadQuota("team")
        session.execute(delete(Quota).where(Quota.month == month, Quota.team_id == team_id))
        if amount is not None:
            session.add(Quota(month=month, team_id=team_id, amount=amount))
