"""The printable page of a quote and its PDF, each under a signed link. The gateway mounts `routes`."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import lru_cache
from typing import Any

import yaml
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.db.models import Quote
from bot.db.session import reading
from bot.db.types import LocalisedText
from bot.gateway.shop_page import FOLDER, Page
from bot.settings import ROOT
from bot.shop import delivery, quotes

logger = logging.getLogger(__name__)

WORDS = ROOT / "data" / "words" / "quote_page.yml"
STYLE = FOLDER / "static" / "quote.css"
REMEMBERED_DOCUMENTS = 64


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return loaded


class QuotePage(Page):
    """One request for a quote: its language is the one asked for, else the one it was written in."""

    def __init__(self, request: Request, session: Session, quote: Quote | None) -> None:
        super().__init__(request, session)
        if quote is not None and "lang" not in request.query_params:
            self.speak(quote.language)
        self.words = {**self.words, **_words()[self.language]}

    def values(self, quote: Quote) -> dict[str, Any]:
        """What the template shows."""
        zone = delivery.zone(self.session, quote.city) if quote.city else None
        return {
            "quote": quote,
            "lapsed": quotes.lapsed(quote),
            "city": self.locale.text(zone.name) if zone else "",
            "written_on": self.full_day(quote.created_at),
            "valid_until": self.full_day(quote.valid_until),
            "localised": lambda text: self.locale.text(LocalisedText(text)),
            "amount": lambda amount: self.locale.money(amount, quote.currency),
            "percent": self.locale.number(quote.tax_percent),
            "pdf": f"{request_path(self.request)}/quote.pdf?lang={self.language}",
        }

    def full_day(self, moment: datetime) -> str:
        """The shop's day of a moment, with its year: the page may lie in a drawer."""
        day = moment.astimezone(self.shop.zone).date()
        return f"{self.locale.day(day)} {self.locale.digits_of(str(day.year))}"

    def missing(self) -> Response:
        """The page that says, politely, that this link opens no quote: not which part of it is wrong."""
        return self.answer("quote_missing.html", 404)


def request_path(request: Request) -> str:
    """The address of the quote's page, of either of its two routes."""
    return request.url.path.removesuffix("/quote.pdf")


def _opened(session: Session, request: Request) -> Quote | None:
    number, key = request.path_params["number"], request.path_params["key"]
    return quotes.opened(session, number, key) if "\0" not in number + key else None


def quote_page(request: Request) -> Response:
    """`GET /quotes/{number}/{key}`: the quote as a page to read and to print."""
    with reading() as session:
        quote = _opened(session, request)
        page = QuotePage(request, session, quote)
        if quote is None:
            return page.missing()
        return _private(page.answer("quote.html", document=False, **page.values(quote)))


def quote_pdf(request: Request) -> Response:
    """`GET /quotes/{number}/{key}/quote.pdf`: the same as a document."""
    with reading() as session:
        quote = _opened(session, request)
        page = QuotePage(request, session, quote)
        if quote is None:
            return page.missing()
        to_print = f"{request_path(request)}?lang={page.language}"
        html = bytes(page.answer("quote.html", document=True, **page.values(quote)).body).decode()
    try:
        document = _document(html)
    except OSError as error:  # this machine lacks the library that sets type: the page can be printed as well
        logger.error("no PDF can be made: %s", type(error).__name__)
        return _private(RedirectResponse(to_print, 303))
    headers = {"Content-Disposition": f'inline; filename="{quote.number}.pdf"', "Content-Language": page.language}
    return _private(Response(document, media_type="application/pdf", headers=headers))


def _private(response: Response) -> Response:
    """Kept by nobody on the way, found by no search engine."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@lru_cache(maxsize=REMEMBERED_DOCUMENTS)
def _document(html: str) -> bytes:
    """A PDF of a page, laid out by its own style sheet. Nothing is fetched from anywhere."""
    from weasyprint import CSS, HTML  # takes a moment to load, and is seldom needed
    from weasyprint.urls import URLFetcher

    nowhere = URLFetcher(allowed_protocols=[])
    style = CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=nowhere)
    document: bytes = HTML(string=html, url_fetcher=nowhere).write_pdf(stylesheets=[style])
    return document


routes: list[BaseRoute] = [
    Route("/quotes/{number}/{key}", quote_page),
    Route("/quotes/{number}/{key}/quote.pdf", quote_pdf),
]
