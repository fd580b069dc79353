"""Someone may get hurt: smoke, gas, a battery that was swallowed. Said before anything else, and a person comes first.

Looks at every typed message, whatever is open (actions/turn.py).
"""

from __future__ import annotations

from actions import turn as turns
from actions.handing_over import SERVICE, hand_over
from actions.turn import Turn
from bot.support import mood, replies, wording

SEVERITY = 3
NEAR = 5  # words between "swallowed" and "battery"
# Needs in which a word of danger is meant: "smoke" may be a colour, and prices may be on fire.
MEANT_IN = frozenset({"troubleshoot_product", "installation_help", "maintenance_service", "damaged_or_wrong_item",
                      "complaint", "warranty_info", "return_item", "exchange_item", "refund_request", "nlu_fallback",
                      "out_of_scope", "talk_to_agent", "give_feedback", "order_status", "delivery_problem"})  # fmt: skip


def take_danger(turn: Turn) -> tuple[str, str] | None:
    """Take a message that tells of danger; topic and side."""
    response = None if turn.button else _warning(turn)
    if response is None:
        return None
    turn.say(response)
    hand_over(turn, SERVICE, "danger", severity=SEVERITY)
    return "troubleshoot_product", SERVICE


def _warning(turn: Turn) -> str | None:
    """What has to be done first; None when nobody is in danger."""
    if _near("swallows", "harmful", turn.text):
        return "utter_danger_swallowed"
    if wording.says("gas_leak", turn.text):
        return "utter_danger_gas"
    if _near("swollen", "harmful", turn.text):
        return "utter_danger"
    meant = turn.intent in MEANT_IN or turn.confidence < turns.UNSURE
    hurt = mood.read(turn.text).urgent  # heard as a complaint, with a ticket (actions/complaint.py)
    return "utter_danger" if meant and not hurt and replies.holds("danger", turn.text) else None


def _near(group: str, other: str, text: str) -> bool:
    """Whether words of two groups stand close to each other, whichever comes first."""
    return any(wording.says_near(*groups, text, NEAR) for groups in ((group, other), (other, group)))


turns.WATCHERS.insert(0, take_danger)
