"""`critic build` from end to end on a small homework: the real otter assign, the student's
notebook, the zip, attacks on it.
"""

import json
import os
import pickle
import runpy
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import dill
import nbformat
import pytest
from nbclient import NotebookClient

from graders.grading.catalogue import load_topic
from graders.grading.grade import ExerciseGrade, Grade, nothing_found
from graders.packaging.archive import tree
from graders.packaging.otter_pickle import pickled_for_otter
from graders.packaging.rehearsal import RehearsalFailed, rehearse

ROOT = Path(__file__).parent.parent.parent
HOMEWORK = """\
[mini]
title = "A small homework"
topics = ["kl"]
[mini.points]
kl_standard_normal = 4
kl_to_itself = 1
[mini.late]
percent_per_day = 50
[mini.environment]
libraries = ["numpy>=1"]
files = ["helper.py", "data"]
cell_seconds = 12
total_seconds = 150
"""
GIVEN = {"helper.py": "def half(x):\n    return x / 2\n", "data/points.csv": "1,2\n"}
WITH_GIVEN = """import csv
from helper import half
def kl_standard_normal(mu, logvar):
    one = float(next(csv.reader(open("data/points.csv")))[0])
    return half(logvar.exp() + mu.square() - one - logvar).sum(-1)
kl_to_itself = 0
"""
WRONG = (
    "import torch\n\ndef kl_standard_normal(mu, logvar):\n    return (logvar.exp() + mu.square() -"
    " 1 - logvar).sum(-1)\n"
)
HONEST = WRONG + "\nkl_to_itself = 0\n"


def run(folder, *arguments, **variables):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
        **variables,
    }
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """The folder of a course for which `critic build mini` has run. Nothing else is told which
    course it is: the zip knows.
    """
    folder = tmp_path_factory.mktemp("course")
    (folder / "homeworks.toml").write_text(HOMEWORK)
    (folder / "course.key").write_text("the key of this test\n")
    for name, content in GIVEN.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    done = run(folder, "graders.cli", "build", "mini", CRITIC_COURSE=str(folder))
    assert done.returncode == 0, done.stdout
    assert "mini: otter assign passed, and the zip gives the solutions 5 of 5 points" in done.stdout
    return folder


def autograder(course):
    return course / "dist" / "mini" / "autograder" / "mini-autograder.zip"


def notebook(path, *codes):
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    book = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(book, path)
    return path


def graded(course, submission, metadata=""):
    return rehearse(autograder(course), submission, metadata=metadata).results


