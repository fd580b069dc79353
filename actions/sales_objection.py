"""Answers what holds a customer back: acknowledges it, tells a fact, offers an alternative once, then leaves the door open."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions import price_matching, referring, showing, unsure
from actions.turn import Button, TopicAction, Turn
from bot.db.session import reading
from bot.shop import catalogue, objections, questions
from bot.shop.catalogue import ShopProduct
from bot.shop.objections import Facts

SLOT = "objections"  # {"product", "answered": [kinds], "offered": [codes]}: what was held against it, what came of it
QUOTED_CHARACTERS = 110  # of a policy; a doubt is no place for all its terms
MOST_PUSHES = 2  # answers that speak for buying; a further doubt gets none
ABOUT_MONEY = ("dear", "elsewhere")
_SAID = {
    "dear": "utter_objection_dear",
    "elsewhere": "utter_objection_elsewhere",
    "reviews": "utter_objection_reviews",
    "someone": "utter_objection_someone",
    "unsure": "utter_objection_unsure",
}


class SalesObjection(TopicAction):
    action = "action_sales_objection"
    topic = "sales_objection"
    side = "sales"

    def answer(self, turn: Turn) -> None:
        kind = objections.kind_of(turn.text)
        # "Cheaper?" and "the cheapest lamp" ask for one; they doubt nothing.
        looks = turn.confidence < unsure.SURE or turn.value("comparison") is not None
        if kind == objections.UNSURE and looks and unsure.answered_by_catalogue(turn):
            return
        with reading() as session:
            product = _product(turn, session)
            if kind == "original":
                tell_original(turn, session, product)
                return
            if kind == "elsewhere" and price_matching.answers(turn, product):
                return
            _answer(turn, session, product, kind)
            if kind == "elsewhere":
                price_matching.expect(turn, product)


def _answer(turn: Turn, session: Session, product: ShopProduct | None, kind: str) -> None:
    code = product.code if product else None
    before = turn.slot(SLOT) or {}
    known = before if before.get("product") == code else {}
    answered, offered = list(known.get("answered") or ()), list(known.get("offered") or ())
    turn.outcome("open", products=[code] if code else [])
    if len(answered) >= MOST_PUSHES:
        turn.say("utter_objection_rest")
        return
    facts = objections.facts(session, product)
    other = None
    if product is not None and (answered or kind == "dear"):
        found = objections.alternative(session, product, offered, cheaper=kind in ABOUT_MONEY)
        other = catalogue.product(session, found) if found else None
    turn.set(
        SLOT, {"product": code, "answered": [*answered, kind], "offered": [*offered, *([other.code] if other else [])]}
    )
    parts = []
    if product is not None and other is not None:
        turn.set("shown", [product.code, other.code])
        parts = [showing.cards(turn, session, [other])]
    buttons = _steps(turn, product, facts, kind, other)
    if kind not in answered:
        turn.say(_SAID[kind], *parts, buttons=buttons, facts=_sentences(turn, session, product, facts, kind))
    elif other is not None:
        turn.say("utter_objection_alternative", *parts, buttons=buttons)
    else:
        turn.say("utter_objection_rest")


def _product(turn: Turn, session: Session) -> ShopProduct | None:
    """The product in doubt: the one named, else the one in view, else the first of those shown."""
    product = None
    if turn.values("product") or turn.values("ordinal"):
        found = referring.meant(turn, session)
        product = catalogue.product(session, found.code) if found.kind == "certain" else None
    shown = [str(code) for code in turn.slot("shown") or ()]
    in_view = str(turn.slot("product") or next(iter(shown), ""))
    product = product or (catalogue.product(session, in_view) if in_view else None)
    if product is not None:
        turn.set("product", product.code)
    return product


def _sentences(turn: Turn, session: Session, product: ShopProduct | None, facts: Facts, kind: str) -> str:
    """What answers this doubt, in whole sentences; begins with a space."""
    said = []
    terms = {
        "elsewhere": [facts.match],
        "reviews": [facts.original, facts.returns],
        "someone": [facts.returns],
        "unsure": [facts.returns],
    }
    quoted = [_quoted(turn, text) for text in terms.get(kind, ()) if text is not None]
    if kind == "dear" and facts.monthly is not None:
        monthly = showing.money(turn, session, facts.monthly.monthly)
        months = turn.locale.counted("month", facts.monthly.plan.months)
        said.append(turn.words("phrase_objection_monthly", monthly=monthly, months=months))
    if kind == "someone" and product is not None:
        price = showing.price_of(turn, session, product)
        said.append(turn.words("phrase_objection_noted", name=showing.name_of(turn, product), price=price))
    elif product is not None and facts.warranty_months:
        period = showing.period(turn, facts.warranty_months)
        said.append(turn.words("phrase_objection_warranty", name=showing.name_of(turn, product), period=period))
    if quoted:
        said.append(turn.words("phrase_objection_policy", text=". ".join(quoted)))
    return "".join(f" {sentence}" for sentence in said)


def _quoted(turn: Turn, text: Any) -> str:
    terms = [part for part in questions.sentences(turn.locale.text(text)) if not part.endswith(("?", "؟"))]
    written = turn.locale.digits_of(questions.shortened(" ".join(terms), QUOTED_CHARACTERS))
    return turn.locale.isolate(written.rstrip(". "))


def _steps(
    turn: Turn, product: ShopProduct | None, facts: Facts, kind: str, alternative: ShopProduct | None
) -> list[Button]:
    """What the customer may do next; nothing of it is done unasked."""
    steps = []
    if alternative is not None:
        steps.append(turn.link("label_compare", "product_compare"))
    if product is not None and facts.haggles and kind in ABOUT_MONEY:
        steps.append(turn.link("label_better_price", "ask_discount", product=product.code))
    if product is not None and kind in ("someone", objections.UNSURE):
        steps.append(turn.link("label_price_in_writing", "request_quote", product=product.code))
    if kind in ("reviews", "elsewhere") or not steps:
        steps.append(turn.link("label_ask_colleague", "talk_to_sales"))
    return steps


def tell_original(turn: Turn, session: Session, product: ShopProduct | None) -> None:
    """Whether things are genuine: what the shop's policies say, honestly nothing else."""
    facts = objections.facts(session, product)
    turn.outcome("answered", products=[product.code] if product else [])
    if facts.original is not None:
        only_warranty = Facts(warranty_months=facts.warranty_months)
        told = _sentences(turn, session, product, only_warranty, "original")
        turn.say("utter_objection_original", text=_quoted(turn, facts.original), facts=told)
        return
    turn.outcome("unknown", products=[product.code] if product else [])
    turn.ask("handoff", team="sales", reason="sales_objection")
    turn.say("utter_objection_original_unknown", buttons=[turn.link("label_ask_colleague", "talk_to_sales")])
