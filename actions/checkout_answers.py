"""What is said while an order is taken: answers, corrections of earlier ones, refusals, and matters in between.

Registered for the slot `checkout` by `selling.py` (see `TAKERS` in actions/turn.py); `checkout.py` asks the questions.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from actions import basket, checkout, choosing, collecting, coupon, order_facts, showing
from actions.checkout import SLOT, TOPIC
from actions.turn import Turn
from bot.db.session import reading, writing
from bot.shop import basket as baskets
from bot.shop.basket import BadQuantity, Entry, Incomplete, NotEnough, View
from bot.shop.money import coupons
from bot.shop.options import configuration as making
from bot.shop.selling_words import Pieces, is_only, says, told_of

_ELSEWHERE = frozenset({"talk_to_agent", "talk_to_sales", "goodbye", "change_language", "bot_challenge", "complaint"})
_MISSING = {
    "city": "phrase_missing_city",
    collecting.ASKING: "phrase_missing_branch",
    "address": "phrase_missing_address",
    "name": "phrase_missing_name",
    "phone": "phrase_missing_phone",
    "payment": "phrase_missing_payment",
    "confirm": "phrase_missing_confirm",
}
_OTHERWISE_OPEN = (SLOT, "case", "walks", "configuration", "lead")  # slots of what an address may be an answer to
# Why each thing is asked for, said to who refuses it or asks.
_WHY = {
    "city": "utter_why_city",
    "address": "utter_why_address",
    "name": "utter_why_name",
    "phone": "utter_why_phone",
    "payment": "utter_why_payment",
}


def take(turn: Turn) -> tuple[str, str] | None:
    """An answer to the question asked, a correction of an earlier one, or a yes or no to the whole."""
    if turn.value("selling") or (turn.intent in _ELSEWHERE and turn.confidence >= order_facts.SURE):
        return None
    state = turn.slot(SLOT)
    asking = str(state.get("asking"))
    view = basket.current(turn)
    if view is None:
        turn.set(SLOT, None)
        return None
    asked_elsewhere = bool(turn.slot("question")) and turn.slot("question").get("kind") != "order"
    if asked_elsewhere and turn.intent in ("affirm", "deny"):
        return None
    if _answered(turn, view, asking, state):
        return TOPIC
    if not state.get("reminded"):
        turn.afterwards.append(_remind)
    elif asking == "confirm":  # a "yes" after this may be meant for something else: it only has the order shown again
        turn.set(SLOT, {**state, "apart": True})
    return None


def take_late_address(turn: Turn) -> tuple[str, str] | None:
    """Where to send what is in the basket, told after the order was left: it is taken up again."""
    if turn.button or turn.value("order_number") or any(turn.slot(slot) for slot in _OTHERWISE_OPEN):
        return None
    if turn.intent not in order_facts.LIKE_ADDRESS | {"change_order"} or says("amend", turn.text):
        return None
    view = basket.current(turn)
    facts = order_facts.told_in(turn, view, "") if view is not None else {}
    if not facts.get("address"):
        return None
    with writing() as session:
        baskets.know(session, turn.conversation_id, facts)
    checkout.start(turn)
    return TOPIC


def _answered(turn: Turn, view: View, asking: str, state: dict[str, Any]) -> bool:
    """Whether the message was about the order being taken, and was answered."""
    if coupon.taken_off(turn) or _coupon(turn, asking):
        checkout.go_on(turn)
        return True
    put_right = order_facts.put_right(turn, view)
    if put_right:
        _know(turn, put_right)
        return True
    if _refused(turn, asking, state):
        return True
    if _stops(turn):
        checkout.leave(turn)
        return True
    if _change_lines(turn, view, asking) or _change_choice(turn, view, asking):
        return True
    collected = collecting.take(turn, view, asking)
    if collected:
        checkout.after_collecting(turn, collected)
        return True
    facts = order_facts.told_in(turn, view, asking)
    if facts:
        _know(turn, facts)
        return True
    if turn.intent == "affirm":
        if asking == "confirm" and not state.get("apart"):
            checkout.place(turn, Decimal(state["total"]))
        else:
            checkout.go_on(turn)
        return True
    return _unclear(turn, asking)


def _know(turn: Turn, facts: dict[str, str]) -> None:
    """Note what was told and go on."""
    with writing() as session:
        baskets.know(session, turn.conversation_id, facts)
    if facts.get("city"):
        turn.set("city", facts["city"])
    checkout.go_on(turn)


def _coupon(turn: Turn, asking: str) -> bool:
    """Use a coupon's code in the middle of an order; whether there was one."""
    text = turn.text_beside({"email", "order_number", "phone"})
    with reading() as session:
        code = coupons.known(session, text)
        if code is None and asking in ("city", "payment", "confirm"):
            code = coupons.named(session, text)
    if code is None:
        turn.afterwards.append(coupon.note_guess)
    if code is not None:
        coupon.take(turn, code, ordering=True)
    return code is not None


def _remind(turn: Turn) -> None:
    """Say once that the order is still open, unless another question was just asked or a person is coming."""
    state = turn.slot(SLOT)
    if (
        not state
        or SLOT in turn.changes
        or turn.changes.get("question")
        or (turn.record and turn.record.outcome == "handed_over")
    ):
        return
    turn.set(SLOT, {**state, "reminded": True})
    turn.say("utter_checkout_open", missing=turn.words(_MISSING[state["asking"]]))


