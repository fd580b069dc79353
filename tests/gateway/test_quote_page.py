"""The page and the PDF of a quote: for who has the signed link, in both languages, found by nobody else."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from bot.clock import moved_by
from bot.db.session import writing
from bot.gateway.app import create_app
from bot.shop import quotes, text_index
from tests.shop.samples import bedding_shop
from tests.shop.selling_samples import conversation, fill, ready, selling


@pytest.fixture
def link(database: str) -> str:
    """The path of a quote over two lines, one of them with choices."""
    text_index.forget()
    bedding_shop()
    selling()
    talk = conversation()
    fill(talk, "cloud-plus", 1, 1, size="160", cover="wool")
    fill(talk, "knit-throw", 5, 2)
    ready(talk, name="Sara <b>K.</b>")
    with writing() as session:
        return quotes.path_of(quotes.write(session, talk, 3, "ar").number)


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app())  # without its lifespan: no process stands behind it


def _text(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def test_the_page_speaks_the_language_it_was_written_in(client: TestClient, link: str) -> None:
    answer = client.get(link, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    assert (page.html["lang"], page.html["dir"]) == ("ar", "rtl")
    text = _text(answer.text)
    assert "عرض سعر Q-1001" in text and "الغطاء: صوف" in text and "2,340 درهمًا" in text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not page.find_all(style=True) and not page.find_all("script") and not page.find_all("style")
    assert "no-store" in answer.headers["cache-control"] and answer.headers["x-robots-tag"] == "noindex"


def test_the_same_in_english_with_lines_that_add_up(client: TestClient, link: str) -> None:
    answer = client.get(link + "?lang=en")
    text = _text(answer.text)
    assert "Quote Q-1001" in text and "Cover: Wool" in text and "Sara <b>K.</b>" in text
    assert "−AED 30" in text and "of which VAT 5%" in text
    amounts = [cell.get_text() for cell in BeautifulSoup(answer.text, "html.parser").select("tbody td.number")]
    assert amounts[-4:] == ["AED 2,320", "AED 20", "AED 2,340", "AED 111.43"], "what the total holds stands under it"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_document_is_a_pdf_of_its_own_fonts(client: TestClient, link: str, language: str) -> None:
    answer = client.get(f"{link}/quote.pdf?lang={language}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", answer.content, re.DOTALL)
    plain = b"".join(zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"x")
    assert b"/FontFile" in plain, "whoever prints it has the letters"
    assert 'filename="Q-1001.pdf"' in answer.headers["content-disposition"]


def test_another_link_is_answered_politely_and_says_nothing(client: TestClient, link: str) -> None:
    number, key = link.removeprefix("/quotes/").split("/")
    wrong = [f"/quotes/Q-1002/{key}", f"/quotes/{number}/{key[:-1]}", f"/quotes/{number}/{key}/other.pdf"]
    wrong += [
        f"/quotes/{number}/{'A' * 32}",
        f"/quotes/{number}/%00{key}",
        f"/quotes/{number}/مفتاح",
        "/quotes/Q-1001/x/quote.pdf",
    ]
    for path in wrong:
        answer = client.get(path + "?lang=en")
        assert answer.status_code == 404, path
        assert "AED" not in answer.text
    assert "only with the full link" in _text(client.get(wrong[0] + "?lang=en").text)
    assert "لا يفتح عرض سعر" in _text(client.get(wrong[0] + "?lang=ar").text)


def test_a_lapsed_quote_says_so(client: TestClient, link: str) -> None:
    with moved_by(timedelta(days=10)):
        assert "was valid until" in _text(client.get(link + "?lang=en").text)
