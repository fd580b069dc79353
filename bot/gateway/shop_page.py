"""The shop page: products on a web page of our own, with the chat widget on it. The gateway mounts `routes`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.db.session import reading
from bot.db.types import LANGUAGES, LocalisedText
from bot.gateway.files import folder
from bot.settings import ROOT
from bot.shop import availability, browsing, catalogue, profile
from bot.shop.catalogue import BuyableVariant, Place, ShopProduct
from bot.words.formatting import Locale

FOLDER = ROOT / "bot" / "gateway"
WORDS = ROOT / "data" / "words" / "shop_page.yml"
LARGEST_PAGE = 10_000


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Page:
    """One request for a page: its language, its links and what every template needs."""

    def __init__(self, request: Request, session: Session) -> None:
        self.request = request
        self.session = session
        self.shop = profile.read(session)
        self.speak(language_of(request))

    def speak(self, language: str) -> None:
        """Make this the language of the page."""
        self.language = language
        self.locale = Locale(language)
        self.words = _words()[language]

    def link(self, path: str = "/", **query: Any) -> str:
        """An address on this site, in the language of the page unless `lang` says another."""
        given = {"lang": self.language, **query}
        return f"{quote(path)}?{urlencode({name: value for name, value in given.items() if value})}"

    def here(self, language: str) -> str:
        """This very page in another language."""
        query = {name: value for name, value in self.request.query_params.items() if name != "lang"}
        return self.link(self.request.url.path, **query, lang=language)

    def direction(self, text: LocalisedText) -> str:
        """The direction of a text of the catalogue, which may be there in the other language only."""
        language = self.language if text.get(self.language) else next(iter(text), self.language)
        return "rtl" if language == "ar" else "ltr"

    def money(self, amount: Any) -> str:
        """A price with the shop's currency."""
        return self.locale.money(amount, self.shop.currency)

    def price(self, product: ShopProduct) -> str:
        """The price of a product, or the lowest of several."""
        if product.price_from is None:
            return self.words["on_request"]
        price = self.money(product.price_from)
        return f"{self.words['from']} {price}" if product.price_to not in (None, product.price_from) else price

    def answer(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page as HTML."""
        other = next(language for language in LANGUAGES if language != self.language)
        html = (
            _templates()
            .get_template(template)
            .render(page=self, t=self.words, locale=self.locale, shop=self.shop, other=other, picture=picture, **values)
        )
        headers = {"Content-Language": self.language, "Vary": "Accept-Language", "Cache-Control": "no-cache"}
        return HTMLResponse(html, status, headers)

    def missing(self) -> Response:
        """The page that says there is no such page."""
        return self.answer("shop_missing.html", 404)


def language_of(request: Request) -> str:
    """The language asked for by `?lang=`, else the first of ours among those the browser prefers, else English."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return str(asked)
    wishes: list[tuple[float, str]] = []
    for wish in request.headers.get("accept-language", "").split(","):
        tag, _, quality = wish.strip().partition(";q=")
        try:
            wishes.append((-float(quality or 1), tag[:2].lower()))
        except ValueError:
            continue
    return next((language for _, language in sorted(wishes, key=lambda wish: wish[0]) if language in LANGUAGES), "en")


def picture(url: str | None) -> str | None:
    """A picture's address if the page's content security policy lets browsers load it."""
    if url and (url.startswith("https://") or (url.startswith("/") and not url.startswith("//"))):
        return url
    return None


def missing_page(request: Request) -> Response:
    """What a browser is told of an address at which there is nothing."""
    with reading() as session:
        return Page(request, session).missing()


def shelves(request: Request) -> Response:
    """`GET /`: products, all or of a `category`, with the words of `q`, on page `page`."""
    with reading() as session:
        page = Page(request, session)
        aisles = browsing.aisles(session)
        path: tuple[browsing.Aisle, ...] = ()
        if code := request.query_params.get("category"):
            path = next((found for aisle in aisles if (found := aisle.path_to(code))), ())
            if not path:
                return page.missing()
        words = " ".join(request.query_params.get("q", "").replace("\0", " ").split())[:200]
        number = request.query_params.get("page", "")
        wanted = min(int(number[:6]), LARGEST_PAGE) if number.isascii() and number.isdecimal() else 1
        aisle = path[-1] if path else None
        shelf = browsing.shelf(session, aisle=aisle, words=words, page=wanted)
        return page.answer("shop.html", aisles=aisles, path=path, aisle=aisle, words=words, shelf=shelf)


def product_page(request: Request) -> Response:
    """`GET /products/{code}`: everything a customer may want to know of one product."""
    with reading() as session:
        page = Page(request, session)
        product = catalogue.product(session, request.path_params["code"].replace("\0", ""))
        if product is None:
            return page.missing()
        places = catalogue.places(session)
        stock = [_stock_row(page, product, variant, places) for variant in product.variants]
        return page.answer("shop_product.html", product=product, places=places, stock=stock)


def _stock_row(page: Page, product: ShopProduct, variant: BuyableVariant, places: Sequence[Place]) -> dict[str, Any]:
    names = {(option.code, choice.code): choice.name for option in product.options for choice in option.choices}
    chosen = [page.locale.text(names[pair]) for pair in variant.options.items() if pair in names]
    return {
        "name": " · ".join(chosen) or page.locale.text(variant.title),
        "price": page.words["on_request"] if variant.price is None else page.money(variant.price),
        "before": _price_before(page, variant),
        "held": [_held(page, variant, place) for place in places],
    }


def _price_before(page: Page, variant: BuyableVariant) -> str | None:
    """The price before a reduction, if there is one."""
    if variant.price is None or variant.compare_at_price is None or variant.compare_at_price <= variant.price:
        return None
    return page.money(variant.compare_at_price)


def _held(page: Page, variant: BuyableVariant, place: Place) -> tuple[str, bool]:
    """What a branch has of a variant, in words, and whether that is anything."""
    if not variant.track_stock:
        return page.words["always"], True
    quantity = variant.stock.get(place.code, 0)
    if quantity <= 0:
        return page.words["sold_out"], False
    few = availability.Held(place, quantity).few
    return (page.locale.counted("left", quantity) if few else page.words["in_stock"]), True


routes: list[BaseRoute] = [
    Route("/", shelves),
    Route("/products/{code:path}", product_page),
    # The modules of widget.js lie beside it, whether it was loaded from /widget.js or from /static/widget.js.
    folder("/widget", FOLDER / "static" / "widget"),
]
