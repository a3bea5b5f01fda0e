"""Pictures of a student's own functions: every one is drawn, labelled, and shows nothing right that
the student has not computed.
"""

import importlib
import importlib.util
import sys
import time
import types

import pytest
import torch

from graders.core import drawing, notebook
from graders.core.drawing import Drawing, NoPicture
from graders.core.local import exercises
from graders.core.pictures import Panel, line, picture, pictures
from graders.core.values import map_tensors
from graders.course.homeworks import homeworks

ALL = pictures()
# What is given by the exercise itself: densities that are its inputs, and log p(x) as a number.
GIVEN = ("N(", "p_data", "p_g", "log p(x)")


@pytest.fixture(scope="module")
def right():
    topics = {topic for table in homeworks().values() for topic in table["topics"]}
    modules = [importlib.import_module(f"reference.{topic}") for topic in sorted(topics)]
    functions = {name: value for module in modules for name, value in vars(module).items()}
    return {name: functions[name] for name in exercises() if callable(functions.get(name))}


@pytest.fixture(scope="module")
def computed(right):
    """The panels of each picture, and the seconds of CPU that they took."""
    found = {}
    for name, one in ALL.items():
        started = time.process_time()
        found[name] = drawing._panels(one, right), time.process_time() - started
    return found


@pytest.fixture
def panels(computed):
    return {name: panels for name, (panels, _) in computed.items()}


def bent(function):
    """The function with another value: tensors and numbers scaled, in whatever they are kept."""

    def wrapped(*arguments, **named):
        return scaled(function(*arguments, **named))

    return wrapped


def scaled(value):
    if isinstance(value, float):
        return 0.7 * value + 0.1
    if isinstance(value, dict):
        return {key: scaled(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(scaled, value))
    return map_tensors(value, lambda tensor: 0.7 * tensor + 0.1)


@pytest.mark.parametrize("name", ALL)
def test_axes_lines_and_captions_have_their_words(name, panels):
    one = ALL[name]
    assert one.caption.rstrip()[-1] in ".?" and "your" in one.caption.lower()
    assert not one.shows.endswith(".")
    for panel in panels[name]:
        assert panel.title and panel.x_label and panel.y_label
        assert panel.series and all(series.label for series in panel.series)
        for series in panel.series:
            assert any(abs(y) < float("inf") for y in series.y)
            assert not series.x or len(series.x) - len(series.y) == (series.kind == "bars")


@pytest.mark.parametrize("name", ALL)
def test_only_what_the_student_computes_is_drawn(name, panels, right):
    one = ALL[name]
    wrong = {other: bent(function) for other, function in right.items()}
    for before, after in zip(panels[name], drawing._panels(one, wrong), strict=True):
        for first, second in zip(before.series, after.series, strict=True):
            same = (first.x, first.y) == (second.x, second.y)
            assert same == first.label.startswith(GIVEN), first.label


def test_a_picture_takes_less_than_two_seconds_of_cpu(right, computed):
    drawing.drawing("softplus_minimum", right)  # loads matplotlib
    for name in ("q_sample", "parallel_lines"):
        started = time.process_time()
        found = drawing.drawing(name, right)
        assert time.process_time() - started < 2
        assert found.png.startswith(b"\x89PNG") and 'alt="' in found._repr_html_()
    assert max(seconds for _, seconds in computed.values()) < 1.5


def test_what_cannot_be_drawn_is_said(right, monkeypatch):
    with pytest.raises(NoPicture, match="calls your `iwae_bound`, which is not written yet"):
        drawing.drawing("iwae_bound", {})
    with pytest.raises(NoPicture, match=r"wanted \(4000,\).*grader.check\(\"iwae_bound\"\)"):
        drawing.drawing("iwae_bound", {"iwae_bound": lambda x, *_: x.sum()})
    with pytest.raises(NoPicture, match="ZeroDivisionError"):
        drawing.drawing("iwae_bound", {"iwae_bound": lambda x, *_: 1 / 0})
    with pytest.raises(NoPicture, match="gives no finite number"):  # on an axis of logarithms
        drawing.drawing("iwae_bound", {"iwae_bound": lambda x, *_: x[:, 0] * torch.nan})
    with pytest.raises(NoPicture, match="did you mean `iwae_bound`"):
        drawing.drawing("iwae_bond", {})
    with pytest.raises(NoPicture, match="no picture of `kl_gaussians`; there are"):
        drawing.drawing("kl_gaussians", {})
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else found(name)
    )
    with pytest.raises(NoPicture, match="need matplotlib"):
        drawing.drawing("iwae_bound", right)


def test_infinite_values_are_counted_in_the_legend():
    def panel(student):
        return [Panel("t", "x", "y", (line("mine", [0, 1, 2], torch.tensor([1.0, torch.inf, 2])),))]

    one = picture("kl_standard_normal", shows="x", caption="y")(panel)
    (found,) = map(drawing._with_gaps, one.panels(None))
    assert found.series[0].label == "mine (not finite at 1 of 3 points)"
    assert drawing.png([found]).startswith(b"\x89PNG")


def test_a_notebook_draws_and_a_terminal_says_so(right, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(notebook, "drawing", lambda name, namespace: Drawing(b"", "A caption."))
    notebook.plot("iwae_bound")
    assert "A caption. (The picture itself shows in a notebook only.)" in capsys.readouterr().out
    display = types.SimpleNamespace(display=shown.append)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(notebook, "_in_notebook", lambda: True)
    notebook.plot("iwae_bound")
    assert shown[0].caption == "A caption."
