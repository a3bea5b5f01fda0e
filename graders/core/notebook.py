"""In a cell of a notebook: `grader.check("kl_standard_normal")` runs the public checks of one
exercise on what is defined so far, `grader.check_all()` those of all, `grader.plot("iwae_bound")`
draws what a function does. Where a homework has variants, `grader.question("kl_properties")` shows
the choices of a question in an order of the student's own.
"""

from __future__ import annotations

import sys
from typing import Any

from graders.core import variants
from graders.core.drawing import NoPicture, drawing
from graders.core.home import in_order, nearest, report_all, report_on
from graders.core.language import say
from graders.core.local import UnknownExercise, exercises
from graders.core.report import Welcome


def begin() -> None:
    """Say that the folder was found, and let formulas be wider than a small screen."""
    show(Welcome(len(in_order(exercises()))))


def check(name: str) -> None:
    """Run the public checks of one exercise on the notebook's own functions and show what they
    found.
    """
    caller = sys._getframe(1).f_globals
    try:
        show(report_on(name, caller))
    except UnknownExercise as error:
        print(error)


def check_all() -> None:
    """Run the public checks of every exercise of this homework and show a summary."""
    show(report_all(sys._getframe(1).f_globals))


def plot(name: str) -> None:
    """Draw the picture of an exercise from the notebook's own functions."""
    try:
        show(drawing(name, sys._getframe(1).f_globals))
    except NoPicture as reason:
        print(reason)


def question(name: str) -> None:
    """Show the choices of a question in the order of the notebook's `student`."""
    found = variants.question(name, sys._getframe(1).f_globals)
    if found is None:
        named = exercises()
        known = name in named
        print(say("`{name}` has no variants", name=name) if known else nearest(name, list(named)))
    else:
        show(found)


def show(value: Any) -> None:
    """Something with an HTML form below a cell; its text where there is no notebook."""
    display = sys.modules.get("IPython.display")
    if display is not None and _in_notebook():
        display.display(value)
    else:
        print(value)


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
