"""The intents of the training data as they are now, against the kept figures; and the report's page."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np

from bot.evaluation import measures
from bot.evaluation.entities import Found, Miss
from bot.evaluation.folds import Examples, Outcome
from bot.evaluation.understanding import EXAMPLES, KEPT, lost, quick_figures, report


def test_no_macro_f1_dropped_by_more_than_a_point() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))["quick"]
    found = quick_figures(Examples.read(EXAMPLES))
    assert not lost(kept, found), f"look: python -m bot evaluate understanding (kept {kept}, found {found})"


class Page(HTMLParser):
    """Counts pictures and what would have to be fetched."""

    pictures = 0
    fetched = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag == "svg"
        for name, value in attrs:
            self.fetched += name == "src" and not str(value).startswith("data:")
            self.fetched += tag == "link"


def test_the_page_holds_its_pictures_and_escapes_sentences() -> None:
    wanted = np.array(["greet", "pay", "out_of_scope"] * 4, dtype=object)
    found = np.array(["greet", "greet", "out_of_scope"] * 4, dtype=object)
    examples = Examples(["<b>hello</b>"] * 12, wanted, ["general.yml"] * 12, ["en", "ar"] * 6)
    outcome = Outcome(found, np.linspace(0.1, 0.99, 12), np.ones(12, dtype=bool))
    entities = Found(0.5, {"price": 0.5}, [Miss("under <2k", [("price", 2000)], [])])
    figures = {"folds": 2, **measures.figures(examples, outcome), "entities": {"all": 0.5, "price": 0.5}}
    figures["held_out"] = {"gulf": {"examples": 7, "unseen": 0.8123, "seen": 0.9}}
    text = report(figures, examples, outcome, entities)
    page = Page()
    page.feed(text)
    assert (page.pictures, page.fetched) == (4, 0)
    assert "0.812" in text
    assert "<b>hello" not in text
    assert "&lt;b&gt;hello" in text
    assert "under &lt;2k" in text
