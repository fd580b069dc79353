"""Opening hours, addresses and how to reach the shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.turn import Button, Part, TopicAction, Turn, payload
from bot.clock import now
from bot.db.session import reading
from bot.shop import branches, profile
from bot.shop.branches import MINUTES_A_DAY, Place

ALL_DAY = (0, MINUTES_A_DAY)


class StoreInfo(TopicAction):
    action = "action_store_info"
    topic = "store_info"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            branch, city = turn.value("branch"), turn.value("city")
            everywhere = branches.places(session)
            found = branches.places(session, branch=branch) if branch else branches.places(session, city=city)
            if not everywhere:
                self._contact(turn, session)
            elif not found:
                turn.say("utter_no_branch_there", buttons=_choices(turn, everywhere))
                turn.outcome("unknown")
            elif len(found) == 1:
                _tell(turn, found[0])
            else:
                self._all(turn, found)

    @staticmethod
    def _contact(turn: Turn, session: Session) -> None:
        """A shop without branches: how to reach it."""
        shop = profile.read(session)
        ways = [turn.locale.isolate(way) for way in (shop.phone, shop.email) if way]
        if ways:
            turn.say("utter_shop_contact", ways=turn.locale.list_of(ways, "or"))
        else:
            turn.say("utter_no_branches", buttons=[turn.link("label_yes_colleague", "talk_to_agent")])
            turn.outcome("unknown")

    @staticmethod
    def _all(turn: Turn, found: list[Place]) -> None:
        rows = [
            [_name(turn, place), _now(turn, place), turn.locale.digits_of(turn.locale.text(place.address))]
            for place in found
        ]
        table: Part = {
            "type": "table",
            "columns": [turn.words("label_branch"), turn.words("label_hours_today"), turn.words("label_address")],
            "rows": rows,
        }
        turn.say(
            "utter_branches", table, branches=turn.locale.counted("branch", len(found)), buttons=_choices(turn, found)
        )


def _name(turn: Turn, place: Place) -> str:
    return turn.locale.isolate(turn.locale.text(place.name))


def _choices(turn: Turn, found: list[Place]) -> list[Button]:
    return [
        {"label": turn.locale.text(place.name), "payload": payload("store_info", branch=place.code)}
        for place in found[:6]
    ]


def _now(turn: Turn, place: Place) -> str:
    """Whether a branch is open now, and until or from when."""
    moment = now()
    closes = place.open_until(moment)
    if closes is not None and all(ALL_DAY in place.weekly.get(day, ()) for day in range(7)):
        return turn.words("hours_open_always")
    if closes is not None:
        return turn.words("hours_open_until", time=turn.locale.time(closes))
    opens = place.next_opening(moment)
    if opens is None:
        return turn.words("hours_closed") if place.weekly else turn.words("hours_unknown")
    today = moment.astimezone(place.zone).date()
    return turn.words("hours_opens", day=turn.locale.day(opens.date(), today), time=turn.locale.time(opens))


def _week(turn: Turn, place: Place) -> list[list[str]]:
    """The week as a sign shows it: days together that have the same hours."""
    rows = []
    for weekdays, hours in branches.groups_of_days(place):
        first, last = turn.locale.weekday(weekdays[0]), turn.locale.weekday(weekdays[-1])
        days = first if len(weekdays) == 1 else turn.words("hours_days", first=first, last=last)
        rows.append([days, turn.joined(_span(turn, *span) for span in hours) or turn.words("hours_closed")])
    return rows


def _span(turn: Turn, opens: int, closes: int) -> str:
    def clock(minutes: int) -> str:
        return turn.locale.time(datetime(2000, 1, 1, minutes // 60 % 24, minutes % 60))

    if (opens, closes) == ALL_DAY:
        return turn.words("hours_all_day")
    return turn.words("hours_span", opens=clock(opens), closes=clock(closes))


def _tell(turn: Turn, place: Place) -> None:
    parts: list[Part] = []
    if place.weekly:
        columns = [turn.words("label_days"), turn.words("label_hours")]
        parts.append({"type": "table", "columns": columns, "rows": _week(turn, place)})
    if place.map_url:
        parts.append({"type": "link", "label": turn.words("label_map"), "url": place.map_url})
    directions = turn.locale.digits_of(turn.locale.text(place.directions))
    details: dict[str, Any] = {
        "branch": _name(turn, place),
        "address": turn.locale.digits_of(turn.locale.text(place.address)),
        "now": _now(turn, place),
        "directions": f" {directions}" if directions else "",
        "phone": f" {turn.words('branch_phone', phone=turn.locale.isolate(place.phone))}" if place.phone else "",
    }
    turn.say("utter_branch", *parts, **details)
