"""How well and how fast questions are answered out of 2,000 help articles: prints one line of JSON.

Run as `python -m bench.help`. The articles are made from `help_articles.yml` and imported as a shop's own folder
would be, into a new database in a temporary folder or the one that DUKAN_DATABASE_URL names.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).with_name("help_articles.yml")
BOUND_MS = 60.0  # 95th percentile
KINDS_ASKED = 2  # things each subject is asked about


def write_articles(data: dict[str, Any], folder: Path, chance: random.Random) -> int:
    """One page for each thing, subject and language; how many."""
    for subject, texts in data["subjects"].items():
        for language in ("en", "ar"):
            for place, kind in enumerate(data["kinds"][language]):
                page = texts[language]
                sentences = [text.format(kind=kind, n=chance.randint(2, 40)) for text in page["text"]]
                body = (
                    f"# {page['title'].format(kind=kind)}\n\n{sentences[0]}\n\n## {kind}\n\n{' '.join(sentences[1:])}\n"
                )
                code = f"{subject}-{place}"
                path = folder / language / subject / f"{code}.{language}.md"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"---\nguide: {code}\nkind: help\n---\n\n{body}", encoding="utf-8")
    return len(data["subjects"]) * (len(data["kinds"]["en"]) + len(data["kinds"]["ar"]))


def questions(data: dict[str, Any], chance: random.Random) -> list[tuple[str, str, str | None]]:
    """Question, language, and the code of the page that answers it (None where no page does)."""
    asked: list[tuple[str, str, str | None]] = []
    for subject, texts in data["subjects"].items():
        for language in ("en", "ar"):
            for phrase in texts[f"ask_{language}"]:
                for place in chance.sample(range(len(data["kinds"][language])), KINDS_ASKED):
                    kind = data["kinds"][language][place]
                    asked.append((phrase.format(kind=kind), language, f"{subject}-{place}"))
    asked += [(text, language, None) for language in ("en", "ar") for text in data["foreign"][language]]
    chance.shuffle(asked)
    return asked


def measure(asked: list[tuple[str, str, str | None]]) -> dict[str, Any]:
    """Recall, refusals and latency over the questions."""
    from bot.db.session import reading
    from bot.support import help as pages

    milliseconds: list[float] = []
    processor: list[float] = []
    found: dict[str, list[bool]] = {"en": [], "ar": []}
    first, answered, refused = [], [], []
    with reading() as session:
        pages.find(session, "warm up", "en")
    for text, language, wanted in asked:
        started, busy = time.perf_counter(), time.process_time()
        with reading() as session:
            quotes = pages.find(session, text, language, 3)
        milliseconds.append((time.perf_counter() - started) * 1000)
        processor.append((time.process_time() - busy) * 1000)
        sure = bool(quotes) and quotes[0].confidence >= pages.SURE
        if wanted is None:
            refused.append(not sure)
        else:
            found[language].append(wanted in [quote.guide for quote in quotes])
            first.append(bool(quotes) and quotes[0].guide == wanted)
            answered.append(sure)
    together = [*found["en"], *found["ar"]]
    return {
        "questions": len(asked),
        "recall_at_3": round(statistics.mean(together), 3),
        "recall_at_3_en": round(statistics.mean(found["en"]), 3),
        "recall_at_3_ar": round(statistics.mean(found["ar"]), 3),
        "recall_at_1": round(statistics.mean(first), 3),
        "answered": round(statistics.mean(answered), 3),
        "foreign_refused": round(statistics.mean(refused), 3),
        "p50_ms": round(statistics.median(milliseconds), 1),
        "p95_ms": round(statistics.quantiles(milliseconds, n=20)[18], 1),
        "p95_cpu_ms": round(statistics.quantiles(processor, n=20)[18], 1),
    }


def main() -> int:
    """Make, import, ask; 1 when the bound is missed."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    chance = random.Random(11)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DUKAN_STATE_DIR", folder)
        from rich.console import Console

        from bot.db import schema
        from bot.shop.importing.command import refresh_meaning
        from bot.support.guides.importing import import_guides

        schema.migrate()
        count = write_articles(data, Path(folder) / "articles", chance)
        report = import_guides(Path(folder) / "articles")
        started = time.perf_counter()
        refresh_meaning(Console(quiet=True))
        result = {
            "articles": count,
            "import_seconds": round(report.seconds, 1),
            "vectors_seconds": round(time.perf_counter() - started, 1),
            **measure(questions(data, chance)),
        }
    print(json.dumps(result))
    return 0 if report.applied and result["p95_ms"] <= BOUND_MS else 1


if __name__ == "__main__":
    sys.exit(main())
