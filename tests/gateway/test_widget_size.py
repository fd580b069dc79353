"""The widget stays small, whole and free of what its promises forbid."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from bot.settings import ROOT

STATIC = ROOT / "bot" / "gateway" / "static"
LIMIT = 25_000  # bytes over the wire: scripts, styles and the words of both languages
FILES = [STATIC / "widget.js", *sorted((STATIC / "widget").iterdir())]


def test_everything_together_fits_the_limit() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes(), mtime=0)) for path in FILES}
    assert sum(sizes.values()) <= LIMIT, sizes


def test_modules_import_each_other_and_nothing_else() -> None:
    imported = set()
    for path in FILES:
        for target in re.findall(r"""(?:from|import) ['"]([^'"]+)['"]""", path.read_text(encoding="utf-8")):
            assert target.startswith("./"), f"{path.name} imports {target}"
            imported.add((path.parent / target).resolve())
    assert imported == set(FILES[1:])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_module_parses_markup_or_sets_style_attributes(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "DOMParser",
        "cssText",
    ):
        assert forbidden not in source
    assert not re.search(r"setAttribute\(\s*['\"]style", source)
    assert not re.search(r"[{,]\s*style:", source)


def test_languages_have_the_same_strings_and_plural_forms() -> None:
    source = (STATIC / "widget" / "strings.js").read_text(encoding="utf-8")
    english, arabic = (re.search(rf"^  {code}: {{\n(.*?)^  }},$", source, re.M | re.S)[1] for code in ("en", "ar"))
    keys = [re.findall(r"^    (\w+):", block, re.M) for block in (english, arabic)]
    assert keys[0] == keys[1] and len(keys[0]) > 30
    # Arabic counts with one, two, few, many and other; what is counted here is never nothing.
    for block in re.findall(r": \{\n(.*?)\n    \}", arabic, re.S):
        assert {"one", "two", "few", "many", "other"} <= set(re.findall(r"(\w+): '", block))
