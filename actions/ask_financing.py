"""Works out what a product, or the basket, costs month by month."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from actions import basket, referring, showing, unsure
from actions.turn import Part, TopicAction, Turn
from bot.db.session import reading
from bot.shop import catalogue, profile
from bot.shop import selling as policy
from bot.shop.money import instalments
from bot.shop.money.instalments import Schedule
from bot.shop.options import configuration as making


class AskFinancing(TopicAction):
    action = "action_ask_financing"
    topic = "ask_financing"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        view = basket.current(turn)
        with reading() as session:
            plans = policy.rules(session).instalments
            currency = profile.read(session).currency
            if not plans:
                turn.outcome("unknown")
                turn.ask("handoff", team="sales", reason="ask_financing")
                turn.say("utter_no_instalments", buttons=[turn.link("label_yes_colleague", "talk_to_sales")])
                return
            amount, name = _amount(turn, session)
            if amount is None and view is not None:
                amount, name = view.totals.total, turn.words("phrase_your_basket")
            if amount is None:
                _general(turn, currency, session)
                return
            found = instalments.schedules(plans, amount, currency)
            if found:
                turn.say(
                    "utter_instalments",
                    _table(turn, found, currency),
                    name=name,
                    price=turn.locale.money(amount, currency),
                )
                return
            least = instalments.least(plans) or Decimal(0)
            turn.say("utter_instalments_from", name=name, least=turn.locale.money(least, currency))


def _amount(turn: Turn, session: Session) -> tuple[Decimal | None, str]:
    """What is to be paid in instalments: the product talked about, in the choices made for it."""
    found = referring.meant(turn, session)
    product = catalogue.product(session, found.code) if found.kind == "certain" else None
    if product is None:
        return None, ""
    turn.set("product", product.code)
    turn.outcome("answered", products=[product.code])
    state = turn.slot("configuration") or {}
    made = making.Configuration()
    if state.get("product") == product.code:
        made = making.Configuration.from_data(state.get("made") or {})
    price = making.price(product, made)
    return (price[0] if price else None), showing.name_of(turn, product)


def _general(turn: Turn, currency: str, session: Session) -> None:
    """The plans there are, when it is not said for what."""
    plans = sorted(policy.rules(session).instalments, key=lambda plan: plan.months)
    longest = max(plan.months for plan in plans)
    turn.say(
        "utter_instalments_offered",
        months=turn.locale.counted("month", longest),
        least=turn.locale.money(instalments.least(plans) or Decimal(0), currency),
    )


def _table(turn: Turn, found: list[Schedule], currency: str) -> Part:
    rows = []
    for schedule in found:
        months = turn.locale.counted("month", schedule.plan.months)
        name = schedule.plan.name.get(turn.language)
        monthly = turn.locale.money(schedule.monthly, currency)
        if schedule.first != schedule.monthly:
            first = turn.locale.money(schedule.first, currency)
            monthly = turn.words("phrase_first_then", first=first, monthly=monthly)
        fee = turn.locale.money(schedule.fee, currency) if schedule.fee else turn.words("label_no_fee")
        rows.append(
            [f"{name} ({months})" if name else months, monthly, fee, turn.locale.money(schedule.total, currency)]
        )
    columns = ("label_months", "label_monthly", "label_fee", "label_total")
    return {"type": "table", "columns": [turn.words(column) for column in columns], "rows": rows}
