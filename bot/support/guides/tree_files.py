"""Decision trees as the shop writes them: YAML read and checked for dead ends, loops and missing translations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.shop.importing.report import RowProblem
from bot.support.guides import located
from bot.support.guides.located import Located, Written
from bot.support.trees import OUTCOMES, Tree, from_body

TREE_KEYS = frozenset(("tree", "title", "products", "categories", "safety", "symptoms", "nodes"))
SYMPTOM_KEYS = frozenset(("label", "says", "start"))
ASK_KEYS = frozenset(("ask", "answers", "unsure"))
TRY_KEYS = frozenset(("try", "tried", "next"))
END_KEYS = frozenset(("end", "say"))
ANSWER_KEYS = frozenset(("label", "says", "go"))
YES_OR_NO = ("yes", "no")
MOST_NODES = 300
MOST_ANSWERS = 6


@dataclass
class TreeFile(Written):
    """A tree, read and checked; `body` is what is stored."""

    body: dict[str, Any]


def read_tree(given: Located) -> TreeFile:
    """The tree of a YAML document that has the key `tree`.

    Raises:
        RowProblem: it cannot be taken; the message and the line say why and where.
    """
    head = located.written(given, "tree", TREE_KEYS)
    what = f"the tree “{head.code}”"
    nodes = located.mapping(given, "nodes", what)
    symptoms = located.mapping(given, "symptoms", what)
    if len(nodes) > MOST_NODES:
        raise RowProblem(f"{what} has {len(nodes)} nodes; {MOST_NODES} are the most", given.at("nodes"))
    body = {
        "title": located.both(given, "title", what),
        "safety": located.both(given, "safety", what, needed=False),
        "symptoms": [_symptom(symptoms, name) for name in symptoms],
        "nodes": {name: _node(nodes, name) for name in nodes},
    }
    if not body["symptoms"]:
        raise RowProblem(f"{what} has no symptoms to begin with", given.at("symptoms"))
    tree = from_body(head.code, body)
    _check_ways(tree, symptoms, nodes)
    _check_loops(tree, nodes)
    _check_reached(tree, nodes)
    return TreeFile(**vars(head), body=body)


def _symptom(parent: Located, name: str) -> dict[str, Any]:
    what = f"the symptom “{name}”"
    entry = located.mapping(parent, name, what)
    located.only(entry, SYMPTOM_KEYS, what)
    return {
        "code": name,
        "label": located.both(entry, "label", what),
        "says": located.phrases(entry, "says", what),
        "start": _way(entry, "start", what),
    }


def _node(parent: Located, name: str) -> dict[str, Any]:
    what = f"the node “{name}”"
    entry = located.mapping(parent, name, what)
    kinds = [kind for kind in ("ask", "try", "end") if kind in entry]
    if len(kinds) != 1:
        raise RowProblem(f"{what} must have one of “ask”, “try” and “end”", parent.at(name))
    return {"ask": _ask, "try": _try, "end": _ending}[kinds[0]](entry, what)


def _ask(entry: Located, what: str) -> dict[str, Any]:
    located.only(entry, ASK_KEYS, what)
    answers = entry.get("answers")
    if isinstance(answers, Located):
        read = [_yes_or_no(answers, name, what) for name in answers]
    elif isinstance(answers, list):
        read = [_answer(item, what, entry.at("answers")) for item in answers]
    else:
        read = []
    if not 2 <= len(read) <= MOST_ANSWERS:
        raise RowProblem(f"{what} is a dead end: a question needs 2 to {MOST_ANSWERS} answers", entry.at("answers"))
    return {
        "kind": "ask",
        "text": located.both(entry, "ask", what),
        "answers": read,
        "unsure": _way(entry, "unsure", what),
    }


def _yes_or_no(answers: Located, name: str, what: str) -> dict[str, Any]:
    if name not in YES_OR_NO:
        raise RowProblem(f"answers of {what} are “yes” and “no”, or a list of entries with a label", answers.at(name))
    return {"code": name, "label": {}, "says": {}, "go": _way(answers, name, what)}


def _answer(item: Any, what: str, line: int) -> dict[str, Any]:
    if not isinstance(item, Located):
        raise RowProblem(f"each answer of {what} needs a label and “go”", line)
    located.only(item, ANSWER_KEYS, f"an answer of {what}")
    return {
        "label": located.both(item, "label", f"an answer of {what}"),
        "says": located.phrases(item, "says", f"an answer of {what}", needed=False),
        "go": _way(item, "go", f"an answer of {what}"),
    }


def _try(entry: Located, what: str) -> dict[str, Any]:
    located.only(entry, TRY_KEYS, what)
    return {
        "kind": "try",
        "text": located.both(entry, "try", what),
        "tried": located.phrases(entry, "tried", what, needed=False),
        "next": _way(entry, "next", what),
    }


def _ending(entry: Located, what: str) -> dict[str, Any]:
    located.only(entry, END_KEYS, what)
    outcome = located.plain(entry, "end")
    if outcome not in OUTCOMES:
        raise RowProblem(f"{what} must end in one of {', '.join(OUTCOMES)}, not “{outcome}”", entry.at("end"))
    return {"kind": "end", "outcome": outcome, "text": located.both(entry, "say", what, needed=False)}


def _way(entry: Located, key: str, what: str) -> str:
    go = located.plain(entry, key)
    if not go:
        raise RowProblem(f"{what} is a dead end: it lacks “{key}”", entry.at(key))
    return go


def _check_ways(tree: Tree, symptoms: Located, nodes: Located) -> None:
    for symptom in tree.symptoms:
        if symptom.start not in tree.nodes:
            line = symptoms[symptom.code].at("start")
            raise RowProblem(f"the symptom “{symptom.code}” leads to “{symptom.start}”, which is not there", line)
    for node in tree.nodes.values():
        for go in node.ways():
            if go not in tree.nodes:
                raise RowProblem(f"the node “{node.code}” leads to “{go}”, which is not there", nodes.at(node.code))


def _check_loops(tree: Tree, nodes: Located) -> None:
    """Whoever goes on always comes to an end: no way leads back to a node behind."""
    settled: set[str] = set()
    for start in tree.nodes:
        path: list[str] = []
        pending: list[tuple[str, bool]] = [(start, False)]
        while pending:
            code, left = pending.pop()
            if left:
                path.pop()
                settled.add(code)
            elif code in path:
                loop = " → ".join([*path[path.index(code) :], code])
                raise RowProblem(f"the node “{code}” leads back to itself: {loop}", nodes.at(code))
            elif code not in settled:
                path.append(code)
                pending.append((code, True))
                pending += [(go, False) for go in tree.nodes[code].ways()]


def _check_reached(tree: Tree, nodes: Mapping[str, Any]) -> None:
    reached: set[str] = set()
    pending = [symptom.start for symptom in tree.symptoms]
    while pending:
        code = pending.pop()
        if code not in reached:
            reached.add(code)
            pending += tree.nodes[code].ways()
    lost = [code for code in tree.nodes if code not in reached]
    if lost:
        line = nodes.at(lost[0]) if isinstance(nodes, Located) else None
        raise RowProblem(f"no answer ever leads to the node “{lost[0]}”", line)
