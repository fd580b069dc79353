"""Where and how the shop delivers, what it costs, and when something would arrive."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import help_article, of_the_thing
from actions.turn import TopicAction, Turn, payload
from bot.db.session import reading
from bot.shop import branches, catalogue, delivery, profile
from bot.shop.delivery import Zone
from bot.shop.vocabulary import names_need, properties_asked, words_of
from bot.support import policies

CITIES_NAMED = 4  # as quick replies
MAKING = "making"  # the property of how long a thing takes to make


class DeliveryOptions(TopicAction):
    action = "action_delivery_options"
    topic = "delivery_options"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            _answer(turn, session)


class DeliveryTime(DeliveryOptions):
    action = "action_delivery_time"
    topic = "delivery_time"


def _answer(turn: Turn, session: Session) -> None:
    if _asks_of_making(turn) and of_the_thing.answered(turn):
        return
    served = delivery.zones(session)
    asked = turn.value("city") or turn.slot("city")
    if not served:
        _from_policy(turn, session)
        return
    found = delivery.zone(session, str(asked)) if asked else None
    if found is not None:
        turn.set("city", found.code)
        _tell(turn, session, found)
        return
    buttons = [
        {"label": turn.locale.text(zone.name), "payload": payload(turn.intent, city=zone.code)}
        for zone in served[:CITIES_NAMED]
    ]
    if asked:
        turn.say("utter_delivery_not_there", cities=turn.locale.counted("city", len(served)), buttons=buttons)
        turn.outcome("unknown")
    else:
        _overview(turn, session, served, buttons)


def _asks_of_making(turn: Turn) -> bool:
    """Whether a message asks how long a thing takes to make, and says nothing of bringing it."""
    return properties_asked(turn.text) == {MAKING} and not any(names_need(word) for word in words_of(turn.text))


def _overview(turn: Turn, session: Session, served: list[Zone], buttons: list[dict[str, str]]) -> None:
    currency = profile.read(session).currency
    cheapest = min(zone.cost for zone in served)
    turn.say(
        "utter_delivery_overview" if cheapest else "utter_delivery_overview_free",
        cities=turn.locale.counted("city", len(served)),
        cheapest=turn.locale.money(cheapest, currency),
        days=turn.locale.counted("day", max(zone.max_days for zone in served)),
        buttons=buttons,
    )


def _from_policy(turn: Turn, session: Session) -> None:
    rule = policies.policy(session, "delivery", "shipping")
    if rule is not None:
        turn.say("utter_policy", text=turn.locale.digits_of(turn.locale.text(rule.body)))
        return
    if help_article.answered_by_articles(turn, help_article.SURER):
        return
    turn.ask("handoff", team="sales", reason="delivery_options")
    turn.say("utter_delivery_unknown", buttons=[turn.link("label_yes_colleague", "talk_to_sales")])
    turn.outcome("unknown")


def _tell(turn: Turn, session: Session, zone: Zone) -> None:
    """Cost and days to a city: for the product in view if there is one."""
    locale = turn.locale
    shop = profile.read(session)
    code = turn.value("product") or turn.slot("product")
    product = catalogue.product(session, str(code)) if code else None
    today = shop.today()
    first, last = delivery.window(
        session, zone, delivery.start_day(session, shop.now()), product.lead_time_days if product else 0
    )
    arrives = (
        locale.day(first, today)
        if first == last
        else turn.words("delivery_between", first=locale.day(first, today), last=locale.day(last, today))
    )
    cost = zone.cost_of(product.price_from if product else None)
    if not cost:
        price = turn.words("delivery_free")
    elif zone.free_from is not None:
        price = turn.words(
            "delivery_cost_free_from",
            cost=locale.money(cost, shop.currency),
            free_from=locale.money(zone.free_from, shop.currency),
        )
    else:
        price = turn.words("delivery_cost", cost=locale.money(cost, shop.currency))
    city = locale.isolate(locale.text(zone.name))
    if product is not None:
        turn.say(
            "utter_delivery_of_product",
            product=locale.isolate(locale.text(product.title)),
            city=city,
            price=price,
            arrives=arrives,
        )
        turn.outcome("answered", products=[product.code])
    else:
        turn.say("utter_delivery_to", city=city, price=price, arrives=arrives)
    if branches.places(session, city=zone.code):
        turn.say("utter_pickup_possible", city=city)
