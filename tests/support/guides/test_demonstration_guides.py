"""The demonstration shop's guides: every tree walked in full, every symptom understood, every category helped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec
import pytest

from bot.settings import ROOT
from bot.support import replies, trees
from bot.support.guides import located
from bot.support.guides.markdown import GuideFile, read_guide
from bot.support.guides.tree_files import read_tree
from bot.support.trees import DID_NOT_HELP, HELPED, SKIPPED, UNSURE, Progress, Tree

SHOP = ROOT / "data" / "shop"
FILES = sorted((SHOP / "guides" / "trees").glob("*.yml"))
RIGHT, WRONG = 0.47, 0.14  # of wordings that a tree does not know; the others are asked about


def _tree(path: Path) -> Tree:
    read = read_tree(located.load(path.read_text(encoding="utf-8")))
    return trees.from_body(read.code, msgspec.json.decode(msgspec.json.encode(read.body)))


def _ways(tree: Tree, progress: Progress) -> Iterator[Progress]:
    """The state after every possible answer."""
    node = tree.node(progress.node)
    picks = [*range(len(node.answers)), UNSURE] if node.kind == "ask" else [HELPED, DID_NOT_HELP, UNSURE]
    for pick in picks:
        yield trees.answer(tree, progress, pick)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_way_through_a_tree_ends(path: Path) -> None:
    tree = _tree(path)
    seen: set[str] = set()
    ends: set[str] = set()
    for symptom in tree.symptoms:
        pending = [trees.begin(tree, symptom)]
        while pending:
            progress = pending.pop()
            node = tree.node(progress.node)
            seen.add(node.code)
            assert len(progress.trail) < 20, "nobody answers more questions than this"
            if node.kind == "end":
                ends.add(node.outcome)
                continue
            assert node.text["en"] and node.text["ar"]
            assert trees.back(progress).node == (progress.trail[-1][0] if progress.trail else node.code)
            pending += _ways(tree, progress)
    assert seen == {*tree.nodes, trees.SOLVED}
    assert ends == {"solved", "warranty", "human"} or ends == {"solved", "warranty"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_tried_is_not_asked_again(path: Path) -> None:
    tree = _tree(path)
    everything = {node.code for node in tree.nodes.values() if node.kind == "try"}
    for symptom in tree.symptoms:
        pending = [trees.begin(tree, symptom, everything)]
        while pending:
            progress = pending.pop()
            node = tree.node(progress.node)
            assert node.kind != "try"
            if node.kind == "end":
                assert all(pick == SKIPPED for code, pick in progress.trail if code in everything)
                continue
            picks = [*range(len(node.answers)), UNSURE]
            pending += [trees.answer(tree, progress, pick, everything) for pick in picks]


def test_symptoms_are_told_apart_in_words_not_seen() -> None:
    """Each phrase is understood by the others when it is taken away itself: right, asked about, or wrong."""
    counted = {"right": 0, "asked": 0, "wrong": 0}
    for path in FILES:
        symptoms = _tree(path).symptoms
        for place, symptom in enumerate(symptoms):
            for phrase in (phrase for phrases in symptom.says.values() for phrase in phrases):
                options = [
                    {lang: [p for p in (s.label[lang], *s.says[lang]) if p != phrase] for lang in s.says}
                    for s in symptoms
                ]
                found = replies.chosen(phrase, options)
                counted["asked" if found is None else "right" if found == place else "wrong"] += 1
    total = sum(counted.values())
    assert counted["right"] / total > RIGHT and counted["wrong"] / total < WRONG, counted


def _categories() -> set[str]:
    entries = msgspec.json.decode((SHOP / "shop.json").read_bytes())["categories"]
    parents = {entry.get("parent") for entry in entries}
    return {entry["code"] for entry in entries if entry["code"] not in parents}


def _pages() -> list[GuideFile]:
    found = []
    for path in sorted((SHOP / "guides").rglob("*.md")):
        found.append(read_guide(path.read_text(encoding="utf-8"), PurePosixPath(path.name)))
    return found


def test_every_category_has_a_tree_and_a_setup_guide_in_both_languages() -> None:
    assert {path.stem for path in FILES} == _categories()
    pages = _pages()
    for language in ("en", "ar"):
        setups = {
            code for page in pages if page.language == language and page.kind == "setup" for code in page.categories
        }
        assert setups == _categories()


def test_guides_say_the_same_in_both_languages() -> None:
    by_code: dict[str, dict[str, GuideFile]] = {}
    for page in _pages():
        by_code.setdefault(page.code, {})[page.language] = page
    for code, pages in by_code.items():
        assert set(pages) == {"en", "ar"}, code
        english, arabic = pages["en"], pages["ar"]
        assert [step.image for step in english.steps] == [step.image for step in arabic.steps], code
        assert [bool(step.trouble) for step in english.steps] == [bool(step.trouble) for step in arabic.steps], code
        assert bool(english.safety) == bool(arabic.safety) and english.minutes == arabic.minutes, code
        assert all(step.image for step in english.steps), code
