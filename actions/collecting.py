"""Collecting an order at a branch instead of having it delivered: the offer, the wish, and which branch. For `checkout.py`."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions import basket
from actions.turn import Button, Turn, payload
from bot.db.session import reading, writing
from bot.language.normalise import fold
from bot.shop import basket as baskets
from bot.shop import pickup, reservations
from bot.shop.basket import View
from bot.shop.pickup import Point
from bot.shop.selling_words import says

ASKING = "branch"
BRANCHES_NAMED = 4
_SHORTEST_NAME = 3  # letters: articles name no branch
# What a message of this kind did: nothing, chose something, or led to a question.
NOTHING, CHOSEN, ASKED = "", "chosen", "asked"


def offer(turn: Turn, session: Session) -> list[Button]:
    """The button for it, where orders can be collected."""
    return [basket.button(turn, "label_pick_up", "pickup")] if pickup.points(session) else []


def name_of(turn: Turn, point: Point) -> str:
    """A branch in a sentence."""
    return turn.locale.isolate(turn.locale.text(point.name))


def take(turn: Turn, view: View, asking: str) -> str:
    """A wish to collect the order, to have it delivered after all, or the branch that was asked for."""
    collects, delivers = says("pickup", turn.text), says("deliver", turn.text)
    if delivers and not collects and (asking == ASKING or (view.pickup is not None and asking != "payment")):
        with writing() as session:
            baskets.know(session, turn.conversation_id, {"pickup": ""})
            baskets.reserve(session, turn.conversation_id)
        return CHOSEN
    with reading() as session:
        points = pickup.points(session)
    named = _named(turn, points)
    wished = collects and (asking in ("city", "address", ASKING) or not _asks(turn))
    answered = asking == ASKING and bool(named)
    settled = view.pickup is not None and not named
    if settled or not (wished or answered):
        return NOTHING
    if not points:
        turn.say("utter_no_pickup")
        return ASKED
    return choose(turn, view, named[0].code if len(named) == 1 else "")


def _asks(turn: Turn) -> bool:
    return turn.text.strip().endswith(("?", "؟"))


def _named(turn: Turn, points: list[Point]) -> list[Point]:
    """The branches a message names, by themselves or by their city."""
    codes = {str(value) for value in turn.values("branch")}
    found = [point for point in points if point.code in codes]
    if found:
        return found
    said = set(_words(turn.text)) | {str(value).casefold() for value in turn.values("city")}
    names = [
        {word for name in (*point.name.values(), *point.city.values()) for word in _words(name)} for point in points
    ]
    shared = set.intersection(*names) if len(names) > 1 else set()
    hits = [len(said & (own - shared)) for own in names]
    return [point for point, count in zip(points, hits, strict=True) if count and count == max(hits)]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", fold(text)) if len(word) >= _SHORTEST_NAME]


def choose(turn: Turn, view: View, code: str) -> str:
    """Collect at a branch; ask which one when none is named and there are several."""
    with reading() as session:
        points = pickup.points(session)
        here = [point for point in points if pickup.holds(session, point, view.wanted, view.basket_id)]
    wanted = next((point for point in points if point.code == code), None)
    if wanted is None and len(points) == 1:
        wanted = points[0]
    if wanted is None and here:
        turn.say("utter_ask_branch", buttons=_buttons(turn, here))
        return ASKED
    if wanted is None or wanted not in here or not _keep(turn, wanted):
        return _not_there(turn, wanted, [point for point in here if point != wanted])
    return CHOSEN


def _keep(turn: Turn, point: Point) -> bool:
    """Note the branch and keep the pieces there; whether they still were."""
    try:
        with writing() as session:
            baskets.know(session, turn.conversation_id, {"pickup": point.code})
            baskets.reserve(session, turn.conversation_id)
    except reservations.SoldOut:
        return False
    return True


def _not_there(turn: Turn, wanted: Point | None, others: list[Point]) -> str:
    buttons = [*_buttons(turn, others), basket.button(turn, "label_deliver", "deliver")]
    if wanted is None:
        turn.say("utter_no_branch_has_all", buttons=buttons)
    elif others:
        names = turn.locale.list_of([name_of(turn, point) for point in others[:BRANCHES_NAMED]])
        turn.say("utter_not_at_branch_but", branch=name_of(turn, wanted), others=names, buttons=buttons)
    else:
        turn.say("utter_not_at_branch", branch=name_of(turn, wanted), buttons=buttons)
    return ASKED


def _buttons(turn: Turn, points: list[Point]) -> list[Button]:
    return [
        {
            "label": turn.locale.text(point.name),
            "payload": payload("place_order", selling={"do": "pickup", "value": point.code}),
        }
        for point in points[:BRANCHES_NAMED]
    ]


def deliver(turn: Turn) -> None:
    """Have it delivered after all."""
    with writing() as session:
        baskets.know(session, turn.conversation_id, {"pickup": ""})
