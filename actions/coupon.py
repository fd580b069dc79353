"""A coupon's code in a message: used for the basket, or kindly refused."""

from __future__ import annotations

from actions import basket
from actions.turn import WATCHERS, Turn
from bot.db.session import writing
from bot.insight import interactions
from bot.shop import basket as baskets
from bot.shop.money import coupons
from bot.shop.selling_words import says

_REFUSED = {"early": "utter_coupon_early", "over": "utter_coupon_over", "used_up": "utter_coupon_used_up"}

_OPEN = ("checkout", "configuration", "case", "walks", "lead")  # slots of what such a message may be an answer to
_NAMES = frozenset({"order_number", "product", "brand", "category", "phone", "email"})  # entities that are no codes


def take(turn: Turn, code: str, *, ordering: bool = False) -> None:
    """Use a code, or say why that cannot be.

    Args:
        ordering: an order is being taken, which shows the basket and its next step itself.
    """
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
        _say_coupon(turn, shown, ordering=ordering)


def taken_off(turn: Turn) -> bool:
    """Take the basket's coupon off when a message says so; whether it did."""
    if turn.button or not coupons.asked_for(turn.text) or not (says("remove", turn.text) or says("stop", turn.text)):
        return False
    before = basket.current(turn)
    if before is None or before.coupon is None:
        return False
    with writing() as session:
        baskets.drop_coupon(session, turn.conversation_id)
    view = basket.current(turn) or before
    turn.outcome("answered")
    total = basket.money(turn, view.totals.total, view)
    turn.say("utter_coupon_taken_off", code=turn.locale.isolate(before.coupon), total=total)
    return True


def _note_unknown(turn: Turn) -> None:
    """Count the try, which the refused check has rolled back."""
    with writing() as session:
        coupons.note(session, turn.conversation_id, turn.message_id, known=False)


def _say_coupon(turn: Turn, code: str, *, ordering: bool) -> None:
    view = basket.current(turn)
    if view is None:
        turn.say("utter_coupon_kept", code=code)
    elif view.totals.coupon_used:
        turn.say(
            "utter_coupon_used",
            *([] if ordering else [basket.table(turn, view)]),
            code=code,
            total=basket.money(turn, view.totals.total, view),
            buttons=[] if ordering else basket.next_steps(turn)[:1],
        )
    else:
        turn.say("utter_coupon_no_use_yet", code=code)


def note_guess(turn: Turn) -> None:
    """Count a message that is nothing but something like a code, though it is taken for something else."""
    if not turn.button and not {entity["entity"] for entity in turn.entities} & _NAMES and coupons.tried(turn.text):
        _note_unknown(turn)


def _watch_code(turn: Turn) -> tuple[str, str] | None:
    """A code and nothing else, right after offers and codes were talked about, whatever it was taken for."""
    code = None if turn.button else coupons.tried(turn.text)
    if code is None or {entity["entity"] for entity in turn.entities} & _NAMES or any(turn.slot(s) for s in _OPEN):
        return None
    if interactions.latest_topic(turn.conversation_id) != ("ask_discount", "sales"):
        return None
    take(turn, code)
    return "ask_discount", "sales"


def watch(turn: Turn) -> tuple[str, str] | None:
    """ "Cancel the coupon", whatever it was taken for; while an order is taken, that goes on with it."""
    return ("ask_discount", "sales") if not turn.slot("checkout") and taken_off(turn) else None


WATCHERS.extend((watch, _watch_code))
