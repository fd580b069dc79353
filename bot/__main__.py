"""The command line: `python -m bot …`. Each command loads only what it needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.settings import SettingsError, settings

cli = typer.Typer(
    name="bot",
    help="Dukan, the shop assistant.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def _fail(message: str, code: int = 1) -> typer.Exit:
    if message:
        err.print(message, style="red", markup=False)
    return typer.Exit(code)


@cli.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    from sqlalchemy.exc import OperationalError

    from bot.db import schema

    try:
        settings().state_dir.mkdir(parents=True, exist_ok=True)
        schema.migrate()
    except OperationalError as error:
        raise _fail(f"The database cannot be opened ({error.orig}). Check DUKAN_DATABASE_URL and the disk.") from None
    except OSError as error:
        raise _fail(f"{settings().state_dir} cannot be written ({error.strerror}). Check DUKAN_STATE_DIR.") from None


@cli.command()
def train(
    force: Annotated[bool, typer.Option("--force", help="Train even if nothing changed.")] = False,
) -> None:
    """Train the model, only if its inputs changed."""
    from bot.dialogue.logs import quiet

    quiet()
    from bot.dialogue.training import TrainingError, fingerprint, model_for
    from bot.dialogue.training import train as train_model

    if model_for(fingerprint()).exists() and not force:
        out.print("The model is up to date.")
        return
    try:
        with out.status("training the model (about a minute)"):
            path, _ = train_model(force)
    except TrainingError as error:
        raise _fail(str(error)) from None
    out.print(f"Trained {path.name}.")


@cli.command()
def parse() -> None:
    """Understand JSON lines {"text": …} from standard input; one JSON line of findings each, in order."""
    from bot.parse import parse_lines

    raise typer.Exit(parse_lines(sys.stdin.buffer, sys.stdout.buffer))


@cli.command()
def review(
    days: Annotated[int, typer.Option(help="How many days back to look.")] = 30,
    listed: Annotated[bool, typer.Option("--list", help="Only show.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Only show, as JSON.")] = False,
    accept: Annotated[list[str] | None, typer.Option(metavar="ID=INTENT", help="Make a message an example.")] = None,
    dismiss: Annotated[list[int] | None, typer.Option(metavar="ID", help="Put a message aside.")] = None,
) -> None:
    """Look again at messages that were not understood, and make examples of them."""
    from bot.dialogue.logs import quiet

    quiet()
    from bot.review import run_review

    code = run_review(days, accept or [], dismiss or [], as_json=as_json, listed=listed, out=out, err=err)
    raise typer.Exit(code)


@cli.command()
def evaluate(
    subject: Annotated[str, typer.Argument(help="understanding")],
    check: Annotated[bool, typer.Option("--check", help="Only fail if a figure dropped.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the figures for later checks.")] = False,
) -> None:
    """Measure how well messages are understood, as a page with pictures."""
    from bot.dialogue.logs import quiet

    quiet()
    from bot.evaluation.understanding import run_evaluation

    if subject != "understanding":
        raise _fail("What can be evaluated is: understanding", 2)
    raise typer.Exit(run_evaluation(check=check, keep=keep, out=out, err=err))


@cli.command()
def report(
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, 2026-09-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, 2026-09-30.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """The measures of a period: sales, service, understanding."""
    from bot.report import run_report

    raise typer.Exit(run_report(first, last, as_json=as_json, out=out, err=err))


@cli.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is due.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Delete what is older than it is kept, and say what was done."""
    from bot.privacy import run_retention

    raise typer.Exit(run_retention(dry_run=dry_run, as_json=as_json, out=out, err=err))


@cli.command()
def person(
    who: Annotated[str, typer.Argument(help="E-mail address, phone number (+…) or customer id.")],
    erase: Annotated[bool, typer.Option("--erase", help="Erase all of it, for good.")] = False,
) -> None:
    """A copy of all that is kept of one person, as JSON; or its erasure."""
    from bot.privacy import run_person

    raise typer.Exit(run_person(who, erase=erase, out=out, err=err))


@cli.command()
def returned(
    number: Annotated[str, typer.Argument(help="The return's number, as its label has it.")],
    broken: Annotated[bool, typer.Option("--broken", help="Its pieces cannot be sold again.")] = False,
) -> None:
    """Book in a return that has arrived: its pieces go back into stock."""
    from bot.support.returns import book_in

    if not book_in(number, sellable=not broken):
        raise _fail(f"No return {number} is on its way.")
    out.print(f"{number} is booked in.")


@cli.command()
def trail(
    which: Annotated[str, typer.Argument(help="A conversation's id, or a message's.")],
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show personal data.")] = False,
) -> None:
    """The way of a message, or of a conversation, through all processes: JSON lines in the order of time."""
    from bot.privacy import run_trail

    raise typer.Exit(run_trail(which, unmasked=unmasked, err=err))


@cli.command("import")
def import_(
    kind: Annotated[
        str,
        typer.Argument(
            help="products, orders, customers, guides, branches, delivery, policies, selling, coupons or shop"
        ),
    ],
    path: Annotated[Path, typer.Argument(help="The file to import; for guides also a folder.")],
    format: Annotated[str | None, typer.Option(help="shopify, woocommerce, google, list, json or markdown")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; change nothing.")] = False,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Import the good rows of a bad file.")] = False,
) -> None:
    """Import a shop's own file. Running it again changes nothing."""
    from bot.shop.importing.command import run_import
    from bot.start import prepare_database
    from bot.supervisor import CannotStart

    try:
        prepare_database()
    except CannotStart as reason:
        err.print(str(reason), style="red", markup=False)
        raise typer.Exit(1) from None
    raise typer.Exit(run_import(kind, path, format, dry_run=dry_run, skip_invalid=skip_invalid, out=out, err=err))


@cli.command()
def serve() -> None:
    """Run the processes: gateway, Rasa, action server."""
    from bot.start import serve_processes

    raise typer.Exit(serve_processes(out, err))


@cli.command()
def run() -> None:
    """Everything: database, demonstration shop into an empty one, model, processes."""
    from bot.start import run_everything

    raise typer.Exit(run_everything(out, err))


@cli.command()
def chat(
    locale: Annotated[str | None, typer.Option(help="en or ar")] = None,
    url: Annotated[str, typer.Option(help="Address of the gateway, if not the one of the settings.")] = "",
) -> None:
    """Talk in the terminal to the running system."""
    from bot.chat import talk

    raise typer.Exit(talk(url or settings().url, locale, out, err))


@cli.command(hidden=True)
def process(name: str) -> None:
    """One of the processes, for the supervisor and for container images."""
    from bot.processes import PROCESSES

    PROCESSES[name]()


def main() -> None:
    """Entry point; an unusable setting is one line, not a trace."""
    try:
        settings()
    except SettingsError as error:
        err.print(str(error), style="red", markup=False)
        sys.exit(2)
    cli()


if __name__ == "__main__":
    main()
