"""The import of guides, decision trees and maintenance plans: a file or a folder, all of it or nothing.

Called by `python -m bot import guides …` and by whatever loads the demonstration shop.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from sqlalchemy.exc import DBAPIError

from bot.db.session import reading, writing
from bot.shop.importing.report import ImportFileError, ImportReport, Refusal, RowProblem
from bot.shop.importing.writers.bulk import lock_imports
from bot.support.guides import located
from bot.support.guides.located import Located
from bot.support.guides.markdown import GuideFile, read_guide
from bot.support.guides.plan_files import PlanFile, read_plan
from bot.support.guides.records import GuideRecord, check_together
from bot.support.guides.tree_files import TreeFile, read_tree
from bot.support.guides.writing import GuideWriter

KIND = "guides"
FORMAT = "markdown"
LARGEST_FILE = 500_000  # bytes
_PAGES = frozenset((".md", ".markdown"))
_YAML = frozenset((".yml", ".yaml"))
Progress = Callable[[int, int | None], None]


def import_guides(
    path: Path,
    format: str | None = None,
    *,
    dry_run: bool = False,
    skip_invalid: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a Markdown or YAML file, or all of a folder.

    A refusal's `row_id` is the path of its file within the folder.

    Args:
        format: `markdown`, the only one; for symmetry with other imports.
        dry_run, skip_invalid, progress: as for `bot.shop.importing.import_file`.

    Raises:
        ImportFileError: nothing there can be imported, or the database cannot be used.
    """
    started = time.perf_counter()
    if format not in (None, FORMAT):
        raise ImportFileError(f"guides are imported from Markdown and YAML files, not from {format}")
    files = _files(Path(path))
    tell = progress or (lambda _done, _total: None)
    report = ImportReport()
    records: list[GuideRecord] = []
    try:
        for number, (file, name) in enumerate(files):
            tell(number, 2 * len(files))
            _read(file, name, records, report.refused)
        with reading() as session:
            report.refused += check_together(session, records)
        refused_files = {(refusal.row_id, refusal.line) for refusal in report.refused}
        records = [record for record in records if (record.source, record.line) not in refused_files]
        if dry_run or (report.refused and not skip_invalid):
            with reading() as session:
                GuideWriter(session, report).compare(records)
        else:
            with writing() as session:
                lock_imports(session)
                GuideWriter(session, report).write(records, lambda done: tell(len(files) + done, 2 * len(files)))
            report.applied = True
    except DBAPIError as error:
        reason = (str(error.orig).strip().splitlines() or ["unknown"])[0]
        raise ImportFileError(f"the database refused the import ({reason}); nothing was changed") from error
    report.refused.sort(key=lambda refusal: (refusal.row_id or "", refusal.line))
    report.seconds = time.perf_counter() - started
    tell(2 * len(files), 2 * len(files))
    return report


def _files(path: Path) -> list[tuple[Path, PurePosixPath]]:
    """The files to read, with their paths within what is imported."""
    if path.is_dir():
        found = sorted(
            (file, PurePosixPath(file.relative_to(path).as_posix()))
            for file in path.rglob("*")
            if file.suffix.lower() in _PAGES | _YAML and not file.name.startswith(".") and file.is_file()
        )
    elif path.is_file():
        found = [(path, PurePosixPath(path.name))]
    else:
        raise ImportFileError(f"there is no file or folder {path}")
    if not found:
        raise ImportFileError(f"{path} holds no Markdown (.md) or YAML (.yml) file")
    return found


def _read(file: Path, name: PurePosixPath, records: list[GuideRecord], refused: list[Refusal]) -> None:
    try:
        text = _text_of(file)
        if file.suffix.lower() in _YAML:
            for document in _documents(text):
                try:
                    records.append(_record(_of_document(document), name))
                except RowProblem as problem:
                    line = problem.line or getattr(document, "line", None) or 1
                    refused.append(Refusal(int(line), str(problem), str(name)))
        elif file.suffix.lower() in _PAGES:
            records.append(_record(read_guide(text, name), name))
        else:
            raise RowProblem("guides are .md, .yml or .yaml files")
    except RowProblem as problem:
        refused.append(Refusal(problem.line or 1, str(problem), str(name)))


def _text_of(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise RowProblem(f"the file is larger than {LARGEST_FILE // 1000} kB; divide it")
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RowProblem("the file is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise RowProblem(f"the file cannot be read ({error.strerror or error})") from None


def _documents(text: str) -> Iterator[Any]:
    """The documents of a YAML file, one after the other."""
    for document in located.load_all(text):
        if document is not None:
            yield document


def _of_document(document: Any) -> TreeFile | PlanFile:
    if isinstance(document, Located):
        if "tree" in document:
            return read_tree(document)
        if "plan" in document:
            return read_plan(document)
    raise RowProblem("a YAML document must begin with “tree: …” or “plan: …”", getattr(document, "line", None))


def _record(read: GuideFile | TreeFile | PlanFile, name: PurePosixPath) -> GuideRecord:
    line = getattr(read, "line", 1)
    content = {key: value for key, value in asdict(read).items() if key not in ("lines", "line")}
    told = hashlib.sha256(msgspec.json.encode([type(read).__name__, content], order="deterministic"))
    return GuideRecord(read, str(name), line, told.hexdigest())
