"""`python -m bot import` and the loading of a folder of files: the import with a progress bar and a report to read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.db.session import writing
from bot.shop import embeddings
from bot.shop.importing import ImportFileError, import_file
from bot.shop.importing.report import ImportReport
from bot.shop.importing.run import Progress as Tell
from bot.support.guides import embeddings as passages
from bot.support.guides.importing import KIND as GUIDES
from bot.support.guides.importing import import_guides

SHOWN_REFUSALS = 50


class ManifestEntry(msgspec.Struct):
    """A file of a folder and how to import it."""

    kind: str
    path: str
    format: str | None = None


def _bar(err: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
    )


def _show(report: ImportReport, out: Console, *, dry_run: bool) -> None:
    for refusal in report.refused[:SHOWN_REFUSALS]:
        row = f" ({refusal.row_id})" if refusal.row_id else ""
        out.print(f"line {refusal.line}{row}: {refusal.reason}", markup=False)
    if len(report.refused) > SHOWN_REFUSALS:
        out.print(f"… and {len(report.refused) - SHOWN_REFUSALS} more refused rows")
    for warning in report.warnings[:SHOWN_REFUSALS]:
        out.print(f"note: {warning}", markup=False)
    out.print(
        f"created {report.created}, updated {report.updated}, unchanged {report.unchanged}, "
        f"refused {len(report.refused)} in {report.seconds:.1f} s"
    )
    if dry_run:
        out.print("Dry run: nothing was changed.")
    elif not report.applied:
        out.print("Nothing was imported. Mend the rows above, or leave them out with --skip-invalid.")


def import_any(
    kind: str,
    path: Path,
    format: str | None,
    *,
    dry_run: bool = False,
    skip_invalid: bool = False,
    progress: Tell | None = None,
) -> ImportReport:
    """Import a file of any kind, or a folder of guides."""
    reader = import_guides if kind == GUIDES else partial(import_file, kind)
    return reader(path, format, dry_run=dry_run, skip_invalid=skip_invalid, progress=progress)


def run_import(
    kind: str,
    path: Path,
    format: str | None,
    *,
    dry_run: bool,
    skip_invalid: bool,
    out: Console,
    err: Console,
) -> int:
    """Import a file and show what became of it; the exit code: 0, or 1 when nothing was imported."""
    try:
        with _bar(err) as bar:
            task = bar.add_task(f"importing {kind}", total=None)

            def progress(done: int, total: int | None) -> None:
                bar.update(task, completed=done, total=total)

            report = import_any(kind, path, format, dry_run=dry_run, skip_invalid=skip_invalid, progress=progress)
    except ImportFileError as error:
        err.print(str(error), style="red", markup=False)
        return 1
    _show(report, out, dry_run=dry_run)
    if report.applied and report.created + report.updated:
        refresh_meaning(err)
    return 0 if report.applied or (dry_run and not report.refused) else 1


def refresh_meaning(err: Console) -> None:
    """Work out the sentence vectors that search ranks by, for what has none yet."""
    with _bar(err) as bar:
        task = bar.add_task("learning what the names mean", total=None)
        written = 1
        while written:
            with writing() as session:
                written = embeddings.refresh(session) or passages.refresh(session)
            bar.advance(task, written)


def import_folder(folder: Path) -> int:
    """Import the files that a folder's `manifest.json` lists, in its order; the number of rows.

    Raises:
        ImportFileError: a file cannot be imported whole.
    """
    rows = 0
    for entry in msgspec.json.decode((folder / "manifest.json").read_bytes(), type=list[ManifestEntry]):
        report = import_any(entry.kind, folder / entry.path, entry.format)
        if not report.applied:
            raise ImportFileError(f"{entry.path}, {report.refused[0]}")
        rows += report.created + report.updated
    return rows
