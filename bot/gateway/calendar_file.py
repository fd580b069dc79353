"""Behind signed links: the calendar file of an appointment, and the page that ends follow-ups. The gateway mounts `routes`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.db.models import Appointment
from bot.db.session import reading
from bot.gateway.problems import Problem
from bot.gateway.service_pages import PRIVATE, _opened, _Page
from bot.shop import branches, follow_ups, profile
from bot.shop.leads import calendar_file
from bot.words.responses import responses


def calendar(request: Request) -> Response:
    """`GET /service/appointment/{token}`: the appointment, as a file that every calendar opens."""
    claims = _opened(request, "appointment")
    with reading() as session:
        row = session.get(Appointment, int(claims["sub"]))
        if row is None:
            raise Problem(404, "No such page", headers=PRIVATE)
        shop = profile.read(session)
        store = next(iter(branches.places(session, branch=row.place.partition(":")[2])), None)
    language = row.language
    name = shop.name.get_for(language)
    visit = row.kind == "demo" and store is not None
    title = "calendar_visit" if visit else "calendar_call"
    where = ""
    if visit and store is not None:
        comma = responses().render("phrase_separator", language, {}).text
        where = f"{store.name.get_for(language)}{comma} {store.address.get_for(language)}"
    body = calendar_file.event(
        f"appointment-{row.id}@dukan",
        row.starts_at,
        row.ends_at,
        responses().render(title, language, {"shop": name}).text,
        location=where,
        sequence=row.sequence,
        cancelled=row.seat is None,
    )
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="appointment.ics"'}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def stop_page(request: Request) -> Response:
    """`GET /service/stop/{token}`: asks whether the messages are to end; mail programs that look ahead end nothing."""
    claims = _opened(request, "stop")
    with reading() as session:
        return _Page(request, session, claims).private("service_stop.html", stopped=False)


def stop(request: Request) -> Response:
    """`POST /service/stop/{token}`: no further message."""
    claims = _opened(request, "stop")
    follow_ups.stop(str(claims["sub"]))
    with reading() as session:
        return _Page(request, session, claims).private("service_stop.html", stopped=True)


routes: list[BaseRoute] = [
    Route("/service/appointment/{token}", calendar),
    Route("/service/stop/{token}", stop_page),
    Route("/service/stop/{token}", stop, methods=["POST"]),
]
