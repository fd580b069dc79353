"""The search for a fault: the symptom understood, one question at a time, and its ends with all that was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from actions import walking
from actions.concern import Concern
from actions.handing_over import SERVICE
from actions.turn import Button, Turn
from bot.support import replies, trees
from bot.support.guides.stored import Library
from bot.support.trees import DID_NOT_HELP, HELPED, SOLVED, UNSURE, Node, Progress, Symptom, Tree
from bot.support.walks import Walk

OTHER = -1  # pick of "something else" among the symptoms
UNTOLD = -2  # of them, when the customer cannot tell
AGAIN = {"repeat": "utter_fault_again", "resume": "utter_fault_resumed", "unclear": "utter_fault_unclear"}


def begin(turn: Turn, tree: Tree, concern: Concern, words: str) -> None:
    """Safety first, then the first question of the symptom told, or which symptom it is."""
    walk = Walk("tree", tree.code, 0, concern.product, concern.category, words)
    walk = replace(walk, told=tuple(_told(tree, words)))
    safety = turn.locale.digits_of(turn.locale.text(tree.safety))
    if safety:
        turn.say("utter_fault_safety_first", safety=safety, name=concern.name)
    else:
        turn.say("utter_fault_begin", name=concern.name)
    symptom = _symptom(tree, words)
    if symptom is None:
        ask_symptom(turn, tree, walk)
    else:
        _search(turn, tree, walk, symptom)


def _symptom(tree: Tree, words: str) -> Symptom | None:
    """The fault that a customer's words tell of."""
    if not words:
        return None
    found = replies.chosen(words, [_phrases(symptom.label, symptom.says) for symptom in tree.symptoms])
    return None if found is None else tree.symptoms[found]


