"""Real runs on a small course: what is graded again after a change, what goes on after a kill, and
nothing twice.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from graders.bulk import desk, pool, task
from graders.bulk.classroom import content_of
from graders.bulk.command import Options, grade_folder
from graders.bulk.demo import Pretend, notebook, write_class
from graders.bulk.gradebook import Gradebook
from graders.core.language import Tongue
from graders.course import homeworks
from graders.grading import sources, versions
from graders.grading.catalogue import load_homework
from graders.intake.find import Found
from graders.isolation.faults import GroundFault

ROOT = Path(__file__).parents[2]
EXERCISES = ("kl_standard_normal", "kl_to_itself", "kl_equal_variance")
COURSE = '[quick]\ntitle = "Quick"\ntopics = ["kl"]\n[quick.points]\n' + "".join(
    f"{name} = 2\n" for name in EXERCISES
)
# What does not parse, is empty, ends the process, or is no code at all.
TROUBLE = {
    "cut.ipynb": '{"cells": [',
    "empty.py": "",
    "exits.py": "import os\nos._exit(3)\n",
    "binary.ipynb": b"\xff\xfe\x00",
}


def write_submissions(homework, folder, count):
    """References, each misconception in turn, submissions that lack something, and troubled
    files.
    """
    mistakes = [
        m
        for entry in homework.graded
        for m in entry.misconceptions
        if not callable(m.value) or m.value.__code__.co_flags & 0x10 == 0
    ]
    students = []
    for i in range(count - len(TROUBLE)):
        wrong = () if i % 4 == 0 else (mistakes[i % len(mistakes)],)
        students.append(Pretend(f"s{i:03d}", wrong, ("kl_to_itself",) if i % 9 == 5 else ()))
    write_class(homework, students, folder)
    for name, content in TROUBLE.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def grade(folder, out, jobs=1, only=(), **options):
    return grade_folder(
        Console(quiet=True),
        "quick",
        folder,
        out,
        jobs,
        only,
        None,
        False,
        Options(gradebook=out / "g.sqlite", **options),
    )


def exports(out):
    names = (
        "grades.csv",
        *(
            f"exports/{n}"
            for n in ("own.csv", "canvas.csv", "moodle.csv", "gradescope.csv", "json.json")
        ),
    )
    pages = {f"feedback/{p.name}": p.read_bytes() for p in (out / "feedback").iterdir()}
    return {**{name: (out / name).read_bytes() for name in names}, **pages}


def count_results(out):
    with Gradebook(out / "g.sqlite") as book:
        found = book._db.execute(
            "SELECT submission, exercise, count(*) FROM result GROUP BY submission, exercise"
        ).fetchall()
    return {(name, exercise): number for name, exercise, number in found}


@pytest.mark.slow
def test_after_a_change_only_what_depends_on_it_is_graded_again(quick, tmp_path, monkeypatch):
    folder, out = tmp_path / "in", tmp_path / "out"
    write_class(
        quick,
        [Pretend("a"), Pretend("b", (quick.entry("kl_standard_normal").misconceptions[0],))],
        folder,
    )
    assert grade(folder, out) == 0
    first, before = exports(out), task.list_homework("quick")
    items = [
        replace(item, version="changed") if item.name == "kl_to_itself" else item
        for item in before.entries
    ]
    changed = replace(before, entries=tuple(items))
    monkeypatch.setattr(task, "list_homework", lambda name: changed)
    graded = []
    monkeypatch.setattr(
        desk.Desk,
        "grade",
        lambda self, handed_in, exercises, original=desk.Desk.grade: (
            graded.append(exercises) or original(self, handed_in, exercises)
        ),
    )
    assert grade(folder, out) == 0 and graded == [("kl_to_itself",), ("kl_to_itself",)]
    assert exports(out) == first
    graded.clear()
    (folder / "b.ipynb").write_text((folder / "a.ipynb").read_text())
    assert grade(folder, out) == 0 and graded == [EXERCISES]
    graded.clear()
    monkeypatch.setattr(task, "list_homework", lambda name: before)
    assert grade(folder, out, again="a.ipynb") == 0 and graded == [EXERCISES]
    assert grade(folder, out, again="nobody") == 2
    monkeypatch.setattr(task, "list_homework", lambda name: changed)
    assert grade(folder, out) == 0 and graded == [EXERCISES, ("kl_to_itself",)]
    graded.clear()
    assert grade(folder, out, only=("kl_to_itself",)) == 0 and graded == []
    assert (out / "grades.csv").read_text().splitlines()[
        0
    ] == "submission,kl_to_itself,points,possible"


@pytest.mark.slow
def test_the_versions_are_the_same_in_every_process(tmp_path):
    """A run that goes on, and a worker of a cluster, are other processes, in which sets have
    another order.
    """
    text = (
        "from graders.grading.versions import *\nfrom graders.grading.catalogue import *\nfor name"
        " in homework_names(): print(check_versions(load_homework(name)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", text],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(tmp_path / seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_the_version_of_an_exercise_follows_its_code_and_no_other(quick, tmp_path, monkeypatch):
    before = versions.check_versions(quick)
    file_of = "graders.hidden.kl.kl_standard_normal"
    file = versions._file(file_of)
    source = file.read_text()

    def after(text):
        changed = tmp_path / "kl.py"
        changed.write_text(text)
        original, files = versions._file, sources._files
        with monkeypatch.context() as patch:
            patch.setattr(
                versions,
                "_file",
                lambda module: changed if module == file_of else original(module),
            )
            patch.setattr(
                sources,
                "_files",
                lambda packages: [changed if f == file else f for f in files(packages)],
            )
            versions._statements.cache_clear()
            found = versions.check_versions(quick)
        versions._statements.cache_clear()
        return {name for name in before if found[name] != before[name]}

    assert after(source + "\n# a comment, and a docstring moved\n") == set()
    name = quick.entry("kl_standard_normal").hidden[0].name
    assert (
        after(
            source.replace(f"def {name}(", f"def {name}(*, more=1, ", 1).replace(
                "(*, more=1, ", "(", 1
            )
        )
        == set()
    )
    sentence = quick.entry("kl_standard_normal").hidden[0].sentence
    assert "kl_standard_normal" in after(
        source.replace(sentence, sentence + "!")
    ) and "kl_to_itself" not in after(source.replace(sentence, sentence + "!"))
    assert after(source + "\nif True:\n    pass\n") == set(before)


def test_an_answer_of_the_course_is_part_of_the_version(quick):
    before = versions.check_versions(quick)
    entry = replace(quick.entry("kl_to_itself"), solution=17)
    changed = versions.check_versions(
        replace(quick, entries=tuple(entry if e.name == entry.name else e for e in quick.entries))
    )
    assert {name for name in before if before[name] != changed[name]} == {"kl_to_itself"}


def test_what_was_told_in_another_language_is_graded_again(quick):
    before = versions.check_versions(quick)
    for tongue in (Tongue("de"), Tongue(own=(("wrong values", "other values"),))):
        after = versions.check_versions(replace(quick, tongue=tongue))
        assert not set(before.items()) & set(after.items())


def test_a_prerequisite_belongs_to_the_version_of_what_requires_it():
    homework = load_homework("vae")
    assert {"elbo", "kl_standard_normal", "reparameterize"} <= set(
        versions.with_required(homework, ["elbo"])
    )
    assert versions.with_required(homework, ["kl_to_itself"]) == ["kl_to_itself"]


OWN = {
    "reference/own_doubling.py": (
        "def double(x):\n    return 2 * x\n\n\ndef quadruple(x):\n    return 2 * double(x)\n"
    ),
    "graders/public/own_doubling.py": (
        """
