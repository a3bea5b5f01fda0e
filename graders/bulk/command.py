"""`critic grade` and `critic demo`: progress while they run, a summary and the paths of what they
wrote at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graders.bulk.by_hand import write_by_hand
from graders.bulk.called import keep_call
from graders.bulk.classroom import grade_class
from graders.bulk.decisions import Decisions
from graders.bulk.early import book_of
from graders.bulk.gradebook import BadGradebook, Gradebook
from graders.bulk.handed_in import read_handed_in
from graders.bulk.learning import learn_names
from graders.bulk.outputs import guarded, tell, write_outputs
from graders.bulk.pictures import scans_of
from graders.bulk.pool import on_this_machine
from graders.bulk.report import Names
from graders.bulk.scores import results_of
from graders.bulk.task import BadCluster, Done, Run, Task
from graders.core.language import speaking
from graders.course.closed import owner_only, writable
from graders.course.homeworks import ROSTER, UnknownName, course_folder
from graders.course.key import BadKey
from graders.course.key import course_key as read_course_key
from graders.course.people import BadRoster, Person, read_roster
from graders.course.policy import policy_of
from graders.course.texts import tongue_here
from graders.grading.listed import Exercises, list_homework
from graders.intake.find import Found, NoSubmissions
from graders.intake.inbox import ATTEMPTS, open_inbox
from graders.isolation.faults import GroundFault, Refused

OK, FAULT, USAGE = 0, 1, 2


class BadOption(Exception):
    """An option with a value that it does not take; the text says which it takes."""


# A wrong call, or a file that cannot be used: each of these has a text for people.
WRONG_CALL = (
    UnknownName, NoSubmissions, BadRoster, BadGradebook, BadOption, BadCluster, BadKey
)  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What may be chosen about a class beside the homework and the folder. None: that of the
    course, or none.
    """

    roster: Path | None = None
    attempts: str = "latest"
    gradebook: Path | None = None
    pseudonyms: bool = False
    cluster: str | None = None
    again: str | None = None

    def book(self, out: Path) -> Path:
        """The gradebook chosen, else that of the course, else one in the folder of the results."""
        return book_of(self.gradebook, out)

    def people(self) -> list[Person]:
        """Who is in the roster. Raises BadRoster."""
        course = course_folder()
        if self.roster:
            return read_roster(self.roster)
        return read_roster(course / ROSTER) if course and (course / ROSTER).exists() else []


@owner_only()
def grade_folder(
    console: Console,
    homework: str,
    folder: Path,
    out: Path,
    jobs: int,
    only: tuple[str, ...],
    key_file: Path | None,
    trust: bool,
    options: Options = Options(),
) -> int:
    """Grade a folder or zip. Returns the exit status: 0, 1 when the grader itself failed somewhere,
    2 for a wrong call.
    """
    try:
        with speaking(tongue_here(homework)):
            return _grade(console, homework, folder, out, jobs, only, key_file, trust, options)
    except WRONG_CALL as error:
        console.print(
            f"[red]Cannot grade:[/] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        return USAGE
    except Refused as error:
        console.print(f"[red]Hidden checks are refused:[/] {escape(str(error))}", highlight=False)
        return FAULT
    except (GroundFault, BrokenExecutor) as error:
        console.print(
            f"[red]A process of the grader ended:[/] {escape(str(error))}", highlight=False
        )
        console.print(
            f"What is graded is kept in {options.book(out)}; the same command goes on from there,"
            " with --jobs 1 if memory or time was short.",
            highlight=False,
        )
        return FAULT
    except KeyboardInterrupt:
        console.print(
            f"Interrupted. What is graded is kept in {options.book(out)}; the same command goes on"
            " from there."
        )
        return FAULT


def _grade(
    console: Console,
    homework: str,
    folder: Path,
    out: Path,
    jobs: int,
    only: tuple[str, ...],
    key_file: Path | None,
    trust: bool,
    options: Options,
) -> int:
    known = list_homework(homework)
    for name in only:
        known.entry(name)
    policy_of(homework)
    if options.cluster is None:
        known.environment.examine()
    if options.attempts not in ATTEMPTS:
        raise BadOption(f"--attempts is {' or '.join(ATTEMPTS)}, not {options.attempts!r}")
    if out.resolve() == folder.resolve():
        raise BadOption(
            f"{folder} holds the submissions, so the results cannot go there: name another folder"
            " with --out"
        )
    writable(out)
    key = read_course_key(key_file)
    inbox = open_inbox(
        folder,
        out / "unpacked",
        options.people(),
        options.attempts,
        [entry.name for entry in known.graded],
    )
    if options.again and options.again not in (item.name for item in inbox.found):
        raise BadOption(f"{folder} holds no submission {options.again!r} to grade again")
    file = options.book(out)
    hidden = tuple(
        path.resolve() for path in (folder, out, file, Path(f"{file}-wal"), Path(f"{file}-shm"))
    )
    run = Run(homework, out, key, only, trust, hidden)
    names = Names(run.course_key if options.pseudonyms else "")
    call = {
        "out": out,
        "jobs": jobs,
        "only": only,
        "course_key": key_file,
        "trust_submissions": trust,
        "course": course_folder(),
        **asdict(options),
        "gradebook": file,
        "again": None,
    }
    with Gradebook(file) as book, book.grading():
        keep_call(book, homework, folder, call)
        # Before its version is registered: whoever reads meanwhile gives no points unread.
        unread = _keep_handed_in(Decisions(book, homework), known, inbox.found)
        with _progress(console, len(inbox.found)) as advance:
            for name in grade_class(
                run,
                inbox.found,
                inbox.notes,
                book,
                _way(console, jobs, options.cluster),
                options.again or "",
            ):
                advance(names.of(name))
        said = [*unread, *learn_names(run, book, _way(console, jobs, None))]
        results = results_of(book, known, options.attempts == "best", only)
        said += write_outputs(out, results, inbox.notes, book.about(homework), names)
        said += write_by_hand(out, results, {item.name: item for item in inbox.found})
    tell(console, out, results, [*said, *inbox.notes], names)
    return FAULT if any(result.grade.withheld for result in results) else OK


def _keep_handed_in(
    decisions: Decisions, homework: Exercises[Any], found: Sequence[Found]
) -> list[str]:
    """What a person will read, kept in the gradebook: the folder may be gone by then. Returns
    sentences on what could not be read.
    """
    said: list[str] = []
    for item in found:
        with guarded(item.name, "what it holds for a person to read", said):
            decisions.keep(item.name, read_handed_in(homework, item), scans_of(item))
    return said


def _way(
    console: Console, jobs: int, cluster: str | None
) -> Callable[[Run, Sequence[Task]], Iterator[Done]]:
    """Where to grade. Nothing of a cluster is loaded unless one is asked for."""

    def tell(text: str) -> None:
        console.print(escape(text), highlight=False)

    if cluster is None:
        return partial(on_this_machine, jobs=jobs, tell=tell)
    try:
        from graders.bulk.cluster import on_cluster
    except ImportError as error:
        raise BadOption(f"--cluster needs Dask ({error}): pip install 'critic[cluster]'") from None
    return partial(on_cluster, address=cluster, tell=tell)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[str], None]]:
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("grading", total=total, last="")
        yield lambda name: progress.update(task, advance=1, last=name)
