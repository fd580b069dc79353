"""What a message wants that its wording alone leaves open: a person asked for in passing, a piece that came broken,
thanks that are none, and whatever is said of an order while it is at hand.

Asked before a message goes to the action it was understood for (actions/turn.py).
"""

from __future__ import annotations

# Some of these are here for what they register: it looks at a message before this does.
from actions import (  # noqa: F401
    answers,
    best_sellers,
    booking,
    complaint,
    counter_offer,
    danger,
    go_on,
    nothing_open,
    selling,
    unsure,
    wanting_it,
)
from actions import turn as turns
from actions.cases import CASE, TOPICS, registered
from actions.handing_over import SALES, SERVICE, hand_over, team_for
from actions.turn import Turn
from bot.db.session import reading
from bot.insight import interactions
from bot.nlu.needs import UNCLEAR
from bot.support import mood, orders, replies, verification, wording
from bot.support.orders import UNDER_WAY, CustomersOrder

Taken = tuple[str, str]
MUCH_BETWEEN = 2  # words between "I want" and "a human"
PLAIN = 0.3  # confidence at which a need is believed of an order that is at hand
BELIEVED = 0.55  # of two needs together that come to the same
SURE = turns.UNSURE
PERSON = frozenset({"talk_to_agent", "talk_to_sales", "bot_challenge"})
BUYING = unsure.LOOKING | {"ask_price"}
SWEET = frozenset({"thanks", "goodbye", "greet"})  # needs that anger does not go with
WHEN = frozenset({"delivery_time", "delivery_options"})
ABOUT_ORDER = frozenset(TOPICS) - {"complaint", "give_feedback", "account_access", "account_manage"}
STANDS_FOR = {"return_policy": "return_item", "delivery_time": "order_status"}
SAME_CASE = ("order_status", "delivery_problem")
SHORT = 5  # words
# What "two ordered, one came" is often taken for.
SHORT_OF = UNCLEAR | BUYING | {"order_status", "delivery_problem", "place_order", "complaint", "change_order"}
MAY_ANSWER = (CASE, "question", booking.SLOT, *answers.OTHERS)  # slots of what an unclear message may be an answer to
TOLD_FREELY = ("story", "text", "optional")  # answers in the customer's own words
INSULTED = 2  # anger of a message


def serve(turn: Turn, need: str) -> Taken:
    """Answer the message as a need of service."""
    turn.intent = need
    registered()[need].answer(turn)
    return need, SERVICE


def take_person(turn: Turn) -> Taken | None:
    """A person asked for inside a message about something else: that always wins."""
    if turn.button or turn.intent in PERSON or (turn.intent in BUYING and turn.confidence >= SURE):
        return None
    beside = turn.text_beside({"product"})
    asked = wording.says_near("wants_person", "person", beside, MUCH_BETWEEN)
    if not asked and not wording.says_near("talks_to", "anyone", beside, MUCH_BETWEEN):
        return None
    team = team_for(turn)
    hand_over(turn, team, "asked")
    return ("talk_to_sales" if team == SALES else "talk_to_agent"), team


def take_broken(turn: Turn) -> Taken | None:
    """A piece that came broken, told at such length that it sounds like looking for one or only names its order."""
    kind = None if turn.button else wording.first("damage", turn.text)
    came = kind is not None and turn.intent in BUYING and wording.says("came", turn.text)
    named = kind in ("damaged", "faulty") and turn.intent == "order_status" and turn.confidence < SURE
    short = not turn.button and not turn.slot(CASE) and turn.intent in SHORT_OF and wording.says("shortfall", turn.text)
    return serve(turn, "damaged_or_wrong_item") if came or named or short else None


def take_sour(turn: Turn) -> Taken | None:
    """Thanks and praise that mean the opposite, or abuse: heard as a complaint, or met with a person."""
    anger = 0 if turn.button else mood.read(turn.text).anger
    if not anger or turn.intent == "complaint":
        return None
    expects = str((turn.slot(CASE) or {}).get("expects") or "").partition(" ")[0]
    if expects in TOLD_FREELY and turn.intent not in SWEET:
        return None
    praise = turn.intent == "give_feedback" and wording.first("feedback", turn.text) == "praise"
    under_way = any(turn.slots.get(slot) for slot in MAY_ANSWER)
    insulting = anger >= INSULTED and turn.intent in BUYING  # nobody shops like that: a word of abuse was read as goods
    unsure = (turn.intent in UNCLEAR or insulting) and turn.confidence < SURE
    unclear = unsure and not under_way and not _is_about_orders(turn)
    if not praise and not unclear and turn.intent not in SWEET:
        return None
    if wording.says("causes", turn.text) and len(turn.text.split()) >= SHORT and not turn.slot(CASE):
        return serve(turn, "complaint")
    turn.outcome("unknown")
    turn.ask("handoff", team="service", reason="complaint")
    buttons = [turn.link("label_yes_colleague", "talk_to_agent"), turn.link("label_not_now", "deny")]
    turn.say("utter_sour", buttons=buttons)
    return "complaint", SERVICE


