"""Questions are answered out of the shop's pages, in either language, and by nothing where nothing fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db.session import reading, writing
from bot.language.encoder import NullEncoder
from bot.support import help as pages
from bot.support.guides import embeddings
from bot.support.guides.importing import import_guides

TEXTS = {
    "wrapping.en": "# Gift wrapping\n\nWe wrap small things as gifts for SAR 15, with a card of up to 200 characters.",
    "wrapping.ar": "# تغليف الهدايا\n\nنغلّف القطع الصغيرة هدايا بـ15 ريالًا مع بطاقة حتى 200 حرف.",
    "points.en": "# Loyalty points\n\nCollect one point for every SAR 10.\n\n## How long do they last?\n\nPoints stay for two years.",
    "parking.en": "# Parking at our branches\n\nAll branches have free parking for two hours and a step-free entrance.",
    "recycling.en": "# Old devices\n\nBring old laptops and batteries to any branch; we recycle them free of charge.",
    "<img src=x onerror=alert(1)>.en": "# Odd <i>page</i>\n\nTrampoline <script>alert(1)</script> opening hours.",
}


@pytest.fixture
def shelf(database: str, tmp_path: Path) -> Iterator[None]:
    """Some help pages with their vectors."""
    for name, text in TEXTS.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    assert import_guides(tmp_path).applied
    with writing() as session:
        embeddings.refresh(session)
    yield


def _answer(question: str, language: str = "en") -> pages.Quote | None:
    with reading() as session:
        return pages.answer(session, question, language)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("question", "language", "code"),
    [
        ("can you wrap it as a gift?", "en", "wrapping"),
        ("do you do presents with a card", "en", "wrapping"),
        ("هل تغلفون الهدايا", "ar", "wrapping"),
        ("how long do my loyalty points last", "en", "points"),
        ("is there free parking at the branch", "en", "parking"),
        ("where can I bring my old laptop for recycling", "en", "recycling"),
    ],
)
def test_a_question_finds_its_page(question: str, language: str, code: str) -> None:
    found = _answer(question, language)
    assert found is not None and found.guide == code and found.language == language
    assert found.url == f"/help/{code}?lang={language}"


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    "question",
    [
        "what is the weather tomorrow",
        "who won the match",
        "write me a poem",
        "كيف أطبخ الرز",
        "مين فاز بالمباراة",
        "?",
        "",
    ],
)
def test_what_no_page_answers_is_not_answered(question: str) -> None:
    assert _answer(question) is None


@pytest.mark.usefixtures("shelf")
def test_an_arabic_question_is_answered_from_an_english_page_when_there_is_no_other() -> None:
    with reading() as session:
        found = pages.find(session, "كم تبقى نقاط الولاء صالحة؟", "ar", 1)
    assert found[0].guide == "points" and found[0].language == "en"


@pytest.mark.usefixtures("shelf")
def test_the_passage_is_quoted_from_under_its_heading() -> None:
    found = _answer("how long do loyalty points last")
    assert found is not None and (found.heading, found.text) == ("How long do they last?", "Points stay for two years.")


@pytest.mark.usefixtures("shelf")
def test_an_import_is_known_at_the_next_question(tmp_path: Path) -> None:
    assert _answer("do you rent out bouncy castles") is None
    (tmp_path / "castle.en.md").write_text("# Bouncy castles\n\nWe rent out bouncy castles for SAR 300 a day.")
    import_guides(tmp_path)
    with writing() as session:
        assert embeddings.refresh(session) == 1
    found = _answer("do you rent out bouncy castles")
    assert found is not None and found.guide == "castle"


@pytest.mark.usefixtures("shelf")
def test_a_page_can_be_read_whole_in_the_language_there_is() -> None:
    with reading() as session:
        found = pages.page(session, "points", "ar")
        assert found is not None and found.language == "en"
        assert [heading for heading, _ in found.sections] == ["", "How long do they last?"]
        assert pages.page(session, "nowhere", "en") is None


@pytest.mark.usefixtures("shelf")
def test_names_and_texts_with_html_stay_harmless() -> None:
    with reading() as session:
        found = pages.find(session, "trampoline opening hours", "en", 1)[0]
    assert "<" not in found.url and found.title == "Odd page" and "<" not in found.text


@pytest.mark.usefixtures("database")
def test_a_shop_without_pages_answers_nothing() -> None:
    assert _answer("do you wrap gifts") is None


def test_without_an_encoder_words_alone_decide(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "get_encoder", NullEncoder)
    (tmp_path / "wrapping.en.md").write_text(TEXTS["wrapping.en"], encoding="utf-8")
    import_guides(tmp_path)
    assert _answer("gift wrapping") is not None
    assert _answer("gift of the gab, weather, football") is None
