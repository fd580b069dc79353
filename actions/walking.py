"""What all walks share, guides and fault searches: their place in the conversation, left and gone on with again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.turn import Button, Part, Turn, payload
from bot.conversation import handoffs
from bot.db.session import reading
from bot.support import walks
from bot.support.guides import stored
from bot.support.guides.stored import Library
from bot.support.trees import HELPED, SKIPPED, UNSURE, Node, Progress, Tree
from bot.support.walks import Walk

SLOT = "walks"
ASKED = "walk"  # kind of question: the last message ended with a step or a question of a walk
RESUME = "resume_walk"  # kind of question: whether to go on with a walk that was left
SPELLED = {"yes": "label_yes", "no": "label_no"}  # answers whose words every shop shares
TOPICS = {"guide": "installation_help", "tree": "troubleshoot_product"}


def under_way(turn: Turn) -> list[Walk]:
    """The walks of the conversation, the newest last."""
    return walks.read(turn.slot(SLOT))


def read_before(turn: Turn) -> list[Walk]:
    """The walks as they were when the message came, else as they are now."""
    return walks.read(turn.slots.get(SLOT)) or under_way(turn)


def keep(turn: Turn, walk: Walk, **asked: Any) -> None:
    """Make a walk the newest, with its question open."""
    turn.set(SLOT, walks.with_newest(under_way(turn), walk))
    turn.ask(ASKED, **asked)


def drop(turn: Turn, walk: Walk) -> None:
    """Forget a walk that came to its end."""
    turn.set(SLOT, walks.without(under_way(turn), walk))


def topic_of(walk: Walk) -> tuple[str, str]:
    """Topic and side that a walk is filed under."""
    return TOPICS[walk.kind], "service"


def button(turn: Turn, label: str, to: str, **more: Any) -> Button:
    """A move as a button whose label is a named response."""
    return {"label": turn.words(label), "payload": payload("go_on", move={"to": to, **more})}


def picture(turn: Turn, title: str, text: str, image: str | None, start: int = 1) -> Part:
    """One step to show: its title, its words, its picture."""
    shown = turn.locale.digits_of(text)
    return {"type": "steps", "title": title, "start": start, "steps": [{"text": shown, "image": image}]}


def title_of(turn: Turn, library: Library, walk: Walk) -> str:
    """What a walk is called inside a sentence; '' when it was taken away."""
    if walk.kind == "guide":
        titles = library.guides[walk.code].titles if walk.code in library.guides else None
    else:
        titles = library.faults[walk.code].tree.title if walk.code in library.faults else None
    return turn.locale.isolate(turn.locale.text(titles)) if titles else ""


def buttons_with_person(turn: Turn, buttons: Sequence[Button]) -> list[Button]:
    """Buttons, with a person as the last of them."""
    return [*buttons, turn.link("label_yes_colleague", "talk_to_agent")]


def remind(turn: Turn) -> None:
    """After an answer to something else, or an end: the walk that was left can be gone on with."""
    asked = turn.changes.get("question")
    left = under_way(turn)
    if asked or turn.reopened_form or not left or handoffs.requested(turn.conversation_id, turn.message_id):
        return
    with reading() as session:
        title = title_of(turn, stored.current(session), left[-1])
    if title:
        turn.ask(RESUME)
        turn.say("utter_walk_reminder", buttons=[button(turn, "label_go_on", "resume")], title=title)


def told_so_far(turn: Turn) -> list[str]:
    """What was tried and answered in the newest walk, line by line, for the person who takes over."""
    under_way = walks.read(turn.slot(SLOT))
    if not under_way:
        return []
    walk = under_way[-1]
    with reading() as session:
        library = stored.current(session)
    if walk.kind == "guide":
        step = turn.words("label_step_at", step=turn.locale.number(walk.step + 1))
        title = title_of(turn, library, walk)
        return [turn.words("phrase_fact", name=title, value=step)] if title else []
    fault = library.faults.get(walk.code)
    if fault is None or walk.progress is None:
        return [walk.words] if walk.words else []
    return _trail(turn, fault.tree, walk.progress)


def _trail(turn: Turn, tree: Tree, progress: Progress) -> list[str]:
    symptom = tree.symptom(progress.symptom)
    lines = [turn.locale.text(symptom.label)] if symptom else []
    for code, pick in progress.trail:
        if code in tree.nodes:
            node = tree.node(code)
            lines.append(turn.words("phrase_tried", what=turn.locale.text(node.text), came=_came(turn, node, pick)))
    return lines


def _came(turn: Turn, node: Node, pick: int) -> str:
    """What was answered to a question, or came of something tried."""
    if pick == SKIPPED:
        return turn.words("label_tried_before")
    if pick == UNSURE:
        return turn.words("label_do_not_know")
    if node.kind == "try":
        return turn.words("label_that_helped" if pick == HELPED else "label_still_the_same")
    answer = node.answers[pick]
    return turn.words(SPELLED[answer.code]) if answer.code else turn.locale.text(answer.label)