def take_doubt(turn: Turn) -> Taken | None:
    """ "I don't know" to the offer of a colleague: nothing is pressed, and the offer stands."""
    question = turn.slots.get("question") or {}
    doubtful = question.get("kind") == "handoff" and len(turn.text.split()) <= SHORT and replies.is_unsure(turn.text)
    if turn.button or not doubtful or turn.slot(CASE):
        return None
    turn.set("question", question)
    buttons = [turn.link("label_yes_colleague", "talk_to_agent"), turn.link("label_not_now", "deny")]
    turn.say("utter_offer_stands", buttons=buttons)
    turn.outcome("open")
    return "talk_to_agent", str(question.get("team") or SERVICE)


def take_unsure(turn: Turn) -> Taken | None:
    """A message that is about an order for sure, and unclear only in whether something went wrong with it."""
    if turn.intent not in UNCLEAR:
        return None
    if wording.says("lost_number", turn.text):
        return serve(turn, "order_status")
    if not _is_about_orders(turn):
        return None
    late = mood.read(turn.text).anger or wording.first("causes", turn.text) == "late_delivery"
    return serve(turn, "delivery_problem" if late else "order_status")


def _is_about_orders(turn: Turn) -> bool:
    """Whether the needs that come to the same order are believed together, if none of them alone."""
    believed = {entry["name"]: float(entry["confidence"]) for entry in turn.ranking}
    return sum(believed.get(need, 0.0) for need in SAME_CASE) >= BELIEVED


def take_about_order(turn: Turn) -> Taken | None:
    """Whatever is said of an order that was shown: whether it may come back, when the rest comes, nobody being in."""
    if turn.button:
        return None
    need = _need(turn)
    return serve(turn, need) if need is not None else None


def _need(turn: Turn) -> str | None:
    general = turn.intent == "return_policy" and wording.says("in_general", turn.text)
    sure = turn.confidence >= SURE
    if general or (sure and turn.intent not in WHEN | {"return_policy", "affirm", "out_of_scope"}):
        return None
    order = _at_hand(turn)
    if order is None:
        return None
    if turn.intent == "return_policy":
        return "return_item"
    if _is_about_another(turn, order):
        return None
    under_way = order.state in UNDER_WAY
    if under_way and wording.says("absent", turn.text):
        return "change_order"
    if under_way and not sure and wording.says("when_comes", turn.text):
        return "order_status"
    if turn.intent in WHEN and sure:
        later = wording.first("changes", turn.text) == "other"
        return ("change_order" if later else "order_status") if under_way else None
    if under_way and wording.says("waiting", turn.text):
        return "delivery_problem"
    return None if turn.intent == "affirm" else _likeliest(turn)


def _likeliest(turn: Turn) -> str | None:
    if not turn.ranking:
        return None
    best = turn.ranking[0]
    need = STANDS_FOR.get(best["name"], str(best["name"]))
    return need if need in ABOUT_ORDER and float(best["confidence"]) >= PLAIN else None


def _at_hand(turn: Turn) -> CustomersOrder | None:
    """The order shown last, if it is still proven and nothing was looked for in the shop since."""
    latest = interactions.latest_topic(turn.conversation_id)
    if latest is None or latest[1] != SERVICE:
        return None
    with reading() as session:
        proven = verification.access(session, turn.conversation_id)
        number = str(turn.slot("order_number"))
        return next((order for order in orders.open_to(session, proven) if order.number == number), None)


def _is_about_another(turn: Turn, order: CustomersOrder) -> bool:
    """Whether the message names a product that is not in the order, or a place."""
    named = set(turn.values("product"))
    bought = {line.product_code for line in order.lines}
    return bool(named - bought) or bool(turn.values("city")) or bool(turn.values("price"))


turns.WATCHERS.extend((take_person, take_broken, take_sour, take_doubt))
turns.TAKERS["order_number"] = take_about_order
turns.UNSURE_TAKERS.insert(0, take_unsure)
