"""Helps to set up and to use: walks through the shop's guide for the product, resumes one that was left."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from actions import concern, guide_steps, help_article, walking
from actions.concern import Concern, HelpAction
from actions.turn import Turn
from bot.db.session import reading
from bot.support import help as pages
from bot.support import policies, replies
from bot.support.guides import stored
from bot.support.guides.stored import StepGuide

NEED = "installation_help"
KINDS = ("setup", "use", "care")
WORDS_OF_A_STEP = 2  # telling words that a question must share with a step to be about it


class SetupGuide(HelpAction):
    action = "action_setup_guide"
    topic = NEED

    def help_with(self, turn: Turn, words: str) -> None:
        help_with_setup(turn, words)


def help_with_setup(turn: Turn, words: str) -> None:
    """Walk through the guide for what the turn is about.

    Args:
        words: what the customer wrote; '' for a button.
    """
    with reading() as session:
        if replies.holds("visit", words) and _tell_of_service(turn, session):
            return
        library = stored.current(session)
        about = concern.find(turn, session, library, NEED)
        if about is None:
            return
        guides = library.guides_for(about.subject, KINDS)
        walkable = [guide for guide in guides if guide.kind != "care"] or guides
        if walkable:
            choose(turn, session, walkable, about, words)
        elif not words or not help_article.answered_by_articles(turn):
            concern.offer_person(turn, NEED, about)


def choose(turn: Turn, session: Session, guides: Sequence[StepGuide], about: Concern, words: str) -> None:
    """Begin the guide that fits a question best, at the step it is about; go on with one that was left."""
    guide, step = _best(turn, session, guides, words)
    left = next((walk for walk in walking.under_way(turn) if (walk.kind, walk.code) == ("guide", guide.code)), None)
    if left is not None and left.step and not step:
        guide_steps.offer_to_resume(turn, guide, left)
    else:
        guide_steps.begin(turn, guide, about, step)


def _best(turn: Turn, session: Session, guides: Sequence[StepGuide], words: str) -> tuple[StepGuide, int]:
    """The guide that a question is about, and the step when it asks about a certain one."""
    guide = guides[0]
    if len(guides) > 1 and replies.telling(words):
        found = pages.find(session, words, turn.language, 1, guides=[guide.code for guide in guides])
        if found and found[0].confidence >= pages.SURE:
            guide = next(guide for guide in guides if guide.code == found[0].guide)
    asked = set(replies.telling(words)) - set(replies.telling(turn.locale.text(guide.titles)))
    held = [len(asked & set(replies.telling(step.text))) for step in guide.steps_in(turn.language)]
    step = max(range(len(held)), key=held.__getitem__)
    return guide, step if held[step] >= WORDS_OF_A_STEP and 2 * held[step] > len(asked) else 0


def _tell_of_service(turn: Turn, session: Session) -> bool:
    """What the shop says of coming to set things up, and a person to arrange it."""
    rule = policies.policy(session, "installation", "assembly", "services")
    if rule is None:
        return help_article.answered_by_articles(turn)
    turn.outcome("answered")
    turn.ask("handoff", team="service", reason=NEED)
    text = turn.locale.digits_of(turn.locale.text(rule.body))
    turn.say("utter_policy", buttons=[turn.link("label_ask_colleague", "talk_to_agent")], text=text)
    return True
