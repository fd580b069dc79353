"""Advises: asks what narrows the choice most, one question a turn and three in all, then names one product and says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from actions import details, looking, showing
from actions.turn import Button, TopicAction, Turn, payload
from bot.db.session import reading
from bot.shop import advice, catalogue, comparison, reasons, search, wanted
from bot.shop.advice import Answer, Question
from bot.shop.catalogue import ShopProduct
from bot.shop.search import Hit
from bot.shop.wishes import Wishes

INTENT = "product_recommendation"
MOST_QUESTIONS = 3
MOST_ADVANTAGES = 2  # over the others, named as grounds


class ProductRecommendation(TopicAction):
    action = "action_product_recommendation"
    topic = "product_recommendation"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        with reading() as session:
            before = Wishes.from_slot(turn.slot("search"))
            said = looking.wishes_in(turn, session)
            wishes = replace(before, offset=0) if said.empty else looking.in_force(turn, session, before, said)
            if wishes.empty:
                turn.outcome("open")
                turn.say("utter_recommend_what", buttons=showing.kinds(turn, session, INTENT))
                return
            question = advice.best_question(session, wishes) if len(wishes.asked) < MOST_QUESTIONS else None
            if question is not None:
                _ask(turn, session, wishes, question)
            else:
                _advise(turn, session, wishes)


def pick(turn: Turn) -> None:
    """Name the one of those shown that fits best what was asked for, and why."""
    with reading() as session:
        products = catalogue.products(session, turn.slot("shown") or [])
        if not products:
            turn.outcome("open")
            turn.say("utter_recommend_what", buttons=showing.kinds(turn, session, INTENT))
            return
        wishes = Wishes.from_slot(turn.slot("search"))
        standing = [product for product in products if product.available] or products
        best = reasons.most_fitting(standing, wishes, turn.language) or standing[0]
        turn.set("product", best.code)
        turn.outcome("answered", products=[best.code])
        others = [product for product in standing if product is not best]
        turn.say(
            "utter_recommend",
            buttons=[
                *details.next_steps(turn, best),
                *([turn.link("label_compare", "product_compare")] if others else []),
            ],
            name=showing.name_of(turn, best),
            reason=_grounds(turn, session, best, others, wishes),
        )


def tell_why(turn: Turn) -> None:
    """Why the product in view, or the first of those shown, was suggested."""
    with reading() as session:
        shown = [str(code) for code in turn.slot("shown") or ()]
        codes = dict.fromkeys([str(turn.slot("product") or shown[0]), *shown])
        best, *others = catalogue.products(session, list(codes))
        turn.set("product", best.code)
        turn.outcome("answered", products=[best.code])
        wishes = Wishes.from_slot(turn.slot("search"))
        turn.say(
            "utter_recommend_why",
            buttons=details.next_steps(turn, best),
            name=showing.name_of(turn, best),
            reason=_grounds(turn, session, best, others, wishes),
        )


def _grounds(turn: Turn, session: Session, best: ShopProduct, others: Sequence[ShopProduct], wishes: Wishes) -> str:
    """The wishes a product meets, and what it is ahead of the others in; only what the figures show."""
    met = looking.why(turn, session, reasons.of(best, wishes, turn.language))
    ahead = [looking.advantage(turn, session, best, one) for one in comparison.advantages(best, others)]
    said = [*([met] if met else []), *ahead[:MOST_ADVANTAGES]]
    return (
        turn.joined(said) if said else turn.words("phrase_reason_in_stock" if best.available else "phrase_reason_fits")
    )


def _ask(turn: Turn, session: Session, wishes: Wishes, question: Question) -> None:
    """Show what fits so far, with the question that narrows it down."""
    found = search.find(session, wishes)
    products = catalogue.products(session, [hit.code for hit in found.hits])
    turn.set("search", replace(wishes, asked=(*wishes.asked, question.subject)).to_slot())
    turn.set("shown", [product.code for product in products])
    turn.set("product", None)
    turn.outcome("open", products=[product.code for product in products])
    response = {
        "category": "utter_recommend_ask_category",
        "brand": "utter_recommend_ask_brand",
        "price": "utter_recommend_ask_price",
    }.get(question.subject, "utter_recommend_ask_property")
    buttons = [_button(turn, session, question.subject, answer) for answer in question.answers]
    buttons.append(turn.link("label_any", INTENT))
    cards = looking.fitting(turn, session, products, wishes)
    turn.say(response, cards, buttons=buttons, property=_property(turn, question))


def _property(turn: Turn, question: Question) -> str:
    name = turn.locale.text(question.name)
    return wanted.as_common_noun(name) if turn.language == "en" else turn.locale.isolate(name)


def _button(turn: Turn, session: Session, subject: str, answer: Answer) -> Button:
    if subject == "price":
        return _price_button(turn, session, answer)
    label = showing.label_of(turn, turn.locale.digits_of(turn.locale.text(answer.name)))
    if subject in ("category", "brand"):
        return {"label": label, "payload": payload(INTENT, **{subject: answer.value})}
    return {"label": label, "payload": payload(INTENT, attribute={"code": subject, "value": answer.value})}


def _price_button(turn: Turn, session: Session, answer: Answer) -> Button:
    label = looking.limits(turn, session, answer.lowest, answer.highest)
    ends = {"min": answer.lowest, "max": answer.highest}
    limit = {role: float(end) for role, end in ends.items() if end is not None}
    return {"label": label[:1].upper() + label[1:], "payload": payload(INTENT, price=limit)}


def _advise(turn: Turn, session: Session, wishes: Wishes) -> None:
    found = search.find(session, wishes)
    if not found.hits:
        looking.nothing(turn, session, wishes, found)
        return
    turn.set("search", wishes.to_slot())
    products = catalogue.products(session, [hit.code for hit in found.hits])
    codes = [product.code for product in products]
    met = reasons.of(products[0], wishes, turn.language)
    turn.set("shown", codes)
    turn.set("product", codes[0])
    turn.outcome("answered", products=codes)
    turn.say(
        "utter_recommend_nearest" if found.by_meaning else "utter_recommend",
        looking.fitting(turn, session, products, wishes),
        buttons=[turn.link("label_compare", "product_compare")] if len(products) > 1 else [],
        name=showing.name_of(turn, products[0]),
        reason=looking.why(turn, session, met) or turn.words(_reason(found.hits)),
    )


def _reason(hits: Sequence[Hit]) -> str:
    """Why the first when no wish speaks for it: only what the figures show."""
    first, others = hits[0], hits[1:]
    if others and first.popularity > max(hit.popularity for hit in others):
        return "phrase_reason_popular"
    prices = [hit.price for hit in others if hit.price is not None]
    if first.price is not None and prices and first.price < min(prices):
        return "phrase_reason_cheapest"
    if first.in_stock:
        return "phrase_reason_in_stock"
    return "phrase_reason_fits"
