"""Pages behind signed links: an invoice, a return label, sending a photo, a copy of one's data. The gateway mounts `routes`.

Whoever has a link has its page, so that none is ever kept by a cache, sent on as a referrer or framed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.files import Where, take
from bot.conversation.inbox import Job
from bot.db.session import reading
from bot.db.types import LANGUAGES
from bot.gateway.problems import Problem
from bot.gateway.shop_page import Page
from bot.settings import ROOT
from bot.support import accounts, links, orders, photos, returns, uploads
from bot.support.links import InvalidLink, Kind

WORDS = ROOT / "data" / "words" / "service_pages.yml"
# Nothing on these pages may be loaded from elsewhere, kept, or told to another site.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
FILE_POLICY = "default-src 'none'; sandbox"


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return loaded


def _opened(request: Request, kind: Kind) -> dict[str, Any]:
    """What the link of a request opens.

    Raises:
        Problem: 404; a forged link and one that ran out look the same.
    """
    try:
        return links.read(kind, request.path_params["token"])
    except InvalidLink:
        raise Problem(404, "No such page", "The link is not valid, or has run out.", headers=PRIVATE) from None


class _Page(Page):
    """A page in the language of its link."""

    def __init__(self, request: Request, session: Any, claims: dict[str, Any]) -> None:
        super().__init__(request, session)
        if request.query_params.get("lang") not in LANGUAGES and claims.get("lang") in LANGUAGES:
            self.speak(claims["lang"])
        self.words = {**self.words, **_words()[self.language]}

    def private(self, template: str, **values: Any) -> Response:
        """The page as HTML that nobody keeps."""
        answer = self.answer(template, **values)
        answer.headers.update(PRIVATE)
        return answer


def invoice(request: Request) -> Response:
    """The invoice of an order."""
    claims = _opened(request, "invoice")
    with reading() as session:
        order = orders.read(session, int(claims["sub"]))
        if order is None:
            raise Problem(404, "No such page", headers=PRIVATE)
        page = _Page(request, session, claims)
        tax = None
        if page.shop.tax_percent and order.total is not None and page.shop.prices_include_tax:
            share = page.shop.tax_percent / (100 + page.shop.tax_percent)
            tax = (order.total * Decimal(str(share))).quantize(Decimal("0.01"))
        return page.private("service_invoice.html", order=order, tax=tax)


def label(request: Request) -> Response:
    """The label of a return."""
    claims = _opened(request, "label")
    with reading() as session:
        found = returns.label(session, int(claims["sub"]))
        if found is None:
            raise Problem(404, "No such page", headers=PRIVATE)
        return _Page(request, session, claims).private("service_label.html", label=found)


def data(request: Request) -> Response:
    """A copy of a customer's data, as a file."""
    claims = _opened(request, "data")
    found = accounts.export(int(claims["sub"]))
    if found is None:
        raise Problem(404, "No such page", headers=PRIVATE)
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(body, media_type="application/json", headers=headers)


def photo_page(request: Request) -> Response:
    """Where a photo or a PDF is chosen and sent."""
    claims = _opened(request, "photos")
    with reading() as session:
        most = photos.LARGEST_FILE
        return _Page(request, session, claims).private("service_photo.html", most=most)


def photo(request: Request) -> Response:
    """A photo as we drew it, or a PDF, to be saved: for the colleague who has its link."""
    claims = _opened(request, "photo")
    file = uploads.read(str(claims["sub"]))
    if file is None:
        raise Problem(404, "No such page", headers=PRIVATE)
    headers = {
        **PRIVATE,
        "Content-Security-Policy": FILE_POLICY,
        "Content-Disposition": uploads.disposition(file),
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=uploads.MEDIA_TYPES[file.kind], headers=headers)


class Uploads:
    """Takes files and lets the conversation go on.

    Args:
        wake: has a conversation's messages answered.
    """

    def __init__(self, wake: Callable[[str, Job | None], None]) -> None:
        self._wake = wake

    async def take(self, request: Request) -> Response:
        """Take one photo or PDF, the body of the call being the file."""
        claims = _opened(request, "photos")
        where = Where(str(claims["sub"]), claims.get("lang") or "en", claims.get("line"))
        received = await take(request, where, PRIVATE)
        if received.run:
            self._wake(where.conversation_id, received.job)
        return Response(b'{"ok":true}', 201, PRIVATE, "application/json")


def routes(wake: Callable[[str, Job | None], None]) -> list[BaseRoute]:
    """The pages."""
    return [
        Route("/service/invoice/{token}", invoice),
        Route("/service/label/{token}", label),
        Route("/service/data/{token}", data),
        Route("/service/photos/{token}", photo_page),
        Route("/service/photos/{token}", Uploads(wake).take, methods=["POST"]),
        Route("/service/photo/{token}", photo),
    ]
