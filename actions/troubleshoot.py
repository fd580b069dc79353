"""Looks for a fault with the customer: danger first, then the shop's decision tree for the product."""

from __future__ import annotations

from actions import concern, fault_search, help_article, setup_guide, unsure
from actions.turn import TopicAction, Turn
from bot.db.session import reading
from bot.support import replies
from bot.support.guides import stored

NEED = "troubleshoot_product"


class Troubleshoot(TopicAction):
    action = "action_troubleshoot"
    topic = NEED
    side = "service"

    def answer(self, turn: Turn) -> None:
        if not turn.button and replies.holds("danger", turn.text):
            fault_search.danger(turn)
            return
        if turn.confidence < unsure.SURE and unsure.answered_by_catalogue(turn):
            return
        find_fault(turn, "" if turn.button else turn.text)


def find_fault(turn: Turn, words: str) -> None:
    """Begin the search in the tree for what the turn is about.

    Args:
        words: what the customer told of the fault; '' for a button.
    """
    with reading() as session:
        library = stored.current(session)
        about = concern.find(turn, session, library, NEED)
        if about is None:
            return
        tree = library.tree_for(about.subject)
        if tree is not None:
            fault_search.begin(turn, tree, about, words)
        elif not words or not help_article.answered_by_articles(turn):
            setup_guide.no_guide(turn, about, NEED)
