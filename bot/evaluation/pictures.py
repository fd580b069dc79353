"""The pictures of the report, as SVG text to stand inside a page."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

ENGLISH, ARABIC, PLAIN = "#2b6cb0", "#c05621", "#4a5568"


def f1_bars(by_intent: Mapping[str, Mapping[str, float]]) -> str:
    """F1 of every intent in both languages, the lowest on top."""
    names = sorted(by_intent, key=lambda name: -by_intent[name]["all"])
    figure = Figure(figsize=(9, 0.26 * len(names) + 1))
    axes = figure.subplots()
    places = np.arange(len(names))
    axes.barh(places + 0.2, [by_intent[name]["en"] for name in names], 0.38, color=ENGLISH, label="English")
    axes.barh(places - 0.2, [by_intent[name]["ar"] for name in names], 0.38, color=ARABIC, label="Arabic")
    axes.set(yticks=places, yticklabels=names, xlim=(0.4, 1), xlabel="F1", ylim=(-1, len(names)))
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")
    return _svg(figure)


def confusions(wanted: np.ndarray, found: np.ndarray) -> str:
    """Which intent was taken for which: shares of the intent that was meant, the diagonal left out."""
    names = sorted(set(wanted.tolist()))
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for one, other in zip(wanted, found):
        counts[place[one], place[other]] += 1
    shares = counts / counts.sum(axis=1, keepdims=True)
    np.fill_diagonal(shares, 0)
    figure = Figure(figsize=(11, 10))
    axes = figure.subplots()
    shown = axes.imshow(shares, cmap="Reds")
    axes.set(xticks=range(len(names)), yticks=range(len(names)), xlabel="taken for", ylabel="meant")
    axes.set_xticklabels(names, rotation=90, fontsize=7)
    axes.set_yticklabels(names, fontsize=7)
    figure.colorbar(shown, ax=axes, shrink=0.6, label="share of the intent's examples")
    return _svg(figure)


def refusing(points: list[tuple[float, float, float, float]]) -> str:
    """Out-of-scope recall against what is answered right in scope, as the threshold on the confidence rises."""
    figure = Figure(figsize=(6, 4.5))
    axes = figure.subplots()
    refused = [recall for *_, recall in points]
    axes.plot([share for _, share, _, _ in points], refused, ".-", color=PLAIN, label="of all messages in scope")
    axes.plot([accuracy for _, _, accuracy, _ in points], refused, ".-", color=ENGLISH, label="of those answered")
    axes.set(xlabel="in-scope accuracy", ylabel="out-of-scope recall")
    axes.grid(alpha=0.3)
    axes.legend()
    return _svg(figure)


def calibration(points: list[tuple[float, float, float]]) -> str:
    """The share that was right against the confidence; on the dashed line both are the same."""
    figure = Figure(figsize=(6, 4.5))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], "--", color=PLAIN)
    axes.scatter(
        [sure for sure, _, _ in points],
        [right for _, right, _ in points],
        s=[30 + 600 * share for _, _, share in points],
        color=ENGLISH,
        alpha=0.7,
    )
    axes.set(xlabel="confidence", ylabel="share that was right", xlim=(0, 1), ylim=(0, 1))
    axes.grid(alpha=0.3)
    return _svg(figure)


def _svg(figure: Figure) -> str:
    figure.tight_layout()
    file = io.StringIO()
    FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
