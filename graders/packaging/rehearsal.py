"""Runs a zip as Gradescope does, in a scratch tree, and looks at what it wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from graders.course.environment import MissingLibraries, examine
from graders.packaging.archive import libraries, unpack_grader

SECONDS = 600
SCHEMA = Path(__file__).parent / "results.schema.json"


class RehearsalFailed(Exception):
    """The zip left no results.json that Gradescope would take. The text says what happened
    instead.
    """


@dataclass(frozen=True)
class Rehearsal:
    """What Gradescope would have received, what the instructor would have read, and how long it
    took.
    """

    results: dict[str, Any]
    said: str
    seconds: float


def rehearse(
    archive: Path,
    submission: Path,
    *,
    metadata: str = "",
    setup: bool = False,
    complete: bool = True,
) -> Rehearsal:
    """Grade a submission (a file or a folder) with a zip, or with the folder that a zip was
    unpacked to.

    `setup` runs the zip's setup.sh; without it the present Python environment takes its place, and
    has to be `complete`: the libraries that submissions may import are there. Raises
    RehearsalFailed.
    """
    with tempfile.TemporaryDirectory(prefix="critic-gradescope-") as scratch:
        root = Path(scratch, "autograder")
        _lay_out(root, archive, submission, metadata)
        environment = dict(os.environ)
        if setup:
            _run(["bash", "setup.sh"], root / "source", environment)
        else:
            if complete:
                _examine(root / "source")
            unpack_grader(root / "source", root / "closed")
            environment["CRITIC_PYTHON"] = sys.executable
        started = time.perf_counter()
        said = _run([str(root / "run_autograder")], root, environment)
        return Rehearsal(
            _valid(root / "results" / "results.json", said), said, time.perf_counter() - started
        )


def _examine(source: Path) -> None:
    try:
        examine(libraries(source))
    except MissingLibraries as error:
        raise RehearsalFailed(f"{error}, or let the zip's own setup.sh do it: --setup") from None


def validate(results: Any) -> None:
    """Raise RehearsalFailed unless Gradescope would take these results."""
    try:
        jsonschema.validate(results, json.loads(SCHEMA.read_text()))
    except jsonschema.ValidationError as error:
        raise RehearsalFailed(
            f"results.json does not fit Gradescope's format: {error.json_path}: {error.message}"
        ) from None


def _zip_within(folder: Path) -> Path | None:
    """The one zip in a folder that is no autograder itself: `critic build` leaves it in such a
    one.
    """
    zips = (
        list(folder.glob("*.zip")) if folder.is_dir() and not (folder / "setup.sh").exists() else []
    )
    return zips[0] if len(zips) == 1 else None


def _lay_out(root: Path, archive: Path, submission: Path, metadata: str) -> None:
    source = root / "source"
    for name in ("submission", "results"):
        (root / name).mkdir(parents=True)
    archive = _zip_within(archive) or archive
    if archive.is_dir():
        shutil.copytree(archive, source)
    elif archive.is_file() and zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            file.extractall(source)
    else:
        raise RehearsalFailed(
            f"{archive} is neither a zip nor a folder: give the zip that `critic build` wrote"
        )
    for name in ("setup.sh", "run_autograder"):
        if not (source / name).is_file():
            raise RehearsalFailed(
                f"{archive} has no {name} at its root, so Gradescope would refuse it"
            )
    shutil.copy(source / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    if submission.is_dir():
        shutil.copytree(submission, root / "submission", symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy(submission, root / "submission")
    (root / "submission_metadata.json").write_text(metadata)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            umask=0o022,
        )
    except subprocess.TimeoutExpired:
        raise RehearsalFailed(
            f"{Path(command[-1]).name} did not end within {SECONDS} s, which is all that Gradescope"
            " gives"
        ) from None
    if run.returncode:
        raise RehearsalFailed(
            f"{Path(command[-1]).name} ended with status {run.returncode}:\n{run.stdout[-3000:]}"
        )
    return run.stdout


def _valid(path: Path, said: str) -> dict[str, Any]:
    if not path.exists():
        raise RehearsalFailed(f"there is no results.json:\n{said[-3000:]}")
    results = json.loads(path.read_text())
    validate(results)
    return results
