"""The command line: one call per command, no logic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

# Before torch is loaded: one thread in every process, here and in those that fork.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="An autograder for deep generative models.")
console = Console()

Out = Annotated[Path, typer.Option("--out", help="Folder for grades.csv, feedback and records.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Submissions graded at once; default: one per core.")]
Key = Annotated[Path | None, typer.Option("--course-key", help="File with the course key; default: your own, made on first use.")]
Trust = Annotated[bool, typer.Option("--trust-submissions", help="Grade even where nothing protects the hidden checks. Recorded in every result.")]


@app.command()
def grade(
    homework: str,
    folder: Path,
    out: Out = Path("out"),
    jobs: Jobs = os.cpu_count() or 1,
    only: Annotated[list[str] | None, typer.Option("--only", help="Grade this exercise only; may be repeated.")] = None,
    course_key: Key = None,
    trust_submissions: Trust = False,
) -> None:
    """Grade every submission in FOLDER: grades.csv, a page of feedback and a record for each."""
    from graders.bulk.command import grade_folder

    raise typer.Exit(grade_folder(console, homework, folder, out, jobs, tuple(only or ()), course_key, trust_submissions))


@app.command()
def check(file: Path) -> None:
    """Run the public checks on a notebook or script, as a student does."""
    from graders.core.__main__ import main

    raise typer.Exit(main([str(file)]))


@app.command()
def audit(
    homework: Annotated[str, typer.Argument(help="Homework; not needed with --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Audit every homework.")] = False,
    seeds: Annotated[int | None, typer.Option("--seeds", min=1, help="Seeds for every check; default: 1000 for random functions, 200 for others.")] = None,
    jobs: Jobs = os.cpu_count() or 1,
    matrix: Annotated[Path | None, typer.Option("--matrix", help="Folder for the table of misconceptions against checks.")] = None,
) -> None:
    """Test the checks: every misconception must fail, the reference never."""
    from graders.audit.command import audit_homeworks

    raise typer.Exit(audit_homeworks(console, [homework] if homework else [], every, seeds, jobs, matrix))


@app.command()
def demo(out: Out = Path("demo"), homework: str = "vae", jobs: Jobs = os.cpu_count() or 1) -> None:
    """Make a class of 24 students from the references and the misconceptions, and grade it."""
    from graders.bulk.command import grade_demo

    raise typer.Exit(grade_demo(console, homework, out, jobs))


@app.command()
def build(
    homework: Annotated[str, typer.Argument(help="Homework; not needed with --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Build every homework.")] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder for HOMEWORK/student, autograder and instructor.")] = Path("dist"),
) -> None:
    """Build what students get, the zip for Gradescope and Otter, and what instructors keep."""
    from graders.packaging.command import build_homeworks

    raise typer.Exit(build_homeworks(console, [homework] if homework else [], every, out))


@app.command()
def gradescope(
    archive: Annotated[Path, typer.Argument(help="The zip that `critic build` wrote, or a folder with what it holds.")],
    submission: Annotated[Path, typer.Argument(help="A notebook, script or zip, or a folder as a student uploads it.")],
    metadata: Annotated[Path | None, typer.Option("--metadata", help="A submission_metadata.json to grade with.")] = None,
    setup: Annotated[bool, typer.Option("--setup", help="Run the zip's setup.sh first, instead of using this Python environment.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where to keep results.json.")] = None,
) -> None:
    """Run a zip on a submission as Gradescope does, and validate its results.json."""
    from graders.packaging.command import run_gradescope

    raise typer.Exit(run_gradescope(console, archive, submission, metadata, setup, out))


if __name__ == "__main__":
    app()
