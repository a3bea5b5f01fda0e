"""The commands on a gradebook that is there: export, score, diff, total; and `critic init`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from graders.bulk import given
from graders.bulk.by_hand import write_index
from graders.bulk.command import OK, USAGE, WRONG_CALL, BadOption, Options
from graders.bulk.differences import between_runs, changes, given_changes
from graders.bulk.gradebook import BadGradebook, Gradebook
from graders.bulk.outputs import tell, write_outputs
from graders.bulk.report import Names
from graders.bulk.scores import Result, results_of
from graders.bulk.totals import totals_csv
from graders.course.closed import owner_only, writable
from graders.course.initial import CannotInit, init_course
from graders.course.key import course_key
from graders.course.policy import drop_lowest
from graders.grading.listed import Exercises, list_homework
from graders.grading.record import write
from graders.intake.inbox import ATTEMPTS


def explained(command: Callable[..., int]) -> Callable[..., int]:
    """A command whose wrong calls end in a sentence and status 2."""

    @wraps(command)
    def explained(console: Console, *arguments: object) -> int:
        try:
            with owner_only():
                return command(console, *arguments)
        except (*WRONG_CALL, CannotInit) as error:
            console.print(f"[red]Cannot do that:[/] {escape(str(error))}", highlight=False)
            return USAGE

    return explained


@explained
def make_course(console: Console, folder: Path, homeworks: Sequence[str], title: str) -> int:
    """`critic init`: the folder of a course."""
    for path in init_course(folder, homeworks, title):
        console.print(f"wrote {path}", highlight=False, markup=False)
    console.print(
        f"Next: edit {folder / 'homeworks.toml'}; in that folder every command works on this"
        " course.",
        highlight=False,
        markup=False,
    )
    return OK


@explained
def export(console: Console, homework: str, out: Path, options: Options) -> int:
    """`critic export`: every file of a class again from the gradebook, without grading."""
    known = list_homework(homework)
    if options.attempts not in ATTEMPTS:
        raise BadOption(f"--attempts is {' or '.join(ATTEMPTS)}, not {options.attempts!r}")
    with Gradebook(existing(options.book(out))) as book:
        results = _results(book, known, options.attempts == "best")
        writable(out)
        names = Names(course_key() if options.pseudonyms else "")
        said = write_outputs(out, results, book.notes(homework), book.about(homework), names)
        if (out / "by_hand").is_dir():
            write_index(out, results)
        tell(console, out, results, [*said, *book.notes(homework)], names)
    return OK


@explained
def score(
    console: Console,
    homework: str,
    rows: Sequence[Sequence[str]],
    file: Path | None,
    options: Options,
    out: Path,
) -> int:
    """`critic score`: points that a person gives, from the command line or a CSV file. "none" takes
    them back.
    """
    known = list_homework(homework)
    rows = [*rows, *(given.rows_of(file) if file else ())]
    if not rows:
        raise BadOption(
            "give SUBMISSION EXERCISE POINTS, or --file with a CSV file of these columns"
        )
    with Gradebook(existing(options.book(out))) as book:
        present = _results(book, known)
        scores = given.scores_of(known, present, rows)
        given.keep(book, homework, scores)
    kept = sum(score is not None for score in scores.values())
    back = f", {len(scores) - kept} taken back" if kept < len(scores) else ""
    console.print(
        f"{kept} {'score' if kept == 1 else 'scores'} kept{back}; `critic export"
        f" {homework}` writes grades and feedback with them.",
        highlight=False,
    )
    return OK


@explained
def diff(
    console: Console,
    homework: str,
    runs: Sequence[int],
    against: Path | None,
    options: Options,
    out: Path,
) -> int:
    """`critic diff`: which scores changed between two runs, or from another gradebook to this one,
    and why.
    """
    with Gradebook(existing(options.book(out))) as book:
        known = book.runs(homework)
        if against:
            with Gradebook(existing(against)) as other:
                found = changes(other.standing(homework, 2**62), book.standing(homework, 2**62))
                found += given_changes(other, book, homework)
            title = f"from {against}"
        else:
            first, second = _two_runs(homework, known, runs)
            found, title = (
                between_runs(book, homework, first, second),
                f"from run {first} to run {second}",
            )
    for change in found:
        console.print(str(change), highlight=False, markup=False)
    console.print(
        f"{len(found)} {'score' if len(found) == 1 else 'scores'} of {homework} changed {title}.",
        highlight=False,
        markup=False,
    )
    return OK


@explained
def total(console: Console, file: Path, options: Options, out: Path) -> int:
    """`critic total`: all homeworks together, with the drop rule of the course, as a CSV file."""
    if (
        file.suffix.lower() != ".csv"
    ):  # a gradebook or a submission, named by mistake, would be gone
        raise BadOption(f"the totals are a CSV file: name one that ends in .csv, not {file}")
    with Gradebook(existing(options.book(out))) as book:
        results = {
            name: _results(book, list_homework(name), options.attempts == "best")
            for name in book.homeworks()
        }
    if not results:
        raise BadGradebook(f"{options.book(out)} holds no results of any homework")
    write(file, totals_csv(results, drop_lowest()))
    console.print(f"Totals:   {file}", highlight=False, markup=False)
    return OK


def no_results(book: Gradebook, homework: str) -> BadGradebook:
    """What to say when a gradebook knows nothing of a homework."""
    return BadGradebook(
        f"{book.path} holds no results of {homework!r}; it holds"
        f" {', '.join(book.homeworks()) or 'none at all'}"
    )


def existing(path: Path) -> Path:
    """The path of a gradebook that is there. Raises BadGradebook."""
    if not path.exists():
        raise BadGradebook(
            f"there is no gradebook {path}: `critic grade` makes it; --gradebook names another"
        )
    return path


def _results(book: Gradebook, homework: Exercises[Any], best: bool = False) -> list[Result]:
    results = results_of(book, homework, best)
    if not results:
        raise no_results(book, homework.name)
    return results


def _two_runs(homework: str, known: Sequence[int], chosen: Sequence[int]) -> tuple[int, int]:
    if chosen and (len(chosen) != 2 or not set(chosen) <= set(known)):
        raise BadOption(
            f"give two runs of {homework}; there are {', '.join(map(str, known)) or 'none'}"
        )
    if len(known) < 2:
        raise BadOption(
            f"{homework} has been graded {'once' if known else 'never'}: two runs are needed, or"
            " another gradebook with --against"
        )
    first, second = chosen or known[-2:]
    return first, second
