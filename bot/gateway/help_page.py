"""The help pages and guides of the shop on web pages of our own, so that what is quoted has a source to open."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.db.session import reading
from bot.gateway.shop_page import Page
from bot.support import help as pages


def help_page(request: Request) -> Response:
    """`GET /help/{code}`: one page, as text only whatever its file held."""
    with reading() as session:
        page = Page(request, session)
        found = pages.page(session, request.path_params["code"].replace("\0", "")[:200], page.language)
        return page.answer("shop_help.html", help=found) if found else page.missing()


routes: list[BaseRoute] = [Route("/help/{code}", help_page)]
