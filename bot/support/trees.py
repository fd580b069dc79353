"""Decision trees: how a fault is found by one question at a time, and where each answer leads.

Knows nothing of words or the database: `bot.support.guides` reads and checks trees, actions ask and understand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.db.types import LocalisedText

Outcome = Literal["solved", "warranty", "human"]
OUTCOMES: tuple[Outcome, ...] = ("solved", "warranty", "human")
UNSURE, SKIPPED = -1, -2  # in a trail: "I don't know", and a step tried before
HELPED, DID_NOT_HELP = 0, 1  # what is answered to something tried
SOLVED = "(solved)"  # the end that every step which helps leads to


@dataclass(frozen=True)
class Answer:
    """An answer a question may have: what it is called, other words for it, the node it leads to."""

    label: LocalisedText
    go: str
    says: Mapping[str, list[str]] = field(default_factory=dict)
    code: str = ""  # yes | no for these two, whose words every shop shares


@dataclass(frozen=True)
class Node:
    """A question (`ask`), something to try (`try`) or an end (`end`)."""

    code: str
    kind: Literal["ask", "try", "end"]
    text: LocalisedText
    answers: tuple[Answer, ...] = ()
    unsure: str = ""  # where "I don't know" leads
    next: str = ""  # where a step that did not help leads
    tried: Mapping[str, list[str]] = field(default_factory=dict)  # how customers say that they did it already
    outcome: Outcome = "human"

    def ways(self) -> Iterable[str]:
        """The nodes this one leads to."""
        if self.kind == "ask":
            return [*(answer.go for answer in self.answers), self.unsure]
        return [self.next] if self.kind == "try" else []


@dataclass(frozen=True)
class Symptom:
    """A fault as customers tell it, and the node its search begins at."""

    code: str
    label: LocalisedText
    says: Mapping[str, list[str]]
    start: str


@dataclass(frozen=True)
class Tree:
    """A tree of one kind of product."""

    code: str
    title: LocalisedText
    safety: LocalisedText
    symptoms: tuple[Symptom, ...]
    nodes: Mapping[str, Node]

    def symptom(self, code: str) -> Symptom | None:
        """The symptom of a code."""
        return next((symptom for symptom in self.symptoms if symptom.code == code), None)

    def node(self, code: str) -> Node:
        """The node of a code; a step that helped leads to an end of its own."""
        return _SOLVED if code == SOLVED else self.nodes[code]


_SOLVED = Node(SOLVED, "end", LocalisedText(), outcome="solved")


@dataclass(frozen=True)
class Progress:
    """How far a customer is in a tree: the node now open, and every node behind with what was answered."""

    tree: str
    symptom: str
    node: str
    trail: tuple[tuple[str, int], ...] = ()


def begin(tree: Tree, symptom: Symptom, tried: Collection[str] = ()) -> Progress:
    """The first question of a symptom; `tried` are codes of nodes the customer did already."""
    return _arrive(tree, Progress(tree.code, symptom.code, symptom.start), tried)


def answer(tree: Tree, progress: Progress, pick: int, tried: Collection[str] = ()) -> Progress:
    """Where an answer leads.

    Args:
        pick: index of the answer; HELPED or DID_NOT_HELP after something tried; UNSURE.
        tried: codes of the nodes that need not be tried again.
    """
    node = tree.node(progress.node)
    done = {code for code, _ in progress.trail} | set(tried)
    moved = replace(progress, trail=(*progress.trail, (node.code, pick)))
    if node.kind == "ask":
        go = node.answers[pick].go if 0 <= pick < len(node.answers) else node.unsure
    else:
        go = SOLVED if pick == HELPED else node.next
    return _arrive(tree, replace(moved, node=go), done)


def back(progress: Progress) -> Progress:
    """The question before, as if it had not been answered; the first one stays."""
    trail = list(progress.trail)
    while trail:
        code, pick = trail.pop()
        if pick != SKIPPED:
            return replace(progress, node=code, trail=tuple(trail))
    return progress


def _arrive(tree: Tree, progress: Progress, tried: Collection[str]) -> Progress:
    node = tree.node(progress.node)
    while node.kind == "try" and node.code in tried:
        progress = replace(progress, node=node.next, trail=(*progress.trail, (node.code, SKIPPED)))
        node = tree.node(progress.node)
    return progress


def tried_in(tree: Tree, progress: Progress) -> list[Node]:
    """What was tried, in order, also before this conversation."""
    return [tree.node(code) for code, _ in progress.trail if tree.node(code).kind == "try"]


def from_body(code: str, body: Mapping[str, Any]) -> Tree:
    """The tree of a stored, checked body."""
    symptoms = tuple(
        Symptom(entry["code"], LocalisedText(entry["label"]), entry["says"], entry["start"])
        for entry in body["symptoms"]
    )
    nodes = {name: _node(name, entry) for name, entry in body["nodes"].items()}
    return Tree(code, LocalisedText(body["title"]), LocalisedText(body["safety"]), symptoms, nodes)


def _node(code: str, entry: Mapping[str, Any]) -> Node:
    return Node(
        code=code,
        kind=entry["kind"],
        text=LocalisedText(entry["text"]),
        answers=tuple(
            Answer(LocalisedText(a["label"]), a["go"], a.get("says") or {}, a.get("code") or "")
            for a in entry.get("answers") or ()
        ),
        unsure=entry.get("unsure") or "",
        next=entry.get("next") or "",
        tried=entry.get("tried") or {},
        outcome=entry.get("outcome") or "human",
    )
