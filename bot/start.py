"""What `python -m bot run` and `serve` do before and around the processes."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.settings import ROOT, settings
from bot.supervisor import CannotStart, Supervisor, check_port

DEMONSTRATION_SHOP = ROOT / "data" / "shop"


def _check_state_dir() -> None:
    try:
        settings().state_dir.mkdir(parents=True, exist_ok=True)
        settings().secret("internal_token")
        settings().secret("secret_key")
    except OSError as error:
        raise CannotStart(
            f"{settings().state_dir} cannot be written ({error.strerror}). Check DUKAN_STATE_DIR and the disk."
        ) from error


def prepare_database() -> None:
    """Make the state folder and bring the database to this version's tables; quick when they are there.

    Raises:
        CannotStart: neither can be written.
    """
    from bot.db import schema

    _check_state_dir()
    try:
        schema.migrate()
    except OperationalError as error:
        raise CannotStart(
            f"The database cannot be opened ({error.orig}). Check DUKAN_DATABASE_URL and the disk."
        ) from error


@contextmanager
def _one_after_the_other() -> Iterator[None]:
    """Copies that are started together do not all load the shop and train."""
    from bot.db import schema

    with schema.alone("prepares"):
        yield


def _is_empty() -> bool:
    from bot.db.models import Product
    from bot.db.session import reading

    with reading() as session:
        return session.execute(select(Product.id).limit(1)).first() is None


def _load_demonstration_shop() -> None:
    # In a process of its own: the encoder it needs is given back before the system starts.
    process = multiprocessing.get_context("spawn").Process(target=_import_demonstration_shop)
    process.start()
    process.join()
    if process.exitcode:
        raise CannotStart("The demonstration shop could not be loaded; what is wrong is said above.")


def _import_demonstration_shop() -> None:
    from bot.shop.importing.command import import_folder, refresh_meaning

    out = Console()
    with out.status("loading the demonstration shop"):
        count = import_folder(DEMONSTRATION_SHOP)
    refresh_meaning(out)
    out.print(f"✓ demonstration shop loaded: {count} rows")


def _train(out: Console) -> None:
    from bot.dialogue.training import fingerprint, model_for

    if model_for(fingerprint()).exists():
        out.print("✓ model up to date")
        return
    started = time.monotonic()
    # In a process of its own: what training needs in memory is given back before the system starts.
    with out.status("training the model (about a minute)"):
        trained = subprocess.run(
            [sys.executable, "-m", "bot", "train"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    if trained.returncode:
        raise CannotStart(f"The model could not be trained:\n{(trained.stderr or trained.stdout)[-2000:]}")
    out.print(f"✓ model trained in {time.monotonic() - started:.0f} s")


def _show_addresses(out: Console) -> None:
    from bot.desk.accounts import create_setup_link

    out.print()
    out.print(f"  Shop page   {settings().url}/", soft_wrap=True)
    out.print(f"  Desk        {settings().url}/desk", soft_wrap=True)
    link = create_setup_link()
    if link:
        out.print(f"  Set up the desk (this link works once)   {link}", soft_wrap=True)
    out.print()
    out.print("Ready. Ctrl-C stops everything.")


def _serve(out: Console, err: Console) -> int:
    try:
        _check_state_dir()
        supervisor = Supervisor(settings(), lambda line: out.print(f"· {line}"))
        supervisor.run(lambda: _show_addresses(out))
    except CannotStart as reason:
        if str(reason):
            err.print(str(reason), style="red", markup=False)
        return 1
    out.print("Stopped.")
    return 0


def serve_processes(out: Console, err: Console) -> int:
    """Run the processes on a database and a model that are there; the exit code."""
    return _serve(out, err)


def run_everything(out: Console, err: Console) -> int:
    """Prepare whatever is missing, then run the processes; the exit code."""
    try:
        check_port(settings())
        prepare_database()
        out.print("✓ database ready")
        with _one_after_the_other():
            if _is_empty():
                _load_demonstration_shop()
            _train(out)
    except CannotStart as reason:
        err.print(str(reason), style="red", markup=False)
        return 1
    return _serve(out, err)
