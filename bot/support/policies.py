"""The shop's policies in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Policy
from bot.db.types import LocalisedText


@dataclass(frozen=True)
class Rule:
    """A policy: its title and text, and the figures in it."""

    code: str
    title: LocalisedText
    body: LocalisedText
    data: dict[str, Any]


def policy(session: Session, *codes: str) -> Rule | None:
    """The first of these policies that the shop has."""
    found = {row.code: row for row in session.execute(select(Policy).where(Policy.code.in_(codes))).scalars()}
    row = next((found[code] for code in codes if code in found), None)
    return Rule(row.code, row.title, row.body, row.data) if row else None
