"""Plots for the report: SVG by matplotlib, in the colours of the page around them, light or
dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graders.core.language import say
from graders.grading.kept import kept
from graders.grading.pages import decimal

# Drawing is loaded by whoever draws: a page that draws nothing is there sooner.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Stand for CSS in what matplotlib writes: colours that no plot uses otherwise.
CSS = {"#010203": "currentColor", "#010204": "var(--accent)", "#010205": "var(--line)"}
TEXT, ACCENT, LINE = CSS
STYLE = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10, "text.color": TEXT,
    "axes.labelcolor": TEXT, "axes.edgecolor": LINE,
    "xtick.color": TEXT, "ytick.color": TEXT, "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def histogram(values: Sequence[float], possible: float) -> str:
    """How many submissions have which part of the points: ten classes."""
    counts, edges = np.histogram(values, bins=10, range=(0, max(possible, 1e-9)))
    label = say("points of {possible}", possible=decimal(possible))
    shown = [counts.tolist(), float(possible), label]
    return _once("histogram", shown, lambda: _histogram(counts, edges, possible, label))


def _histogram(counts: np.ndarray, edges: np.ndarray, possible: float, label: str) -> str:
    figure, axes = _figure("histogram", 6.4, 2.6)
    axes.bar(edges[:-1], counts, width=np.diff(edges) * 0.94, align="edge", color=ACCENT)
    for count, left, right in zip(counts, edges, edges[1:]):
        if count:
            axes.text((left + right) / 2, count, str(count), ha="center", va="bottom", color=TEXT)
    axes.set(
        xlabel=label,
        xlim=(0, max(possible, 1e-9)),
        ylim=(0, max(counts) * 1.15),
    )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return _svg(figure, "histogram")


def heatmap(names: Sequence[str], matrix: np.ndarray) -> str:
    """Correlations of exercises: blue together, red against each other."""
    return _once("heatmap", [list(names), matrix.tolist()], lambda: _heatmap(names, matrix))


def _heatmap(names: Sequence[str], matrix: np.ndarray) -> str:
    size = 1.9 + 0.27 * len(names)
    figure, axes = _figure("heatmap", size, size)
    image = axes.imshow(matrix, cmap="RdBu", vmin=-1, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.5, ticks=[-1, 0, 1])
    bar.outline.set_visible(False)
    return _svg(figure, "heatmap")


def _once(name: str, shown: list[Any], draw: Callable[[], str]) -> str:
    """The plot of these numbers, drawn once: loading matplotlib takes longer than a small class."""
    drawn: str = kept(
        "plots", (name, shown, version("matplotlib"), Path(__file__).read_text()), draw
    )
    return drawn


def correlation(columns: Sequence[Sequence[float]]) -> np.ndarray:
    """Pearson correlations of columns that vary; the caller leaves out those that do not."""
    return np.atleast_2d(np.corrcoef(np.asarray(columns, dtype=float)))


def _figure(name: str, width: float, height: float) -> tuple[Figure, Axes]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots()


def _svg(figure: Figure, name: str) -> str:
    """The figure as an element of a page; equal figures give equal text."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    svg = text.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    for colour, css in CSS.items():
        svg = svg.replace(colour, css)
    return svg
