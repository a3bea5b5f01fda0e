"""One homework to `dist/HOMEWORK/`: what students get, the zip for Gradescope and Otter, what
instructors keep.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.core.language import speaking
from graders.course.carried import course_files
from graders.course.closed import open_to_all, owner_only
from graders.course.key import course_key
from graders.course.policy import policy_of
from graders.grading.catalogue import Homework
from graders.grading.prompts import prompt_of, read_topic
from graders.grading.record import zipped
from graders.packaging.archive import EXECUTABLE, KEY, LIBRARIES, WHEELS, place_of, wheel
from graders.packaging.assign import Assigned, otter_assign
from graders.packaging.bundle import write_bundle
from graders.packaging.master import master_notebook, write
from graders.packaging.rehearsal import rehearse
from graders.packaging.rules import rules_of
from graders.packaging.solutions import files_beside

TEMPLATES = Path(__file__).parent / "templates"
OF_OTTER = ("otter_config.json", "environment.yml", "run_otter.py")


class BuildFailed(Exception):
    """The zip does not give the solutions full marks, so nobody should use it."""


@dataclass(frozen=True)
class Built:
    """What was built, and the points that the zip gives to the solutions."""

    folder: Path
    zip: Path
    points: float


@owner_only()
def build(homework: Homework, out: Path) -> Built:
    """Build a homework below `out`. What was there before is replaced only when everything has gone
    well.
    """
    with speaking(homework.tongue):
        return _build(homework, out)


def _build(homework: Homework, out: Path) -> Built:
    # Mistakes in the rules are found now, not when the first student has handed in.
    rules_of(homework.name)
    policy_of(homework.name)
    with tempfile.TemporaryDirectory(prefix="critic-build-") as scratch:
        work, done = Path(scratch, "work"), Path(scratch, "done")
        work.mkdir()
        template = place_of("student_template")
        assigned = otter_assign(
            master_notebook(homework, template), homework.name, work, files_beside(homework)
        )
        write_bundle(homework, assigned.student, template, done / "student")
        _instructor(homework, assigned, done / "instructor")
        archive = done / "autograder" / f"{homework.name}-autograder.zip"
        archive.parent.mkdir()
        archive.write_bytes(autograder_zip(assigned.zip, homework.environment.libraries))
        points = _full_marks(homework, archive, done / "instructor")
        target = out / homework.name
        shutil.rmtree(target, ignore_errors=True)
        open_to_all(done / "student")
        shutil.copytree(done, target)
    return Built(target, target / "autograder" / archive.name, points)


def autograder_zip(otter: Path, libraries: Sequence[str]) -> bytes:
    """Otter's zip with our own set-up and entry point, with the libraries that submissions may
    import, and with this code, the course and its key in a wheel.
    """
    with zipfile.ZipFile(otter) as archive:
        files = {
            name: archive.read(name)
            for name in archive.namelist()
            if name in OF_OTTER or name.startswith("tests/")
        }
    name, content = wheel({**course_files(), KEY: f"{course_key()}\n".encode()})
    files |= {path.name: path.read_bytes() for path in TEMPLATES.iterdir()}
    files |= {f"{WHEELS}/{name}": content, "requirements.txt": _constraints()}
    files |= {LIBRARIES: "".join(f"{text}\n" for text in libraries).encode()}
    return zipped(files, EXECUTABLE)


def _constraints() -> bytes:
    """The versions that CI tests with; nothing where this code was installed without them."""
    path = place_of("graders").parent / "constraints.txt"
    return path.read_bytes() if path.exists() else b""


def _instructor(homework: Homework, assigned: Assigned, folder: Path) -> None:
    folder.mkdir(parents=True)
    write(assigned.solution, folder / f"{homework.name}.ipynb")
    for name, data in files_beside(homework).items():
        (folder / name).write_bytes(data)
    written = [entry for entry in homework.entries if entry.exercise.kind == "W"]
    sections = [
        f"## {e.name} ({homework.points[e.name]:g}"
        f" points)\n\n{prompt_of(e, read_topic(e.topic)).rubric}\n"
        for e in written
    ]
    if sections:
        (folder / "rubrics.md").write_text(
            "\n".join([f"# {homework.title}: rubrics of the written exercises\n", *sections])
        )


def _full_marks(homework: Homework, archive: Path, solutions: Path) -> float:
    """Run the finished zip on the solutions as Gradescope would. Raises BuildFailed unless they get
    every point.
    """
    # The solutions import none of the libraries that submissions may.
    results = rehearse(archive, solutions, complete=False).results
    possible = sum(homework.points[entry.name] for entry in homework.graded)
    # Sums of tenths are exact in neither.
    if not possible or not math.isclose(results["score"], possible, abs_tol=1e-5):
        failed = [test for test in results["tests"] if test.get("status") == "failed"]
        raise BuildFailed(
            f"the zip gives the solutions {results['score']:g} of {possible:g}"
            f" points:\n{json.dumps(failed, indent=1)[:3000]}"
        )
    return possible
