"""Orders that customers collect themselves: at which branches that is possible, and where everything wanted is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Branch
from bot.db.types import LocalisedText
from bot.shop import branches, reservations
from bot.shop.selling import rules


@dataclass(frozen=True)
class Point:
    """A branch where orders are collected."""

    branch_id: int
    code: str
    name: LocalisedText
    city: LocalisedText
    address: LocalisedText


def points(session: Session) -> list[Point]:
    """The branches of the policy, in the shop's order; none when nothing can be collected."""
    offered = rules(session).pickup
    if offered is None:
        return []
    ids = dict(session.execute(select(Branch.code, Branch.id)).all())
    return [
        Point(ids[place.code], place.code, place.name, place.city, place.address)
        for place in branches.places(session)
        if place.code in ids and (not offered.branches or place.code in offered.branches)
    ]


def point(session: Session, code: str | None) -> Point | None:
    """The one of a code, if orders are collected there."""
    return next((found for found in points(session) if found.code == code), None)


def holds(session: Session, found: Point, wanted: Mapping[int, int], basket_id: int) -> bool:
    """Whether all that a basket wants is at a branch, or made to order."""
    return all(
        (here := reservations.at_branch(session, variant, found.branch_id, basket_id)) is None or here >= pieces
        for variant, pieces in wanted.items()
    )
