"""Answers needs that only a colleague can see to: says so in the customer's words and offers one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import referring, unsure
from actions.choices import choice
from actions.handing_over import SALES, TEAMS
from actions.turn import Button, TopicAction, Turn
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct

MOST_LOOKED_AT = 4


class OfferAgent(TopicAction):
    action = "action_offer_agent"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return turn.intent, TEAMS.get(turn.intent, SALES)

    def answer(self, turn: Turn) -> None:
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        team = TEAMS[turn.intent]
        with reading() as session:
            product = _product(turn, session)
            codes = [product.code] if product else []
        if product:
            turn.set("product", product.code)
        turn.outcome("open", products=codes)
        turn.ask("handoff", team=team, reason=turn.intent)
        turn.say(f"utter_offer_{turn.intent}", buttons=_buttons(turn, team))


def _product(turn: Turn, session: Session) -> ShopProduct | None:
    """The product the need is about, when that is certain."""
    found = referring.meant(turn, session)
    return catalogue.product(session, found.code) if found.kind == "certain" else None


def _buttons(turn: Turn, team: str) -> list[Button]:
    """A person or not; and, when it may be a product that is looked for, the way there."""
    buttons = [
        turn.link("label_yes_colleague", "talk_to_sales" if team == SALES else "talk_to_agent"),
        turn.link("label_not_now", "deny"),
    ]
    near = {entry["name"] for entry in turn.ranking[:MOST_LOOKED_AT]}
    if turn.confidence < unsure.SURE and near & {"product_search", "product_recommendation"}:
        buttons.insert(0, choice(turn, "product_search"))
    return buttons
