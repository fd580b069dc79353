"""What a message tells for an order being taken: the answer to the question asked, and whatever else it names."""

from __future__ import annotations

import re

from actions.turn import Turn
from bot.db.session import reading
from bot.shop import delivery, selling_words
from bot.shop.basket import View
from bot.shop.orders import checkout as orders
from bot.shop.selling_words import says, without

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
_SHORTEST_ADDRESS = 3  # words, where no number and no street is named
_LONGEST_NAME_BESIDE = 4  # words of a name among other things
_FIELDS = ("name", "address", "phone", "city", "payment")
_BREAK = re.compile(r"[,،;؛\n]+| - ")


def told_in(turn: Turn, view: View, asking: str) -> dict[str, str]:
    """What a message tells for the order: the answer to the question asked, and whatever else it names."""
    asks = _asks(turn)
    facts = _named(turn, view, asking)
    told = turn.text_beside({"phone", "email"})
    together = {} if asks else _told_together(turn, view, asking)
    if together:
        facts |= together
    elif asking == "address" and not asks and _is_address(turn, told):
        facts["address"] = _tidy(without("address_is", told), 300)
    elif asking == "name" and not asks and (name := _name(turn, told)):
        facts["name"] = name
    elif not asks and view.pickup is None and _is_street(turn, told):
        facts["address"] = _tidy(without("address_is", told), 300)
    return _changed(view, facts)


def put_right(turn: Turn, view: View) -> dict[str, str]:
    """What a message corrects by its name ("the name is Mona Ali", "change the address"); '' is to be asked anew."""
    if _asks(turn) and not says("may_i", turn.text):
        return {}
    amends = says("amend", turn.text)
    facts = _named(turn, view, "payment" if says("about_payment", turn.text) else "")
    told = turn.text_beside({"phone", "email"})
    for field in _FIELDS:
        value = selling_words.told_of(field, told)
        if value is None or facts.get(field):
            continue
        if field in ("name", "address") and (fits := _fits(field, value)):
            facts[field] = fits
        elif amends and not value:
            facts[field] = ""
    return _changed(view, facts) if any(selling_words.told_of(field, told) is not None for field in facts) else {}


def _asks(turn: Turn) -> bool:
    return turn.text.strip().endswith(("?", "؟"))


def _fits(field: str, value: str) -> str:
    """A name or an address as told outright; '' when it can be none."""
    if field == "name":
        return _tidy(value, 100) if _can_be_name(_tidy(value, 100)) else ""
    return _tidy(value, 300) if says("street", value) or any(c.isdigit() for c in value) else ""


def _named(turn: Turn, view: View, asking: str) -> dict[str, str]:
    """The phone, e-mail, city and way to pay that a message names."""
    facts: dict[str, str] = {}
    if turn.value("phone"):
        facts["phone"] = str(turn.value("phone"))
    if turn.value("email"):
        facts["email"] = str(turn.value("email"))
    asks = _asks(turn) and not says("may_i", turn.text)
    with reading() as session:
        for named in () if asks else _cities(turn):
            zone = delivery.zone(session, named)
            if zone is not None:
                facts["city"] = zone.code
                break
        method = orders.method_named(turn.text, orders.methods_for(session, view))
    if method is not None and not asks and (asking in ("payment", "confirm") or turn.intent == "payment_methods"):
        facts["payment"] = method.code
    return facts


def _cities(turn: Turn) -> list[str]:
    """The cities a message names, less those a street is called after ("Makkah Road", «طريق مكة»)."""
    found = []
    for entity in turn.entities_of("city"):
        start, end = entity.get("start") or 0, entity.get("end") or 0
        before, after = turn.text[:start].split()[-1:], turn.text[end:].split()[:1]
        if not any(says("street", word) for word in (*before, *after)):
            found.append(str(entity["value"]))
    return found


def _changed(view: View, facts: dict[str, str]) -> dict[str, str]:
    changed = {field: value for field, value in facts.items() if (view.buyer.get(field) or "") != value}
    if "city" in changed and not changed.get("address") and view.buyer.get("address"):
        changed["address"] = ""  # a street of another city
    return changed


