"""Guides, trees and plans are imported whole or refused with file, line and reason; and Markdown brings text only."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from sqlalchemy import select

from bot.db.models import Category, Guide, Passage
from bot.db.session import reading, writing
from bot.shop.importing import ImportFileError
from bot.shop.importing.report import RowProblem
from bot.support.guides import embeddings, stored
from bot.support.guides.importing import import_guides
from bot.support.guides.markdown import read_guide
from bot.support.guides.stored import Subject
from tests.shop.samples import bedding_shop

GUIDE = """---
kind: setup
categories: [{category}]
minutes: 20
safety: "Two people lift."
---

# Put up the bed

Half an hour for two.

1. Lay out the slats.
   ![](/shop/images/slats.svg)
2. Screw on the legs.

   > Turn the screw the other way.
"""
TREE = """tree: beds
categories: [{category}]
title: {{en: Beds, ar: الأسرّة}}
symptoms:
  creaks:
    label: {{en: It creaks, ar: يصر}}
    says: {{en: [squeaks], ar: [يزيق]}}
    start: screws
nodes:
  screws:
    try: {{en: Tighten the screws., ar: شدّ البراغي.}}
    next: slat
  slat:
    ask: {{en: "Is a slat broken?", ar: "هل انكسر لوح؟"}}
    answers: {{"yes": claim, "no": person}}
    unsure: person
  claim: {{end: warranty}}
  person: {{end: human}}
