"""Which order a case is about, and proof that it is the customer's: asked for step by step, never more than is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from sqlalchemy.orm import Session

from actions.answers import LATER
from actions.cases import Case, Waiting, feeling
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop.order_numbers import number_key
from bot.support import mail, orders, verification, wording
from bot.support.orders import CustomersOrder, Line
from bot.support.verification import CHANGE, READ, Locked, NotMatched, TooSoon

CONTACT = "order_contact"  # slot: the contact last proven with
MOST_CHOICES = 6
LONGEST_LABEL = 60


def the_order(case: Case, level: int = READ, prefer: Callable[[CustomersOrder], bool] | None = None) -> CustomersOrder:
    """The order a case is about, proven as well as asked for.

    Args:
        level: READ to tell of it, CHANGE to change it, its money or its address.
        prefer: of several orders, the ones that the need can be about.

    Raises:
        Waiting: something was asked for, or the customer was told why not.
    """
    order = _known(case, prefer) or _by_number(case)
    case.data["order_id"], case.data["order_number"] = order.id, order.number
    case.turn.set("order_number", order.number)
    if level >= CHANGE:
        _stronger(case, order)
    return order


def _known(case: Case, prefer: Callable[[CustomersOrder], bool] | None) -> CustomersOrder | None:
    """An order that is proven already: the one of this case, the one named, or the only one it can be."""
    with reading() as session:
        access = verification.access(session, case.turn.conversation_id)
        open_to = orders.open_to(session, access)
    wanted = case.data.get("order_id")
    if wanted is not None:
        return next((order for order in open_to if order.id == int(wanted)), None)
    if case.data.get("number"):
        key = number_key(case.data["number"])
        return next((order for order in open_to if number_key(order.number) == key), None)
    fitting = [order for order in open_to if prefer is None or prefer(order)] or open_to
    named = set(case.turn.values("product"))
    of_product = [order for order in fitting if named & {line.product_code for line in order.lines}]
    fitting = of_product or fitting
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        if access.customers and not access.orders:
            case.end("answered")
            case.turn.say("utter_no_orders")
            raise Waiting
        return None
    choices = [(str(order.id), _label(case, order)) for order in fitting[:MOST_CHOICES]]
    case.data["order_id"] = int(case.pick("order_id", "utter_which_order", choices))
    return next(order for order in fitting if order.id == case.data["order_id"])


def _label(case: Case, order: CustomersOrder) -> str:
    locale = case.turn.locale
    first = locale.text(order.lines[0].title) if order.lines else ""
    text = f"{locale.digits_of(order.number)}: {first}"
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _by_number(case: Case) -> CustomersOrder:
    """Ask for number and contact and prove the order with them."""
    turn, data = case.turn, case.data
    if turn.slot("order_locked") and verification.is_locked(turn.conversation_id):
        raise _locked(case)
    if data.get("number") == LATER:
        return _by_email(case)
    if not data.get("number") and not case.asked and wording.says("lost_number", str(data.get("opening") or "")):
        data["number"] = LATER
        return _by_email(case)
    _complete_with_tried(case)
    number = data.get("number") or _ask_number(case)
    shown = case.number_of(str(data.get("number_written") or number))
    unclear = case.unclear and case.asked == "contact"
    contact = data.get("contact")
    if contact is None:
        if not case.asked and wording.says("refusal", str(data.get("opening") or "")):
            case.offer_person("utter_proof_refused", "proof_refused")
            raise Waiting
        turn.say("utter_order_contact_unclear" if unclear else "utter_ask_order_contact", number=shown)
        raise case.wait_for("contact", "contact")
    try:
        order_id = verification.prove(turn.conversation_id, turn.message_id, str(number), str(contact))
    except Locked:
        raise _locked(case) from None
    except TooSoon as soon:
        raise _too_soon(case, soon) from None
    except NotMatched:
        data["tried"] = {name: data.pop(name, None) for name in ("number", "number_written", "contact")}
        turn.say("utter_order_not_matched")
        raise case.wait_for("number", "number") from None
    turn.set(CONTACT, str(contact))
    return _read(order_id)


def _complete_with_tried(case: Case) -> None:
    """After a miss, one half put right goes with the other half as it was given before."""
    tried, data = case.data.get("tried") or {}, case.data
    if data.get("contact") and not data.get("number"):
        data["number"], data["number_written"] = tried.get("number"), tried.get("number_written")
    elif data.get("number") and not data.get("contact") and data["number"] != tried.get("number"):
        data["contact"] = tried.get("contact")


def _read(order_id: int) -> CustomersOrder:
    with reading() as session:
        order = orders.read(session, order_id)
    assert order is not None
    return order


def _ask_number(case: Case) -> NoReturn:
    turn = case.turn
    if case.data.pop("asks_which", False):
        turn.say("utter_order_which_half")
    elif case.unclear and case.asked == "number":
        turn.say("utter_order_number_unclear")
    elif case.data.get("heard"):
        turn.say("utter_ask_order_number_heard")
    elif turn.intent in ("delivery_problem", "complaint", "damaged_or_wrong_item") or feeling(turn):
        turn.say("utter_ask_order_number_problem")
    else:
        turn.say("utter_ask_order_number")
    raise case.wait_for("number", "number")


def _by_email(case: Case) -> CustomersOrder:
    """Prove all orders of an e-mail address by a code sent there, for who has no order number."""
    if not mail.is_set_up():
        case.offer_person("utter_number_unknown", "number_unknown")
        raise Waiting
    email = case.data.get("email") or case.data.get("contact")
    if not email or "@" not in str(email):
        unclear = case.unclear and case.asked == "email"
        case.data.pop("email", None)
        case.turn.say("utter_order_contact_unclear" if unclear else "utter_ask_email_for_code")
        raise case.wait_for("email", "contact")
    _code(case, email=str(email))
    case.data.pop("number", None)
    order = _known(case, None)
    if order is None:
        raise _locked(case)
    return order


def _stronger(case: Case, order: CustomersOrder) -> None:
    """Ask for what it takes to change an order, if it is not proven well enough."""
    turn = case.turn
    with reading() as session:
        access = verification.access(session, turn.conversation_id)
        if access.level(order.id, order.customer_id) >= CHANGE:
            return
        given = turn.slot(CONTACT)
        further = verification.stronger(session, order.id, given)
    if further.kind == "code":
        _code(case, order=order)
    elif further.kind == "other":
        _other_contact(case, order, str(given), further.missing)
    else:
        case.offer_person("utter_needs_person_proof", "proof")
        raise Waiting


def _code(case: Case, order: CustomersOrder | None = None, email: str = "") -> None:
    turn, data = case.turn, case.data
    if not data.get("code_sent"):

        def write(code: str) -> tuple[str, str]:
            return turn.words("mail_code_subject"), turn.words("mail_code_text", code=code)

        try:
            sent = verification.send_code(
                turn.conversation_id, turn.message_id, write, order_id=order.id if order else None, email=email
            )
        except Locked:
            raise _locked(case) from None
        except TooSoon as soon:
            raise _too_soon(case, soon) from None
        if not sent:
            case.offer_person("utter_code_not_sent", "proof")
            raise Waiting
        data["code_sent"] = True
        data.pop("code", None)
        turn.say("utter_ask_code" if order else "utter_ask_code_if_known")
        raise case.wait_for("code", "code")
    code = data.pop("code", None)
    if code is None:
        turn.say("utter_code_unclear")
        raise case.wait_for("code", "code")
    try:
        verification.check_code(turn.conversation_id, str(code))
    except Locked:
        data.pop("code_sent", None)
        raise _locked(case) from None
    except NotMatched:
        turn.say("utter_code_wrong")
        raise case.wait_for("code", "code") from None
    data.pop("code_sent", None)


def _other_contact(case: Case, order: CustomersOrder, given: str, missing: str) -> None:
    turn = case.turn
    other = case.data.pop("other", None) or case.data.get(f"given_{missing}")
    case.data.pop(f"given_{missing}", None)  # a wrong one is not tried twice
    if other is None:
        if case.unclear and case.asked == "other":
            turn.say("utter_order_contact_unclear", number=case.number_of(order.number))
        else:
            turn.say("utter_ask_other_phone" if missing == "phone" else "utter_ask_other_email")
        raise case.wait_for("other", "contact")
    try:
        verification.prove_second_contact(turn.conversation_id, turn.message_id, order.id, [given, str(other)])
    except Locked:
        raise _locked(case) from None
    except TooSoon as soon:
        raise _too_soon(case, soon) from None
    except NotMatched:
        turn.say("utter_other_contact_wrong")
        raise case.wait_for("other", "contact") from None


def _locked(case: Case) -> Exception:
    case.turn.set("order_locked", True)
    case.turn.set("order_number", None)
    case.turn.set(CONTACT, None)
    case.offer_person("utter_order_locked", "locked")
    return Waiting()


def _too_soon(case: Case, soon: TooSoon) -> Exception:
    minutes = max(1, -(-soon.seconds // 60))
    case.data.pop("contact", None)
    case.turn.say("utter_wait_to_try", minutes=case.turn.locale.counted("minute", minutes))
    return case.wait_for("contact", "contact")


def the_line(case: Case, order: CustomersOrder, response: str, among: Sequence[Line] | None = None) -> Line:
    """The piece of an order that a case is about: the only one, the one named, or the one chosen.

    Raises:
        Waiting: it was asked for.
    """
    lines = list(order.lines if among is None else among)
    known = next((line for line in lines if line.id == int(case.data.get("line") or 0)), None)
    if known is not None:
        case.data["line_chosen"] = bool(case.data.get("line_chosen")) or case.asked == "line"
        return known
    case.data.pop("line", None)
    with reading() as session:
        codes = {line.id: _codes(session, line) for line in lines}
    about = set(case.data.get("about") or ())
    fitting = [line for line in lines if about & set(codes[line.id])] or lines
    if len(fitting) == 1:
        case.data["line"] = fitting[0].id
        return fitting[0]
    choices = [(str(line.id), _line_label(case, line), *codes[line.id]) for line in fitting[:MOST_CHOICES]]
    chosen = int(case.pick("line", response, choices))
    return next(line for line in lines if line.id == chosen)


def named_line(case: Case, order: CustomersOrder) -> Line | None:
    """The one piece of an order that the customer named when the case began."""
    about = set(case.data.get("about") or ())
    with reading() as session:
        named = [line for line in order.lines if about & set(_codes(session, line))]
    return named[0] if len(named) == 1 else None


def _codes(session: Session, line: Line) -> list[str]:
    """Codes of the catalogue that a piece may be meant by: its product, category and brand."""
    product = catalogue.product(session, line.product_code) if line.product_code else None
    if product is None:
        return []
    named = [thing.code for thing in (product.category, product.brand) if thing is not None]
    return [product.code, *named]


def _line_label(case: Case, line: Line) -> str:
    text = case.turn.locale.text(line.title)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def title_of(case: Case, line: Line) -> str:
    """A piece's name inside a sentence."""
    return case.turn.locale.isolate(case.turn.locale.text(line.title))
