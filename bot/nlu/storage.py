"""What components learn, in a model archive: arrays in one npz file, the rest as JSON. Nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def save(folder: Path, state: dict[str, Any]) -> None:
    """Write the values of `state`: numpy arrays, and whatever JSON can say."""
    arrays = {key: value for key, value in state.items() if isinstance(value, np.ndarray)}
    plain = {key: value for key, value in state.items() if key not in arrays}
    np.savez(folder / "arrays.npz", **arrays)
    (folder / "values.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> dict[str, Any]:
    """The state that `save` wrote to `folder`."""
    state: dict[str, Any] = json.loads((folder / "values.json").read_text(encoding="utf-8"))
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        state.update({key: arrays[key] for key in arrays.files})
    return state