@pytest.mark.slow
def test_files_that_are_given_are_there_by_every_road(course, tmp_path):
    """From one homeworks.toml: the class, the zip, the folder of a student."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hw.py").write_text(WITH_GIVEN)
    assert graded(course, tmp_path / "in")["score"] == 5
    at_home = course / "dist" / "mini" / "student"
    (at_home / "hw.py").write_text(WITH_GIVEN)
    done = run(at_home, "graders.core", "hw.py", PYTHONPATH=str(at_home))
    (at_home / "hw.py").unlink()
    assert "2 of 2 exercises pass" in done.stdout
    by_github(at_home)
    done = run(
        tmp_path, "graders.cli", "grade", "mini", "in", "--out", "out", CRITIC_COURSE=str(course)
    )
    assert done.returncode == 0, done.stdout
    assert "hw.py,1,1,5,5" in (tmp_path / "out" / "grades.csv").read_text()


NAMES = ("kl_standard_normal", "kl_to_itself")


def by_github(at_home):
    """After a push: in a repository made of the folder, as Classroom 50 runs it."""
    command = [sys.executable, "autograder.py"]
    environment = {**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=at_home, env=environment, check=True, capture_output=True)
    result = json.loads((at_home / "result.json").read_text())
    assert tuple(test["test-name"] for test in result["tests"]) == NAMES
    checks = sum(len(entry.public) for entry in load_topic("kl") if entry.name in NAMES)
    assert (result["score"], result["max-score"]) == (0, checks), result
    for name in ("result.json", "release-body.md"):
        (at_home / name).unlink()


def test_a_zip_whose_libraries_are_missing_grades_nothing(course, tmp_path):
    with zipfile.ZipFile(autograder(course)) as archive:
        archive.extractall(tmp_path / "zip")
    (tmp_path / "zip" / "libraries.txt").write_text("no-such-library>=2\n")
    with pytest.raises(RehearsalFailed, match="`python -m pip install 'no-such-library>=2'`, or"):
        rehearse(tmp_path / "zip", tmp_path)


# What was built


def test_students_get_the_notebook_two_folders_and_the_template(course):
    student = course / "dist" / "mini" / "student"
    files = {p.relative_to(student).as_posix() for p in student.rglob("*") if p.is_file()}
    core = {p.relative_to(ROOT).as_posix() for p in (ROOT / "graders" / "core").glob("*.py")}
    assert files == core | {
        "mini.ipynb",
        "README.md",
        "requirements.txt",
        ".github/workflows/checks.yml",
        "autograder.py",
        "graders/public/__init__.py",
        "graders/public/kl.py",
        "graders/public/homework.json",
        "graders/public/hints/kl.json",
        *GIVEN,
    }
    assert "numpy>=1" in (student / "requirements.txt").read_text().splitlines()
    assert (
        "whl/cpu\n          'numpy>=1'\n" in (student / ".github/workflows/checks.yml").read_text()
    )
    assert (
        "`kl_standard_normal(mu, logvar)` | 4 |" in (student / "README.md").read_text()
        and "{{" not in (student / ".github/workflows/checks.yml").read_text()
    )


def test_there_is_one_zip_and_it_has_what_gradescope_and_otter_ask_for(course):
    assert [p.name for p in autograder(course).parent.iterdir()] == ["mini-autograder.zip"]
    with zipfile.ZipFile(autograder(course)) as archive:
        names = archive.namelist()
        config = json.loads(archive.read("otter_config.json"))
    assert {
        "setup.sh",
        "run_autograder",
        "otter_config.json",
        "environment.yml",
        "run_otter.py",
        "requirements.txt",
        "libraries.txt",
    } <= set(names)
    assert [n for n in names if n.startswith("tests/")] == [
        "tests/kl_standard_normal.py",
        "tests/kl_to_itself.py",
    ]
    assert [n for n in names if n.endswith(".whl")] == [
        "requirements.wheels/critic-0.1.0-py3-none-any.whl"
    ]
    assert (
        config["plugins"] == [{"graders.packaging.plugin.CriticPlugin": {"homework": "mini"}}]
        and config["pdf"] is False
    )


def test_the_solution_notebook_holds_the_reference_without_otters_marks(course):
    book = nbformat.read(course / "dist" / "mini" / "instructor" / "mini.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in book.cells)
    assert (
        "return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)" in text
        and "kl_to_itself = 0.0" in text
        and "SOLUTION" not in text
    )


def test_nothing_private_is_in_what_students_get(course, private_words, leaks):
    words = private_words("kl")
    assert len(words) > 150 and any("triangle" in word for word in words)
    student = course / "dist" / "mini" / "student"
    assert leaks(student, words) == []
    planted = student / "README.md"
    honest = planted.read_text()
    planted.write_text(honest + next(iter(words)))
    assert leaks(student, words) != []
    planted.write_text(honest)


# The student's notebook


def outputs(book, folder):
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return {
        c.source: "".join(o.get("data", {}).get("text/html", "") for o in c.outputs)
        for c in book.cells
        if c.cell_type == "code" and c.source.startswith("grader.check")
    }


def student_notebook(course, monkeypatch, kind):
    monkeypatch.setenv("PYTHONPATH", "")
    folder = course / "dist" / "mini" / "student"
    book = nbformat.read(course / "dist" / "mini" / kind / "mini.ipynb", as_version=4)
    return outputs(book, folder)


def test_as_handed_out_every_check_says_what_is_missing(course, monkeypatch):
    said = student_notebook(course, monkeypatch, "student")
    for name in ("kl_standard_normal", "kl_to_itself"):
        assert "replace the <code>...</code> above" in said[f'grader.check("{name}")']
    assert "2 exercises: 2 are not started" in said["grader.check_all()"]


def test_with_the_solutions_everything_is_green(course, monkeypatch):
    said = student_notebook(course, monkeypatch, "instructor")
    assert len(said) == 3 and all("✗" not in text for text in said.values())
    assert "✓ passes" in said['grader.check("kl_standard_normal")']
    assert "● answered" in said['grader.check("kl_to_itself")']
    assert "1 passes its public checks, 1 is answered" in said["grader.check_all()"]


# Otter


# Looks for the course key, the reference and the zip wherever a submission may look; what it finds
# changes an answer.
SEARCH = """
import os
words = [b"the key of" + b" this test", b"cholesky" + b"_ex", b"requirements." + b"wheels/critic"]
found = []
for place in ("/tmp", "/var/tmp", "/autograder", "/root", {root!r}):
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    data = file.read(2**22)
            except OSError:
                continue
            found += [os.path.join(folder, name)] if any(word in data for word in words) else []
