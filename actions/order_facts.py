"""What a message tells for an order being taken: the answer to the question asked, and whatever else it names."""

from __future__ import annotations

from actions.turn import Turn
from bot.db.session import reading
from bot.shop import delivery
from bot.shop.basket import View
from bot.shop.orders import checkout as orders
from bot.shop.selling_words import without

SURE = 0.7  # confidence from which a message is about what it sounds like, and no name or address
# Needs that an address, or a person's name, is often mistaken for.
LIKE_ADDRESS = frozenset(
    {"change_address", "store_info", "delivery_options", "delivery_time", "place_order", "order_status"}
    | {"leave_contact", "nlu_fallback", "out_of_scope", "account_manage", "delivery_problem"}
)
_LIKE_NAME = frozenset(
    {"leave_contact", "nlu_fallback", "out_of_scope", "place_order", "account_manage", "bot_challenge"}
)
_LONGEST_NAME_WORDS = 6


def told_in(turn: Turn, view: View, asking: str) -> dict[str, str]:
    """What a message tells for the order: the answer to the question asked, and whatever else it names."""
    facts: dict[str, str] = {}
    asks = turn.text.strip().endswith(("?", "؟"))
    if turn.value("phone"):
        facts["phone"] = str(turn.value("phone"))
    if turn.value("email"):
        facts["email"] = str(turn.value("email"))
    with reading() as session:
        if turn.value("city") and not asks:
            zone = delivery.zone(session, str(turn.value("city")))
            if zone is not None:
                facts["city"] = zone.code
        method = orders.method_named(turn.text, orders.methods_for(session, view))
    if method is not None and not asks and (asking in ("payment", "confirm") or turn.intent == "payment_methods"):
        facts["payment"] = method.code
    told = turn.text_beside({"phone", "email"})
    if asking == "address" and not asks and _is_address(turn, told):
        facts["address"] = _tidy(without("address_is", told), 300)
    elif asking == "name" and not asks and (name := _name(turn, told)):
        facts["name"] = name
    elif asking == "confirm" and turn.intent == "change_address" and any(c.isdigit() for c in told):
        facts["address"] = _tidy(without("address_is", told), 300)
    changed = {field: value for field, value in facts.items() if view.buyer.get(field) != value}
    if "city" in changed and "address" not in changed and view.buyer.get("address"):
        changed["address"] = ""  # a street of another city
    return changed


def _tidy(text: str, limit: int) -> str:
    return " ".join(text.replace("\0", " ").split()).strip(" ,،.;:؛")[:limit]


def _is_address(turn: Turn, told: str) -> bool:
    """Whether a message may be where somebody lives: several words or a number, and nothing the shop is asked for."""
    words = told.split()
    if turn.intent not in LIKE_ADDRESS and turn.confidence >= SURE and not any(c.isdigit() for c in told):
        return False
    if turn.intent in ("ask_price", "ask_discount", "payment_methods", "product_search") and turn.confidence >= SURE:
        return False
    city_only = bool(turn.value("city")) and not _tidy(turn.text_beside({"phone", "email", "city"}), 300)
    return not city_only and (len(words) >= 2 or any(c.isdigit() for c in told))


def _name(turn: Turn, told: str) -> str:
    """The name in an answer to "what is your name?"; '' when it is about something else."""
    name = _tidy(without("name_is", _tidy(told, 200)), 100)
    words = name.split()
    if not words or len(words) > _LONGEST_NAME_WORDS or any(c.isdigit() for c in name):
        return ""
    if not all(any(c.isalpha() for c in word) for word in words):
        return ""
    if turn.intent not in _LIKE_NAME and turn.confidence >= SURE:
        return ""
    return name
