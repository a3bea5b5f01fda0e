"""The command line: one call per command, no logic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

# Before torch is loaded: one thread in every process, here and in those that fork.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Hypothesis would load what other packages bring along for it, which no check needs.
os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")

import typer
from rich.console import Console

from graders.explained import Explained

CORES = os.cpu_count() or 1

app = typer.Typer(
    cls=Explained,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An autograder for deep generative models.",
)
console = Console()

Out = Annotated[Path, typer.Option("--out", help="Folder for grades.csv, feedback and records.")]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        min=1,
        show_default="one per core",
        help="Submissions graded, or exercises audited, at once.",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--course-key", help="File with the course key; default: your own, made on first use."
    ),
]


def _enter_course(folder: Path | None) -> Path | None:
    from graders.course.key import enter_course

    enter_course(folder)
    return folder


Course = Annotated[
    Path | None,
    typer.Option(
        "--course",
        callback=_enter_course,
        help=(
            "Folder of your course; default: the current one if it holds a homeworks.toml, else the"
            " built-in course."
        ),
    ),
]
Book = Annotated[
    Path | None,
    typer.Option(
        "--gradebook",
        help=(
            "The gradebook; default: that of the course, else gradebook.sqlite in the folder of"
            " --out."
        ),
    ),
]
Attempts = Annotated[
    str, typer.Option("--attempts", help="Of several attempts of a student: latest or best.")
]
Pseudonyms = Annotated[
    bool, typer.Option("--pseudonyms", help="Show pseudonyms in the report and on the terminal.")
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust-submissions",
        help="Grade even where nothing protects the hidden checks. Recorded in every result.",
    ),
]


@app.command()
def grade(
    homework: str,
    folder: Path,
    out: Out = Path("out"),
    jobs: Jobs = CORES,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Grade this exercise only; may be repeated.")
    ] = None,
    course_key: Key = None,
    trust_submissions: Trust = False,
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster", help="CSV file of who takes the course; default: roster.csv of the course."
        ),
    ] = None,
    attempts: Attempts = "latest",
    gradebook: Book = None,
    pseudonyms: Pseudonyms = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            help=(
                "Address of a Dask scheduler, such as tls://HOST:8786: grade on its workers"
                " instead."
            ),
        ),
    ] = None,
    again: Annotated[
        str | None,
        typer.Option("--again", help="Grade this submission again, whole, and no other."),
    ] = None,
    course: Course = None,
) -> None:
    """Grade every submission in FOLDER (or a zip): gradebook, grades.csv, exports, report, a page
    of feedback for each.
    """
    from graders.bulk.early import start_early

    if cluster is None:
        start_early(homework, jobs, gradebook, out)
    from graders.bulk.command import Options, grade_folder

    options = Options(roster, attempts, gradebook, pseudonyms, cluster, again)
    raise typer.Exit(
        grade_folder(
            console,
            homework,
            folder,
            out,
            jobs,
            tuple(only or ()),
            course_key,
            trust_submissions,
            options,
        )
    )


@app.command()
def init(
    folder: Path,
    homework: Annotated[
        list[str] | None,
        typer.Option("--homework", help="Take over this homework only; may be repeated."),
    ] = None,
    title: Annotated[
        str, typer.Option("--title", help="Name of the course; default: that of the folder.")
    ] = "",
) -> None:
    """Make the folder of a course of your own: homeworks.toml, a key, a roster, room for topics."""
    from graders.bulk.bookkeeping import make_course

    raise typer.Exit(make_course(console, folder, homework or [], title))


@app.command()
def export(
    homework: str,
    out: Out = Path("out"),
    attempts: Attempts = "latest",
    gradebook: Book = None,
    pseudonyms: Pseudonyms = False,
    course: Course = None,
) -> None:
    """Write grades, exports, report and feedback again from the gradebook, without grading."""
    from graders.bulk.bookkeeping import Options
    from graders.bulk.bookkeeping import export as export_class

    raise typer.Exit(
        export_class(console, homework, out, Options(None, attempts, gradebook, pseudonyms))
    )


@app.command()
def score(
    homework: str,
    submission: Annotated[str, typer.Argument(help="As in grades.csv.")] = "",
    exercise: Annotated[str, typer.Argument()] = "",
    points: Annotated[str, typer.Argument(help="none takes the score back.")] = "",
    comment: Annotated[str, typer.Option("--comment", help="For the student.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help=(
                "CSV file with the columns submission, exercise, points and, if you like, comment."
            ),
        ),
    ] = None,
    out: Out = Path("out"),
    gradebook: Book = None,
    course: Course = None,
) -> None:
    """Give points by hand: for a written exercise, or in place of what was found automatically."""
    from graders.bulk.bookkeeping import Options
    from graders.bulk.bookkeeping import score as give

    raise typer.Exit(
        give(
            console,
            homework,
            [[submission, exercise, points, comment]] if submission else [],
            file,
            Options(gradebook=gradebook),
            out,
        )
    )


@app.command()
def review(
    homework: str,
    out: Out = Path("out"),
    gradebook: Book = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    course: Course = None,
) -> None:
    """Read and grade a class in the browser: written answers, students, unknown mistakes."""
    from graders.bulk.bookkeeping import Options
    from graders.review.command import serve

    raise typer.Exit(serve(console, homework, out, Options(gradebook=gradebook), port, browser))


@app.command()
def diff(
    homework: str,
    runs: Annotated[
        list[int] | None, typer.Argument(help="Two runs; default: the last two.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Compare with this gradebook instead.")
    ] = None,
    out: Out = Path("out"),
    gradebook: Book = None,
    course: Course = None,
) -> None:
    """Show which scores changed between two runs, and why."""
    from graders.bulk.bookkeeping import Options
    from graders.bulk.bookkeeping import diff as compare

    raise typer.Exit(
        compare(console, homework, runs or [], against, Options(gradebook=gradebook), out)
    )


@app.command()
def total(
    file: Annotated[Path, typer.Argument()] = Path("totals.csv"),
    out: Out = Path("out"),
    attempts: Attempts = "latest",
    gradebook: Book = None,
    course: Course = None,
) -> None:
    """Write all homeworks together, the worst ones dropped as homeworks.toml says."""
    from graders.bulk.bookkeeping import Options
    from graders.bulk.bookkeeping import total as add_up

    raise typer.Exit(add_up(console, file, Options(None, attempts, gradebook), out))


@app.command()
def check(file: Path, course: Course = None) -> None:
    """Run the public checks on a notebook or script, as a student does; of a folder or an archive,
    on what would be graded.
    """
    from graders.authoring.at_home import check_at_home

    raise typer.Exit(check_at_home(console, file))


@app.command()
def audit(
    homework: Annotated[str, typer.Argument(help="Homework; not needed with --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Audit every homework.")] = False,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds",
            min=1,
            help=(
                "Seeds for every check; default: 1000 for random functions (10000 with"
                " --false-fail), 200 for others, 50 for training."
            ),
        ),
    ] = None,
    jobs: Jobs = CORES,
    matrix: Annotated[
        Path | None,
        typer.Option("--matrix", help="Folder for the table of misconceptions against checks."),
    ] = None,
    mutants: Annotated[
        Path | None,
        typer.Option(
            "--mutants",
            help=(
                "Try small changes of the references instead; results go to this file (JSON lines),"
                " and are not run again."
            ),
        ),
    ] = None,
    families: Annotated[
        Path | None,
        typer.Option(
            "--families",
            help="Try wrong solutions made by kind instead; results go to this file likewise.",
        ),
    ] = None,
    false_fail: Annotated[
        Path | None,
        typer.Option(
            "--false-fail",
            help="Run right solutions under many seeds instead; results go to this file likewise.",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option("--table", help="With one of these: file for the table, in Markdown."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Page for the table of wrong solutions against checks."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="An exercise; repeat for more. The others are not audited."),
    ] = None,
    course: Course = None,
) -> None:
    """Test the checks: every misconception must fail, the reference never. Says first what is not
    written yet.
    """
    from graders.audit.command import Long, audit_homeworks, unheard
    from graders.authoring.command import tell_unfinished

    if wrong := unheard(
        mutants=mutants, families=families, false_fail=false_fail, table=table, html=html,
        matrix=matrix, seeds=seeds,
    ):  # fmt: skip
        raise typer.BadParameter(wrong)
    names = [homework] if homework else []
    changed, right, kinds = (
        Long(file, table) if file else None for file in (mutants, false_fail, families)
    )
    not_yet = "Nothing was audited: checks are tested when all of this is written."
    raise typer.Exit(
        tell_unfinished(console, names, every, not_yet, only or ())
        or audit_homeworks(
            console, names, every, seeds, jobs, matrix, changed, right, html, kinds, only or ()
        )
    )


@app.command()
def new_exercise(
    topic: Annotated[str, typer.Argument(help="A new topic of your course, or one that it has.")],
    name: Annotated[str, typer.Argument(help="The function or answer that students write.")],
    arguments: Annotated[
        str, typer.Option("--arguments", help="Its arguments, as in: real, fake.")
    ] = "x",
    homework: Annotated[
        str,
        typer.Option(
            "--homework",
            help=(
                "The homework that gets it; default: one that has the topic, else a new one of that"
                " name."
            ),
        ),
    ] = "",
    kind: Annotated[
        str, typer.Option("--kind", help="function, random, network, class, answer or written.")
    ] = "function",
    course: Course = None,
) -> None:
    """Write the files of a new exercise; the audit then says what is still missing in them."""
    from graders.authoring.command import write_exercise

    raise typer.Exit(write_exercise(console, topic, name, arguments, homework, kind))


@app.command()
def demo(out: Out = Path("demo"), homework: str = "vae", jobs: Jobs = CORES) -> None:
    """Make a class of 24 students from the references and the misconceptions, and grade it."""
    from graders.bulk.early import GRADEBOOK, start_early

    start_early(homework, jobs, out / GRADEBOOK, out)
    from graders.bulk.demo import grade_demo

    raise typer.Exit(grade_demo(console, homework, out, jobs))


@app.command()
def build(
    homework: Annotated[str, typer.Argument(help="Homework; not needed with --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Build every homework.")] = False,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for HOMEWORK/student, autograder and instructor.")
    ] = Path("dist"),
    course: Course = None,
) -> None:
    """Build what students get, the zip for Gradescope and Otter, and what instructors keep."""
    from graders.authoring.command import tell_unfinished
    from graders.packaging.command import build_homeworks

    names = [homework] if homework else []
    not_yet = "Nothing was built: students would meet what is not written yet."
    raise typer.Exit(
        tell_unfinished(console, names, every, not_yet)
        or build_homeworks(console, names, every, out)
    )


@app.command()
def gradescope(
    archive: Annotated[
        Path,
        typer.Argument(help="The zip that `critic build` wrote, or a folder with what it holds."),
    ],
    submission: Annotated[
        Path, typer.Argument(help="A notebook, script or zip, or a folder as a student uploads it.")
    ],
    metadata: Annotated[
        Path | None, typer.Option("--metadata", help="A submission_metadata.json to grade with.")
    ] = None,
    setup: Annotated[
        bool,
        typer.Option(
            "--setup",
            help="Run the zip's setup.sh first, instead of using this Python environment.",
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where to keep results.json.")] = None,
) -> None:
    """Run a zip on a submission as Gradescope does, and validate its results.json."""
    from graders.packaging.command import run_gradescope

    raise typer.Exit(run_gradescope(console, archive, submission, metadata, setup, out))


@app.command()
def doctor(
    homework: Annotated[
        str,
        typer.Argument(
            help=(
                "Look for the libraries of this homework too; or, with the folder of a course, at"
                " everything in it."
            )
        ),
    ] = "",
    trust_submissions: Trust = False,
    course: Course = None,
) -> None:
    """Say what protects the hidden checks on this machine, and all that is wrong with a course; not
    0 when they would be refused.
    """
    from graders.bulk.doctor import doctor as examine

    raise typer.Exit(examine(console, homework, trust_submissions))


@app.command()
def experiment(
    homework: str,
    out: Out = Path("experiment"),
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs with different seeds.")] = 5,
    data: Annotated[str, typer.Option("--data", help="digits, or mnist (downloaded).")] = "digits",
    jobs: Jobs = CORES,
) -> None:
    """Run the experiment of a homework as the reference does: a table with standard errors, and the
    plots.
    """
    from graders.bulk.experiment import run

    raise typer.Exit(run(console, homework, out, seeds=seeds, data=data, jobs=jobs))


if __name__ == "__main__":
    app()
