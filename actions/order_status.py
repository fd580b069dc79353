"""Where an order is: told once its number and the contact it was placed with match."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions.turn import Part, TopicAction, Turn
from bot.conversation import handoffs
from bot.db.session import reading
from bot.shop import profile
from bot.support import orders
from bot.support.orders import CustomersOrder, Locked, NotMatched, Parcel

NUMBER, CONTACT, LOCKED, NEED = "order_number", "order_contact", "order_locked", "order_need"
REMINDED = "order_reminded"
NEEDS = frozenset({"order_status", "delivery_problem"})  # intents that open the form
NOT_UNDERSTOOD = frozenset({"nlu_fallback"})


class ValidateOrderForm(FormValidationAction):
    """Asks a customer whom the shop knows for nothing that the shop knows."""

    def name(self) -> str:
        return "validate_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """What must be known before an order is looked up."""
        return [] if orders.recognised_customer(tracker.sender_id) else domain_slots

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A bare number in answer to "which e-mail or phone?" is a mistyped phone, and no other order."""
        said = [event["value"] for event in tracker.events if event.get("event") == "slot" and event["name"] == NUMBER]
        asked_for_contact = tracker.get_slot("requested_slot") == CONTACT
        text = (tracker.latest_message.get("text") or "").strip()
        if asked_for_contact and len(said) > 1 and said[-2] and not any(letter.isalpha() for letter in text):
            return {NUMBER: said[-2]}
        return {NUMBER: value}


class AskOrderNumber(TopicAction):
    """The form's first question."""

    action = "action_ask_order_form_order_number"
    side = "service"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return _need(turn), self.side

    def answer(self, turn: Turn) -> None:
        if _is_elsewhere(turn):
            return
        if _is_digression(turn):
            if not turn.slot(REMINDED):
                turn.set(REMINDED, True)
                turn.say("utter_order_form_reminder")
            return
        turn.outcome("open")
        turn.set(NEED, _need(turn))
        turn.set(REMINDED, None)
        self.ask(turn)

    def ask(self, turn: Turn) -> None:
        """Put the question into words that fit what the customer just said."""
        if turn.intent in NOT_UNDERSTOOD:
            turn.say("utter_order_number_unclear")
        elif turn.intent == "delivery_problem":
            turn.say("utter_ask_order_number_problem")
        else:
            turn.say("utter_ask_order_number")


class AskOrderContact(AskOrderNumber):
    """The form's second question."""

    action = "action_ask_order_form_order_contact"

    def ask(self, turn: Turn) -> None:
        """Put the question into words that fit what the customer just said."""
        if turn.intent in NOT_UNDERSTOOD and not turn.values("order_number"):
            turn.say("utter_order_contact_unclear")
            return
        turn.say("utter_ask_order_contact", number=turn.locale.isolate(turn.locale.digits_of(str(turn.slot(NUMBER)))))


class OrderStatus(TopicAction):
    action = "action_order_status"
    side = "service"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return _need(turn), self.side

    def answer(self, turn: Turn) -> None:
        number = turn.slot(NUMBER)
        if not number:
            self._latest(turn)
            return
        try:
            order = orders.look_up(turn.conversation_id, turn.message_id, number, turn.slot(CONTACT))
        except Locked:
            _locked(turn)
        except NotMatched:
            turn.set(NUMBER, None)
            turn.set(CONTACT, None)
            turn.say("utter_order_not_matched")
            turn.outcome("open")
            turn.reopened_form = "order_form"
        else:
            _tell(turn, order)
            turn.outcome("answered", order_number=order.number)
            if _need(turn) == "delivery_problem":
                _offer_help(turn, order)

    @staticmethod
    def _latest(turn: Turn) -> None:
        """The newest order of a customer whose identity the shop signed."""
        customer = orders.recognised_customer(turn.conversation_id)
        found = orders.latest_of(customer, 1) if customer else []
        if not found:
            turn.say("utter_no_orders")
            turn.outcome("answered")
            return
        _tell(turn, found[0])
        turn.outcome("answered", order_number=found[0].number)


