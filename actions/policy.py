"""Questions that the shop's own policies answer: returns, ways to pay, and for `actions/warranty.py` the warranty."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions import referring, showing
from actions.turn import Button, TopicAction, Turn
from bot.db.session import reading
from bot.shop import catalogue, profile
from bot.support import policies

# The policies that answer an intent, the most fitting first; and whose side it is.
POLICIES = {
    "return_policy": ("return", "returns", "exchange"),
    "warranty_info": ("warranty",),
    "payment_methods": ("payment",),
}
SIDES = {"return_policy": "service", "warranty_info": "service", "payment_methods": "sales"}


def _name(turn: Turn, method: dict[str, Any]) -> str:
    return str(method["name"].get(turn.language) or next(iter(method["name"].values())))


def _tell_warranty(turn: Turn, session: Session) -> bool:
    """Say how long the product talked about is covered, if that is certain and noted."""
    found = referring.meant(turn, session)
    product = catalogue.product(session, found.code) if found.kind == "certain" else None
    if product is None or not product.warranty_months:
        return False
    turn.set("product", product.code)
    turn.outcome("answered", products=[product.code])
    period = showing.period(turn, product.warranty_months)
    turn.say("utter_warranty", name=showing.name_of(turn, product), period=period)
    return True


class AnswerFromPolicy(TopicAction):
    action = "action_policy"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return turn.intent, SIDES[turn.intent]

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            tell(turn, session)


def tell(turn: Turn, session: Session, buttons: list[Button] | None = None) -> None:
    """Answer from the policy of the turn's need, or admit that there is none."""
    told = turn.intent == "warranty_info" and _tell_warranty(turn, session)
    rule = policies.policy(session, *POLICIES[turn.intent])
    methods = profile.read(session).payment_methods if turn.intent == "payment_methods" else ()
    if rule is not None:
        turn.say("utter_policy", text=turn.locale.digits_of(turn.locale.text(rule.body)), buttons=buttons)
    elif methods:
        turn.say("utter_payment_methods", methods=turn.locale.list_of([_name(turn, method) for method in methods]))
    elif not told:
        team = "sales" if SIDES[turn.intent] == "sales" else "service"
        turn.outcome("unknown")
        turn.ask("handoff", team=team, reason=turn.intent)
        ask = "talk_to_sales" if team == "sales" else "talk_to_agent"
        turn.say("utter_policy_unknown", buttons=[turn.link("label_yes_colleague", ask)])