def _refused(turn: Turn, asking: str, state: dict[str, Any]) -> bool:
    """Say once why something is asked for, and what else can be done, to who will not tell it or asks why."""
    doubts = says("why_needed", turn.text)
    denies = turn.intent == "deny" and asking != "city" and not says("stop", turn.text)
    refuses = says("refuse", turn.text) or denies
    tells = _tells(turn) or says("pickup", turn.text) or says("deliver", turn.text)
    if asking not in _WHY or tells or not (doubts or refuses) or is_only("stop", turn.text):
        return False
    if state.get("explained") == asking and not doubts:
        checkout.leave(turn)
        return True
    turn.set(SLOT, {**state, "explained": asking})
    turn.outcome("open")
    with reading() as session:
        ways = collecting.offer(turn, session) if asking in ("city", "address") else []
    leave = basket.button(turn, "label_not_yet", "leave")
    turn.say(_WHY[asking], buttons=[*ways, leave, turn.link("label_ask_colleague", "talk_to_sales")])
    return True


def _tells(turn: Turn) -> bool:
    """Whether a message names something an order can go on with."""
    return any(turn.values(kind) for kind in ("city", "phone", "quantity", "email", "branch", "attribute"))


def _stops(turn: Turn) -> bool:
    """Whether the customer does not want to order after all."""
    if is_only("stop", turn.text) or (turn.intent == "cancel_order" and not turn.value("order_number")):
        return True
    return turn.intent == "deny" and not (_tells(turn) or says("pickup", turn.text) or says("deliver", turn.text))


def _change_lines(turn: Turn, view: View, asking: str) -> bool:
    """A changed number of pieces, or something taken out; whether the message was that."""
    if says("remove", turn.text) and turn.intent in ("place_order", "change_order", "cancel_order", "nlu_fallback"):
        lines = basket.meant_lines(turn, view) if len(view.entries) > 1 or turn.values("product") else []
        if lines:
            basket.remove_lines(turn, lines)
            return True
    again = choosing.recounted(turn)
    wished = Pieces(again) if again is not None else basket.pieces_in(turn)
    counted = again is not None or turn.value("quantity") is not None or turn.intent in ("change_order", "place_order")
    if wished is None or not counted or (asking in ("address", "phone") and not turn.value("quantity")):
        return False
    lines = basket.meant_lines(turn, view)
    if len(lines) != 1:
        return False
    if basket.change(
        turn,
        lambda session: baskets.set_quantity(
            session, turn.conversation_id, turn.message_id, lines[0].line_id, wished.count if wished.whole else 0
        ),
    ):
        checkout.start(turn)
    return True


def _change_choice(turn: Turn, view: View, asking: str) -> bool:
    """Another choice of what is being ordered ("make it black", "the large one"); whether the message was that."""
    wished = says("recount", turn.text) or says("amend", turn.text) or turn.corrects
    if turn.text.strip().endswith(("?", "؟")) or not (wished or asking in ("city", "payment", "confirm")):
        return False
    named = {str(code) for code in turn.values("product")}
    if turn.intent == "product_search" and turn.values("category"):
        return False
    for entry in view.entries:
        if named and entry.product.code not in named:
            continue
        chosen = choosing.choices_named(turn, entry.product, entry.configuration, None)
        other = [(code, value) for code, value in chosen if entry.configuration.choices.get(code) != value]
        if other:
            _rechoose(turn, entry, other)
            return True
    return False


def _rechoose(turn: Turn, entry: Entry, chosen: list[tuple[str, str]]) -> None:
    """Change a line to other choices, where it can be had so; else say that it cannot."""
    made = entry.configuration
    try:
        for code, value in chosen:
            made = making.choose(entry.product, made, code, value).configuration
    except making.NotOffered:
        made = entry.configuration
    if made == entry.configuration or not making.complete(entry.product, making.settled(entry.product, made)):
        turn.outcome("open")
        turn.say("utter_choice_not_so", name=showing.name_of(turn, entry.product))
        return
    settled = making.settled(entry.product, made)
    try:
        with writing() as session:
            baskets.rechoose(session, turn.conversation_id, turn.message_id, entry.line_id, entry.product, settled)
    except (NotEnough, BadQuantity, Incomplete):
        turn.outcome("open")
        turn.say("utter_choice_sold_out", name=showing.name_of(turn, entry.product))
    else:
        checkout.start(turn)


def _unclear(turn: Turn, asking: str) -> bool:
    """Say what is wrong with an answer that cannot be used; whether the message was one."""
    short = len(turn.text.split()) <= 5 and not turn.text.strip().endswith(("?", "؟"))
    unsure = turn.confidence < order_facts.SURE or turn.intent in order_facts.LIKE_ADDRESS
    digits = sum(character.isdigit() for character in turn.text)
    other_city = asking != "city" and says("amend", turn.text) and bool(told_of("city", turn.text))
    if asking == "phone" and (digits >= 5 or (unsure and short and (digits or "@" in turn.text))):
        turn.say("utter_phone_unclear")
    elif asking == "address" and short and unsure:
        turn.say("utter_address_short")
    elif asking == "name" and short and digits and not any(character.isalpha() for character in turn.text):
        checkout.go_on(turn)
        return True
    elif other_city or (asking == "city" and short and unsure and turn.intent != "order_status"):
        with reading() as session:
            turn.say("utter_city_not_served", buttons=checkout.cities(turn, session))
    elif asking == "payment" and short and turn.intent in ("payment_methods", "nlu_fallback"):
        view = basket.current(turn)
        assert view is not None
        with reading() as session:
            checkout.ask_payment(turn, session, view)
    else:
        return False
    turn.outcome("open")
    return True