class OrderLocked(TopicAction):
    """The answer for the rest of a conversation with too many wrong tries."""

    action = "action_order_locked"
    topic = "order_status"
    side = "service"

    def answer(self, turn: Turn) -> None:
        _locked(turn)


def _is_elsewhere(turn: Turn) -> bool:
    """Whether the customer was just asked something else, or a person is on the way: one question at a time."""
    question = turn.slots.get("question")
    if question and turn.intent not in NEEDS:
        turn.set("question", question)
        return True
    return handoffs.requested(turn.conversation_id, turn.message_id)


def _is_digression(turn: Turn) -> bool:
    """Whether the message was about something else: then it is reminded of once, and not insisted on."""
    about_the_order = {"order_number", "email", "phone"} & {entity["entity"] for entity in turn.entities}
    return not about_the_order and turn.intent not in NEEDS | NOT_UNDERSTOOD


def _need(turn: Turn) -> str:
    """What the customer wants to know of the order: asked in this turn, or when the form was opened."""
    return turn.intent if turn.intent in NEEDS else str(turn.slot(NEED) or "order_status")


def _offer_help(turn: Turn, order: CustomersOrder) -> None:
    turn.outcome("open", order_number=order.number)
    turn.ask("handoff", team="service", reason="delivery_problem")
    turn.say("utter_delivery_problem", buttons=[turn.link("label_yes_colleague", "talk_to_agent")])


def _locked(turn: Turn) -> None:
    turn.set(LOCKED, True)
    turn.set(NUMBER, None)
    turn.set(CONTACT, None)
    turn.ask("handoff", team="service", reason="locked")
    turn.say("utter_order_locked", buttons=[turn.link("label_yes_colleague", "talk_to_agent")])
    turn.outcome("unknown")


def _tell(turn: Turn, order: CustomersOrder) -> None:
    """An order's state in plain words, what comes next and when, its lines and how to follow it."""
    locale = turn.locale
    with reading() as session:
        today = profile.read(session).today()
    parts: list[Part] = [
        {
            "type": "table",
            "columns": [turn.words("label_order_item"), turn.words("label_order_quantity")],
            "rows": [[locale.isolate(locale.text(line.title)), locale.number(line.quantity)] for line in order.lines],
        },
        *(_link(turn, parcel) for parcel in order.parcels if parcel.tracking_url and parcel.state != "delivered"),
    ]
    place = locale.isolate(locale.text(order.pickup_place)) if order.pickup_place else ""
    delivered = next((parcel.delivered_at for parcel in reversed(order.parcels) if parcel.delivered_at), None)
    happened = ""
    if order.state == "delivered" and delivered is not None:
        happened = turn.words("order_delivered_on", day=locale.day(delivered.date(), today))
    elif order.is_late(today):
        assert order.expected_on is not None
        happened = turn.words("order_late", day=locale.day(order.expected_on, today))
    elif order.expected_on is not None and order.expected_on >= today and order.state in _STILL_TO_COME:
        happened = turn.words("order_expected", day=locale.day(order.expected_on, today))
    offer = order.is_late(today) and _need(turn) == "order_status"
    late = [turn.link("label_ask_colleague", "talk_to_agent")] if offer else None
    state = order.state
    if state == "ready_for_pickup" and not place:
        state = "ready_for_pickup_somewhere"
    turn.say(
        f"utter_order_{state}",
        *parts,
        number=locale.isolate(locale.digits_of(order.number)),
        then=f" {happened}" if happened else "",
        place=place,
        buttons=late,
    )


_STILL_TO_COME = frozenset({"pending", "confirmed", "processing", "partially_shipped", "shipped", "out_for_delivery"})


def _link(turn: Turn, parcel: Parcel) -> Part:
    carrier = f" ({turn.locale.isolate(parcel.carrier)})" if parcel.carrier else ""
    return {"type": "link", "label": turn.words("label_track_parcel", carrier=carrier), "url": parcel.tracking_url}