def _phrases(label: Mapping[str, str], says: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {language: [label[language], *says.get(language, ())] for language in label}


def _told(tree: Tree, words: str) -> list[str]:
    """The steps that a customer says were tried already."""
    if not replies.holds("tried", words):
        return []
    steps = [node for node in tree.nodes.values() if node.kind == "try" and node.tried]
    return [steps[place].code for place in replies.all_meant(words, [step.tried for step in steps])]


def ask_symptom(turn: Turn, tree: Tree, walk: Walk, response: str = "utter_which_symptom") -> None:
    """Ask what the matter is, with what is common as buttons."""
    turn.outcome("open", products=[walk.product] if walk.product else [])
    walking.keep(turn, replace(walk, progress=None))
    buttons = [
        {**walking.button(turn, "label_something_else", "symptom", pick=place), "label": _label(turn, symptom.label)}
        for place, symptom in enumerate(tree.symptoms)
    ]
    buttons.append(walking.button(turn, "label_something_else", "symptom", pick=OTHER))
    turn.say(response, buttons=buttons)


def _label(turn: Turn, label: Mapping[str, str]) -> str:
    return turn.locale.digits_of(turn.locale.text(label))


def _search(turn: Turn, tree: Tree, walk: Walk, symptom: Symptom) -> None:
    earlier = [code for code, _ in walk.progress.trail] if walk.progress else []
    _show(turn, tree, replace(walk, progress=trees.begin(tree, symptom, {*walk.told, *earlier})))


def go(turn: Turn, session: Session, library: Library, walk: Walk, move: str, at: str = "", pick: int = 0) -> bool:
    """Do a move in a fault search; False when it is none of its.

    Args:
        at: the node a button was shown for; an earlier one is answered anew.
        pick: which answer, for the moves `pick` and `symptom`.
    """
    fault = library.faults.get(walk.code)
    if fault is None or (walk.progress and walk.progress.node not in (*fault.tree.nodes, SOLVED)):
        walking.drop(turn, walk)
        turn.say("utter_walk_gone")
        return True
    tree = fault.tree
    if move == "symptom" or walk.progress is None:
        return _go_symptom(turn, tree, walk, move, pick)
    progress = _rewound(walk.progress, at)
    if move == "pick":
        _answered(turn, tree, walk, progress, pick)
    elif move in AGAIN:
        _show(turn, tree, replace(walk, progress=progress), AGAIN[move])
    elif move == "back":
        _show(turn, tree, replace(walk, progress=trees.back(progress)))
    elif move == "restart":
        ask_symptom(turn, tree, walk)
    elif move == "stop":
        turn.outcome("abandoned")
        turn.say("utter_walk_stopped", buttons=[walking.button(turn, "label_go_on", "resume")])
    else:
        return False
    return True


def _go_symptom(turn: Turn, tree: Tree, walk: Walk, move: str, pick: int) -> bool:
    if move == "symptom" and 0 <= pick < len(tree.symptoms):
        _search(turn, tree, walk, tree.symptoms[pick])
    elif move == "symptom":
        give_up(turn, walk, "utter_fault_not_understood" if pick == UNTOLD else "utter_fault_not_listed")
    elif move in ("repeat", "resume", "unclear", "restart", "back"):
        ask_symptom(turn, tree, walk)
    else:
        return False
    return True


def _rewound(progress: Progress, at: str) -> Progress:
    """Back to an earlier question, if a button of it was pressed."""
    places = [place for place, (code, _) in enumerate(progress.trail) if code == at]
    return (
        replace(progress, node=at, trail=progress.trail[: places[-1]]) if places and at != progress.node else progress
    )


def reading_of(tree: Tree, walk: Walk, text: str, intent: str, *, exact: bool) -> tuple[str, int | None]:
    """The move and the pick that a typed message stands for; no pick when it is no answer."""
    if walk.progress is None:
        if replies.is_unsure(text):
            return "symptom", UNTOLD
        options = [_phrases(symptom.label, symptom.says) for symptom in tree.symptoms]
        return "symptom", replies.chosen(text, options, exact=exact)
    return "pick", understood(tree, tree.node(walk.progress.node), text, intent, exact=exact)


def understood(tree: Tree, node: Node, text: str, intent: str, *, exact: bool) -> int | None:
    """Which answer to a node a typed message gives: an index, UNSURE, or None when it is no answer.

    Args:
        exact: only what is said in the very words of an answer.
    """
    if replies.is_unsure(text):
        return UNSURE
    spoken = replies.yes_or_no(text) or {"affirm": "yes", "deny": "no"}.get(intent)
    if node.kind == "try":
        if spoken in ("yes", "solved"):
            return HELPED
        if spoken == "no" or replies.move(text) in ("failed", "next"):
            return DID_NOT_HELP
        return replies.chosen(text, replies.effects()) if not exact else None
    codes = [answer.code for answer in node.answers]
    if any(codes):
        return codes.index(spoken) if spoken in codes else None
    return replies.chosen(text, [_phrases(a.label, a.says) for a in node.answers], exact=exact)


def _answered(turn: Turn, tree: Tree, walk: Walk, progress: Progress, pick: int) -> None:
    _show(turn, tree, replace(walk, progress=trees.answer(tree, progress, pick, walk.told)))


def _show(turn: Turn, tree: Tree, walk: Walk, response: str = "") -> None:
    """The open question of a search, or its end."""
    assert walk.progress is not None
    node = tree.node(walk.progress.node)
    if node.kind == "end":
        _end(turn, tree, walk, node)
        return
    turn.outcome("open", products=[walk.product] if walk.product else [])
    walking.keep(turn, walk)
    text = turn.locale.digits_of(turn.locale.text(node.text))
    if node.kind == "ask":
        turn.say(response or "utter_fault_ask", buttons=_answers(turn, node), question=text)
    else:
        turn.say(response or "utter_fault_try", buttons=_effects(turn, node), question=text)


def _answers(turn: Turn, node: Node) -> list[Button]:
    buttons = []
    for place, answer in enumerate(node.answers):
        made = walking.button(turn, walking.SPELLED.get(answer.code, "label_yes"), "pick", at=node.code, pick=place)
        buttons.append(made if answer.code else {**made, "label": _label(turn, answer.label)})
    return [*buttons, walking.button(turn, "label_do_not_know", "pick", at=node.code, pick=UNSURE)]


def _effects(turn: Turn, node: Node) -> list[Button]:
    return [
        walking.button(turn, "label_that_helped", "pick", at=node.code, pick=HELPED),
        walking.button(turn, "label_still_the_same", "pick", at=node.code, pick=DID_NOT_HELP),
        walking.button(turn, "label_do_not_know", "pick", at=node.code, pick=UNSURE),
    ]


def _end(turn: Turn, tree: Tree, walk: Walk, node: Node) -> None:
    """What became of the search: solved, a claim, or a person who gets all that was tried."""
    told = turn.locale.digits_of(turn.locale.text(node.text))
    products = [walk.product] if walk.product else []
    if node.outcome == "solved":
        walking.drop(turn, walk)
        turn.outcome("answered", products=products)
        turn.say("utter_fault_solved_told" if told else "utter_fault_solved", told=told)
        walking.remind(turn)
        return
    turn.outcome("open", products=products)
    walking.keep(turn, walk)
    if node.outcome == "warranty":
        turn.ask("handoff", team=SERVICE, reason="warranty_info")
        buttons = [turn.link("label_check_warranty", "warranty_info", **walk.subject)]
        response = "utter_fault_warranty_told" if told else "utter_fault_warranty"
        turn.say(response, buttons=walking.buttons_with_person(turn, buttons), told=told)
        return
    turn.ask("handoff", team=SERVICE, reason="troubleshoot_product")
    buttons = [turn.link("label_yes_colleague", "talk_to_agent"), turn.link("label_not_now", "deny")]
    turn.say("utter_fault_person_told" if told else "utter_fault_person", buttons=buttons, told=told)


def give_up(turn: Turn, walk: Walk, response: str) -> None:
    """What no tree can tell goes to a person."""
    turn.outcome("unknown", products=[walk.product] if walk.product else [])
    walking.keep(turn, walk)
    turn.ask("handoff", team=SERVICE, reason="troubleshoot_product")
    buttons = [turn.link("label_yes_colleague", "talk_to_agent"), turn.link("label_not_now", "deny")]
    turn.say(response, buttons=buttons)
