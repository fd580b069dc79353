"""Guides walked step by step: begun, shown, gone through, left for the fault search when a step does not work."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from actions import walking
from actions.concern import Concern
from actions.turn import Turn
from bot.support.guides.stored import Library, StepGuide
from bot.support.walks import Walk

DONE = "guide_done"  # kind of question: whether all works now


def begin(turn: Turn, guide: StepGuide, concern: Concern, step: int = 0) -> None:
    """Say what comes, what to take care of first, and show a step."""
    title = turn.locale.isolate(turn.locale.text(guide.titles))
    steps = turn.locale.counted("step", len(guide.steps_in(turn.language)))
    safety = turn.locale.text(guide.safeties)
    if guide.minutes:
        minutes = turn.locale.counted("minute", guide.minutes)
        turn.say("utter_guide_begin_timed", title=title, steps=steps, minutes=minutes)
    else:
        turn.say("utter_guide_begin", title=title, steps=steps)
    if safety:
        turn.say("utter_safety_first", safety=turn.locale.digits_of(safety))
    show(turn, guide, Walk("guide", guide.code, step, concern.product, concern.category))


def offer_to_resume(turn: Turn, guide: StepGuide, walk: Walk) -> None:
    """The guide was left at a step: go on from there, or begin again."""
    turn.outcome("open")
    walking.keep(turn, walk)
    turn.ask(walking.RESUME)
    turn.say(
        "utter_guide_left_at",
        buttons=[walking.button(turn, "label_go_on", "resume"), walking.button(turn, "label_start_over", "restart")],
        title=turn.locale.isolate(turn.locale.text(guide.titles)),
        step=turn.locale.number(walk.step + 1),
    )


def show(turn: Turn, guide: StepGuide, walk: Walk, response: str = "utter_guide_step") -> None:
    """Show the step a walk is at and wait for what becomes of it."""
    steps = guide.steps_in(turn.language)
    walk = walk.at(max(0, min(walk.step, len(steps) - 1)))
    step = steps[walk.step]
    number = turn.locale.number(walk.step + 1)
    heading = turn.words("label_step_of", step=number, steps=turn.locale.number(len(steps)))
    last = walk.step == len(steps) - 1
    buttons = [walking.button(turn, "label_finished" if last else "label_next_step", "next", at=walk.step)]
    if walk.step:
        buttons.append(walking.button(turn, "label_step_back", "back", at=walk.step))
    buttons.append(walking.button(turn, "label_does_not_work", "failed", at=walk.step))
    turn.outcome("open", products=[walk.product] if walk.product else [], place=f"{walk.code}#{walk.step + 1}")
    walking.keep(turn, walk)
    turn.say(response, walking.picture(turn, heading, step.text, step.image, walk.step + 1), buttons=buttons)


def go(turn: Turn, session: Session, library: Library, walk: Walk, move: str) -> bool:
    """Do a move in a guide; False when it is none of a guide's."""
    guide = library.guides.get(walk.code)
    if guide is None:  # taken away by an import since
        walking.drop(turn, walk)
        turn.say("utter_walk_gone")
        return True
    if move in ("next", "yes", "solved"):
        _on(turn, guide, walk)
    elif move == "back":
        show(turn, guide, walk.at(walk.step - 1), "utter_guide_step_back" if walk.step else "utter_guide_first_step")
    elif move == "repeat":
        show(turn, guide, walk, "utter_guide_again")
    elif move == "resume":
        show(turn, guide, walk, "utter_guide_resumed")
    elif move == "restart":
        show(turn, guide, replace(walk, step=0, troubled=()))
    elif move in ("failed", "no"):
        _failed(turn, library, guide, walk)
    elif move == "unclear":
        show(turn, guide, walk, "utter_guide_unclear")
    elif move == "stop":
        stop(turn, walk)
    else:
        return False
    return True


def stop(turn: Turn, walk: Walk) -> None:
    """Leave a walk where it is; it can be gone on with."""
    turn.outcome("abandoned", place=f"{walk.code}#{walk.step + 1}" if walk.kind == "guide" else None)
    turn.say("utter_walk_stopped", buttons=[walking.button(turn, "label_go_on", "resume")])


def _on(turn: Turn, guide: StepGuide, walk: Walk) -> None:
    """The next step, or the end."""
    if walk.step + 1 < len(guide.steps_in(turn.language)):
        show(turn, guide, walk.at(walk.step + 1))
        return
    walking.drop(turn, walk)
    turn.outcome("answered", products=[walk.product] if walk.product else [])
    turn.ask(DONE, **walk.subject)
    buttons = [
        walking.button(turn, "label_all_works", "works"),
        turn.link("label_something_wrong", "troubleshoot_product", **walk.subject),
    ]
    turn.say("utter_guide_done", buttons=buttons)


def _failed(turn: Turn, library: Library, guide: StepGuide, walk: Walk) -> None:
    """A step does not work: the shop's hint for it first, then the search for the fault or a person."""
    step = guide.steps_in(turn.language)[min(walk.step, len(guide.steps_in(turn.language)) - 1)]
    turn.outcome("open")
    if step.trouble and walk.step not in walk.troubled:
        walking.keep(turn, replace(walk, troubled=(*walk.troubled, walk.step)))
        buttons = [
            walking.button(turn, "label_that_helped", "next", at=walk.step),
            walking.button(turn, "label_still_not", "failed", at=walk.step),
        ]
        turn.say("utter_guide_trouble", buttons=buttons, hint=turn.locale.digits_of(step.trouble))
        return
    walking.keep(turn, walk if walk.step in walk.troubled else replace(walk, troubled=(*walk.troubled, walk.step)))
    turn.ask("handoff", team="service", reason="installation_help")
    buttons = [turn.link("label_yes_colleague", "talk_to_agent")]
    if library.faults and walk.subject:
        buttons.insert(0, turn.link("label_find_fault", "troubleshoot_product", **walk.subject))
    turn.say("utter_guide_failed", buttons=buttons, step=turn.locale.number(walk.step + 1))
