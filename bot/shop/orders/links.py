"""The way into the shop's own checkout: a link with the basket in it.

Shopify's cart permalink is `https://SHOP/cart/ID:2,ID:1?discount=CODE` (shopify.dev, "Create cart permalinks");
WooCommerce takes one product a link, `https://SHOP/?add-to-cart=ID&quantity=2`, or from version 10 on all of them,
`https://SHOP/checkout-link/?products=ID:2,ID:1`. The shop's template says which.
"""

from __future__ import annotations

from urllib.parse import quote

from bot.shop.basket import Entry, View
from bot.shop.selling import Checkout


class NoLink(LookupError):
    """Something in the basket is not known to the shop's own checkout, or its price was agreed on here."""


def links(checkout: Checkout, view: View, language: str) -> list[str]:
    """Addresses that put the basket into the shop's own checkout: one, or one a line where the template has `{id}`.

    Raises:
        NoLink: no link can carry this basket.
    """
    if any(entry.priced.why in ("agreed", "quantity") or entry.configuration.texts for entry in view.entries):
        raise NoLink
    numbers = {entry.line_id: _id(checkout, entry) for entry in view.entries}
    common = {"coupon": quote(view.coupon or "", safe=""), "language": language}
    listed = ",".join(f"{numbers[entry.line_id]}:{entry.quantity}" for entry in view.entries)
    if "{lines}" in checkout.template:
        return [checkout.template.format(lines=listed, id="", quantity="", **common)]
    return [
        checkout.template.format(lines="", id=numbers[entry.line_id], quantity=entry.quantity, **common)
        for entry in view.entries
    ]


def _id(checkout: Checkout, entry: Entry) -> str:
    known = entry.variant.checkout_id or ("" if checkout.kind != "link" else entry.variant.sku)
    if not known or entry.priced.item.price != entry.variant.price:
        raise NoLink
    return quote(known, safe="")
