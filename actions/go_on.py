"""Moves through walks: buttons that say them, and typed messages that a walk under way takes as its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions import concern, fault_search, guide_steps, maintenance, setup_guide, troubleshoot, unsure, walking
from actions.concern import WANTED
from actions.turn import TAKERS, WATCHERS, TopicAction, Turn
from actions.yes_or_no import NO, YES
from bot.conversation import handoffs
from bot.db.session import reading
from bot.nlu.needs import UNCLEAR
from bot.shop import profile
from bot.support import help as pages
from bot.support import replies
from bot.support.guides import stored
from bot.support.guides.stored import Library
from bot.support.maintenance import months_after
from bot.support.walks import Walk

# Needs a message may have been understood as while it is about the walk under way.
ABOUT_THE_WALK = frozenset({"installation_help", "troubleshoot_product", "maintenance_service", "nlu_fallback",
                            "out_of_scope", "affirm", "deny", "product_info", "complaint", "customization_options",
                            "capabilities", "product_search", "product_compare"})  # fmt: skip
PROBLEMS = frozenset({"installation_help", "troubleshoot_product"})
# A walk left behind is not spoken of beside these.
SMALL_TALK = frozenset({"thanks", "goodbye", "talk_to_agent", "talk_to_sales", "change_language", "bot_challenge",
                        "complaint", "damaged_or_wrong_item", "affirm", "deny"})  # fmt: skip
MISSES_ALLOWED = 1
SERVICE = "service"


class GoOn(TopicAction):
    action = "action_go_on"
    side = SERVICE

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        move = turn.value("move")
        if isinstance(move, dict) and move.get("to") in ("remind", maintenance.BOUGHT):
            return maintenance.NEED, SERVICE
        under_way = walking.read_before(turn)
        return walking.topic_of(under_way[-1]) if under_way else ("installation_help", SERVICE)

    def answer(self, turn: Turn) -> None:
        move = turn.value("move")
        move = move if isinstance(move, dict) else {"to": str(move)}
        with reading() as session:
            if not _moved(turn, session, stored.current(session), move):
                turn.say("utter_walk_none")


def _moved(turn: Turn, session: Session, library: Library, move: dict[str, Any]) -> bool:
    to = str(move.get("to"))
    if to == "remind":
        return maintenance.remind(turn, session, library, move)
    if to == maintenance.BOUGHT:
        months = move.get("months")
        told = isinstance(months, int) and 0 <= months <= 240
        bought = months_after(profile.read(session).today(), -int(months or 0)) if told else None
        return maintenance.bought_told(turn, session, library, move, bought)
    if to == "begin":
        return _begin(turn, session, library, str(move.get("guide")))
    if to == "works":
        _works(turn, {})
        return True
    under_way = walking.under_way(turn)
    kind = "tree" if to in ("pick", "symptom") else None
    walk = next((walk for walk in reversed(under_way) if kind in (None, walk.kind)), None)
    return walk is not None and do(turn, session, library, walk, move)


def _begin(turn: Turn, session: Session, library: Library, code: str) -> bool:
    guide = library.guides.get(code)
    if guide is None:
        return False
    about = concern.find_quietly(turn, session, guide.meant_for)
    setup_guide.choose(turn, session, [guide], about, "")
    return True


def do(turn: Turn, session: Session, library: Library, walk: Walk, move: dict[str, Any]) -> bool:
    """A move of a walk."""
    to, at = str(move.get("to")), move.get("at")
    if walk.kind == "guide":
        return guide_steps.go(turn, session, library, walk.at(at) if isinstance(at, int) else walk, to)
    pick = move.get("pick")
    return fault_search.go(turn, session, library, walk, to, str(at or ""), pick if isinstance(pick, int) else -1)


def take_for_walk(turn: Turn) -> tuple[str, str] | None:
    """Take a typed message as a move of the walk under way, or as an answer to its question."""
    if turn.button or handoffs.requested(turn.conversation_id, turn.message_id):
        return None
    walk = walking.under_way(turn)[-1]
    question = turn.slots.get("question") or {}
    move = replies.move(turn.text)
    fresh = question.get("kind") == walking.ASKED or _goes_on_telling(turn, walk, question)
    if not fresh:
        if move in ("resume", "restart") or (move in ("next", "back", "repeat") and _still_near(turn, question)):
            return _do(turn, walk, "resume" if move != "restart" else move)
        if turn.intent == "greet" and not question:
            turn.afterwards.append(walking.remind)
        return None
    if turn.intent == "change_language":
        turn.afterwards.append(_again)
        return None
    taken = _in_guide(turn, walk, move) if walk.kind == "guide" else _in_search(turn, walk, move, question)
    if not taken and turn.intent not in SMALL_TALK:
        turn.afterwards.append(walking.remind)
    return walking.topic_of(walk) if taken else None


def _goes_on_telling(turn: Turn, walk: Walk, question: dict[str, Any]) -> bool:
    """Whether, after something else, the message tells more of the fault that was looked for."""
    asked_else = question.get("kind") not in (None, walking.RESUME)
    return walk.kind == "tree" and turn.intent in PROBLEMS and not asked_else and not _is_another_thing(turn, walk)


def _still_near(turn: Turn, question: dict[str, Any]) -> bool:
    """Whether "next" still means the steps: it means nothing else, or nothing else was asked and no list is open."""
    if turn.intent in UNCLEAR:
        return True
    return question.get("kind") in (None, walking.RESUME) and not turn.slot("search")


def _do(turn: Turn, walk: Walk, to: str, **more: Any) -> tuple[str, str] | None:
    with reading() as session:
        done = do(turn, session, stored.current(session), walk, {"to": to, **more})
    return walking.topic_of(walk) if done else None


def _is_clear(turn: Turn) -> bool:
    """Whether the message is surely about something else."""
    return turn.confidence >= unsure.SURE and turn.intent not in ABOUT_THE_WALK


def _in_guide(turn: Turn, walk: Walk, move: str | None) -> bool:
    spoken = move or replies.yes_or_no(turn.text)
    if spoken is None and _is_clear(turn):
        return False
    if spoken is None and turn.intent in PROBLEMS and not _is_another_thing(turn, walk):
        spoken = "failed" if turn.intent == "troubleshoot_product" else None
    with reading() as session:
        library = stored.current(session)
        if spoken is not None and not (spoken in ("yes", "no") and len(turn.text.split()) > replies.MOST_WORDS):
            return guide_steps.go(turn, session, library, walk, spoken)
        guessed = turn.confidence < unsure.SURE and turn.intent not in PROBLEMS
        if (_is_another_thing(turn, walk) and not guessed) or turn.intent == "product_search":
            return False
        found = pages.find(session, turn.text, turn.language, 1, guides=[walk.code])
        if found and found[0].confidence >= pages.SURE:
            steps = [step.text for step in library.guides[walk.code].steps_in(found[0].language)]
            if found[0].text in steps:
                return guide_steps.go(turn, session, library, walk.at(steps.index(found[0].text)), "resume")
        if turn.confidence >= unsure.SURE and turn.intent not in {*UNCLEAR, "installation_help"}:
            return False
        return guide_steps.go(turn, session, library, walk, "unclear")


def _is_another_thing(turn: Turn, walk: Walk) -> bool:
    """Whether the message names another product or kind than the walk is about.

    One word that is only written nearly as a product's is no name in the middle of something.
    """
    kinds = [kind for kind in turn.values("category") if kind != walk.category]
    named = [found for found in turn.entities if found["entity"] == "product" and found["value"] != walk.product]
    plainly = [found for found in named if " " in turn.text[found.get("start") or 0 : found.get("end") or 0].strip()]
    return bool(plainly) or (bool(kinds) and not walk.product)


def _in_search(turn: Turn, walk: Walk, move: str | None, question: dict[str, Any]) -> bool:
    with reading() as session:
        library = stored.current(session)
        fault = library.faults.get(walk.code)
        if fault is None or move in ("back", "repeat", "restart", "stop", "resume"):
            return fault_search.go(turn, session, library, walk, move or "resume")
        clear = _is_clear(turn) or (_is_another_thing(turn, walk) and turn.intent not in ("affirm", "deny"))
        to, pick = fault_search.reading_of(fault.tree, walk, turn.text, turn.intent, exact=clear)
        if pick is not None:
            return fault_search.go(turn, session, library, walk, to, pick=pick)
        if clear or (turn.intent == "product_search" and turn.confidence >= unsure.SURE):
            return False
        missed = int(question.get("missed") or 0)
        if missed >= MISSES_ALLOWED:
            fault_search.give_up(turn, walk, "utter_fault_not_understood")
            return True
        fault_search.go(turn, session, library, walk, "unclear")
        turn.ask(walking.ASKED, missed=missed + 1)
        return True


def _again(turn: Turn) -> None:
    """The open step or question once more, in the language just changed to."""
    _do(turn, walking.under_way(turn)[-1], "resume")


def take_for_wanted(turn: Turn) -> tuple[str, str] | None:
    """Take a message as the answer to "with which product?" or "when did you buy it?"."""
    wanted = turn.slots.get(WANTED) or {}
    turn.set(WANTED, None)
    if turn.button:
        return None
    with reading() as session:
        library = stored.current(session)
        if wanted.get("need") == maintenance.BOUGHT:
            bought = maintenance.day_of(turn.value("date"))
            if bought is None and not replies.is_unsure(turn.text):
                return None
            today = profile.read(session).today()
            told = maintenance.bought_told(turn, session, library, wanted, min(bought, today) if bought else None)
            return (maintenance.NEED, SERVICE) if told else None
        if wanted.get("need") == maintenance.REMINDER:
            asked = replies.holds("remind", turn.text)
            return (maintenance.NEED, SERVICE) if asked and maintenance.remind(turn, session, library, wanted) else None
        if concern.named(turn, session, library) is None:
            return None
    need, words = str(wanted.get("need")), str(wanted.get("words") or "")
    turn.intent = need
    HELP[need](turn, words or turn.text)
    return need, SERVICE


def take_back_to_steps(turn: Turn) -> tuple[str, str] | None:
    """ "Back to the router's steps" goes on with those steps, or begins them: nothing is to be returned."""
    if turn.button or not replies.goes_back_to_steps(turn.text):
        return None
    named = {str(value) for kind in ("product", "category") for value in turn.values(kind)}
    left = walking.under_way(turn)
    meant = [walk for walk in left if {walk.product, walk.category} & named or _shares_title(turn, walk)]
    if left and (meant or not named):
        return _do(turn, (meant or left)[-1], "resume")
    if not named:
        return None
    turn.intent = setup_guide.NEED
    setup_guide.help_with_setup(turn, "")
    return setup_guide.NEED, SERVICE


def _shares_title(turn: Turn, walk: Walk) -> bool:
    """Whether a message names what a walk is called after."""
    with reading() as session:
        title = walking.title_of(turn, stored.current(session), walk)
    return bool(set(replies.telling(turn.text)) & set(replies.telling(title)))


HELP = {
    setup_guide.NEED: setup_guide.help_with_setup,
    troubleshoot.NEED: troubleshoot.find_fault,
    maintenance.NEED: maintenance.look_after,
}


def _resume(turn: Turn, question: dict[str, Any]) -> None:
    under_way = walking.under_way(turn)
    if not under_way or _do(turn, under_way[-1], "resume") is None:
        turn.say("utter_affirm")


def _works(turn: Turn, question: dict[str, Any]) -> None:
    turn.say("utter_glad_it_works")
    walking.remind(turn)


WATCHERS.append(take_back_to_steps)
TAKERS[WANTED] = take_for_wanted
TAKERS[walking.SLOT] = take_for_walk
YES[walking.RESUME] = _resume
NO[walking.RESUME] = "utter_walk_left"
YES[guide_steps.DONE] = _works
NO[guide_steps.DONE] = "utter_guide_not_done"
