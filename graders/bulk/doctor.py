"""`critic doctor`: what this machine offers to submissions, and to those of one homework."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from graders.bulk.examined import wrong_with_course
from graders.course.environment import MissingLibraries
from graders.course.key import enter_course
from graders.grading.catalogue import UnknownName, load_homework
from graders.grading.private import private_folders
from graders.isolation.doctor import doctor as examine_machine

OK, FAULT, USAGE = 0, 1, 2


def doctor(console: Console, homework: str, trust: bool) -> int:
    """Say what protects the hidden checks here, and whether the libraries of a homework are
    installed. Returns the exit status: 0, 1 when something is missing, 2 for a wrong call.
    """

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    if Path(homework).is_dir() and homework:
        enter_course(Path(homework))
        wrong = wrong_with_course()
        say("\n".join(wrong) or f"{homework}: everything in this course can be used")
        report = examine_machine(private_folders(), trust)
        say("\n".join(report.lines))
        return FAULT if wrong else report.status
    try:
        libraries = load_homework(homework).environment.libraries if homework else ()
    except UnknownName as error:
        say(f"Cannot look: {error}")
        return USAGE
    report = examine_machine(private_folders(), trust)
    say("\n".join(report.lines))
    try:
        if homework:
            load_homework(homework).environment.examine()
    except MissingLibraries as error:
        say(f"MISSING: {error}")
        return FAULT
    if libraries:
        say(f"{homework}: {', '.join(libraries)} is installed here")
    return report.status