"""


@pytest.fixture
def category(database: str) -> str:
    """A category of a shop."""
    bedding_shop()
    with reading() as session:
        return str(session.execute(select(Category.code).order_by(Category.id)).scalars().first())


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_is_imported_once_and_again_changes_nothing(category: str, tmp_path: Path) -> None:
    _write(tmp_path, bed__en__md=GUIDE.format(category=category), beds__yml=TREE.format(category=category))
    told: list[tuple[int, int | None]] = []
    first = import_guides(tmp_path, progress=lambda done, of: told.append((done, of)))
    assert (first.created, first.updated, first.applied) == (2, 0, True) and told[-1][0] == told[-1][1]
    again = import_guides(tmp_path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    with reading() as session:
        library = stored.current(session)
        subject = Subject(None, (category,))
        guide = library.guides_for(subject, ("setup",))[0]
        assert [step.text for step in guide.steps_in("ar")] == ["Lay out the slats.", "Screw on the legs."]
        assert guide.steps_in("en")[0].image == "/shop/images/slats.svg"
        assert guide.steps_in("en")[1].trouble == "Turn the screw the other way."
        assert (guide.minutes, guide.safeties["en"]) == (20, "Two people lift.")
        assert library.tree_for(subject) is not None
        assert library.tree_for(Subject(None, ("elsewhere",))) is None


def test_a_changed_page_keeps_the_vectors_of_what_stayed(category: str, tmp_path: Path) -> None:
    text = GUIDE.format(category=category)
    import_guides(_write(tmp_path, bed__en__md=text))
    with writing() as session:
        assert embeddings.refresh(session) == 3
    report = import_guides(_write(tmp_path, bed__en__md=text.replace("Lay out", "Count")))
    assert (report.created, report.updated) == (0, 1)
    with reading() as session:
        rows = session.execute(select(Passage.text, Passage.embedding)).all()
        assert {row.text for row in rows if row.embedding is None} == {"Count the slats."}


def test_a_dry_run_and_a_refused_file_change_nothing(category: str, tmp_path: Path) -> None:
    _write(tmp_path, bed__en__md=GUIDE.format(category=category), bad__md="no title here\n")
    dry = import_guides(tmp_path, dry_run=True, skip_invalid=True)
    assert (dry.created, dry.applied) == (1, False)
    refused = import_guides(tmp_path)
    assert not refused.applied
    assert [(r.row_id, r.line) for r in refused.refused] == [("bad.md", 1)]
    with reading() as session:
        assert session.execute(select(Guide.id)).first() is None
    assert import_guides(tmp_path, skip_invalid=True).applied
    with reading() as session:
        assert session.execute(select(Guide.code)).scalars().all() == ["bed"]


BROKEN = [
    ("    next: slat", "    next: screws", "leads back to itself: screws → screws", 10),
    ("    unsure: person\n", "", "is a dead end: it lacks “unsure”", 14),
    ('answers: {{"yes": claim, "no": person}}', "answers: {{}}", "is a dead end: a question needs", 15),
    (", ar: شدّ البراغي.", "", "“try” of the node “screws” has no Arabic text", 11),
    (
        "label: {{en: It creaks, ar: يصر}}",
        "label: {{en: It creaks}}",
        "“label” of the symptom “creaks” has no Arabic",
        6,
    ),
    ("    next: slat", "    next: lost", "leads to “lost”, which is not there", 10),
    ("    start: screws", "    start: slat", "no answer ever leads to the node “screws”", 10),
    ("claim: {{end: warranty}}", "claim: {{end: repair}}", "must end in one of solved, warranty, human", 17),
    ("    start: screws", "    begin: screws", "knows no “begin”", 8),
    ("person: {{end: human}}", "person: {{end: human, say: {{en: Sorry.}}}}", "has no Arabic text", 18),
    ("title: {{en: Beds", "title: {{en: Beds\n: :", "this is not YAML", 4),
]


@pytest.mark.parametrize(("found", "put", "reason", "line"), BROKEN, ids=[entry[2] for entry in BROKEN])
def test_a_broken_tree_is_refused_with_the_place_named(
    category: str, tmp_path: Path, found: str, put: str, reason: str, line: int
) -> None:
    assert found in TREE
    report = import_guides(_write(tmp_path, beds__yml=TREE.replace(found, put).format(category=category)))
    assert not report.applied and len(report.refused) == 1
    refusal = report.refused[0]
    assert reason in refusal.reason and refusal.row_id == "beds.yml" and refusal.line == line


def test_a_longer_loop_is_shown_whole(category: str, tmp_path: Path) -> None:
    text = TREE.format(category=category).replace('"no": person', '"no": screws')
    report = import_guides(_write(tmp_path, beds__yml=text))
    assert "screws → slat → screws" in report.refused[0].reason


PAGES = [
    ("---\nkind: setup\n---\n# T\n\nNo steps.\n", "needs steps", 4),
    ("---\nkind: recipe\n---\n# T\n\nText.\n", "the kind “recipe” is not known", 2),
    ("---\nlanguage: fr\n---\n# T\n\nText.\n", "the language “fr” is not known", 2),
    ("---\nkind: help\n# T\n", "never closed", 1),
    ("---\nkind: setup\ncolour: red\n---\n# T\n\n1. a\n", "knows no “colour”", 3),
    ("---\nkind: setup\nminutes: soon\n---\n# T\n\n1. a\n", "“minutes” must be a whole number", 3),
    ("---\nurl: javascript:alert(1)\n---\n# T\n\nText.\n", "“url” must begin with https:// or /", 2),
    ("---\nkind: setup\n---\n# T\n\n1. a\n   ![](//evil.example/x.svg)\n", "a picture's address must begin", 6),
    ("---\nkind: help\nkind: setup\n---\n# T\n", "stands here twice", 3),
    ("# Only a title\n", "the page has no text", 1),
]


@pytest.mark.parametrize(("text", "reason", "line"), PAGES, ids=[entry[1] for entry in PAGES])
def test_a_page_that_cannot_be_taken_says_why_and_where(text: str, reason: str, line: int) -> None:
    with pytest.raises(RowProblem, match=reason) as problem:
        read_guide(text, PurePosixPath("page.en.md"))
    assert (problem.value.line or 1) == line


def test_what_only_shows_together_is_refused(category: str, tmp_path: Path) -> None:
    page = GUIDE.format(category=category)
    _write(
        tmp_path,
        bed__en__md=page,
        bed__ar__md="---\nkind: setup\n---\n# سرير\n\n1. خطوة\n",
        twice__md=page.replace("kind: setup", "guide: bed\nlanguage: en\nkind: setup").replace("2. S", "1. S"),
        lost__md=page.replace(category, "no-such-kind"),
        plan__yml="plan: p\ntitle: {en: P, ar: خ}\ntasks:\n  a:\n    name: {en: A, ar: أ}\n    every_months: 2\n"
        "    guide: nowhere\n",
    )
    told = [str(refusal) for refusal in import_guides(tmp_path).refused]
    for file, reason in [
        ("bed.ar.md", "has 1 steps here and 2 in"),
        ("twice.md", "stands already in bed.en.md, line 1"),
        ("lost.md", "there is no category “no-such-kind” (line 3)"),
        ("plan.yml", "names the guide “nowhere”, which is not there"),
    ]:
        assert any(f"line 1 ({file}): " in line and reason in line for line in told), told


def test_markdown_with_html_and_script_is_text_only() -> None:
    page = read_guide(
        "# A <b>bold</b> title\n\nSome <script>alert(1)</script> words [here](javascript:alert(2)).\n\n"
        '<div onclick="steal()">Inside <script>steal()</script></div>\n\n<img src=x onerror=steal()>\n',
        PurePosixPath("page.md"),
    )
    shown = "\n".join([page.title, page.intro, *(text for _, text in page.passages)])
    assert page.title == "A bold title"
    assert "<" not in shown and "onclick" not in shown and "steal" not in shown and "onerror" not in shown


def test_numbered_lists_of_articles_keep_their_numbers_and_long_texts_are_divided() -> None:
    page = read_guide("# T\n\n1. one\n2. two\n\n## Long\n\n" + "A sentence of some words. " * 60, PurePosixPath("t.md"))
    assert page.passages[0] == ("", "1. one\n2. two")
    assert len(page.passages) > 2 and all(len(text) <= 700 for _, text in page.passages)
    assert {heading for heading, _ in page.passages[1:]} == {"Long"}


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="no file or folder"):
        import_guides(tmp_path / "nowhere")
    with pytest.raises(ImportFileError, match="holds no Markdown"):
        import_guides(tmp_path)
    with pytest.raises(ImportFileError, match="not from shopify"):
        import_guides(tmp_path, "shopify")


def test_a_file_in_another_encoding_or_too_large_is_refused(database: str, tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes("# Caf\xe9".encode("latin-1"))
    (tmp_path / "large.md").write_text("# T\n" + "x" * 600_000)
    reasons = {refusal.row_id: refusal.reason for refusal in import_guides(tmp_path).refused}
    assert "not UTF-8" in reasons["latin.md"] and "larger than 500 kB" in reasons["large.md"]
