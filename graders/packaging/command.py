"""`critic build` and `critic gradescope`: what is said on the terminal, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from graders.course.closed import owner_only, writable
from graders.grading.catalogue import UnknownName, homework_names, load_homework
from graders.grading.prompts import BadAssignment
from graders.packaging.assign import AssignFailed
from graders.packaging.build import BuildFailed, build
from graders.packaging.rehearsal import Rehearsal, RehearsalFailed, rehearse

OK, FAULT, USAGE = 0, 1, 2


def build_homeworks(console: Console, names: Sequence[str], every: bool, out: Path) -> int:
    """Build homeworks. Returns the exit status: 0, 1 when one could not be built, 2 for a wrong
    call.
    """
    names = homework_names() if every else list(names)
    if not names:
        console.print(
            f"Which homework? Name one of {', '.join(homework_names())}, or use --all.",
            highlight=False,
        )
        return USAGE
    writable(out)
    status = OK
    for name in names:
        try:
            with console.status(f"building {name}"):
                built = build(load_homework(name), out)
            console.print(
                f"{name}: otter assign passed, and the zip gives the solutions {built.points:g} of"
                f" {built.points:g} points",
                highlight=False,
            )
            console.print(
                f"  students:    {built.folder / 'student'}\n  Gradescope:  {built.zip}\n "
                f" instructors: {built.folder / 'instructor'}",
                highlight=False,
            )
        except UnknownName as error:
            console.print(f"[red]Cannot build:[/] {error}", highlight=False)
            return USAGE
        except (BadAssignment, AssignFailed, BuildFailed, RehearsalFailed) as error:
            console.print(f"[red]{name} was not built:[/]", end=" ")
            console.print(str(error), highlight=False, markup=False)
            status = FAULT
    return status


@owner_only()
def run_gradescope(
    console: Console,
    archive: Path,
    submission: Path,
    metadata: Path | None,
    setup: bool,
    out: Path | None,
) -> int:
    """Run a zip as Gradescope does. Returns the exit status: 0, 1 without valid results, 2 for a
    wrong call.
    """
    for path in (archive, submission, *([metadata] if metadata else [])):
        if not (path.is_file() or path.is_dir()):
            console.print(f"[red]There is no file or folder[/] {path}", highlight=False)
            return USAGE
    try:
        done = rehearse(
            archive, submission, metadata=metadata.read_text() if metadata else "", setup=setup
        )
    except RehearsalFailed as error:
        console.print("[red]Gradescope would get no result:[/]", end=" ")
        console.print(str(error), highlight=False, markup=False)
        return FAULT
    if out:
        out.write_text(json.dumps(done.results, indent=1) + "\n")
    _show(console, done)
    return OK


def _show(console: Console, done: Rehearsal) -> None:
    table = Table(
        title=f"results.json: score {done.results['score']:g}, valid, after {done.seconds:.1f} s",
        title_justify="left",
    )
    for column in ("number", "test", "status", "points", "seen by students"):
        table.add_column(column)
    for test in done.results["tests"]:
        points = f"{test['score']:g} / {test['max_score']:g}" if "score" in test else ""
        table.add_row(
            test["number"], test["name"], test.get("status", ""), points, test["visibility"]
        )
    console.print(table)
    console.print(done.results.get("output", ""), highlight=False, markup=False)
    console.print(done.said, highlight=False, markup=False)
