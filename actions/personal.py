"""Meets a returning customer with what is known, tells it when asked, and erases it when wished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actions import prospect, yes_or_no
from actions.booking import button
from actions.turn import WATCHERS, Button, Part, Turn
from bot.db.session import reading, writing
from bot.shop import follow_ups, personal, profile
from bot.shop.leads import appointments, keeping, words
from bot.shop.personal import Known
from bot.support import accounts, links

TOPIC = ("account_manage", "service")
# Slots in which something of the customer stands.
_KEPT = ("order_number", "order_contact", "product", "shown", "search", "paused_cases", "prospect", "lead", "reminder")


def welcome(turn: Turn) -> bool:
    """Greet a customer whom the shop signed for, with the one thing that is likeliest to bring them; whether it did."""
    with reading() as session:
        known = personal.known(session, turn.conversation_id)
        shop = profile.read(session)
    if known is None or not known.name:
        return False
    name = turn.locale.isolate(known.name.split()[0])
    buttons = [
        turn.link("label_intent_product_search", "product_search"),
        turn.link("label_where_is_it", "order_status"),
    ]
    if known.quote and known.quote_ends:
        day = turn.locale.day(known.quote_ends.astimezone(shop.zone).date(), shop.today())
        buttons.insert(0, turn.link("label_show_my_basket", "place_order", selling={"do": "show"}))
        number = turn.locale.isolate(turn.locale.digits_of(known.quote))
        turn.say("utter_welcome_back_quote", name=name, number=number, day=day, buttons=buttons)
    elif known.last_title is not None:
        bought = turn.locale.isolate(turn.locale.text(known.last_title))
        turn.say("utter_welcome_back_bought", name=name, product=bought, buttons=buttons)
    else:
        turn.say("utter_welcome_back", name=name, buttons=buttons)
    return True


def watch(turn: Turn) -> tuple[str, str] | None:
    """The question what is known, in so many words."""
    if turn.button or not words.says("about_me", turn.text):
        return None
    tell(turn, {})
    return TOPIC


def tell(turn: Turn, _said: dict[str, Any]) -> None:
    """All that is known, as a table, with a copy of everything and the way to have it erased."""
    with reading() as session:
        known = personal.known(session, turn.conversation_id)
        shop = profile.read(session)
        rows = _rows_of_talk(turn, session)
    if known is not None:
        rows = [*_rows_of_customer(turn, known, shop), *rows]
    turn.outcome("answered")
    if not rows:
        turn.say("utter_about_me_nothing")
        return
    table: Part = {
        "type": "table",
        "columns": [turn.words("label_what_is_known"), turn.words("label_what_it_says")],
        "rows": rows,
    }
    parts = [table]
    if known is not None:
        address = links.address("data", str(known.customer_id))
        parts.append({"type": "link", "label": turn.words("label_my_data"), "url": address})
    buttons: list[Button] = [button(turn, "label_erase_me", "erase_me")]
    turn.say("utter_about_me", *parts, buttons=buttons)


def _rows_of_customer(turn: Turn, known: Known, shop: Any) -> list[list[str]]:
    bought = ""
    if known.last_title is not None and known.last_at is not None:
        day = turn.locale.day(known.last_at.astimezone(shop.zone).date(), shop.today())
        bought = turn.joined([turn.locale.isolate(turn.locale.text(known.last_title)), day])
    facts = {
        "label_known_name": known.name,
        "label_known_email": known.email,
        "label_known_phone": turn.locale.digits_of(known.phone or ""),
        "label_known_city": known.city,
        "label_known_language": turn.locale.language_name(known.language) if known.language else "",
        "label_known_orders": turn.locale.counted("order", known.orders) if known.orders else "",
        "label_known_bought": bought,
        "label_known_likes": turn.joined(turn.locale.isolate(turn.locale.text(text)) for text in known.likes),
        "label_known_quote": turn.locale.digits_of(known.quote or ""),
    }
    return [[turn.words(label), turn.locale.isolate(value)] for label, value in facts.items() if value]


def _rows_of_talk(turn: Turn, session: Any) -> list[list[str]]:
    """What was left in this conversation."""
    held = turn.slot(prospect.SLOT) or {}
    row = appointments.of_conversation(session, turn.conversation_id)
    appointment = ""
    if row is not None:
        diary = appointments.Diary(session, row.place)
        local = row.starts_at.astimezone(diary.zone)
        day = turn.locale.day(local.date(), diary.today())
        appointment = turn.words("phrase_day_at", day=day, time=turn.locale.time(local))
    count = follow_ups.counted(session, turn.conversation_id)
    facts = {
        "label_left_name": held.get("name"),
        "label_left_phone": turn.locale.digits_of(held.get("phone") or ""),
        "label_left_email": held.get("email"),
        "label_left_appointment": appointment,
        "label_left_messages": turn.locale.number(count) if count else "",
    }
    return [[turn.words(label), turn.locale.isolate(value)] for label, value in facts.items() if value]


def _ask_to_erase(turn: Turn, _said: dict[str, Any]) -> None:
    turn.ask("erase_me")
    turn.outcome("open")
    buttons = [turn.link("label_yes_erase", "affirm"), turn.link("label_not_now", "deny")]
    turn.say("utter_erase_me_confirm", buttons=buttons)


def _erase(turn: Turn, _question: dict[str, Any]) -> None:
    """Erase the customer; for one whom the shop did not sign for, what was left in this conversation."""
    with reading() as session:
        known = personal.known(session, turn.conversation_id)
    with writing() as session:
        keeping.forget_conversation(session, turn.conversation_id)
    for slot in _KEPT:
        turn.set(slot, None)
    turn.outcome("solved")
    if known is None:
        turn.say("utter_erased_here")
        return
    receipt = accounts.erase(known.customer_id, turn.conversation_id)
    turn.say(
        "utter_erased",
        number=turn.locale.isolate(turn.locale.digits_of(receipt.number)),
        orders=turn.locale.counted("order", receipt.counts["orders"]),
        conversations=turn.locale.counted("conversation", receipt.counts["conversations"]),
    )


MOVES: dict[str, Callable[[Turn, dict[str, Any]], None]] = {"about_me": tell, "erase_me": _ask_to_erase}

yes_or_no.YES["erase_me"] = _erase
yes_or_no.NO["erase_me"] = "utter_erase_kept"
WATCHERS.append(watch)