from graders.core.exercise import exercise, stand_in

@exercise(covers=())
def double(x):
    ...

@exercise(covers=(), requires=("double",))
def quadruple(x):
    ...

@stand_in("double", coefficients=1)
def scaled(x, a):
    return a * x
"""
    ),
    "graders/hidden/own_doubling.py": (
        """
import torch
from graders.core import expect
from graders.core.exercise import check

@check("double", "It doubles.")
def doubles(student, right):
    x = torch.ones(2)
    expect.close(student.double(x), right.double(x), rtol=0, atol=1e-6, subject="double")

@check("quadruple", "It doubles twice.")
def quadruples(student, right):
    x = torch.ones(2)
    expect.close(student.quadruple(x), right.quadruple(x), rtol=0, atol=1e-6, subject="quadruple")
"""
    ),
}


def test_a_topic_of_the_course_is_graded_in_isolation_with_its_stand_ins(tmp_path, monkeypatch):
    course, folder = tmp_path / "own", tmp_path / "in"
    for name, text in {
        **OWN,
        "homeworks.toml": (
            '[quick]\ntitle = "Own"\ntopics = ["own_doubling"]\n[quick.points]\ndouble ='
            " 1\nquadruple = 1\n"
        ),
    }.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text)
    monkeypatch.setenv(homeworks.VARIABLE, str(course))
    folder.mkdir()
    peek = (
        f"\nimport os\nif os.access({str(course / 'reference' / 'own_doubling.py')!r}, os.R_OK):\n "
        "   del quadruple\n"
    )
    (folder / "wrong.py").write_text(
        "def double(x):\n    return 3 * x\n\ndef quadruple(x):\n    return 2 * double(x)\n" + peek
    )
    assert grade(folder, tmp_path / "out") == 0
    # The wrong `double` costs its points once: `quadruple` is judged with the course's own
    # stand-in.
    assert (tmp_path / "out" / "grades.csv").read_text().splitlines()[1] == "wrong.py,0,1,1,2"


def test_what_lies_beside_a_notebook_is_part_of_what_was_handed_in(tmp_path):
    for name in ("a.ipynb", "b.ipynb", "a.npz"):
        (tmp_path / name).write_text("x")
    ours, others = (Found(name, tmp_path / name) for name in ("a.ipynb", "b.ipynb"))
    before = content_of(ours), content_of(others)
    (tmp_path / "a.npz").write_text("trained again")
    assert content_of(ours) != before[0] and content_of(others) == before[1]


def test_wrong_options_are_explained(quick, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.py").write_text("x = 1")
    arguments = ("quick", tmp_path / "in", tmp_path / "out", 1, (), None, False)
    for options, sentence in (
        (Options(attempts="first"), "--attempts is latest or best, not 'first'"),
        (Options(roster=tmp_path / "none.csv"), "none.csv cannot be read as a CSV file"),
        (Options(gradebook=tmp_path / "in" / "a.py"), "is not a gradebook of this program"),
    ):
        assert grade_folder(Console(width=300), *arguments, options) == 2
        assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("count", "kills"),
    [pytest.param(8, 2, id="small"), pytest.param(300, 20, id="class", marks=pytest.mark.slow)],
)
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_exports(
    quick, tmp_path, count, kills
):
    """The check of the issue: `kill -9` at random moments, resumed each time; byte for byte the
    same in the end.
    """
    folder, calm, killed = tmp_path / "in", tmp_path / "calm", tmp_path / "killed"
    write_submissions(quick, folder, count)
    assert grade(folder, calm, jobs=1 if count < 50 else 2) == 0
    chance = random.Random(1)
    done = [
        kill_in_the_middle(folder, killed, goal, chance.random())
        for goal in sorted(chance.sample(range(count), kills))
    ]
    print(f"results after each kill: {done}")
    assert done == sorted(done) and done[-1] >= 1
    assert run_command(folder, killed).wait() == 0
    assert exports(killed) == exports(calm)
    assert set(count_results(killed).values()) == {1}


@pytest.mark.slow
def test_a_process_that_dies_costs_nobody_a_grade(quick, tmp_path, capsys):
    """Killed in the middle: what it was grading is named, and graded again, with the rest of the
    class.
    """
    folder, calm, killed = tmp_path / "in", tmp_path / "calm", tmp_path / "killed"
    write_submissions(quick, folder, 24)
    assert grade(folder, calm) == 0
    killer = threading.Thread(target=kill_one_of_the_pool, args=(killed,), daemon=True)
    killer.start()
    options = Options(gradebook=killed / "g.sqlite")
    assert (
        grade_folder(Console(width=300), "quick", folder, killed, 2, (), None, False, options) == 0
    )
    killer.join(10)
    assert (
        not killer.is_alive()
        and "is graded once more: A process in the process pool was terminated abruptly"
        in capsys.readouterr().out
    )
    assert exports(killed) == exports(calm)
    assert set(count_results(killed).values()) == {1}


def kill_one_of_the_pool(out):
    while graded(out) < 1:
        time.sleep(0.02)
    # Forks of the process that has loaded the checks; what they start themselves has other command
    # lines.
    ours = [
        p
        for p in psutil.Process().children(recursive=True)
        if p.cmdline() == p.parent().cmdline() and any("forkserver" in word for word in p.cmdline())
    ]
    assert ours[0].parent().num_threads() == 1, "a fork of a process with several threads may hang"
    ours[0].send_signal(signal.SIGKILL)


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_what_cannot_be_graded_twice_is_withheld_and_graded_in_the_next_run(
    quick, tmp_path, monkeypatch, jobs
):
    """One that breaks the grader whenever it is graded, one that does once, and one that only runs
    beside them.
    """
    folder, out = tmp_path / "in", tmp_path / "out"
    write_class(quick, [Pretend(name) for name in ("always", "never", "once")], folder)
    broken, fell = ["always.ipynb", "once.ipynb"], []

    def attempt(run, waiting, jobs):
        while waiting:
            task = waiting.popleft()
            if task.found.name in broken and not (
                task.found.name in fell and task.found.name == "once.ipynb"
            ):
                fell.append(task.found.name)
                yield task, GroundFault("it fell")
            else:
                yield from pool_attempt(run, deque([task]), jobs)

    pool_attempt = pool._in_this_process
    for name in ("_in_this_process", "_in_a_pool"):
        monkeypatch.setattr(pool, name, attempt)
    assert grade(folder, out, jobs) == 1
    assert (out / "grades.csv").read_text().splitlines()[1:] == [
        "always.ipynb,,,,0,6",
        "never.ipynb,1,1,1,6,6",
        "once.ipynb,1,1,1,6,6",
    ]
    assert fell == ["always.ipynb", "once.ipynb", "always.ipynb"]
    assert (
        "The grader failed twice on this submission: it fell"
        in (out / "records" / "always.ipynb.json").read_text()
    )
    broken.clear()
    assert grade(folder, out, jobs) == 0
    assert (out / "grades.csv").read_text().splitlines()[1] == "always.ipynb,1,1,1,6,6"


def run_command(folder, out):
    command = [
        sys.executable,
        "-m",
        "graders.cli",
        "grade",
        "quick",
        str(folder),
        "--out",
        str(out),
        "--jobs",
        "2",
        "--gradebook",
        str(out / "g.sqlite"),
    ]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_in_the_middle(folder, out, goal, seconds):
    """Start the command, kill it some time after so many results are in, and see that nothing of it
    lives on. Returns how many are in.
    """
    process = run_command(folder, out)
    while graded(out) < goal and process.poll() is None:
        time.sleep(0.02)
    time.sleep(seconds)
    children = (
        psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    )
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    return graded(out)


def graded(out):
    """How many submissions have results; looked up without touching the file, which the command may
    be making.
    """
    try:
        with sqlite3.connect(f"file:{out / 'g.sqlite'}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(DISTINCT submission) FROM result").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_the_notebooks_of_the_class_differ(quick, tmp_path):
    write_submissions(quick, tmp_path / "in", 40)
    assert len(list((tmp_path / "in").iterdir())) == 40
    assert json.loads((tmp_path / "truth.json").read_text()) and notebook(quick, Pretend("x")).cells
