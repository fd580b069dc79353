"""What delivery costs and when it arrives."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import update

from bot.db.models import CatalogueVersion, DeliveryZone, Policy
from bot.db.session import reading, writing
from bot.shop import delivery


@pytest.fixture
def zone(database: str) -> delivery.Zone:
    """Abha: 25, free from 300, two to four days."""
    with writing() as session:
        session.add(
            DeliveryZone(
                code="abha",
                name={"en": "Abha", "ar": "أبها"},
                cost=Decimal(25),
                free_from=Decimal(300),
                min_days=2,
                max_days=4,
            )
        )
    with reading() as session:
        found = delivery.zone(session, "أبها")
    assert found is not None
    return found


@pytest.mark.parametrize(("total", "cost"), [(None, 25), ("299.99", 25), ("300", 0), ("5000", 0)])
def test_cost(zone: delivery.Zone, total: str | None, cost: int) -> None:
    assert zone.cost_of(Decimal(total) if total else None) == cost


def test_days_that_do_not_count_are_left_out(zone: delivery.Zone) -> None:
    wednesday = date(2026, 11, 25)
    with reading() as session:
        assert delivery.window(session, zone, wednesday) == (date(2026, 11, 27), date(2026, 11, 29))
    with writing() as session:
        session.add(
            Policy(code="delivery", title={"en": "D"}, body={"en": "D"}, data={"excluded_weekdays": ["fri", "x", 3]})
        )
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))  # as imports do
    with reading() as session:
        assert delivery.window(session, zone, wednesday) == (date(2026, 11, 28), date(2026, 11, 30))
        made_to_order = delivery.window(session, zone, wednesday, lead_time_days=7)
    assert made_to_order == (date(2026, 12, 6), date(2026, 12, 8))


@pytest.mark.parametrize(
    ("order_before", "moment", "day"),
    [("14:00", "13:59", 25), ("14:00", "14:00", 26), (None, "23:59", 25), ("soon", "23:59", 25)],
)
def test_orders_past_the_hour_count_from_the_next_day(
    database: str, order_before: str | None, moment: str, day: int
) -> None:
    with writing() as session:
        session.add(Policy(code="delivery", title={"en": "D"}, body={"en": "D"}, data={"order_before": order_before}))
    with reading() as session:
        assert delivery.start_day(session, datetime.fromisoformat(f"2026-11-25T{moment}")) == date(2026, 11, day)


def test_a_week_without_any_counted_day_does_not_hang() -> None:
    assert delivery.arrival(date(2026, 11, 25), 2, frozenset(range(7))) == date(2026, 11, 27)


def test_unknown_places_are_unknown(zone: delivery.Zone) -> None:
    with reading() as session:
        assert delivery.zone(session, "atlantis") is None
        assert delivery.zone(session, "ABHA") == zone
