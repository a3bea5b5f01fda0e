"""Draws a picture of a student's own functions, where matplotlib is installed."""

from __future__ import annotations

import base64
import importlib
import importlib.util
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from graders.core.home import nearest, started
from graders.core.language import say
from graders.core.local import KEY, exercises, here
from graders.core.pictures import Panel, Picture, Series, pictures, with_gaps
from graders.core.state import neutral
from graders.core.student import Student
from graders.core.verdict import Failure, StudentError, TimedOut

# Told apart by those who do not see all colours too (Okabe and Ito), and by their strokes.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
STROKES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "x")
DOTS_PER_INCH = 100


class NoPicture(Exception):
    """Nothing can be drawn; the text says why, and what to do."""


@dataclass(frozen=True)
class Drawing:
    """A picture as PNG, with the words that belong to it."""

    png: bytes
    caption: str

    def __str__(self) -> str:
        return say("{caption} (The picture itself shows in a notebook only.)", caption=self.caption)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png).decode()
        return (
            '<figure style="margin:.5em 0;max-width:60em">'
            f'<img alt="{escape(self.caption)}" src="data:image/png;base64,{data}"'
            ' style="max-width:100%;background:#fff;border-radius:.3em">'
            '<figcaption style="font-family:system-ui,sans-serif;font-size:14px;line-height:1.5">'
            f"{escape(self.caption)}</figcaption></figure>"
        )


def drawing(name: str, namespace: Mapping[str, Any]) -> Drawing:
    """The picture of an exercise from the functions of a namespace. Raises NoPicture."""
    known = pictures()
    if name not in known:
        raise NoPicture(
            say(
                "There is no picture of `{name}`; there are pictures of {names}.",
                name=name,
                names=", ".join(known),
            )
            if name in exercises()
            else say("Here {nearest}.", nearest=nearest(name, list(known)))
        )
    if importlib.util.find_spec("matplotlib") is None:
        raise NoPicture(
            say(
                "Pictures need matplotlib, which is not installed: run `%pip install matplotlib`"
                " in a cell, then this cell again."
            )
        )
    one = known[name]
    panels = [_with_gaps(panel) for panel in _panels(one, namespace)]
    own = [[y for s in panel.series if s.kind != "level" for y in s.y] for panel in panels]
    if not all(any(map(math.isfinite, values)) for values in own):
        raise NoPicture(
            say(
                "The picture of `{name}` cannot be drawn yet: your function gives no finite number"
                ' there. `grader.check("{name}")` says more.',
                name=name,
            )
        )
    return Drawing(png(panels), say(one.caption))


def png(panels: Sequence[Panel]) -> bytes:
    """Panels side by side as a PNG."""
    figure = importlib.import_module("matplotlib.figure").Figure(
        figsize=(min(5.5 * len(panels), 11.0), 4.0), layout="constrained"
    )
    for axis, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
        _draw(axis, panel)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH)
    return file.getvalue()


def _panels(one: Picture, namespace: Mapping[str, Any]) -> Sequence[Panel]:
    known = exercises()
    for needed in (one.exercise, *one.needs):
        if not started(known[needed][0], namespace):
            raise NoPicture(
                say(
                    "The picture of `{exercise}` calls your `{needed}`, which is not written yet.",
                    exercise=one.exercise,
                    needed=needed,
                )
            )
    try:
        with neutral():
            return one.panels(Student(here(namespace), seed=len(KEY)))
    except (Failure, StudentError, TimedOut) as error:
        raise NoPicture(
            say(
                "The picture of `{exercise}` cannot be drawn yet: {error}."
                ' `grader.check("{exercise}")` says more.',
                exercise=one.exercise,
                error=error,
            )
        ) from None


def _with_gaps(panel: Panel) -> Panel:
    series = tuple(map(with_gaps, panel.series))
    return Panel(panel.title, panel.x_label, panel.y_label, series, panel.log_x)


def _draw(axis: Any, panel: Panel) -> None:
    for number, series in enumerate(panel.series):
        colour, stroke = COLOURS[number % len(COLOURS)], STROKES[number % len(STROKES)]
        mark = MARKERS[number % len(MARKERS)]
        _add(axis, series, {"color": colour, "label": say(series.label)}, stroke, mark)
    axis.set(title=say(panel.title), xlabel=say(panel.x_label), ylabel=say(panel.y_label))
    axis.grid(alpha=0.3)
    if panel.log_x:
        axis.set_xscale("log")
    axis.legend(fontsize="small")


def _add(axis: Any, series: Series, style: dict[str, Any], stroke: str, mark: str) -> None:
    if series.kind == "level":
        axis.axhline(series.y[0], linestyle=stroke, **style)
    elif series.kind == "bars":
        axis.stairs(series.y, series.x, fill=True, alpha=0.4, **style)
    elif series.kind == "points":
        axis.plot(series.x, series.y, mark, markersize=4, **style)
    else:
        axis.plot(series.x, series.y, linestyle=stroke, linewidth=2, **style)
        if series.error:
            low = [y - e for y, e in zip(series.y, series.error)]
            high = [y + e for y, e in zip(series.y, series.error)]
            axis.fill_between(series.x, low, high, color=style["color"], alpha=0.25)
