"""A quote sent from the desk: products an agent names go into the customer's basket, and its prices are put in writing."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation import ownership
from bot.conversation.notices import locale_of
from bot.db.models import Conversation, Message, Quote
from bot.settings import settings
from bot.shop import basket as baskets
from bot.shop import catalogue, profile, quotes
from bot.shop.catalogue import ShopProduct
from bot.shop.money import haggling
from bot.shop.money.haggling import Granting
from bot.shop.money.pricing import coin
from bot.shop.options.configuration import Configuration
from bot.words.formatting import Locale
from bot.words.responses import responses


class Wanted(msgspec.Struct):
    """So many pieces of a product, by its code, or of one `variant` of it; `price` is what the agent grants for one."""

    product: str
    variant: str | None = None
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    price: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,3})?\Z")] | None = None


class CannotQuote(ValueError):
    """No quote can be written: `reason` is empty, unknown, incomplete, not_enough, quantity or limit."""

    def __init__(self, reason: str, product: str = "") -> None:
        super().__init__(reason)
        self.reason, self.product = reason, product


def send(by: Granting, conversation_id: str, client_message_id: str, wanted: list[Wanted]) -> int:
    """Write the quote and send it, together or not at all; the message's id. The same `client_message_id` again sends nothing.

    Args:
        wanted: what goes into the basket first; nothing quotes the basket as it is.

    Raises:
        CannotQuote, ownership.NotFound, ownership.NotOwner.
    """

    def made(session: Session) -> list[dict[str, Any]]:
        newest = session.scalar(select(func.max(Message.id)).where(Message.conversation_id == conversation_id)) or 0
        for one in wanted:
            _add(session, conversation_id, one)
            if one.price is not None:
                _grant(session, conversation_id, newest, one, by)
        locale = locale_of(session.get(Conversation, conversation_id))
        quote = quotes.write(session, conversation_id, newest, locale.language)
        if quote is None:
            raise CannotQuote("empty")
        return _parts(session, quote, locale)

    return ownership.agent_says(conversation_id, by.agent_id, made, client_message_id)


def _add(session: Session, conversation_id: str, wanted: Wanted) -> None:
    product = catalogue.product(session, wanted.product)
    if product is None:
        raise CannotQuote("unknown", wanted.product)
    try:
        baskets.add(session, conversation_id, 0, product, _configured(product, wanted), wanted.quantity)
    except baskets.Incomplete as error:
        raise CannotQuote("incomplete", wanted.product) from error
    except baskets.NotEnough as error:
        raise CannotQuote("not_enough", wanted.product) from error
    except baskets.BadQuantity as error:
        raise CannotQuote("quantity", wanted.product) from error


def _configured(product: ShopProduct, wanted: Wanted) -> Configuration:
    if wanted.variant is None:
        return Configuration()
    variant = next((variant for variant in product.variants if variant.sku == wanted.variant), None)
    if variant is None:
        raise CannotQuote("unknown", wanted.product)
    return Configuration(dict(variant.options))


def _grant(session: Session, conversation_id: str, message_id: int, wanted: Wanted, by: Granting) -> None:
    """Agree to the price an agent names, as far as the policy lets them."""
    view = baskets.view(session, conversation_id)
    entry = next((entry for entry in view.entries if _is_of(entry, wanted)), None) if view else None
    price = Decimal(wanted.price or 0)
    if view is None or entry is None or price >= entry.priced.item.price:
        return
    currency = view.totals.currency
    try:
        haggling.grant(
            session,
            conversation_id,
            message_id,
            entry.variant_id,
            entry.priced.item,
            price.quantize(coin(currency), ROUND_CEILING),
            currency,
            by,
        )
    except haggling.BeyondLimit as error:
        raise CannotQuote("limit", wanted.product) from error


def _is_of(entry: baskets.Entry, wanted: Wanted) -> bool:
    return entry.product.code == wanted.product and wanted.variant in (None, entry.variant.sku)


def _parts(session: Session, quote: Quote, locale: Locale) -> list[dict[str, Any]]:
    """What the customer reads: number, total and how long it holds, the page and the document."""
    language, shop, path = locale.language, profile.read(session), quotes.path_of(quote.number)
    said = {
        "number": locale.isolate(locale.digits_of(quote.number)),
        "total": locale.money(quote.total, quote.currency),
        "until": locale.day(quote.valid_until.astimezone(shop.zone).date(), shop.today()),
    }

    def link(label: str, address: str) -> dict[str, Any]:
        url = f"{settings().url}{path}{address}?lang={language}"
        return {"type": "link", "label": responses().render(label, language, {}).text, "url": url}

    text = responses().render("utter_quote", language, said).text
    return [{"type": "text", "text": text}, link("label_open_quote", ""), link("label_quote_pdf", "/quote.pdf")]
