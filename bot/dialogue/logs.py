"""Keeps Rasa from writing what customers said: its debug lines carry texts, slots and entities."""

from __future__ import annotations

import logging
import os


def quiet() -> None:
    """Let only warnings and errors of Rasa's through; to be called before Rasa is imported."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("RASA_MAX_CACHE_SIZE", "0")  # training is skipped whole or done whole
    # Rasa turns on the deprecation warnings of all it imports; they are for its authors. The tests see them all.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    for name in ("rasa", "tensorflow", "matplotlib", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
