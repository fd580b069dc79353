"""The body of each supervised process: gateway, Rasa, action server; a start that cannot succeed says why in a line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import uvicorn
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from bot import logs
from bot.settings import settings
from bot.supervisor import FATAL

SHUTDOWN_SECONDS = 3
GARBAGE = (20_000, 20, 20)  # new objects before a collection, and collections before a larger one

# One message's matrix products are too small to share out; threads that wait for a share keep the cores busy.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def stop_with(advice: str) -> None:
    """End the process for good: starting it again would not help."""
    print(advice, file=sys.stderr, flush=True)  # noqa: T201
    os._exit(FATAL)


def _check_database() -> None:
    from bot.db import schema

    try:
        schema.check()
    except schema.SchemaError as error:
        stop_with(f"{error} Run: python -m bot migrate")
    except OperationalError as error:
        stop_with(f"The database cannot be opened ({error.orig}). Check DUKAN_DATABASE_URL and the disk.")


def _serve(app: Starlette, host: str, port: int, *, public: bool = False) -> None:
    # What is loaded now lives as long as the process: no collection of garbage needs to walk it, or come often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="none",
        server_header=False,
        date_header=public,
        proxy_headers=public,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def gateway() -> None:
    """Run the gateway."""
    from bot.gateway.app import create_app

    logs.set_up("gateway")
    _check_database()
    _serve(create_app(), settings().host, settings().port, public=True)


def actions() -> None:
    """Run the action server."""
    from bot.dialogue.actions_server import create_app

    logs.set_up("actions")
    _check_database()
    address = urlsplit(settings().actions_url)
    _serve(create_app(settings().secret("internal_token")), address.hostname or "127.0.0.1", address.port or 5055)


def rasa() -> None:
    """Run Rasa with the newest model."""
    from bot.dialogue.logs import quiet

    quiet()
    from rasa.engine.exceptions import GraphComponentException
    from rasa.shared.exceptions import RasaException

    from bot.dialogue.action_calls import ActionServer
    from bot.dialogue.server import DialogueServer, create_app
    from bot.dialogue.training import newest_model

    logs.set_up("rasa")
    _check_database()
    model = newest_model()
    if model is None:
        stop_with("There is no trained model. Run: python -m bot train")
        return
    token = settings().secret("internal_token")
    try:
        server = DialogueServer(model, ActionServer(f"{settings().actions_url}/webhook", token))
    except (RasaException, GraphComponentException, OSError, EOFError, KeyError, ValueError) as error:
        stop_with(f"The model {model.name} cannot be loaded ({type(error).__name__}). Run: python -m bot train --force")
        return
    server.warm()
    address = urlsplit(settings().rasa_url)
    _serve(create_app(server, token), address.hostname or "127.0.0.1", address.port or 5005)


PROCESSES: dict[str, Callable[[], None]] = {"gateway": gateway, "actions": actions, "rasa": rasa}
