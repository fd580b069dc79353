"""What help after the purchase is wanted with: a product or a kind of product; asks when that is not clear."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from actions import kinds_asked, of_the_thing, referring, showing, unsure
from actions.turn import Button, TopicAction, Turn, payload
from bot.shop import catalogue
from bot.support import replies
from bot.support.guides import stored
from bot.support.guides.stored import For, Library, Subject

MOST_KINDS = 6
VERY_SURE = 0.85  # confidence from which help is wanted, whatever else a message names
ABOUT = "help_about"  # slot: what was helped with last, and the product in view then
WANTED = "help_wanted"  # slot: the need whose product was asked for
NEEDS = frozenset({"installation_help", "maintenance_service", "troubleshoot_product"})


class HelpAction(TopicAction):
    """Base of the actions that help with a product; `help_with` gets what the customer wrote, '' for a button."""

    side = "service"

    def answer(self, turn: Turn) -> None:
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        if self.may_be_goods(turn) and kinds_asked.wanted(turn):
            return
        self.help_with(turn, "" if turn.button else turn.text)

    @staticmethod
    def may_be_goods(turn: Turn) -> bool:
        """Whether a message may only name goods: no fault is told, and help is neither surely wanted nor under way."""
        return turn.intent != "troubleshoot_product" and turn.confidence < VERY_SURE and not turn.slot("walks")

    @abstractmethod
    def help_with(self, turn: Turn, words: str) -> None:
        """Help, with a product or a kind of product that is still to be found."""


@dataclass(frozen=True)
class Concern:
    """A product or a category with its name in the customer's language."""

    subject: Subject
    name: str
    product: str | None = None
    category: str | None = None

    @property
    def entities(self) -> dict[str, str]:
        """As the entities of a button."""
        return {"product": self.product} if self.product else {"category": self.category or ""}


def of_product(turn: Turn, session: Session, code: str) -> Concern | None:
    """The concern with a product; None when it is not sold any more."""
    found = catalogue.product(session, code)
    if found is None:
        return None
    return Concern(stored.subject_of(session, product=code), showing.name_of(turn, found), product=code)


def of_category(turn: Turn, session: Session, code: str) -> Concern | None:
    """The concern with a category."""
    found = catalogue.category(session, code)
    if found is None:
        return None
    return Concern(stored.subject_of(session, category=code), showing.named(turn, found), category=code)


def of_entities(turn: Turn, session: Session, entities: dict[str, str]) -> Concern | None:
    """The concern that a walk or a button names."""
    if entities.get("product"):
        return of_product(turn, session, entities["product"])
    return of_category(turn, session, entities["category"]) if entities.get("category") else None


def find_quietly(turn: Turn, session: Session, meant_for: For) -> Concern:
    """What a guide is walked for: what is talked about, if it is for that, else what it was written for."""
    in_view = _in_view(turn, session)
    if in_view and meant_for.rank(in_view.subject) is not None:
        return in_view
    for code in sorted(meant_for.categories):
        if found := of_category(turn, session, code):
            return found
    return Concern(Subject(), "")


def find(turn: Turn, session: Session, library: Library, need: str) -> Concern | None:
    """What the message is about; None after having asked."""
    found = named(turn, session, library) or _in_view(turn, session)
    if found is not None:
        if found.product:
            turn.set("product", found.product)
        turn.set(ABOUT, {**found.entities, "beside": turn.slot("product")})
        return found
    _ask(turn, session, library, need)
    return None


def named(turn: Turn, session: Session, library: Library) -> Concern | None:
    """The product, else the kind, that the message itself names."""
    if turn.values("product") or (turn.values("ordinal") and turn.slot("shown")):
        meant = referring.meant(turn, session)
        products = catalogue.products(session, meant.codes)
        if meant.kind == "certain" and products:
            return of_product(turn, session, products[0].code)
        kinds = {product.category.code for product in products if product.category}
        if len(kinds) == 1:
            return of_category(turn, session, kinds.pop())
    kinds_named = [str(code) for code in dict.fromkeys(turn.values("category"))]
    if not kinds_named:
        return None
    code = kinds_named[0] if len(kinds_named) == 1 else _likeliest_kind(turn, session, library, kinds_named)
    in_view = of_product(turn, session, turn.slot("product")) if turn.slot("product") else None
    return in_view if in_view and code in in_view.subject.categories else of_category(turn, session, code)


def _likeliest_kind(turn: Turn, session: Session, library: Library, codes: list[str]) -> str:
    """Of several kinds ("the screen of my laptop"), the one whose faults the message comes nearest to."""
    if turn.intent != "troubleshoot_product":
        return codes[0]
    nearness: dict[str, float] = {}
    for code in codes:
        tree = library.tree_for(stored.subject_of(session, category=code))
        options = [{**s.says, "label": list(s.label.values())} for s in tree.symptoms] if tree else []
        nearness[code] = max(replies.near(turn.text, options), default=0.0)
    return max(codes, key=lambda code: nearness[code])


def _in_view(turn: Turn, session: Session) -> Concern | None:
    """What was helped with last, else the product talked about last, else the only one shown."""
    about = turn.slot(ABOUT) or {}
    if about and about.get("beside") == turn.slot("product"):
        return of_entities(turn, session, about)
    shown: list[Any] = turn.slot("shown") or []
    code = turn.slot("product") or (shown[0] if len(shown) == 1 else None)
    return of_product(turn, session, str(code)) if code else None


def _ask(turn: Turn, session: Session, library: Library, need: str) -> None:
    if of_the_thing.answered(turn):
        return
    turn.outcome("open")
    turn.set(WANTED, {"need": need, "words": "" if turn.button else turn.text})
    turn.say("utter_help_which", buttons=kinds(turn, session, library, need))


def kinds(turn: Turn, session: Session, library: Library, need: str) -> list[Button]:
    """A button for each kind of product that there is help for, as many as fit."""
    held = {
        "installation_help": [guide.meant_for for guide in library.guides.values() if guide.kind in ("setup", "use")],
        "maintenance_service": [plan.meant_for for plan in library.plans.values()],
        "troubleshoot_product": [fault.meant_for for fault in library.faults.values()],
    }[need]
    covered = {code for meant_for in held for code in meant_for.categories}
    biggest = [kind for kind in catalogue.biggest_categories(session, 3 * MOST_KINDS) if kind.code in covered]
    return [
        {"label": showing.label_of(turn, turn.locale.text(kind.name)), "payload": payload(need, category=kind.code)}
        for kind in biggest[:MOST_KINDS]
    ]


def offer_person(turn: Turn, need: str, about: Concern | None = None) -> None:
    """Nothing is written that would help: a person, as for every need without a flow."""
    if of_the_thing.answered(turn) or kinds_asked.described(turn):
        return
    turn.outcome("unknown", products=[about.product] if about and about.product else [])
    turn.ask("handoff", team="service", reason=need)
    buttons = [turn.link("label_yes_colleague", "talk_to_agent"), turn.link("label_not_now", "deny")]
    turn.say(f"utter_offer_{need}", buttons=buttons)
