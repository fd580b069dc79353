"""The pages' HTML and words: both languages complete, nothing inline, nothing a person typed taken for markup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.db.models import Agent
from bot.db.session import writing
from bot.desk import api, pages, web
from bot.desk.app import routes
from bot.desk.phrases import FOLDER, language_wanted, phrases
from bot.settings import ROOT
from tests.desk.conftest import on_sqlite

DESK = Path(pages.__file__).parent
SOURCES = [*DESK.glob("templates/*.html"), *DESK.glob("static/*.js"), *(DESK.parent / "helpdesk").glob("*.py")]
# Names put together at run time: the part before the point is fixed.
GROUPS = {
    "reason",
    "topic",
    "channel",
    "language",
    "summary",
    "outcome",
    "author",
    "lists",
    "conversation",
    "setup.error",
    "menu",
    "presence",
    "transfer",
    "reassign",
    "snooze",
    "note",
    "marks",
    "order",
    "result",
    "wish",
    "context",
    "composer",
    "shortcuts",
    "manage.error",
    "account",
    "role",
    "agents",
    "teams",
    "assignment",
    "day",
    "rules",
    "severity",
    "board",
    "delivery",
    "reports",
    "measure",
    "funnel",
    "cause",
    "report",
    "last",
    "mood",
    "quote_state",
    "ticket_state",
    "urgency",
    "case",
    "case_state",
    "lead",
    "next_step",
    "quote.error",
    "did",
}


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _every_page(visitor: TestClient, mona: TestClient) -> list[str]:
    answers = [visitor.get("/desk/sign-in"), visitor.get("/desk/setup/used-up"), mona.get("/desk"), mona.get("/desk/x")]
    assert [answer.status_code for answer in answers] == [200, 410, 200, 404]
    managed = [mona.get("/desk" if name == "desk" else f"/desk/{name}") for name, _ in pages.PAGES]
    assert {answer.status_code for answer in managed} == {200}
    return [answer.text for answer in [*answers, *managed]]


def test_both_languages_have_the_same_phrases() -> None:
    english, arabic = phrases("en"), phrases("ar")
    assert english.keys() == arabic.keys()
    for name, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", arabic[name])), name
        assert text.strip() and arabic[name].strip(), name


def test_no_phrase_is_named_twice_in_a_file() -> None:
    for path in FOLDER.glob("*.json"):
        names = [name for name, _ in json.loads(path.read_text("utf-8"), object_pairs_hook=list)]
        assert len(names) == len(set(names)), path.name


def test_arabic_phrases_are_arabic() -> None:
    other_script = {"language.switch", "composer.hint", "teams.skills_hint"}  # keys of keyboards and names of needs
    for name, text in phrases("ar").items():
        if name not in other_script:
            assert re.search("[\u0600-\u06ff]", text) and not re.search("[A-Za-z]", re.sub(r"{\w+}", "", text)), name


def test_every_phrase_used_exists_and_every_phrase_is_used() -> None:
    text = "\n".join(path.read_text("utf-8") for path in SOURCES)
    used = set(re.findall(r"""\bt\(\s*["']([\w.]+)["']\s*[,)]""", text))
    known = set(phrases("en"))
    assert used <= known
    loose = set(re.findall(rf'"((?:{"|".join(GROUPS)})\.\w+)"', text))
    assert loose <= known
    named_at_run_time = {name for name in known if name.rpartition(".")[0] in GROUPS}
    mentioned = {name for name in known if f'"{name}"' in text}
    assert known - used - loose - named_at_run_time - mentioned == set()


def _written_down() -> set[str]:
    """The actions of the log: calls that change something, some that show something, and failed sign-ins."""
    calls = {
        (route.endpoint.__name__, method)
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    changing = {name for name, method in calls if method not in web.SAFE_METHODS} - web.UNREMARKABLE
    return changing | web.REMARKABLE_READS | {"sign_in_failed"}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_the_code_can_name_has_a_phrase(language: str) -> None:
    names = phrases(language)
    assert all(f"outcome.{outcome}" in names for outcome in api.OUTCOMES)
    small_talk = {"greet", "goodbye", "thanks", "affirm", "deny", "bot_challenge", "capabilities", "change_language"}
    small_talk |= {"answer", "go_on"}  # words inside a topic
    intents = set(yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["intents"]) - small_talk - {"nlu_fallback"}
    assert all(f"topic.{intent}" in names for intent in intents)
    assert all(f"did.{action}" in names for action in _written_down())
    assert all(f"author.{author}" in names for author in ("customer", "bot", "agent", "system", "you"))


@on_sqlite
def test_pages_keep_to_the_strict_content_security_policy(
    at_desk: Callable[..., TestClient], visitor: TestClient
) -> None:
    for html in _every_page(visitor, at_desk("Mona", role="admin")):
        for tag, attributes in Elements(html).found:
            assert tag != "style" and "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            if tag == "script":
                assert (attributes.get("src") or "").startswith("/desk/static/")
            for name in ("href", "src", "action"):
                assert re.match(r"(/|\?|#|$)", attributes.get(name) or ""), (tag, attributes)
    for path in DESK.glob("static/*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.read_text("utf-8")
        )


@on_sqlite
def test_pages_are_in_the_language_and_direction_of_the_agent(
    at_desk: Callable[..., TestClient], visitor: TestClient
) -> None:
    assert '<html lang="en" dir="ltr">' in at_desk("Mona").get("/desk").text
    page = at_desk("Sara", language="ar").get("/desk").text
    assert '<html lang="ar" dir="rtl">' in page and "مكتب الردود" in page
    assert 'lang="ar"' in visitor.get("/desk/sign-in", headers={"Accept-Language": "ar-EG,en;q=0.5"}).text
    assert '<html lang="en"' in visitor.get("/desk/sign-in?lang=en", headers={"Accept-Language": "ar"}).text


def test_the_language_of_a_stranger() -> None:
    assert [language_wanted(*case) for case in [("ar", "en"), ("xx", "fr, ar;q=.5, en"), (None, "de"), (None, "")]] == [
        "ar",
        "ar",
        "en",
        "en",
    ]


@on_sqlite
def test_a_name_is_never_markup(at_desk: Callable[..., TestClient]) -> None:
    name = "<script>alert(1)</script>\"' onload=x"
    mona = at_desk("Mona")
    mona_page = mona.get("/desk").text
    with writing() as session:
        session.execute(update(Agent).values(name=name))
    page = mona.get("/desk").text
    assert len(Elements(page).found) == len(Elements(mona_page).found)
    assert "<script>alert" not in page


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/desk/conversations/abc", "/desk/conversations/abc"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example/desk", "/desk"),
        ("/desk/../../evil", "/desk/../../evil"),  # stays on this site, whatever it is
        ("/desk\\@evil.example", "/desk"),
        ("/desk/\r\nSet-Cookie: a=b", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("/deskevil", "/desk"),
        ('/desk/"><script>', "/desk/&#34;&gt;&lt;script&gt;"),
    ],
)
def test_sign_in_leads_back_into_the_desk_and_nowhere_else(visitor: TestClient, asked: str, target: str) -> None:
    page = visitor.get("/desk/sign-in", params={"next": asked}).text
    assert f'data-target="{target}"' in page


@on_sqlite
def test_who_is_signed_in_goes_straight_to_the_desk(at_desk: Callable[..., TestClient]) -> None:
    assert at_desk("Mona").get("/desk/sign-in", params={"next": "/desk/x"}).headers["location"] == "/desk/x"


@on_sqlite
def test_static_files_are_checked_for_newer_ones(visitor: TestClient) -> None:
    for path in DESK.glob("static/*"):
        answer = visitor.get(f"/desk/static/{path.name}")
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"
    for outside in ("../api.py", "%2e%2e/api.py", "..%2fstrings/en.json"):
        assert visitor.get(f"/desk/static/{outside}").status_code in (303, 404)
