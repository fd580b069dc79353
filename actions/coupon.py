"""A coupon's code in a message: used for the basket, or kindly refused."""

from __future__ import annotations

from actions import basket
from actions.turn import Turn
from bot.db.session import writing
from bot.shop import basket as baskets
from bot.shop.money import coupons

_REFUSED = {"early": "utter_coupon_early", "over": "utter_coupon_over", "used_up": "utter_coupon_used_up"}


def take(turn: Turn, code: str) -> None:
    """Use a code, or say why that cannot be."""
    turn.outcome("answered")
    shown = turn.locale.isolate(code.upper())
    try:
        with writing() as session:
            coupon = coupons.check(session, turn.conversation_id, turn.message_id, code)
            baskets.keep_coupon(session, turn.conversation_id, coupon)
    except coupons.TooManyTries:
        turn.say("utter_coupon_enough")
    except coupons.Refused as problem:
        turn.say(_REFUSED[problem.reason], code=shown)
    except LookupError:
        _note_unknown(turn)
        turn.say("utter_coupon_unknown", code=shown)
    else:
        _say_coupon(turn, shown)


def _note_unknown(turn: Turn) -> None:
    """Count the try, which the refused check has rolled back."""
    with writing() as session:
        coupons.note(session, turn.conversation_id, turn.message_id, known=False)


def _say_coupon(turn: Turn, code: str) -> None:
    view = basket.current(turn)
    if view is None:
        turn.say("utter_coupon_kept", code=code)
    elif view.totals.coupon_used:
        turn.say(
            "utter_coupon_used",
            basket.table(turn, view),
            code=code,
            total=basket.money(turn, view.totals.total, view),
            buttons=basket.next_steps(turn)[:1],
        )
    else:
        turn.say("utter_coupon_no_use_yet", code=code)
