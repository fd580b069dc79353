"""What follow-ups say, each kind with its buttons: into a conversation, or as a letter. For `follow_ups.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bot.conversation.notices import locale_of
from bot.db.models import FollowUp
from bot.settings import settings
from bot.shop import alternatives, profile
from bot.shop.follow_ups import Outlook
from bot.support import links, maintenance
from bot.support.guides import stored
from bot.words.formatting import Locale
from bot.words.responses import responses

Part = dict[str, Any]
STOP = '/leave_contact{"lead":{"do":"stop"}}'


def said(session: Session, conversation: Any, row: FollowUp, found: Outlook) -> list[Part] | None:
    """A follow-up as a message of its conversation; None when there is nothing to say any more."""
    locale = locale_of(conversation)
    words = _WORDS[row.kind](session, locale, row, found)
    if words is None:
        return None
    response, values = words
    rendered = responses().render(response, locale.language, values)
    parts: list[Part] = [{"type": "text", "text": rendered.text}]
    if found.path:
        url = f"{settings().url}{found.path}?lang={locale.language}"
        parts.append({"type": "link", "label": _label("label_open_quote", locale), "url": url})
    buttons = [{"label": button["title"], "payload": button["payload"]} for button in rendered.buttons]
    buttons += [{"label": _label(label, locale), "payload": payload} for label, payload in _asks(row.kind, found)]
    return [*parts, {"type": "buttons", "buttons": buttons}]


def letter(session: Session, conversation: Any, row: FollowUp, found: Outlook) -> tuple[str, str, str]:
    """Address, subject and text of an e-mail; its last line ends all of them."""
    locale = Locale(conversation.language)
    words = _WORDS[row.kind](session, locale, row, found)
    assert words is not None
    text = responses().render(words[0], locale.language, words[1]).text
    lines = [text.replace("\u2068", "").replace("\u2069", "")]
    lines += [f"{settings().url}{found.path}?lang={locale.language}"] if found.path else []
    stop = links.address("stop", row.conversation_id, lang=locale.language)
    lines.append(responses().render("mail_follow_up_stop", locale.language, {"link": stop}).text)
    shop = profile.read(session).name.get_for(locale.language)
    subject = responses().render("mail_follow_up_subject", locale.language, {"shop": shop}).text
    return str(row.email), subject, "\n\n".join(lines)


def _label(name: str, locale: Locale) -> str:
    return responses().render(name, locale.language, {}).text


def _asks(kind: str, found: Outlook) -> list[tuple[str, str]]:
    """Label and payload of the buttons under a follow-up."""
    stop = ("label_stop_messages", STOP)
    if kind == "taken":
        return _instead(found)
    asked: dict[str, list[tuple[str, str]]] = {
        "quote": [("label_order_now", '/place_order{"selling":{"do":"checkout"}}')],
        "basket": [("label_show_basket", '/place_order{"selling":{"do":"show"}}')],
        "stock": [("label_see_it", _pressed("product_info", product=found.product))],
        "delivered": [
            ("label_all_is_well", "/affirm{}"),
            ("label_something_is_wrong", "/damaged_or_wrong_item{}"),
        ],
    }
    return [*asked.get(kind, []), stop]


def _instead(found: Outlook) -> list[tuple[str, str]]:
    """What can be done when others took what lies in the basket."""
    if found.left:
        take = _pressed("place_order", selling={"do": "set", "line": found.line, "quantity": found.left})
        return [("label_take_them", take)]
    other = [("label_see_it", _pressed("product_info", product=found.instead.code))] if found.instead else []
    back = {"do": "agree", "kind": "stock", "subject": found.product}
    return [
        *other,
        ("label_tell_when_back", _pressed("leave_contact", lead=back)),
        ("label_remove_it", _pressed("place_order", selling={"do": "remove", "line": found.line})),
    ]


def _pressed(intent: str, **entities: Any) -> str:
    return f"/{intent}{msgspec.json.encode(entities).decode()}"


Words = tuple[str, dict[str, Any]]  # a response and its variables


def _quote(session: Session, locale: Locale, _row: FollowUp, found: Outlook) -> Words:
    shop = profile.read(session)
    return "utter_follow_up_quote", {
        "number": locale.isolate(locale.digits_of(found.number)),
        "total": locale.money(found.total, found.currency) if found.total is not None else "",
        "day": locale.day(found.ends_at.astimezone(shop.zone).date(), shop.today()) if found.ends_at else "",
    }


def _basket(_session: Session, locale: Locale, _row: FollowUp, found: Outlook) -> Words:
    total = locale.money(found.total, found.currency) if found.total is not None else ""
    return "utter_follow_up_basket", {"name": locale.isolate(locale.text(found.name)), "total": total}


def _stock(_session: Session, locale: Locale, _row: FollowUp, found: Outlook) -> Words:
    return "utter_follow_up_stock", {"name": locale.isolate(locale.text(found.name))}


def _delivered(_session: Session, locale: Locale, _row: FollowUp, found: Outlook) -> Words:
    return "utter_follow_up_delivered", {"number": locale.isolate(locale.digits_of(found.number))}


def _check_back(_session: Session, _locale: Locale, _row: FollowUp, _found: Outlook) -> Words:
    return "utter_check_back", {}


def _care(session: Session, locale: Locale, row: FollowUp, _found: Outlook) -> Words | None:
    known = maintenance.reminded_of(stored.current(session), row.subject)
    if known is None:
        return None
    plan, task = known
    return "utter_care_reminder", {
        "task": locale.digits_of(locale.text(task.name)),
        "title": locale.text(plan.title),
    }


def _taken(_session: Session, locale: Locale, _row: FollowUp, found: Outlook) -> Words:
    values = {"name": locale.isolate(locale.text(found.name))}
    if found.left:
        return "utter_fewer_left", {**values, "left": locale.counted("left", found.left)}
    if found.number:
        values["number"] = locale.isolate(locale.digits_of(found.number))
    price = alternatives.lowest_price(found.instead) if found.instead else None
    if found.instead is None or price is None:
        return ("utter_last_piece_sold_quoted" if found.number else "utter_last_piece_sold"), values
    values |= {"other": locale.isolate(locale.text(found.instead.title)), "price": locale.money(price, found.currency)}
    return ("utter_last_piece_sold_instead_quoted" if found.number else "utter_last_piece_sold_instead"), values


_WORDS: dict[str, Callable[[Session, Locale, FollowUp, Outlook], Words | None]] = {
    "quote": _quote,
    "basket": _basket,
    "stock": _stock,
    "delivered": _delivered,
    "check_back": _check_back,
    "care": _care,
    "taken": _taken,
}