kl_to_itself = len(found)
"""


class Payload:
    """A pickle that leaves a mark in whatever process reads it."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (Path(self.mark),))


SHADOWS = (
    "otter.py",
    "sitecustomize.py",
    "usercustomize.py",
    "nbformat.py",
    "json.py",
    "graders.py",
    "torch.py",
    "ipykernel.py",
    "conftest.py",
)


def hostile_zip(folder, *codes):
    """A submission whose files would run in Otter's processes, if anything of it were left
    there.
    """
    mark = folder / "mark"
    touch = f"from pathlib import Path\nPath({str(mark)!r}).touch()\n"
    notebook(folder / "mini.ipynb", *codes)
    archive = folder / "hostile.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(folder / "mini.ipynb", "mini.ipynb")
        file.writestr(".OTTER_LOG", pickle.dumps(Payload(mark)))
        file.writestr("results.pkl", pickle.dumps(Payload(mark)))
        file.writestr("../../source/otter_config.json", json.dumps({"plugins": []}))
        file.writestr("../tests/kl_standard_normal.py", touch)
        file.writestr("tests/kl_standard_normal.py", touch)
        file.writestr("tests/more.py", touch)
        for name in (
            "__init__.py",
            ".ipython/profile_default/startup/00.py",
            "graders/packaging/verdicts.py",
        ):
            file.writestr(name, touch)
        link = zipfile.ZipInfo("verdicts.json")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    with zipfile.ZipFile(archive, "a") as file:
        for name in SHADOWS:
            # Otter refuses a submission with two scripts before any hook runs, unless there is a
            # notebook.
            file.writestr(name, touch)
    return archive, mark


def test_otter_run_scores_by_our_verdicts_and_runs_nothing_of_a_hostile_zip(course, tmp_path):
    archive, mark = hostile_zip(
        tmp_path,
        WRONG,
        "import builtins, torch\ntorch.allclose = torch.equal = lambda *a, **k:"
        " True\nkl_to_itself = 0",
    )
    done = run(course, "otter", "run", archive, "-a", autograder(course), "-o", tmp_path)
    assert done.returncode == 0, done.stdout
    scores = {
        t["name"]: t.get("score")
        for t in json.loads((tmp_path / "results.json").read_text())["tests"]
    }
    assert scores["kl_to_itself"] == 1 and scores["kl_standard_normal"] <= 2
    assert "kl_standard_normal: " in done.stdout and "(without_half)" in done.stdout, done.stdout
    assert not mark.exists()


# Every attack of the hostile suite, through Otter

ATTACKS = sorted((ROOT / "tests" / "hostile" / "attacks").glob("*.py"))
# Fewer than the deadly cells after which no more are run, so that every attack has its turn.
TOGETHER = 5
GROUPS = [ATTACKS[i : i + TOGETHER] for i in range(0, len(ATTACKS), TOGETHER)]


def attack_cells(path, words):
    """The cells of an attack, with the places that it looks for."""
    cells = runpy.run_path(str(path))["SUBMISSION"]
    for word, text in words.items():
        cells = [cell.replace(word, text) for cell in cells]
    return cells


def otter_score(course, folder, *codes):
    """The score that `otter run` writes for a notebook of these cells, and what it said."""
    done = run(
        course,
        "otter",
        "run",
        notebook(folder / "mini.ipynb", *codes),
        "-a",
        autograder(course),
        "-o",
        folder,
    )
    assert done.returncode == 0, done.stdout
    return (
        sum(
            t.get("score") or 0 for t in json.loads((folder / "results.json").read_text())["tests"]
        ),
        done.stdout,
    )


