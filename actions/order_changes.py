"""Changes to an order that has not left: cancelled, other pieces, another address. Confirmed before they are done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from actions import returning
from actions.answers import feature
from actions.cases import Case, ServiceAction, Waiting
from actions.proving import named_line, the_line, the_order, title_of
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop.catalogue import BuyableVariant
from bot.support import order_changes, policies, returns, wording
from bot.support.order_changes import Done, NotAllowed, NotPossible
from bot.support.orders import CustomersOrder, Line
from bot.support.verification import CHANGE
from bot.words.formatting import Locale

# Why an order in a state stays as it is.
REFUSED = {
    "cancelled": "utter_change_cancelled",
    "delivered": "utter_change_delivered",
    "return_requested": "utter_change_returned",
    "returned": "utter_change_returned",
    "refunded": "utter_change_returned",
    "shipped": "utter_change_sent",
    "partially_shipped": "utter_change_sent",
    "out_for_delivery": "utter_change_sent",
}
OPEN = frozenset({"pending", "confirmed", "processing", "ready_for_pickup"})


def changeable(order: CustomersOrder) -> bool:
    """Whether an order has not left yet."""
    return order.state in OPEN


def check(case: Case, request: str, order: CustomersOrder) -> None:
    """Go on only if the policy allows it; else say why not, or that a colleague does it.

    Raises:
        Waiting: it does not.
    """
    with reading() as session:
        verdict = policies.verdict(session, request, order.state)
    refuse(case, verdict, order)


def refuse(case: Case, verdict: str, order: CustomersOrder) -> None:
    """Say what a verdict other than `allowed` means, and end the case.

    Raises:
        Waiting: it is one.
    """
    if verdict == "allowed":
        return
    number = case.number_of(order.number)
    if verdict == "colleague":
        case.offer_person("utter_change_by_colleague", number=number)
    else:
        back = [case.turn.link("label_intent_return_item", "return_item")] if order.state == "delivered" else None
        case.turn.say(REFUSED.get(order.state, "utter_change_too_late"), number=number, buttons=back)
        case.end("answered")
    raise Waiting


def money_back(case: Case, done: Done) -> str:
    """The sentence about money that goes back; '' when none does."""
    if done.refund <= 0 or done.refund_on is None:
        return ""
    locale = case.turn.locale
    amount, day = locale.money(done.refund, done.currency), case.day(done.refund_on)
    return " " + case.turn.words("phrase_money_back", amount=amount, way=way_of(case, done.method), day=day)


def way_of(case: Case, method: str | None) -> str:
    """How something was paid, as part of a sentence about money going back that way."""
    return case.turn.words(
        {
            "card": "phrase_to_card",
            "card_on_delivery": "phrase_to_card",
            "bank_transfer": "phrase_to_bank",
            "instalments": "phrase_to_instalments",
        }.get(method or "", "phrase_the_way_paid")
    )


class CancelOrder(ServiceAction):
    action = "action_cancel_order"
    serves = ("cancel_order",)

    def serve(self, case: Case) -> None:
        cancel(case)


def cancel(case: Case) -> None:
    """Cancel an order, once the customer has said yes to what that means."""
    order = the_order(case, prefer=changeable)
    before = order_changes.done_by(case.turn.conversation_id, case.turn.message_id)
    if before is not None:
        _cancelled(case, order, before)
        return
    if _only_some(case, order):
        _cancel_some(case, order)
        return
    check(case, "cancel", order)
    the_order(case, CHANGE)
    locale, number = case.turn.locale, case.number_of(order.number)
    total = locale.money(order.total, order.currency) if order.total is not None else ""
    paid = order.payment_state == "paid" and total
    question = "utter_cancel_confirm_paid" if paid else "utter_cancel_confirm"
    if not case.yes("sure", question, number=number, total=total):
        case.turn.say("utter_cancel_kept", number=number)
        case.end("answered")
        return
    try:
        done = order_changes.cancel(order.id, case.turn.conversation_id, case.turn.message_id)
    except NotAllowed as changed:
        refuse(case, changed.verdict, order)
        return
    _cancelled(case, order, done)


def _only_some(case: Case, order: CustomersOrder) -> bool:
    """Whether a piece of an order is to go and the rest to come; asked when a piece of several is named."""
    if len(order.lines) == 1 and order.lines[0].quantity == 1:
        return False
    opening = str(case.data.get("opening") or "")
    if wording.says("only_some", opening):
        return True
    line = named_line(case, order)
    if line is None or len(order.lines) == 1:
        return False
    if wording.says("only", opening):
        return True
    choices = [("some", case.turn.words("label_cancel_some")), ("all", case.turn.words("label_cancel_all"))]
    return case.pick("extent", "utter_cancel_extent", choices, "extent", name=title_of(case, line)) == "some"


def _cancel_some(case: Case, order: CustomersOrder) -> None:
    """Take a piece off an order, or some of several: a change of the order from here on."""
    line = the_line(case, order, "utter_cancel_which")
    one_of = wording.says("one_of", str(case.data.get("opening") or ""))
    if line.quantity == 1:
        case.data["what"] = "remove"
    else:
        case.data["what"] = "quantity"
        if one_of:
            case.data["pieces"] = line.quantity - 1
    case.kind = "change_order"
    ChangeOrder().serve(case)


def _cancelled(case: Case, order: CustomersOrder, done: Done) -> None:
    case.turn.say("utter_cancelled", number=case.number_of(order.number), money=money_back(case, done))
    case.end("solved", done=True)


class ChangeOrder(ServiceAction):
    action = "action_change_order"
    serves = ("change_order",)

    def serve(self, case: Case) -> None:
        turn = case.turn
        order = the_order(case, prefer=changeable)
        before = order_changes.done_by(turn.conversation_id, turn.message_id)
        if before is not None:
            self._changed(case, order, before)
            return
        what = self._what(case)
        if what == "other":
            case.offer_person("utter_change_other", number=case.number_of(order.number))
            return
        request = {"quantity": "change_quantity", "variant": "change_variant", "remove": "remove_line"}[what]
        check(case, request, order)
        line = the_line(case, order, "utter_change_which_line")
        name = title_of(case, line)
        pieces = 0
        variant: BuyableVariant | None = None
        if what == "quantity":
            was = turn.locale.counted("piece", line.quantity)
            pieces = int(case.ask("pieces", "quantity", "utter_change_how_many", name=name, was=was))
        elif what == "variant":
            variant = choose_variant(case, line, "utter_change_which_variant")
        the_order(case, CHANGE)
        question, told = self._question(case, order, line, pieces, variant)
        if not case.yes("sure", question, name=name, number=case.number_of(order.number), **told):
            turn.say("utter_case_left")
            case.end("answered")
            return
        try:
            done = self._do(case, order, line, pieces, variant)
        except NotAllowed as changed:
            refuse(case, changed.verdict, order)
        except NotPossible as why:
            case.offer_person({"dearer": "utter_change_dearer"}.get(str(why), "utter_change_not_possible"))
        else:
            self._changed(case, order, done)

    @staticmethod
    def _changed(case: Case, order: CustomersOrder, done: Done) -> None:
        total = case.turn.locale.money(done.total, done.currency) if done.total is not None else ""
        case.turn.say("utter_changed", total=total, money=money_back(case, done), number=case.number_of(order.number))
        case.end("solved", done=True)

    @staticmethod
    def _what(case: Case) -> str:
        choices = [
            ("quantity", case.turn.words("label_change_quantity")),
            ("variant", case.turn.words("label_change_variant")),
            ("remove", case.turn.words("label_change_remove")),
            ("other", case.turn.words("label_change_other")),
        ]
        if "what" not in case.data and case.turn.intent == "change_order":
            said = "other" if returning.said(case, "absent") else returning.said(case, "changes")
            if said:
                case.data["what"] = said
        return case.pick("what", "utter_change_what", choices, "changes")

    @staticmethod
    def _question(
        case: Case, order: CustomersOrder, line: Line, pieces: int, variant: BuyableVariant | None
    ) -> tuple[str, dict[str, Any]]:
        if variant is not None:
            old = line.unit_price or Decimal(0)
            difference = (variant.price - old if variant.price is not None else Decimal(0)) * line.quantity
            told = {
                "variant": variant_in_words(case, line, variant),
                "price": difference_in_words(case, order, difference),
            }
            return "utter_change_variant_confirm", told
        if pieces:
            return "utter_change_quantity_confirm", {"pieces": case.turn.locale.counted("piece", pieces)}
        return "utter_change_remove_confirm", {}

    @staticmethod
    def _do(case: Case, order: CustomersOrder, line: Line, pieces: int, variant: BuyableVariant | None) -> Done:
        message = (case.turn.conversation_id, case.turn.message_id)
        if variant is not None:
            return order_changes.set_variant(order.id, line.id, variant.sku, *message)
        return order_changes.set_quantity(order.id, line.id, pieces, *message)


def difference_in_words(case: Case, order: CustomersOrder, difference: Decimal) -> str:
    """What another variant costs more or less, as a sentence of its own; '' when nothing."""
    if not difference:
        return case.turn.words("phrase_same_price")
    amount = case.turn.locale.money(abs(difference), order.currency)
    return case.turn.words("phrase_costs_more" if difference > 0 else "phrase_costs_less", amount=amount)


def choose_variant(case: Case, line: Line, question: str) -> BuyableVariant:
    """Another variant of a piece, among those that can be had.

    Raises:
        Waiting: it was asked for, or there is none.
    """
    with reading() as session:
        others = returns.others(session, line)
    if not others:
        case.offer_person("utter_no_other_variant", name=title_of(case, line))
        raise Waiting
    choices = [
        (variant.sku, variant_in_words(case, line, variant), *map(feature, variant.options.values()))
        for variant in others[:8]
    ]
    if "sku" not in case.data:
        wanted = {feature(wish.value) for wish in case.turn.attributes} | set(case.data.get("features") or ())
        named = [variant.sku for variant in others if wanted & set(map(feature, variant.options.values()))]
        if len(named) == 1:
            case.data["sku"] = named[0]
    if case.data.get("sku") not in {None, *(variant.sku for variant in others)}:
        case.data.pop("sku")  # sold out since it was chosen: nothing else is sent in its place
        case.data.pop("sure", None)
        case.turn.say("utter_variant_gone", name=title_of(case, line))
    sku = case.pick("sku", question, choices, name=title_of(case, line))
    return next(variant for variant in others if variant.sku == sku)


def variant_in_words(case: Case, line: Line, variant: BuyableVariant) -> str:
    """What makes a variant of a piece different: "Sand, 140 cm"."""
    locale: Locale = case.turn.locale
    with reading() as session:
        product = catalogue.product(session, line.product_code) if line.product_code else None
    names = []
    for option in product.options if product else ():
        choice = next((one for one in option.choices if one.code == variant.options.get(option.code)), None)
        if choice is not None:
            names.append(locale.text(choice.name))
    return case.turn.joined(names) if names else locale.text(variant.title) or variant.sku


class ChangeAddress(ServiceAction):
    action = "action_change_address"
    serves = ("change_address",)

    def serve(self, case: Case) -> None:
        turn = case.turn
        order = the_order(case, prefer=changeable)
        number = case.number_of(order.number)
        if order.delivery_method == "pickup":
            turn.say("utter_address_pickup", number=number)
            case.end("answered")
            return
        check(case, "change_address", order)
        the_order(case, CHANGE)
        if case.asked == "address" and turn.values("city"):
            case.data["city"] = str(turn.value("city"))
        address = str(case.ask("address", "text", "utter_ask_address", number=number))
        if not case.yes("sure", "utter_address_confirm", number=number, address=turn.locale.isolate(address)):
            turn.say("utter_case_left")
            case.end("answered")
            return
        city = self._city(case)
        try:
            order_changes.set_address(order.id, address, city, turn.conversation_id, turn.message_id)
        except NotAllowed as changed:
            refuse(case, changed.verdict, order)
            return
        turn.say("utter_address_changed", number=number, address=turn.locale.isolate(address))
        case.end("solved", done=True)

    @staticmethod
    def _city(case: Case) -> str | None:
        code = case.data.get("city")
        if not code:
            return None
        with reading() as session:
            zone = order_changes.zone_name(session, str(code))
        return case.turn.locale.text(zone) if zone else str(code)
