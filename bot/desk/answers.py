"""What an agent sends besides typed words: canned answers in the customer's language, and cards of products."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversation.notices import locale_of
from bot.db.models import CannedAnswer, Conversation, Customer, Handoff, Product
from bot.db.session import reading, writing
from bot.db.types import LANGUAGES, LocalisedText
from bot.desk.sessions import Caller
from bot.shop import availability, catalogue, comparison, profile
from bot.shop.catalogue import ShopProduct
from bot.words.formatting import Locale
from bot.words.responses import responses

VARIABLES = ("customer", "agent", "shop", "order")
CODE = re.compile(r"[\w-]{1,40}")
LONGEST = 4000
MOST_FOUND = 8
CARD_FACTS = 3
_VARIABLE = re.compile(r"( ?)\{(\w+)\}")
MAY_LACK = frozenset({"customer"})  # a greeting reads well without a name; any other gap is the agent's to fill
GAP = "____"


class Unusable(ValueError):
    """A canned answer cannot be kept; the message names the field."""


def listed(caller: Caller) -> list[dict[str, Any]]:
    """The canned answers of the caller's teams and of all, as they are written."""
    query = select(CannedAnswer).order_by(CannedAnswer.code)
    if caller.team_ids and not caller.is_at_least("supervisor"):
        query = query.where(or_(CannedAnswer.team_id.is_(None), CannedAnswer.team_id.in_(caller.team_ids)))
    with reading() as session:
        return [
            {"id": answer.id, "code": answer.code, "text": dict(answer.text), "team_id": answer.team_id}
            for answer in session.scalars(query)
        ]


def filled(caller: Caller, conversation_id: str) -> list[dict[str, str]]:
    """The canned answers in a conversation's language, filled in.

    A name that is not known is left out with its blank; anything else that is not known is a GAP to fill.
    """

    def put(match: re.Match[str]) -> str:
        known = values.get(match[2], "" if match[2] in MAY_LACK else GAP)
        return match[1] + known if known else ""

    with reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return []
        values = _values(session, caller, conversation)
        language = str(conversation.language)
    found = []
    for answer in listed(caller):
        text = LocalisedText(answer["text"]).get_for(language)
        found.append(
            {
                "code": answer["code"],
                "text": _VARIABLE.sub(put, text).strip(),
            }
        )
    return found


def _values(session: Session, caller: Caller, conversation: Conversation) -> dict[str, str]:
    customer = session.get(Customer, conversation.customer_id) if conversation.customer_id else None
    summary = session.execute(
        select(Handoff.summary).where(Handoff.conversation_id == conversation.id).order_by(Handoff.id.desc()).limit(1)
    ).scalar()
    values = {
        "agent": caller.name,
        "shop": profile.read(session).name.get_for(conversation.language),
        "customer": customer.name if customer else "",
        "order": str((summary or {}).get("order") or ""),
    }
    return {name: value for name, value in values.items() if value}


def _checked(code: str, text: dict[str, str]) -> tuple[str, LocalisedText]:
    code = code.strip().lstrip("/").lower()
    if not CODE.fullmatch(code):
        raise Unusable("code")
    kept = {language: text.get(language, "").strip() for language in LANGUAGES}
    named = {name for words in kept.values() for _, name in _VARIABLE.findall(words)}
    if not any(kept.values()) or max(map(len, kept.values())) > LONGEST or not named <= set(VARIABLES):
        raise Unusable("text")
    return code, LocalisedText(kept)


def save(answer_id: int | None, code: str, text: dict[str, str], team_id: int | None) -> int | None:
    """Write a canned answer, or change one; its id, None when there is none to change.

    Raises:
        Unusable: the code is taken or has odd letters, the text is empty or names an unknown variable.
    """
    code, words = _checked(code, text)
    try:
        with writing() as session:
            if answer_id is not None:
                changed = session.execute(
                    update(CannedAnswer)
                    .where(CannedAnswer.id == answer_id)
                    .values(code=code, text=words, team_id=team_id)
                )
                return answer_id if changed.rowcount else None
            answer = CannedAnswer(code=code, text=words, team_id=team_id)
            session.add(answer)
            session.flush()
            return int(answer.id)
    except IntegrityError as error:
        raise Unusable("code") from error


def remove(answer_id: int) -> bool:
    """Remove a canned answer; False when there is none such."""
    with writing() as session:
        return bool(session.execute(delete(CannedAnswer).where(CannedAnswer.id == answer_id)).rowcount)


def find_products(caller: Caller, wanted: str) -> list[dict[str, Any]]:
    """Products whose name or code holds what the agent typed, with the variants to choose from where there are several."""
    words = wanted.strip().casefold()
    if len(words) < 2:
        return []
    found: list[str] = []
    with reading() as session:
        rows = session.execute(
            select(Product.code, Product.title).where(Product.published.is_(True)).order_by(Product.id)
        )
        for code, title in rows:
            if words in code.casefold() or any(words in name.casefold() for name in title.values()):
                found.append(code)
                if len(found) == MOST_FOUND:
                    break
        locale, currency = Locale(caller.language, "arab"), profile.read(session).currency
        return [
            {
                "code": product.code,
                "title": product.title.get_for(caller.language),
                "variants": _variants(product, locale, currency),
            }
            for product in catalogue.products(session, found)
        ]


def _variants(product: ShopProduct, locale: Locale, currency: str) -> list[dict[str, str]]:
    """What there is to choose from, named by its choices and its price; nothing where there is only one."""
    names = {(option.code, choice.code): choice.name for option in product.options for choice in option.choices}
    rows = []
    for variant in product.variants:
        chosen = [locale.text(names[pair]) for pair in variant.options.items() if pair in names]
        price = [locale.money(variant.price, currency)] if variant.price is not None else []
        rows.append({"sku": variant.sku, "title": " · ".join((chosen or [locale.text(variant.title)]) + price)})
    return rows if len(rows) > 1 else []


def cards(conversation_id: str, codes: list[str]) -> dict[str, Any] | None:
    """Cards of products as the customer of a conversation writes; None when none of them is there."""
    with reading() as session:
        locale = locale_of(session.get(Conversation, conversation_id))
        found = [product for code in codes if (product := catalogue.product(session, code)) is not None]
        if not found:
            return None
        currency, places = profile.read(session).currency, catalogue.places(session)
        made = []
        for product, attributes in zip(found, comparison.telling(found, CARD_FACTS)):
            held = availability.of(product, places, availability.wished(product, ()))
            stock = "phrase_in_stock" if held.available else "phrase_sold_out"
            price = locale.money(product.price_from, currency) if product.price_from is not None else ""
            made.append(
                {
                    "title": locale.text(product.title),
                    "subtitle": responses().render(stock, locale.language, {}).text,
                    "image": product.image,
                    "price": price,
                    "sku": product.variants[0].sku if product.variants else product.code,
                    "url": product.url,
                    "facts": [f"{locale.text(fact.name)}: {locale.text(fact.value)}" for fact in attributes],
                    "buttons": [],
                }
            )
    return {"type": "cards", "cards": made}