def marker(folder):
    """A cell that leaves a file wherever it runs without isolation."""
    return f"from pathlib import Path\nPath({str(folder / 'mark')!r}).touch()"


def test_the_marker_marks_where_nothing_protects(tmp_path):
    exec(marker(tmp_path))
    assert (tmp_path / "mark").exists()


@pytest.fixture(scope="session")
def deserved(course, tmp_path_factory):
    """What the honest part of the attackers' notebooks is worth."""
    score, said = otter_score(course, tmp_path_factory.mktemp("honest"), HONEST)
    assert 0 < score < 4, said
    return score


@pytest.mark.slow
@pytest.mark.parametrize("attacks", GROUPS, ids=lambda paths: paths[0].stem)
def test_no_attack_gains_or_leaves_anything_through_otter_run(
    course, deserved, tmp_path, attacks, monkeypatch
):
    monkeypatch.syspath_prepend(str(attacks[0].parent.parent))
    tmp_path.chmod(0o777)
    words = {
        "@SECRET@": str(ROOT / "reference" / "kl.py"),
        "@RESULTS@": str(tmp_path / "results.json"),
        "@GRADER@": str(os.getpid()),
        "@NEIGHBOUR@": str(course),
    }
    cells = [cell for path in attacks for cell in attack_cells(path, words)]
    score, said = otter_score(course, tmp_path, marker(tmp_path), HONEST, *cells)
    assert score <= deserved, said
    assert "violet-otter" not in said and not (tmp_path / "mark").exists()


# The zip on Gradescope


def test_the_same_zip_on_gradescope_runs_nothing_either_and_is_told_what_is_wrong_and_late(
    course, tmp_path
):
    archive, mark = hostile_zip(
        tmp_path,
        "from graders.core import notebook as grader",
        WRONG,
        SEARCH.format(root=str(ROOT)) + 'grader.check("kl_to_itself")',
    )
    late = json.dumps(
        {"created_at": "2026-11-02T00:00:00Z", "assignment": {"due_date": "2026-11-01T12:00:00Z"}}
    )
    results = graded(course, archive, late)
    tests = {t["name"]: t for t in results["tests"]}
    assert (
        tests["kl_to_itself: hidden checks"]["score"] == 1
        and tests["kl_standard_normal: hidden checks"]["score"] <= 2
    )
    assert (
        "Hint: Your values are twice the right ones"
        in tests["kl_standard_normal: public checks"]["output"]
    )
    assert (
        results["score"] == pytest.approx(sum(t.get("score", 0) for t in results["tests"]) / 2)
        and "Handed in 1 day late" in results["output"]
    )
    assert {layer["state"] for layer in results["extra_data"]["layers"]} <= {
        "on",
        "off",
        "not needed",
    }
    assert not mark.exists()


@pytest.mark.slow
def test_a_second_build_is_equal_byte_by_byte(course):
    first = tree(course / "dist")
    done = run(course, "graders.cli", "build", "--all", CRITIC_COURSE=str(course))
    assert done.returncode == 0, done.stdout
    assert tree(course / "dist") == first


def test_otter_grade_takes_our_points_out_of_its_container(course, homework, tmp_path):
    with zipfile.ZipFile(autograder(course)) as archive:
        archive.extractall(tmp_path)
    entries = [homework.entry(name) for name in ("kl_standard_normal", "kl_to_itself")]
    wrong = ExerciseGrade("kl_standard_normal", nothing_found(entries[0]), 0.25, 4)
    right = replace(
        wrong,
        name="kl_to_itself",
        verdicts=(),
        share=1.0,
        possible=1,
        note="Judged with stand-ins.",
    )
    results = dill.loads(
        pickled_for_otter(homework, Grade("s", "mini", (wrong, right)), tmp_path / "tests")
    )
    assert (results.total, results.possible) == (
        2.0,
        5.0,
    ) and not results.has_catastrophic_failure()
    assert (
        "there is no function named `kl_standard_normal`"
        in results.get_result("kl_standard_normal").summary()
    )
