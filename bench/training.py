"""Training and understanding beside the stock Rasa pipeline, on the same examples: `python -m bench.training [--epochs 1]`.

Both learn all of `data/nlu`, one after the other; Dukan its rules and stories besides. The stock pipeline is the one
that Rasa suggests, with DIET. Its hundred epochs take hours on two cores: `--epochs` are trained, and what a hundred
would take is reckoned from the time of one. Then both understand the same messages by turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from bot.settings import ROOT

USUAL_EPOCHS = 100
BOUND_S, BOUND_P50_MS, BOUND_P95_MS = 90.0, 20.0, 50.0
MESSAGES = 300
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
_EPOCH = re.compile(r"(\d+):(\d+)<00:00")  # minutes and seconds in the progress bar, when all epochs are done


def _run(*arguments: str, **environment: str) -> tuple[float, str]:
    """Seconds a program takes, and what it says."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **QUIET, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, done.stdout


def _stock_pipeline(epochs: int) -> dict[str, Any]:
    """What Rasa suggests to who names no pipeline, with other epochs."""
    from rasa.engine.recipes import default_recipe

    suggested = Path(default_recipe.__file__).parent / "config_files" / "default_config.yml"
    config: dict[str, Any] = yaml.safe_load(suggested.read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if "epochs" in component:
            component["epochs"] = epochs
    return {**config, "assistant_id": "bench"}


def train_dukan(folder: Path) -> dict[str, Any]:
    """Train as `make run` does."""
    seconds, _ = _run("bot", "train", DUKAN_STATE_DIR=str(folder), DUKAN_MODEL_DIR="")
    return {"train_s": round(seconds, 1), "model": str(next((folder / "models").glob("*.tar.gz")))}


def train_stock(folder: Path, epochs: int) -> dict[str, Any]:
    """Train the stock pipeline's understanding for some epochs."""
    config = folder / "config.yml"
    config.write_text(yaml.safe_dump(_stock_pipeline(epochs)), encoding="utf-8")
    seconds, said = _run(
        *("rasa", "train", "nlu", "--nlu", "data/nlu", "--config", str(config)),
        *("--out", str(folder), "--fixed-model-name", "stock"),
    )
    minutes, rest = _EPOCH.findall(said)[-1]
    an_epoch = (60 * int(minutes) + int(rest)) / epochs
    return {
        "epochs": epochs,
        "train_s": round(seconds, 1),
        "epoch_s": round(an_epoch, 1),
        f"train_s_at_{USUAL_EPOCHS}_epochs": round(seconds + (USUAL_EPOCHS - epochs) * an_epoch),
        "model": str(folder / "stock.tar.gz"),
    }


def _messages() -> list[str]:
    """Messages as customers write them, none of which was learned as it is."""
    from bot.evaluation.folds import Examples

    dice = random.Random(5)
    texts = dice.sample(Examples.read(ROOT / "data" / "nlu").texts, MESSAGES)
    return [f"{text}, {dice.choice(('order', 'رقم'))} {dice.randrange(10**4, 10**5)}" for text in texts]


def _load_shop() -> None:
    """The demonstration shop, whose names are looked for in every message."""
    from bot.db import schema
    from bot.shop.importing.command import import_folder
    from bot.start import DEMONSTRATION_SHOP

    schema.migrate()
    import_folder(DEMONSTRATION_SHOP)


def understand(dukan: str, stock: str) -> dict[str, dict[str, float]]:
    """Milliseconds that a message takes each, by turns."""
    from bot.dialogue.logs import quiet

    quiet()
    from rasa.core.agent import Agent

    from bot.nlu.parse import load_interpreter

    interpreter, agent = load_interpreter(Path(dukan)), Agent.load(stock)
    loop = asyncio.new_event_loop()
    parsers = {
        "dukan": interpreter.parse,
        "stock": lambda text: loop.run_until_complete(agent.parse_message(text)),
    }
    texts = _messages()
    for parse in parsers.values():
        parse(texts[0])
    took: dict[str, list[float]] = {name: [] for name in parsers}
    for text in texts[1:]:
        for name, parse in parsers.items():
            began = time.perf_counter()
            parse(text)
            took[name].append((time.perf_counter() - began) * 1000)
    loop.close()
    return {
        name: {"p50_ms": round(statistics.median(ms), 1), "p95_ms": round(statistics.quantiles(ms, n=20)[18], 1)}
        for name, ms in took.items()
    }


def main() -> int:
    """Train, understand; 1 when Dukan misses a bound."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=1)
    wanted = options.parse_args()
    os.environ |= QUIET
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DUKAN_STATE_DIR"] = folder
        found = {"dukan": train_dukan(Path(folder))}
        found["dukan"]["memory_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        found["stock"] = train_stock(Path(folder), wanted.epochs)
        _load_shop()
        understood = understand(found["dukan"].pop("model"), found["stock"].pop("model"))
    for name, figures in understood.items():
        found[name] |= figures
    print(json.dumps({"bench": "training", **found}))
    dukan = found["dukan"]
    within = dukan["train_s"] <= BOUND_S and dukan["p50_ms"] <= BOUND_P50_MS and dukan["p95_ms"] <= BOUND_P95_MS
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