def _told_together(turn: Turn, view: View, asking: str) -> dict[str, str]:
    """Name, address and way to pay out of a message that gives several things at once; {} when it does not."""
    apart = turn.text
    for found in sorted(turn.entities, key=lambda one: one.get("start") or 0, reverse=True):
        if found["entity"] in ("phone", "email", "city") and found.get("end"):
            street = found["entity"] == "city" and str(found["value"]) not in _cities(turn)
            apart = apart if street else f"{apart[: found['start']]},{apart[found['end'] :]}"
    pieces = [piece for part in _BREAK.split(apart) if (piece := _tidy(part, 300))]
    with reading() as session:
        offered = orders.methods_for(session, view)
    facts: dict[str, str] = {}
    for piece in [piece for piece in pieces if len(piece.split()) <= _LONGEST_NAME_BESIDE]:
        method = orders.method_named(piece, offered)
        if method is not None:
            pieces.remove(piece)
            facts["payment"] = method.code
    address = [piece for piece in pieces if any(c.isdigit() for c in piece) or says("street", piece)]
    first = pieces.index(address[0]) if address else len(pieces)
    names = [name for piece in pieces[:first] if (name := selling_words.told_of("name", piece) or piece)]
    sure = bool(turn.value("phone")) or any(selling_words.told_of("name", piece) for piece in pieces)
    fitting = [name for name in names if _can_be_name(name) and len(name.split()) <= _LONGEST_NAME_BESIDE]
    if fitting and address and (asking == "name" or sure):
        facts["name"] = _tidy(without("name_is", fitting[-1]), 100)
    several = bool(facts) or bool(turn.value("phone")) or bool(_cities(turn))
    if not several or not (address or "name" in facts):
        return {}
    if address and view.pickup is None:
        facts["address"] = _tidy(without("address_is", ", ".join(pieces[first:])), 300)
    return facts


def address_in(text: str) -> str:
    """An address as it is noted, out of a message that gives nothing else."""
    return _tidy(without("address_is", text), 300)


def _tidy(text: str, limit: int) -> str:
    return " ".join(text.replace("\0", " ").split()).strip(" ,،.;:؛")[:limit]


def _is_address(turn: Turn, told: str) -> bool:
    """Whether a message may be where somebody lives: several words or a number, and nothing the shop is asked for."""
    words = told.split()
    if says("amend", told) and selling_words.told_of("address", told) == "":
        return False
    if turn.intent not in LIKE_ADDRESS and turn.confidence >= SURE and not any(c.isdigit() for c in told):
        return False
    if turn.intent in ("ask_price", "ask_discount", "payment_methods", "product_search") and turn.confidence >= SURE:
        return False
    city_only = bool(turn.value("city")) and not _tidy(turn.text_beside({"phone", "email", "city"}), 300)
    return not city_only and (len(words) >= _SHORTEST_ADDRESS or any(c.isdigit() for c in told) or says("street", told))


def _is_street(turn: Turn, told: str) -> bool:
    """Whether a message gives a street or a building by its number, though something else was asked for."""
    numbered = any(c.isdigit() for c in told) and not turn.values("product")
    return numbered and says("street", told) and (turn.intent in LIKE_ADDRESS or turn.confidence < SURE)


def _name(turn: Turn, told: str) -> str:
    """The name in an answer to "what is your name?"; '' when it is about something else."""
    name = _tidy(without("name_is", _tidy(told, 200)), 100)
    if turn.intent not in _LIKE_NAME and turn.confidence >= SURE:
        return ""
    return name if _can_be_name(name) and not says("no_name", name) else ""


def _can_be_name(name: str) -> bool:
    words = name.split()
    if not words or len(words) > _LONGEST_NAME_WORDS or any(c.isdigit() or c in "@?؟" for c in name):
        return False
    return all(any(c.isalpha() for c in word) for word in words) and not says("amend", name)
