"""Looks for a fault with the customer, by the shop's decision tree for the product."""

from __future__ import annotations

from actions import concern, fault_search, help_article
from actions.concern import HelpAction
from actions.turn import Turn
from bot.db.session import reading
from bot.support.guides import stored

NEED = "troubleshoot_product"


class Troubleshoot(HelpAction):
    action = "action_troubleshoot"
    topic = NEED

    def help_with(self, turn: Turn, words: str) -> None:
        find_fault(turn, words)


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
            concern.offer_person(turn, NEED, about)
