"""Answers whether and where something can be had now, with something like it when it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from actions import details, follow_up, referring, showing, version
from actions.turn import Part, TopicAction, Turn
from bot.db.session import reading
from bot.shop import availability, catalogue, choice_asked, search
from bot.shop.availability import FEW, Availability, Held
from bot.shop.catalogue import Place, ShopProduct
from bot.shop.vocabulary import colours_in

MOST_VERSIONS = 8  # told one by one


class CheckAvailability(TopicAction):
    action = "action_check_availability"
    topic = "check_availability"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            several = referring.several_shown(turn, session) if turn.attributes or colours_in(turn.free_text) else []
            if several and details.tell_choice_of_each(turn, session, several):
                return
            product = referring.the_product(turn, session)
            if product is None:
                return
            asked = choice_asked.asked(product, turn.attributes, turn.free_text)
            if asked is not None and asked.choice is None:
                details.tell_choice(turn, session, product)
                return
            if version.told_apart(turn, session, product, version.named(turn, product)):
                return
            wished = version.wished(turn, product)
            held = availability.of(product, catalogue.places(session), wished)
            name = version.name_of(turn, product, wished)
            if not held.offered:
                _not_offered(turn, session, product)
            elif not held.available:
                say_sold_out(turn, session, product, name)
            elif not held.tracked:
                _untracked(turn, product, name)
            elif (rows := _versions(turn, product)) and not (wished or turn.values("branch") or turn.values("city")):
                columns = [turn.words("label_variant"), turn.words("label_stock")]
                table = {"type": "table", "columns": columns, "rows": rows}
                turn.say("utter_available_in_part", table, buttons=_steps(turn, product), name=name)
            else:
                _tell(turn, session, product, name, held)


def _versions(turn: Turn, product: ShopProduct) -> list[list[str]]:
    """Each version with whether it is there, when some are and others are not; else []."""
    rows = []
    there = set()
    for variant in product.variants:
        left = sum(variant.stock.values()) if variant.track_stock else FEW + 1
        there.add(left > 0)
        few = turn.locale.counted("left", left) if 0 < left <= FEW else turn.words("phrase_in_stock")
        title = turn.locale.digits_of(turn.locale.text(variant.title)) or variant.sku
        rows.append([title, few if left > 0 else turn.words("phrase_sold_out")])
    return rows[:MOST_VERSIONS] if len(there) > 1 and len(rows) <= MOST_VERSIONS else []


def _steps(turn: Turn, product: ShopProduct) -> list[dict[str, str]]:
    return details.next_steps(turn, product, leave_out="check_availability")


def _not_offered(turn: Turn, session: Session, product: ShopProduct) -> None:
    choices = turn.joined(details.choices_of(turn, session, option) for option in product.options)
    turn.say("utter_variant_not_offered", name=showing.name_of(turn, product), choices=choices)


def say_sold_out(turn: Turn, session: Session, product: ShopProduct, name: str) -> None:
    """Sold out everywhere: say so, with the nearest thing that is there."""
    nearest = search.similar(session, product.code)
    back = follow_up.offer(turn, "stock", product.code)
    if not nearest:
        turn.ask("handoff", team="sales", reason="sold_out")
        turn.say("utter_sold_out", buttons=[back, turn.link("label_ask_colleague", "talk_to_sales")], name=name)
        return
    others = catalogue.products(session, [nearest[0].code])
    turn.set("shown", [other.code for other in others])
    turn.say("utter_sold_out_alternative", showing.cards(turn, session, others), buttons=[back], name=name)


def _untracked(turn: Turn, product: ShopProduct, name: str) -> None:
    """Nobody counts it: it is there, or it is made when ordered."""
    if product.lead_time_days:
        days = turn.locale.counted("day", product.lead_time_days)
        turn.say("utter_available_made", buttons=_steps(turn, product), name=name, days=days)
    else:
        turn.say("utter_available_always", buttons=_steps(turn, product), name=name)


def _tell(turn: Turn, session: Session, product: ShopProduct, name: str, held: Availability) -> None:
    asked, city = _asked_for(turn, session)
    if asked:
        _tell_about_places(turn, product, name, held, asked)
        return
    table = _table(turn, held.held)
    if city:
        turn.say("utter_available_no_branch_there", table, buttons=_steps(turn, product), name=name, city=city)
        return
    words = {"name": name, "where": showing.where(turn, held)}
    if len(held.held) > 1:
        turn.say("utter_available", table, buttons=_steps(turn, product), **words)
    elif held.held[0].few:
        stock = quantity(turn, held.held[0])
        turn.say("utter_available_few", buttons=_steps(turn, product), stock=stock, **words)
    else:
        turn.say("utter_available_one_place", buttons=_steps(turn, product), **words)


def _asked_for(turn: Turn, session: Session) -> tuple[list[Place], str]:
    """The branches the message asks about, and the city it names when there is none in it."""
    places = catalogue.places(session)
    branches = [str(code) for code in turn.values("branch")]
    if branches:
        return [place for place in places if place.code in branches], ""
    city = turn.value("city")
    if not city:
        return [], ""
    found = availability.in_city(session, places, str(city))
    return found, "" if found else turn.locale.isolate(availability.city_name(session, str(city), turn.language))


def _tell_about_places(turn: Turn, product: ShopProduct, name: str, held: Availability, asked: Sequence[Place]) -> None:
    codes = {place.code for place in asked}
    here = [at for at in held.held if at.place.code in codes]
    others = [at for at in held.held if at.place.code not in codes]
    best = max(here, key=lambda at: at.quantity)
    place = turn.locale.isolate(turn.locale.text(best.place.name))
    parts = [_table(turn, [*here, *others])] if others or len(here) > 1 else []
    response = "utter_available_here" if best.quantity else "utter_sold_out_here"
    elsewhere = [at for at in others if at.quantity]
    if not best.quantity:
        parts = [_table(turn, elsewhere)]
        if not any(at.place.kind == "store" for at in elsewhere):  # only a warehouse holds it, which nobody visits
            response, parts = "utter_sold_out_here_sent", []
    turn.say(response, *parts, buttons=_steps(turn, product), name=name, place=place, stock=quantity(turn, best))


def quantity(turn: Turn, at: Held) -> str:
    """Pieces of a branch in words: exact when there are few."""
    if not at.quantity:
        return turn.words("phrase_sold_out")
    return turn.locale.counted("left", at.quantity) if at.few else turn.words("phrase_in_stock")


def _table(turn: Turn, held: Sequence[Held]) -> Part:
    return {
        "type": "table",
        "columns": [turn.words("label_branch"), turn.words("label_stock")],
        "rows": [[turn.locale.text(at.place.name), quantity(turn, at)] for at in held],
    }
