"""The grading commands: progress while they run, a summary and the paths of what they wrote at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graders.bulk.classroom import Run, grade_class
from graders.bulk.course import course_key as read_course_key
from graders.bulk.demo import pretend_class, write_class
from graders.bulk.find import Found, NoSubmissions, find
from graders.bulk.gradebook import grades_csv
from graders.bulk.record import write
from graders.bulk.summary import exercise_table, troubles
from graders.grading.catalogue import UnknownName, load_homework
from graders.grading.grade import Grade
from graders.isolation.supervise import Refused

OK, FAULT, USAGE = 0, 1, 2


def grade_folder(console: Console, homework: str, folder: Path, out: Path, jobs: int, only: tuple[str, ...], key_file: Path | None, trust: bool) -> int:
    """Grade a folder. Returns the exit status: 0, 1 when the grader itself failed somewhere, 2 for a wrong call."""
    try:
        known = load_homework(homework)
        for name in only:
            known.entry(name)
        found = find(folder)
        run = Run(homework, out, read_course_key(key_file), only, trust, tuple(p.resolve() for p in (folder, out)))
        grades = _grade_all(console, run, found, jobs)
    except (UnknownName, NoSubmissions) as error:
        console.print(f"[red]Cannot grade:[/] {error}", highlight=False)
        return USAGE
    except Refused as error:
        console.print(f"[red]Hidden checks are refused on this machine:[/] {error}", highlight=False)
        return FAULT
    except KeyboardInterrupt:
        console.print(f"Interrupted. What is graded is kept in {out}; the same command goes on from there.")
        return FAULT
    _finish(console, run, grades)
    return FAULT if any(grade.withheld for grade in grades) else OK


def grade_demo(console: Console, homework: str, out: Path, jobs: int) -> int:
    """Write a made-up class below `out` and grade it."""
    submissions = out / "submissions"
    write_class(load_homework(homework), pretend_class(load_homework(homework)), submissions)
    console.print(f"Wrote {len(list(submissions.iterdir()))} made-up submissions to {submissions}")
    return grade_folder(console, homework, submissions, out, jobs, (), None, False)


def _grade_all(console: Console, run: Run, found: Sequence[Found], jobs: int) -> list[Grade]:
    columns = TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[last]}")
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("grading", total=len(found), last="")
        grades = []
        for grade in grade_class(run, found, jobs):
            grades.append(grade)
            progress.update(task, advance=1, last=grade.submission)
    return sorted(grades, key=lambda grade: grade.submission)


def _finish(console: Console, run: Run, grades: Sequence[Grade]) -> None:
    write(run.out / "grades.csv", grades_csv(grades))
    console.print(exercise_table(grades))
    for sentence in troubles(grades):
        console.print(f"! {sentence}", highlight=False, markup=False)
    console.print(f"Grades:   {run.out / 'grades.csv'}\nFeedback: {run.out / 'feedback'} (a page per student)\nRecords:  {run.out / 'records'} (every verdict, for you)", highlight=False)
